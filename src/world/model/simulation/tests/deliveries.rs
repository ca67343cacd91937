//! Trucks on their way.

use super::{super::*, stage::*};
use crate::wire::amazon;

#[test]
fn a_pickup_ends_with_the_truck_at_the_warehouse() {
    let mut stage = Stage::new();
    assert_eq!(stage.truck(0, TRUCK), ("IDLE".to_owned(), (0, 0)));
    assert_eq!(stage.ups(0, pickup(TRUCK, HERE)), []);
    assert_eq!(stage.truck(20, TRUCK), ("TRAVELING".to_owned(), (2, 0)));
    let arrived = finished(TRUCK, (5, 0), "ARRIVE WAREHOUSE");
    assert_eq!(stage.advance(50).ups, [(3, arrived.clone())]);
    assert_eq!(stage.truck(60, TRUCK), ("ARRIVE WAREHOUSE".to_owned(), (5, 0)));
    // The same warehouse again takes no time, but is answered.
    assert_eq!(stage.ups(60, pickup(TRUCK, HERE)), [(5, arrived)]);
}

#[test]
fn deliveries_are_done_in_order_and_the_last_comes_right_before_the_end() {
    let mut stage = Stage::new();
    stage.load_some(&[7, 8]);
    assert_eq!(stage.ups(2_000, deliver(&[(8, (5, 4)), (7, (6, 4))])), []);
    assert_eq!(stage.truck(2_030, TRUCK), ("DELIVERING".to_owned(), (5, 3)));
    assert_eq!(stage.package_status(7), Some("delivering"));
    assert_eq!(stage.ups_events(2_040), [delivered(8)]);
    assert_eq!(stage.package_status(8), Some("delivered"));
    let last = stage.advance(2_050).ups;
    let seq = last[0].0;
    assert_eq!(last, [(seq, delivered(7)), (seq + 1, finished(TRUCK, (6, 4), "IDLE"))]);
    assert_eq!(stage.truck(3_000, TRUCK), ("IDLE".to_owned(), (6, 4)));
}

#[test]
fn legs_begin_when_the_last_one_ends_and_not_when_somebody_looks() {
    let mut stage = Stage::new();
    stage.load_some(&[7, 8]);
    stage.ups(2_000, deliver(&[(7, (5, 4)), (8, (6, 4))]));
    assert_eq!(stage.ups_events(2_045), [delivered(7)]);
    assert_eq!(stage.ups_events(2_050).len(), 2);
}

#[test]
fn more_may_be_sent_while_it_delivers() {
    let mut stage = Stage::new();
    stage.load_some(&[7, 8]);
    stage.ups(2_000, deliver(&[(7, (5, 4))]));
    stage.ups(2_020, deliver(&[(8, (5, 5))]));
    let events = stage.ups_events(2_050);
    assert_eq!(events, [delivered(7), delivered(8), finished(TRUCK, (5, 5), "IDLE")]);
}

#[test]
fn a_package_on_its_way_may_get_another_destination() {
    let mut stage = Stage::new();
    stage.load_some(&[7, 8]);
    stage.ups(2_000, deliver(&[(7, (5, 10)), (8, (5, 11))]));
    // The truck turns at (5, 2); the package that waits for its turn keeps it.
    stage.ups(2_020, deliver(&[(8, (9, 0)), (7, (5, 0))]));
    assert_eq!(stage.truck(2_030, TRUCK).1, (5, 1));
    assert_eq!(stage.ups_events(2_040), [delivered(7)]);
    assert_eq!(stage.ups_events(2_080), [delivered(8), finished(TRUCK, (9, 0), "IDLE")]);
}

#[test]
fn a_pickup_interrupts_a_delivery_which_goes_on_later() {
    let mut stage = Stage::new();
    stage.load_some(&[7, 8]);
    stage.ups(2_000, deliver(&[(7, (5, 10))]));
    stage.ups(2_030, pickup(TRUCK, HERE));
    assert_eq!(stage.truck(2_040, TRUCK), ("TRAVELING".to_owned(), (5, 2)));
    assert_eq!(stage.package_status(7), Some("delivering"));
    assert_eq!(stage.ups_events(9_000), [finished(TRUCK, (5, 0), "ARRIVE WAREHOUSE")]);
    stage.ups(9_000, deliver(&[(8, (5, 12))]));
    let events = stage.ups_events(9_120);
    assert_eq!(events, [delivered(7), delivered(8), finished(TRUCK, (5, 12), "IDLE")]);
}

