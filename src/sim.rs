//! Virtual time: the models of the parties, and models of one's own, on an
//! event queue with a seed instead of sockets, clocks and threads.
//!
//! Nothing here waits, and nothing here reads a clock: a run is a function of
//! its seed. `runtime` is the other driver of the parties' models; the two do
//! not know each other.
//!
//! ```text
//! engine     messages now, messages later: the queue of everything below
//! parcels    a small model with known answers, to compare event queues
//! network    frames and posts that may be late, lost, double or out of order
//! node       a party: residents, mail, ledger and disk; it can be crashed
//! ```

pub mod engine;
mod journal;
pub mod network;
mod node;
pub mod parcels;
mod random;

pub use journal::{Journal, Keep};
pub use node::{CommitPace, Node};
pub use random::Dice;
