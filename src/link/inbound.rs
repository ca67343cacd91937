//! The receiving half: each message once, each ack again and again.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::SeqRanges;
use crate::basis::Seq;

/// What a received number means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    /// Never seen: do it, then [`Inbound::settle`] it.
    Fresh,
    /// Being done; no ack before that has ended.
    InProgress,
    /// Done before; the ack goes out again.
    Settled,
    /// Too many are being done; it will be sent again.
    Full,
}

/// Which numbers were received, which are done, and which acks are owed.
///
/// A message is acked when it is *settled*, that is when what it caused has
/// been handed to the ledger: an ack follows the effect, never the other way
/// round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inbound {
    settled: SeqRanges,
    in_progress: BTreeSet<Seq>,
    in_progress_max: usize,
    acks: BTreeSet<Seq>,
}

impl Inbound {
    /// Remembers up to `ranges_max` ranges and does up to `in_progress_max` messages at a time.
    pub fn new(ranges_max: usize, in_progress_max: usize) -> Self {
        Self {
            settled: SeqRanges::new(ranges_max),
            in_progress: BTreeSet::new(),
            in_progress_max,
            acks: BTreeSet::new(),
        }
    }

    /// Takes in a number from the wire.
    pub fn receive(&mut self, seq: Seq) -> Receipt {
        if self.settled.contains(seq) {
            self.acks.insert(seq);
            return Receipt::Settled;
        }
        if self.in_progress.contains(&seq) {
            return Receipt::InProgress;
        }
        if self.in_progress.len() >= self.in_progress_max {
            return Receipt::Full;
        }
        self.in_progress.insert(seq);
        Receipt::Fresh
    }

    /// Whether it was received and is neither done nor forgotten.
    pub fn is_in_progress(&self, seq: Seq) -> bool {
        self.in_progress.contains(&seq)
    }

    /// The message has had its effect: its ack is owed from now on.
    pub fn settle(&mut self, seq: Seq) {
        self.in_progress.remove(&seq);
        self.settled.insert(seq);
        self.acks.insert(seq);
    }

    /// The message will have no effect: when it comes again it is as new.
    pub fn forget(&mut self, seq: Seq) {
        self.in_progress.remove(&seq);
    }

    /// Counts a number as done without owing an ack: what the committed state remembers.
    pub fn remember(&mut self, seq: Seq) {
        self.settled.insert(seq);
    }

    pub fn owes_acks(&self) -> bool {
        !self.acks.is_empty()
    }

    /// The acks owed, each once however often it was asked for, in order.
    pub fn take_acks(&mut self) -> Vec<Seq> {
        std::mem::take(&mut self.acks).into_iter().collect()
    }

    /// Numbers, ranges and acks kept; the memory used is proportional to it.
    pub fn size(&self) -> usize {
        self.settled.range_count() + self.in_progress.len() + self.acks.len()
    }
}
