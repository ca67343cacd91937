//! Buying, packing and loading.

use super::{super::*, stage::*};
use crate::wire::amazon::{Command, Event};

#[test]
fn a_purchase_arrives_as_it_was_sent() {
    let mut stage = Stage::new();
    let things = vec![thing(9, "tea", 2), thing(4, "cups", 7), thing(9, "tea", 1)];
    let said = stage.amazon(0, Command::Buy { warehouse: THERE, things: things.clone() });
    assert_eq!(said, []);
    assert_eq!(stage.advance(999).amazon, []);
    assert_eq!(stage.simulation.stock(THERE, ProductId(9)), None);
    let arrived = Event::Arrived { warehouse: THERE, things };
    assert_eq!(stage.advance(1_000).amazon, [(1, arrived)]);
    assert_eq!(stage.simulation.stock(THERE, ProductId(9)), Some(3));
    assert_eq!(stage.simulation.stock(HERE, ProductId(9)), None);
}

#[test]
fn a_package_goes_from_shelf_to_truck() {
    let mut stage = Stage::new();
    let package = PackageId(7);
    stage.amazon(0, buy(1, "tea", 5));
    stage.amazon(1_000, pack(7, &[(1, 2), (1, 1)]));
    assert_eq!(stage.simulation.stock(HERE, ProductId(1)), Some(2));
    assert_eq!(stage.package_status(7), Some("packing"));
    assert_eq!(stage.advance(1_600).amazon, [(2, Event::Ready { package })]);
    assert_eq!(stage.package_status(7), Some("packed"));
    stage.ups(1_600, pickup(TRUCK, HERE));
    stage.advance(1_650);
    assert_eq!(stage.amazon(1_700, load(7)), []);
    assert_eq!(stage.package_status(7), Some("loading"));
    assert_eq!(stage.truck(1_800, TRUCK).0, "LOADING");
    assert_eq!(stage.advance(2_000).amazon, [(5, Event::Loaded { package })]);
    assert_eq!(stage.package_status(7), Some("loaded"));
    assert_eq!(stage.truck(2_000, TRUCK), ("ARRIVE WAREHOUSE".to_owned(), (5, 0)));
}

#[test]
fn a_query_answers_in_lower_case() {
    let mut stage = Stage::new();
    stage.pack_one(7);
    let said = stage.amazon(1_700, Command::Query { package: PackageId(7) });
    let status = "packed".to_owned();
    assert_eq!(said, [(3, Event::Status { package: PackageId(7), status })]);
}

#[test]
fn several_packages_load_onto_one_truck_at_a_time() {
    let mut stage = Stage::new();
    stage.load_some(&[7, 8, 9]);
    for package in [7, 8, 9] {
        assert_eq!(stage.package_status(package), Some("loaded"));
    }
    assert_eq!(stage.truck(1_900, TRUCK).0, "ARRIVE WAREHOUSE");
}

#[test]
fn another_speed_holds_for_what_starts_later() {
    let mut stage = Stage::new();
    stage.amazon(0, buy(1, "tea", 5));
    stage.set_speed(500, 1_000);
    stage.amazon(500, buy(2, "cups", 5));
    let arrived = |said: Said| match said.amazon.as_slice() {
        [(_, Event::Arrived { things, .. })] => things[0].product.0,
        other => panic!("{other:?}"),
    };
    assert_eq!(arrived(stage.advance(600)), 2);
    assert_eq!(stage.advance(999), Said::default());
    assert_eq!(arrived(stage.advance(1_000)), 1);
    // A speed of zero would stop the world.
    stage.set_speed(1_000, 0);
    stage.amazon(1_000, buy(2, "cups", 5));
    assert_eq!(stage.advance(1_100).amazon.len(), 1);
}

#[test]
fn at_the_highest_speed_everything_happens_at_once() {
    let mut stage = Stage::new();
    stage.set_speed(0, 4_000_000_000);
    assert_eq!(stage.amazon(0, buy(1, "tea", 5)).len(), 1);
    assert_eq!(stage.amazon(0, pack(7, &[(1, 5)])), [(2, Event::Ready { package: PackageId(7) })]);
}

#[test]
fn both_sides_are_numbered_from_one_counter() {
    let mut stage = Stage::new();
    stage.amazon(0, buy(1, "tea", 5));
    stage.ups(0, pickup(TRUCK, HERE));
    stage.ups(0, pickup(OTHER_TRUCK, THERE));
    let said = stage.advance(5_000);
    assert_eq!(said.ups.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(said.amazon[0].0, 3);
}

#[test]
fn other_rules_hold_for_what_starts_later() {
    let mut stage = Stage::new();
    stage.amazon(0, buy(1, "tea", 5));
    let mut physics = Physics::default();
    physics.pace.buy_s = 10;
    stage.enter(100, Input::Ruled(physics));
    stage.amazon(100, buy(1, "tea", 5));
    assert_eq!(stage.advance(200).amazon.len(), 1);
    assert_eq!(stage.advance(1_000).amazon.len(), 1);
}
