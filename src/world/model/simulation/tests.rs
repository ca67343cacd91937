//! Each rule of the world, by what a world says to its sides.
//!
//! At the default speed a simulated second takes 10 ms: a purchase arrives
//! after 1000 ms, a package is packed after 600 and loaded after 300, and a
//! truck takes 10 for a step.

mod deliveries;
mod looks;
mod properties;
mod refusals;
mod stage;
mod warehouse;
