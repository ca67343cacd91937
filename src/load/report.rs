//! What a load run found, for people and as JSON.
//!
//! Errors stand beside the figures: a rate with failures in it is no rate.

use std::{collections::BTreeMap, fmt, time::Duration};

use hdrhistogram::Histogram;
use serde::Serialize;

use super::{api::Placed, tally::Tally};

/// The whole result.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub placing: Placing,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery: Option<Delivery>,
}

/// Orders taken by the store.
#[derive(Debug, Clone, Serialize)]
pub struct Placing {
    pub asked: u64,
    pub placed: u64,
    pub seconds: f64,
    pub orders_per_second: f64,
    pub latency_ms: Latency,
    /// Answers 503; each was tried again after the Retry-After it gave.
    pub busy_answers: u64,
    /// Requests without an answer; each was tried again under the same key.
    pub broken_requests: u64,
    /// Orders that were not placed, by reason.
    pub failed: BTreeMap<String, u64>,
}

/// From the first try to the answer, in milliseconds.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Latency {
    pub p50: f64,
    pub p90: f64,
    pub p99: f64,
    pub p999: f64,
    pub max: f64,
}

/// What became of the orders.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Delivery {
    pub delivered_orders: u64,
    pub delivered_packages: u64,
    pub cancelled_orders: u64,
    /// Orders that had not ended when patience did.
    pub unfinished: u64,
    /// From the first order to the last delivery that was seen.
    pub seconds: f64,
    pub packages_per_second: f64,
}

impl Report {
    /// Whether everything that was asked for happened.
    pub fn is_complete(&self) -> bool {
        let delivered = self.delivery.as_ref().is_none_or(|delivery| delivery.unfinished == 0);
        self.placing.placed == self.placing.asked && delivered
    }
}

impl Latency {
    pub(super) fn of(us: &Histogram<u64>) -> Self {
        let ms = |us: u64| us as f64 / 1_000.0;
        let at = |quantile| ms(us.value_at_quantile(quantile));
        Self { p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999), max: ms(us.max()) }
    }
}

impl Placing {
    pub(super) fn of(tally: &Tally, asked: u64, took: Duration) -> Self {
        Self {
            asked,
            placed: tally.placed,
            seconds: took.as_secs_f64(),
            orders_per_second: rate(tally.placed, took.as_secs_f64()),
            latency_ms: Latency::of(&tally.latency_us),
            busy_answers: tally.busy,
            broken_requests: tally.broken,
            failed: tally.failed.clone(),
        }
    }
}

impl Delivery {
    /// Counts an order that was looked up; false where it has not ended.
    pub(super) fn count(&mut self, order: &Placed, since_start: Duration) -> bool {
        match order.status.as_str() {
            "delivered" => {
                self.delivered_orders += 1;
                self.delivered_packages += order.packages.len() as u64;
                self.seconds = since_start.as_secs_f64();
                self.packages_per_second = rate(self.delivered_packages, self.seconds);
            }
            "cancelled" => self.cancelled_orders += 1,
            _ => return false,
        }
        true
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.delivered_orders += other.delivered_orders;
        self.delivered_packages += other.delivered_packages;
        self.cancelled_orders += other.cancelled_orders;
        self.unfinished += other.unfinished;
        self.seconds = self.seconds.max(other.seconds);
        self.packages_per_second = rate(self.delivered_packages, self.seconds);
    }
}

pub(super) fn rate(count: u64, seconds: f64) -> f64 {
    if seconds > 0.0 { count as f64 / seconds } else { 0.0 }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.placing.fmt(f)?;
        self.delivery.as_ref().map_or(Ok(()), |delivery| delivery.fmt(f))
    }
}

impl fmt::Display for Placing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { asked, placed, seconds, orders_per_second, latency_ms: ms, .. } = self;
        writeln!(
            f,
            "placed     {placed} of {asked} orders in {seconds:.2} s: {orders_per_second:.0} orders/s"
        )?;
        writeln!(
            f,
            "latency    p50 {:.1} ms, p90 {:.1} ms, p99 {:.1} ms, p99.9 {:.1} ms, max {:.1} ms",
            ms.p50, ms.p90, ms.p99, ms.p999, ms.max
        )?;
        writeln!(
            f,
            "retried    {} after 503, {} without an answer",
            self.busy_answers, self.broken_requests
        )?;
        self.failed.iter().try_for_each(|(why, count)| writeln!(f, "failed     {count}: {why}"))
    }
}

impl fmt::Display for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { delivered_orders, delivered_packages, seconds, packages_per_second, .. } = self;
        writeln!(
            f,
            "delivered  {delivered_orders} orders, {delivered_packages} packages in {seconds:.2} s: {packages_per_second:.0} packages/s"
        )?;
        writeln!(f, "otherwise  {} cancelled, {} not ended", self.cancelled_orders, self.unfinished)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_with_failures_is_not_complete_and_says_why() {
        let mut tally = Tally::new().expect("tally");
        tally.placed_after(Duration::from_millis(3));
        tally.failed("401 The token is not known.".to_owned());
        let placing = Placing::of(&tally, 2, Duration::from_secs(2));
        let report = Report { placing, delivery: None };
        assert!(!report.is_complete());
        let text = report.to_string();
        assert!(text.contains("1: 401 The token is not known."), "{text}");
        assert!((report.placing.orders_per_second - 0.5).abs() < 1e-9);
    }

    #[test]
    fn orders_on_their_way_are_not_counted_as_delivered() {
        let mut delivery = Delivery::default();
        let order =
            |status: &str| Placed { id: 1, status: status.to_owned(), packages: Vec::new() };
        assert!(!delivery.count(&order("delivering"), Duration::from_secs(1)));
        assert!(delivery.count(&order("delivered"), Duration::from_secs(2)));
        assert_eq!((delivery.delivered_orders, delivery.unfinished), (1, 0));
    }
}
