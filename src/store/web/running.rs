//! The shop from its admins' side: warehouses, the world, the carrier, what was said to
//! both, and who is busy. Accounts and the audit log are with the people.

mod actors;
pub(super) mod api;
mod chart;
mod live;
mod messages;
mod overview;
pub(super) mod pages;
mod peers;
mod warehouses;
mod world;

pub(super) use live::FOLLOWERS_MAX;
