//! The world: a simulator of warehouses, trucks and packages that stores and
//! carriers connect to.
//!
//! It knows no store and no carrier, only what they say on its two ports.
//!
//! ```text
//!   store ══ TCP 23456 ══▶ Connection ─┐            ┌─ World 1 ── simulation + log
//!                                      ├─ Directory ┤
//! carrier ══ TCP 12345 ══▶ Connection ─┘            └─ World 2 ── simulation + log
//! ```
//!
//! [`model`] decides everything, without a socket or a clock; `db` keeps its
//! log; `serve` holds the sockets; `web` shows what is in it; `init` visits a
//! simulator, ours or another, to make a world there.

mod db;
mod init;
pub mod model;
mod serve;
mod web;

pub use init::{InitSettings, init};
pub use model::{
    Address, Bounds, ConnectionId, Letter, LinkRules, Output, Pace, Physics, Record, Rules, Side,
    WorldDisk, WorldParty,
};
pub use serve::{Running, WorldSettings, start, start_with};
