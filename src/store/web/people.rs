//! People: their accounts, how they prove who they are, what admins see of them.

mod accounts;
pub mod admins;
pub mod api;
pub mod audit;
mod directory;
pub mod housekeeping;
mod leaving;
pub mod pages;
pub mod profile;
pub mod sessions;

#[cfg(test)]
mod tests;
