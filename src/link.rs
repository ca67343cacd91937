//! The machine behind every link: sequence numbers, acks, resending and
//! deduplication, as two halves that know nothing of sockets or clocks.
//!
//! It does not number messages (a world numbers both of its sides from one
//! counter) and it stores nothing: who uses a half says what is durable.
//!
//! ```text
//!   push(seq, m) ──▶ Outbound ── poll ──▶ ~~~ lossy ~~~ ──▶ Inbound ── receive ──▶ Fresh: do it
//!                       ▲                                      │                    └─ settle
//!                       └── acknowledge ◀──── ~~~ lossy ~~~ ◀──┴── take_acks
//! ```

mod backoff;
mod inbound;
mod outbound;
#[cfg(test)]
mod properties;
mod ranges;
mod row;

pub use backoff::Backoff;
pub use inbound::{Inbound, Receipt};
pub use outbound::{Outbound, ResendPolicy};
pub use ranges::SeqRanges;
pub use row::SeqRow;
