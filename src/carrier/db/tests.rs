//! The rows say what the records said.

mod looking;

use std::collections::BTreeMap;

use super::*;
use crate::{
    basis::{PackageId, Point, Seq, SimTime, TruckId, WarehouseId},
    carrier::model::{Leg, ShipmentStage, Terms, tracking_number},
    db::{DbTarget, Schema, migrate},
    runtime::Disk as _,
};

const WORLD: WorldId = WorldId(3);

fn targets(dir: &tempfile::TempDir) -> Vec<DbTarget> {
    let server = std::env::var("DATABASE_URL").ok().map(DbTarget::Url);
    [Some(DbTarget::Embedded(dir.path().join("db"))), server].into_iter().flatten().collect()
}

async fn fresh(target: &DbTarget) -> Db {
    let db = Db::open(target, 1).await.unwrap();
    let client = db.client().await.unwrap();
    client.simple_query("DROP SCHEMA IF EXISTS carrier CASCADE").await.unwrap();
    drop(client);
    migrate(&db, Schema::Carrier).await.unwrap();
    db
}

async fn commit(db: &Db, records: &[Record]) {
    let mut client = db.client().await.unwrap();
    let tx = client.transaction().await.unwrap();
    Carrier::persist(&tx, records).await.unwrap();
    tx.commit().await.unwrap();
}

fn told(shipment: i64) -> [Record; 2] {
    [accepted(shipment, false), Record::StoreTold { shipment: PackageId(shipment) }]
}

fn at(ms: u64) -> SimTime {
    SimTime::from_micros(ms * 1000)
}

fn accepted(id: i64, with_sender: bool) -> Record {
    let terms = Terms {
        warehouse: WarehouseId(4),
        destination: Point::new(-7, i32::MAX),
        user: 9,
        email: "ann@example.org".to_owned(),
        ups_account: with_sender.then(|| "ann".to_owned()),
        sender: with_sender.then(|| "store-1".to_owned()),
        seq: with_sender.then_some(Seq(id)),
    };
    Record::ShipmentAccepted { shipment: PackageId(id), terms, at: at(id.unsigned_abs() % 1000) }
}

/// The whole life of a shipment.
fn life(id: i64, truck: i32) -> Vec<Record> {
    let (shipment, world, truck) = (PackageId(id), WORLD, TruckId(truck));
    let (place, warehouse) = (Point::new(4, 5), WarehouseId(4));
    vec![
        accepted(id, id % 2 == 0),
        Record::Dispatched { shipment, world, truck, at: at(100) },
        Record::TruckCommanded { world, truck, seq: Seq(10 * id) },
        Record::DestinationChanged { shipment, destination: Point::new(1, 1), seq: Some(Seq(5)) },
        Record::CommandFailed { world, truck },
        Record::TruckCommanded { world, truck, seq: Seq(10 * id + 1) },
        Record::TruckArrived { shipment, world, truck, place, seq: Seq(77 + id), at: at(200) },
        Record::WarehousePlaced { world, warehouse, place },
        Record::DestinationChanged { shipment, destination: Point::new(2, 2), seq: None },
        Record::ShipmentLoaded { shipment, at: at(290) },
        Record::DeliveryStarted { shipment, world, truck, at: at(300) },
        Record::TruckCommanded { world, truck, seq: Seq(10 * id + 2) },
        Record::Delivered { shipment, world, truck, place: Point::new(2, 2), at: at(400) },
        Record::StoreTold { shipment },
    ]
}

