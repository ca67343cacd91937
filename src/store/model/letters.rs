//! What the store's residents say to each other, and what the outside says to them.
//!
//! Letters are volatile: whatever a lost one would have caused is derived again
//! from the committed state.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;

use super::{
    catalog::{Catalog, Line, Listing, Site},
    outputs::{ConnectionId, PackageChange, PostId},
    wishes::{Look, WorldWish},
};
use crate::{
    basis::{
        AccountId, Cents, ListingId, OrderId, PackageId, Point, PurchaseId, Seq, SimTime, TruckId,
        WarehouseId, WorldId,
    },
    runtime::ReplyId,
    wire::{
        amazon::{Command, Thing},
        dialect::{Answer, Envelope, Refusal, ShipmentStatus, ToCarrier, ToStore},
    },
};

/// Where a resident of the store lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Address {
    /// Takes orders; one.
    Desk,
    /// Keeps stock.
    Warehouse(WarehouseId),
    /// Is packed, loaded and delivered; lives until then.
    Package(PackageId),
    /// Talks to the world; one.
    WorldLink,
    /// Talks to the carrier; one.
    CarrierPeer,
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Desk => f.write_str("the desk"),
            Self::Warehouse(id) => write!(f, "warehouse {id}"),
            Self::Package(id) => write!(f, "package {id}"),
            Self::WorldLink => f.write_str("the link to the world"),
            Self::CarrierPeer => f.write_str("the link to the carrier"),
        }
    }
}

/// A message between residents, or from the outside to one.
#[derive(Debug, Clone, PartialEq)]
pub enum Letter {
    /// From the outside: somebody orders.
    Place(Place),
    /// From the outside: the catalog has changed in the database.
    Catalog(CatalogChange),
    /// From the outside: a warehouse shall buy.
    Replenish(Replenish),
    /// From the outside: a package shall not be sent.
    Cancel(Cancel),
    /// From the outside: a package shall go elsewhere.
    Redirect(Redirect),
    /// From the outside: an admin wants something of the connection to the world.
    Wish(WorldWish),
    /// From the outside: what is under way on a link?
    Look(Look),
    /// From the outside: what came of the world's socket.
    World(WorldInput),
    /// From the outside: what came of the carrier's HTTP.
    Carrier(CarrierInput),
    /// The party is open, or this resident was restored: do what is outstanding.
    Reopened(Address),
    Desk(DeskLetter),
    Warehouse(WarehouseId, WarehouseLetter),
    Package(PackageId, PackageLetter),
    Link(LinkLetter),
    Peer(PeerLetter),
}

/// An order as its buyer wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub reply: ReplyId,
    pub account: AccountId,
    pub email: String,
    /// The same key gives the same order.
    pub idempotency_key: String,
    /// Of what was asked: another body under the same key is a conflict.
    pub body_hash: [u8; 32],
    /// Lines with the same listing are added up.
    pub items: Vec<(ListingId, u32)>,
    pub destination: Point,
    /// The buyer's account at the carrier.
    pub carrier_account: Option<String>,
    /// What the buyer was told that it costs: at another price nothing is ordered.
    pub expected_total: Option<Cents>,
    /// Nothing is ordered unless all of it can be sent at once.
    pub only_in_stock: bool,
}

/// What the web front has written to the catalog's tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CatalogChange {
    Listing(Listing),
    Warehouse(Site),
}

/// A wish for more stock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replenish {
    pub reply: ReplyId,
    pub warehouse: WarehouseId,
    pub lines: Vec<Line>,
}

/// A wish not to get a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cancel {
    pub reply: ReplyId,
    pub package: PackageId,
}

/// A wish to get a package elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Redirect {
    pub reply: ReplyId,
    pub package: PackageId,
    pub to: Point,
}

/// What happens to the connection to the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorldInput {
    DialSucceeded {
        connection: ConnectionId,
    },
    DialFailed {
        connection: ConnectionId,
        reason: String,
    },
    /// One message's body, without its length.
    Received {
        connection: ConnectionId,
        bytes: Bytes,
    },
    Lost {
        connection: ConnectionId,
    },
}

/// What happens between us and the carrier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CarrierInput {
    /// What became of a post of ours: an answer for each message, or why there is none.
    Posted { post: PostId, result: Result<Vec<Answer>, String> },
    /// A post of the carrier's.
    Received { reply: ReplyId, envelopes: Vec<Envelope<ToStore>> },
}

/// To the desk, from inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeskLetter {
    /// A warehouse's answer to [`WarehouseLetter::Reserve`].
    Reserved {
        ticket: Ticket,
        warehouse: WarehouseId,
        package: PackageId,
        granted: bool,
        /// What can be promised after that, of what was asked for.
        levels: Vec<(ListingId, i64)>,
    },
    /// What can be promised at present.
    Available { warehouse: WarehouseId, levels: Vec<(ListingId, i64)> },
}

/// Names an asking of one desk: a desk that was restored does not take answers to
/// questions of the one before it.
pub type Ticket = SimTime;

