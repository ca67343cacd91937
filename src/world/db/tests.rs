//! What is written and read again is what the models believe to be written.

use bytes::Bytes;

use super::*;
use crate::{
    basis::{Seq, WarehouseId},
    db::{DbTarget, Schema, migrate},
    runtime::Disk as _,
    wire::{Numbered, amazon},
    world::model::{Initial, Input, Simulation, encode_snapshot},
};

const FIRST: WorldId = WorldId(1);
const SECOND: WorldId = WorldId(2);

fn made(world: WorldId, at_us: u64) -> Record {
    Record::WorldMade { world, at: SimTime(at_us), physics: Physics::default() }
}

fn logged(world: WorldId, lsn: u64) -> Record {
    Record::Logged { world, lsn, entry: entry(lsn) }
}

fn entry(lsn: u64) -> Entry {
    let at = SimTime(1_000_000 * lsn);
    let warehouse = WarehouseId(1);
    let input = match lsn {
        1 => Input::Joined(Initial::Warehouses(vec![(warehouse, Default::default())])),
        2 => Input::Advanced,
        _ => {
            let thing = amazon::Thing {
                product: 9.into(),
                description: "täe \u{0}".to_owned(),
                count: i32::MAX,
            };
            let buy = amazon::Command::Buy { warehouse, things: vec![thing] };
            let commands = vec![Numbered::new(Seq(-5 - lsn as i64), buy)];
            Input::Amazon { commands: commands.into(), simspeed: Some(u32::MAX) }
        }
    };
    Entry { at, acked: vec![Seq(i64::MAX)], input }
}

/// What the first so many entries lead to.
fn snapshot(world: WorldId, lsn: u64) -> Vec<Record> {
    let mut simulation = Simulation::new(Physics::default(), SimTime(5));
    (1..=lsn).for_each(|lsn| simulation.replay(&entry(lsn)));
    let (at, bytes) = (simulation.now(), encode_snapshot(&simulation));
    let pieces: Vec<_> = bytes.chunks(40).map(Bytes::copy_from_slice).collect();
    let count = pieces.len();
    let piece = move |(index, bytes)| {
        let is_last = index + 1 == count;
        Record::Snapshot { world, lsn, at, piece: index as u32, is_last, bytes }
    };
    pieces.into_iter().enumerate().map(piece).collect()
}

/// What is read is replayed while it is read.
fn replayed(disk: WorldDisk) -> WorldDisk {
    let replay = |(world, file): (WorldId, WorldFile)| {
        let (made_at, physics) = (file.made_at, file.physics);
        let (lsn, simulation, replayed) = file.replay().unwrap();
        let snapshot = (lsn > 0).then(|| (lsn, Arc::new(simulation)));
        (world, WorldFile { snapshot, replayed, ..WorldFile::new(made_at, physics) })
    };
    WorldDisk { worlds: disk.worlds.into_iter().map(replay).collect(), ..disk }
}

async fn commit(db: &Db, records: &[Record]) {
    let mut client = db.client().await.unwrap();
    let tx = client.transaction().await.unwrap();
    WorldParty::persist(&tx, records).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_loaded_is_what_was_recorded() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(&DbTarget::Embedded(dir.path().to_owned()), 1).await.unwrap();
    migrate(&db, Schema::World).await.unwrap();
    let mut other = Rules::default();
    other.physics.pace.simspeed = 7;
    other.link.seed = u64::MAX;
    let fifth = snapshot(FIRST, 5);
    let (begun, rest) = fifth.split_at(fifth.len() - 1);
    let batches = [
        vec![],
        vec![made(FIRST, 5), logged(FIRST, 1), Record::Configured(Rules::default())],
        vec![Record::Configured(other), made(SECOND, 5), logged(FIRST, 2), logged(SECOND, 1)],
        [vec![logged(FIRST, 3)], snapshot(FIRST, 3), vec![logged(FIRST, 4)]].concat(),
        [vec![logged(FIRST, 5)], begun.to_vec(), vec![logged(FIRST, 6)]].concat(),
        // One that was begun before a restart, and is never ended, and another.
        [rest.to_vec(), vec![logged(FIRST, 7)], snapshot(FIRST, 7)[..1].to_vec()].concat(),
        vec![logged(FIRST, 8), logged(SECOND, 2)],
        snapshot(FIRST, 8),
        vec![logged(FIRST, 9)],
    ];
    let mut disk = WorldDisk::default();
    for records in batches {
        commit(&db, &records).await;
        records.iter().for_each(|record| disk.apply(record));
        assert_eq!(WorldParty::load(&db).await.unwrap(), replayed(disk.clone()));
        assert_eq!(last_time(&db).await.unwrap(), disk.last_time());
    }
    assert_eq!(disk.last_time(), SimTime(9_000_000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_entry_is_an_error_that_names_its_table() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(&DbTarget::Embedded(dir.path().to_owned()), 1).await.unwrap();
    migrate(&db, Schema::World).await.unwrap();
    commit(&db, &[made(FIRST, 5), logged(FIRST, 1)]).await;
    let spoil = "UPDATE world.log SET entries = '\\x63'";
    db.client().await.unwrap().simple_query(spoil).await.unwrap();
    let error = WorldParty::load(&db).await.unwrap_err().to_string();
    assert!(error.contains("world.log") && error.contains("format 99"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_snapshot_is_refused_by_its_digest() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(&DbTarget::Embedded(dir.path().to_owned()), 1).await.unwrap();
    migrate(&db, Schema::World).await.unwrap();
    commit(&db, &[made(FIRST, 5), logged(FIRST, 1)]).await;
    commit(&db, &snapshot(FIRST, 1)).await;
    let spoil = "UPDATE world.snapshot_pieces
        SET bytes = set_byte(bytes, 10, get_byte(bytes, 10) # 1) WHERE piece = 1";
    db.client().await.unwrap().simple_query(spoil).await.unwrap();
    let error = WorldParty::load(&db).await.unwrap_err().to_string();
    assert!(error.contains("world.snapshots") && error.contains("its digest is"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_entry_is_an_error_that_names_it() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(&DbTarget::Embedded(dir.path().to_owned()), 1).await.unwrap();
    migrate(&db, Schema::World).await.unwrap();
    commit(&db, &[made(FIRST, 5), logged(FIRST, 1)]).await;
    commit(&db, &[logged(FIRST, 3)]).await;
    let error = WorldParty::load(&db).await.unwrap_err().to_string();
    assert!(error.contains("world 1") && error.contains("entry 2 is missing"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_resident_is_restored_from_its_own_world_alone() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(&DbTarget::Embedded(dir.path().to_owned()), 1).await.unwrap();
    migrate(&db, Schema::World).await.unwrap();
    let records = [made(FIRST, 5), made(SECOND, 5), logged(FIRST, 1), logged(SECOND, 1)];
    commit(&db, &records).await;
    let whole = WorldParty::load(&db).await.unwrap();
    let one = WorldParty::load_for(&db, &Address::World(SECOND)).await.unwrap();
    assert_eq!(one.worlds.keys().collect::<Vec<_>>(), [&SECOND]);
    assert_eq!(one.worlds[&SECOND], whole.worlds[&SECOND]);
    let directory = WorldParty::load_for(&db, &Address::Directory).await.unwrap();
    assert_eq!(directory.worlds.keys().collect::<Vec<_>>(), [&FIRST, &SECOND]);
    assert_eq!(directory.rules, whole.rules);
}
