//! Gives idle trucks to waiting shipments, first come first served.
//!
//! A shipment that a truck gave back rests before it is tried again, and that
//! truck is the last choice until it has delivered something.
//!
//! What a truck does on its way is not known here. However many shipments wait,
//! rest or are on their way, the next event costs only the logarithm of it.

mod queue;
mod trucks;

use std::collections::BTreeMap;

use self::{
    queue::Queue,
    trucks::{Trip, Trucks},
};
use super::{
    letters::{DispatcherLetter, Letter, LinkLetter, ShipmentLetter, TruckLetter},
    outputs::{AssignRefusal, Output},
    party::Carrier,
    policy::{DispatchPolicy, NearestIdle},
    records::Record,
    wishes::ConnectRefusal,
};
use crate::{
    basis::{PackageId, Point, SimTime, TruckId, WarehouseId, WorldId},
    runtime::{Outbox, ReplyId},
};

/// The queue of shipments and the trucks that could fetch them.
pub struct Dispatcher {
    policy: Box<dyn DispatchPolicy + Send>,
    world: Option<WorldId>,
    /// What joins is of the world that is left, until the link says that it was.
    is_leaving: bool,
    trucks: Trucks,
    places: BTreeMap<WarehouseId, Point>,
    queue: Queue,
}

impl Dispatcher {
    pub(super) fn new(world: Option<WorldId>, places: BTreeMap<WarehouseId, Point>) -> Self {
        Self {
            policy: Box::new(NearestIdle),
            world,
            is_leaving: false,
            trucks: Trucks::default(),
            places,
            queue: Queue::default(),
        }
    }

    /// As committed: the truck does nothing.
    pub(super) fn with_idle(&mut self, truck: TruckId, at: Point) {
        self.trucks.add_idle(truck, at);
    }

    /// As committed: the truck has the shipment; it last stood at `from`. `sent_at`: when
    /// it was sent, or when it came further.
    pub(super) fn with_busy(
        &mut self,
        truck: TruckId,
        shipment: PackageId,
        from: Point,
        sent_at: SimTime,
    ) {
        self.trucks.add_busy(truck, Trip { shipment, from, sent_at });
    }

    /// As committed: the shipment waits, behind those named before it.
    pub(super) fn with_waiting(&mut self, shipment: PackageId, warehouse: WarehouseId) {
        self.queue.join(shipment, warehouse);
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
                if !self.trucks.has_aboard(*shipment) {
                    self.queue.join(*shipment, *warehouse);
                }
            }
            DispatcherLetter::FleetJoined { world, trucks } => self.join(*world, trucks),
            DispatcherLetter::Idle { truck, at, after } => {
                if self.trucks.end_trip(*truck, *after).is_some() {
                    self.trucks.succeed(*truck);
                    self.trucks.add_idle(*truck, *at);
                    self.queue.forget(*after);
                }
            }
            DispatcherLetter::GivenBack { truck, shipment, warehouse, sent_at } => {
                if let Some(trip) = self.trucks.break_trip_off(*truck, *shipment, *sent_at) {
                    self.trucks.fail(*truck);
                    self.trucks.add_idle(*truck, trip.from);
                    self.queue.rest(*shipment, *warehouse, now);
                }
            }
            DispatcherLetter::Leave { reply, next } => self.leave(*reply, *next, out),
            DispatcherLetter::Left => self.is_leaving = false,
            DispatcherLetter::WarehouseFound { warehouse, at } => {
                self.places.insert(*warehouse, *at);
            }
            DispatcherLetter::Assign { reply, shipment, truck } => {
                let outcome = self.assign(now, *shipment, *truck, out);
                out.emit(Output::Assigned { reply: *reply, outcome });
            }
        }
        self.dispatch(now, out);
    }

    /// Nobody wakes it in ordinary times; after a restart it looks once.
    pub(super) fn next_wake(&self) -> Option<SimTime> {
        let can_go = self.world.is_some() && self.trucks.is_any_idle() && !self.queue.is_empty();
        if can_go { Some(SimTime::ZERO) } else { self.queue.next_wake() }
    }

    pub(super) fn wake(&mut self, now: SimTime, out: &mut Outbox<Carrier>) {
        self.queue.wake(now);
        self.dispatch(now, out);
    }

    /// Who waits is fetched in the next world; a truck that is out keeps us in this one.
    fn leave(&mut self, reply: ReplyId, next: Option<WorldId>, out: &mut Outbox<Carrier>) {
        let trucks = self.trucks.busy_count();
        if let Some(world) = self.world.filter(|_| trucks > 0) {
            let outcome = Err(ConnectRefusal::UnderWay { world, trucks });
            return out.emit(Output::Wished { reply, outcome });
        }
        (self.world, self.is_leaving) = (None, true);
        self.trucks = Trucks::default();
        self.places.clear();
        out.save(Record::WorldLeft { next });
        out.tell(Letter::Link(LinkLetter::MayLeave { reply, next }));
    }

    fn join(&mut self, world: WorldId, trucks: &[(TruckId, Point)]) {
        if self.is_leaving {
            return;
        }
        if self.world != Some(world) {
            // Places and trucks belong to a world.
            self.world = Some(world);
            self.trucks = Trucks::default();
            self.places.clear();
        }
        for (truck, at) in trucks {
            self.trucks.meet(*truck, *at);
        }
    }

    fn dispatch(&mut self, now: SimTime, out: &mut Outbox<Carrier>) {
        let Some(world) = self.world else { return };
        while let Some((shipment, warehouse)) = self.queue.first() {
            let place = self.places.get(&warehouse).copied();
            let Some(truck) = self.trucks.send(&*self.policy, shipment, place, now) else { return };
            self.queue.leave(shipment);
            send(now, world, truck, shipment, warehouse, out);
        }
    }

    /// By hand: this shipment to this truck, whoever else waits.
    fn assign(
        &mut self,
        now: SimTime,
        shipment: PackageId,
        truck: TruckId,
        out: &mut Outbox<Carrier>,
    ) -> Result<(), AssignRefusal> {
        let Some(world) = self.world else { return Err(AssignRefusal::NoWorld) };
        if !self.queue.has(shipment) {
            return Err(AssignRefusal::NotWaiting { shipment });
        }
        if !self.trucks.is_known(truck) {
            return Err(AssignRefusal::NoSuchTruck { truck, world });
        }
        if !self.trucks.send_this(truck, shipment, now) {
            return Err(AssignRefusal::TruckBusy { truck });
        }
        if let Some(warehouse) = self.queue.leave(shipment) {
            send(now, world, truck, shipment, warehouse, out);
        }
        Ok(())
    }
}

fn send(
    now: SimTime,
    world: WorldId,
    truck: TruckId,
    shipment: PackageId,
    warehouse: WarehouseId,
    out: &mut Outbox<Carrier>,
) {
    out.save(Record::Dispatched { shipment, world, truck, at: now });
    let go = TruckLetter::Go { shipment, warehouse, sent_at: now };
    out.tell(Letter::Truck(world, truck, go));
    let dispatched = ShipmentLetter::Dispatched { world, truck, at: now };
    out.tell(Letter::Shipment(shipment, dispatched));
}
