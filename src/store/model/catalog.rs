//! What can be ordered and where from: listings and warehouses.
//!
//! Not how much is there; that is each warehouse's to say.

use std::collections::BTreeMap;

use crate::{
    basis::{Cents, ListingId, Point, ProductId, WarehouseId},
    wire::amazon::Thing,
};

/// A seller's offer of a product, as far as the order flow needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    pub id: ListingId,
    pub product: ProductId,
    /// The product's name; the world knows it as the description.
    pub name: String,
    pub price: Cents,
    pub active: bool,
    /// A warehouse with less than this left buys more ...
    pub reorder_level: u32,
    /// ... up to this. Where both are 0 it buys what it owes and nothing else.
    pub reorder_target: u32,
}

impl Listing {
    /// What a warehouse keeps of it, level and target: nothing of what is sold no more.
    pub fn reorder(&self) -> (u32, u32) {
        if self.active { (self.reorder_level, self.reorder_target) } else { (0, 0) }
    }
}

/// A warehouse and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Site {
    pub id: WarehouseId,
    pub at: Point,
    /// Takes new orders and keeps its shelves full; else it only finishes what is under
    /// way in it.
    pub active: bool,
}

impl Site {
    /// One that takes orders.
    pub fn new(id: WarehouseId, at: Point) -> Self {
        Self { id, at, active: true }
    }
}

/// Pieces of one listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Line {
    pub listing: ListingId,
    pub quantity: u32,
}

impl Line {
    pub fn new(listing: ListingId, quantity: u32) -> Self {
        Self { listing, quantity }
    }
}

/// All listings by id.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Catalog {
    listings: BTreeMap<ListingId, Listing>,
}

impl Catalog {
    pub fn insert(&mut self, listing: Listing) {
        self.listings.insert(listing.id, listing);
    }

    pub fn find(&self, listing: ListingId) -> Option<&Listing> {
        self.listings.get(&listing)
    }

    pub fn listings(&self) -> impl Iterator<Item = &Listing> {
        self.listings.values()
    }

    /// The lines as the world counts them: by product, whoever sells it.
    pub fn things(&self, lines: &[Line]) -> Vec<Thing> {
        let mut things: BTreeMap<ProductId, Thing> = BTreeMap::new();
        for line in lines {
            let Some(listing) = self.find(line.listing) else { continue };
            let thing = things.entry(listing.product).or_insert_with(|| Thing {
                product: listing.product,
                description: listing.name.clone(),
                count: 0,
            });
            let quantity = i32::try_from(line.quantity).unwrap_or(i32::MAX);
            thing.count = thing.count.saturating_add(quantity);
        }
        things.into_values().collect()
    }
}

impl FromIterator<Listing> for Catalog {
    fn from_iter<I: IntoIterator<Item = Listing>>(listings: I) -> Self {
        Self { listings: listings.into_iter().map(|listing| (listing.id, listing)).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_sellers_of_a_product_are_one_thing_to_the_world() {
        let listing = |id, product| Listing {
            id: ListingId(id),
            product: ProductId(product),
            name: format!("product {product}"),
            price: Cents(100),
            active: true,
            reorder_level: 0,
            reorder_target: 0,
        };
        let catalog: Catalog = [listing(1, 7), listing(2, 7), listing(3, 8)].into_iter().collect();
        let lines = [(1, 2), (2, 3), (3, 1)].map(|(id, n)| Line::new(ListingId(id), n));
        let things = catalog.things(&lines);
        let counts: Vec<_> = things.iter().map(|thing| (thing.product.0, thing.count)).collect();
        assert_eq!(counts, [(7, 5), (8, 1)]);
    }
}
