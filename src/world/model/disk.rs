//! What is durable of all worlds: their logs, the latest snapshot of each, and
//! the rules.

use std::{collections::BTreeMap, sync::Arc};

use super::{Entry, Physics, Rules, Simulation, WorldParty};
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
    /// What the log up to and with `lsn` leads to; those entries may go.
    Snapshot {
        world: WorldId,
        lsn: u64,
        simulation: Arc<Simulation>,
    },
}

/// The committed state.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WorldDisk {
    pub rules: Rules,
    pub worlds: BTreeMap<WorldId, WorldFile>,
}

/// The committed state of one world.
#[derive(Debug, Clone, PartialEq)]
pub struct WorldFile {
    pub made_at: SimTime,
    pub physics: Physics,
    pub snapshot: Option<(u64, Arc<Simulation>)>,
    /// What came after the snapshot, by its number.
    pub log: BTreeMap<u64, Entry>,
}

impl WorldDisk {
    /// The last moment that anybody can have seen an effect of.
    pub fn last_time(&self) -> SimTime {
        self.worlds.values().map(WorldFile::last_time).max().unwrap_or_default()
    }
}

impl WorldFile {
    pub fn new(made_at: SimTime, physics: Physics) -> Self {
        Self { made_at, physics, snapshot: None, log: BTreeMap::new() }
    }

    fn last_time(&self) -> SimTime {
        let snapshot = self.snapshot.as_ref().map(|(_, simulation)| simulation.now());
        let logged = self.log.values().next_back().map(|entry| entry.at);
        self.made_at.max(snapshot.unwrap_or_default()).max(logged.unwrap_or_default())
    }
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
            Record::Snapshot { world, lsn, simulation } => {
                if let Some(file) = self.worlds.get_mut(world) {
                    file.snapshot = Some((*lsn, Arc::clone(simulation)));
                    file.log = file.log.split_off(&(lsn + 1));
                }
            }
        }
    }
}
