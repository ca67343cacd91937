//! What is looked up when somebody reads the metrics: the process, its async
//! runtime, the database pool.
//!
//! Nothing here runs between two readings.

use std::sync::{Mutex, PoisonError};

use metrics::{counter, gauge};
use tokio_metrics::{RuntimeIntervals, RuntimeMonitor};

use crate::db::Db;

/// Takes the samples.
pub struct ProcessSampler {
    collector: metrics_process::Collector,
    runtime: Mutex<RuntimeIntervals>,
    db: Option<Db>,
}

impl ProcessSampler {
    /// To be made within the runtime that it watches.
    pub fn new(db: Option<Db>) -> Self {
        let collector = metrics_process::Collector::default();
        collector.describe();
        let monitor = RuntimeMonitor::new(&tokio::runtime::Handle::current());
        Self { collector, runtime: Mutex::new(monitor.intervals()), db }
    }

    /// Sets the gauges to what is now.
    pub fn sample(&self) {
        self.collector.collect();
        self.sample_runtime();
        if let Some(db) = &self.db {
            let (used, idle, waiting) = db.load();
            gauge!("waybill_db_connections", "state" => "used").set(used as f64);
            gauge!("waybill_db_connections", "state" => "idle").set(idle as f64);
            gauge!("waybill_db_waiting").set(waiting as f64);
        }
    }

    fn sample_runtime(&self) {
        let mut intervals = self.runtime.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(now) = intervals.next() else { return };
        drop(intervals);
        gauge!("waybill_runtime_workers").set(now.workers_count as f64);
        gauge!("waybill_runtime_tasks").set(now.live_tasks_count as f64);
        gauge!("waybill_runtime_queue_depth").set(now.global_queue_depth as f64);
        counter!("waybill_runtime_parks_total").increment(now.total_park_count);
        // A counter of the `metrics` crate holds whole numbers only; seconds are not.
        gauge!("waybill_runtime_busy_seconds").increment(now.total_busy_duration.as_secs_f64());
    }
}
