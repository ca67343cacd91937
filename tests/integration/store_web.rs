//! The store's API and pages from outside: each route, each bad input, who may
//! see what.
//!
//! What becomes of an order is not tested here: the store behind the counter
//! is one that says yes.

mod admins;
mod api;
mod bounds;
mod cart;
mod catalog;
mod demo;
mod history;
mod limits;
mod matrix;
mod notices;
mod pages;
mod people;
mod reviews;
mod running;
mod selling;
mod site;
