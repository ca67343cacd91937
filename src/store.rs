//! The store: mini-Amazon. Catalog, orders, warehouses, fulfilment.
//!
//! It knows the world and the carrier only by what is on the wire.

pub mod demo;
pub mod model;
pub mod shop;
pub mod web;

pub use shop::{PlaceError, Shop};
