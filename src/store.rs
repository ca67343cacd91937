//! The store: mini-Amazon. Catalog, orders, warehouses, fulfilment.
//!
//! It knows the world and the carrier only by what is on the wire.

pub mod model;
pub mod shop;

pub use shop::{PlaceError, Shop};
