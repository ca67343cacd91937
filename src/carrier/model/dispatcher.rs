//! Gives idle trucks to waiting shipments, first come first served.
//!
//! What a truck does on its way is not known here.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{
    letters::{DispatcherLetter, Letter, ShipmentLetter, TruckLetter},
    party::Carrier,
    policy::{DispatchPolicy, NearestIdle},
    records::Record,
};
use crate::{
    basis::{PackageId, Point, SimTime, TruckId, WarehouseId, WorldId},
    runtime::Outbox,
};

/// The queue of shipments and the trucks that could fetch them.
pub struct Dispatcher {
    policy: Box<dyn DispatchPolicy + Send>,
    world: Option<WorldId>,
    idle: BTreeMap<TruckId, Point>,
    /// On their way, and for which shipment.
    busy: BTreeMap<TruckId, PackageId>,
    places: BTreeMap<WarehouseId, Point>,
    queue: VecDeque<(PackageId, WarehouseId)>,
    queued: BTreeSet<PackageId>,
}

impl Dispatcher {
    pub(super) fn new(world: Option<WorldId>, places: BTreeMap<WarehouseId, Point>) -> Self {
        Self {
            policy: Box::new(NearestIdle),
            world,
            idle: BTreeMap::new(),
            busy: BTreeMap::new(),
            places,
            queue: VecDeque::new(),
            queued: BTreeSet::new(),
        }
    }

    /// As committed: the truck does nothing.
    pub(super) fn with_idle(&mut self, truck: TruckId, at: Point) {
        self.idle.insert(truck, at);
    }

    /// As committed: the truck has the shipment.
    pub(super) fn with_busy(&mut self, truck: TruckId, shipment: PackageId) {
        self.busy.insert(truck, shipment);
    }

    /// As committed: the shipment waits, behind those named before it.
    pub(super) fn with_waiting(&mut self, shipment: PackageId, warehouse: WarehouseId) {
        if self.queued.insert(shipment) {
            self.queue.push_back((shipment, warehouse));
        }
    }

    /// Shipments without a truck.
    pub fn queue_length(&self) -> usize {
        self.queue.len()
    }

    pub(super) fn handle(
        &mut self,
        now: SimTime,
        letter: &DispatcherLetter,
        out: &mut Outbox<Carrier>,
    ) {
        match letter {
            DispatcherLetter::Waiting { shipment, warehouse } => {
                // A dispatcher restored in between knows it from the committed state already.
                if !self.busy.values().any(|busy| busy == shipment) {
                    self.with_waiting(*shipment, *warehouse);
                }
            }
            DispatcherLetter::FleetJoined { world, trucks } => self.join(*world, trucks),
            DispatcherLetter::Idle { truck, at, after } => {
                // Anything else is old news: the committed state had it before.
                if self.busy.get(truck) == Some(after) {
                    self.busy.remove(truck);
                    self.idle.insert(*truck, *at);
                }
            }
            DispatcherLetter::WarehouseFound { warehouse, at } => {
                self.places.insert(*warehouse, *at);
            }
        }
        self.dispatch(now, out);
    }

    /// Nobody wakes it in ordinary times; after a restart it looks once.
    pub(super) fn next_wake(&self) -> Option<SimTime> {
        let can_go = self.world.is_some() && !self.idle.is_empty() && !self.queue.is_empty();
        can_go.then_some(SimTime::ZERO)
    }

    pub(super) fn wake(&mut self, now: SimTime, out: &mut Outbox<Carrier>) {
        self.dispatch(now, out);
    }

    fn join(&mut self, world: WorldId, trucks: &[(TruckId, Point)]) {
        if self.world != Some(world) {
            // Places and trucks belong to a world.
            self.world = Some(world);
            self.idle.clear();
            self.busy.clear();
            self.places.clear();
        }
        for (truck, at) in trucks {
            if !self.busy.contains_key(truck) {
                self.idle.entry(*truck).or_insert(*at);
            }
        }
    }

    fn dispatch(&mut self, now: SimTime, out: &mut Outbox<Carrier>) {
        let Some(world) = self.world else { return };
        while let Some(&(shipment, warehouse)) = self.queue.front() {
            let place = self.places.get(&warehouse).copied();
            let Some(truck) = self.policy.choose(&self.idle, place) else { return };
            self.queue.pop_front();
            self.queued.remove(&shipment);
            self.idle.remove(&truck);
            self.busy.insert(truck, shipment);
            out.save(Record::Dispatched { shipment, world, truck, at: now });
            out.tell(Letter::Truck(world, truck, TruckLetter::Go { shipment, warehouse }));
            let dispatched = ShipmentLetter::Dispatched { world, truck, at: now };
            out.tell(Letter::Shipment(shipment, dispatched));
        }
    }
}
