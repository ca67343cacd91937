//! The store: mini-Amazon. Catalog, orders, warehouses, fulfilment.
//!
//! It knows the world and the carrier only by what is on the wire.

mod db;
pub mod demo;
mod edge;
pub mod model;
pub mod serve;
pub mod shop;
pub mod trucks;
pub mod web;
pub mod webhooks;

pub use serve::{Running, StoreSettings, start, start_with};
pub use shop::{PlaceError, Shop};
