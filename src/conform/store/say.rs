//! What a carrier says to a store, each with the entrance where it is posted.

use serde_json::{Value, json};

use crate::conform::peer::{Heard, say::envelope};

pub(super) type Said = (&'static str, Value);

pub(super) fn dispatched(shipment: i64, truck: i32) -> Said {
    let payload = json!({ "truck_id": truck, "shipment_id": shipment });
    ("/api/webhooks/truck-dispatched", envelope("TruckDispatched", payload))
}

pub(super) fn arrived(shipment: i64, truck: i32, warehouse: i64) -> Said {
    let payload = json!({ "truck_id": truck, "warehouse_id": warehouse, "shipment_id": shipment });
    ("/api/webhooks/truck-arrived", envelope("TruckArrived", payload))
}

pub(super) fn delivered(shipment: i64) -> Said {
    let payload = json!({ "shipment_id": shipment });
    ("/api/webhooks/shipment-delivered", envelope("ShipmentDelivered", payload))
}

pub(super) fn asked(shipment: i64) -> Said {
    let payload = json!({ "shipment_id": shipment });
    ("/api/webhooks/shipment-detail-request", envelope("PackageDetailRequest", payload))
}

/// For all that is packed at a warehouse.
pub(super) fn flat_arrived(truck: i32, warehouse: i64) -> Said {
    ("/api/ups/truck-arrived", json!({ "truck_id": truck, "warehouse_id": warehouse }))
}

pub(super) fn flat_delivered(shipment: i64) -> Said {
    ("/api/ups/package-delivered", json!({ "shipment_id": shipment }))
}

pub(super) fn tracking(shipment: i64, number: &str) -> Said {
    ("/api/ups/tracking", json!({ "shipment_id": shipment, "tracking_id": number }))
}

pub(super) fn status(shipment: i64, status: &str) -> Said {
    ("/api/ups/status-update", json!({ "shipment_id": shipment, "status": status }))
}

pub(super) fn world_event(kind: &str, data: Value) -> Said {
    let mut event = json!({ "event_type": kind });
    event["event_data"] = data;
    ("/api/world/event", event)
}

/// Whether it tells of a shipment to that place.
pub(super) fn is_created(heard: &Heard, to: (i64, i64)) -> bool {
    heard.kind == "ShipmentCreated"
        && heard.int("destination_x") == Some(to.0)
        && heard.int("destination_y") == Some(to.1)
}
