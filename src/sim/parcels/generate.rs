//! Draws order tables from a seed, so that a test needs no file.
//!
//! The natural logarithm may differ in its last bit between C libraries, so
//! the tables are defined by their SHA-256 and not by this code; the tests
//! compare.

use std::fmt::Write as _;

use super::{Order, Params};

const SECOND: u64 = 1_000_000_000;

/// What a table is drawn from.
#[derive(Debug, Clone, Copy)]
pub struct Recipe {
    pub params: Params,
    pub seed: u64,
    pub mean_gap_ns: u64,
    pub mean_pack_ns: u64,
}

impl Recipe {
    /// 16 warehouses and 64 trucks on a grid of 100, at a load that they just keep up with.
    pub fn stable(orders: u32, seed: u64) -> Self {
        let mean_gap_ns = 1_700_000_000;
        let params = Params {
            grid: 100,
            wh_side: 4,
            stations: 4,
            trucks: 64,
            cell_ns: SECOND / 2,
            turn_ns: SECOND,
            load_ns: 60 * SECOND,
            horizon_ns: u64::from(orders) * mean_gap_ns,
            orders,
        };
        Self { params, seed, mean_gap_ns, mean_pack_ns: 75 * SECOND }
    }

    /// 10,000 orders.
    pub fn small() -> Self {
        Self::stable(10_000, 1)
    }

    /// 200,000 orders.
    pub fn medium() -> Self {
        Self::stable(200_000, 2)
    }

    /// 200,000 orders for 256 warehouses and 4,000 trucks on a grid of 400.
    pub fn wide() -> Self {
        let stable = Self::stable(200_000, 4);
        let mean_gap_ns = 26_000_000;
        let horizon_ns = 200_000 * mean_gap_ns;
        let params = Params {
            grid: 400,
            wh_side: 16,
            stations: 16,
            trucks: 4000,
            horizon_ns,
            ..stable.params
        };
        Self { params, mean_gap_ns, ..stable }
    }

    /// Draws the orders.
    pub fn orders(&self) -> Vec<Order> {
        let (mut random, mut now) = (SplitMix64::new(self.seed), 0);
        let grid = u64::from(self.params.grid);
        let draw = |_| {
            now += random.exponential(self.mean_gap_ns);
            // Below the grid, which fits.
            let (x, y) = (random.below(grid) as u32, random.below(grid) as u32);
            Order { arrival_ns: now, x, y, pack_ns: random.exponential(self.mean_pack_ns) }
        };
        (0..self.params.orders).map(draw).collect()
    }
}

/// The table as a file holds it.
pub fn to_csv(orders: &[Order]) -> String {
    let mut csv = String::from("arrival_ns,x,y,pack_ns\n");
    for Order { arrival_ns, x, y, pack_ns } in orders {
        // Writing to a string does not fail.
        let _ = writeln!(csv, "{arrival_ns},{x},{y},{pack_ns}");
    }
    csv
}

/// Steele, Lea and Flood's generator, as the model's page defines its use.
#[derive(Debug, Clone)]
pub struct SplitMix64(u64);

impl SplitMix64 {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 64 random bits.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A whole number below `n`, which must fit 32 bits.
    pub fn below(&mut self, n: u64) -> u64 {
        ((self.draw() >> 32) * n) >> 32
    }

    /// At least 1, `mean` on average.
    pub fn exponential(&mut self, mean: u64) -> u64 {
        let u = (self.draw() >> 11) as f64 / (1u64 << 53) as f64;
        let drawn = (-(1.0 - u).ln() * mean as f64 + 0.5).floor();
        (drawn as u64).max(1)
    }
}
