//! Shipments and what their store asks of them.

use super::{house::House, *};
use crate::wire::dialect::{Refusal, ShipmentStatus, code};

fn requested(index: usize, origin: Origin, message: ToCarrier) -> ShipmentLetter {
    ShipmentLetter::Requested { request: request(index), origin, message }
}

fn fresh() -> Shipment {
    Shipment::requested(&created(SHIPMENT), &from_our_store(5), at(1)).unwrap()
}

/// A shipment that was accepted and has taken in the letters, with an empty box.
fn shipment_after(letters: &[ShipmentLetter], out: &mut Outbox<Carrier>) -> Shipment {
    let mut shipment = fresh();
    shipment.handle(at(1), &requested(0, from_our_store(5), created(SHIPMENT)), out);
    for letter in letters {
        shipment.handle(at(2), letter, out);
    }
    out.clear();
    shipment
}

fn dispatched() -> ShipmentLetter {
    ShipmentLetter::Dispatched { world: WORLD, truck: TRUCK, at: at(2) }
}

fn arrived() -> ShipmentLetter {
    ShipmentLetter::TruckArrived { world: WORLD, truck: TRUCK, seq: Some(Seq(7)), at: at(3) }
}

fn loaded(seq: i64) -> ShipmentLetter {
    requested(0, from_our_store(seq), ToCarrier::ShipmentLoaded { shipment: SHIPMENT })
}

fn redirected(seq: i64, x: i32) -> ShipmentLetter {
    let destination = Point::new(x, 0);
    let message = ToCarrier::AddressChange { shipment: SHIPMENT, destination };
    requested(0, from_our_store(seq), message)
}

fn notice(message: ToStore) -> Letter {
    Letter::Peer(PeerLetter::Notify(message))
}

fn outcome(letters: &[Letter]) -> Result<Content, Refusal> {
    let answers = letters.iter().filter_map(|letter| match letter {
        Letter::Peer(PeerLetter::Answered { answer, .. }) => Some(answer.outcome.clone()),
        _ => None,
    });
    let answers: Vec<_> = answers.collect();
    assert_eq!(answers.len(), 1, "one answer to one request: {letters:?}");
    answers[0].clone()
}

fn delivery_of(records: &[Record]) -> bool {
    records.iter().any(|record| matches!(record, Record::DeliveryStarted { .. }))
}

#[test]
fn an_accepted_shipment_is_saved_queued_and_has_a_tracking_number() {
    let (mut shipment, mut out) = (fresh(), Outbox::new());
    shipment.handle(at(1), &requested(3, from_our_store(5), created(SHIPMENT)), &mut out);
    let (letters, records, _) = take(&mut out);
    assert!(
        matches!(&records[..], [Record::ShipmentAccepted { shipment: SHIPMENT, at: moment, .. }] if *moment == at(1))
    );
    let number = tracking_number(SHIPMENT);
    let content = Content::Acknowledged {
        message: "the shipment is accepted".to_owned(),
        tracking_number: Some(number.clone()),
    };
    let answer = Answer { outcome: Ok(content), acks: vec![Seq(5)] };
    let waiting = DispatcherLetter::Waiting { shipment: SHIPMENT, warehouse: WAREHOUSE };
    assert_eq!(
        letters,
        [
            Letter::Dispatcher(waiting),
            notice(ToStore::Tracking { shipment: SHIPMENT, tracking_number: number }),
            Letter::Peer(PeerLetter::Answered { request: request(3), answer }),
        ]
    );
}

#[test]
fn the_same_order_again_gets_the_same_answer_and_does_nothing() {
    let mut out = Outbox::new();
    let mut shipment = shipment_after(&[], &mut out);
    let mut first = fresh();
    first.handle(at(1), &requested(0, from_our_store(5), created(SHIPMENT)), &mut out);
    let expected = outcome(&take(&mut out).0);
    // The same number, and, after a restart of the store, another number.
    for seq in [5, 800] {
        shipment.handle(at(9), &requested(0, from_our_store(seq), created(SHIPMENT)), &mut out);
        let (letters, records, outputs) = take(&mut out);
        assert_eq!(outcome(&letters), expected);
        assert_eq!((letters.len(), records.len(), outputs.len()), (1, 0, 0));
    }
}

#[test]
fn a_stranger_who_repeats_an_order_is_told_that_it_exists() {
    let mut out = Outbox::new();
    let mut shipment = shipment_after(&[], &mut out);
    let other_store = Origin { sender: Some("store-2".to_owned()), seq: Some(Seq(5)) };
    for origin in [Origin::default(), other_store] {
        shipment.handle(at(9), &requested(0, origin, created(SHIPMENT)), &mut out);
        let (letters, records, _) = take(&mut out);
        assert_eq!(outcome(&letters).unwrap_err().code, code::SHIPMENT_EXISTS);
        assert_eq!(records, []);
    }
}

