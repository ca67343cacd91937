//! The carrier's committed state, as far as it is needed to go on.
//!
//! What people look up later (finished shipments, times of stages) is in the
//! database only.

use std::collections::BTreeMap;

use super::{
    finished::Finished,
    outputs::ShipmentStage,
    party::Carrier,
    records::{Record, Terms},
};
use crate::{
    basis::{PackageId, Point, Seq, SimTime, TruckId, WarehouseId, WorldId},
    runtime::Disk,
};

/// What the operator asked for when the carrier was last started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Trucks 0 up to this number are put into the world.
    pub trucks: u32,
    /// None: a new world is made.
    pub world: Option<WorldId>,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { trucks: 8, world: None }
    }
}

/// What is committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarrierDisk {
    /// Whose numbers our messages to stores carry.
    pub sender: String,
    pub wanted: Wanted,
    /// The world we are in.
    pub world: Option<WorldId>,
    /// Staff has disconnected us from it.
    pub world_held: bool,
    /// How fast staff wants the world to be; None: as others set it.
    pub world_speed: Option<u32>,
    /// The last number used towards the world.
    pub world_seq_used: Seq,
    /// Numbers from this one on were never used towards the store.
    pub store_seq_below: Seq,
    pub trucks: BTreeMap<(WorldId, TruckId), TruckRow>,
    /// Trucks that were added while the carrier ran, and where they start in a world.
    pub added: BTreeMap<TruckId, Point>,
    pub warehouses: BTreeMap<(WorldId, WarehouseId), Point>,
    /// Those that are not finished.
    pub shipments: BTreeMap<PackageId, ShipmentRow>,
    /// Delivered, and their store knows it.
    pub finished: Finished,
}

/// One truck.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TruckRow {
    /// Where it last stood.
    pub place: Point,
    pub stage: TruckStage,
    /// The number of the errand under way, once it has one.
    pub command: Option<Seq>,
    /// The number of the last arrival at a warehouse that was taken in.
    pub arrival: Seq,
}

/// What a truck does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TruckStage {
    Idle,
    ToWarehouse { shipment: PackageId },
    AtWarehouse { shipment: PackageId },
    Delivering { shipment: PackageId },
}

/// One shipment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShipmentRow {
    /// With the destination as it is now.
    pub terms: Terms,
    pub stage: ShipmentStage,
    pub ride: Option<(WorldId, TruckId)>,
    pub created_at: SimTime,
    /// When the stage began.
    pub since: SimTime,
    /// The store says that it is on the truck.
    pub is_loaded: bool,
    /// The number of the last change of address.
    pub address_seq: Option<Seq>,
}

impl CarrierDisk {
    pub fn new(sender: impl Into<String>, wanted: Wanted) -> Self {
        Self {
            sender: sender.into(),
            wanted,
            world: None,
            world_held: false,
            world_speed: None,
            world_seq_used: Seq::ZERO,
            store_seq_below: Seq(1),
            trucks: BTreeMap::new(),
            added: BTreeMap::new(),
            warehouses: BTreeMap::new(),
            shipments: BTreeMap::new(),
            finished: Finished::new(),
        }
    }

    fn truck(&mut self, world: WorldId, truck: TruckId, change: impl FnOnce(&mut TruckRow)) {
        if let Some(row) = self.trucks.get_mut(&(world, truck)) {
            change(row);
        }
    }

    fn shipment(&mut self, shipment: PackageId, change: impl FnOnce(&mut ShipmentRow)) {
        if let Some(row) = self.shipments.get_mut(&shipment) {
            change(row);
        }
    }

    fn step(&mut self, shipment: PackageId, stage: ShipmentStage, at: SimTime) {
        self.shipment(shipment, |row| {
            row.stage = stage;
            row.since = at;
        });
    }
}

impl Default for CarrierDisk {
    fn default() -> Self {
        Self::new("carrier", Wanted::default())
    }
}

