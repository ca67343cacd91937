//! Orders on terms: at a price, or only what is in stock.
//!
//! What becomes of an order that was taken is not tested here.

use super::bench::{Bench, CUP, NORTH, SOUTH, TEA, place};
use crate::{
    basis::{Cents, ListingId},
    runtime::ReplyId,
    store::model::{Letter, Place, PlaceAnswer, Rejection},
};

/// A stocked store (14 of tea, 2 cups) whose world sends nothing more.
fn quiet() -> Bench {
    let mut bench = Bench::stocked();
    bench.carrier.silent = true;
    bench.world.held = true;
    bench
}

fn ask(bench: &mut Bench, place: Place) -> PlaceAnswer {
    let reply = place.reply;
    bench.post(Letter::Place(place));
    bench.serve_peers();
    bench.answers.remove(&reply).expect("was answered")
}

fn only_in_stock(number: u64, items: &[(ListingId, u32)]) -> Place {
    Place { only_in_stock: true, ..place(number, items) }
}

fn priced(number: u64, expected: i64) -> Place {
    Place { expected_total: Some(Cents(expected)), ..place(number, &[(TEA, 2)]) }
}

#[test]
fn another_price_than_expected_orders_nothing_and_leaves_the_key_free() {
    let mut bench = quiet();
    let groups = bench.groups.len();
    let refused = Rejection::PriceChanged { expected: Cents(499), total: Cents(500) };
    assert_eq!(ask(&mut bench, priced(1, 499)), PlaceAnswer::Rejected(refused));
    assert_eq!(bench.groups.len(), groups, "nothing was saved");
    assert!(matches!(ask(&mut bench, priced(1, 500)), PlaceAnswer::Placed(_)));
}

#[test]
fn what_is_not_all_in_stock_is_refused_and_left_to_others() {
    let mut bench = quiet();
    let too_much = only_in_stock(1, &[(TEA, 14), (CUP, 3)]);
    let refused = PlaceAnswer::Rejected(Rejection::NotInStock);
    assert_eq!(ask(&mut bench, too_much), refused);
    assert!(bench.disk.packages.is_empty(), "{:?}", bench.disk.packages);
    // The same key again, for all that there is.
    let PlaceAnswer::Placed(placed) = ask(&mut bench, only_in_stock(1, &[(TEA, 14), (CUP, 2)]))
    else {
        panic!("what is in stock was refused")
    };
    assert!(placed.packages.iter().all(|package| package.in_stock), "{placed:?}");
    assert_eq!(ask(&mut bench, only_in_stock(2, &[(TEA, 1)])), refused);
}

#[test]
fn five_hundred_buyers_of_the_last_pieces_get_exactly_those() {
    let mut bench = quiet();
    let there = bench.disk.stock[&(NORTH, TEA)] + bench.disk.stock[&(SOUTH, TEA)];
    for number in 1..=500 {
        bench.post(Letter::Place(only_in_stock(number, &[(TEA, 1)])));
    }
    bench.serve_peers();
    let got = |number| matches!(bench.answers[&ReplyId(number)], PlaceAnswer::Placed(_));
    assert_eq!((1..=500).filter(|number| got(*number)).count() as i64, there);
    let promised: u32 = bench
        .disk
        .packages
        .values()
        .flat_map(|row| &row.plan.lines)
        .map(|line| line.quantity)
        .sum();
    assert_eq!(i64::from(promised), there);
}

#[test]
fn a_refused_order_that_is_sent_again_is_refused_again() {
    let mut bench = quiet();
    let again = Place { reply: ReplyId(77), ..only_in_stock(1, &[(CUP, 3)]) };
    let refused = PlaceAnswer::Rejected(Rejection::NotInStock);
    assert_eq!(ask(&mut bench, only_in_stock(1, &[(CUP, 3)])), refused);
    assert_eq!(ask(&mut bench, again), refused);
}