/// To a warehouse, from inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WarehouseLetter {
    /// Promise all of it or nothing.
    Reserve {
        ticket: Ticket,
        package: PackageId,
        lines: Vec<Line>,
    },
    /// The promises to these packages are void: their orders were never saved.
    Forget {
        from: PackageId,
    },
    /// The package was placed without its pieces: promise them when they are there.
    BackOrder {
        package: PackageId,
        lines: Vec<Line>,
    },
    /// The package is packed: its pieces are gone, in the same commit.
    Taken {
        package: PackageId,
        awaits_truck: bool,
    },
    /// The package will not be packed: its pieces are for others.
    Released {
        package: PackageId,
    },
    /// The world did not load onto a truck: it is not here, or has left. `awaits_other`: the
    /// package has none in its place.
    TruckRefused {
        package: PackageId,
        truck: TruckId,
        awaits_other: bool,
    },
    /// The package waits for no truck (any more).
    HasTruck {
        package: PackageId,
    },
    /// The world has too little for what was promised: our books are wrong.
    Short {
        lines: Vec<Line>,
    },
    /// From the world: bought things are there.
    Arrived {
        things: Vec<Thing>,
        seq: Seq,
        world: Option<WorldId>,
    },
    /// The world refused to sell.
    BuyRefused {
        purchase: PurchaseId,
    },
    /// Somebody wants it to buy.
    Replenish {
        reply: ReplyId,
        lines: Vec<Line>,
    },
    /// From a carrier that sends trucks for whatever is packed.
    TruckArrived {
        truck: TruckId,
        errand: Errand,
    },
    /// We are in another world, with empty shelves.
    WorldChanged,
    Listing(Listing),
    /// There is such a warehouse, as this site says.
    Founded {
        site: Site,
        catalog: Arc<Catalog>,
    },
}

/// A new package and all that it has to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub order: OrderId,
    pub account: AccountId,
    pub email: String,
    pub carrier_account: Option<String>,
    pub destination: Point,
    pub warehouse: WarehouseId,
    pub lines: Vec<Line>,
    pub things: Vec<Thing>,
    /// Whether its pieces are promised.
    pub granted: bool,
    /// How long after its placing it can be cancelled where its pieces are there.
    pub pack_after: Duration,
}

/// To a package, from inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PackageLetter {
    /// It exists, as just saved.
    Opened(Box<Plan>),
    /// Its back-ordered pieces are promised now, by this warehouse.
    Granted {
        warehouse: WarehouseId,
    },
    /// Somebody wants it elsewhere, within reach.
    Redirect {
        reply: ReplyId,
        to: Point,
    },
    /// From the world, by way of the link.
    Ready {
        seq: Seq,
    },
    Loaded {
        seq: Seq,
    },
    /// The world refused; the refusal is saved.
    PackRefused {
        text: String,
    },
    LoadRefused {
        text: String,
    },
    /// From the carrier, by way of the peer. `seq`: its number, where it numbers them.
    Carrier {
        event: CarrierEvent,
        errand: Errand,
        seq: Option<Seq>,
    },
    /// A truck that came for whatever is packed.
    TruckHere {
        truck: TruckId,
    },
    /// The carrier knows the shipment.
    Announced {
        tracking_number: Option<String>,
    },
    /// The carrier's answer to the change of address that it was asked for.
    RedirectAnswered {
        to: Point,
        outcome: Result<(), Refusal>,
    },
    /// The carrier will not take the message; try again later.
    CarrierRefused {
        told: Told,
        text: String,
    },
}

/// What the carrier says about one shipment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CarrierEvent {
    TruckDispatched {
        truck: TruckId,
    },
    TruckArrived {
        truck: TruckId,
    },
    Tracking {
        number: String,
    },
    Status(ShipmentStatus),
    /// `to`: where, if it says so.
    Delivered {
        to: Option<Point>,
    },
    /// A helper that listens to the world says so. The world says it to us as well.
    Packed,
    LoadedOnto {
        truck: Option<TruckId>,
    },
}

/// Which message of which post is being done, so that it can be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Errand {
    pub reply: ReplyId,
    pub index: usize,
}

/// A command to the world, by what it is for: at most one of each is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Task {
    Buy { warehouse: WarehouseId, purchase: PurchaseId },
    Pack(PackageId),
    Load(PackageId),
}

/// To the world link, from inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkLetter {
    /// `order`: of the package that it is about, if it is about one. `news` is told to
    /// the outside when the command is saved.
    Send { task: Task, order: Option<OrderId>, command: Command, news: Option<Box<PackageChange>> },
    /// The event has had its effect; the task, if one is named, is over.
    Settled { seq: Seq, over: Option<Task> },
    /// Nothing of this package is of interest any more.
    Ended { package: PackageId },
    /// The carrier, or who started us, says which world we are in.
    SetWorld { world: WorldId, errand: Option<Errand> },
    /// There is one more warehouse.
    Founded(Site),
}

/// A message to the carrier about a shipment: one of each is under way at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Told {
    Created,
    Loaded,
    Redirected,
}

/// To the carrier peer, from inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeerLetter {
    Tell {
        order: OrderId,
        package: PackageId,
        told: Told,
        message: ToCarrier,
    },
    /// A message of the carrier's is done; this is the answer to it.
    Done {
        errand: Errand,
        answer: Result<String, Refusal>,
    },
    /// A message of the carrier's is about a package that is not under way.
    NotUnderWay {
        errand: Errand,
        package: PackageId,
    },
    /// Nothing about this package needs to be said any more.
    Ended {
        package: PackageId,
    },
}
