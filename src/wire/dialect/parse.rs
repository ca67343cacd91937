//! Text -> messages, or a refusal that names what is wrong.
//!
//! The size of a body is bounded by whoever reads it from the network;
//! serde_json bounds its depth.

use serde_json::{Value, value::RawValue};

use super::{
    Envelope, Refusal, ShipmentStatus, ToCarrier, ToStore, WorldEvent,
    fields::{Fields, malformed},
};
use crate::basis::{ProductId, WorldId};

/// Envelopes in one batch at most.
pub const ENVELOPES_MAX: usize = 4096;

/// Of one message in a batch; the longest have a few thousand.
const MESSAGE_BYTES_MAX: usize = 64 * 1024;

/// The messages that have an envelope, by the name in `message_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnvelopeKind {
    ShipmentCreated,
    ShipmentLoaded,
    ShipmentStatusRequest,
    AddressChange,
    TruckDispatched,
    TruckArrived,
    ShipmentDelivered,
    PackageDetailRequest,
    /// The last three are additions of ours: in the plain dialect they are flat.
    Tracking,
    StatusUpdate,
    SetWorld,
    /// Of a helper process of the store's, and an addition of ours too.
    WorldEvent,
}

impl EnvelopeKind {
    const ALL: [Self; 12] = [
        Self::ShipmentCreated,
        Self::ShipmentLoaded,
        Self::ShipmentStatusRequest,
        Self::AddressChange,
        Self::TruckDispatched,
        Self::TruckArrived,
        Self::ShipmentDelivered,
        Self::PackageDetailRequest,
        Self::Tracking,
        Self::StatusUpdate,
        Self::SetWorld,
        Self::WorldEvent,
    ];

    /// As in `message_type`.
    pub fn name(self) -> &'static str {
        match self {
            Self::ShipmentCreated => "ShipmentCreated",
            Self::ShipmentLoaded => "ShipmentLoaded",
            Self::ShipmentStatusRequest => "ShipmentStatusRequest",
            Self::AddressChange => "AddressChange",
            Self::TruckDispatched => "TruckDispatched",
            Self::TruckArrived => "TruckArrived",
            Self::ShipmentDelivered => "ShipmentDelivered",
            Self::PackageDetailRequest => "PackageDetailRequest",
            Self::Tracking => "Tracking",
            Self::StatusUpdate => "StatusUpdate",
            Self::SetWorld => "SetWorld",
            Self::WorldEvent => "WorldEvent",
        }
    }

    fn named(name: &str) -> Result<Self, Refusal> {
        let kind = Self::ALL.into_iter().find(|kind| kind.name() == name);
        kind.ok_or_else(|| malformed(format!("message_type {name} is not known here")))
    }
}

/// The messages without an envelope, carrier -> store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlatKind {
    /// `/set_worldid`
    SetWorld,
    /// `/api/ups/truck-arrived`
    TruckArrived,
    /// `/api/ups/package-delivered`
    PackageDelivered,
    /// `/api/ups/tracking`
    Tracking,
    /// `/api/ups/status-update`
    StatusUpdate,
    /// `/api/world/event`
    WorldEvent,
}

/// A message to the carrier. `expected`: the only kind its entrance takes; None at the generic one.
pub fn parse_to_carrier(
    expected: Option<EnvelopeKind>,
    body: &[u8],
) -> Result<Envelope<ToCarrier>, Refusal> {
    envelope(expected, &json(body)?, to_carrier)
}

/// A message to the store. `expected`: the only kind its entrance takes; None at the generic one.
pub fn parse_to_store(
    expected: Option<EnvelopeKind>,
    body: &[u8],
) -> Result<Envelope<ToStore>, Refusal> {
    envelope(expected, &json(body)?, to_store)
}

/// A batch to the carrier: each message on its own is good or refused.
pub fn parse_batch_to_carrier(
    body: &[u8],
) -> Result<Vec<Result<Envelope<ToCarrier>, Refusal>>, Refusal> {
    batch(body, to_carrier)
}

/// A batch to the store: each message on its own is good or refused.
pub fn parse_batch_to_store(
    body: &[u8],
) -> Result<Vec<Result<Envelope<ToStore>, Refusal>>, Refusal> {
    batch(body, to_store)
}

