//! Figures and log lines about what passes the edge.

use crate::{
    basis::Seq,
    carrier::model::{
        Errand, LinkName, ShipmentChange, ShipmentStage, StoreStatus, TruckOrder, WorldStatus,
    },
    wire::dialect::{Envelope, Refusal, ToStore},
};

/// What the database holds at the start.
pub(in crate::carrier) fn stages_at_start(counts: &[(ShipmentStage, i64)]) {
    for stage in ShipmentStage::ALL {
        let count = counts.iter().find(|(counted, _)| *counted == stage).map_or(0, |(_, n)| *n);
        shipments_in(stage).set(count as f64);
    }
    for link in [LinkName::World, LinkName::Store] {
        load(link, 0, 0);
    }
    for by in ["world", "store"] {
        metrics::counter!("waybill_carrier_refusals_total", "by" => by).increment(0);
    }
}

pub(super) fn changed(change: &ShipmentChange) {
    let ShipmentChange { shipment, stage, truck, seq, at, before } = change;
    tracing::debug!(
        package = shipment.0,
        truck = truck.map(|truck| truck.0),
        seq = seq.map(|seq| seq.0),
        "the shipment is {}",
        stage.name()
    );
    if let Some((left, since)) = before {
        let seconds = at.since(*since).as_secs_f64();
        metrics::histogram!("waybill_shipment_stage_seconds", "stage" => left.name())
            .record(seconds);
        shipments_in(*left).decrement(1.0);
    }
    // What is delivered counts no more once its store knows it, which is soon.
    if *stage != ShipmentStage::Delivered {
        shipments_in(*stage).increment(1.0);
    }
}

pub(super) fn ordered(seq: Seq, order: TruckOrder) {
    let (what, package) = words_of(order.errand);
    let (truck, seq) = (order.truck.0, seq.0);
    tracing::debug!(package, truck, seq, "the world is asked to have a truck {what}");
}

fn words_of(errand: Errand) -> (&'static str, Option<i64>) {
    match errand {
        Errand::Pickup { shipment, .. } => ("fetch a package", Some(shipment.0)),
        Errand::Deliver { shipment, .. } => ("deliver a package", Some(shipment.0)),
        Errand::Query => ("say where it is", None),
    }
}

pub(super) fn telling_store(envelope: &Envelope<ToStore>) {
    let (what, package, truck) = match &envelope.message {
        ToStore::SetWorld { .. } => ("which world it is", None, None),
        ToStore::TruckDispatched { truck, shipment } => {
            ("that a truck is on its way", Some(*shipment), Some(*truck))
        }
        ToStore::TruckArrived { truck, shipment, .. } => {
            ("that a truck is at the warehouse", *shipment, Some(*truck))
        }
        ToStore::Tracking { shipment, .. } => ("a tracking number", Some(*shipment), None),
        ToStore::StatusUpdate { shipment, .. } => ("a status", Some(*shipment), None),
        ToStore::ShipmentDelivered { shipment, .. } => ("of a delivery", Some(*shipment), None),
        ToStore::DetailRequest { shipment } => ("to say what is inside", Some(*shipment), None),
        ToStore::WorldEvent(_) => ("an event of the world's", None, None),
    };
    let (package, truck) = (package.map(|it| it.0), truck.map(|it| it.0));
    tracing::debug!(package, truck, seq = envelope.seq.map(|it| it.0), "the store is told {what}");
}

pub(super) fn refused_by_world(seq: Seq, order: TruckOrder, text: &str) {
    metrics::counter!("waybill_carrier_refusals_total", "by" => "world").increment(1);
    let (what, package) = words_of(order.errand);
    let (truck, seq) = (order.truck.0, seq.0);
    tracing::warn!(package, truck, seq, text, "the world has no truck {what} now; trying again");
}

pub(super) fn refused_by_store(message: &ToStore, refusal: &Refusal) {
    metrics::counter!("waybill_carrier_refusals_total", "by" => "store").increment(1);
    tracing::warn!(?message, code = refusal.code, text = %refusal.message, "the store refused a message");
}

pub(super) fn world_status(status: &WorldStatus) {
    match status {
        WorldStatus::Connecting => tracing::debug!("dialling the world"),
        WorldStatus::Connected { world } => tracing::info!(world = world.0, "in a world"),
        WorldStatus::Refused { reason } => {
            tracing::warn!(reason, "the world refused us; trying again");
        }
        WorldStatus::Unreachable { reason } => {
            tracing::warn!(reason, "no connection to the world; trying again");
        }
        WorldStatus::Disconnected => tracing::info!("staff has disconnected us from the world"),
    }
}

pub(super) fn store_status(status: &StoreStatus) {
    match status {
        StoreStatus::Unknown => {}
        StoreStatus::Reachable => tracing::info!("the store takes messages"),
        StoreStatus::Unreachable { reason } => {
            tracing::warn!(reason, "the store can not be reached; trying again");
        }
        StoreStatus::WorldRefused { reason } => {
            tracing::warn!(reason, "the store does not go to our world; trying again");
        }
    }
}

pub(super) fn load(link: LinkName, unacked: usize, resent: u64) {
    let link = match link {
        LinkName::World => "carrier-world",
        LinkName::Store => "carrier-store",
    };
    metrics::gauge!("waybill_link_unacked", "link" => link).set(unacked as f64);
    metrics::counter!("waybill_link_resent_total", "link" => link).absolute(resent);
}

fn shipments_in(stage: ShipmentStage) -> metrics::Gauge {
    metrics::gauge!("waybill_shipments", "stage" => stage.name())
}
