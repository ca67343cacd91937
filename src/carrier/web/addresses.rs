//! Saved addresses: places that somebody sends packages to.
//!
//! They are used where a package is sent elsewhere; stores are not told of them.

pub mod api;
pub mod book;
pub mod pages;
