//! The catalog: what is for sale, from whom, and how it looks.

pub mod api;
mod filters;
pub mod pages;
mod picture;
#[cfg(test)]
pub(in crate::store::web) mod plans;
pub mod products;
mod search;
pub mod sellers;
mod sorting;
mod tally;
pub mod words;

pub use tally::{Tally, keep_tally};
