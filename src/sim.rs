//! Virtual time: the models of the parties, and models of one's own, on an
//! event queue with a seed instead of sockets, clocks and threads.
//!
//! Nothing here waits, and nothing here reads a clock: a run is a function of
//! its seed. `runtime` is the other driver of the parties' models; the two do
//! not know each other.
//!
//! ```text
//! engine       messages now, messages later: the queue of everything below
//! parcels      a small model with known answers, to compare event queues
//! network      frames and posts that may be late, lost, double or out of order
//! node         a party: residents, mail, ledger and disk; it can be crashed
//! parties      the edges of world, store and carrier
//! system       the three of them and those who order, on the network
//! scenario     faults of every kind, repair, and then everything must end well
//! history      what was committed in the course of a run
//! invariants   what has to be true of it
//! command      `waybill sim`
//! ```

pub mod command;
pub mod engine;
mod history;
pub mod invariants;
mod journal;
pub mod network;
mod node;
pub mod parcels;
mod parties;
mod random;
pub mod scenario;
pub mod shoppers;
mod system;

pub use history::{History, PlacedOrder, PlacedPackage};
pub use journal::{Journal, Keep};
pub use node::{CommitPace, Node};
pub use random::Dice;
pub use system::{Machine, Setup, System};
