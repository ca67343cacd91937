//! Cancelling before packing begins, and sending elsewhere before it is out for delivery.

use std::time::Duration;

use super::bench::{Bench, CUP, NORTH, TEA};
use crate::{
    basis::{PackageId, Point, Seq, TruckId},
    store::model::{
        CancelOutcome, CarrierInput, Letter, Output, PackageStatus, RedirectOutcome, Rejection,
        outputs::Change,
        records::{Record, Step},
    },
    wire::dialect::{Answer, Refusal, ShipmentStatus, ToStore, code},
};

const FIRST: PackageId = PackageId(1);
const SECOND: PackageId = PackageId(2);
const HOME: Point = Point { x: 0, y: 3 };
const WORK: Point = Point { x: 7, y: 7 };
const BEACH: Point = Point { x: -9, y: 2 };
const MINUTE: Duration = Duration::from_secs(60);
/// For what takes none, and not for anybody's patience to end.
const SOON: Duration = Duration::from_secs(1);

/// A store with time to think better of it, and one order of two cups: all there are.
fn reserved() -> Bench {
    let mut bench = Bench::patient(MINUTE);
    bench.order(1, &[(CUP, 2)]);
    bench.run(SOON);
    bench
}

/// A store whose carrier knows of a shipment, waits for nothing and says nothing by itself.
fn announced() -> Bench {
    let mut bench = Bench::stocked();
    bench.carrier.silent = true;
    bench.order(1, &[(TEA, 1)]);
    bench.run(SOON);
    assert!(bench.disk.packages[&FIRST].announced);
    bench
}

fn place_of(bench: &Bench) -> Point {
    bench.disk.packages[&FIRST].plan.destination
}

/// Lets the carrier answer the posts that it kept.
fn release(bench: &mut Bench) {
    bench.carrier.held = false;
    while let Some((post, envelopes)) = bench.carrier.posts.pop_front() {
        for letter in bench.carrier.answer(post, &envelopes) {
            bench.post(letter);
        }
    }
    bench.run(SOON);
}

fn delivered_to(place: Option<Point>) -> ToStore {
    ToStore::ShipmentDelivered { shipment: FIRST, destination: place }
}

#[test]
fn a_cancelled_package_is_never_packed_and_the_next_one_gets_its_pieces() {
    let mut bench = Bench::patient(MINUTE);
    bench.world.held = true;
    bench.order(1, &[(CUP, 2)]);
    bench.order(2, &[(CUP, 2)]);
    assert!(!bench.disk.packages[&SECOND].plan.granted, "there are no more");
    let reply = bench.cancel(FIRST);
    bench.serve_peers();
    assert_eq!(bench.cancels[&reply], CancelOutcome::Cancelled);
    assert!(bench.disk.packages[&SECOND].plan.granted, "the pieces are for others now");
    bench.world.held = false;
    bench.settle();
    assert_eq!(bench.world.packed.keys().collect::<Vec<_>>(), [&SECOND]);
    assert_eq!(bench.carrier.created.keys().collect::<Vec<_>>(), [&SECOND]);
    assert!(bench.disk.packages.is_empty());
}

#[test]
fn a_back_order_can_be_cancelled_and_holds_back_nobody() {
    let mut bench = Bench::stocked();
    bench.world.held = true;
    bench.order(1, &[(CUP, 9)]);
    let waiting = bench.disk.packages.iter().find(|(_, row)| !row.plan.granted).map(|it| *it.0);
    let reply = bench.cancel(waiting.unwrap());
    bench.serve_peers();
    assert_eq!(bench.cancels[&reply], CancelOutcome::Cancelled);
    // Asked again it is not under way; the rest of the order is, and is packed.
    let reply = bench.cancel(waiting.unwrap());
    bench.serve_peers();
    assert_eq!(bench.cancels[&reply], CancelOutcome::NotUnderWay);
    bench.world.held = false;
    bench.settle();
    assert!(!bench.world.packed.contains_key(&waiting.unwrap()));
    assert_eq!(bench.world.packed.len(), 1);
}

#[test]
fn who_comes_after_packing_has_begun_is_too_late() {
    let mut bench = reserved();
    bench.world.held = true;
    bench.run(MINUTE);
    let reply = bench.cancel(FIRST);
    bench.serve_peers();
    let status = PackageStatus::Packing;
    assert_eq!(bench.cancels[&reply], CancelOutcome::TooLate { status });
}

#[test]
fn a_crash_before_packing_begins_gives_neither_more_time_nor_less() {
    let mut bench = reserved();
    let placed = bench.disk.packages[&FIRST].created_at;
    bench.now = placed + (MINUTE - 2 * SOON);
    bench.crash();
    bench.run(SOON);
    assert_eq!(bench.disk.packages[&FIRST].status, PackageStatus::Created);
    bench.run(3 * SOON);
    assert!(bench.world.packed.contains_key(&FIRST));
}

