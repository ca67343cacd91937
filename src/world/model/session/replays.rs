//! Whether what is on the disk gives the same worlds again: the log from its beginning,
//! a snapshot and the log behind it, and what a restart would read.
//!
//! Which session led there does not matter.

use crate::{
    runtime::Disk as _,
    world::model::{
        Record, Side, Simulation, WorldDisk, decode_snapshot, encode_snapshot, town::Town,
    },
};

/// Panics where one of them differs from what is there.
pub(super) fn check(town: &Town) {
    let cut = town.records.len() / 2;
    let from_log = Town::of(disk_of(&town.records, None));
    let from_snapshot = Town::of(disk_of(&town.records, Some(cut)));
    let restarted = Town::of(town.disk.clone());
    for world in town.disk.worlds.keys() {
        let live = town.simulation(*world);
        for again in [&from_log, &from_snapshot, &restarted] {
            let again = with_acks_of(live, again.simulation(*world));
            assert_eq!(again, settled(live));
            assert_eq!(again.digest(), settled(live).digest());
        }
    }
}

/// What the records lead to, without the snapshots among them; with one of each world
/// after the first `cut` of them.
fn disk_of(records: &[Record], cut: Option<usize>) -> WorldDisk {
    let mut disk = WorldDisk::default();
    for (index, record) in records.iter().enumerate() {
        if cut == Some(index) {
            take_snapshots(&mut disk);
        }
        if !matches!(record, Record::Snapshot { .. }) {
            disk.apply(record);
        }
    }
    disk
}

fn take_snapshots(disk: &mut WorldDisk) {
    let town = Town::of(disk.clone());
    for (world, file) in &mut disk.worlds {
        let Some((lsn, _)) = file.log.last_key_value() else { continue };
        let written = encode_snapshot(town.simulation(*world));
        let simulation = decode_snapshot(&written).unwrap_or_else(|error| panic!("{error}"));
        file.snapshot = Some((*lsn, simulation.into()));
        file.log.clear();
    }
}

/// Acks come into the log with the next entry, so a replay may know fewer of them.
fn with_acks_of(live: &Simulation, replayed: &Simulation) -> Simulation {
    let mut replayed = settled(replayed);
    for side in Side::ALL {
        let unacked = live.unacked(side);
        for seq in replayed.unacked(side) {
            if unacked.binary_search(&seq).is_err() {
                replayed.acknowledge(side, seq);
            }
        }
    }
    replayed
}

/// Without the acks that are owed; they are no part of what is durable.
fn settled(simulation: &Simulation) -> Simulation {
    let mut simulation = simulation.clone();
    simulation.amazon().take_acks();
    simulation.ups().take_acks();
    simulation
}
