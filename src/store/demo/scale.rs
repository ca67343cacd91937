//! How much of a shop is made up, and from which seed.
//!
//! The same scale gives the same rows, whenever and wherever it is filled in.

use std::time::{SystemTime, UNIX_EPOCH};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// How large a shop is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    pub products: usize,
    /// Orders of the past, all of them delivered.
    pub orders: usize,
    pub seed: u64,
    /// When the past ends, in microseconds since 1970.
    pub until_us: i64,
}

const DAY_US: i64 = 86_400_000_000;

impl Scale {
    /// Goods of which each has words of its own.
    pub const GOODS: usize = 200;

    pub fn new(products: usize, orders: usize, seed: u64) -> Self {
        Self { products, orders, seed, until_us: this_morning() }
    }

    /// The demo's shop, with so much of a past.
    pub fn demo(orders: usize) -> Self {
        Self::new(Self::GOODS, orders, 1)
    }

    /// What decides one part of it; another part is not changed by how much this one asks.
    pub(super) fn dice(&self, part: u64) -> ChaCha8Rng {
        let mut dice = ChaCha8Rng::seed_from_u64(self.seed);
        dice.set_stream(part);
        dice
    }

    pub(super) fn buyers(&self) -> usize {
        if self.orders == 0 { 0 } else { (self.orders / 10).clamp(40, 20_000) }
    }

    pub(super) fn sellers(&self) -> usize {
        (6 + self.products.saturating_sub(Self::GOODS) / 1_500).min(60)
    }
}

/// The last midnight: the same all day long.
fn this_morning() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now_us = i64::try_from(now.as_micros()).unwrap_or(i64::MAX);
    now_us - now_us.rem_euclid(DAY_US)
}
