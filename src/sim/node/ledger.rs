//! The ledger of a node: group commit with a delay, and outputs that wait for it.

use std::time::Duration;

use crate::{
    basis::SimTime,
    runtime::{Disk as _, Outbox, Party},
    sim::{Dice, Journal},
};

/// How long commits take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommitPace {
    pub least: Duration,
    pub most: Duration,
}

impl Default for CommitPace {
    fn default() -> Self {
        Self { least: Duration::from_micros(300), most: Duration::from_millis(15) }
    }
}

/// What one call brought about, apart from its letters.
struct Group<P: Party> {
    records: Vec<P::Record>,
    outputs: Vec<P::Output>,
}

pub(super) struct Ledger<P: Party> {
    waiting: Vec<Group<P>>,
    under_way: Option<(SimTime, Vec<Group<P>>)>,
    released: Vec<P::Output>,
    stalled_until: SimTime,
}

impl<P: Party> Ledger<P> {
    pub(super) fn new() -> Self {
        Self {
            waiting: Vec::new(),
            under_way: None,
            released: Vec::new(),
            stalled_until: SimTime::ZERO,
        }
    }

    pub(super) fn enter(&mut self, out: &mut Outbox<P>) {
        let records = std::mem::take(&mut out.records);
        let outputs = std::mem::take(&mut out.outputs);
        if !(records.is_empty() && outputs.is_empty()) {
            self.waiting.push(Group { records, outputs });
        }
    }

    /// Everything that waits goes into one batch, unless one is under way.
    pub(super) fn begin_commit(&mut self, now: SimTime, pace: &CommitPace, dice: &mut Dice) {
        if self.under_way.is_some() || self.waiting.is_empty() {
            return;
        }
        let batch = std::mem::take(&mut self.waiting);
        let ends = if batch.iter().all(|group| group.records.is_empty()) {
            now
        } else {
            (now + dice.span(pace.least, pace.most)).max(self.stalled_until)
        };
        self.under_way = Some((ends, batch));
    }

    pub(super) fn ends(&self) -> Option<SimTime> {
        self.under_way.as_ref().map(|(ends, _)| *ends)
    }

    pub(super) fn is_due(&self, now: SimTime) -> bool {
        self.ends().is_some_and(|ends| ends <= now)
    }

    pub(super) fn end_commit(
        &mut self,
        disk: &mut P::Disk,
        committed: &mut Vec<P::Record>,
        journal: &mut Journal,
    ) {
        for group in self.under_way.take().into_iter().flat_map(|(_, batch)| batch) {
            for record in &group.records {
                journal.note(P::NAME, format_args!("commits {record:?}"));
                disk.apply(record);
            }
            committed.extend(group.records);
            self.released.extend(group.outputs);
        }
    }

    /// Commits everything at once.
    pub(super) fn flush(&mut self, disk: &mut P::Disk, committed: &mut Vec<P::Record>) {
        let batch = self.under_way.take().map(|(_, batch)| batch).unwrap_or_default();
        for group in batch.into_iter().chain(std::mem::take(&mut self.waiting)) {
            group.records.iter().for_each(|record| disk.apply(record));
            committed.extend(group.records);
            self.released.extend(group.outputs);
        }
    }

    pub(super) fn stall(&mut self, until: SimTime) {
        self.stalled_until = until;
        if let Some((ends, batch)) = &mut self.under_way
            && batch.iter().any(|group| !group.records.is_empty())
        {
            *ends = until.max(*ends);
        }
    }

    pub(super) fn groups_waiting(&self) -> usize {
        self.waiting.len()
    }

    /// The records of the batch that is under way, in order; the rest is gone.
    pub(super) fn give_up(&mut self) -> Vec<P::Record> {
        let batch = self.under_way.take().map(|(_, batch)| batch).unwrap_or_default();
        batch.into_iter().flat_map(|group| group.records).collect()
    }

    pub(super) fn take_released(&mut self) -> Vec<P::Output> {
        std::mem::take(&mut self.released)
    }
}
