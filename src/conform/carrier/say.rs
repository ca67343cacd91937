//! What a store says to a carrier, each with the entrance where it is posted.

use serde_json::{Value, json};

use crate::conform::peer::say::envelope;

pub(super) type Said = (&'static str, Value);

/// Where any message may be posted.
pub(super) const ANY: &str = "/amazon/message";

pub(super) fn created(shipment: i64, warehouse: i32, (x, y): (i64, i64)) -> Said {
    let payload = json!({
        "user_id": 7, "email": "ann@example.org", "shipment_id": shipment,
        "warehouse_id": warehouse, "destination_x": x, "destination_y": y,
    });
    ("/shipment", envelope("ShipmentCreated", payload))
}

pub(super) fn loaded(shipment: i64) -> Said {
    ("/shipment_loaded", envelope("ShipmentLoaded", json!({ "shipment_id": shipment })))
}

pub(super) fn status(shipment: i64) -> Said {
    ("/shipment_status", envelope("ShipmentStatusRequest", json!({ "shipment_id": shipment })))
}

pub(super) fn address(shipment: i64, (x, y): (i64, i64)) -> Said {
    let payload = json!({ "shipment_id": shipment, "destination_x": x, "destination_y": y });
    ("/address_change", envelope("AddressChange", payload))
}
