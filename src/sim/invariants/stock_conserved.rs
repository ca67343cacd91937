//! Stock is conserved: what was bought is on the world's shelves or was
//! delivered, what was cancelled is there, and the store's books say the same as the world's shelves.

use std::collections::BTreeMap;

use crate::{
    basis::{ProductId, WarehouseId},
    sim::System,
};

type Pieces = BTreeMap<(WarehouseId, ProductId), i64>;

pub(super) fn check(system: &System, wrong: &mut Vec<String>) {
    let catalog = &system.store_disk().catalog;
    let product_of = |listing| catalog.find(listing).map(|listing| listing.product);
    let world = on_the_worlds_shelves(system);

    let mut books = Pieces::new();
    for ((warehouse, listing), count) in &system.store_disk().stock {
        if let Some(product) = product_of(*listing) {
            *books.entry((*warehouse, product)).or_default() += count;
        }
    }
    compare("the store's books", &books, "the world's shelves", &world, wrong);

    let mut left = Pieces::new();
    for (warehouse, pieces) in system.history().arrivals.values() {
        for (product, count) in pieces {
            *left.entry((*warehouse, *product)).or_default() += count;
        }
    }
    for order in system.history().orders.values() {
        let cancelled = &system.history().cancelled;
        let sent = order.packages.iter().filter(|(id, _)| !cancelled.contains(id));
        for (_, package) in sent {
            for (listing, quantity) in &package.lines {
                if let Some(product) = product_of(*listing) {
                    *left.entry((package.warehouse, product)).or_default() -= i64::from(*quantity);
                }
            }
        }
    }
    compare("bought less delivered", &left, "the world's shelves", &world, wrong);
}

fn on_the_worlds_shelves(system: &System) -> Pieces {
    system.simulations().flat_map(|simulation| simulation.shelves()).collect()
}

fn compare(one: &str, ones: &Pieces, other: &str, others: &Pieces, wrong: &mut Vec<String>) {
    let zero_free = |pieces: &Pieces| -> Pieces {
        pieces.iter().filter(|(_, count)| **count != 0).map(|(key, count)| (*key, *count)).collect()
    };
    let (ones, others) = (zero_free(ones), zero_free(others));
    for key in ones.keys().chain(others.keys().filter(|key| !ones.contains_key(key))) {
        let (a, b) = (ones.get(key).unwrap_or(&0), others.get(key).unwrap_or(&0));
        if a != b {
            let (warehouse, product) = key;
            wrong.push(format!(
                "product {product} at warehouse {warehouse}: {a} by {one}, {b} by {other}"
            ));
        }
    }
}
