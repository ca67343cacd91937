//! The carrier's pages and API from outside: each route, each bad input, who may see what.
//!
//! Its door is the real one, before a real database.

mod staff;
