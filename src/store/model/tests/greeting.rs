//! Hellos to a world that has some of the store's warehouses already.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{Bench, full_run};
use crate::{
    basis::{Point, WarehouseId, WorldId},
    store::model::{Site, StoreDisk},
};

const WORLD: WorldId = WorldId(1);

/// A store with warehouses 1 to `count`, and a world that has those of them.
fn meeting(count: usize, there: &[usize]) -> Bench {
    let ids = (1..=count).filter_map(|id| i32::try_from(id).ok()).map(WarehouseId);
    let sites = ids.map(|id| Site::new(id, Point::new(id.0, 0)));
    let mut bench = Bench::new(StoreDisk::seeded("store-test", [], sites, []));
    let there = there.iter().filter_map(|id| i32::try_from(*id).ok());
    bench.world.warehouses = there.map(WarehouseId).collect();
    bench
}

/// The world has all warehouses, and the store knows that.
fn check(bench: &Bench, count: usize) {
    let all: BTreeSet<_> = bench.disk.sites.keys().copied().collect();
    assert_eq!(all.len(), count);
    assert_eq!(bench.world.warehouses, all, "in the world");
    let registered = bench.disk.registered.iter().map(|(_, warehouse)| *warehouse).collect();
    assert_eq!(all, registered, "as the store knows");
}

#[test]
fn what_the_world_lacks_is_added_where_it_has_the_rest() {
    let mut bench = meeting(4, &[2]);
    bench.set_world(WORLD.0);
    bench.settle();
    check(&bench, 4);
    // All, the first half, 1 (taken); 2 (refused), the second half (taken).
    assert_eq!((bench.world.hellos, bench.world.dials), (5, 2));
}

#[test]
fn a_world_that_has_everything_is_joined_on_the_same_connection() {
    let mut bench = meeting(8, &[1, 2, 3, 4, 5, 6, 7, 8]);
    bench.set_world(WORLD.0);
    bench.settle();
    check(&bench, 8);
    // Each part once, and one that offers nothing.
    assert_eq!((bench.world.hellos, bench.world.dials), (16, 1));
}

#[test]
fn a_store_whose_world_had_some_of_its_warehouses_delivers_from_all() {
    let mut bench = Bench::new(super::bench::opening());
    bench.world.warehouses.insert(super::bench::SOUTH);
    bench.set_world(WORLD.0);
    bench.settle();
    full_run(&mut bench);
    assert!(bench.disk.packages.is_empty(), "{:?}", bench.disk.packages);
}

/// The notes of what was found out survive, each with its own commit.
#[test]
fn a_crash_between_two_hellos_changes_nothing_in_the_end() {
    let there = [1, 2, 5, 7];
    let mut whole = meeting(8, &there);
    whole.set_world(WORLD.0);
    whole.settle();
    let groups = whole.groups.len();
    assert!(groups > 5, "{groups} groups are too few to prove anything");
    for crash_after in 1..=groups {
        let mut bench = meeting(8, &there);
        bench.crash_after = Some(crash_after);
        bench.set_world(WORLD.0);
        bench.settle();
        check(&bench, 8);
    }
}

proptest! {
    #[test]
    fn any_overlap_ends_with_everything_there_in_bounded_steps(
        count in 1_usize..40,
        there in proptest::collection::btree_set(1_usize..40, 0..40),
        hangs_up_refusing: bool,
    ) {
        let there: Vec<_> = there.into_iter().filter(|id| *id <= count).collect();
        let mut bench = meeting(count, &there);
        bench.world.hangs_up_refusing = hangs_up_refusing;
        bench.set_world(WORLD.0);
        bench.settle();
        check(&bench, count);
        let world = &bench.world;
        prop_assert!(world.hellos <= 2 * count, "{} hellos", world.hellos);
        let taken_at_most = count - there.len();
        let refusals = if hangs_up_refusing { world.hellos } else { 0 };
        prop_assert!(world.dials <= taken_at_most + 1 + refusals, "{} dials", world.dials);
    }
}