#[test]
fn an_interrupted_delivery_goes_on_without_another_package() {
    let named_again = deliver(&[(7, (5, 10)), (8, (5, 12))]);
    for to_go_on in [deliver(&[]), named_again] {
        let mut stage = Stage::new();
        stage.load_some(&[7, 8]);
        stage.ups(2_000, deliver(&[(7, (5, 10)), (8, (5, 12))]));
        stage.ups(2_030, pickup(TRUCK, THERE));
        assert_eq!(stage.ups(2_031, deliver(&[])).len(), 1, "it travels, and is busy");
        stage.advance(3_000);
        assert_eq!(stage.ups(3_000, to_go_on), []);
        let events = stage.ups_events(9_000);
        assert_eq!(events, [delivered(7), delivered(8), finished(TRUCK, (5, 12), "IDLE")]);
    }
}

#[test]
fn a_package_that_is_listed_twice_goes_where_it_was_listed_last() {
    let mut stage = Stage::new();
    stage.load_some(&[7, 8]);
    stage.ups(2_000, deliver(&[(7, (5, 10)), (8, (5, 3)), (7, (5, 2))]));
    assert_eq!(stage.ups_events(2_020), [delivered(7)]);
    assert_eq!(stage.ups_events(2_030), [delivered(8), finished(TRUCK, (5, 3), "IDLE")]);
}

#[test]
fn another_speed_holds_from_the_next_leg_on() {
    let mut stage = Stage::new();
    stage.load_some(&[7, 8]);
    stage.ups(2_000, deliver(&[(7, (5, 10)), (8, (5, 20))]));
    stage.set_speed(2_050, 1_000);
    assert_eq!(stage.ups_events(2_099), []);
    assert_eq!(stage.ups_events(2_100), [delivered(7)]);
    assert_eq!(stage.ups_events(2_110).len(), 2);
}

#[test]
fn one_truck_is_loaded_while_another_delivers() {
    let mut stage = Stage::new();
    stage.load_some(&[7]);
    stage.amazon(1_900, buy(1, "tea", 1));
    stage.amazon(2_900, pack(8, &[(1, 1)]));
    stage.ups(3_000, pickup(OTHER_TRUCK, HERE));
    stage.ups(3_000, deliver(&[(7, (90, 0))]));
    stage.advance(3_600);
    let (warehouse, truck, package) = (HERE, OTHER_TRUCK, PackageId(8));
    stage.amazon(3_600, amazon::Command::Load { warehouse, truck, package });
    assert_eq!(stage.truck(3_650, TRUCK).0, "DELIVERING");
    assert_eq!(stage.truck(3_650, OTHER_TRUCK).0, "LOADING");
    assert_eq!(stage.advance(3_900).amazon.len(), 1);
}

#[test]
fn an_idle_truck_may_carry_packages() {
    let mut stage = Stage::new();
    stage.load_some(&[7, 8]);
    stage.ups(2_000, deliver(&[(7, (5, 1))]));
    stage.advance(2_010);
    assert_eq!(stage.truck(2_100, TRUCK).0, "IDLE");
    stage.ups(2_100, deliver(&[(8, (5, 2))]));
    assert_eq!(stage.ups_events(2_110).len(), 2);
}

#[test]
fn trucks_are_as_slow_as_the_operator_says() {
    let mut physics = Physics::default();
    physics.pace.move_s = 3;
    let mut stage = Stage::with(physics);
    stage.ups(0, pickup(TRUCK, HERE));
    assert_eq!(stage.truck(60, TRUCK).1, (2, 0));
    assert_eq!(stage.ups_events(149), []);
    assert_eq!(stage.ups_events(150), [finished(TRUCK, (5, 0), "ARRIVE WAREHOUSE")]);
    physics.pace.move_s = u32::MAX;
    stage.enter(150, Input::Ruled(physics));
    stage.ups(150, pickup(TRUCK, THERE));
    assert_eq!(stage.truck(9_000_000, TRUCK).0, "TRAVELING");
}

#[test]
fn the_corners_of_the_grid_are_reached() {
    let mut stage = Stage::new();
    stage.load_some(&[7]);
    stage.ups(2_000, deliver(&[(7, (i32::MIN, i32::MAX))]));
    let way = 5 + (1_u64 << 31) + (1_u64 << 31) - 1;
    assert_eq!(stage.ups_events(2_000 + way * 10 - 1), []);
    assert_eq!(stage.ups_events(2_000 + way * 10).len(), 2);
}
