//! What is written and read again is what the models believe to be written.

use super::*;
use crate::{
    basis::{Seq, WarehouseId},
    db::{DbTarget, Schema, migrate},
    runtime::Disk as _,
    wire::{Numbered, amazon},
    world::model::{Initial, Input},
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
fn snapshot(world: WorldId, lsn: u64) -> Record {
    let mut simulation = Simulation::new(Physics::default(), SimTime(5));
    (1..=lsn).for_each(|lsn| simulation.replay(&entry(lsn)));
    Record::Snapshot { world, lsn, simulation: Arc::new(simulation) }
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
    let batches = [
        vec![],
        vec![made(FIRST, 5), logged(FIRST, 1), Record::Configured(Rules::default())],
        vec![Record::Configured(other), made(SECOND, 5), logged(FIRST, 2), logged(SECOND, 1)],
        vec![logged(FIRST, 3), snapshot(FIRST, 3), logged(FIRST, 4)],
        vec![logged(FIRST, 5), snapshot(FIRST, 5), logged(FIRST, 6), snapshot(FIRST, 6)],
        vec![logged(FIRST, 7), logged(SECOND, 2)],
    ];
    let mut disk = WorldDisk::default();
    for records in batches {
        commit(&db, &records).await;
        records.iter().for_each(|record| disk.apply(record));
        assert_eq!(WorldParty::load(&db).await.unwrap(), disk);
        assert_eq!(last_time(&db).await.unwrap(), disk.last_time());
    }
    assert_eq!(disk.last_time(), SimTime(7_000_000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_entry_is_an_error_that_names_its_table() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(&DbTarget::Embedded(dir.path().to_owned()), 1).await.unwrap();
    migrate(&db, Schema::World).await.unwrap();
    commit(&db, &[made(FIRST, 5), logged(FIRST, 1)]).await;
    let spoil = "UPDATE world.log SET entry = '\\x63'";
    db.client().await.unwrap().simple_query(spoil).await.unwrap();
    let error = WorldParty::load(&db).await.unwrap_err().to_string();
    assert!(error.contains("world.log") && error.contains("format 99"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_snapshot_is_refused_by_its_digest() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(&DbTarget::Embedded(dir.path().to_owned()), 1).await.unwrap();
    migrate(&db, Schema::World).await.unwrap();
    commit(&db, &[made(FIRST, 5), logged(FIRST, 1), snapshot(FIRST, 1)]).await;
    let spoil = "UPDATE world.snapshots
        SET simulation = set_byte(simulation, 50, get_byte(simulation, 50) # 1)";
    db.client().await.unwrap().simple_query(spoil).await.unwrap();
    let error = WorldParty::load(&db).await.unwrap_err().to_string();
    assert!(error.contains("world.snapshots") && error.contains("its digest is"), "{error}");
}
