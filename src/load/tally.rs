//! What one buyer has seen; the tallies of all are added up at the end.

use std::{collections::BTreeMap, time::Duration};

use hdrhistogram::Histogram;

/// Latencies from a microsecond to ten minutes, to three digits.
const LATENCY_MAX_US: u64 = 600_000_000;
const DIGITS: u8 = 3;

#[derive(Debug)]
pub(super) struct Tally {
    pub latency_us: Histogram<u64>,
    pub placed: u64,
    pub busy: u64,
    pub broken: u64,
    /// Orders that were not placed, by what the store said.
    pub failed: BTreeMap<String, u64>,
}

impl Tally {
    pub fn new() -> anyhow::Result<Self> {
        let latency_us = Histogram::new_with_bounds(1, LATENCY_MAX_US, DIGITS)?;
        Ok(Self { latency_us, placed: 0, busy: 0, broken: 0, failed: BTreeMap::new() })
    }

    pub fn placed_after(&mut self, latency: Duration) {
        self.placed += 1;
        let us = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        self.latency_us.saturating_record(us.max(1));
    }

    pub fn failed(&mut self, reason: String) {
        *self.failed.entry(reason).or_default() += 1;
    }

    pub fn add(&mut self, other: &Self) -> anyhow::Result<()> {
        self.latency_us.add(&other.latency_us)?;
        self.placed += other.placed;
        self.busy += other.busy;
        self.broken += other.broken;
        for (reason, count) in &other.failed {
            *self.failed.entry(reason.clone()).or_default() += count;
        }
        Ok(())
    }
}
