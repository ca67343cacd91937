//! Orders: from what a buyer wants to where its packages are.

mod amending;
pub mod api;
pub mod buying;
mod events;
pub mod pages;
pub mod placing;
mod trucks;
pub mod views;
pub mod watchers;
