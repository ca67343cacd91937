//! The carrier: trucks, shipments and tracking.
//!
//! What it knows of the world and of stores is on the wire; it imports neither.
//!
//! ```text
//! model   every decision, without input or output
//! db      committed state <-> PostgreSQL
//! edge    sockets and HTTP on the models' behalf
//! web     the dialect's entrances, and everything for people
//! serve   puts them together
//! ```

pub mod db;
pub mod demo;
mod edge;
pub mod model;
mod serve;
pub mod web;

pub use serve::{CarrierSettings, Running, start, start_with};
