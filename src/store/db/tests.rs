//! What is written is read back as the models would have it in memory.

use super::*;
use crate::{
    basis::{PackageId, Point, ProductId, Seq, SimTime, TruckId, WorldId},
    db::{DbTarget, Schema, migrate},
    runtime::Disk as _,
    store::model::{
        Line, PackageStatus,
        records::Step,
        tests::{Bench, bench, full_run},
    },
};

/// A database of the test's own: the one of DATABASE_URL has no place for two.
async fn database() -> (Db, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(&DbTarget::Embedded(dir.path().join("db")), 1).await.unwrap();
    migrate(&db, Schema::Store).await.unwrap();
    (db, dir)
}

/// The opening state of the bench, as the demo data would put it there.
async fn seed(db: &Db) {
    let client = db.client().await.unwrap();
    let sql = "
        INSERT INTO store.sellers (id, name) VALUES (1, 'a'), (2, 'b');
        INSERT INTO store.products (id, category, name, description)
            VALUES (10, 'c', 'tea', ''), (20, 'c', 'cup', '');
        INSERT INTO store.listings
            (id, product_id, seller_id, price_cents, reorder_level, reorder_target)
            VALUES (1, 10, 1, 250, 2, 6), (2, 20, 1, 250, 2, 6), (3, 10, 2, 250, 2, 6);
        INSERT INTO store.warehouses (id, name, x, y) VALUES (1, 'n', 0, 10), (2, 's', 0, -10);
        INSERT INTO store.purchases (warehouse_id, id, requested_us) VALUES (1, 1, 0), (2, 1, 0);
        INSERT INTO store.purchase_items VALUES (1, 1, 1, 5), (1, 1, 2, 2), (2, 1, 1, 9);
        UPDATE store.settings SET sender = 'store-test';";
    client.batch_execute(sql).await.unwrap();
}

async fn persist(db: &Db, records: &[Record]) {
    let mut client = db.client().await.unwrap();
    let tx = client.transaction().await.unwrap();
    Store::persist(&tx, records).await.unwrap();
    tx.commit().await.unwrap();
}

/// Every record that a run brings about, and the rare ones that it does not.
fn groups() -> Vec<Vec<Record>> {
    let mut whole = Bench::new(bench::opening());
    whole.set_world(1);
    full_run(&mut whole);
    let mut groups = whole.groups;
    // A second run that is not brought to its end, so that open packages are compared.
    let mut half = Bench::new(whole.disk);
    half.groups.clear();
    half.world = whole.world;
    half.world.connection = None;
    half.carrier.silent = true;
    half.order(11, &[(bench::TEA, 3)]);
    half.order(12, &[(bench::CUP, 400)]);
    half.settle();
    half.order(13, &[(bench::TEA, 100)]);
    groups.append(&mut half.groups);
    let (package, at) = (half.disk.package_last, SimTime::from_micros(5));
    let step = |step| Record::Stepped { package, step, at };
    let warehouse = bench::NORTH;
    groups.push(vec![
        step(Step::PackCommanded { seq: Seq(900) }),
        step(Step::PackRefused),
        step(Step::AnnounceRefused),
        step(Step::LoadedRefused),
        step(Step::TruckArrived { truck: TruckId(3) }),
        step(Step::LoadCommanded { seq: Seq(901) }),
        step(Step::LoadRefused),
        // What was overtaken does not take the package back.
        step(Step::PackCommanded { seq: Seq(902) }),
        Record::TruckAtWarehouse { warehouse, truck: TruckId(3) },
        Record::WorldSeq(Seq(902)),
    ]);
    let lines = vec![Line::new(bench::TEA, 3)];
    let purchase = half.disk.purchase_last[&warehouse];
    let purchase = crate::basis::PurchaseId(purchase.0 + 1);
    groups.push(vec![Record::PurchaseMade { warehouse, purchase, lines, at }]);
    let to = |x| Point::new(x, -x);
    let redirections = [
        vec![Step::RedirectAsked { to: to(1) }],
        vec![Step::RedirectCommanded { seq: Seq(7) }, Step::RedirectQueued { to: Some(to(2)) }],
        vec![Step::Redirected { to: to(1) }, Step::RedirectAsked { to: to(2) }],
        vec![Step::RedirectQueued { to: Some(to(3)) }],
        vec![Step::RedirectRefused { reason: "gone".to_owned() }],
        vec![Step::RedirectQueued { to: None }],
    ];
    groups.extend(redirections.map(|steps| steps.into_iter().map(step).collect()));
    let begun = half.disk.packages.keys().next().copied();
    let begun = begun.filter(|begun| *begun != package).expect("two packages are under way");
    groups.push(vec![Record::Stepped { package: begun, step: Step::Cancelled, at }]);
    groups.push(vec![Record::PurchaseCommanded { warehouse, purchase, seq: Seq(903) }]);
    groups.push(vec![
        Record::WorldSeq(Seq(903)),
        Record::WorldChosen(WorldId(1)),
        Record::WorldChosen(WorldId(2)),
        Record::StockTaken { warehouse, lines: vec![Line::new(bench::TEA, 1)] },
        Record::Registered { world: WorldId(2), warehouses: vec![warehouse], was_there: true },
    ]);
    groups.push(vec![Record::WorldHeld(true), Record::WorldSpeed(Some(u32::MAX))]);
    groups.push(vec![Record::WorldHeld(false)]);
    groups.push(vec![
        Record::PurchaseCommanded { warehouse, purchase, seq: Seq(904) },
        Record::WorldLeft,
        Record::WorldChosen(WorldId(3)),
        Record::WorldSpeed(None),
    ]);
    groups.push(vec![Record::WorldHeld(true), Record::WorldSpeed(Some(7)), Record::WorldLeft]);
    groups
}

