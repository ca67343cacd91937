//! The store's models together, against a world and a carrier that are made up.

mod bench;
mod crashes;

pub(in crate::store) use bench::{Bench, full_run};
