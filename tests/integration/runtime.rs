//! The actors, the ledger and the service around them, on a party of the
//! smallest kind: counters that add up.
//!
//! What the three real parties decide is not tested here.

mod claims;
mod outages;
mod restarts;
mod toy;
mod writes;
