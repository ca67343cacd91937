//! What a simulation shows to who looks in: histories, and pages of long lists.

use super::{super::*, stage::*};
use crate::world::model::{
    Bounds, PackagePast, PackageStatus as Status, Physics, decode_snapshot, encode_snapshot,
};

fn past(stage: &Stage, package: i64) -> PackagePast {
    let view = stage.simulation.look_at_package(PackageId(package)).expect("a package");
    view.past.expect("a past")
}

fn history_ms(past: &PackagePast) -> Vec<(Status, u64)> {
    past.history.iter().map(|(status, at)| (*status, at.micros() / 1_000)).collect()
}

/// Delivers packages one after the other; the truck goes a step further for each.
fn deliver_some(stage: &mut Stage, packages: &[i64]) {
    stage.load_some(packages);
    let stops: Vec<_> = (1..).zip(packages).map(|(x, id)| (*id, (5 + x, 0))).collect();
    stage.ups(2_000, deliver(&stops));
    stage.advance(2_000 + 10 * packages.len() as u64);
}

#[test]
fn a_package_remembers_when_it_came_how_far_and_what_is_in_it() {
    let mut stage = Stage::new();
    stage.load_some(&[7]);
    stage.ups(2_000, deliver(&[(7, (9, 0))]));
    let under_way = past(&stage, 7);
    assert_eq!((under_way.truck, under_way.destination), (Some(TRUCK), Some(Point::new(9, 0))));
    stage.advance(3_000);
    let past = past(&stage, 7);
    let expected = [
        (Status::Packing, 1_000),
        (Status::Packed, 1_600),
        (Status::Loading, 1_600),
        (Status::Loaded, 1_900),
        (Status::Delivering, 2_000),
        (Status::Delivered, 2_040),
    ];
    assert_eq!(history_ms(&past), expected);
    assert_eq!((past.warehouse, past.truck), (HERE, Some(TRUCK)));
    assert_eq!(past.destination, Some(Point::new(9, 0)));
    let contents: Vec<_> = past.contents.iter().map(|it| (it.product.0, it.count)).collect();
    assert_eq!((contents, past.contents[0].description.as_str()), (vec![(1, 1)], "tea"));
}

#[test]
fn another_destination_on_the_way_does_not_begin_the_delivery_again() {
    let mut stage = Stage::new();
    stage.load_some(&[7]);
    stage.ups(2_000, deliver(&[(7, (900, 0))]));
    stage.ups(2_500, deliver(&[(7, (0, 0))]));
    let past = past(&stage, 7);
    assert_eq!(history_ms(&past).last(), Some(&(Status::Delivering, 2_000)));
    assert_eq!(past.destination, Some(Point::new(0, 0)));
}

#[test]
fn histories_are_in_the_snapshot() {
    let mut stage = Stage::new();
    deliver_some(&mut stage, &[7, 8]);
    stage.amazon(3_000, buy(1, "tea", 1));
    stage.amazon(4_000, pack(9, &[(1, 1)]));
    let again = decode_snapshot(&encode_snapshot(&stage.simulation)).unwrap();
    for package in [7, 8, 9].map(PackageId) {
        let view = again.look_at_package(package);
        assert_eq!(view, stage.simulation.look_at_package(package));
        assert!(view.unwrap().past.is_some());
    }
}

#[test]
fn of_long_delivered_packages_only_the_status_is_known() {
    let bounds = Bounds { delivered_kept: 2, ..Bounds::default() };
    let mut stage = Stage::with(Physics { bounds, ..Physics::default() });
    deliver_some(&mut stage, &[7, 8, 9]);
    let oldest = stage.simulation.look_at_package(PackageId(7)).unwrap();
    assert_eq!((oldest.status, oldest.past), (Status::Delivered, None));
    let latest = stage.simulation.look_at_delivered(None, 10);
    let ids = |items: &[crate::world::model::PackageView]| {
        items.iter().map(|it| it.id.0).collect::<Vec<_>>()
    };
    assert_eq!((ids(&latest.items), latest.next), (vec![9, 8], None));
    let first = stage.simulation.look_at_delivered(None, 1);
    assert_eq!(ids(&first.items), [9]);
    let second = stage.simulation.look_at_delivered(first.next, 1);
    assert_eq!((ids(&second.items), second.next), (vec![8], None));
    assert_eq!(stage.simulation.population().packages, [0, 0, 0, 0, 0, 3]);
    assert_eq!(stage.simulation.look_at_package(PackageId(4)), None);
}

