//! What staff looks up is all there, each thing once, and comes along an index.

use super::*;
use crate::carrier::db::{
    fleet::{self, TRIPS, TripKey},
    listing::{self, QueueKey, ShipmentFilter, WAITING},
};

async fn filled(db: &Db) {
    let client = db.client().await.unwrap();
    let fill = "INSERT INTO carrier.warehouses VALUES (3, 4, 10, 10);
        INSERT INTO carrier.shipments (id, tracking_number, stage, is_finished, world, truck,
            warehouse, x, y, user_id, email, created_at, dispatched_at, arrived_at, loaded_at,
            delivering_at, delivered_at)
        SELECT n, 'T' || n, 'delivered', true, 3, n % 50, 4, 3, 6, 1, 'a@example.org', n, n, n, n,
            n, n / 2 FROM generate_series(1, 20000) n;
        INSERT INTO carrier.shipments (id, tracking_number, stage, warehouse, x, y, user_id, email,
            created_at)
        SELECT n, 'T' || n, CASE WHEN n % 10 = 0 THEN 'created' ELSE 'delivering' END, 4, 3, 6, 1,
            'a@example.org', 100000 - n FROM generate_series(20001, 26000) n";
    client.batch_execute(fill).await.unwrap();
    client.batch_execute("ANALYZE carrier.shipments").await.unwrap();
}

