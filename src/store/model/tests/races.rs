//! Reports that come early, late, twice or for nobody.

use std::time::Duration;

use super::bench::{Bench, CUP, NORTH, TEA, place};
use crate::{
    basis::{PackageId, Point, Seq, TruckId, WorldId},
    runtime::ReplyId,
    store::model::{
        Address, CarrierInput, Letter, Output, PackageStatus, PlaceAnswer, Rejection, WorldInput,
    },
    wire::{
        amazon::Command,
        dialect::{Answer, Content, Envelope, Refusal, ShipmentStatus, ToCarrier, ToStore, code},
    },
};

const FIRST: PackageId = PackageId(1);
const TRUCK: TruckId = TruckId(4);

/// Time for what takes none, and not for patience to end.
const SOON: Duration = Duration::from_secs(15);

/// A stocked store whose peers do nothing by themselves any more, with one order placed.
fn quiet(items: &[(crate::basis::ListingId, u32)]) -> Bench {
    let mut bench = Bench::stocked();
    bench.carrier.silent = true;
    bench.world.held = true;
    bench.order(1, items);
    bench.serve_peers();
    bench
}

fn status(bench: &Bench) -> Option<PackageStatus> {
    bench.disk.packages.get(&FIRST).map(|row| row.status)
}

fn arrived(truck: TruckId) -> ToStore {
    ToStore::TruckArrived { truck, warehouse: NORTH, shipment: Some(FIRST) }
}

/// Lets the world do what it was told.
fn release(bench: &mut Bench) {
    bench.world.held = false;
    bench.settle();
}

fn loads(bench: &Bench) -> Vec<TruckId> {
    let load = |command: &Command| match command {
        Command::Load { truck, .. } => Some(*truck),
        Command::Buy { .. } | Command::Pack { .. } | Command::Query { .. } => None,
    };
    bench.world.commands.iter().filter_map(load).collect()
}

fn outcome(bench: &Bench, reply: ReplyId) -> &Answer {
    let found = bench.carrier.answers.iter().find(|(to, _)| *to == reply);
    &found.expect("was answered").1[0]
}

#[test]
fn a_truck_that_comes_before_the_package_is_packed_is_loaded_when_it_is() {
    let mut bench = quiet(&[(TEA, 1)]);
    bench.hear([arrived(TRUCK)]);
    assert_eq!(status(&bench), Some(PackageStatus::Packing));
    release(&mut bench);
    assert_eq!((status(&bench), loads(&bench)), (Some(PackageStatus::Loaded), vec![TRUCK]));
}

#[test]
fn a_truck_that_comes_after_is_loaded_at_once_and_once() {
    let mut bench = quiet(&[(TEA, 1)]);
    release(&mut bench);
    assert_eq!(status(&bench), Some(PackageStatus::Packed));
    bench.hear([arrived(TRUCK), arrived(TRUCK)]);
    bench.hear([arrived(TRUCK)]);
    bench.settle();
    assert_eq!((status(&bench), loads(&bench)), (Some(PackageStatus::Loaded), vec![TRUCK]));
}

#[test]
fn a_truck_for_whatever_is_packed_takes_what_is_and_what_will_be() {
    let mut bench = quiet(&[(TEA, 1)]);
    bench.hear([ToStore::TruckArrived { truck: TRUCK, warehouse: NORTH, shipment: None }]);
    release(&mut bench);
    assert_eq!(loads(&bench), [TRUCK]);
    let reply = bench.hear([ToStore::TruckArrived {
        truck: TRUCK,
        warehouse: crate::basis::WarehouseId(99),
        shipment: None,
    }]);
    bench.settle();
    let refused = outcome(&bench, reply).outcome.as_ref().unwrap_err();
    assert_eq!(refused.code, code::TRUCK_OR_WAREHOUSE_NOT_FOUND);
}

