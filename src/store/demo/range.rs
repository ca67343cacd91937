//! What is for sale in a shop of any size: products, who sells them, and for how much.
//!
//! Up to two hundred, each product has a name and words of its own; beyond, they are
//! made by makers in editions.

use rand::RngExt;

use super::{
    goods::{Good, shelves},
    scale::Scale,
    words::uncapitalised,
};

const NAMED_SELLERS: [&str; 6] = [
    "Blue Kettle Trading",
    "Hillcrest Wholesale",
    "Ninth Street Goods",
    "Maison Crémière",
    "Tidewater Supply",
    "Øresund Handel",
];
const PLACES: [&str; 9] =
    ["Harbour", "Orchard", "Mill", "Station", "Castle", "Meadow", "Bridge", "Chapel", "Quarry"];
const HOUSES: [&str; 6] = ["Lane Stores", "Trading", "& Daughters", "Outlet", "Depot", "Goods"];
const MAKERS: [&str; 24] = [
    "Aldermoor",
    "Brännholt",
    "Castellane",
    "Dunmore",
    "Ellerby",
    "Fjordlund",
    "Garrick",
    "Hollinside",
    "Iverna",
    "Jänsch",
    "Kestrel",
    "Lindqvist",
    "Marchmont",
    "Norwell",
    "Ostrava",
    "Pembury",
    "Quillan",
    "Rosmarine",
    "Skagen",
    "Thornby",
    "Umbra",
    "Vallière",
    "Wexcombe",
    "Ystad",
];
const EDITIONS: [(&str, &str, i64); 20] = [
    ("", "", 100),
    ("sage", "In sage green.", 104),
    ("slate", "In slate grey.", 104),
    ("ochre", "In a warm ochre.", 103),
    ("chalk", "In chalk white.", 102),
    ("indigo", "In deep indigo.", 106),
    ("rust", "In rust red.", 103),
    ("small", "A size smaller than usual.", 82),
    ("large", "A size larger than usual.", 128),
    ("extra large", "The largest there is.", 155),
    ("for left hands", "Made the other way round.", 118),
    ("gift box", "In a box that needs no paper.", 115),
    ("second choice", "With a small flaw that does no harm.", 68),
    ("travel", "Lighter, and it packs small.", 94),
    ("workshop", "Plain and strong, for every day.", 97),
    ("jubilee", "For the maker's hundredth year.", 140),
    ("recycled", "From what was something else before.", 92),
    ("double pack", "Two for less than twice the price.", 186),
    ("café", "As cafés use it: sturdier, and easy to clean.", 122),
    ("crème", "In the colour of cream.", 103),
];

/// Everything for sale; a place in a list is a number less one.
pub(super) struct Range {
    pub sellers: Vec<String>,
    pub products: Vec<Product>,
    pub listings: Vec<Listing>,
}

pub(super) struct Product {
    pub category: &'static str,
    pub name: String,
    pub description: String,
    pub price_cents: i64,
}

pub(super) struct Listing {
    pub product: usize,
    pub seller: usize,
    pub price_cents: i64,
}

impl Range {
    pub fn of(scale: &Scale) -> Self {
        let goods: Vec<(&'static str, &Good)> = shelves()
            .flat_map(|shelf| shelf.goods.iter().map(|good| (shelf.category, good)))
            .collect();
        let products = (0..scale.products).map(|nth| product(nth, &goods)).collect();
        let sellers = (0..scale.sellers()).map(seller).collect();
        let mut range = Self { sellers, products, listings: Vec::new() };
        range.listings = range.offers(scale);
        range
    }

    /// Each product at one to three sellers, at prices that differ.
    fn offers(&self, scale: &Scale) -> Vec<Listing> {
        let (mut dice, count) = (scale.dice(1), self.sellers.len());
        let mut listings = Vec::with_capacity(self.products.len() * 2);
        for (nth, product) in self.products.iter().enumerate() {
            // The first sellers have the first goods, as they always had.
            let first = if nth < Scale::GOODS { nth % count } else { dice.random_range(0..count) };
            for rank in 0..=(nth * 7 + nth / 8) % 3 {
                let dearer = product.price_cents * (rank as i64 * 6 + nth as i64 % 3) / 100;
                let price_cents = product.price_cents + dearer / 10 * 10;
                listings.push(Listing {
                    product: nth,
                    seller: (first + rank) % count,
                    price_cents,
                });
            }
        }
        listings
    }
}

/// No two have the same name: maker, edition and series tell those of a good apart.
fn product(nth: usize, goods: &[(&'static str, &Good)]) -> Product {
    let (category, good) = goods[nth % goods.len()];
    let round = nth / goods.len();
    let Good { name, price_cents, description } = *good;
    if round == 0 {
        let (name, description) = (name.to_owned(), description.to_owned());
        return Product { category, name, description, price_cents };
    }
    let maker = MAKERS[(round + nth % goods.len()) % MAKERS.len()];
    let (edition, words, percent) = EDITIONS[(round / MAKERS.len()) % EDITIONS.len()];
    let series = round / (MAKERS.len() * EDITIONS.len()) + 1;
    let mut name = format!("{maker} {}", uncapitalised(name));
    if !edition.is_empty() {
        name.push_str(&format!(", {edition}"));
    }
    if series > 1 {
        name.push_str(&format!(", series {series}"));
    }
    let description = format!("{description} {words} By {maker}.").replace("  ", " ");
    let price_cents = (price_cents * percent / 100 + (round as i64 % 7) * 10).max(100);
    Product { category, name, description, price_cents }
}

fn seller(nth: usize) -> String {
    if let Some(name) = NAMED_SELLERS.get(nth) {
        return (*name).to_owned();
    }
    let nth = nth - NAMED_SELLERS.len();
    format!("{} {}", PLACES[nth % PLACES.len()], HOUSES[nth / PLACES.len() % HOUSES.len()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_product_and_seller_of_a_large_shop_has_a_name_of_its_own() {
        let range = Range::of(&Scale::new(100_000, 0, 7));
        let names: BTreeSet<_> = range.products.iter().map(|product| &product.name).collect();
        assert_eq!(names.len(), 100_000);
        assert_eq!(range.sellers.iter().collect::<BTreeSet<_>>().len(), 60);
        let offers: BTreeSet<_> =
            range.listings.iter().map(|offer| (offer.product, offer.seller)).collect();
        assert_eq!(offers.len(), range.listings.len());
        assert!(range.listings.iter().all(|offer| offer.price_cents >= 100));
    }
}
