//! The store's cookies: a browser's session, a visitor's cart.
//!
//! How they are read and set is in [`Cookie`].

use crate::web::people::Cookie;

pub const SESSION: Cookie = Cookie::new("waybill_session", "__Host-waybill_session");
pub const CART: Cookie = Cookie::new("waybill_cart", "__Host-waybill_cart");
