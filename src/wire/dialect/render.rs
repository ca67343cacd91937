//! Messages -> text, and where each is posted.
//!
//! Paths to a carrier are relative to its base URL (which ends in `/api` by
//! default), paths to a store to its root.

use serde_json::{Map, Value, json};

use super::{Envelope, EnvelopeKind, ShipmentStatus, ToCarrier, ToStore, WorldEvent};
use crate::basis::Point;

/// Our batch entrance at a carrier.
pub const BATCH_PATH_AT_CARRIER: &str = "/messages";
/// Our batch entrance at a store.
pub const BATCH_PATH_AT_STORE: &str = "/api/webhooks/messages";

/// A name for a post of one message that has a number, the same when it is sent again.
/// None: each post of others needs a new one, as their numbers tell what is in it.
pub fn post_id<M>(envelopes: &[Envelope<M>]) -> Option<String> {
    let [Envelope { seq: Some(seq), sender: Some(sender), .. }] = envelopes else { return None };
    Some(format!("{sender}-{seq}"))
}

/// A message to a carrier as JSON. `timestamp`: ISO 8601.
pub fn to_carrier_value(envelope: &Envelope<ToCarrier>, timestamp: &str) -> Value {
    let (kind, payload) = to_carrier_payload(&envelope.message);
    enveloped(envelope, kind, payload, timestamp)
}

/// A message to a store as JSON, in an envelope even where the plain dialect
/// has none: for the batch entrance. `timestamp`: ISO 8601.
pub fn to_store_value(envelope: &Envelope<ToStore>, timestamp: &str) -> Value {
    let (kind, payload) = to_store_payload(&envelope.message);
    enveloped(envelope, kind, payload, timestamp)
}

/// Path and body of a message that is posted alone, as any carrier takes it.
pub fn single_post_to_carrier(
    envelope: &Envelope<ToCarrier>,
    timestamp: &str,
) -> (&'static str, Value) {
    let path = match &envelope.message {
        ToCarrier::ShipmentCreated { .. } => "/shipment",
        ToCarrier::ShipmentLoaded { .. } => "/shipment_loaded",
        ToCarrier::ShipmentStatusRequest { .. } => "/shipment_status",
        ToCarrier::AddressChange { .. } => "/address_change",
    };
    (path, to_carrier_value(envelope, timestamp))
}

/// Path and body of a message that is posted alone, as any store takes it.
pub fn single_post_to_store(
    envelope: &Envelope<ToStore>,
    timestamp: &str,
) -> (&'static str, Value) {
    let (_, payload) = to_store_payload(&envelope.message);
    match &envelope.message {
        ToStore::SetWorld { .. } => ("/set_worldid", flat(envelope, payload)),
        ToStore::TruckArrived { shipment: None, .. } => {
            ("/api/ups/truck-arrived", flat(envelope, payload))
        }
        ToStore::Tracking { .. } => ("/api/ups/tracking", flat(envelope, payload)),
        ToStore::StatusUpdate { .. } => ("/api/ups/status-update", flat(envelope, payload)),
        ToStore::WorldEvent(_) => ("/api/world/event", flat(envelope, payload)),
        ToStore::TruckDispatched { .. } => {
            ("/api/webhooks/truck-dispatched", to_store_value(envelope, timestamp))
        }
        ToStore::TruckArrived { shipment: Some(_), .. } => {
            ("/api/webhooks/truck-arrived", to_store_value(envelope, timestamp))
        }
        ToStore::ShipmentDelivered { .. } => {
            ("/api/webhooks/shipment-delivered", to_store_value(envelope, timestamp))
        }
        ToStore::DetailRequest { .. } => {
            ("/api/webhooks/shipment-detail-request", to_store_value(envelope, timestamp))
        }
    }
}

fn to_carrier_payload(message: &ToCarrier) -> (EnvelopeKind, Value) {
    match message {
        ToCarrier::ShipmentCreated {
            shipment,
            warehouse,
            destination,
            user,
            email,
            ups_account,
        } => {
            let mut payload = json!({
                "user_id": user,
                "email": email,
                "shipment_id": shipment,
                "warehouse_id": warehouse,
                "destination_x": destination.x,
                "destination_y": destination.y,
            });
            if let Some(account) = ups_account {
                payload["ups_account"] = json!(account);
            }
            (EnvelopeKind::ShipmentCreated, payload)
        }
        ToCarrier::ShipmentLoaded { shipment } => {
            (EnvelopeKind::ShipmentLoaded, json!({ "shipment_id": shipment }))
        }
        ToCarrier::ShipmentStatusRequest { shipment } => {
            (EnvelopeKind::ShipmentStatusRequest, json!({ "shipment_id": shipment }))
        }
        ToCarrier::AddressChange { shipment, destination } => {
            let (x, y) = (destination.x, destination.y);
            let payload =
                json!({ "shipment_id": shipment, "destination_x": x, "destination_y": y });
            (EnvelopeKind::AddressChange, payload)
        }
    }
}

