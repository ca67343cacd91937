//! Notices: what has happened to somebody's packages, kept until it is read and shown live.

pub mod api;
mod events;
pub mod list;
pub mod pages;
pub mod writer;

pub use crate::web::bells;