#[tokio::test]
async fn the_database_and_memory_agree_after_every_batch() {
    let (db, _dir) = database().await;
    seed(&db).await;
    let mut disk = bench::opening();
    assert_eq!(Store::load(&db).await.unwrap(), disk);
    let groups = groups();
    let mut rest = groups.as_slice();
    // Batches of 1, 2, 3, ... groups: what is folded together differs.
    for size in 1.. {
        let (batch, more) = rest.split_at(size.min(rest.len()));
        let records: Vec<Record> = batch.iter().flatten().cloned().collect();
        persist(&db, &records).await;
        records.iter().for_each(|record| disk.apply(record));
        assert_eq!(Store::load(&db).await.unwrap(), disk, "after a batch of {size}");
        rest = more;
        if rest.is_empty() {
            break;
        }
    }
    assert!(!disk.packages.is_empty(), "open packages were compared");
    assert!(disk.packages.values().any(|row| row.status == PackageStatus::Loading));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn details_of_many_packages_are_each_its_own() {
    let (db, _dir) = database().await;
    seed(&db).await;
    let mut bench = Bench::new(bench::opening());
    bench.set_world(1);
    bench.settle();
    bench.order(1, &[(bench::TEA, 2), (bench::CUP, 1)]);
    bench.order(2, &[(bench::TEA, 1)]);
    bench.settle();
    let records: Vec<Record> = bench.groups.iter().flatten().cloned().collect();
    persist(&db, &records).await;
    let [first, second, none] = [1, 2, 999].map(PackageId);
    let details = details(&db, &[first, second, none].into()).await.unwrap();
    assert_eq!(details.keys().copied().collect::<Vec<_>>(), [first, second]);
    let item = |product, name: &str, quantity| (ProductId(product), name.to_owned(), quantity);
    assert_eq!(details[&first].items, [item(10, "tea", 2), item(20, "cup", 1)]);
    assert_eq!(details[&second].items, [item(10, "tea", 1)]);
    assert_eq!(details[&second].destination, Point::new(0, 3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_census_gives_each_order_the_state_of_its_packages() {
    use PackageStatus::{Cancelled, Delivered, Packing};
    let (db, _dir) = database().await;
    let sql = "INSERT INTO store.packages (id, order_id, warehouse_id, status, granted, created_us)
        SELECT id, order_id, 1, status, true, 0 FROM (VALUES
            (1, 1, 'delivered'), (2, 1, 'packing'), (3, 2, 'delivered'), (4, 2, 'cancelled'),
            (5, 3, 'cancelled'), (6, 4, 'delivered')) t (id, order_id, status)";
    db.client().await.unwrap().batch_execute(sql).await.unwrap();
    let orders = "INSERT INTO store.orders
        SELECT id, 1, '', '', '', 0, 0, NULL, 0, 0 FROM generate_series(1, 4) AS t (id)";
    db.client().await.unwrap().batch_execute(orders).await.unwrap();
    let mut census = Census::take(&db).await.unwrap();
    assert_eq!(census.orders, [(Packing, 1), (Delivered, 2), (Cancelled, 1)].into());
    // The order that is under way is known with both of its packages.
    let (order, package) = (crate::basis::OrderId(1), crate::basis::PackageId(2));
    let moved = census.under_way.note(order, package, Delivered);
    let moved = moved.map(|moved| (moved.from, moved.to));
    assert_eq!(moved, Some((Some(Packing), Delivered)));
    assert_eq!(census.under_way, crate::store::model::OrderTally::default());
}
