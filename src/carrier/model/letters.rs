//! What the carrier's residents say to each other, and what the outside says to them.
//!
//! Letters are volatile: whatever a lost one would have caused is derived again
//! from the committed state.

use bytes::Bytes;

use super::{
    outputs::{ConnectionId, PostId},
    wishes::{Look, WorldWish},
};
use crate::{
    basis::{PackageId, Point, Seq, SimTime, TruckId, WarehouseId, WorldId},
    runtime::ReplyId,
    wire::dialect::{Answer, Envelope, ToCarrier, ToStore},
};

/// Where a resident of the carrier lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Address {
    /// Gives idle trucks to waiting shipments; one.
    Dispatcher,
    /// Drives; one for each truck of a world.
    Truck(WorldId, TruckId),
    /// Lives until its store knows that it was delivered.
    Shipment(PackageId),
    /// Talks to the world; one.
    WorldLink,
    /// Talks to the store; one.
    StorePeer,
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Dispatcher => f.write_str("the dispatcher"),
            Self::Truck(world, id) => write!(f, "truck {id} of world {world}"),
            Self::Shipment(id) => write!(f, "shipment {id}"),
            Self::WorldLink => f.write_str("the link to the world"),
            Self::StorePeer => f.write_str("the link to the store"),
        }
    }
}

/// A message between residents, or from the outside to one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Letter {
    /// From the outside: what came of the world's socket.
    World(WorldInput),
    /// From the outside: what came of the store's HTTP.
    Store(StoreInput),
    Link(LinkLetter),
    Peer(PeerLetter),
    Dispatcher(DispatcherLetter),
    Truck(WorldId, TruckId, TruckLetter),
    Shipment(PackageId, ShipmentLetter),
    /// From the outside: what staff wants of the connection to the world.
    Wish(WorldWish),
    /// From the outside: what is under way on a link.
    Look(Look),
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

/// What happens between us and the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreInput {
    /// What became of a post of ours: an answer for each message, or why there is none.
    Posted { post: PostId, result: Result<Vec<Answer>, String> },
    /// A post of the store's.
    Received { reply: ReplyId, envelopes: Vec<Envelope<ToCarrier>> },
}

/// To the world link, from inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkLetter {
    /// Sends a truck somewhere; the same order again changes nothing.
    Order(TruckOrder),
    /// The event has had its effect.
    Settled { seq: Seq },
    /// No truck is out in the present world, and none will be: it may be left, as was wished.
    MayLeave { reply: ReplyId, next: Option<WorldId> },
    /// From the outside: so many more trucks shall be in the world, and start there.
    /// Answered by [`Output::TrucksWished`](super::Output::TrucksWished) once the wish is
    /// committed; the world has them as soon as it has welcomed us anew.
    AddTrucks { reply: ReplyId, count: u32, at: Point },
}

/// What a truck wants of the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TruckOrder {
    pub truck: TruckId,
    pub errand: Errand,
}

/// Where a truck shall go, or be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errand {
    Pickup { shipment: PackageId, warehouse: WarehouseId },
    Deliver { shipment: PackageId, destination: Point },
    Query,
}

/// To the store peer, from inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeerLetter {
    /// The store shall know this.
    Notify(ToStore),
    /// A request of the store's is done; this is the answer to it.
    Answered { request: Request, answer: Answer },
    /// We are in a world.
    WorldJoined { world: WorldId },
}

/// Which message of which post is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Request {
    pub reply: ReplyId,
    pub index: usize,
}

/// To the dispatcher, from inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DispatcherLetter {
    /// A shipment waits for a truck.
    Waiting { shipment: PackageId, warehouse: WarehouseId },
    /// The world has these trucks, and they are ours.
    FleetJoined { world: WorldId, trucks: Vec<(TruckId, Point)> },
    /// The truck has delivered `after` and has nothing to do.
    Idle { truck: TruckId, at: Point, after: PackageId },
    /// The truck can not fetch it; saved by the truck. `sent_at` tells this trip from a
    /// later one of the same truck for the same shipment.
    GivenBack { truck: TruckId, shipment: PackageId, warehouse: WarehouseId, sent_at: SimTime },
    /// Staff wants to be in another world: may this one be left? None: for a new one.
    Leave { reply: ReplyId, next: Option<WorldId> },
    /// It was left: trucks that join from here on are those of the next one.
    Left,
    /// This is where the warehouse is.
    WarehouseFound { warehouse: WarehouseId, at: Point },
    /// From the outside, by hand: this truck shall fetch this shipment. Answered by
    /// [`Output::Assigned`](super::Output::Assigned) once it is committed, or refused.
    Assign { reply: ReplyId, shipment: PackageId, truck: TruckId },
}

/// To a truck, from inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TruckLetter {
    /// The world has it now.
    Joined { at: Point },
    /// Fetch the shipment; the order is saved, with this time.
    Go { shipment: PackageId, warehouse: WarehouseId, sent_at: SimTime },
    /// The shipment is on board: take it there; the order is saved.
    Deliver { shipment: PackageId, destination: Point },
    /// From the world: it has reached its warehouse.
    Arrived { at: Point, seq: Seq },
    /// From the world: the shipment is at its destination.
    Delivered { shipment: PackageId, seq: Seq },
    /// The world has refused its errand; the refusal is saved.
    CommandFailed { errand: Errand, text: String },
    /// The world's answer to a query.
    Seen { status: String, at: Point },
}

/// To a shipment, from inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShipmentLetter {
    /// From the store, by way of the peer.
    Requested { request: Request, origin: Origin, message: ToCarrier },
    /// A truck is on its way; saved by the dispatcher.
    Dispatched { world: WorldId, truck: TruckId, at: SimTime },
    /// The truck that was sent then can not fetch it; saved by the truck.
    GivenBack { world: WorldId, truck: TruckId, sent_at: SimTime },
    /// The truck is at the warehouse; saved by the truck. `seq`: of the world's word
    /// for it, where it was heard just now.
    TruckArrived { world: WorldId, truck: TruckId, seq: Option<Seq>, at: SimTime },
    /// It is at its destination; saved by the truck.
    Delivered { seq: Seq, at: SimTime },
    /// The store knows that it was delivered; saved by the peer.
    StoreTold,
}

/// Who asks, as far as he says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    pub sender: Option<String>,
    pub seq: Option<Seq>,
}