#[test]
fn a_package_whose_truck_has_left_takes_the_next_that_comes_for_whatever_is_packed() {
    let next = TruckId(5);
    let mut bench = quiet(&[(TEA, 1)]);
    bench.world.gone.insert(TRUCK);
    bench.hear([ToStore::TruckArrived { truck: TRUCK, warehouse: NORTH, shipment: None }]);
    bench.world.held = false;
    bench.run(SOON);
    assert!(loads(&bench).iter().all(|truck| *truck == TRUCK) && !loads(&bench).is_empty());
    bench.hear([ToStore::TruckArrived { truck: next, warehouse: NORTH, shipment: None }]);
    bench.settle();
    assert_eq!((status(&bench), loads(&bench).last()), (Some(PackageStatus::Loaded), Some(&next)));
    // Later packages do not try the one that left.
    bench.world.gone.insert(next);
    let before = loads(&bench).len();
    bench.order(2, &[(TEA, 1)]);
    bench.run(SOON);
    assert!(loads(&bench)[before..].iter().all(|truck| *truck == next), "{:?}", loads(&bench));
    bench.hear([ToStore::TruckArrived { truck: TruckId(6), warehouse: NORTH, shipment: None }]);
    bench.settle();
    assert_eq!(loads(&bench).last(), Some(&TruckId(6)));
}

#[test]
fn a_truck_of_its_own_that_comes_while_another_is_refused_is_not_forgotten() {
    let mut bench = quiet(&[(TEA, 1)]);
    bench.world.gone.insert(TRUCK);
    bench.hear([ToStore::TruckArrived { truck: TRUCK, warehouse: NORTH, shipment: None }]);
    bench.world.held = false;
    bench.run(Duration::from_millis(1));
    bench.hear([arrived(TruckId(5))]);
    bench.settle();
    assert_eq!(
        (status(&bench), loads(&bench).last()),
        (Some(PackageStatus::Loaded), Some(&TruckId(5)))
    );
}

#[test]
fn a_number_without_a_sender_is_acked_and_counted_for_nobody() {
    let mut bench = quiet(&[(TEA, 1)]);
    for message in [arrived(TRUCK), arrived(TRUCK), ToStore::SetWorld { world: WorldId(1) }] {
        let reply = bench.fresh_reply();
        let envelopes = vec![Envelope { seq: Some(Seq(7)), sender: None, message }];
        bench.post(Letter::Carrier(CarrierInput::Received { reply, envelopes }));
        bench.serve_peers();
        let answer = outcome(&bench, reply);
        assert!(answer.outcome.is_ok() && answer.acks == [Seq(7)], "{answer:?}");
    }
}

#[test]
fn delivered_before_loaded_was_seen_is_delivered_and_the_stock_is_right() {
    let mut bench = quiet(&[(TEA, 2)]);
    let before = bench.disk.stock[&(NORTH, TEA)];
    bench.hear([ToStore::ShipmentDelivered { shipment: FIRST, destination: None }]);
    bench.serve_peers();
    assert_eq!(status(&bench), None, "delivered packages are not open");
    assert_eq!(bench.disk.stock[&(NORTH, TEA)], before - 2);
    release(&mut bench);
    assert!(bench.world.unacked.is_empty(), "late events are acked");
    assert_eq!(bench.disk.stock[&(NORTH, TEA)], before - 2, "and take nothing twice");
}

#[test]
fn a_late_status_does_not_take_a_package_back() {
    let mut bench = quiet(&[(TEA, 1)]);
    release(&mut bench);
    let status_update = |status| ToStore::StatusUpdate { shipment: FIRST, status };
    bench.hear([status_update(ShipmentStatus::Delivering)]);
    bench.hear([arrived(TRUCK), ToStore::TruckDispatched { truck: TRUCK, shipment: FIRST }]);
    bench.settle();
    assert_eq!(status(&bench), Some(PackageStatus::Delivering));
    assert_eq!(loads(&bench), []);
    bench.hear([status_update(ShipmentStatus::Delivered)]);
    let reply = bench.hear([status_update(ShipmentStatus::Delivering)]);
    bench.settle();
    assert_eq!(status(&bench), None);
    assert!(outcome(&bench, reply).outcome.is_ok(), "what is over is acknowledged");
}

#[test]
fn a_shipment_that_never_was_is_refused() {
    let mut bench = quiet(&[(TEA, 1)]);
    let reply =
        bench.hear([ToStore::ShipmentDelivered { shipment: PackageId(77), destination: None }]);
    bench.serve_peers();
    let refusal = outcome(&bench, reply).outcome.as_ref().unwrap_err();
    assert_eq!(refusal.code, code::SHIPMENT_NOT_FOUND);
}

