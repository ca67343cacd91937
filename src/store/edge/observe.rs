//! Metrics and log lines, made of the outputs as they pass.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use crate::store::{
    db::Census,
    model::{
        OrderTally, Output, PackageChange, PackageStatus, PlaceAnswer,
        outputs::{Change, LinkLoad, LinkName, Note, Sent},
    },
    shop::OrderCounts,
};

/// Counts what passes.
#[derive(Debug, Default)]
pub(super) struct Observer {
    /// What each link had sent again when it was last heard of.
    resent: [AtomicU64; 2],
    orders: Mutex<OrderTally>,
    /// What the gauges say of orders, to be read here.
    counts: OrderCounts,
}

impl Observer {
    /// Sets the gauges to what the database holds, so that the changes add up.
    pub(super) fn new(census: Census, counts: OrderCounts) -> Self {
        for status in PackageStatus::ALL {
            packages_gauge(status).set(0.0);
            orders_gauge(status).set(0.0);
        }
        for (status, count) in census.packages {
            packages_gauge(status).set(count as f64);
        }
        for (status, count) in census.orders {
            orders_gauge(status).set(count as f64);
            counts.add(status, count);
        }
        Self { orders: Mutex::new(census.under_way), counts, ..Self::default() }
    }

    pub(super) fn observe(&self, output: &Output) {
        match output {
            Output::Answer { answer, .. } => placed(answer),
            Output::Changed(change) => self.changed(change),
            Output::World(status) => {
                let world = status.world.map(|world| world.0);
                if status.connected {
                    tracing::info!(world, "connected to the world");
                } else if status.failed {
                    tracing::warn!(world, reason = status.reason, "no connection to the world");
                } else {
                    tracing::info!(world, reason = status.reason, "not yet connected to the world");
                }
            }
            Output::Carrier(status) => match status.reachable {
                Some(true) => tracing::info!("the carrier answers"),
                Some(false) => {
                    tracing::warn!(reason = status.reason, "the carrier does not answer")
                }
                None => {}
            },
            Output::Load(load) => self.loaded(*load),
            Output::Noted(note) => noted(note),
            Output::Dial { .. }
            | Output::SendWorld { .. }
            | Output::HangUp { .. }
            | Output::Post { .. }
            | Output::AnswerCarrier { .. }
            | Output::Replenished { .. }
            | Output::Cancelled { .. }
            | Output::Redirected { .. }
            | Output::Wished { .. }
            | Output::Looked { .. }
            | Output::Stock { .. } => {}
        }
    }

    fn changed(&self, change: &PackageChange) {
        changed_package(change);
        if change.change == Change::Status {
            let mut orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(moved) = orders.note(change.order, change.package, change.status) else {
                return;
            };
            if let Some(left) = moved.from {
                orders_gauge(left).decrement(1.0);
                self.counts.add(left, -1);
            }
            orders_gauge(moved.to).increment(1.0);
            self.counts.add(moved.to, 1);
        }
    }

    fn loaded(&self, load: LinkLoad) {
        let (link, place) = match load.link {
            LinkName::World => ("store-world", 0),
            LinkName::Carrier => ("store-carrier", 1),
        };
        metrics::gauge!("waybill_link_unacked", "link" => link).set(load.unacked as f64);
        let before = self.resent[place].swap(load.resent, Ordering::Relaxed);
        // A link that was restored counts from zero.
        let more = load.resent.checked_sub(before).unwrap_or(load.resent);
        metrics::counter!("waybill_link_resent_total", "link" => link).increment(more);
    }
}

fn packages_gauge(status: PackageStatus) -> metrics::Gauge {
    metrics::gauge!("waybill_store_packages", "status" => status.as_str())
}

fn orders_gauge(status: PackageStatus) -> metrics::Gauge {
    metrics::gauge!("waybill_store_order_states", "status" => status.as_str())
}

fn placed(answer: &PlaceAnswer) {
    let outcome = match answer {
        PlaceAnswer::Placed(placed) => {
            let packages = placed.packages.len();
            tracing::info!(order = placed.order.0, packages, "an order was placed");
            "placed"
        }
        PlaceAnswer::Repeated { .. } => "repeated",
        PlaceAnswer::Conflict { .. } => "conflict",
        PlaceAnswer::Rejected(_) => "rejected",
        PlaceAnswer::Busy => "busy",
    };
    metrics::counter!("waybill_store_orders_total", "outcome" => outcome).increment(1);
}

fn changed_package(change: &PackageChange) {
    let PackageChange { order, package, status, truck, seq, at, .. } = change;
    match (change.change, change.since) {
        (Change::Status, Some((left, began))) => {
            packages_gauge(left).decrement(1.0);
            packages_gauge(*status).increment(1.0);
            metrics::histogram!("waybill_store_stage_seconds", "stage" => left.as_str())
                .record(at.since(began).as_secs_f64());
        }
        (Change::Status, None) => packages_gauge(*status).increment(1.0),
        (
            Change::InStock
            | Change::TruckDispatched
            | Change::TruckArrived
            | Change::Tracking
            | Change::Destination
            | Change::DestinationKept,
            _,
        ) => {}
    }
    let (order, package) = (order.0, package.0);
    let (truck, seq) = (truck.map(|truck| truck.0), seq.map(|seq| seq.0));
    match change.change {
        Change::Status => {
            tracing::debug!(order, package, truck, seq, "the package is {status}");
        }
        Change::InStock => tracing::debug!(order, package, "the package's goods are there"),
        Change::TruckDispatched => {
            tracing::debug!(order, package, truck, seq, "a truck is on its way to the package");
        }
        Change::TruckArrived => {
            tracing::debug!(order, package, truck, seq, "a truck is there for the package");
        }
        Change::Destination => {
            tracing::info!(order, package, truck, "the package goes elsewhere");
        }
        Change::DestinationKept => {
            tracing::info!(order, package, truck, "the package goes where it went");
        }
        Change::Tracking => {
            tracing::debug!(order, package, truck, seq, "the package has a tracking number");
        }
    }
}

fn noted(note: &Note) {
    match note {
        Note::Sent(sent) => was_sent(sent),
        Note::WorldRefused { seq, about, text } => {
            metrics::counter!("waybill_store_world_refusals_total").increment(1);
            let (order, package) = (about.map(|it| it.0.0), about.map(|it| it.1.0));
            let seq = seq.0;
            tracing::warn!(
                order,
                package,
                seq,
                text,
                "the world refused a command; trying again later"
            );
        }
        Note::UnknownArrival { warehouse, seq } => {
            tracing::warn!(
                warehouse = warehouse.0,
                seq = seq.0,
                "an arrival that nobody waits for"
            );
        }
        Note::WarehouseWasThere { world, warehouse } => {
            let (world, warehouse) = (world.0, warehouse.0);
            tracing::info!(world, warehouse, "the world has a warehouse of this number already");
        }
        Note::BadFrame { reason } => tracing::warn!(reason, "the world sent what is not a message"),
        Note::CarrierRefused { order, package, text } => {
            tracing::warn!(
                order = order.0,
                package = package.0,
                text,
                "the carrier refused a message; trying again later"
            );
        }
    }
}

fn was_sent(Sent { to, what, order, package, truck, seq }: &Sent) {
    let (order, package, seq) = (order.0, package.0, seq.0);
    let truck = truck.map(|truck| truck.0);
    match to {
        LinkName::World => {
            tracing::debug!(order, package, truck, seq, "the world is asked to {what}");
        }
        LinkName::Carrier => {
            tracing::debug!(order, package, truck, seq, "the carrier is told: {what}");
        }
    }
}
