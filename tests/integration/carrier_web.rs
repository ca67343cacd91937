//! The carrier's pages and API from outside: each route, each bad input, who may see what.
//!
//! Its door is the real one, before a real database. Where staff are not asked for there is no world,
//! so no truck moves, and the store is one that only says what is in a package.

mod addresses;
mod matrix;
mod packages;
mod people;
mod site;
mod staff;
