//! Trucks and their dispatcher.

use std::{collections::BTreeMap, time::Duration};

use super::{house::House, *};
use crate::runtime::Disk as _;

fn order(errand: Errand) -> Letter {
    Letter::Link(LinkLetter::Order(TruckOrder { truck: TRUCK, errand }))
}

fn settled(seq: i64) -> Letter {
    Letter::Link(LinkLetter::Settled { seq: Seq(seq) })
}

const PICKUP: Errand = Errand::Pickup { shipment: SHIPMENT, warehouse: WAREHOUSE };
const DELIVER: Errand = Errand::Deliver { shipment: SHIPMENT, destination: HOME };
const SENT_AT: SimTime = SimTime::from_micros(1);
const GO: TruckLetter = go(SHIPMENT);
const PLACE: Point = Point::new(3, 4);

const fn go(shipment: PackageId) -> TruckLetter {
    TruckLetter::Go { shipment, warehouse: WAREHOUSE, sent_at: SENT_AT }
}

fn given_back(shipment: i64, sent_at: SimTime) -> DispatcherLetter {
    let (truck, shipment, warehouse) = (TRUCK, PackageId(shipment), WAREHOUSE);
    DispatcherLetter::GivenBack { truck, shipment, warehouse, sent_at }
}

fn arrived(seq: i64) -> TruckLetter {
    TruckLetter::Arrived { at: PLACE, seq: Seq(seq) }
}

fn delivered(shipment: PackageId, seq: i64) -> TruckLetter {
    TruckLetter::Delivered { shipment, seq: Seq(seq) }
}

/// A truck that has taken in the letters, with an empty box.
fn truck_after(letters: &[TruckLetter], out: &mut Outbox<Carrier>) -> Truck {
    let mut truck = Truck::new(WORLD, TRUCK);
    for letter in letters {
        truck.handle(at(1), letter, out);
    }
    out.clear();
    truck
}

#[test]
fn a_truck_goes_once_however_often_it_is_told() {
    let (mut truck, mut out) = (Truck::new(WORLD, TRUCK), Outbox::new());
    truck.handle(at(1), &GO, &mut out);
    assert_eq!(take(&mut out), (vec![order(PICKUP)], vec![], vec![]));
    let other = go(PackageId(9));
    truck.handle(at(2), &other, &mut out);
    assert!(out.is_empty(), "it has a shipment: {out:?}");
    assert_eq!(truck.shipment(), Some(SHIPMENT));
}

#[test]
fn an_arrival_is_saved_told_and_then_settled() {
    let mut out = Outbox::new();
    let mut truck = truck_after(&[GO], &mut out);
    truck.handle(at(5), &arrived(30), &mut out);
    let (letters, records, outputs) = take(&mut out);
    let (shipment, world, truck_id) = (SHIPMENT, WORLD, TRUCK);
    let told =
        ShipmentLetter::TruckArrived { world, truck: truck_id, seq: Some(Seq(30)), at: at(5) };
    let found = DispatcherLetter::WarehouseFound { warehouse: WAREHOUSE, at: PLACE };
    assert_eq!(letters, [Letter::Shipment(SHIPMENT, told), Letter::Dispatcher(found), settled(30)]);
    let (place, seq) = (PLACE, Seq(30));
    assert_eq!(
        records,
        [
            Record::TruckArrived { shipment, world, truck: truck_id, place, seq, at: at(5) },
            Record::WarehousePlaced { world, warehouse: WAREHOUSE, place },
        ]
    );
    assert_eq!(outputs, []);
}

#[test]
fn an_old_arrival_that_comes_again_on_the_next_trip_is_only_acked() {
    let mut out = Outbox::new();
    let deliver = TruckLetter::Deliver { shipment: SHIPMENT, destination: HOME };
    let first_trip = [GO, arrived(30), deliver, delivered(SHIPMENT, 31)];
    let mut truck = truck_after(&first_trip, &mut out);
    let next = go(PackageId(42));
    truck.handle(at(8), &next, &mut out);
    out.clear();
    truck.handle(at(9), &arrived(30), &mut out);
    assert_eq!(take(&mut out), (vec![settled(30)], vec![], vec![]));
    truck.handle(at(9), &arrived(33), &mut out);
    assert_eq!(out.records.len(), 2, "the arrival of this trip counts");
}

