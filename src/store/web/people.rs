//! People: their accounts, and how they prove who they are.

mod accounts;
pub mod api;
pub mod audit;
pub mod pages;
pub mod passwords;
pub mod sessions;