impl Disk<Carrier> for CarrierDisk {
    fn apply(&mut self, record: &Record) {
        match record {
            Record::ShipmentAccepted { shipment, terms, at } => {
                let row = ShipmentRow {
                    terms: terms.clone(),
                    stage: ShipmentStage::Created,
                    ride: None,
                    created_at: *at,
                    since: *at,
                    is_loaded: false,
                    address_seq: None,
                };
                self.shipments.insert(*shipment, row);
            }
            Record::DestinationChanged { shipment, destination, seq } => {
                self.shipment(*shipment, |row| {
                    row.terms.destination = *destination;
                    row.address_seq = seq.or(row.address_seq);
                });
            }
            Record::Dispatched { shipment, world, truck, at } => {
                self.step(*shipment, ShipmentStage::Dispatched, *at);
                self.shipment(*shipment, |row| row.ride = Some((*world, *truck)));
                self.truck(*world, *truck, |row| {
                    row.stage = TruckStage::ToWarehouse { shipment: *shipment };
                    row.command = None;
                });
            }
            Record::GivenBack { shipment, world, truck } => {
                self.shipment(*shipment, |row| {
                    row.stage = ShipmentStage::Created;
                    row.since = row.created_at;
                });
                self.truck(*world, *truck, |row| {
                    row.stage = TruckStage::Idle;
                    row.command = None;
                });
            }
            Record::TruckArrived { shipment, world, truck, place, seq, at } => {
                self.step(*shipment, ShipmentStage::AtWarehouse, *at);
                self.truck(*world, *truck, |row| {
                    row.place = *place;
                    row.stage = TruckStage::AtWarehouse { shipment: *shipment };
                    row.command = None;
                    row.arrival = *seq;
                });
            }
            Record::ShipmentLoaded { shipment, at: _ } => {
                self.shipment(*shipment, |row| row.is_loaded = true);
            }
            Record::DeliveryStarted { shipment, world, truck, at } => {
                self.step(*shipment, ShipmentStage::Delivering, *at);
                self.truck(*world, *truck, |row| {
                    row.stage = TruckStage::Delivering { shipment: *shipment };
                    row.command = None;
                });
            }
            Record::Delivered { shipment, world, truck, place, at } => {
                self.step(*shipment, ShipmentStage::Delivered, *at);
                self.truck(*world, *truck, |row| {
                    row.place = *place;
                    row.stage = TruckStage::Idle;
                    row.command = None;
                });
            }
            Record::StoreTold { shipment } => {
                self.shipments.remove(shipment);
                self.finished.insert(*shipment);
            }
            Record::WarehousePlaced { world, warehouse, place } => {
                self.warehouses.insert((*world, *warehouse), *place);
            }
            Record::WorldJoined { world, trucks } => {
                self.world = Some(*world);
                for (truck, place) in trucks {
                    self.trucks.entry((*world, *truck)).or_insert(TruckRow::new(*place));
                }
            }
            Record::WorldLeft { next } => {
                self.world = None;
                self.wanted.world = *next;
            }
            Record::WorldHeld(is_held) => self.world_held = *is_held,
            Record::WorldSpeed(speed) => self.world_speed = *speed,
            Record::TrucksAdded { trucks } => self.added.extend(trucks.iter().copied()),
            Record::TruckCommanded { world, truck, seq } => {
                self.world_seq_used = self.world_seq_used.max(*seq);
                self.truck(*world, *truck, |row| row.command = Some(*seq));
            }
            Record::CommandFailed { world, truck } => {
                self.truck(*world, *truck, |row| row.command = None);
            }
            Record::WorldNumberUsed { seq } => {
                self.world_seq_used = self.world_seq_used.max(*seq);
            }
            Record::StoreNumbersReserved { below } => {
                self.store_seq_below = self.store_seq_below.max(*below);
            }
        }
    }
}

impl TruckRow {
    /// A truck that has just been put into the world.
    pub fn new(place: Point) -> Self {
        Self { place, stage: TruckStage::Idle, command: None, arrival: Seq::ZERO }
    }
}
