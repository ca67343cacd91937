//! How models run: the contract that every model fulfils, and the actors that
//! drive it against sockets, PostgreSQL and the clock.
//!
//! What a model decides is never decided here. `sim` is the other driver of
//! the same contract, and the two do not know each other.

mod actor;
mod admission;
mod clock;
mod contract;
mod ledger;
mod looking;
mod office;
mod replies;
mod service;

pub use admission::{Admission, Permit};
pub use clock::Clock;
pub use contract::{Disk, Outbox, Party, ReplyId, Resident};
pub use ledger::{Durable, Edge, Ledger, LedgerHealth, LedgerSettings};
pub use looking::{Failure, KindView, LedgerView, PartyView};
pub use office::{Office, OfficeSettings, ServiceFailure};
pub use replies::{AskError, Replies};
pub use service::Service;
