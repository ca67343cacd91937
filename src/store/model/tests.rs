//! The store's models together, against a world and a carrier that are made up.

mod amending;
pub(in crate::store) mod bench;
mod crashes;
mod greeting;
mod listings;
mod races;
mod terms;
mod warehouses;
mod wishes;

pub(in crate::store) use bench::{Bench, full_run};
