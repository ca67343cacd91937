//! The log: one order can be followed through all three parties, and a start that
//! goes well warns of nothing.
//!
//! What the lines are made of is tested beside the models.

use std::{path::Path, sync::Arc};

use serde_json::Value;

use super::{ANY_PORT, shoppers::Shoppers};
use crate::support::{
    TestDb,
    up::{Up, UpOptions, tail},
};

const LOGGED: [&str; 4] = ["--log", "warn,waybill=debug", "--log-format", "json"];

/// What is read of a package in a party's lines, in this order, with the fields that
/// each has beside the package.
type Steps = &'static [(&'static str, &'static [&'static str])];

const AT_THE_STORE: Steps = &[
    ("the package is created", &["order"]),
    ("the world is asked to pack", &["order", "seq"]),
    ("the package is packed", &["order", "seq"]),
    ("the package is loading", &["order", "truck", "seq"]),
    ("the world is asked to load", &["order", "truck", "seq"]),
    ("the package is loaded", &["order", "truck", "seq"]),
    ("the carrier is told: shipment loaded", &["order", "seq"]),
    ("the package is delivering", &["order", "truck", "seq"]),
    ("the package is delivered", &["order", "truck", "seq"]),
];
const AT_THE_CARRIER: Steps = &[
    ("the shipment is created", &["seq"]),
    ("the world is asked to have a truck fetch a package", &["truck", "seq"]),
    ("the shipment is at_warehouse", &["truck", "seq"]),
    ("the store is told that a truck is at the warehouse", &["truck", "seq"]),
    ("the shipment is delivering", &["truck", "seq"]),
    ("the world is asked to have a truck deliver a package", &["truck", "seq"]),
    ("the shipment is delivered", &["truck", "seq"]),
    ("the store is told of a delivery", &["seq"]),
];
const IN_THE_WORLD: Steps = &[
    ("packing", &["seq"]),
    ("packed", &["seq"]),
    ("loading", &["truck", "seq"]),
    ("loaded", &["truck", "seq"]),
    ("delivering", &["truck", "seq"]),
    ("delivered", &["truck", "seq"]),
];

/// Who says a number and who hears it.
const HANDED_OVER: [[(&str, &str); 2]; 10] = [
    [("store", "the world is asked to pack"), ("world", "packing")],
    [("world", "packed"), ("store", "the package is packed")],
    [("store", "the carrier is told: shipment created"), ("carrier", "the shipment is created")],
    [
        ("carrier", "the store is told that a truck is at the warehouse"),
        ("store", "a truck is there for the package"),
    ],
    [("store", "the world is asked to load"), ("world", "loading")],
    [("world", "loaded"), ("store", "the package is loaded")],
    [("store", "the carrier is told: shipment loaded"), ("carrier", "the shipment is delivering")],
    [("carrier", "the world is asked to have a truck deliver a package"), ("world", "delivering")],
    [("world", "delivered"), ("carrier", "the shipment is delivered")],
    [("carrier", "the store is told of a delivery"), ("store", "the package is delivered")],
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_order_can_be_followed_through_all_three_parties() {
    let database = TestDb::embedded();
    let arguments = [&["--simspeed", "2000", "--trucks", "4"], &LOGGED[..]].concat();
    let (data_dir, target) = (database.dir(), &database.target);
    let options = UpOptions { data_dir, target, store_addr: ANY_PORT, arguments: &arguments };
    let up = Up::start(&options).await;
    let shoppers = Arc::new(Shoppers::register(&up.store, 1).await);
    shoppers.place_all(1, 1).await;
    assert!(shoppers.all_delivered(1).await, "{}", tail(data_dir));
    up.stop().await;

    let log = Log::read(data_dir);
    let placed = log.0.iter().find(|line| line["message"] == "an order was placed").unwrap();
    let order = log.0.iter().find(|line| {
        line["order"] == placed["order"] && line["message"] == "the package is created"
    });
    let trail = log.about(&order.unwrap()["package"]);
    for (party, steps) in
        [("store", AT_THE_STORE), ("carrier", AT_THE_CARRIER), ("world", IN_THE_WORLD)]
    {
        trail.has_in_order(party, steps);
    }
    for [(from, said), (to, heard)] in HANDED_OVER {
        let (said, heard) = (trail.first(from, said), trail.first(to, heard));
        assert_eq!(said["seq"], heard["seq"], "{said} {heard}");
    }
    let of_the_store = trail.of("store");
    assert!(of_the_store.iter().all(|line| line["order"] == placed["order"]), "{of_the_store:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn starts_and_stops_that_go_well_warn_of_nothing() {
    let database = TestDb::embedded();
    // So slow that the second start finds packages under way.
    let arguments = [&["--simspeed", "1"], &LOGGED[..]].concat();
    let (data_dir, target) = (database.dir(), &database.target);
    let options = UpOptions { data_dir, target, store_addr: ANY_PORT, arguments: &arguments };
    let up = Up::start(&options).await;
    let shoppers = Arc::new(Shoppers::register(&up.store, 1).await);
    shoppers.place_all(3, 1).await;
    up.stop().await;
    Up::start(&options).await.stop().await;

    let log = Log::read(data_dir);
    let is_warning = |line: &&Value| line["level"] == "WARN" || line["level"] == "ERROR";
    let warnings: Vec<_> = log.0.iter().filter(is_warning).collect();
    assert!(warnings.is_empty(), "{warnings:#?}");
    let starts = log.0.iter().filter(|line| line["message"] == "connected to the world").count();
    assert_eq!(starts, 2, "{}", tail(data_dir));
}

/// Lines of a log, oldest first.
struct Log(Vec<Value>);

impl Log {
    fn read(data_dir: &Path) -> Self {
        let text = std::fs::read_to_string(data_dir.join("up.log")).unwrap();
        Self(text.lines().map(|line| serde_json::from_str(line).expect(line)).collect())
    }

    fn about(&self, package: &Value) -> Self {
        assert!(package.is_i64(), "{package}");
        Self(self.0.iter().filter(|line| line["package"] == *package).cloned().collect())
    }

    fn of(&self, party: &str) -> Vec<&Value> {
        let room = format!("waybill::{party}");
        let is_of = |line: &&Value| line["target"].as_str().is_some_and(|it| it.starts_with(&room));
        self.0.iter().filter(is_of).collect()
    }

    #[track_caller]
    fn first(&self, party: &str, message: &str) -> &Value {
        let lines = self.of(party);
        let found = lines.iter().find(|line| line["message"] == message);
        found.unwrap_or_else(|| panic!("{party} never says {message:?}: {lines:#?}"))
    }

    #[track_caller]
    fn has_in_order(&self, party: &str, steps: Steps) {
        let lines = self.of(party);
        let mut last = 0;
        for (message, fields) in steps {
            let at = lines.iter().position(|line| line["message"] == *message);
            let at = at.unwrap_or_else(|| panic!("{party} never says {message:?}: {lines:#?}"));
            assert!(at >= last, "{party} says {message:?} too early: {lines:#?}");
            last = at;
            for field in *fields {
                assert!(lines[at][field].is_i64(), "no {field}: {}", lines[at]);
            }
        }
    }
}
