//! The store's audit log: what sellers and admins do, and changes of accounts. What buyers
//! order is in the orders.
//!
//! How something is noted is told where all sites have it from.

pub use crate::web::people::audit::{Author, Deed, note, reading, write};
