//! What store and carrier say to each other: JSON over HTTP, in the envelope
//! of the course's dialect or flat, ids as numbers or strings.
//!
//! Here text becomes messages and messages become text; what a message means
//! is for the two sides' models.

mod answers;
mod batches;
mod fields;
mod parse;
mod render;

pub use answers::{
    NoAnswer, parse_answer, parse_answers, render_answer, render_answers, render_flat_answer,
};
pub use batches::Batches;
pub use parse::{
    ENVELOPES_MAX, EnvelopeKind, FlatKind, parse_batch_to_carrier, parse_batch_to_store,
    parse_flat, parse_to_carrier, parse_to_store,
};
pub use render::{
    BATCH_PATH_AT_CARRIER, BATCH_PATH_AT_STORE, post_id, single_post_to_carrier,
    single_post_to_store, to_carrier_value, to_store_value, with_ids_as_text,
};

use serde::{Deserialize, Serialize};

use crate::basis::{OrderId, PackageId, Point, ProductId, Seq, TruckId, WarehouseId, WorldId};

/// A message with what travels around it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope<M> {
    /// The sender's number for it (`sequence_number`, `seqnum`), if it numbers its messages.
    pub seq: Option<Seq>,
    /// Whose numbers these are (`sender`, an addition of ours): numbers of different
    /// senders, or of one that lost its memory, are never mixed up. None: a stranger.
    pub sender: Option<String>,
    pub message: M,
}

impl<M> Envelope<M> {
    /// Without a number, as a stranger sends it.
    pub fn unnumbered(message: M) -> Self {
        Self { seq: None, sender: None, message }
    }
}

/// Store -> carrier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToCarrier {
    ShipmentCreated {
        shipment: PackageId,
        warehouse: WarehouseId,
        destination: Point,
        /// The store's account id.
        user: i64,
        email: String,
        /// The buyer's account at the carrier.
        ups_account: Option<String>,
    },
    ShipmentLoaded {
        shipment: PackageId,
    },
    ShipmentStatusRequest {
        shipment: PackageId,
    },
    AddressChange {
        shipment: PackageId,
        destination: Point,
    },
}

/// Carrier -> store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToStore {
    SetWorld {
        world: WorldId,
    },
    TruckDispatched {
        truck: TruckId,
        shipment: PackageId,
    },
    /// Envelope form: `shipment` given. Flat form (`/api/ups/truck-arrived`): every packed
    /// shipment at that warehouse may load.
    TruckArrived {
        truck: TruckId,
        warehouse: WarehouseId,
        shipment: Option<PackageId>,
    },
    /// `destination`: where to (an addition of ours), so that the store knows which of its
    /// changes of address came in time, whatever answers were lost.
    ShipmentDelivered {
        shipment: PackageId,
        destination: Option<Point>,
    },
    Tracking {
        shipment: PackageId,
        tracking_number: String,
    },
    StatusUpdate {
        shipment: PackageId,
        status: ShipmentStatus,
    },
    DetailRequest {
        shipment: PackageId,
    },
    /// From a helper process beside the store that listens to the world.
    WorldEvent(WorldEvent),
}

/// What a world helper reports at `/api/world/event`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum WorldEvent {
    ProductArrived { warehouse: WarehouseId, product: ProductId, quantity: u32 },
    PackageReady { shipment: PackageId },
    PackageLoaded { shipment: PackageId, truck: Option<TruckId> },
}

/// Statuses of `/api/ups/status-update`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShipmentStatus {
    Delivering,
    Delivered,
}

/// An answer to one message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub outcome: Result<Content, Refusal>,
    /// The message's number, where it had one and is done.
    pub acks: Vec<Seq>,
}

/// What a good answer says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// Done, whether now or before. `tracking_number`: to a ShipmentCreated.
    Acknowledged {
        message: String,
        tracking_number: Option<String>,
    },
    Status(StatusReport),
    Detail(DetailReport),
}

/// Answer to a ShipmentStatusRequest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusReport {
    pub shipment: PackageId,
    pub tracking_number: String,
    pub status: String,
    pub truck: Option<TruckId>,
    pub truck_status: Option<String>,
    /// ISO 8601, UTC.
    pub estimated_delivery: Option<String>,
    pub actual_delivery: Option<String>,
}

/// Answer to a DetailRequest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DetailReport {
    pub shipment: PackageId,
    pub order: Option<OrderId>,
    pub warehouse: WarehouseId,
    pub destination: Point,
    pub items: Vec<(ProductId, String, u32)>,
}

/// Why a message was not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// One of [`code`].
    pub code: u16,
    /// A sentence that says what is wrong and, where possible, what would be right.
    pub message: String,
}

impl Refusal {
    pub fn new(code: u16, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

impl Answer {
    /// Done, with the ack of the message's number where it had one.
    pub fn done(seq: Option<Seq>, message: impl Into<String>) -> Self {
        let content = Content::Acknowledged { message: message.into(), tracking_number: None };
        Self { outcome: Ok(content), acks: seq.into_iter().collect() }
    }

    /// Refused. A refusal is final, so it acks too: the same message would be refused again.
    pub fn refused(seq: Option<Seq>, code: u16, message: impl Into<String>) -> Self {
        let refusal = Refusal::new(code, message);
        Self { outcome: Err(refusal), acks: seq.into_iter().collect() }
    }
}

/// The dialect's codes.
pub mod code {
    /// Ours, and never on the wire: the peer refused without saying why.
    pub const UNSAID: u16 = 0;
    pub const MALFORMED: u16 = 1000;
    pub const MISSING_FIELD: u16 = 1001;
    pub const SHIPMENT_EXISTS: u16 = 1002;
    /// Ours: the shipment is past the point where it could be done.
    pub const TOO_LATE: u16 = 1003;
    pub const SHIPMENT_NOT_FOUND: u16 = 2000;
    pub const TRUCK_OR_WAREHOUSE_NOT_FOUND: u16 = 2001;
    pub const INTERNAL: u16 = 3000;
}

#[cfg(test)]
mod tests;
