//! Figures and log lines about what passes the edge.

use crate::{
    basis::TruckId,
    carrier::model::{LinkName, ShipmentChange, ShipmentStage, StoreStatus, WorldStatus},
    wire::dialect::{Refusal, ToStore},
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
    let ShipmentChange { shipment, stage, truck, at, before } = change;
    let (package, truck) = (shipment.0, truck.map(|truck| truck.0));
    tracing::debug!(package, truck, stage = stage.name(), "the shipment goes on");
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

pub(super) fn refused_by_world(truck: TruckId, text: &str) {
    metrics::counter!("waybill_carrier_refusals_total", "by" => "world").increment(1);
    tracing::warn!(truck = truck.0, text, "the world refused an errand; trying again");
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
