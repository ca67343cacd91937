//! One side's numbered messages: which of its own were seen, and which of ours
//! it has not acked.
//!
//! When to send is not decided here; that is the volatile half of the link.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    basis::Seq,
    link::{Inbound, Receipt},
    wire::Numbered,
};

/// Gaps in a client's numbers that are remembered. A client that counts by one
/// has as many as it has messages in flight that were lost.
const RANGES_MAX: usize = 65_536;
/// Commands of one message; they are all done within one call.
const IN_PROGRESS_MAX: usize = 1 << 24;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mailbag<E> {
    inbound: Inbound,
    unacked: BTreeMap<Seq, E>,
}

impl<E> Mailbag<E> {
    pub(super) fn new() -> Self {
        let inbound = Inbound::new(RANGES_MAX, IN_PROGRESS_MAX);
        Self { inbound, unacked: BTreeMap::new() }
    }

    /// Keeps the commands that were never seen; the others are acked again.
    pub(in crate::world::model) fn sift<C>(
        &mut self,
        commands: Vec<Numbered<C>>,
    ) -> Vec<Numbered<C>> {
        let is_fresh = |it: &Numbered<C>| self.inbound.receive(it.seq) == Receipt::Fresh;
        commands.into_iter().filter(is_fresh).collect()
    }

    pub(in crate::world::model) fn take_acks(&mut self) -> Vec<Seq> {
        self.inbound.take_acks()
    }

    pub(in crate::world::model) fn message(&self, seq: Seq) -> Option<&E> {
        self.unacked.get(&seq)
    }

    pub(super) fn settle(&mut self, seq: Seq) {
        self.inbound.settle(seq);
    }

    pub(super) fn put(&mut self, seq: Seq, event: E) {
        self.unacked.insert(seq, event);
    }

    pub(super) fn acknowledge(&mut self, seq: Seq) -> bool {
        self.unacked.remove(&seq).is_some()
    }

    pub(super) fn unacked_count(&self) -> usize {
        self.unacked.len()
    }

    pub(super) fn unacked(&self) -> impl Iterator<Item = Seq> {
        self.unacked.keys().copied()
    }
}
