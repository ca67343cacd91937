//! When a snapshot of a world is due, and how it is written: piece by piece, so
//! that nobody waits for a large one.
//!
//! It is of the moment at which it was begun. The log goes on meanwhile, and is
//! kept until the last piece is there.

use std::time::Duration;

use crate::{
    basis::{SimTime, WorldId},
    world::model::{Backlog, Entry, Record, Simulation, Writing},
};

/// Commands between snapshots at least; more for a large world, so that writing
/// snapshots takes about as much as writing the log.
const COMMANDS_MIN: u64 = 50_000;
/// Entries between snapshots at most, where there are few commands in each: so many
/// rows of the log are deleted at a time.
const ENTRIES_MIN: u64 = 20_000;
/// Of a piece; it is part of a commit for which others wait.
const PIECE_BYTES: usize = 256 * 1024;
/// Between two pieces.
const PAUSE: Duration = Duration::from_millis(10);

#[derive(Debug, Default)]
pub(super) struct Snapshots {
    /// Since the last one was begun.
    backlog: Backlog,
    begun: Option<Begun>,
}

#[derive(Debug)]
struct Begun {
    lsn: u64,
    at: SimTime,
    writing: Writing,
    /// The number of the next piece.
    piece: u32,
    due: SimTime,
}

impl Snapshots {
    /// Of a world whose log has so much in it since its last snapshot.
    pub(super) fn behind(backlog: Backlog) -> Self {
        Self { backlog, begun: None }
    }

    /// An entry was added to the log.
    pub(super) fn count(&mut self, entry: &Entry) {
        self.backlog.count(entry);
    }

    /// Whether it is time for the next one, of a world with so many things in it.
    pub(super) fn is_due(&self, size: usize) -> bool {
        let (size, Backlog { entries, commands }) = (size as u64, self.backlog);
        let is_long =
            commands >= COMMANDS_MIN.max(size / 2) || entries >= ENTRIES_MIN.max(size / 10);
        is_long && self.begun.is_none()
    }

    /// Begins one of what the log up to and with `lsn` has led to.
    pub(super) fn begin(&mut self, now: SimTime, lsn: u64, simulation: &Simulation) {
        let (at, writing) = (simulation.now(), Writing::of(simulation));
        self.begun = Some(Begun { lsn, at, writing, piece: 0, due: now });
        self.backlog = Backlog::default();
    }

    pub(super) fn next_wake(&self) -> Option<SimTime> {
        self.begun.as_ref().map(|begun| begun.due)
    }

    /// The next piece, where it is due.
    pub(super) fn next_piece(&mut self, now: SimTime, world: WorldId) -> Option<Record> {
        let begun = self.begun.as_mut().filter(|begun| begun.due <= now)?;
        let Begun { lsn, at, piece, .. } = *begun;
        let (bytes, is_last) = begun.writing.next(PIECE_BYTES);
        (begun.piece, begun.due) = (piece + 1, now + PAUSE);
        if is_last {
            self.begun = None;
        }
        Some(Record::Snapshot { world, lsn, at, piece, is_last, bytes })
    }
}