#[test]
fn a_cancelled_package_stays_cancelled_after_a_crash_at_any_commit() {
    let run = |bench: &mut Bench| {
        bench.order(1, &[(CUP, 2)]);
        bench.run(SOON);
        bench.cancel(FIRST);
        bench.settle();
    };
    let mut whole = Bench::patient(MINUTE);
    let before = whole.groups.len();
    run(&mut whole);
    for crash_after in before + 1..=whole.groups.len() {
        let mut bench = Bench::patient(MINUTE);
        bench.crash_after = Some(crash_after);
        run(&mut bench);
        let reply = bench.cancel(FIRST);
        bench.settle();
        assert_eq!(bench.cancels[&reply], CancelOutcome::NotUnderWay);
        assert!(bench.world.packed.is_empty(), "after {crash_after} groups");
        assert_eq!(bench.disk.stock[&(NORTH, CUP)], whole.disk.stock[&(NORTH, CUP)]);
    }
}

#[test]
fn a_carrier_is_not_believed_about_a_package_that_may_yet_be_cancelled() {
    let mut bench = reserved();
    let reply = bench.hear([delivered_to(None)]);
    bench.serve_peers();
    let answer = &bench.carrier.answers.iter().find(|(to, _)| *to == reply).unwrap().1[0];
    assert_eq!(answer.outcome.as_ref().unwrap_err().code, code::SHIPMENT_NOT_FOUND);
    assert_eq!(bench.disk.packages[&FIRST].status, PackageStatus::Created);
}

#[test]
fn before_the_carrier_knows_the_store_decides_alone() {
    let mut bench = reserved();
    let reply = bench.redirect(FIRST, WORK);
    bench.serve_peers();
    assert_eq!((&bench.redirects[&reply], place_of(&bench)), (&RedirectOutcome::Changed, WORK));
    bench.settle();
    assert_eq!(bench.carrier.asked, [], "it was told the new place at once");
}

#[test]
fn a_place_out_of_reach_is_rejected() {
    let mut bench = reserved();
    let reply = bench.redirect(FIRST, Point::new(i32::MAX, i32::MIN));
    bench.serve_peers();
    let RedirectOutcome::Rejected(Rejection::TooFar { .. }) = bench.redirects[&reply] else {
        panic!("{:?}", bench.redirects[&reply]);
    };
    assert_eq!(place_of(&bench), HOME);
}

#[test]
fn the_carrier_decides_and_its_word_is_passed_on() {
    let mut bench = announced();
    let reply = bench.redirect(FIRST, WORK);
    bench.run(SOON);
    assert_eq!((&bench.redirects[&reply], place_of(&bench)), (&RedirectOutcome::Changed, WORK));
    let refuse = |code, text: &str| Some(Refusal::new(code, text));
    bench.carrier.refusal = refuse(code::TOO_LATE, "gone");
    let reply = bench.redirect(FIRST, HOME);
    bench.run(SOON);
    let status = PackageStatus::Delivering;
    assert_eq!(bench.redirects[&reply], RedirectOutcome::TooLate { status });
    bench.carrier.refusal = refuse(code::SHIPMENT_NOT_FOUND, "never heard of it");
    let reply = bench.redirect(FIRST, HOME);
    bench.run(SOON);
    let text = "never heard of it".to_owned();
    assert_eq!(bench.redirects[&reply], RedirectOutcome::Refused { text });
    assert_eq!(place_of(&bench), WORK, "as it was");
    let reply = bench.redirect(FIRST, WORK);
    bench.serve_peers();
    assert_eq!(bench.redirects[&reply], RedirectOutcome::Changed, "it goes there already");
    assert_eq!(bench.carrier.asked.len(), 3);
}

#[test]
fn a_carrier_that_does_not_answer_is_asked_until_it_does_across_crashes() {
    let mut bench = announced();
    bench.carrier.held = true;
    let reply = bench.redirect(FIRST, WORK);
    bench.run(SOON);
    assert!(!bench.redirects.contains_key(&reply), "there is time yet");
    bench.run(4 * SOON);
    assert_eq!(bench.redirects[&reply], RedirectOutcome::Pending);
    let seq = bench.disk.packages[&FIRST].redirect_seq;
    assert_eq!((bench.disk.packages[&FIRST].redirect, place_of(&bench)), (Some(WORK), HOME));
    bench.crash();
    bench.run(MINUTE);
    release(&mut bench);
    bench.run(MINUTE);
    assert_eq!((bench.disk.packages[&FIRST].redirect, place_of(&bench)), (None, WORK));
    assert!(bench.carrier.asked.iter().all(|asked| *asked == (FIRST, seq, WORK)), "one question");
}

