//! The cart: what somebody means to buy, and the way from there to an order.

pub mod api;
pub mod changes;
mod checkout;
pub mod estimate;
pub mod lines;
pub mod owner;
pub mod pages;
mod spot;
