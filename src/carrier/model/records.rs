//! What becomes durable: changes to the carrier's committed state.
//!
//! How they become rows is for `db`.

use crate::basis::{PackageId, Point, Seq, SimTime, TruckId, WarehouseId, WorldId};

/// One change. Those of one call are committed together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// The store's order to ship is accepted; it waits for a truck.
    ShipmentAccepted {
        shipment: PackageId,
        terms: Terms,
        at: SimTime,
    },
    /// `seq`: of the message that asked for it, where its sender counts.
    DestinationChanged {
        shipment: PackageId,
        destination: Point,
        seq: Option<Seq>,
    },
    /// The shipment leaves the queue and the truck its place, in one change.
    Dispatched {
        shipment: PackageId,
        world: WorldId,
        truck: TruckId,
        at: SimTime,
    },
    /// The truck can not fetch it: the truck is idle where it was, the shipment waits again.
    GivenBack {
        shipment: PackageId,
        world: WorldId,
        truck: TruckId,
    },
    /// `seq`: of the world's event; an event up to it is an old one.
    TruckArrived {
        shipment: PackageId,
        world: WorldId,
        truck: TruckId,
        place: Point,
        seq: Seq,
        at: SimTime,
    },
    /// The store has loaded it.
    ShipmentLoaded {
        shipment: PackageId,
        at: SimTime,
    },
    /// The truck leaves with it.
    DeliveryStarted {
        shipment: PackageId,
        world: WorldId,
        truck: TruckId,
        at: SimTime,
    },
    /// The truck is idle again, at the destination.
    Delivered {
        shipment: PackageId,
        world: WorldId,
        truck: TruckId,
        place: Point,
        at: SimTime,
    },
    /// The store knows that it was delivered: nothing is left to do.
    StoreTold {
        shipment: PackageId,
    },
    WarehousePlaced {
        world: WorldId,
        warehouse: WarehouseId,
        place: Point,
    },
    /// The world has these trucks of ours.
    WorldJoined {
        world: WorldId,
        trucks: Vec<(TruckId, Point)>,
    },
    /// In no world until the next one is joined; None: a new one, which is yet to be made.
    WorldLeft {
        next: Option<WorldId>,
    },
    /// Staff does not want a connection, or wants one again.
    WorldHeld(bool),
    /// Staff wants the world to be so fast; None: as others set it.
    WorldSpeed(Option<u32>),
    /// More trucks shall be in whatever world the carrier is in, and start there.
    TrucksAdded {
        trucks: Vec<(TruckId, Point)>,
    },
    /// The errand that the truck's row names is under way under this number.
    TruckCommanded {
        world: WorldId,
        truck: TruckId,
        seq: Seq,
    },
    /// The world refused the errand under way.
    CommandFailed {
        world: WorldId,
        truck: TruckId,
    },
    /// A number was used for what needs no memory.
    WorldNumberUsed {
        seq: Seq,
    },
    /// Numbers below this one may have been used towards the store.
    StoreNumbersReserved {
        below: Seq,
    },
}

/// What was agreed with the store about a shipment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    pub warehouse: WarehouseId,
    pub destination: Point,
    pub user: i64,
    pub email: String,
    pub ups_account: Option<String>,
    /// Who asked for it, where he says so.
    pub sender: Option<String>,
    /// His number for the request.
    pub seq: Option<Seq>,
}
