//! The pure rooms of waybill as a crate of their own, for the fuzzer.
//!
//! Nothing is copied: the files are links into `src/`.

pub mod basis;
pub mod link;
pub mod runtime;
pub mod wire;
pub mod world;
