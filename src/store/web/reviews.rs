//! What buyers say of products and of sellers, and whom it helped.
//!
//! The averages are the database's: its triggers count stars and votes in the transaction
//! that changes them.

pub mod api;
pub mod pages;
pub mod reading;
mod subject;
pub mod writing;

pub use subject::Subject;
