//! The shipments without a truck: first come first served, and who was given
//! back rests before it waits again.
//!
//! Which truck goes is not known here. Whatever is asked costs the logarithm of how many
//! wait.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use crate::basis::{PackageId, SimTime, WarehouseId};

/// How long a shipment rests that was given back; doubles with each time.
const REST_FIRST: Duration = Duration::from_secs(5);
const REST_CAP: Duration = Duration::from_secs(300);

/// A place in the line; whoever came earlier has the lower one.
type Ticket = u64;

#[derive(Debug, Default)]
pub(super) struct Queue {
    line: BTreeMap<Ticket, (PackageId, WarehouseId)>,
    tickets: BTreeMap<PackageId, Ticket>,
    last_ticket: Ticket,
    resting: BTreeMap<PackageId, (SimTime, WarehouseId)>,
    /// The resting ones by the end of their rest.
    rest_ends: BTreeSet<(SimTime, PackageId)>,
    /// How often each was given back.
    given_back: BTreeMap<PackageId, u32>,
}

impl Queue {
    /// Waits behind all others, unless it waits or rests already.
    pub(super) fn join(&mut self, shipment: PackageId, warehouse: WarehouseId) {
        if self.resting.contains_key(&shipment) || self.tickets.contains_key(&shipment) {
            return;
        }
        self.last_ticket += 1;
        self.tickets.insert(shipment, self.last_ticket);
        self.line.insert(self.last_ticket, (shipment, warehouse));
    }

    pub(super) fn first(&self) -> Option<(PackageId, WarehouseId)> {
        self.line.first_key_value().map(|(_, waiting)| *waiting)
    }

    /// It has a truck, whether it waited or rested; where from, or None where it did neither.
    pub(super) fn leave(&mut self, shipment: PackageId) -> Option<WarehouseId> {
        if let Some((until, warehouse)) = self.resting.remove(&shipment) {
            self.rest_ends.remove(&(until, shipment));
            return Some(warehouse);
        }
        let ticket = self.tickets.remove(&shipment)?;
        self.line.remove(&ticket).map(|(_, warehouse)| warehouse)
    }

    /// Whether it waits or rests.
    pub(super) fn has(&self, shipment: PackageId) -> bool {
        self.tickets.contains_key(&shipment) || self.resting.contains_key(&shipment)
    }

    /// It was given back: it waits again after a while, longer with each time.
    pub(super) fn rest(&mut self, shipment: PackageId, warehouse: WarehouseId, now: SimTime) {
        let times = self.given_back.entry(shipment).or_default();
        let rest = REST_FIRST.saturating_mul(1 << (*times).min(16)).min(REST_CAP);
        *times += 1;
        let until = now + rest;
        if let Some((before, _)) = self.resting.insert(shipment, (until, warehouse)) {
            self.rest_ends.remove(&(before, shipment));
        }
        self.rest_ends.insert((until, shipment));
    }

    /// Lets those wait again who have rested, in the order of their ids.
    pub(super) fn wake(&mut self, now: SimTime) {
        let mut rested = BTreeSet::new();
        while let Some(&(until, shipment)) = self.rest_ends.first()
            && until <= now
        {
            self.rest_ends.pop_first();
            rested.insert(shipment);
        }
        for shipment in rested {
            if let Some((_, warehouse)) = self.resting.remove(&shipment) {
                self.join(shipment, warehouse);
            }
        }
    }

    /// When the next one has rested.
    pub(super) fn next_wake(&self) -> Option<SimTime> {
        self.rest_ends.first().map(|(until, _)| *until)
    }

    /// It is delivered.
    pub(super) fn forget(&mut self, shipment: PackageId) {
        self.given_back.remove(&shipment);
    }

    /// Whether nobody waits; who rests does not.
    pub(super) fn is_empty(&self) -> bool {
        self.line.is_empty()
    }

    /// Who waits or rests.
    pub(super) fn len(&self) -> usize {
        self.line.len() + self.resting.len()
    }
}
