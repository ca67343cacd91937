//! Conformance: drives a program through its protocol as a stranger would, and
//! tells rule by rule whether it keeps it.
//!
//! It knows the wire and nothing of our own parties, so that any program of the
//! same protocol can be tried, ours and the original alike.
//!
//! ```text
//! a list of checks ─▶ runner: a few at a time ──▶ Findings ──▶ text, JSON, JUnit
//!                        │ a Trace for each
//!                        ▼
//!               sockets to the program under test
//! ```
//!
//! [`world`] has the checks of a world simulator, [`store`] those of a store, to which it plays a
//! carrier, [`carrier`] those of a carrier, to which it plays a store.

pub mod carrier;
pub mod check;
mod choice;
mod peer;
mod report;
mod runner;
pub mod store;
mod trace;
pub mod world;

pub use check::{Level, Needs};
pub use choice::Listed;
pub use peer::PeerSubject;
pub use report::{Finding, Findings, Outcome};
pub use trace::Trace;
