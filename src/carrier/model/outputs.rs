//! What leaves the carrier's models: frames, posts, answers, and news for those who watch.

use bytes::Bytes;

use super::{
    letters::TruckOrder,
    wishes::{ConnectRefusal, LinkView},
};
use crate::{
    basis::{PackageId, Seq, SimTime, TruckId, WorldId},
    runtime::ReplyId,
    wire::dialect::{Answer, Envelope, Refusal, ToStore},
};

/// A connection to the world, numbered by us; no number is used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// A post to the store, numbered by us; no number is used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PostId(pub u64);

/// What leaves the carrier.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// Open a connection to the world; whatever was open before is given up.
    Dial {
        connection: ConnectionId,
    },
    /// One message's body, without its length.
    SendWorld {
        connection: ConnectionId,
        bytes: Bytes,
    },
    HangUp {
        connection: ConnectionId,
    },
    /// A `SetWorld` always travels alone.
    Post {
        post: PostId,
        envelopes: Vec<Envelope<ToStore>>,
    },
    /// Answers to a post of the store's, in the order of its messages.
    AnswerStore {
        reply: ReplyId,
        answers: Vec<Answer>,
    },
    /// A shipment has reached another stage.
    Changed(ShipmentChange),
    /// An errand goes to the world under this number, for the first time or again.
    Ordered {
        seq: Seq,
        order: TruckOrder,
    },
    /// The destination of a shipment has changed.
    Redirected {
        shipment: PackageId,
    },
    /// The world refused what a truck wanted; it will be tried again.
    Refused {
        seq: Seq,
        order: TruckOrder,
        text: String,
    },
    /// The store refused a message for good.
    StoreRefused {
        message: ToStore,
        refusal: Refusal,
    },
    /// What came of a wish of staff's.
    Wished {
        reply: ReplyId,
        outcome: Result<(), ConnectRefusal>,
    },
    Looked {
        reply: ReplyId,
        view: LinkView,
    },
    /// What became of a dispatch by hand.
    Assigned {
        reply: ReplyId,
        outcome: Result<(), AssignRefusal>,
    },
    /// The trucks that will be added, or why there will be none.
    TrucksWished {
        reply: ReplyId,
        outcome: Result<Vec<TruckId>, WishRefusal>,
    },
    WorldStatus(WorldStatus),
    StoreStatus(StoreStatus),
    /// How much is on its way, after a change.
    LinkLoad {
        link: LinkName,
        unacked: usize,
        resent: u64,
    },
}

/// Why a dispatch by hand is not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AssignRefusal {
    #[error("the carrier is in no world yet; try again when it is connected")]
    NoWorld,
    #[error(
        "shipment {shipment} does not wait for a truck: it has one, or is delivered, or nobody ordered it"
    )]
    NotWaiting { shipment: PackageId },
    #[error("there is no truck {truck} in world {world}")]
    NoSuchTruck { truck: TruckId, world: WorldId },
    #[error("truck {truck} is busy; choose one that is idle, or wait")]
    TruckBusy { truck: TruckId },
    #[error("truck {truck} has {capacity} shipments to carry already, which is all it takes")]
    TruckFull { truck: TruckId, capacity: usize },
}

/// Why no trucks are added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WishRefusal {
    #[error("add at least one truck")]
    None,
    #[error("there would be {would_be} trucks, and a carrier has {max} at most")]
    TooMany { would_be: usize, max: usize },
}

/// The links of a carrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkName {
    World,
    Store,
}

/// Where a shipment is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ShipmentStage {
    /// Waits for a truck.
    Created,
    /// A truck is on its way to the warehouse.
    Dispatched,
    /// The truck is at the warehouse.
    AtWarehouse,
    /// On its way to the destination.
    Delivering,
    Delivered,
}

impl ShipmentStage {
    pub const ALL: [Self; 5] =
        [Self::Created, Self::Dispatched, Self::AtWarehouse, Self::Delivering, Self::Delivered];

    /// As in the database, on pages and in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Dispatched => "dispatched",
            Self::AtWarehouse => "at_warehouse",
            Self::Delivering => "delivering",
            Self::Delivered => "delivered",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.name() == name)
    }

    /// What a truck with such a shipment does, for people.
    pub fn truck_status(self) -> &'static str {
        match self {
            Self::Created => "none",
            Self::Dispatched => "traveling",
            Self::AtWarehouse => "arrive warehouse",
            Self::Delivering => "delivering",
            Self::Delivered => "idle",
        }
    }
}

/// A step of a shipment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShipmentChange {
    pub shipment: PackageId,
    pub stage: ShipmentStage,
    pub truck: Option<TruckId>,
    /// Of the message that brought it about: the store's or the world's.
    pub seq: Option<Seq>,
    pub at: SimTime,
    /// The stage before this one and when it began; None where there was none.
    pub before: Option<(ShipmentStage, SimTime)>,
}

/// How it stands with the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorldStatus {
    Connecting,
    Connected {
        world: WorldId,
    },
    /// Reached, but it will not have us.
    Refused {
        reason: String,
    },
    Unreachable {
        reason: String,
    },
    /// Staff wants no connection.
    Disconnected,
}

/// How it stands with the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreStatus {
    /// Nothing was posted yet.
    Unknown,
    Reachable,
    Unreachable {
        reason: String,
    },
    /// It answers, but takes no message about our world.
    WorldRefused {
        reason: String,
    },
}
