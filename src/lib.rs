//! waybill: an actor-based, distributed order-fulfilment simulation engine.
//!
//! One crate, one binary. Not a framework: the rooms below are public so that
//! tests, benches and examples can use them, and change with the product.
//!
//! ```text
//! basis  link  wire        plain values, the link machine, bytes <-> values   (pure)
//! runtime                  the contract of a model, and the actors that run it
//! db                       connections, migrations, the embedded PostgreSQL
//! world  store  carrier    the three parties; none imports another
//! sim                      the same models on an event queue in virtual time
//! web  load  conform  cli  what the sites share, the testers of load and conformance, the commands
//! ```
//!
//! `docs/ARCHITECTURE.md` is the tour.

pub mod basis;
pub mod carrier;
pub mod cli;
pub mod conform;
pub mod db;
pub mod link;
pub mod load;
pub mod runtime;
pub mod sim;
pub mod store;
pub mod telemetry;
pub mod web;
pub mod wire;
pub mod world;
