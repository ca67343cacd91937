//! What a batch of records comes to: one change a row, however often the row
//! changed within the batch.
//!
//! No SQL here, and nothing of what is in the rows already.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    basis::{PackageId, Point, Seq, SimTime, TruckId, WarehouseId, WorldId},
    carrier::model::{Record, ShipmentStage, Terms},
};

/// A batch, folded.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changes<'a> {
    pub(super) accepted: BTreeMap<PackageId, (&'a Terms, SimTime)>,
    pub(super) shipments: BTreeMap<PackageId, ShipmentChange>,
    pub(super) joined: BTreeMap<(WorldId, TruckId), Point>,
    pub(super) added: BTreeMap<TruckId, Point>,
    pub(super) trucks: BTreeMap<(WorldId, TruckId), TruckChange>,
    pub(super) places: BTreeMap<(WorldId, WarehouseId), Point>,
    pub(super) settings: SettingsChange,
    /// Idle before anything else of the batch: their shipments may be on other trucks after it.
    pub(super) freed: BTreeSet<(WorldId, TruckId)>,
}

/// None: as it was.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ShipmentChange {
    pub(super) stage: Option<ShipmentStage>,
    pub(super) is_finished: bool,
    pub(super) destination: Option<Point>,
    pub(super) address_seq: Option<Seq>,
    pub(super) ride: Option<(WorldId, TruckId)>,
    pub(super) dispatched_at: Option<SimTime>,
    pub(super) arrived_at: Option<SimTime>,
    pub(super) loaded_at: Option<SimTime>,
    pub(super) delivering_at: Option<SimTime>,
    pub(super) delivered_at: Option<SimTime>,
}

/// None: as it was.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct TruckChange {
    /// The stage's name in the database, and the shipment of every stage but `idle`.
    pub(super) stage: Option<(&'static str, Option<PackageId>)>,
    pub(super) place: Option<Point>,
    pub(super) command: Option<Option<Seq>>,
    pub(super) arrival: Option<Seq>,
}

/// None: as it was.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct SettingsChange {
    /// The world, and where there is none the next one.
    pub(super) world: Option<Option<WorldId>>,
    pub(super) next_world: Option<Option<WorldId>>,
    pub(super) world_held: Option<bool>,
    pub(super) world_speed: Option<Option<u32>>,
    pub(super) world_seq_used: Option<Seq>,
    pub(super) store_seq_below: Option<Seq>,
}

impl<'a> Changes<'a> {
    pub(super) fn of(records: &'a [Record]) -> Self {
        let mut changes = Self::default();
        for record in records {
            changes.add(record);
        }
        changes
    }

    fn add(&mut self, record: &'a Record) {
        match record {
            Record::ShipmentAccepted { shipment, terms, at } => {
                self.accepted.insert(*shipment, (terms, *at));
            }
            Record::DestinationChanged { shipment, destination, seq } => {
                let change = self.shipment(*shipment);
                change.destination = Some(*destination);
                change.address_seq = seq.or(change.address_seq);
            }
            Record::Dispatched { shipment, world, truck, at } => {
                let change = self.step(*shipment, ShipmentStage::Dispatched);
                change.ride = Some((*world, *truck));
                change.dispatched_at = Some(*at);
                self.errand(*world, *truck, "to_warehouse", Some(*shipment));
            }
            Record::GivenBack { shipment, world, truck } => {
                self.step(*shipment, ShipmentStage::Created);
                self.errand(*world, *truck, "idle", None);
                self.freed.insert((*world, *truck));
            }
            Record::TruckArrived { shipment, world, truck, place, seq, at } => {
                self.step(*shipment, ShipmentStage::AtWarehouse).arrived_at = Some(*at);
                let change = self.errand(*world, *truck, "at_warehouse", Some(*shipment));
                change.place = Some(*place);
                change.arrival = Some(*seq);
            }
            Record::ShipmentLoaded { shipment, at } => {
                self.shipment(*shipment).loaded_at = Some(*at);
            }
            Record::DeliveryStarted { shipment, world, truck, at } => {
                self.step(*shipment, ShipmentStage::Delivering).delivering_at = Some(*at);
                self.errand(*world, *truck, "delivering", Some(*shipment));
            }
            Record::Delivered { shipment, world, truck, place, at } => {
                self.step(*shipment, ShipmentStage::Delivered).delivered_at = Some(*at);
                self.errand(*world, *truck, "idle", None).place = Some(*place);
            }
            Record::StoreTold { shipment } => self.shipment(*shipment).is_finished = true,
            Record::WarehousePlaced { world, warehouse, place } => {
                self.places.insert((*world, *warehouse), *place);
            }
            Record::WorldJoined { world, trucks } => {
                self.settings.world = Some(Some(*world));
                for (truck, place) in trucks {
                    self.joined.entry((*world, *truck)).or_insert(*place);
                }
            }
            Record::WorldLeft { next } => {
                self.settings.world = Some(None);
                self.settings.next_world = Some(*next);
            }
            Record::WorldHeld(is_held) => self.settings.world_held = Some(*is_held),
            Record::WorldSpeed(speed) => self.settings.world_speed = Some(*speed),
            Record::TrucksAdded { trucks } => self.added.extend(trucks.iter().copied()),
            Record::TruckCommanded { world, truck, seq } => {
                self.truck(*world, *truck).command = Some(Some(*seq));
                self.use_world_number(*seq);
            }
            Record::CommandFailed { world, truck } => {
                self.truck(*world, *truck).command = Some(None);
            }
            Record::WorldNumberUsed { seq } => self.use_world_number(*seq),
            Record::StoreNumbersReserved { below } => {
                self.settings.store_seq_below = self.settings.store_seq_below.max(Some(*below));
            }
        }
    }

    fn shipment(&mut self, shipment: PackageId) -> &mut ShipmentChange {
        self.shipments.entry(shipment).or_default()
    }

    fn step(&mut self, shipment: PackageId, stage: ShipmentStage) -> &mut ShipmentChange {
        let change = self.shipment(shipment);
        change.stage = Some(stage);
        change
    }

    fn truck(&mut self, world: WorldId, truck: TruckId) -> &mut TruckChange {
        self.trucks.entry((world, truck)).or_default()
    }

    /// A new errand, or the end of one: no command for it is under way yet.
    fn errand(
        &mut self,
        world: WorldId,
        truck: TruckId,
        stage: &'static str,
        shipment: Option<PackageId>,
    ) -> &mut TruckChange {
        let change = self.truck(world, truck);
        change.stage = Some((stage, shipment));
        change.command = Some(None);
        change
    }

    fn use_world_number(&mut self, seq: Seq) {
        self.settings.world_seq_used = self.settings.world_seq_used.max(Some(seq));
    }
}
