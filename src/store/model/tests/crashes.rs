//! Wherever the store crashes, what it took in comes to a good end, once.

use std::collections::BTreeMap;

use super::{super::PlaceAnswer, Bench, bench, full_run};
use crate::basis::{PackageId, ProductId, WarehouseId};

#[test]
fn a_full_run_delivers_every_package_once() {
    let mut bench = Bench::stocked();
    full_run(&mut bench);
    assert_eq!(bench.answers.len(), 5);
    check_end(&bench);
}

/// The harshest moment: a group is committed, and neither its letters nor its outputs leave.
#[test]
fn a_crash_after_any_commit_loses_and_doubles_nothing() {
    let mut whole = Bench::new(bench::opening());
    whole.set_world(1);
    full_run(&mut whole);
    let groups = whole.groups.len();
    assert!(groups > 60, "{groups} groups are too few to prove anything");
    for crash_after in 1..=groups {
        let mut bench = Bench::new(bench::opening());
        bench.crash_after = Some(crash_after);
        bench.set_world(1);
        // The carrier says it until it is answered.
        bench.set_world(1);
        full_run(&mut bench);
        // A buyer whose answer was lost asks again.
        full_run_again(&mut bench);
        check_end(&bench);
    }
}

fn full_run_again(bench: &mut Bench) {
    let answered = bench.answers.clone();
    full_run(bench);
    for (reply, before) in answered {
        let PlaceAnswer::Placed(placed) = before else { continue };
        let order = placed.order;
        assert_eq!(bench.answers.get(&reply), Some(&PlaceAnswer::Repeated { order }));
    }
}

fn check_end(bench: &Bench) {
    let disk = &bench.disk;
    assert_eq!(disk.packages, BTreeMap::new(), "all are delivered");
    assert_eq!(disk.keys.len(), 5, "each order once");
    assert_eq!(disk.purchases, BTreeMap::new(), "all has arrived");
    let packages = disk.package_last.0;
    let each_once = (1..=packages).map(|id| (PackageId(id), 1)).collect::<BTreeMap<_, _>>();
    assert_eq!(bench.world.packed, each_once);
    assert_eq!(bench.world.loaded, each_once);
    assert_eq!(bench.carrier.created, each_once);
    assert!(bench.world.unacked.is_empty(), "unacked: {:?}", bench.world.unacked);
    // The books are the world's.
    let mut books: BTreeMap<(WarehouseId, ProductId), i64> = BTreeMap::new();
    for ((warehouse, listing), on_hand) in &disk.stock {
        let product = disk.catalog.find(*listing).unwrap().product;
        *books.entry((*warehouse, product)).or_default() += on_hand;
    }
    assert_eq!(books, bench.world.stock);
}