#[test]
fn a_package_of_many_products_names_the_first_and_counts_the_rest() {
    let mut stage = Stage::new();
    for product in 1..=40 {
        stage.amazon(0, buy(product, &"long ".repeat(100), 1));
    }
    let things: Vec<_> = (1..=40).map(|product| (product, 1)).collect();
    stage.amazon(1_000, pack(7, &things));
    let past = past(&stage, 7);
    assert_eq!((past.contents.len(), past.more), (16, 24));
    assert_eq!(past.contents[0].description.chars().count(), 121, "cut");
    let listed = stage.simulation.look_at_packages(None, None, 1).items.remove(0).past.unwrap();
    assert_eq!((listed.contents.len(), listed.more), (3, 37));
}

#[test]
fn pages_follow_each_other_without_a_gap() {
    let mut stage = Stage::new();
    let warehouses = (10..20).map(|id| (WarehouseId(id), Point::new(id, 0))).collect();
    stage.enter(0, Input::Joined(Initial::Warehouses(warehouses)));
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let part = stage.simulation.look_at_warehouses(after, 5);
        assert!(part.items.len() <= 5);
        ids.extend(part.items.iter().map(|it| it.id.0));
        after = part.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(ids, [1, 2, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
    assert_eq!(stage.simulation.look_at_warehouses(Some(WarehouseId(19)), 5).items, []);
    let trucks = stage.simulation.look_at_trucks(SimTime::ZERO, None, 1);
    assert_eq!((trucks.items.len(), trucks.next), (1, Some(TRUCK)));
}

#[test]
fn a_search_in_a_large_world_comes_in_bounded_parts() {
    let mut stage = Stage::new();
    let count = 40_000;
    stage.amazon(0, buy(1, "tea", count));
    stage.advance(1_000);
    for package in 1..=i64::from(count) {
        stage.amazon(1_000, pack(package, &[(1, 1)]));
    }
    let look =
        |stage: &Stage, status, after| stage.simulation.look_at_packages(Some(status), after, 10);
    let none = look(&stage, Status::Loading, None);
    assert_eq!((none.items.len(), none.next), (0, None), "none anywhere, and known at once");
    stage.ups(1_000, pickup(TRUCK, HERE));
    stage.advance(1_600);
    stage.amazon(1_600, load(i64::from(count)));
    let (mut looks, mut after, mut found) = (0, None, Vec::new());
    loop {
        let part = look(&stage, Status::Loading, after);
        found.extend(part.items);
        looks += 1;
        after = part.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!((found.len(), found[0].id.0), (1, i64::from(count)));
    assert!((2..=4).contains(&looks), "{looks}");
}

#[test]
fn a_moving_truck_shows_its_way_and_a_standing_one_its_place() {
    let mut stage = Stage::new();
    stage.ups(0, pickup(TRUCK, HERE));
    let look = |stage: &Stage, at_ms: u64| {
        let now = SimTime::from_micros(at_ms * 1_000);
        stage.simulation.look_at_trucks(now, None, 10).items.remove(0)
    };
    let moving = look(&stage, 20);
    let way = moving.way.expect("a way");
    assert_eq!((moving.status, moving.at), ("TRAVELING", Point::new(2, 0)));
    assert_eq!((way.from, way.to), (Point::new(0, 0), Point::new(5, 0)));
    assert_eq!((way.set_off.micros(), way.arrival.micros()), (0, 50_000));
    stage.advance(50);
    let standing = look(&stage, 60);
    assert_eq!(
        (standing.status, standing.at, standing.way),
        ("ARRIVE WAREHOUSE", Point::new(5, 0), None)
    );
    assert_eq!(standing.warehouse, Some(HERE));
}

#[test]
fn shelves_show_what_a_warehouse_has() {
    let mut stage = Stage::new();
    stage.amazon(0, buy(1, "tea", 5));
    stage.amazon(0, buy(2, "cups", 7));
    stage.advance(1_000);
    stage.amazon(1_000, pack(7, &[(2, 3)]));
    let (warehouse, shelves) = stage.simulation.look_at_shelves(HERE, None, 10).unwrap();
    assert_eq!((warehouse.products, warehouse.pieces), (2, 9));
    let shelves: Vec<_> =
        shelves.items.iter().map(|it| (it.product.0, it.description.as_str(), it.pieces)).collect();
    assert_eq!(shelves, [(1, "tea", 5), (2, "cups", 4)]);
    assert_eq!(stage.simulation.look_at_shelves(WarehouseId(99), None, 10), None);
}
