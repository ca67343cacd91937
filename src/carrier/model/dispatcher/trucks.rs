//! The trucks as their dispatcher sees them: idle somewhere, or out for a shipment.
//!
//! Who waits for a truck is not known here.

use std::collections::{BTreeMap, BTreeSet};

use super::super::policy::DispatchPolicy;
use crate::basis::{PackageId, Point, SimTime, TruckId};

#[derive(Debug, Default)]
pub(super) struct Trucks {
    /// By how often each has failed since its last delivery: who failed least is chosen first.
    idle: BTreeMap<u32, BTreeMap<TruckId, Point>>,
    busy: BTreeMap<TruckId, Trip>,
    /// The shipments of those trips.
    aboard: BTreeSet<PackageId>,
    failures: BTreeMap<TruckId, u32>,
}

/// What a truck is out for, where it started and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Trip {
    pub(super) shipment: PackageId,
    pub(super) from: Point,
    pub(super) sent_at: SimTime,
}

impl Trucks {
    pub(super) fn add_busy(&mut self, truck: TruckId, trip: Trip) {
        self.aboard.insert(trip.shipment);
        self.busy.insert(truck, trip);
    }

    pub(super) fn add_idle(&mut self, truck: TruckId, at: Point) {
        let failures = self.failures.get(&truck).copied().unwrap_or(0);
        self.idle.entry(failures).or_default().insert(truck, at);
    }

    /// It is in the world; where it is known already it stays as it is.
    pub(super) fn meet(&mut self, truck: TruckId, at: Point) {
        if !self.is_known(truck) {
            self.add_idle(truck, at);
        }
    }

    pub(super) fn is_known(&self, truck: TruckId) -> bool {
        let is_idle = || self.idle.values().any(|idle| idle.contains_key(&truck));
        self.busy.contains_key(&truck) || is_idle()
    }

    /// The truck is not out any more; None where it was not out for that, as the
    /// committed state had it before.
    pub(super) fn end_trip(&mut self, truck: TruckId, shipment: PackageId) -> Option<Trip> {
        self.busy.get(&truck).filter(|trip| trip.shipment == shipment)?;
        self.aboard.remove(&shipment);
        self.busy.remove(&truck)
    }

    /// The same, of the trip that began then and of no later one for the same shipment.
    pub(super) fn break_trip_off(
        &mut self,
        truck: TruckId,
        shipment: PackageId,
        sent_at: SimTime,
    ) -> Option<Trip> {
        self.busy.get(&truck).filter(|trip| trip.sent_at == sent_at)?;
        self.end_trip(truck, shipment)
    }

    /// It could not fetch what it was out for.
    pub(super) fn fail(&mut self, truck: TruckId) {
        *self.failures.entry(truck).or_default() += 1;
    }

    pub(super) fn succeed(&mut self, truck: TruckId) {
        self.failures.remove(&truck);
    }

    pub(super) fn has_aboard(&self, shipment: PackageId) -> bool {
        self.aboard.contains(&shipment)
    }

    /// Trucks that are out.
    pub(super) fn busy_count(&self) -> usize {
        self.busy.len()
    }

    pub(super) fn is_any_idle(&self) -> bool {
        !self.idle.is_empty()
    }

    /// Sends one of those that failed least; it, and where it stood.
    pub(super) fn send(
        &mut self,
        policy: &dyn DispatchPolicy,
        shipment: PackageId,
        warehouse: Option<Point>,
        now: SimTime,
    ) -> Option<TruckId> {
        let mut best = self.idle.first_entry()?;
        let truck = policy.choose(best.get(), warehouse)?;
        let from = best.get_mut().remove(&truck)?;
        if best.get().is_empty() {
            best.remove();
        }
        self.add_busy(truck, Trip { shipment, from, sent_at: now });
        Some(truck)
    }

    /// Sends this one, however often it has failed; false where it is not idle.
    pub(super) fn send_this(&mut self, truck: TruckId, shipment: PackageId, now: SimTime) -> bool {
        let Some(failures) = self.idle.iter().find(|(_, idle)| idle.contains_key(&truck)) else {
            return false;
        };
        let failures = *failures.0;
        let Some(idle) = self.idle.get_mut(&failures) else { return false };
        let Some(from) = idle.remove(&truck) else { return false };
        if idle.is_empty() {
            self.idle.remove(&failures);
        }
        self.add_busy(truck, Trip { shipment, from, sent_at: now });
        true
    }
}
