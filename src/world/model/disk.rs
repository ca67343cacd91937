//! What is durable of all worlds: their logs, the latest snapshot of each, and
//! the rules.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;

use super::{Entry, Physics, Rules, Simulation, WorldParty, decode_snapshot};
use crate::{
    basis::{SimTime, WorldId},
    runtime::Disk,
};

/// A change to the committed state.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    Configured(Rules),
    WorldMade {
        world: WorldId,
        at: SimTime,
        physics: Physics,
    },
    /// The next entry of a world's log.
    Logged {
        world: WorldId,
        lsn: u64,
        entry: Entry,
    },
    /// A piece of what the log up to and with `lsn` leads to, as it is written. With
    /// the last piece, at which it counts, those entries may go.
    Snapshot {
        world: WorldId,
        lsn: u64,
        /// The simulation's own moment.
        at: SimTime,
        /// From 0.
        piece: u32,
        is_last: bool,
        bytes: Bytes,
    },
}

/// The committed state.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WorldDisk {
    pub rules: Rules,
    pub worlds: BTreeMap<WorldId, WorldFile>,
}

/// What came into a log after a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backlog {
    pub entries: u64,
    /// Commands, a long one for several.
    pub commands: u64,
}

/// A command of so many bytes is as much to write and to replay as two short ones.
const LONG_BYTES: usize = 512;

impl Backlog {
    pub fn count(&mut self, entry: &Entry) {
        self.entries += 1;
        // An entry without commands is one thing to do, too.
        let commands = entry.input.commands_count().max(1) + entry.input.weight() / LONG_BYTES;
        self.commands += commands as u64;
    }
}

/// The committed state of one world.
#[derive(Debug, Clone, PartialEq)]
pub struct WorldFile {
    pub made_at: SimTime,
    pub physics: Physics,
    pub snapshot: Option<(u64, Arc<Simulation>)>,
    /// What came after the snapshot, by its number.
    pub log: BTreeMap<u64, Entry>,
    /// What was taken out of the log already, and came after the last snapshot that was written.
    pub replayed: Backlog,
    /// The snapshot that is being written; without its last piece it is worth nothing.
    pub begun: Vec<u8>,
}

impl WorldDisk {
    /// The last moment that anybody can have seen an effect of.
    pub fn last_time(&self) -> SimTime {
        self.worlds.values().map(WorldFile::last_time).max().unwrap_or_default()
    }
}

impl WorldFile {
    pub fn new(made_at: SimTime, physics: Physics) -> Self {
        let (log, replayed) = (BTreeMap::new(), Backlog::default());
        Self { made_at, physics, snapshot: None, log, replayed, begun: Vec::new() }
    }

    /// What all that is committed leads to, the number of the last entry, and how much
    /// came after the last snapshot that was written.
    pub fn replay(mut self) -> Result<(u64, Simulation, Backlog), Gap> {
        for (lsn, entry) in std::mem::take(&mut self.log) {
            self.take_in(lsn, &entry)?;
        }
        let beginning = || (0, Arc::new(Simulation::new(self.physics, self.made_at)));
        let (lsn, simulation) = self.snapshot.unwrap_or_else(beginning);
        Ok((lsn, Arc::unwrap_or_clone(simulation), self.replayed))
    }

    /// Replays the entry number `found` on the snapshot; one that is in it already
    /// changes nothing.
    pub fn take_in(&mut self, found: u64, entry: &Entry) -> Result<(), Gap> {
        let beginning = || (0, Arc::new(Simulation::new(self.physics, self.made_at)));
        let (lsn, simulation) = self.snapshot.get_or_insert_with(beginning);
        let missing = *lsn + 1;
        if found > missing {
            return Err(Gap { missing, found });
        }
        if found == missing {
            Arc::make_mut(simulation).replay(entry);
            self.replayed.count(entry);
            *lsn = found;
        }
        Ok(())
    }

    fn write_snapshot(&mut self, lsn: u64, piece: u32, is_last: bool, bytes: &[u8]) {
        if piece == 0 {
            self.begun.clear();
        }
        self.begun.extend_from_slice(bytes);
        if is_last {
            let simulation = decode_snapshot(&std::mem::take(&mut self.begun))
                .unwrap_or_else(|error| unreachable!("the pieces of snapshot {lsn}: {error}"));
            self.snapshot = Some((lsn, Arc::new(simulation)));
            self.log = self.log.split_off(&(lsn + 1));
        }
    }

    fn last_time(&self) -> SimTime {
        let snapshot = self.snapshot.as_ref().map(|(_, simulation)| simulation.now());
        let logged = self.log.values().next_back().map(|entry| entry.at);
        self.made_at.max(snapshot.unwrap_or_default()).max(logged.unwrap_or_default())
    }
}

/// An entry that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("entry {missing} is missing; the next one is {found}")]
pub struct Gap {
    pub missing: u64,
    pub found: u64,
}

impl Disk<WorldParty> for WorldDisk {
    fn apply(&mut self, record: &Record) {
        match record {
            Record::Configured(rules) => self.rules = *rules,
            Record::WorldMade { world, at, physics } => {
                self.worlds.insert(*world, WorldFile::new(*at, *physics));
            }
            Record::Logged { world, lsn, entry } => {
                if let Some(file) = self.worlds.get_mut(world) {
                    file.log.insert(*lsn, entry.clone());
                }
            }
            Record::Snapshot { world, lsn, piece, is_last, bytes, .. } => {
                if let Some(file) = self.worlds.get_mut(world) {
                    file.write_snapshot(*lsn, *piece, *is_last, bytes);
                }
            }
        }
    }
}
