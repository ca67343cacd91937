//! The catalog: what is for sale, from whom, and how it looks.

pub mod api;
pub mod pages;
mod picture;
pub mod products;
