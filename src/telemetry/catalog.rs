//! The name, unit and meaning of every metric, in one table.
//!
//! It counts nothing. A metric that is counted somewhere and missing here has
//! no HELP line, and a test below finds it.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

#[derive(Clone, Copy)]
enum Kind {
    Counter,
    Gauge,
    Histogram,
}
use Kind::{Counter, Gauge, Histogram};

type Entry = (Kind, &'static str, Unit, &'static str);

const CATALOG: &[Entry] = &[
    (Gauge, "waybill_build_info", Unit::Count, "Always 1; the version is in the label."),
    // Actors and the ledger: labels `party`, `kind`.
    (
        Gauge,
        "waybill_actor_mailbox_depth",
        Unit::Count,
        "Letters that wait for residents of this kind.",
    ),
    (
        Histogram,
        "waybill_actor_handling_seconds",
        Unit::Seconds,
        "What a resident took for one letter.",
    ),
    (
        Counter,
        "waybill_actor_restarts_total",
        Unit::Count,
        "Residents restored from the committed state after a failure.",
    ),
    (
        Histogram,
        "waybill_ledger_batch_records",
        Unit::Count,
        "Records that one transaction committed.",
    ),
    (
        Histogram,
        "waybill_ledger_commit_seconds",
        Unit::Seconds,
        "From the first statement of a transaction to its commit.",
    ),
    // Links: label `link`.
    (Counter, "waybill_link_resent_total", Unit::Count, "Messages that were sent again."),
    (Gauge, "waybill_link_unacked", Unit::Count, "Messages that the peer has not acked."),
    // The world's sockets: label `link`; its errors: `kind`; what happens in it: `event`;
    // its packages: `status`; who looks in: `outcome`.
    (Gauge, "waybill_world_connections", Unit::Count, "Clients that are connected to the world."),
    (
        Gauge,
        "waybill_world_partial_message_bytes",
        Unit::Bytes,
        "Bytes of long messages that have come in part, or wait for their turn.",
    ),
    (
        Counter,
        "waybill_world_partial_messages_cut_total",
        Unit::Count,
        "Clients that were disconnected because all that had come in part took too much room.",
    ),
    (
        Counter,
        "waybill_world_messages_received_total",
        Unit::Count,
        "Messages that worlds took in.",
    ),
    (Counter, "waybill_world_messages_sent_total", Unit::Count, "Messages that worlds sent."),
    (
        Counter,
        "waybill_world_messages_dropped_total",
        Unit::Count,
        "Messages that were dropped on purpose, by flakiness.",
    ),
    (
        Counter,
        "waybill_world_duplicate_commands_total",
        Unit::Count,
        "Commands that came again and were only acked again.",
    ),
    (Gauge, "waybill_worlds", Unit::Count, "Worlds that there are."),
    (Gauge, "waybill_world_packages", Unit::Count, "Packages in all worlds, by status."),
    (Gauge, "waybill_world_trucks", Unit::Count, "Trucks in all worlds."),
    (Gauge, "waybill_world_warehouses", Unit::Count, "Warehouses in all worlds."),
    (Counter, "waybill_world_looks_total", Unit::Count, "Looks into worlds, by outcome."),
    (Counter, "waybill_world_errors_total", Unit::Count, "Commands that a world refused."),
    (Counter, "waybill_world_events_total", Unit::Count, "What happened in worlds."),
    // The store: labels `status` (of a package), `stage` (the status left), `outcome`.
    (Gauge, "waybill_store_packages", Unit::Count, "Packages by their status."),
    (
        Gauge,
        "waybill_store_order_states",
        Unit::Count,
        "Orders by their state, that of the least advanced package.",
    ),
    (
        Histogram,
        "waybill_store_stage_seconds",
        Unit::Seconds,
        "How long packages were in the status that they left.",
    ),
    (
        Counter,
        "waybill_store_orders_total",
        Unit::Count,
        "Orders by what became of them when placed.",
    ),
    (
        Counter,
        "waybill_store_world_refusals_total",
        Unit::Count,
        "Commands of the store that the world refused; they are tried again.",
    ),
    // Shipments: label `stage`; refusals: `by`.
    (Gauge, "waybill_shipments", Unit::Count, "Shipments that are not delivered, by stage."),
    (
        Histogram,
        "waybill_shipment_stage_seconds",
        Unit::Seconds,
        "How long a shipment was in a stage.",
    ),
    (
        Counter,
        "waybill_carrier_refusals_total",
        Unit::Count,
        "What world and store refused the carrier.",
    ),
    // The database pool.
    (Gauge, "waybill_db_connections", Unit::Count, "Connections of the pool, by state."),
    (Gauge, "waybill_db_waiting", Unit::Count, "Tasks that wait for a connection."),
    // The async runtime.
    (Gauge, "waybill_runtime_workers", Unit::Count, "Worker threads of the async runtime."),
    (Gauge, "waybill_runtime_tasks", Unit::Count, "Tasks that are alive in the async runtime."),
    (Gauge, "waybill_runtime_queue_depth", Unit::Count, "Tasks in the runtime's global queue."),
    (Counter, "waybill_runtime_parks_total", Unit::Count, "Times a worker had nothing to do."),
    (
        Gauge,
        "waybill_runtime_busy_seconds",
        Unit::Seconds,
        "Time that the workers were busy since the start.",
    ),
];

/// Gives every metric its HELP line.
pub(super) fn describe_all() {
    for (kind, name, unit, help) in CATALOG {
        match kind {
            Counter => describe_counter!(*name, *unit, *help),
            Gauge => describe_gauge!(*name, *unit, *help),
            Histogram => describe_histogram!(*name, *unit, *help),
        }
    }
    metrics::gauge!("waybill_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    /// The names that the macros are called with, anywhere below `dir`.
    fn counted_names(dir: &Path, names: &mut BTreeSet<String>) {
        for entry in fs::read_dir(dir).expect("source folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                counted_names(&path, names);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                collect(&fs::read_to_string(&path).expect("source file"), names);
            }
        }
    }

    fn collect(source: &str, names: &mut BTreeSet<String>) {
        let code = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for macro_name in ["counter!(", "gauge!(", "histogram!("] {
            for call in code.split(macro_name).skip(1) {
                let argument = call.trim_start();
                if let Some(rest) = argument.strip_prefix("\"waybill_") {
                    let name = rest.split('"').next().unwrap_or_default();
                    names.insert(format!("waybill_{name}"));
                }
            }
        }
    }

    #[test]
    fn every_metric_that_is_counted_says_what_it_means() {
        let mut counted = BTreeSet::new();
        counted_names(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut counted);
        assert!(counted.contains("waybill_ledger_commit_seconds"), "the search finds nothing");
        let known: BTreeSet<_> = CATALOG.iter().map(|entry| entry.1.to_owned()).collect();
        let unknown: Vec<_> = counted.difference(&known).collect();
        assert!(unknown.is_empty(), "give these a line in the catalog: {unknown:?}");
    }

    #[test]
    fn names_follow_the_conventions_of_prometheus() {
        for (kind, name, _, help) in CATALOG {
            let is_total = name.ends_with("_total");
            assert_eq!(is_total, matches!(kind, Counter), "{name}: only counters end in _total");
            assert!(name.starts_with("waybill_") && help.ends_with('.'), "{name}");
        }
    }
}
