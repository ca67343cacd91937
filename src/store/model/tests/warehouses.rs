//! Warehouses that are closed to new orders, and opened again.

use super::bench::{Bench, CUP, NORTH, SOUTH, TEA, catalog, opening};
use crate::{
    basis::{PackageId, Point, WarehouseId},
    runtime::{Outbox, ReplyId},
    store::model::{
        Letter, Line, Output, PlaceAnswer, RedirectOutcome, Rejection, Site,
        desk::Desk,
        letters::{CatalogChange, LinkLetter, Replenish, WarehouseLetter},
        outputs::ReplenishRefusal,
    },
};

fn change(bench: &mut Bench, id: WarehouseId, active: bool) {
    let site = Site { active, ..bench.disk.sites[&id] };
    // As the web front writes it before it tells anybody.
    bench.disk.sites.insert(id, site);
    bench.post(Letter::Catalog(CatalogChange::Warehouse(site)));
    bench.settle();
}

fn warehouse_of(bench: &Bench, reply: u64) -> WarehouseId {
    match &bench.answers[&ReplyId(reply)] {
        PlaceAnswer::Placed(placed) => placed.packages[0].warehouse,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_warehouse_that_is_not_active_gets_no_new_orders_until_it_is() {
    let mut bench = Bench::stocked();
    change(&mut bench, NORTH, false);
    bench.order(1, &[(TEA, 1)]);
    bench.settle();
    assert_eq!(warehouse_of(&bench, 1), SOUTH, "the nearer one is closed");
    bench.crash();
    bench.order(2, &[(TEA, 1)]);
    bench.settle();
    assert_eq!(warehouse_of(&bench, 2), SOUTH, "after a restart too");
    change(&mut bench, NORTH, true);
    bench.order(3, &[(TEA, 1)]);
    bench.settle();
    assert_eq!(warehouse_of(&bench, 3), NORTH);
}

#[test]
fn what_is_under_way_in_a_closed_warehouse_can_still_be_sent_elsewhere() {
    let mut bench = Bench::stocked();
    bench.carrier.silent = true;
    bench.order(1, &[(TEA, 1)]);
    bench.run(std::time::Duration::from_secs(1));
    change(&mut bench, NORTH, false);
    change(&mut bench, SOUTH, false);
    let reply = bench.redirect(PackageId(1), Point::new(1, 1));
    bench.settle();
    assert_eq!(bench.redirects[&reply], RedirectOutcome::Changed);
}

#[test]
fn what_is_under_way_in_a_warehouse_that_closes_is_finished_and_no_more_is_bought() {
    let mut bench = Bench::stocked();
    bench.world.held = true;
    bench.order(1, &[(CUP, 9)]);
    bench.serve_peers();
    change(&mut bench, NORTH, false);
    change(&mut bench, SOUTH, false);
    bench.world.held = false;
    bench.settle();
    assert!(bench.disk.packages.is_empty(), "delivered: {:?}", bench.disk.packages);
    let bought = bench.disk.purchase_last.clone();
    // A piece is promised no more, so the shelf is below its level; nobody fills it.
    bench.post(Letter::Catalog(CatalogChange::Listing(catalog().remove(1))));
    bench.settle();
    assert_eq!(bench.disk.purchase_last, bought);
}

#[test]
fn a_warehouse_that_opens_again_fills_its_shelves() {
    let mut bench = Bench::stocked();
    bench.world.held = true;
    bench.order(1, &[(TEA, 5)]);
    bench.serve_peers();
    let before = bench.disk.purchase_last[&NORTH];
    change(&mut bench, NORTH, false);
    bench.world.held = false;
    bench.settle();
    // Two are left, above nobody's wants and below the level of a shop that is open.
    let mut tea = catalog().remove(0);
    (tea.reorder_level, tea.reorder_target) = (50, 60);
    bench.post(Letter::Catalog(CatalogChange::Listing(tea)));
    bench.settle();
    assert_eq!(bench.disk.purchase_last[&NORTH], before, "closed");
    change(&mut bench, NORTH, true);
    assert!(bench.disk.purchase_last[&NORTH] > before, "open");
    assert!(bench.disk.stock[&(NORTH, TEA)] >= 50);
}

#[test]
fn without_an_active_warehouse_no_order_is_taken_and_nothing_is_replenished() {
    let mut bench = Bench::stocked();
    change(&mut bench, NORTH, false);
    change(&mut bench, SOUTH, false);
    bench.order(1, &[(TEA, 1)]);
    assert_eq!(bench.disk.package_last, PackageId(0));
    bench.serve_peers();
    let answer = &bench.answers[&ReplyId(1)];
    assert_eq!(*answer, PlaceAnswer::Rejected(Rejection::NoWarehouse));
    let (reply, lines) = (ReplyId(9), vec![Line::new(TEA, 5)]);
    bench.post(Letter::Replenish(Replenish { reply, warehouse: NORTH, lines }));
    let outcome = Err(ReplenishRefusal::Inactive(NORTH));
    assert!(bench.outputs.contains(&Output::Replenished { reply, outcome }));
}

#[test]
fn a_change_of_a_warehouse_tells_it_and_the_link() {
    let (mut disk, mut out) = (opening(), Outbox::new());
    let catalog = std::sync::Arc::new(disk.catalog.clone());
    let mut desk = Desk::restore(&mut disk, &catalog, crate::basis::SimTime::ZERO);
    let site = Site { active: false, ..Site::new(NORTH, Point::new(0, 10)) };
    desk.change_catalog(&CatalogChange::Warehouse(site), &mut out);
    let told = vec![
        Letter::Warehouse(NORTH, WarehouseLetter::Founded { site, catalog }),
        Letter::Link(LinkLetter::Founded(site)),
    ];
    assert_eq!((out.letters, out.records, out.outputs), (told, vec![], vec![]));
}

#[test]
fn a_new_warehouse_makes_a_new_connection_and_a_change_of_one_does_not() {
    let mut bench = Bench::stocked();
    let dials = bench.world.dials;
    change(&mut bench, NORTH, false);
    assert_eq!(bench.world.dials, dials);
    let site = Site::new(WarehouseId(7), Point::new(1, 2));
    bench.disk.sites.insert(site.id, site);
    bench.post(Letter::Catalog(CatalogChange::Warehouse(site)));
    bench.settle();
    assert_eq!(bench.world.dials, dials + 1);
    assert!(bench.world.warehouses.contains(&site.id));
}