#[test]
fn delivered_twice_frees_the_truck_once() {
    let mut out = Outbox::new();
    let deliver = TruckLetter::Deliver { shipment: SHIPMENT, destination: HOME };
    let mut truck = truck_after(&[GO, arrived(30), deliver], &mut out);
    truck.handle(at(7), &delivered(PackageId(99), 31), &mut out);
    assert_eq!(take(&mut out), (vec![settled(31)], vec![], vec![]), "not its shipment");
    truck.handle(at(7), &delivered(SHIPMENT, 32), &mut out);
    let (letters, records, _) = take(&mut out);
    let idle = DispatcherLetter::Idle { truck: TRUCK, at: HOME, after: SHIPMENT };
    let told = ShipmentLetter::Delivered { seq: Seq(32), at: at(7) };
    assert_eq!(letters, [Letter::Shipment(SHIPMENT, told), Letter::Dispatcher(idle), settled(32)]);
    let (shipment, world, truck_id, place) = (SHIPMENT, WORLD, TRUCK, HOME);
    let saved = Record::Delivered { shipment, world, truck: truck_id, place, at: at(7) };
    assert_eq!(records, [saved]);
    truck.handle(at(8), &delivered(SHIPMENT, 32), &mut out);
    assert_eq!(take(&mut out), (vec![settled(32)], vec![], vec![]));
}

#[test]
fn a_refused_errand_is_looked_into_and_tried_again_later_and_later() {
    let mut out = Outbox::new();
    let deliver = TruckLetter::Deliver { shipment: SHIPMENT, destination: HOME };
    let mut truck = truck_after(&[GO, arrived(3), deliver], &mut out);
    let failed = TruckLetter::CommandFailed { errand: DELIVER, text: "no".to_owned() };
    let mut now = at(10);
    let mut pauses = Vec::new();
    for _ in 0..8 {
        truck.handle(now, &failed, &mut out);
        let wake = truck.next_wake().unwrap();
        truck.wake(now, &mut out);
        assert!(out.is_empty(), "it waits");
        pauses.push(wake.since(now));
        truck.wake(wake, &mut out);
        assert_eq!(take(&mut out).0, [order(Errand::Query)]);
        let seen = TruckLetter::Seen { status: "IDLE".to_owned(), at: PLACE };
        truck.handle(wake, &seen, &mut out);
        assert_eq!(take(&mut out).0, [order(DELIVER)]);
        truck.handle(wake, &seen, &mut out);
        assert!(out.is_empty(), "asked once, tried once");
        now = wake;
    }
    assert!(pauses.is_sorted() && pauses[0] < pauses[3]);
    assert_eq!(pauses[7], Duration::from_secs(10));
}

#[test]
fn a_refused_errand_waits_while_the_truck_travels_and_goes_on_without_an_answer() {
    let mut out = Outbox::new();
    let deliver = TruckLetter::Deliver { shipment: SHIPMENT, destination: HOME };
    let mut truck = truck_after(&[GO, arrived(3), deliver], &mut out);
    let stale = TruckLetter::CommandFailed { errand: PICKUP, text: "no".to_owned() };
    truck.handle(at(10), &stale, &mut out);
    assert_eq!(truck.next_wake(), None, "that errand is over");
    let failed = TruckLetter::CommandFailed { errand: DELIVER, text: "no".to_owned() };
    truck.handle(at(10), &failed, &mut out);
    let asked_at = truck.next_wake().unwrap();
    truck.wake(asked_at, &mut out);
    out.clear();
    let seen = TruckLetter::Seen { status: "TRAVELING".to_owned(), at: PLACE };
    truck.handle(asked_at, &seen, &mut out);
    assert!(out.is_empty());
    let again_at = truck.next_wake().unwrap();
    truck.wake(again_at, &mut out);
    assert_eq!(take(&mut out).0, [order(Errand::Query)]);
    let no_answer = truck.next_wake().unwrap();
    truck.wake(no_answer, &mut out);
    assert_eq!(take(&mut out).0, [order(DELIVER)]);
}

fn fleet(trucks: &[(i32, i32)]) -> DispatcherLetter {
    let trucks = trucks.iter().map(|&(id, x)| (TruckId(id), Point::new(x, 0))).collect();
    DispatcherLetter::FleetJoined { world: WORLD, trucks }
}

