//! Everything that is tested from outside the crate, in one binary: one link
//! step, and the tests share their support.
//!
//! What a single module promises is tested beside it, not here.

mod live;
mod runtime;
mod store_web;
mod support;
mod tidy;
