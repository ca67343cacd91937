//! The packages of somebody with an account: what the stores sent him, what is in it, and
//! sending it elsewhere.
//!
//! Whose a shipment is was decided when it came in (see
//! [`accounts`](super::people::accounts)); who else has its number sees it in
//! [`tracking`](super::tracking) only.

pub mod api;
mod contents;
mod list;
mod owned;
pub mod pages;
mod redirecting;

pub use self::contents::Questions;