#[test]
fn the_last_of_many_wishes_counts_and_each_is_told_what_became_of_it() {
    let mut bench = announced();
    bench.carrier.held = true;
    let work = bench.redirect(FIRST, WORK);
    bench.serve_peers();
    bench.wake_due();
    let beach = bench.redirect(FIRST, BEACH);
    let home = bench.redirect(FIRST, HOME);
    let again = bench.redirect(FIRST, HOME);
    bench.serve_peers();
    assert_eq!(bench.redirects[&beach], RedirectOutcome::Replaced);
    release(&mut bench);
    for reply in [work, home, again] {
        assert_eq!(bench.redirects[&reply], RedirectOutcome::Changed);
    }
    let places: Vec<Point> = bench.carrier.asked.iter().map(|(.., place)| *place).collect();
    assert_eq!((places, place_of(&bench)), (vec![WORK, HOME], HOME));
    let seqs: Vec<Seq> = bench.carrier.asked.iter().map(|(_, seq, _)| *seq).collect();
    assert!(seqs.is_sorted(), "the last one has the highest number");
}

#[test]
fn who_asks_while_it_is_out_for_delivery_is_told_so_at_once() {
    let mut bench = announced();
    let status = ShipmentStatus::Delivering;
    bench.hear([ToStore::StatusUpdate { shipment: FIRST, status }]);
    let reply = bench.redirect(FIRST, WORK);
    bench.serve_peers();
    let status = PackageStatus::Delivering;
    assert_eq!(bench.redirects[&reply], RedirectOutcome::TooLate { status });
    assert_eq!(bench.carrier.asked, []);
    bench.hear([delivered_to(None)]);
    let reply = bench.redirect(FIRST, WORK);
    bench.serve_peers();
    assert_eq!(bench.redirects[&reply], RedirectOutcome::NotUnderWay);
}

#[test]
fn where_an_answer_was_lost_the_delivery_tells_what_it_was() {
    for (place, outcome) in [
        (WORK, RedirectOutcome::Changed),
        (HOME, RedirectOutcome::TooLate { status: PackageStatus::Delivered }),
    ] {
        let mut bench = announced();
        bench.carrier.held = true;
        let reply = bench.redirect(FIRST, WORK);
        bench.serve_peers();
        bench.hear([delivered_to(Some(place))]);
        let news = |output: &Output| match output {
            Output::Changed(change) => Some(change.change),
            _ => None,
        };
        let news: Vec<Change> = bench.outputs.iter().filter_map(news).collect();
        let said = if place == WORK { Change::Destination } else { Change::DestinationKept };
        assert_eq!(news[0], said);
        bench.serve_peers();
        assert_eq!(bench.redirects[&reply], outcome);
        assert!(bench.disk.packages.is_empty());
        release(&mut bench);
        bench.settle();
    }
}

#[test]
fn a_question_is_over_in_the_row_where_the_delivery_is_where_it_always_went() {
    let mut bench = announced();
    bench.carrier.held = true;
    bench.redirect(FIRST, WORK);
    bench.serve_peers();
    bench.redirect(FIRST, HOME);
    let before = bench.groups.len();
    bench.hear([delivered_to(Some(HOME))]);
    let ends = |record: &Record| matches!(record, Record::Stepped { step: Step::Redirected { to }, .. } if *to == HOME);
    assert!(bench.groups[before..].iter().flatten().any(ends), "{:?}", &bench.groups[before..]);
    release(&mut bench);
    bench.settle();
}

#[test]
fn a_carrier_that_can_not_answer_now_is_asked_again() {
    let mut bench = announced();
    bench.carrier.held = true;
    let reply = bench.redirect(FIRST, WORK);
    bench.wake_due();
    bench.serve_peers();
    let (post, envelopes) = bench.carrier.posts.pop_front().expect("it was posted");
    let seq = envelopes[0].seq;
    let result = Ok(vec![Answer::refused(seq, code::INTERNAL, "full")]);
    bench.post(Letter::Carrier(CarrierInput::Posted { post, result }));
    release(&mut bench);
    assert_eq!(bench.redirects[&reply], RedirectOutcome::Changed);
    assert_ne!(Some(bench.carrier.asked[0].1), seq, "under a number that is not done with");
}

#[test]
fn a_wish_before_the_carrier_has_confirmed_the_shipment_waits_for_that() {
    let mut bench = Bench::stocked();
    (bench.carrier.silent, bench.carrier.held) = (true, true);
    bench.order(1, &[(TEA, 1)]);
    bench.serve_peers();
    bench.wake_due();
    bench.redirect(FIRST, WORK);
    bench.hear([ToStore::TruckDispatched { truck: TruckId(1), shipment: FIRST }]);
    bench.serve_peers();
    assert!(bench.carrier.posts.iter().all(|(_, envelopes)| envelopes.len() == 1));
    release(&mut bench);
    assert_eq!(bench.carrier.asked.len(), 1);
    assert_eq!(place_of(&bench), WORK);
}
