//! Listings that are new, change, and end, as sellers have it.

use super::bench::{Bench, CUP, NORTH, TEA, catalog};
use crate::{
    basis::{Cents, ListingId, ProductId, PurchaseId},
    runtime::ReplyId,
    store::model::{
        Letter, Line, Listing, Output, PlaceAnswer, Rejection,
        letters::{CatalogChange, Replenish},
    },
};

fn tell(bench: &mut Bench, listing: Listing) {
    // As the web front writes it before it tells anybody.
    bench.disk.catalog.insert(listing.clone());
    bench.post(Letter::Catalog(CatalogChange::Listing(listing)));
    bench.settle();
}

fn lamp() -> Listing {
    let (id, product) = (ListingId(9), ProductId(90));
    Listing { id, product, name: "lamp".to_owned(), ..catalog().remove(0) }
}

fn replenish(bench: &mut Bench, listing: ListingId, quantity: u32) -> PurchaseId {
    let (reply, lines) = (bench.fresh_reply(), vec![Line::new(listing, quantity)]);
    bench.post(Letter::Replenish(Replenish { reply, warehouse: NORTH, lines }));
    let bought = bench.outputs.iter().find_map(|output| match output {
        Output::Replenished { reply: of, outcome: Ok(purchase) } if *of == reply => Some(*purchase),
        _ => None,
    });
    let bought = bought.unwrap_or_else(|| panic!("no purchase: {:?}", bench.outputs));
    bench.settle();
    bought
}

#[test]
fn a_new_listing_is_kept_where_it_was_bought_and_nowhere_by_itself() {
    let mut bench = Bench::stocked();
    let before = bench.disk.purchase_last.clone();
    tell(&mut bench, lamp());
    assert_eq!(bench.disk.purchase_last, before, "nobody has asked for any");
    let purchase = replenish(&mut bench, lamp().id, 5);
    assert_eq!(purchase, bench.disk.purchase_last[&NORTH]);
    assert_eq!(bench.disk.stock[&(NORTH, lamp().id)], 5);
    bench.order(1, &[(lamp().id, 4)]);
    bench.settle();
    assert!(bench.disk.stock[&(NORTH, lamp().id)] >= 2, "below its level it is bought by itself");
    assert!(bench.disk.purchase_last[&NORTH] > purchase);
}

#[test]
fn a_new_listing_that_nobody_keeps_can_be_ordered_and_is_bought_then() {
    let mut bench = Bench::stocked();
    tell(&mut bench, lamp());
    bench.order(1, &[(lamp().id, 3)]);
    bench.settle();
    assert!(matches!(bench.answers[&ReplyId(1)], PlaceAnswer::Placed(_)));
    assert!(bench.disk.packages.is_empty(), "delivered: {:?}", bench.disk.packages);
}

#[test]
fn a_listing_that_buys_nothing_by_itself_still_buys_what_it_owes() {
    let mut bench = Bench::stocked();
    let by_hand = Listing { reorder_level: 0, reorder_target: 0, ..catalog().remove(0) };
    tell(&mut bench, by_hand);
    let there: i64 =
        bench.disk.stock.iter().filter(|((_, it), _)| *it == TEA).map(|(_, n)| n).sum();
    let before = bench.disk.purchase_last.clone();
    bench.order(1, &[(TEA, 1)]);
    bench.settle();
    assert_eq!(bench.disk.purchase_last, before, "some are left, and nobody is owed any");
    bench.order(2, &[(TEA, u32::try_from(there).unwrap() + 5)]);
    bench.settle();
    assert!(bench.disk.packages.is_empty(), "delivered: {:?}", bench.disk.packages);
    assert_ne!(bench.disk.purchase_last, before);
    let left: i64 = bench.disk.stock.iter().filter(|((_, it), _)| *it == TEA).map(|(_, n)| n).sum();
    assert!(left <= there, "no shelf was filled: {left} of {there}");
}

#[test]
fn what_is_sold_no_more_is_refused_and_comes_back_after_a_crash_as_it_was_left() {
    let mut bench = Bench::stocked();
    let ended = Listing { active: false, ..catalog().remove(1) };
    tell(&mut bench, ended.clone());
    bench.order(1, &[(CUP, 1)]);
    bench.settle();
    let refused = PlaceAnswer::Rejected(Rejection::UnknownListing(CUP));
    assert_eq!(bench.answers[&ReplyId(1)], refused);
    bench.crash();
    bench.order(2, &[(CUP, 1)]);
    bench.settle();
    assert_eq!(bench.answers[&ReplyId(2)], refused);
    tell(&mut bench, Listing { active: true, price: Cents(300), ..ended });
    bench.order(3, &[(CUP, 2)]);
    bench.settle();
    let PlaceAnswer::Placed(placed) = &bench.answers[&ReplyId(3)] else { panic!("not placed") };
    assert_eq!(placed.total, Cents(600), "at the price of now");
}
