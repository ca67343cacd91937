//! The world's model, without its service.

pub mod model;
