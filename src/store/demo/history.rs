//! A past for a shop: who bought what when, and what they said of it.
//!
//! All of it is over: every package is delivered. What is still to be bought and sent is
//! none of its affair.

use std::collections::HashSet;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::{opinions, range::Range, scale::Scale};

const DAY_US: i64 = 86_400_000_000;
/// How far back the first order lies.
const DAYS: i64 = 540;
/// The last order is old enough to have been delivered and thought about.
const QUIET_DAYS: i64 = 25;
/// Warehouses that sent, by number.
const WAREHOUSES: i32 = 4;

/// Everything that has happened; a place in a list is a number less one.
pub(super) struct History {
    pub orders: Vec<Order>,
    pub reviews: Vec<Review>,
    /// Which review helped which buyer.
    pub votes: Vec<(usize, usize)>,
}

pub(super) struct Order {
    pub buyer: usize,
    pub placed_us: i64,
    pub delivered_us: i64,
    pub warehouse: i32,
    pub truck: i32,
    pub x: i32,
    pub y: i32,
    /// Listing and pieces, each listing once.
    pub lines: Vec<(usize, i32)>,
}

pub(super) struct Review {
    pub buyer: usize,
    pub about: About,
    pub stars: usize,
    pub title: String,
    pub text: String,
    pub at_us: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum About {
    Product(usize),
    Seller(usize),
}

impl History {
    pub fn of(scale: &Scale, range: &Range) -> Self {
        if range.listings.is_empty() {
            return Self { orders: Vec::new(), reviews: Vec::new(), votes: Vec::new() };
        }
        let orders = orders(scale, range);
        let reviews = reviews(scale, range, &orders);
        let votes = votes(scale, &reviews);
        Self { orders, reviews, votes }
    }
}

fn orders(scale: &Scale, range: &Range) -> Vec<Order> {
    let (mut dice, buyers) = (scale.dice(2), scale.buyers());
    let start = scale.until_us - DAYS * DAY_US;
    let slot = (DAYS - QUIET_DAYS) * DAY_US / scale.orders.max(1) as i64;
    let favourites = shuffled(&mut dice, range.listings.len());
    (0..scale.orders)
        .map(|nth| {
            let placed_us = start + nth as i64 * slot + dice.random_range(0..slot.max(1));
            let hours = dice.random_range(4..60);
            Order {
                buyer: favoured(&mut dice, buyers, 1.4),
                placed_us,
                delivered_us: placed_us + hours * 3_600_000_000 + dice.random_range(0..1_000_000),
                warehouse: dice.random_range(1..=WAREHOUSES),
                truck: dice.random_range(1..=8),
                x: dice.random_range(-50..=50),
                y: dice.random_range(-50..=50),
                lines: lines(&mut dice, &favourites),
            }
        })
        .collect()
}

/// One to three listings; few of them are in many orders.
fn lines(dice: &mut ChaCha8Rng, favourites: &[usize]) -> Vec<(usize, i32)> {
    let mut lines: Vec<(usize, i32)> = Vec::with_capacity(2);
    for _ in 0..[1, 1, 1, 1, 2, 2, 3][dice.random_range(0..7)] {
        let listing = favourites[favoured(dice, favourites.len(), 2.2)];
        let pieces = [1, 1, 1, 1, 2, 2, 3][dice.random_range(0..7)];
        if lines.iter().all(|(known, _)| *known != listing) {
            lines.push((listing, pieces));
        }
    }
    lines.sort_unstable();
    lines
}

/// A place below a bound: the larger the bias, the more often an early one.
fn favoured(dice: &mut ChaCha8Rng, bound: usize, bias: f64) -> usize {
    let place = dice.random::<f64>().powf(bias) * bound as f64;
    (place as usize).min(bound.saturating_sub(1))
}

fn shuffled(dice: &mut ChaCha8Rng, count: usize) -> Vec<usize> {
    let mut places: Vec<usize> = (0..count).collect();
    for nth in (1..count).rev() {
        places.swap(nth, dice.random_range(0..=nth));
    }
    places
}

/// Some buyers say something of what they received, each of a thing once.
fn reviews(scale: &Scale, range: &Range, orders: &[Order]) -> Vec<Review> {
    let mut dice = scale.dice(3);
    let mut quality = |count: usize| -> Vec<f64> {
        (0..count).map(|_| dice.random::<f64>().powf(0.45)).collect()
    };
    let (of_products, of_sellers) = (quality(range.products.len()), quality(range.sellers.len()));
    let mut said: HashSet<(usize, About)> = HashSet::new();
    let mut reviews = Vec::new();
    for order in orders {
        for (listing, _) in &order.lines {
            let listing = &range.listings[*listing];
            let about = About::Product(listing.product);
            if dice.random_bool(0.3) && said.insert((order.buyer, about)) {
                let stars = opinions::stars(&mut dice, of_products[listing.product]);
                let (title, text) = opinions::of_product(&mut dice, stars);
                let at_us = later(&mut dice, order);
                reviews.push(Review { buyer: order.buyer, about, stars, title, text, at_us });
            }
            let about = About::Seller(listing.seller);
            if dice.random_bool(0.06) && said.insert((order.buyer, about)) {
                let stars = opinions::stars(&mut dice, of_sellers[listing.seller]);
                let (title, text) = (String::new(), opinions::of_seller(&mut dice, stars));
                let at_us = later(&mut dice, order);
                reviews.push(Review { buyer: order.buyer, about, stars, title, text, at_us });
            }
        }
    }
    reviews.sort_by_key(|review| review.at_us);
    reviews
}

fn later(dice: &mut ChaCha8Rng, order: &Order) -> i64 {
    order.delivered_us + dice.random_range(DAY_US / 8..20 * DAY_US)
}

/// A few reviews help many; none helps its author.
fn votes(scale: &Scale, reviews: &[Review]) -> Vec<(usize, usize)> {
    let (mut dice, buyers) = (scale.dice(4), scale.buyers());
    let mut votes = Vec::new();
    for (nth, review) in reviews.iter().enumerate() {
        let count = if review.text.is_empty() { 0 } else { favoured(&mut dice, 9, 4.0) };
        let first = dice.random_range(0..buyers);
        let voters = (0..count).map(|step| (first + step) % buyers);
        votes.extend(voters.filter(|voter| *voter != review.buyer).map(|voter| (nth, voter)));
    }
    votes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(seed: u64) -> (Range, History) {
        let scale = Scale { until_us: 2_000_000_000_000_000, ..Scale::new(300, 3_000, seed) };
        let range = Range::of(&scale);
        let history = History::of(&scale, &range);
        (range, history)
    }

    #[test]
    fn everything_is_over_before_the_past_ends_and_in_its_order() {
        let (_, History { orders, reviews, .. }) = history(1);
        assert!(orders.is_sorted_by_key(|order| order.placed_us));
        assert!(orders.iter().all(|order| order.placed_us < order.delivered_us));
        assert!(reviews.iter().all(|review| review.at_us < 2_000_000_000_000_000));
        assert!(orders.iter().all(|order| !order.lines.is_empty()));
    }

    #[test]
    fn only_what_was_received_is_reviewed_and_once_each() {
        let (range, History { orders, reviews, votes }) = history(2);
        let received: HashSet<(usize, About)> = orders
            .iter()
            .flat_map(|order| order.lines.iter().map(move |(listing, _)| (order.buyer, *listing)))
            .flat_map(|(buyer, listing)| {
                let listing = &range.listings[listing];
                [(buyer, About::Product(listing.product)), (buyer, About::Seller(listing.seller))]
            })
            .collect();
        let said: HashSet<_> = reviews.iter().map(|review| (review.buyer, review.about)).collect();
        assert_eq!(said.len(), reviews.len());
        assert!(said.is_subset(&received) && reviews.len() > 500);
        assert!(votes.iter().all(|(review, voter)| reviews[*review].buyer != *voter));
        assert_eq!(votes.iter().collect::<HashSet<_>>().len(), votes.len());
        for stars in 1..=5 {
            assert!(reviews.iter().filter(|review| review.stars == stars).count() > 20, "{stars}");
        }
    }

    #[test]
    fn a_seed_is_a_past() {
        let marks = |seed| {
            let (_, History { orders, reviews, votes }) = history(seed);
            let orders =
                orders.iter().map(|order| (order.placed_us, order.lines.clone())).collect();
            let reviews = reviews.iter().map(|review| review.text.clone()).collect();
            (orders, reviews, votes)
        };
        let first: (Vec<_>, Vec<_>, Vec<_>) = marks(3);
        assert_eq!(first, marks(3));
        assert_ne!(first.0, marks(4).0);
    }
}
