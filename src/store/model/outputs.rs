//! What leaves the store's models: frames, posts, answers, and news for those who watch.

use bytes::Bytes;

use super::{
    catalog::Line,
    status::PackageStatus,
    wishes::{LinkView, WishRefusal},
};
use crate::{
    basis::{
        Cents, ListingId, OrderId, PackageId, PurchaseId, Seq, SimTime, TruckId, WarehouseId,
        WorldId,
    },
    runtime::ReplyId,
    wire::dialect::{Answer, Envelope, ToCarrier},
};

/// A connection to the world, numbered by us; no number is used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// A post to the carrier, numbered by us; no number is used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PostId(pub u64);

/// What leaves the party once everything before it is committed.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// Connect to the world.
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
    /// Post these, in order, in one batch where the carrier takes batches.
    Post {
        post: PostId,
        envelopes: Vec<Envelope<ToCarrier>>,
    },
    /// Answers to a post of the carrier's, in its order.
    AnswerCarrier {
        reply: ReplyId,
        answers: Vec<Answer>,
    },
    /// The answer to [`Place`](super::letters::Place).
    Answer {
        reply: ReplyId,
        answer: PlaceAnswer,
    },
    /// The answer to [`Replenish`](super::letters::Replenish).
    Replenished {
        reply: ReplyId,
        outcome: Result<PurchaseId, ReplenishRefusal>,
    },
    /// The answer to [`Cancel`](super::letters::Cancel).
    Cancelled {
        reply: ReplyId,
        outcome: CancelOutcome,
    },
    /// The answer to [`Redirect`](super::letters::Redirect).
    Redirected {
        reply: ReplyId,
        outcome: RedirectOutcome,
    },
    /// The answer to [`WorldWish`](super::wishes::WorldWish).
    Wished {
        reply: ReplyId,
        outcome: Result<(), WishRefusal>,
    },
    /// The answer to [`Look`](super::wishes::Look).
    Looked {
        reply: ReplyId,
        view: LinkView,
    },
    /// A package is somewhere else than before.
    Changed(PackageChange),
    /// What a warehouse can promise; only what has changed.
    Stock {
        warehouse: WarehouseId,
        levels: Vec<(ListingId, i64)>,
    },
    World(WorldStatus),
    Carrier(CarrierStatus),
    /// How busy a link is.
    Load(LinkLoad),
    /// Something that an operator wants to read.
    Noted(Note),
}

/// What became of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlaceAnswer {
    Placed(PlacedOrder),
    /// The key was used before for the same order.
    Repeated {
        order: OrderId,
    },
    /// The key was used before for this order, which was another.
    Conflict {
        order: OrderId,
    },
    Rejected(Rejection),
    /// Not at this moment; nothing was saved.
    Busy,
}

/// An order as it was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedOrder {
    pub order: OrderId,
    pub total: Cents,
    pub placed_at: SimTime,
    pub packages: Vec<PlacedPackage>,
}

/// A package of a new order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedPackage {
    pub id: PackageId,
    pub warehouse: WarehouseId,
    pub status: PackageStatus,
    /// False: some of it has to be bought first.
    pub in_stock: bool,
    pub lines: Vec<Line>,
}

/// Why an order is not taken; the buyer can do something about each.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("an order needs at least one item")]
    Empty,
    #[error("an order has at most {max} items, this one has {count}; split it")]
    TooManyItems { count: usize, max: usize },
    #[error("there is no listing {0} (any more); see /api/v1/products for what there is")]
    UnknownListing(ListingId),
    #[error("the quantity of listing {listing} is {quantity}; it must be between 1 and {max}")]
    QuantityOutOfRange { listing: ListingId, quantity: u64, max: u32 },
    #[error("the order's total is more than can be charged; order less")]
    TotalTooLarge,
    #[error(
        "the destination is {distance} units from our nearest warehouse; it must be within {max}"
    )]
    TooFar { distance: u64, max: u64 },
    #[error("the order costs {total} now, and not {expected}; look at the prices and order again")]
    PriceChanged { expected: Cents, total: Cents },
    #[error("not all of this is in stock (any more); order less, or let the rest come later")]
    NotInStock,
    #[error("the store has no warehouse to send anything from; try again later")]
    NoWarehouse,
}