#[test]
fn a_message_of_the_carrier_is_done_once_and_acked_each_time() {
    let mut bench = quiet(&[(TEA, 1)]);
    let envelope = Envelope {
        seq: Some(Seq(5)),
        sender: Some("carrier-x".to_owned()),
        message: arrived(TRUCK),
    };
    for reply in [ReplyId(50), ReplyId(51)] {
        let envelopes = vec![envelope.clone()];
        let groups = bench.groups.len();
        bench.post(Letter::Carrier(CarrierInput::Received { reply, envelopes }));
        bench.serve_peers();
        assert_eq!(outcome(&bench, reply).acks, [Seq(5)]);
        assert_eq!(bench.groups.len() > groups, reply == ReplyId(50), "once an effect");
    }
}

#[test]
fn a_refused_load_is_tried_again_with_the_truck_that_came_last() {
    let mut bench = quiet(&[(TEA, 1)]);
    release(&mut bench);
    bench.world.refuse = 1;
    bench.hear([arrived(TRUCK)]);
    bench.serve_peers();
    bench.wake_due();
    bench.serve_peers();
    bench.hear([arrived(TruckId(9))]);
    bench.settle();
    assert_eq!(
        (status(&bench), loads(&bench)),
        (Some(PackageStatus::Loaded), vec![TRUCK, TruckId(9)])
    );
}

#[test]
fn a_pack_that_is_refused_again_and_again_makes_the_warehouse_buy() {
    let mut bench = quiet(&[(CUP, 1)]);
    bench.world.stock.clear();
    bench.world.refuse = 3;
    release(&mut bench);
    let bought = bench.world.commands.iter().any(|command| {
        matches!(command, Command::Buy { things, .. } if things.len() == 1 && things[0].count == 1)
    });
    assert!(bought, "{:?}", bench.world.commands);
    assert_eq!(status(&bench), Some(PackageStatus::Packed));
}

#[test]
fn a_shipment_that_the_carrier_knows_already_is_announced() {
    let mut bench = Bench::stocked();
    bench.carrier.held = true;
    bench.order(1, &[(TEA, 1)]);
    bench.run(SOON);
    let (post, envelopes) = bench.carrier.posts.pop_front().unwrap();
    assert!(matches!(envelopes[0].message, ToCarrier::ShipmentCreated { .. }));
    let refusal = Refusal::new(code::SHIPMENT_EXISTS, "exists");
    let result = Ok(vec![Answer { outcome: Err(refusal), acks: Vec::new() }]);
    bench.post(Letter::Carrier(CarrierInput::Posted { post, result }));
    bench.settle();
    assert!(bench.disk.packages[&FIRST].announced);
    assert!(bench.carrier.posts.is_empty(), "nothing is posted again");
}

#[test]
fn an_unreachable_carrier_is_asked_again_until_it_answers() {
    let mut bench = Bench::stocked();
    bench.carrier.held = true;
    bench.order(1, &[(TEA, 1)]);
    bench.run(SOON);
    for posted in 1..=4 {
        let (post, _) = bench.carrier.posts.pop_front().unwrap();
        let result = Err("connection refused".to_owned());
        bench.post(Letter::Carrier(CarrierInput::Posted { post, result }));
        let is_given_up = |output: &Output| matches!(output, Output::Carrier(status) if status.reachable == Some(false));
        // At first it may only be late.
        assert_eq!(bench.outputs.iter().any(is_given_up), posted == 4);
        bench.run(SOON);
    }
    let (post, envelopes) = bench.carrier.posts.pop_front().unwrap();
    let seqs: Vec<Seq> = envelopes.iter().filter_map(|envelope| envelope.seq).collect();
    assert_eq!(seqs, [Seq(1)], "under the same number");
    let tracking_number = Some("T1".to_owned());
    let content = Content::Acknowledged { message: String::new(), tracking_number };
    let result = Ok(vec![Answer { outcome: Ok(content), acks: seqs }]);
    bench.post(Letter::Carrier(CarrierInput::Posted { post, result }));
    assert_eq!(bench.disk.packages[&FIRST].tracking_number.as_deref(), Some("T1"));
}

