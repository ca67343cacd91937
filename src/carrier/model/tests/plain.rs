//! The dispatcher's rule as plainly as it can be said: every question is answered by
//! looking at everything. No tests here: the real one is compared with it.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use super::super::{
    letters::{DispatcherLetter, Letter, ShipmentLetter, TruckLetter},
    outputs::{AssignRefusal, Output},
    party::Carrier,
    policy::{DispatchPolicy, NearestIdle},
    records::Record,
};
use crate::{
    basis::{PackageId, Point, SimTime, TruckId, WarehouseId, WorldId},
    runtime::Outbox,
};

/// How long a shipment rests that was given back; doubles with each time.
const REST_FIRST: Duration = Duration::from_secs(5);
const REST_CAP: Duration = Duration::from_secs(300);

/// The queue of shipments and the trucks that could fetch them.
pub(super) struct PlainDispatcher {
    policy: Box<dyn DispatchPolicy + Send>,
    world: Option<WorldId>,
    idle: BTreeMap<TruckId, Point>,
    /// On their way, and for which shipment.
    busy: BTreeMap<TruckId, Trip>,
    places: BTreeMap<WarehouseId, Point>,
    queue: VecDeque<(PackageId, WarehouseId)>,
    queued: BTreeSet<PackageId>,
    /// Given back, and until when they rest.
    resting: BTreeMap<PackageId, (SimTime, WarehouseId)>,
    /// How often each shipment was given back, and by each truck since its last delivery.
    given_back: BTreeMap<PackageId, u32>,
    failures: BTreeMap<TruckId, u32>,
}

/// What a truck is out for, and where it started.
struct Trip {
    shipment: PackageId,
    from: Point,
    sent_at: SimTime,
}

impl PlainDispatcher {
    pub(super) fn new() -> Self {
        Self {
            policy: Box::new(NearestIdle),
            world: None,
            idle: BTreeMap::new(),
            busy: BTreeMap::new(),
            places: BTreeMap::new(),
            queue: VecDeque::new(),
            queued: BTreeSet::new(),
            resting: BTreeMap::new(),
            given_back: BTreeMap::new(),
            failures: BTreeMap::new(),
        }
    }

    /// The shipment waits, behind those named before it.
    fn with_waiting(&mut self, shipment: PackageId, warehouse: WarehouseId) {
        if self.queued.insert(shipment) {
            self.queue.push_back((shipment, warehouse));
        }
    }

    /// Shipments without a truck.
    pub(super) fn queue_length(&self) -> usize {
        self.queue.len() + self.resting.len()
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
                let is_busy = self.busy.values().any(|trip| trip.shipment == *shipment);
                if !is_busy && !self.resting.contains_key(shipment) {
                    self.with_waiting(*shipment, *warehouse);
                }
            }
            DispatcherLetter::FleetJoined { world, trucks } => self.join(*world, trucks),
            DispatcherLetter::Idle { truck, at, after } => {
                if self.end_trip(*truck, *after).is_some() {
                    self.idle.insert(*truck, *at);
                    self.failures.remove(truck);
                    self.given_back.remove(after);
                }
            }
            DispatcherLetter::GivenBack { truck, shipment, warehouse, sent_at } => {
                let is_of_now = self.busy.get(truck).is_some_and(|trip| trip.sent_at == *sent_at);
                if is_of_now && let Some(trip) = self.end_trip(*truck, *shipment) {
                    self.idle.insert(*truck, trip.from);
                    *self.failures.entry(*truck).or_default() += 1;
                    self.rest(*shipment, *warehouse, now);
                }
            }
            DispatcherLetter::WarehouseFound { warehouse, at } => {
                self.places.insert(*warehouse, *at);
            }
            DispatcherLetter::Leave { .. } | DispatcherLetter::Left => {
                unreachable!("no world is left where this one is compared")
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
        let can_go = self.world.is_some() && !self.idle.is_empty() && !self.queue.is_empty();
        let rested = self.resting.values().map(|(until, _)| *until);
        rested.chain(can_go.then_some(SimTime::ZERO)).min()
    }

    pub(super) fn wake(&mut self, now: SimTime, out: &mut Outbox<Carrier>) {
        let rested: Vec<_> = self.resting.extract_if(.., |_, (until, _)| *until <= now).collect();
        for (shipment, (_, warehouse)) in rested {
            self.with_waiting(shipment, warehouse);
        }
        self.dispatch(now, out);
    }

    /// None where the truck is not out for that: the committed state had it before.
    fn end_trip(&mut self, truck: TruckId, shipment: PackageId) -> Option<Trip> {
        self.busy.get(&truck).filter(|trip| trip.shipment == shipment)?;
        self.busy.remove(&truck)
    }

    fn rest(&mut self, shipment: PackageId, warehouse: WarehouseId, now: SimTime) {
        let times = self.given_back.entry(shipment).or_default();
        let rest = REST_FIRST.saturating_mul(1 << (*times).min(16)).min(REST_CAP);
        *times += 1;
        self.resting.insert(shipment, (now + rest, warehouse));
    }

    fn join(&mut self, world: WorldId, trucks: &[(TruckId, Point)]) {
        if self.world != Some(world) {
            // Places and trucks belong to a world.
            self.world = Some(world);
            self.idle.clear();
            self.busy.clear();
            self.places.clear();
            self.failures.clear();
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
            let Some(truck) = self.choose(place) else { return };
            let Some(from) = self.idle.remove(&truck) else { return };
            self.queue.pop_front();
            self.queued.remove(&shipment);
            self.busy.insert(truck, Trip { shipment, from, sent_at: now });
            send(now, world, truck, shipment, warehouse, out);
        }
    }

    fn assign(
        &mut self,
        now: SimTime,
        shipment: PackageId,
        truck: TruckId,
        out: &mut Outbox<Carrier>,
    ) -> Result<(), AssignRefusal> {
        let world = self.world.ok_or(AssignRefusal::NoWorld)?;
        let queued = self.queue.iter().find(|(waiting, _)| *waiting == shipment);
        let resting = self.resting.get(&shipment).map(|(_, warehouse)| *warehouse);
        let warehouse = queued.map(|(_, warehouse)| *warehouse).or(resting);
        let warehouse = warehouse.ok_or(AssignRefusal::NotWaiting { shipment })?;
        if !self.idle.contains_key(&truck) && !self.busy.contains_key(&truck) {
            return Err(AssignRefusal::NoSuchTruck { truck, world });
        }
        let from = self.idle.remove(&truck).ok_or(AssignRefusal::TruckBusy { truck })?;
        self.queue.retain(|(waiting, _)| *waiting != shipment);
        self.queued.remove(&shipment);
        self.resting.remove(&shipment);
        self.busy.insert(truck, Trip { shipment, from, sent_at: now });
        send(now, world, truck, shipment, warehouse, out);
        Ok(())
    }

    /// Of the trucks that failed least.
    fn choose(&self, warehouse: Option<Point>) -> Option<TruckId> {
        if self.failures.is_empty() {
            return self.policy.choose(&self.idle, warehouse);
        }
        let failures = |truck: &TruckId| self.failures.get(truck).copied().unwrap_or(0);
        let fewest = self.idle.keys().map(failures).min()?;
        let best = self.idle.iter().filter(|(truck, _)| failures(truck) == fewest);
        self.policy.choose(&best.map(|(truck, at)| (*truck, *at)).collect(), warehouse)
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