/// A message to the store without an envelope. One in an envelope is taken too, as some carriers
/// send it: then its payload has the fields, and it may name the shipment that a truck is for.
pub fn parse_flat(kind: FlatKind, body: &[u8]) -> Result<Envelope<ToStore>, Refusal> {
    let value = json(body)?;
    let whole = Fields::of(&value, "the body")?;
    let is_enveloped = whole.are_of_an_envelope();
    let fields = if is_enveloped { whole.object("payload")? } else { whole };
    let message = match kind {
        FlatKind::SetWorld => ToStore::SetWorld { world: WorldId(fields.int("worldid")?) },
        FlatKind::TruckArrived => ToStore::TruckArrived {
            truck: fields.truck()?,
            warehouse: fields.warehouse()?,
            shipment: if is_enveloped { fields.optional_shipment()? } else { None },
        },
        FlatKind::PackageDelivered => delivered(fields)?,
        FlatKind::Tracking => tracking(fields)?,
        FlatKind::StatusUpdate => status_update(fields)?,
        FlatKind::WorldEvent => ToStore::WorldEvent(world_event(fields)?),
    };
    Ok(Envelope { seq: whole.seq()?, sender: whole.sender()?, message })
}

fn json(body: &[u8]) -> Result<Value, Refusal> {
    serde_json::from_slice(body)
        .map_err(|error| malformed(format!("the body is not JSON: {error}")))
}

/// From the kind, the envelope and its payload.
type Read<M> = fn(EnvelopeKind, Fields<'_>, Fields<'_>) -> Result<M, Refusal>;

/// Message by message: a text of a few bytes is a tree of some hundred, so there is only
/// one message's tree at a time.
fn batch<M>(body: &[u8], read: Read<M>) -> Result<Vec<Result<Envelope<M>, Refusal>>, Refusal> {
    let texts: Vec<&RawValue> = serde_json::from_slice(body).map_err(|error| {
        if error.is_data() {
            malformed("a batch is a JSON array of messages")
        } else {
            malformed(format!("the body is not JSON: {error}"))
        }
    })?;
    if texts.len() > ENVELOPES_MAX {
        let given = texts.len();
        let message = format!("{given} messages in a batch, but at most {ENVELOPES_MAX} are taken");
        return Err(malformed(message));
    }
    let message = |text: &&RawValue| {
        let bytes = text.get().as_bytes();
        if bytes.len() > MESSAGE_BYTES_MAX {
            let message = format!("a message has at most {MESSAGE_BYTES_MAX} bytes");
            return Err(malformed(message));
        }
        envelope(None, &json(bytes)?, read)
    };
    Ok(texts.iter().map(message).collect())
}

fn envelope<M>(
    expected: Option<EnvelopeKind>,
    value: &Value,
    read: Read<M>,
) -> Result<Envelope<M>, Refusal> {
    let fields = Fields::of(value, "the message")?;
    let kind = EnvelopeKind::named(&fields.text("message_type")?)?;
    if let Some(expected) = expected.filter(|expected| *expected != kind) {
        let (given, taken) = (kind.name(), expected.name());
        return Err(malformed(format!("message_type is {given}, but only {taken} is taken here")));
    }
    let message = read(kind, fields, fields.object("payload")?)?;
    Ok(Envelope { seq: fields.seq()?, sender: fields.sender()?, message })
}