#[test]
fn a_post_whose_result_is_lost_is_given_up_and_posted_again() {
    let mut bench = Bench::stocked();
    bench.carrier.held = true;
    bench.order(1, &[(TEA, 1)]);
    bench.run(SOON);
    let (lost, first) = bench.carrier.posts.pop_front().unwrap();
    assert!(bench.carrier.posts.is_empty(), "one post at a time");
    bench.run(Duration::from_secs(70));
    let (post, again) = bench.carrier.posts.pop_front().unwrap();
    assert_eq!(again, first, "under the same number");
    // Its result comes after all, much too late.
    let result = Err("too late".to_owned());
    bench.post(Letter::Carrier(CarrierInput::Posted { post: lost, result }));
    for letter in bench.carrier.answer(post, &again) {
        bench.post(letter);
    }
    assert!(bench.disk.packages[&FIRST].announced);
}

#[test]
fn a_carrier_is_not_judged_by_posts_that_nobody_says_anything_about() {
    let mut bench = Bench::stocked();
    bench.carrier.held = true;
    bench.order(1, &[(TEA, 1)]);
    bench.run(SOON);
    let is_judgement = |output: &Output| matches!(output, Output::Carrier(_));
    for _ in 0..6 {
        bench.now += Duration::from_secs(70);
        bench.wake_due();
        assert!(!bench.outputs.iter().any(is_judgement), "it may not have left our house");
        bench.run(SOON);
    }
    assert_eq!(bench.carrier.posts.len(), 7, "it is made again all the same");
}

#[test]
fn a_lost_connection_sends_what_is_unacked_again_under_its_number() {
    let mut bench = quiet(&[(TEA, 1)]);
    let connection = bench.world.connection.unwrap();
    let seq = bench.disk.packages[&FIRST].pack_seq;
    bench.post(Letter::World(WorldInput::Lost { connection }));
    release(&mut bench);
    assert_eq!(bench.world.packed[&FIRST], 1);
    assert_eq!(bench.disk.packages[&FIRST].pack_seq, seq);
    assert_ne!(bench.world.connection, Some(connection));
}

#[test]
fn a_world_that_acks_nothing_is_called_anew() {
    let mut bench = quiet(&[(TEA, 1)]);
    let silent = bench.world.connection;
    bench.settle();
    assert_ne!(bench.world.connection, silent);
    release(&mut bench);
    assert_eq!(bench.world.packed[&FIRST], 1);
}

#[test]
fn a_store_with_nothing_to_do_says_something_every_minute_and_stays_connected() {
    let mut bench = Bench::stocked();
    let (connection, before) = (bench.world.connection, bench.world.commands.len());
    bench.run(Duration::from_secs(600));
    let asked = &bench.world.commands[before..];
    assert!(asked.len() >= 9, "{asked:?}");
    assert!(asked.iter().all(|command| matches!(command, Command::Query { .. })), "{asked:?}");
    assert_eq!(bench.world.connection, connection);
    assert!(bench.world.unacked.is_empty(), "{:?}", bench.world.unacked);
}

#[test]
fn an_idle_world_that_is_silent_is_asked_and_then_called_anew() {
    let mut bench = Bench::stocked();
    let silent = bench.world.connection;
    bench.world.held = true;
    bench.run(Duration::from_secs(80));
    assert_eq!(bench.world.connection, silent, "it has its time to answer");
    bench.run(Duration::from_secs(20));
    assert_ne!(bench.world.connection, silent);
}

#[test]
fn a_world_that_does_not_know_the_package_asked_for_is_there_and_has_refused_nothing() {
    let mut bench = Bench::stocked();
    let connection = bench.world.connection;
    bench.world.refuse = 1;
    bench.run(Duration::from_secs(120));
    assert_eq!(bench.world.refuse, 0, "it was asked");
    assert_eq!(bench.notes, []);
    assert_eq!(bench.world.connection, connection);
}

#[test]
fn an_answer_to_a_question_of_an_earlier_connection_or_life_is_no_refusal() {
    let mut bench = Bench::stocked();
    bench.world.held = true;
    bench.run(Duration::from_secs(70));
    let asked = bench.disk.world_seq;
    let connection = bench.world.connection.unwrap();
    bench.post(Letter::World(WorldInput::Lost { connection }));
    bench.run(SOON);
    for life in ["the next connection", "the next life"] {
        for letter in bench.world.fail(asked) {
            bench.post(letter);
        }
        bench.run(SOON);
        assert_eq!(bench.notes, [], "{life}");
        bench.crash();
        bench.run(SOON);
    }
}

