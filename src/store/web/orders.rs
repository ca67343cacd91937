//! Orders: from what a buyer wants to where its packages are.

pub mod again;
pub mod amending;
pub mod api;
pub mod buying;
pub mod contents;
pub mod depots;
mod events;
pub mod history;
pub mod pages;
pub mod placing;
mod route;
mod trucks;
pub mod views;
pub mod watchers;
