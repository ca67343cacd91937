//! Dispatch by hand: what is done, and what is refused with which reason.

use std::collections::BTreeMap;

use super::*;

const REPLY: ReplyId = ReplyId(5);

fn assign(shipment: i64, truck: i32) -> DispatcherLetter {
    let (shipment, truck) = (PackageId(shipment), TruckId(truck));
    DispatcherLetter::Assign { reply: REPLY, shipment, truck }
}

fn waiting(shipment: i64) -> DispatcherLetter {
    DispatcherLetter::Waiting { shipment: PackageId(shipment), warehouse: WAREHOUSE }
}

/// What was answered, and who was sent for what.
fn done(out: &mut Outbox<Carrier>) -> (Result<(), AssignRefusal>, Vec<(i64, i32)>) {
    let (_, records, outputs) = take(out);
    let pairs = records.iter().map(|record| match record {
        Record::Dispatched { shipment, truck, .. } => (shipment.0, truck.0),
        other => panic!("{other:?}"),
    });
    let [Output::Assigned { reply: REPLY, outcome }] = &outputs[..] else {
        panic!("one answer: {outputs:?}")
    };
    (*outcome, pairs.collect())
}

/// Trucks 0 and 1, of which the first is out for shipment 1; 2 and 3 wait for no truck yet.
fn dispatcher() -> Dispatcher {
    let (mut dispatcher, mut out) = (Dispatcher::new(Some(WORLD), BTreeMap::new()), Outbox::new());
    dispatcher.with_idle(TruckId(0), HOME);
    dispatcher.handle(at(1), &waiting(1), &mut out);
    dispatcher
}

#[test]
fn a_shipment_goes_by_the_truck_that_was_chosen_before_those_that_came_first() {
    let (mut dispatcher, mut out) = (dispatcher(), Outbox::new());
    dispatcher.handle(at(2), &waiting(2), &mut out);
    dispatcher.handle(at(2), &waiting(3), &mut out);
    let fleet = vec![(TruckId(7), HOME), (TruckId(8), HOME)];
    // Both are given away by the rule as they come: to the two that wait.
    dispatcher.handle(
        at(3),
        &DispatcherLetter::FleetJoined { world: WORLD, trucks: fleet },
        &mut out,
    );
    out.clear();
    let back = |shipment, truck| DispatcherLetter::GivenBack {
        truck: TruckId(truck),
        shipment: PackageId(shipment),
        warehouse: WAREHOUSE,
        sent_at: at(3),
    };
    dispatcher.handle(at(4), &back(2, 7), &mut out);
    dispatcher.handle(at(4), &back(3, 8), &mut out);
    assert!(out.is_empty(), "both rest");
    dispatcher.handle(at(5), &assign(3, 7), &mut out);
    assert_eq!(done(&mut out), (Ok(()), vec![(3, 7)]), "one that rests, by one that failed");
    let rested = dispatcher.next_wake().unwrap();
    dispatcher.wake(rested, &mut out);
    assert_eq!(out.records.len(), 1, "the other one goes when it has rested: {out:?}");
    assert_eq!(dispatcher.queue_length(), 0);
}

#[test]
fn what_can_not_be_done_is_refused_with_the_reason() {
    let (mut dispatcher, mut out) = (dispatcher(), Outbox::new());
    dispatcher.handle(at(2), &waiting(2), &mut out);
    let (shipment, truck) = (PackageId(1), TruckId(0));
    for (letter, refusal) in [
        (assign(2, 0), AssignRefusal::TruckBusy { truck }),
        (assign(2, 9), AssignRefusal::NoSuchTruck { truck: TruckId(9), world: WORLD }),
        (assign(1, 0), AssignRefusal::NotWaiting { shipment }),
        (assign(99, 0), AssignRefusal::NotWaiting { shipment: PackageId(99) }),
    ] {
        dispatcher.handle(at(3), &letter, &mut out);
        assert_eq!(done(&mut out), (Err(refusal), vec![]), "{letter:?}");
    }
    assert_eq!(dispatcher.queue_length(), 1, "it still waits");
    let mut nowhere = Dispatcher::new(None, BTreeMap::new());
    nowhere.handle(at(1), &assign(1, 0), &mut out);
    assert_eq!(done(&mut out), (Err(AssignRefusal::NoWorld), vec![]));
}
