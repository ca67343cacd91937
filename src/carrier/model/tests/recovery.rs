//! The whole carrier, crashed anywhere and with lossy lines: every shipment is
//! delivered exactly once.

use proptest::prelude::*;

use super::{
    house::House,
    outsiders::{Chance, Outsiders},
    *,
};

const ROUNDS_MAX: usize = 400;

fn disk() -> CarrierDisk {
    CarrierDisk::new("carrier-1", Wanted { trucks: 2, world: None })
}

fn shipments(count: i64) -> Vec<PackageId> {
    (1..=count).map(PackageId).collect()
}

/// Runs until everybody is content; the commits that it took.
fn run(count: i64, chance: Chance, crashes: &[usize]) -> usize {
    let shipments = shipments(count);
    let (mut house, mut outsiders) = (House::new(disk()), Outsiders::new(&shipments, chance));
    let mut crashes = crashes.iter().copied();
    house.crash_after = crashes.next();
    for _ in 0..ROUNDS_MAX {
        if house.crash_after.is_some_and(|after| after <= house.commits) {
            house.crash_after = crashes.next();
        }
        outsiders.round(&mut house);
        if outsiders.is_content(&house, &shipments) {
            assert_eq!(outsiders.deliveries, shipments.iter().map(|id| (*id, 1)).collect());
            assert_eq!(house.disk.finished.size(), 1);
            return house.commits;
        }
    }
    let left = &house.disk.shipments;
    panic!("not content after {ROUNDS_MAX} rounds: {left:#?} {:#?}", house.disk.trucks);
}

#[test]
fn more_shipments_than_trucks_are_all_delivered() {
    assert!(run(5, Chance::new([]), &[]) > 5 * 6, "every step is a commit");
}

#[test]
fn a_crash_after_any_commit_changes_nothing() {
    let commits = run(3, Chance::new([]), &[]);
    for crash in 1..=commits {
        run(3, Chance::new([]), &[crash]);
    }
}

#[test]
fn a_crash_between_any_two_rounds_changes_nothing() {
    let shipments = shipments(3);
    for crash_at in 0..30 {
        let mut outsiders = Outsiders::new(&shipments, Chance::new([]));
        let mut house = House::new(disk());
        for round in 0..ROUNDS_MAX {
            if round == crash_at {
                house.crash();
            }
            outsiders.round(&mut house);
        }
        assert!(outsiders.is_content(&house, &shipments));
        assert_eq!(outsiders.deliveries, shipments.iter().map(|id| (*id, 1)).collect());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn lossy_lines_and_crashes_lose_and_repeat_no_delivery(
        flips in proptest::collection::vec(prop::bool::weighted(0.3), 0..400),
        crashes in proptest::collection::btree_set(1_usize..60, 0..6),
    ) {
        run(6, Chance::new(flips), &crashes.into_iter().collect::<Vec<_>>());
    }
}