fn to_carrier(
    kind: EnvelopeKind,
    envelope: Fields<'_>,
    payload: Fields<'_>,
) -> Result<ToCarrier, Refusal> {
    match kind {
        EnvelopeKind::ShipmentCreated => Ok(ToCarrier::ShipmentCreated {
            shipment: payload.shipment()?,
            warehouse: payload.warehouse()?,
            destination: payload.destination()?,
            user: payload.int("user_id")?,
            email: payload.text("email")?,
            // Some stores have it beside the payload.
            ups_account: match payload.optional_text("ups_account")? {
                None => envelope.optional_text("ups_account")?,
                given => given,
            },
        }),
        EnvelopeKind::ShipmentLoaded => {
            Ok(ToCarrier::ShipmentLoaded { shipment: payload.shipment()? })
        }
        EnvelopeKind::ShipmentStatusRequest => {
            Ok(ToCarrier::ShipmentStatusRequest { shipment: payload.shipment()? })
        }
        EnvelopeKind::AddressChange => Ok(ToCarrier::AddressChange {
            shipment: payload.shipment()?,
            destination: payload.destination()?,
        }),
        EnvelopeKind::TruckDispatched
        | EnvelopeKind::TruckArrived
        | EnvelopeKind::ShipmentDelivered
        | EnvelopeKind::PackageDetailRequest
        | EnvelopeKind::Tracking
        | EnvelopeKind::StatusUpdate
        | EnvelopeKind::SetWorld
        | EnvelopeKind::WorldEvent => {
            Err(malformed(format!("{} is for a store, and this is a carrier", kind.name())))
        }
    }
}

fn to_store(kind: EnvelopeKind, _: Fields<'_>, payload: Fields<'_>) -> Result<ToStore, Refusal> {
    match kind {
        EnvelopeKind::TruckDispatched => {
            Ok(ToStore::TruckDispatched { truck: payload.truck()?, shipment: payload.shipment()? })
        }
        EnvelopeKind::TruckArrived => Ok(ToStore::TruckArrived {
            truck: payload.truck()?,
            warehouse: payload.warehouse()?,
            shipment: Some(payload.shipment()?),
        }),
        EnvelopeKind::ShipmentDelivered => delivered(payload),
        EnvelopeKind::PackageDetailRequest => {
            Ok(ToStore::DetailRequest { shipment: payload.shipment()? })
        }
        EnvelopeKind::Tracking => tracking(payload),
        EnvelopeKind::StatusUpdate => status_update(payload),
        EnvelopeKind::SetWorld => Ok(ToStore::SetWorld { world: WorldId(payload.int("worldid")?) }),
        EnvelopeKind::WorldEvent => world_event(payload).map(ToStore::WorldEvent),
        EnvelopeKind::ShipmentCreated
        | EnvelopeKind::ShipmentLoaded
        | EnvelopeKind::ShipmentStatusRequest
        | EnvelopeKind::AddressChange => {
            Err(malformed(format!("{} is for a carrier, and this is a store", kind.name())))
        }
    }
}

fn delivered(fields: Fields<'_>) -> Result<ToStore, Refusal> {
    let destination = fields.optional_destination()?;
    Ok(ToStore::ShipmentDelivered { shipment: fields.shipment()?, destination })
}

fn tracking(fields: Fields<'_>) -> Result<ToStore, Refusal> {
    let (shipment, tracking_number) = (fields.shipment()?, fields.text("tracking_id")?);
    Ok(ToStore::Tracking { shipment, tracking_number })
}

fn world_event(fields: Fields<'_>) -> Result<WorldEvent, Refusal> {
    let data = fields.object("event_data")?;
    match fields.text("event_type")?.as_str() {
        "product_arrived" => Ok(WorldEvent::ProductArrived {
            warehouse: data.warehouse()?,
            product: ProductId(data.int("product_id")?),
            quantity: data.quantity()?,
        }),
        "package_ready" => Ok(WorldEvent::PackageReady { shipment: data.shipment()? }),
        "package_loaded" => {
            let truck = data.optional("truck_id").map(|_| data.truck()).transpose()?;
            Ok(WorldEvent::PackageLoaded { shipment: data.shipment()?, truck })
        }
        other => {
            let other: String = other.chars().take(40).collect();
            Err(malformed(format!(
                "event_type is {other}, but must be product_arrived, package_ready or package_loaded"
            )))
        }
    }
}

fn status_update(fields: Fields<'_>) -> Result<ToStore, Refusal> {
    let shipment = fields.shipment()?;
    let status = match fields.text("status")?.to_ascii_lowercase().as_str() {
        "delivering" => ShipmentStatus::Delivering,
        "delivered" => ShipmentStatus::Delivered,
        other => {
            let other: String = other.chars().take(40).collect();
            let message = format!("status is {other}, but must be delivering or delivered");
            return Err(malformed(message));
        }
    };
    Ok(ToStore::StatusUpdate { shipment, status })
}