/// The plan of a statement with these values, as text.
async fn plan(db: &Db, sql: &str, values: &[i64]) -> String {
    let mut sql = sql.to_owned();
    for (place, value) in values.iter().enumerate().rev() {
        sql = sql.replace(&format!("${}", place + 1), &value.to_string());
    }
    let client = db.client().await.unwrap();
    let rows = client.query(&format!("EXPLAIN {sql}"), &[]).await.unwrap();
    rows.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn trips_and_the_queue_come_along_an_index_part_by_part() {
    let dir = tempfile::tempdir().unwrap();
    for target in targets(&dir) {
        let db = fresh(&target).await;
        filled(&db).await;
        let trips = plan(&db, TRIPS, &[3, 7, i64::MAX, i64::MAX, 50]).await;
        assert!(trips.contains("shipments_trips") && !trips.contains("Sort"), "{trips}");
        assert!(!trips.contains("Seq Scan on shipments"), "{trips}");
        let queue = plan(&db, WAITING, &[0, i64::MIN + 1, 2_000]).await;
        assert!(queue.contains("shipments_oldest") && !queue.contains("Sort"), "{queue}");

        let (truck, mut seen, mut before) = ((WORLD, TruckId(7)), Vec::new(), None::<TripKey>);
        loop {
            let part = fleet::trips(&db, truck, before, 150).await.unwrap();
            let Some(last) = part.last() else { break };
            before = Some((last.delivered_at, last.shipment));
            seen.extend(part.iter().map(|trip| trip.shipment.0));
        }
        let expected: Vec<i64> = (1..=20_000).rev().filter(|n| n % 50 == 7).collect();
        assert_eq!(seen, expected);
        let trip = &fleet::trips(&db, truck, None, 1).await.unwrap()[0];
        assert_eq!(trip.distance(), Some(11));

        let (mut waiting, mut after) = (Vec::new(), None::<QueueKey>);
        loop {
            let (part, next) = listing::waiting(&db, after, 70).await.unwrap();
            waiting.extend(part.iter().map(|it| it.id.0));
            after = next;
            if after.is_none() {
                break;
            }
        }
        let expected: Vec<i64> = (20_001..=26_000).rev().filter(|n| n % 10 == 0).collect();
        assert_eq!(waiting, expected, "who came first is first");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filtered_list_looks_at_so_many_at_a_time_and_misses_none() {
    let dir = tempfile::tempdir().unwrap();
    for target in targets(&dir) {
        let db = fresh(&target).await;
        filled(&db).await;
        let wanted = ShipmentFilter { truck: Some(TruckId(7)), ..ShipmentFilter::default() };
        let (mut seen, mut before, mut parts) = (Vec::new(), None, 0);
        loop {
            let (part, next) = listing::shipments(&db, &wanted, before, 30).await.unwrap();
            assert!(part.len() <= 30);
            seen.extend(part.iter().map(|it| it.id.0));
            (before, parts) = (next, parts + 1);
            if before.is_none() {
                break;
            }
        }
        let expected: Vec<i64> = (1..=20_000).rev().filter(|n| n % 50 == 7).collect();
        assert_eq!(seen, expected);
        assert!(parts > 13, "each looks at a bounded number: {parts}");
        let waiting = ShipmentFilter { stage: Some(ShipmentStage::Created), ..Default::default() };
        let (part, next) = listing::shipments(&db, &waiting, None, 10).await.unwrap();
        let ids: Vec<_> = part.iter().map(|it| it.id.0).collect();
        assert_eq!((ids[0], ids[9], next), (26_000, 25_910, Some(PackageId(25_910))));
        let none = listing::shipments(&db, &waiting, Some(PackageId(i64::MIN)), 10).await.unwrap();
        assert_eq!(none, (Vec::new(), None));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truck_is_shown_with_its_load_and_one_that_gave_up_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let db = fresh(&DbTarget::Embedded(dir.path().join("db"))).await;
    commit(&db, &history()).await;
    let trucks = fleet::trucks(&db, WORLD, None, 2).await.unwrap();
    let seen: Vec<_> = trucks.iter().map(|truck| (truck.id.0, truck.stage.as_str())).collect();
    assert_eq!(seen, [(0, "at_warehouse"), (1, "to_warehouse")]);
    let load = trucks[1].load.as_ref().unwrap();
    assert_eq!((load.shipment, load.goal), (PackageId(6), Some(Point::new(4, 5))));
    let rest = fleet::trucks(&db, WORLD, Some(TruckId(1)), 2).await.unwrap();
    assert_eq!((rest.len(), rest[0].load.clone()), (1, None));
    let counts = fleet::trucks_by_stage(&db, WORLD).await.unwrap();
    let expected = [("at_warehouse", 1), ("idle", 1), ("to_warehouse", 1)];
    assert_eq!(counts, expected.map(|(stage, count)| (stage.to_owned(), count)));
    assert_eq!(fleet::truck(&db, WORLD, TruckId(9)).await.unwrap(), None);
    let given_back = Record::GivenBack { shipment: PackageId(6), world: WORLD, truck: TruckId(1) };
    commit(&db, &[given_back]).await;
    let shipment = listing::shipment(&db, PackageId(6)).await.unwrap().unwrap();
    assert_eq!(shipment.gave_up(), Some(TruckId(1)));
    let delivered = listing::shipment(&db, PackageId(2)).await.unwrap().unwrap();
    assert_eq!((delivered.gave_up(), delivered.is_finished), (None, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_staff_wishes_is_read_back_also_where_the_operator_says_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let db = fresh(&DbTarget::Embedded(dir.path().join("db"))).await;
    let mut disk = load::load(&db).await.unwrap();
    let records = [
        Record::WorldJoined { world: WORLD, trucks: vec![] },
        Record::WorldHeld(true),
        Record::WorldSpeed(Some(u32::MAX)),
        Record::WorldLeft { next: Some(WorldId(9)) },
        Record::WorldHeld(false),
        Record::WorldSpeed(None),
    ];
    for record in &records {
        commit(&db, std::slice::from_ref(record)).await;
        disk.apply(record);
        assert_eq!(load::load(&db).await.unwrap(), disk, "after {record:?}");
    }
    note_wish(&db, Wanted::default()).await.unwrap();
    assert_eq!(load::load(&db).await.unwrap().wanted.world, Some(WorldId(9)));
    let joined = Record::WorldJoined { world: WorldId(9), trucks: vec![] };
    commit(&db, &[Record::WorldLeft { next: None }, joined.clone()]).await;
    disk.apply(&Record::WorldLeft { next: None });
    disk.apply(&joined);
    assert_eq!(load::load(&db).await.unwrap(), disk);
}
