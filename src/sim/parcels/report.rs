//! What a run comes to.
//!
//! Every output is a whole number or derived from two, so that two programs
//! agree on it to the digit or not at all.

use std::fmt;

use super::Params;

/// What is counted while a run is under way.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) arrived: u64,
    pub(super) events: u64,
    pub(super) busy_ns: u128,
    pub(super) checksum: u64,
    pub(super) latencies_ns: Vec<u64>,
}

/// The outputs of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    pub arrived: u64,
    pub delivered: u64,
    pub latency_sum: u128,
    pub latency_p50: u64,
    pub latency_p95: u64,
    /// Busy ticks of all trucks up to the horizon, trips still under way included.
    pub busy_sum: u128,
    /// Events of all five kinds that happened.
    pub events: u64,
    pub checksum: u64,
    pub mean_latency_s: f64,
    pub utilisation: f64,
}

impl Report {
    pub(super) fn new(mut tally: Tally, params: &Params) -> Self {
        tally.latencies_ns.sort_unstable();
        let latencies = &tally.latencies_ns;
        let delivered = latencies.len() as u64;
        let latency_sum = latencies.iter().map(|latency| u128::from(*latency)).sum::<u128>();
        let capacity = f64::from(params.trucks) * params.horizon_ns as f64;
        Self {
            arrived: tally.arrived,
            delivered,
            latency_sum,
            latency_p50: nearest_rank(latencies, 50),
            latency_p95: nearest_rank(latencies, 95),
            busy_sum: tally.busy_ns,
            events: tally.events,
            checksum: tally.checksum,
            mean_latency_s: latency_sum as f64 / delivered.max(1) as f64 / 1e9,
            utilisation: tally.busy_ns as f64 / capacity,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "arrived={}", self.arrived)?;
        writeln!(f, "delivered={}", self.delivered)?;
        writeln!(f, "latency_sum={}", self.latency_sum)?;
        writeln!(f, "latency_p50={}", self.latency_p50)?;
        writeln!(f, "latency_p95={}", self.latency_p95)?;
        writeln!(f, "busy_sum={}", self.busy_sum)?;
        writeln!(f, "events={}", self.events)?;
        writeln!(f, "checksum={:016x}", self.checksum)?;
        writeln!(f, "mean_latency_s={}", self.mean_latency_s)?;
        writeln!(f, "utilisation={}", self.utilisation)
    }
}

/// The `ceil(percent * n / 100)`-th smallest of n; 0 of none.
fn nearest_rank(sorted: &[u64], percent: usize) -> u64 {
    let rank = (percent * sorted.len()).div_ceil(100);
    rank.checked_sub(1).and_then(|nth| sorted.get(nth)).copied().unwrap_or(0)
}