fn waiting(shipment: i64) -> DispatcherLetter {
    DispatcherLetter::Waiting { shipment: PackageId(shipment), warehouse: WAREHOUSE }
}

fn dispatched(out: &mut Outbox<Carrier>) -> Vec<(i64, i32)> {
    let (letters, records, _) = take(out);
    assert_eq!(letters.len(), 2 * records.len(), "truck and shipment are told");
    let pair = |record| match record {
        Record::Dispatched { shipment, truck, .. } => (shipment.0, truck.0),
        other => panic!("{other:?}"),
    };
    records.into_iter().map(pair).collect()
}

#[test]
fn shipments_wait_in_order_and_the_nearest_idle_truck_goes() {
    let (mut dispatcher, mut out) = (Dispatcher::new(None, BTreeMap::new()), Outbox::new());
    for shipment in [3, 1, 2] {
        dispatcher.handle(at(1), &waiting(shipment), &mut out);
    }
    assert!(out.is_empty() && dispatcher.next_wake().is_none(), "no world yet");
    dispatcher.handle(at(2), &fleet(&[(0, 50), (1, 10)]), &mut out);
    assert_eq!(dispatched(&mut out), [(3, 0), (1, 1)], "unknown place: lowest id");
    assert_eq!(dispatcher.queue_length(), 1);
    let found = DispatcherLetter::WarehouseFound { warehouse: WAREHOUSE, at: Point::new(12, 0) };
    dispatcher.handle(at(3), &found, &mut out);
    let idle = |truck, x, after| DispatcherLetter::Idle {
        truck: TruckId(truck),
        at: Point::new(x, 0),
        after: PackageId(after),
    };
    dispatcher.handle(at(4), &idle(0, 90, 3), &mut out);
    assert_eq!(dispatched(&mut out), [(2, 0)]);
    dispatcher.handle(at(5), &idle(0, 90, 2), &mut out);
    dispatcher.handle(at(6), &idle(1, 11, 1), &mut out);
    dispatcher.handle(at(7), &waiting(8), &mut out);
    assert_eq!(dispatched(&mut out), [(8, 1)], "the nearer one");
}

#[test]
fn old_news_does_not_give_a_truck_two_shipments_or_a_shipment_two_trucks() {
    let (mut dispatcher, mut out) = (Dispatcher::new(Some(WORLD), BTreeMap::new()), Outbox::new());
    dispatcher.with_idle(TRUCK, HOME);
    dispatcher.with_idle(TruckId(1), HOME);
    dispatcher.with_waiting(SHIPMENT, WAREHOUSE);
    dispatcher.wake(at(1), &mut out);
    assert_eq!(dispatched(&mut out), [(SHIPMENT.0, 0)]);
    // Letters that were under way when it was restored.
    dispatcher.handle(at(2), &waiting(SHIPMENT.0), &mut out);
    let old = DispatcherLetter::Idle { truck: TRUCK, at: HOME, after: PackageId(1) };
    dispatcher.handle(at(2), &old, &mut out);
    dispatcher.handle(at(2), &fleet(&[(0, 0)]), &mut out);
    assert!(out.is_empty());
    dispatcher.handle(at(3), &waiting(5), &mut out);
    dispatcher.handle(at(3), &waiting(6), &mut out);
    assert_eq!(dispatched(&mut out), [(5, 1)]);
}

#[test]
fn a_truck_gives_back_what_it_may_not_fetch() {
    let mut out = Outbox::new();
    let mut truck = truck_after(&[GO], &mut out);
    let failed = TruckLetter::CommandFailed { errand: PICKUP, text: "no".to_owned() };
    let mut refusals = 0;
    while truck.shipment().is_some() {
        out.clear();
        truck.handle(at(10), &failed, &mut out);
        refusals += 1;
        for _ in 0..2 {
            let now = truck.next_wake().unwrap_or(at(10));
            truck.wake(now, &mut out);
        }
        assert!(refusals < 10, "it never gives up");
    }
    assert!(refusals > 1, "the first refusal may be an accident");
    let (letters, records, _) = take(&mut out);
    let (shipment, world, truck_id) = (SHIPMENT, WORLD, TRUCK);
    let told = ShipmentLetter::GivenBack { world, truck: truck_id, sent_at: SENT_AT };
    let back = given_back(SHIPMENT.0, SENT_AT);
    assert_eq!(letters, [Letter::Shipment(SHIPMENT, told), Letter::Dispatcher(back)]);
    assert_eq!(records, [Record::GivenBack { shipment, world, truck: truck_id }]);
}

