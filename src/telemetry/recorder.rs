//! The recorder behind the `metrics` macros, rendered as Prometheus text.
//!
//! It opens no socket: [`MetricsListener`](super::MetricsListener) does.

use std::time::Duration;

use anyhow::Context;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

use super::catalog;

/// Histograms collect samples in memory between two renderings; so often they are folded.
const UPKEEP: Duration = Duration::from_secs(5);

/// Milliseconds to seconds: requests, commits, answers.
const SECONDS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// Microseconds: what a model takes for one letter.
const HANDLING_SECONDS: [f64; 11] =
    [1e-6, 2.5e-6, 5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 1e-3, 1e-2, 1e-1];
/// Fractions of a second to an hour: a package on its way.
const STAGE_SECONDS: [f64; 14] =
    [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0];
const RECORDS: [f64; 13] =
    [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0, 2048.0, 4096.0];

/// Makes the process-wide recorder, once; what the macros count before is lost.
pub fn install_recorder() -> anyhow::Result<PrometheusHandle> {
    let recorder = builder().context("metric buckets")?.build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder)
        .map_err(|_| anyhow::anyhow!("a metrics recorder is installed already"))?;
    catalog::describe_all();
    tokio::spawn(keep_up(handle.clone()));
    Ok(handle)
}

fn builder() -> Result<PrometheusBuilder, BuildError> {
    // Among matchers only a full name is sure to win over a suffix.
    let full = |name: &str| Matcher::Full(name.to_owned());
    let mut builder = PrometheusBuilder::new();
    for name in ["waybill_store_stage_seconds", "waybill_shipment_stage_seconds"] {
        builder = builder.set_buckets_for_metric(full(name), &STAGE_SECONDS)?;
    }
    builder
        .set_buckets_for_metric(full("waybill_actor_handling_seconds"), &HANDLING_SECONDS)?
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .set_buckets_for_metric(Matcher::Suffix("_records".to_owned()), &RECORDS)
}

async fn keep_up(handle: PrometheusHandle) {
    let mut every = tokio::time::interval(UPKEEP);
    loop {
        every.tick().await;
        handle.run_upkeep();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_get_buckets_of_their_own_though_other_seconds_match_too() {
        let recorder = builder().expect("buckets").build_recorder();
        metrics::with_local_recorder(&recorder, || {
            metrics::histogram!("waybill_store_stage_seconds").record(200.0);
            metrics::histogram!("waybill_ledger_commit_seconds").record(0.002);
        });
        let text = recorder.handle().render();
        assert!(text.contains("waybill_store_stage_seconds_bucket{le=\"3600\"} 1"), "{text}");
        assert!(text.contains("waybill_ledger_commit_seconds_bucket{le=\"0.0005\"} 0"), "{text}");
    }
}
