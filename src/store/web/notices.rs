//! Notices: what has happened to somebody's packages, kept until it is read and shown live.

pub mod api;
pub mod bells;
mod events;
pub mod list;
pub mod pages;
pub mod writer;
