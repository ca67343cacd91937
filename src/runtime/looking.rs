//! A look at a party's actors: how many there are, how full their mailboxes are, and how
//! they failed.
//!
//! It reads what the actors count as they go, and asks none of them.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    sync::{Mutex, PoisonError, atomic::Ordering},
    time::SystemTime,
};

use super::{Durable, Office, office::SHARDS};

/// A party as it is at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartyView {
    pub party: &'static str,
    /// When its present office was opened: what is counted below begins then.
    pub opened_at: SystemTime,
    /// How often an office was opened again in this process, and why the last time.
    pub reopened: u64,
    pub failure: Option<Failure>,
    pub ledger: LedgerView,
    /// In the order of [`Party::kinds`](super::Party::kinds).
    pub kinds: Vec<KindView>,
}

/// The one writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LedgerView {
    /// Groups of records and outputs that wait for a commit.
    pub queued: usize,
    pub queue_max: usize,
    /// Batches committed.
    pub committed: u64,
    pub is_stalled: bool,
}

/// All residents of a kind, and their keeper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KindView {
    pub kind: &'static str,
    pub residents: usize,
    /// Letters in all their mailboxes.
    pub queued: usize,
    /// Letters in the fullest mailbox.
    pub queued_max: usize,
    /// Letters handled.
    pub handled: u64,
    pub restarts: u64,
    pub failure: Option<Failure>,
}

/// How something failed last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub at: SystemTime,
    /// Whose address, as it is written in the log; empty for a party.
    pub whose: String,
    pub reason: String,
}

impl Failure {
    pub(super) fn now(whose: String, reason: &str) -> Self {
        Self { at: SystemTime::now(), whose, reason: reason.to_owned() }
    }
}

/// The last failure of something.
#[derive(Debug, Default)]
pub(super) struct LastFailure(Mutex<Option<Failure>>);

impl LastFailure {
    pub(super) fn set(&self, failure: Failure) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
    }

    pub(super) fn read(&self) -> Option<Failure> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl<P: Durable> Office<P> {
    pub(super) fn ledger_view(&self) -> LedgerView {
        let (ledger, health) = (self.ledger(), self.ledger().health());
        LedgerView {
            queued: ledger.queued(),
            queue_max: self.inner.settings.ledger.queue_max,
            committed: health.committed(),
            is_stalled: health.is_stalled(),
        }
    }

    /// Every kind of resident. It goes through the whole book, a shard at a time.
    pub fn kinds(&self) -> Vec<KindView> {
        let mut views: Vec<KindView> = P::kinds().iter().filter_map(|it| self.kind(it)).collect();
        for shard in 0..SHARDS {
            for (address, resident) in self.read(shard).iter() {
                let kind = P::kind(address);
                let Some(view) = views.iter_mut().find(|view| view.kind == kind) else { continue };
                view.residents += 1;
                view.queued_max = view.queued_max.max(resident.queued());
            }
        }
        views
    }

    fn kind(&self, kind: &'static str) -> Option<KindView> {
        let counts = self.inner.kinds.get(kind)?;
        Some(KindView {
            kind,
            residents: 0,
            queued: usize::try_from(counts.queued.load(Ordering::Relaxed)).unwrap_or(0),
            queued_max: 0,
            handled: counts.handled_count.load(Ordering::Relaxed),
            restarts: counts.restarts.load(Ordering::Relaxed),
            failure: counts.failure.read(),
        })
    }

    /// The residents of a kind with the fullest mailboxes, the fullest first; of equals the
    /// first by address.
    pub fn busiest(&self, kind: &str, max: usize) -> Vec<(P::Address, usize)> {
        // The least busy of those that were chosen so far is on top.
        let mut chosen = BinaryHeap::with_capacity(max.saturating_add(1));
        for shard in 0..SHARDS {
            for (address, resident) in self.read(shard).iter() {
                if P::kind(address) == kind {
                    chosen.push((Reverse(resident.queued()), address.clone()));
                    if chosen.len() > max {
                        chosen.pop();
                    }
                }
            }
        }
        let sorted = chosen.into_sorted_vec().into_iter();
        sorted.map(|(Reverse(queued), address)| (address, queued)).collect()
    }
}