#[test]
fn a_loaded_shipment_whose_truck_is_there_leaves_in_one_commit() {
    let mut out = Outbox::new();
    let mut shipment = shipment_after(&[dispatched(), arrived()], &mut out);
    shipment.handle(at(4), &loaded(6), &mut out);
    let (letters, records, _) = take(&mut out);
    let (id, world, truck) = (SHIPMENT, WORLD, TRUCK);
    assert_eq!(
        records,
        [
            Record::ShipmentLoaded { shipment: id, at: at(4) },
            Record::DeliveryStarted { shipment: id, world, truck, at: at(4) },
        ]
    );
    let status = ShipmentStatus::Delivering;
    let deliver = TruckLetter::Deliver { shipment: id, destination: HOME };
    assert_eq!(letters[0], Letter::Truck(WORLD, TRUCK, deliver));
    assert_eq!(letters[1], notice(ToStore::StatusUpdate { shipment: id, status }));
    assert!(outcome(&letters).is_ok());
    shipment.handle(at(5), &loaded(6), &mut out);
    let (letters, records, _) = take(&mut out);
    assert!(outcome(&letters).is_ok());
    assert_eq!((letters.len(), records.len()), (1, 0), "loaded twice starts one delivery");
}

#[test]
fn loaded_before_we_know_of_the_truck_is_kept_in_mind() {
    for before in [vec![], vec![dispatched()]] {
        let mut out = Outbox::new();
        let mut shipment = shipment_after(&before, &mut out);
        shipment.handle(at(3), &loaded(6), &mut out);
        let (_, records, _) = take(&mut out);
        assert!(!delivery_of(&records));
        shipment.handle(at(4), &arrived(), &mut out);
        let (letters, records, _) = take(&mut out);
        assert!(delivery_of(&records));
        let there =
            ToStore::TruckArrived { truck: TRUCK, warehouse: WAREHOUSE, shipment: Some(SHIPMENT) };
        assert_eq!(letters[0], notice(there));
        shipment.handle(at(5), &dispatched(), &mut out);
        assert!(out.is_empty(), "late news of the truck");
    }
}

#[test]
fn the_address_can_change_until_the_truck_leaves() {
    let mut out = Outbox::new();
    let mut shipment = shipment_after(&[dispatched(), arrived()], &mut out);
    shipment.handle(at(4), &redirected(6, 30), &mut out);
    let (letters, records, _) = take(&mut out);
    assert!(outcome(&letters).is_ok());
    let (destination, seq) = (Point::new(30, 0), Some(Seq(6)));
    assert_eq!(records, [Record::DestinationChanged { shipment: SHIPMENT, destination, seq }]);
    shipment.handle(at(5), &loaded(7), &mut out);
    let deliver = TruckLetter::Deliver { shipment: SHIPMENT, destination };
    assert_eq!(take(&mut out).0[0], Letter::Truck(WORLD, TRUCK, deliver));
    shipment.handle(at(6), &redirected(8, 31), &mut out);
    let (letters, records, _) = take(&mut out);
    let refusal = outcome(&letters).unwrap_err();
    assert_eq!((refusal.code, records.len()), (code::TOO_LATE, 0));
    assert!(refusal.message.contains("delivering to (30, 0)"), "{}", refusal.message);
    shipment.handle(at(7), &redirected(6, 30), &mut out);
    assert!(outcome(&take(&mut out).0).is_ok(), "the change that was in time, again");
}

#[test]
fn an_old_change_of_address_does_not_undo_a_newer_one() {
    let mut out = Outbox::new();
    let mut shipment = shipment_after(&[redirected(6, 30), redirected(7, 40)], &mut out);
    shipment.handle(at(4), &redirected(6, 30), &mut out);
    let (letters, records, _) = take(&mut out);
    assert!(outcome(&letters).is_ok());
    assert_eq!(records, []);
}

#[test]
fn delivered_is_told_once_and_the_shipment_lives_until_the_store_knows() {
    let mut out = Outbox::new();
    let mut shipment = shipment_after(&[dispatched(), arrived(), loaded(6)], &mut out);
    shipment.handle(at(8), &ShipmentLetter::Delivered { seq: Seq(8), at: at(8) }, &mut out);
    let expected =
        notice(ToStore::ShipmentDelivered { shipment: SHIPMENT, destination: Some(HOME) });
    assert_eq!(take(&mut out).0, [expected]);
    shipment.handle(at(9), &ShipmentLetter::Delivered { seq: Seq(8), at: at(9) }, &mut out);
    assert!(out.is_empty());
    let status = ToCarrier::ShipmentStatusRequest { shipment: SHIPMENT };
    shipment.handle(at(9), &requested(0, Origin::default(), status), &mut out);
    let Ok(Content::Status(report)) = outcome(&take(&mut out).0) else { panic!("no report") };
    assert_eq!(report.status, "delivered");
    assert_eq!(report.actual_delivery.as_deref(), Some("1970-01-01T00:00:00.008Z"));
    assert!(!shipment.is_finished());
    shipment.handle(at(9), &ShipmentLetter::StoreTold, &mut out);
    assert!(shipment.is_finished());
}