/// The dispatcher was restored ahead of the letter, and has sent the truck again.
#[test]
fn what_was_given_back_before_does_not_end_a_newer_trip_for_the_same_shipment() {
    let mut disk = CarrierDisk::new("carrier-1", Wanted::default());
    let (world, truck) = (WORLD, TRUCK);
    disk.apply(&Record::WorldJoined { world, trucks: vec![(truck, HOME)] });
    let mut house = House::new(disk);
    let envelopes = vec![Envelope::unnumbered(created(SHIPMENT))];
    house.post(Letter::Store(StoreInput::Received { reply: ReplyId(1), envelopes }));
    let first = house.disk.shipments[&SHIPMENT].since;
    assert_eq!(house.disk.shipments[&SHIPMENT].stage, ShipmentStage::Dispatched);
    house.disk.apply(&Record::GivenBack { shipment: SHIPMENT, world, truck });
    house.now = at(900);
    house.crash();
    house.wake();
    assert_eq!(house.disk.shipments[&SHIPMENT].since, at(900), "sent again");
    house.post(Letter::Dispatcher(given_back(SHIPMENT.0, first)));
    let told = ShipmentLetter::GivenBack { world, truck, sent_at: first };
    house.post(Letter::Shipment(SHIPMENT, told));
    house.post(Letter::Store(StoreInput::Received {
        reply: ReplyId(2),
        envelopes: vec![Envelope::unnumbered(created(PackageId(77)))],
    }));
    assert_eq!(house.disk.shipments[&PackageId(77)].stage, ShipmentStage::Created, "no truck");
    // Nor does it so after one more restart; that trip's own letter does.
    house.crash();
    house.wake();
    house.post(Letter::Dispatcher(given_back(SHIPMENT.0, first)));
    assert_eq!(house.disk.shipments[&PackageId(77)].stage, ShipmentStage::Created, "no truck");
    house.disk.apply(&Record::GivenBack { shipment: SHIPMENT, world, truck });
    house.post(Letter::Dispatcher(given_back(SHIPMENT.0, at(900))));
    assert_eq!(house.disk.shipments[&PackageId(77)].stage, ShipmentStage::Dispatched);
}

#[test]
fn shipments_that_nobody_may_fetch_hold_up_nobody() {
    let (mut dispatcher, mut out) = (Dispatcher::new(Some(WORLD), BTreeMap::new()), Outbox::new());
    dispatcher.with_idle(TRUCK, HOME);
    for shipment in [1, 2] {
        dispatcher.handle(at(1), &waiting(shipment), &mut out);
    }
    assert_eq!(dispatched(&mut out), [(1, 0)]);
    let back = given_back(1, at(1));
    dispatcher.handle(at(2), &back, &mut out);
    assert_eq!(dispatched(&mut out), [(2, 0)], "the next one's turn");
    dispatcher.handle(at(2), &back, &mut out);
    assert!(out.is_empty(), "old news");
    let idle = DispatcherLetter::Idle { truck: TRUCK, at: HOME, after: PackageId(2) };
    dispatcher.handle(at(3), &idle, &mut out);
    assert!(out.is_empty(), "it rests");
    let rested = dispatcher.next_wake().unwrap();
    assert!(rested > at(3));
    dispatcher.wake(rested, &mut out);
    assert_eq!(dispatched(&mut out), [(1, 0)]);
}

#[test]
fn a_truck_that_may_not_go_is_the_last_choice() {
    let (mut dispatcher, mut out) = (Dispatcher::new(Some(WORLD), BTreeMap::new()), Outbox::new());
    dispatcher.with_idle(TRUCK, HOME);
    dispatcher.handle(at(1), &waiting(1), &mut out);
    assert_eq!(dispatched(&mut out), [(1, 0)]);
    dispatcher.handle(at(2), &given_back(1, at(1)), &mut out);
    dispatcher.handle(at(3), &fleet(&[(7, 500)]), &mut out);
    dispatcher.handle(at(4), &waiting(2), &mut out);
    assert_eq!(dispatched(&mut out), [(2, 7)]);
}
