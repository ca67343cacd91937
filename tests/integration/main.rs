//! Everything that is tested from outside the crate, in one binary: one link
//! step, and the tests share their support.
//!
//! What a single module promises is tested beside it, not here.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "what helps a test may fail it")]

mod carrier_web;
mod conform;
mod live;
mod runtime;
mod sim;
mod store_rush;
mod store_web;
mod support;
mod tidy;
mod world_init;
mod world_killed;
mod world_load;
mod world_memory;
mod world_protocol;
