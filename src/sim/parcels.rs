//! parcels-v1: a small order-fulfilment model with one right answer to the
//! digit, by which event queues are compared.
//!
//! It is no part of the product's own models and shares nothing with them but
//! the [engine](super::engine): here a parcel needs no protocol, no ledger and
//! no luck. All quantities are integers; a tick is a nanosecond of model time.
//!
//! ```text
//!  Source ──Ordered──▶ Warehouse ──Wanted──▶ Dispatcher ──Go──▶ Truck
//!   ▲ │                 ▲ │                      ▲               ▲ │
//!   └─┘ arrival         └─┘ packed               └─────Freed─────┴─┘ at warehouse, loaded, delivered
//! ```

mod dispatcher;
mod generate;
mod idle;
mod input;
mod model;
mod report;
mod truck;
mod warehouse;

pub use generate::{Recipe, SplitMix64, to_csv};
pub use input::{InputError, Order, Params, parse_orders, parse_params};
pub use model::Parcels;
pub use report::Report;

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    /// Runs a drawn table, having compared it with the one that the answers are of.
    fn outcome(recipe: &Recipe, sha256_starts: &str, sha256_ends: &str) -> Report {
        let orders = recipe.orders();
        let digest = Sha256::digest(to_csv(&orders).as_bytes());
        let sha256: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(
            sha256.starts_with(sha256_starts) && sha256.ends_with(sha256_ends),
            "another table than the one with known answers: {sha256}"
        );
        let mut parcels = Parcels::new(recipe.params, orders);
        parcels.run();
        parcels.report()
    }

    #[test]
    fn the_small_set_gives_the_right_answers() {
        let report = outcome(&Recipe::small(), "e2fc4d97", "c76de");
        assert_eq!((report.arrived, report.delivered, report.events), (10_000, 9985, 49_961));
        assert_eq!(report.latency_sum, 1_763_363_231_449_112);
        assert_eq!((report.latency_p50, report.latency_p95), (151_318_880_167, 351_361_395_795));
        assert_eq!(report.busy_sum, 780_859_389_322_742);
        assert_eq!(report.checksum, 0xb72a_0590_ad17_8c37);
    }

    #[test]
    fn the_medium_set_gives_the_right_answers() {
        let report = outcome(&Recipe::medium(), "48406b39", "5b736");
        assert_eq!((report.arrived, report.delivered, report.events), (199_533, 199_400, 997_257));
        assert_eq!(report.latency_sum, 35_732_273_041_827_565);
        assert_eq!((report.latency_p50, report.latency_p95), (154_887_001_408, 359_247_432_881));
        assert_eq!(report.busy_sum, 15_732_331_840_108_428);
        assert_eq!(report.checksum, 0x9dca_5656_ddfb_69cc);
    }

    #[test]
    fn the_wide_set_with_its_many_trucks_gives_the_right_answers() {
        let report = outcome(&Recipe::wide(), "b4a81aec", "f3c7d");
        assert_eq!((report.arrived, report.delivered, report.events), (199_823, 194_034, 981_508));
        assert_eq!(report.latency_sum, 29_134_501_991_254_068);
        assert_eq!((report.latency_p50, report.latency_p95), (128_060_786_710, 297_745_486_562));
        assert_eq!(report.busy_sum, 14_609_541_629_402_784);
        assert_eq!(report.checksum, 0x72e7_1059_856c_6350);
    }

    #[test]
    fn without_orders_nothing_happens() {
        let params = Params { orders: 0, horizon_ns: 1, ..Recipe::small().params };
        let mut parcels = Parcels::new(params, Vec::new());
        parcels.run();
        let report = parcels.report();
        assert_eq!((report.events, report.delivered, report.latency_p95), (0, 0, 0));
    }
}