/// Two trucks that take turns, one of which starts a second shipment at the end;
/// and a shipment that goes from truck to truck.
fn history() -> Vec<Record> {
    let places = [(0, 0), (-50, 49), (3, 3)].map(|(x, y)| Point::new(x, y));
    let trucks: Vec<_> = (0..).map(TruckId).zip(places).collect();
    let mut records = vec![
        Record::WorldJoined { world: WORLD, trucks: trucks.clone() },
        Record::WorldJoined { world: WORLD, trucks },
        Record::StoreNumbersReserved { below: Seq(1025) },
        Record::TrucksAdded { trucks: vec![(TruckId(3), Point::new(-1, 1))] },
        Record::TrucksAdded { trucks: vec![(TruckId(4), Point::new(0, i32::MIN))] },
    ];
    let (first, second) = (life(1, 0), life(2, 1));
    records.extend(first.into_iter().zip(second).flat_map(|(a, b)| [a, b]));
    records.push(Record::WorldNumberUsed { seq: Seq(500) });
    records.extend(life(5, 0).into_iter().take(7));
    records.push(accepted(6, true));
    let (shipment, world) = (PackageId(6), WORLD);
    for truck in [TruckId(1), TruckId(2)] {
        records.push(Record::Dispatched { shipment, world, truck, at: at(500) });
        records.push(Record::GivenBack { shipment, world, truck });
    }
    records.push(Record::Dispatched { shipment, world, truck: TruckId(1), at: at(600) });
    records
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_read_back_is_what_the_records_made_at_every_cut() {
    let dir = tempfile::tempdir().unwrap();
    for target in targets(&dir) {
        // So that neighbours once share a batch and once do not.
        for batch_size in [1, 3, 4] {
            let db = fresh(&target).await;
            let mut disk = load::load(&db).await.unwrap();
            assert!(disk.sender.starts_with("carrier-"), "{}", disk.sender);
            for batch in history().chunks(batch_size) {
                commit(&db, batch).await;
                batch.iter().for_each(|record| disk.apply(record));
                assert_eq!(load::load(&db).await.unwrap(), disk);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_batch_or_one_record_at_a_time_makes_the_same_rows() {
    let dir = tempfile::tempdir().unwrap();
    let target = DbTarget::Embedded(dir.path().join("db"));
    let db = fresh(&target).await;
    let sender = load::load(&db).await.unwrap().sender;
    let mut disk = CarrierDisk::new(sender, Wanted::default());
    let records = history();
    records.iter().for_each(|record| disk.apply(record));
    commit(&db, &records).await;
    assert_eq!(load::load(&db).await.unwrap(), disk);
    assert_eq!(disk.finished.size(), 1);
    let tracked = track(&db, &tracking_number(PackageId(2)).to_lowercase()).await.unwrap().unwrap();
    assert_eq!(tracked.stage, ShipmentStage::Delivered);
    assert_eq!(tracked.destination, Point::new(2, 2));
    let stages: Vec<_> = tracked.history.iter().map(|(stage, _)| *stage).collect();
    assert_eq!(stages, ShipmentStage::ALL);
    assert_eq!(track(&db, &tracking_number(PackageId(3))).await.unwrap(), None);
    let counts: BTreeMap<_, _> = shipments_by_stage(&db).await.unwrap().into_iter().collect();
    let expected = [(ShipmentStage::Dispatched, 1), (ShipmentStage::AtWarehouse, 1)];
    assert_eq!(counts, expected.into_iter().collect());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truck_is_seen_on_the_leg_that_it_drives() {
    let dir = tempfile::tempdir().unwrap();
    let db = fresh(&DbTarget::Embedded(dir.path().join("db"))).await;
    let (places, shipment) = ([(0, 0), (8, 8)].map(|(x, y)| Point::new(x, y)), PackageId(7));
    let trucks = (0..).map(TruckId).zip(places).collect();
    commit(&db, &[Record::WorldJoined { world: WORLD, trucks }]).await;
    let see = async || leg(&db, shipment).await.unwrap();
    let life = life(7, 1);
    let (depot, home) = (Point::new(4, 5), Point::new(2, 2));
    let leg = |from, to, ms| Some(Leg { from, to, since: at(ms), units_per_s: None });
    let seen = [
        // Nobody has been at the warehouse, so nobody knows where it is.
        (2, leg(places[1], None, 100)),
        (8, leg(depot, None, 200)),
        (11, leg(depot, Some(home), 300)),
        (14, None),
    ];
    assert_eq!(see().await, None, "there is no such shipment");
    let mut done = 0;
    for (records, expected) in seen {
        commit(&db, &life[done..records]).await;
        done = records;
        assert_eq!(see().await, expected, "after {records} records");
    }
    // The next one knows the warehouse, and how fast the one before was: 5 units in 0.1 s.
    let (shipment, world, truck) = (PackageId(8), WORLD, TruckId(0));
    let next = [accepted(8, true), Record::Dispatched { shipment, world, truck, at: at(500) }];
    commit(&db, &next).await;
    let expected =
        Leg { from: places[0], to: Some(depot), since: at(500), units_per_s: Some(50.0) };
    assert_eq!(super::leg(&db, shipment).await.unwrap(), Some(expected));
}

#[tokio::test(flavor = "multi_thread")]
async fn finished_shipments_of_any_number_are_read_back() {
    let dir = tempfile::tempdir().unwrap();
    let db = fresh(&DbTarget::Embedded(dir.path().join("db"))).await;
    let mut disk = load::load(&db).await.unwrap();
    let ids = [i64::MIN, i64::MIN + 1, -1, 0, 1, 7, i64::MAX - 1, i64::MAX];
    for id in ids {
        commit(&db, &told(id)).await;
        told(id).iter().for_each(|record| disk.apply(record));
    }
    assert_eq!(load::load(&db).await.unwrap(), disk);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_carrier_leaves_its_world_only_with_empty_trucks() {
    let dir = tempfile::tempdir().unwrap();
    let db = fresh(&DbTarget::Embedded(dir.path().join("db"))).await;
    commit(&db, &history()).await;
    let elsewhere = Wanted { trucks: 2, world: Some(WorldId(9)) };
    let refused = note_wish(&db, elsewhere).await.unwrap_err();
    assert!(matches!(refused, WishError::StillBusy { remembered: WORLD, .. }), "{refused}");
    let here = Wanted { trucks: 300, world: Some(WORLD) };
    note_wish(&db, here).await.unwrap();
    assert_eq!(load::load(&db).await.unwrap().wanted, here);
    let finish = "UPDATE carrier.shipments SET is_finished = true";
    db.client().await.unwrap().simple_query(finish).await.unwrap();
    note_wish(&db, elsewhere).await.unwrap();
    assert_eq!(load::load(&db).await.unwrap().world, None);
}