fn wished(x: i32) -> ShipmentLetter {
    ShipmentLetter::Redirect { reply: ReplyId(9), destination: Point::new(x, 0) }
}

fn owner_is_told(outcome: RedirectOutcome) -> Output {
    Output::AnswerOwner { reply: ReplyId(9), outcome }
}

#[test]
fn an_owner_sends_it_elsewhere_until_the_truck_leaves() {
    for letters in [vec![], vec![dispatched()], vec![dispatched(), arrived()]] {
        let mut out = Outbox::new();
        let mut shipment = shipment_after(&letters, &mut out);
        shipment.handle(at(5), &wished(3), &mut out);
        let (sent, records, outputs) = take(&mut out);
        let destination = Point::new(3, 0);
        let changed = Record::DestinationChanged { shipment: SHIPMENT, destination, seq: None };
        assert_eq!((sent, records), (vec![], vec![changed]), "{letters:?}");
        let told = owner_is_told(RedirectOutcome::Redirected);
        assert_eq!(outputs, [Output::Redirected { shipment: SHIPMENT }, told.clone()]);
        shipment.handle(at(6), &wished(3), &mut out);
        assert_eq!(take(&mut out), (vec![], vec![], vec![told]), "the same again changes nothing");
    }
}

#[test]
fn who_lost_the_race_with_the_truck_is_told_where_it_goes() {
    let mut out = Outbox::new();
    let mut shipment = shipment_after(&[dispatched(), arrived(), loaded(6)], &mut out);
    for (x, destination) in [(3, HOME), (HOME.x, HOME)] {
        shipment.handle(at(5), &wished(x), &mut out);
        let stage = ShipmentStage::Delivering;
        let told = owner_is_told(RedirectOutcome::TooLate { stage, destination });
        assert_eq!(take(&mut out), (vec![], vec![], vec![told]));
    }
    shipment.handle(at(6), &ShipmentLetter::Delivered { seq: Seq(8), at: at(6) }, &mut out);
    out.clear();
    shipment.handle(at(7), &wished(3), &mut out);
    let stage = ShipmentStage::Delivered;
    let told = owner_is_told(RedirectOutcome::TooLate { stage, destination: HOME });
    assert_eq!(take(&mut out), (vec![], vec![], vec![told]));
}

#[test]
fn the_store_hears_where_its_owner_had_it_delivered() {
    let mut out = Outbox::new();
    let letters = [dispatched(), wished(3), arrived(), loaded(6)];
    let mut shipment = shipment_after(&letters, &mut out);
    shipment.handle(at(6), &ShipmentLetter::Delivered { seq: Seq(8), at: at(6) }, &mut out);
    let destination = Some(Point::new(3, 0));
    let delivered = ToStore::ShipmentDelivered { shipment: SHIPMENT, destination };
    assert_eq!(take(&mut out).0, [notice(delivered)]);
}

#[test]
fn a_repeated_change_of_the_stores_does_not_undo_what_the_owner_wished_since() {
    // The second names the place where it goes anyway.
    for x in [5, 7] {
        let mut out = Outbox::new();
        let before = [redirected(6, 5), redirected(7, x)];
        let mut shipment = shipment_after(&before, &mut out);
        shipment.handle(at(4), &wished(3), &mut out);
        out.clear();
        shipment.handle(at(5), &redirected(7, x), &mut out);
        let (letters, records, _) = take(&mut out);
        assert!(outcome(&letters).is_ok() && records.is_empty(), "{records:?}");
        shipment.handle(at(6), &redirected(8, 1), &mut out);
        let (_, records, _) = take(&mut out);
        assert!(matches!(&records[..], [Record::DestinationChanged { .. }]), "a newer one counts");
    }
}

#[test]
fn of_a_shipment_that_is_over_the_owner_is_told_that_it_is() {
    let mut house = House::new(CarrierDisk::default());
    house.outputs.clear();
    house.post(Letter::Shipment(SHIPMENT, wished(3)));
    assert_eq!(house.outputs, [owner_is_told(RedirectOutcome::Gone)]);
}