#[test]
fn another_world_is_refused_while_packages_are_under_way() {
    let mut bench = quiet(&[(TEA, 1)]);
    let again = bench.hear([ToStore::SetWorld { world: WorldId(1) }]);
    let other = bench.hear([ToStore::SetWorld { world: WorldId(2) }]);
    bench.serve_peers();
    assert!(outcome(&bench, again).outcome.is_ok());
    let refusal = outcome(&bench, other).outcome.as_ref().unwrap_err();
    assert!(refusal.message.contains("under way"), "{}", refusal.message);
    assert_eq!(bench.disk.world, Some(WorldId(1)));
}

#[test]
fn in_another_world_everything_is_bought_again() {
    let mut bench = Bench::stocked();
    bench.world = super::bench::World::default();
    bench.set_world(2);
    bench.settle();
    assert_eq!(bench.disk.world, Some(WorldId(2)));
    assert!(bench.disk.purchases.is_empty());
    bench.order(1, &[(TEA, 3)]);
    bench.settle();
    assert!(bench.disk.packages.is_empty());
}

#[test]
fn one_key_is_one_order_and_another_body_a_conflict() {
    let mut bench = Bench::stocked();
    let mut place = super::bench::place(1, &[(TEA, 1)]);
    // Twice before the first is saved, and once after.
    bench.post(Letter::Place(place.clone()));
    place.reply = ReplyId(2);
    bench.post(Letter::Place(place.clone()));
    place.reply = ReplyId(3);
    place.body_hash = [1; 32];
    bench.post(Letter::Place(place));
    bench.serve_peers();
    let order = crate::basis::OrderId(1);
    assert!(matches!(&bench.answers[&ReplyId(1)], PlaceAnswer::Placed(p) if p.order == order));
    assert_eq!(bench.answers[&ReplyId(2)], PlaceAnswer::Repeated { order });
    assert_eq!(bench.answers[&ReplyId(3)], PlaceAnswer::Conflict { order });
}

#[test]
fn what_can_not_be_ordered_is_rejected_and_leaves_no_trace() {
    let mut bench = Bench::stocked();
    let groups = bench.groups.len();
    let unknown = crate::basis::ListingId(99);
    for (number, items) in
        [vec![], vec![(unknown, 1)], vec![(TEA, 0)], vec![(TEA, 9_999), (TEA, 2)]]
            .iter()
            .enumerate()
    {
        bench.order(number as u64, items);
    }
    let mut far = place(4, &[(TEA, 1)]);
    far.destination = Point::new(i32::MIN, i32::MAX);
    bench.post(Letter::Place(far));
    bench.serve_peers();
    let rejection = |number| match &bench.answers[&ReplyId(number)] {
        PlaceAnswer::Rejected(rejection) => rejection.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(rejection(0), Rejection::Empty);
    assert_eq!(rejection(1), Rejection::UnknownListing(unknown));
    let out_of_range =
        |quantity| Rejection::QuantityOutOfRange { listing: TEA, quantity, max: 10_000 };
    assert_eq!(rejection(2), out_of_range(0));
    assert_eq!(rejection(3), out_of_range(10_001));
    // From the warehouse at 0, 10.
    let distance = (1 << 31) + (1 << 31) - 1 - 10;
    assert_eq!(rejection(4), Rejection::TooFar { distance, max: 100_000 });
    assert_eq!(bench.groups.len(), groups);
}

#[test]
fn orders_are_taken_before_there_is_a_world_and_packed_when_there_is() {
    let mut bench = Bench::new(super::bench::opening());
    bench.order(1, &[(TEA, 2)]);
    bench.settle();
    assert!(matches!(bench.answers[&ReplyId(1)], PlaceAnswer::Placed(_)));
    assert_eq!(status(&bench), Some(PackageStatus::Created));
    bench.set_world(1);
    bench.settle();
    assert_eq!(status(&bench), None, "delivered");
    assert!(!bench.residents.contains_key(&Address::Package(FIRST)));
}

#[test]
fn the_answer_to_an_order_is_behind_its_record() {
    let mut bench = Bench::stocked();
    bench.crash_after = Some(bench.groups.len() + 1);
    bench.order(1, &[(TEA, 1)]);
    assert!(!bench.outputs.iter().any(|output| matches!(output, Output::Answer { .. })));
}