fn to_store_payload(message: &ToStore) -> (EnvelopeKind, Value) {
    match message {
        ToStore::SetWorld { world } => (EnvelopeKind::SetWorld, json!({ "worldid": world })),
        ToStore::TruckDispatched { truck, shipment } => {
            let payload = json!({ "truck_id": truck, "shipment_id": shipment });
            (EnvelopeKind::TruckDispatched, payload)
        }
        ToStore::TruckArrived { truck, warehouse, shipment } => {
            let mut payload = json!({ "truck_id": truck, "warehouse_id": warehouse });
            if let Some(shipment) = shipment {
                payload["shipment_id"] = json!(shipment);
            }
            (EnvelopeKind::TruckArrived, payload)
        }
        ToStore::ShipmentDelivered { shipment, destination } => {
            let mut payload = json!({ "shipment_id": shipment });
            if let Some(Point { x, y }) = destination {
                payload["destination_x"] = json!(x);
                payload["destination_y"] = json!(y);
            }
            (EnvelopeKind::ShipmentDelivered, payload)
        }
        ToStore::Tracking { shipment, tracking_number } => {
            let payload = json!({ "shipment_id": shipment, "tracking_id": tracking_number });
            (EnvelopeKind::Tracking, payload)
        }
        ToStore::StatusUpdate { shipment, status } => {
            let status = match status {
                ShipmentStatus::Delivering => "delivering",
                ShipmentStatus::Delivered => "delivered",
            };
            let payload = json!({ "shipment_id": shipment, "status": status });
            (EnvelopeKind::StatusUpdate, payload)
        }
        ToStore::DetailRequest { shipment } => {
            (EnvelopeKind::PackageDetailRequest, json!({ "shipment_id": shipment }))
        }
        ToStore::WorldEvent(event) => (EnvelopeKind::WorldEvent, world_event_payload(*event)),
    }
}

fn world_event_payload(event: WorldEvent) -> Value {
    let (kind, data) = match event {
        WorldEvent::ProductArrived { warehouse, product, quantity } => {
            let data =
                json!({ "warehouse_id": warehouse, "product_id": product, "quantity": quantity });
            ("product_arrived", data)
        }
        WorldEvent::PackageReady { shipment } => {
            ("package_ready", json!({ "shipment_id": shipment }))
        }
        WorldEvent::PackageLoaded { shipment, truck } => {
            let mut data = json!({ "shipment_id": shipment });
            if let Some(truck) = truck {
                data["truck_id"] = json!(truck);
            }
            ("package_loaded", data)
        }
    };
    json!({ "event_type": kind, "event_data": data })
}

/// The same message with its shipment's id as a decimal string: a carrier that misses an id
/// which is there wants it so.
pub fn with_ids_as_text(mut message: Value) -> Value {
    if let Some(id) = message.pointer_mut("/payload/shipment_id")
        && id.is_i64()
    {
        *id = Value::String(id.to_string());
    }
    message
}

fn enveloped<M>(
    envelope: &Envelope<M>,
    kind: EnvelopeKind,
    payload: Value,
    timestamp: &str,
) -> Value {
    let mut whole = Map::new();
    whole.insert("message_type".to_owned(), json!(kind.name()));
    whole.insert("timestamp".to_owned(), json!(timestamp));
    whole.insert("payload".to_owned(), payload);
    if let Some(seq) = envelope.seq {
        whole.insert("sequence_number".to_owned(), json!(seq));
    }
    if let Some(sender) = &envelope.sender {
        whole.insert("sender".to_owned(), json!(sender));
    }
    Value::Object(whole)
}

fn flat<M>(envelope: &Envelope<M>, mut payload: Value) -> Value {
    if let Some(seq) = envelope.seq {
        payload["seqnum"] = json!(seq);
    }
    if let Some(sender) = &envelope.sender {
        payload["sender"] = json!(sender);
    }
    payload
}