/// Why a warehouse does not buy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplenishRefusal {
    #[error("there is no warehouse {0}")]
    UnknownWarehouse(WarehouseId),
    #[error("warehouse {0} is not active: it buys nothing for its shelves")]
    Inactive(WarehouseId),
    #[error("there is no listing {0}")]
    UnknownListing(ListingId),
    #[error("a purchase is of 1 to {max} pieces a listing and of 1 to {lines_max} listings")]
    OutOfRange { max: u32, lines_max: usize },
}

/// What became of a wish not to get a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelOutcome {
    /// It will not be packed.
    Cancelled,
    /// It is being packed, or further.
    TooLate { status: PackageStatus },
    /// It has come to its end, one or the other, or is not there yet: the database knows.
    NotUnderWay,
}

/// What became of a wish to get a package elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RedirectOutcome {
    /// It goes there, now or before.
    Changed,
    /// The carrier was or will be asked, until it answers.
    Pending,
    /// It is on its way to where it went, or further.
    TooLate { status: PackageStatus },
    /// The carrier will not, in its words.
    Refused { text: String },
    /// A later wish has taken the place of this one, before the carrier was asked.
    Replaced,
    /// The place is out of reach.
    Rejected(Rejection),
    /// It has come to its end, one or the other, or is not there yet: the database knows.
    NotUnderWay,
    /// The store is starting.
    Busy,
}

/// A package is at another point of its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageChange {
    pub order: OrderId,
    pub package: PackageId,
    pub warehouse: WarehouseId,
    /// What has changed.
    pub change: Change,
    /// The status after that, which may be the one before.
    pub status: PackageStatus,
    pub tracking_number: Option<String>,
    pub truck: Option<TruckId>,
    /// Of the message that brought it about (the world's or the carrier's), or of the
    /// command to the world with which it begins.
    pub seq: Option<Seq>,
    pub at: SimTime,
    /// When the status before this one began, where it has just ended.
    pub since: Option<(PackageStatus, SimTime)>,
}

/// What a [`PackageChange`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    Status,
    /// Its pieces are there.
    InStock,
    TruckDispatched,
    TruckArrived,
    Tracking,
    /// It goes elsewhere than before.
    Destination,
    /// It could not be sent elsewhere.
    DestinationKept,
}

/// How things stand with the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorldStatus {
    /// None: nobody has said yet which.
    pub world: Option<WorldId>,
    pub connected: bool,
    /// Not connected because an admin wants it so.
    pub held: bool,
    /// It was tried in vain; else it is about to be tried.
    pub failed: bool,
    /// Why not connected, in words for an operator.
    pub reason: String,
}

/// How things stand with the carrier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarrierStatus {
    /// None: not tried yet.
    pub reachable: Option<bool>,
    /// Why not, in words for an operator.
    pub reason: String,
}

/// One of the store's links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkName {
    World,
    Carrier,
}

/// How much is under way on a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkLoad {
    pub link: LinkName,
    pub unacked: usize,
    /// Since this half of the link was made.
    pub resent: u64,
}

/// What is worth a line in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// `seq`: of the command. `about`: the order and the package, where it was about one.
    WorldRefused {
        seq: Seq,
        about: Option<(OrderId, PackageId)>,
        text: String,
    },
    UnknownArrival {
        warehouse: WarehouseId,
        seq: Seq,
    },
    BadFrame {
        reason: String,
    },
    /// The world had a warehouse of this number before it was told of ours.
    WarehouseWasThere {
        world: WorldId,
        warehouse: WarehouseId,
    },
    CarrierRefused {
        order: OrderId,
        package: PackageId,
        text: String,
    },
    Sent(Sent),
}

/// A message about a package goes out, for the first time or again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    pub to: LinkName,
    /// What it asks or tells: `pack`, `load`, `shipment created`, `shipment loaded`,
    /// `address change`.
    pub what: &'static str,
    pub order: OrderId,
    pub package: PackageId,
    pub truck: Option<TruckId>,
    pub seq: Seq,
}
