//! When a snapshot of a world is due, and how it is written: piece by piece, so
//! that nobody waits for a large one.
//!
//! It is of the moment at which it was begun. The log goes on meanwhile, and is
//! kept until the last piece is there.

use std::time::Duration;

use bytes::Bytes;

use crate::{
    basis::{SimTime, WorldId},
    world::model::{Entry, Input, Record, Simulation, encode_snapshot},
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
    entries: u64,
    commands: u64,
    writing: Option<Writing>,
}

#[derive(Debug)]
struct Writing {
    lsn: u64,
    at: SimTime,
    /// What is not written yet.
    rest: Bytes,
    piece: u32,
    due: SimTime,
}

impl Snapshots {
    /// An entry was added to the log.
    pub(super) fn count(&mut self, entry: &Entry) {
        self.entries += 1;
        self.commands += match &entry.input {
            Input::Amazon { commands, .. } => commands.len() as u64,
            Input::Ups { commands, .. } => commands.len() as u64,
            Input::Advanced | Input::Ruled(_) | Input::Joined(_) => 1,
        };
    }

    /// Whether it is time for the next one, of a world with so many things in it.
    pub(super) fn is_due(&self, size: usize) -> bool {
        let size = size as u64;
        let is_long = self.commands >= COMMANDS_MIN.max(size / 2)
            || self.entries >= ENTRIES_MIN.max(size / 10);
        is_long && self.writing.is_none()
    }

    /// Begins one of what the log up to and with `lsn` has led to.
    pub(super) fn begin(&mut self, now: SimTime, lsn: u64, simulation: &Simulation) {
        let rest = encode_snapshot(simulation).into();
        self.writing = Some(Writing { lsn, at: simulation.now(), rest, piece: 0, due: now });
        (self.entries, self.commands) = (0, 0);
    }

    pub(super) fn next_wake(&self) -> Option<SimTime> {
        self.writing.as_ref().map(|writing| writing.due)
    }

    /// The next piece, where it is due.
    pub(super) fn next_piece(&mut self, now: SimTime, world: WorldId) -> Option<Record> {
        let writing = self.writing.as_mut().filter(|writing| writing.due <= now)?;
        let Writing { lsn, at, piece, .. } = *writing;
        let bytes = writing.rest.split_to(PIECE_BYTES.min(writing.rest.len()));
        let is_last = writing.rest.is_empty();
        (writing.piece, writing.due) = (piece + 1, now + PAUSE);
        if is_last {
            self.writing = None;
        }
        Some(Record::Snapshot { world, lsn, at, piece, is_last, bytes })
    }
}
