//! A carrier that commits at once and can be crashed between any two commits.

use std::collections::{BTreeMap, VecDeque};

use super::*;
use crate::runtime::{Disk as _, Party as _, Resident as _};

/// The party with its mail, its disk and what it has sent out.
pub(super) struct House {
    pub(super) disk: CarrierDisk,
    pub(super) now: SimTime,
    /// Groups of records that were committed, over all lives.
    pub(super) commits: usize,
    /// Crashes after so many commits, with the outputs of the last one unsent.
    pub(super) crash_after: Option<usize>,
    pub(super) outputs: Vec<Output>,
    residents: BTreeMap<Address, CarrierResident>,
    mail: VecDeque<Letter>,
}

impl House {
    pub(super) fn new(disk: CarrierDisk) -> Self {
        let (residents, mail, outputs) = (BTreeMap::new(), VecDeque::new(), Vec::new());
        let (now, commits, crash_after) = (at(1), 0, None);
        let mut house = Self { disk, now, commits, crash_after, outputs, residents, mail };
        house.start();
        house
    }

    pub(super) fn post(&mut self, letter: Letter) {
        self.mail.push_back(letter);
        self.run();
    }

    /// Does what is due at this moment.
    pub(super) fn wake(&mut self) {
        let due: Vec<Address> = self
            .residents
            .iter()
            .filter(|(_, resident)| resident.next_wake().is_some_and(|wake| wake <= self.now))
            .map(|(address, _)| *address)
            .collect();
        for address in due {
            let mut out = Outbox::new();
            if let Some(resident) = self.residents.get_mut(&address) {
                resident.wake(self.now, &mut out);
            }
            self.take_up(out);
        }
        self.run();
    }

    /// Loses everything but the disk, and starts again.
    pub(super) fn crash(&mut self) {
        self.residents.clear();
        self.mail.clear();
        self.outputs.clear();
        self.start();
    }

    fn start(&mut self) {
        let mut out = Outbox::new();
        self.residents =
            Carrier::restore(self.disk.clone(), self.now, &mut out).into_iter().collect();
        assert!(out.records.is_empty(), "one who is restored alone could not save them");
        self.take_up(out);
    }

    fn run(&mut self) {
        let mut calls = 0;
        while let Some(letter) = self.mail.pop_front() {
            calls += 1;
            assert!(calls < 10_000, "letters without end");
            self.deliver(&letter);
        }
    }

    fn deliver(&mut self, letter: &Letter) {
        let (address, mut out) = (Carrier::address(letter), Outbox::new());
        if !self.residents.contains_key(&address)
            && let Some(newcomer) = Carrier::found(letter, self.now)
        {
            self.residents.insert(address, newcomer);
        }
        match self.residents.get_mut(&address) {
            Some(resident) => {
                resident.handle(self.now, letter, &mut out);
                if resident.is_finished() {
                    self.residents.remove(&address);
                }
            }
            None => Carrier::bounce(letter, self.now, &mut out),
        }
        self.take_up(out);
    }

    fn take_up(&mut self, out: Outbox<Carrier>) {
        for record in &out.records {
            self.disk.apply(record);
        }
        self.check();
        if !out.records.is_empty() {
            self.commits += 1;
            if self.crash_after.is_some_and(|after| after == self.commits) {
                return self.crash();
            }
        }
        self.mail.extend(out.letters);
        self.outputs.extend(out.outputs);
    }

    /// A shipment waits, or is on exactly one truck, or is delivered; a truck has one at most.
    fn check(&self) {
        let mut riders: BTreeMap<PackageId, (TruckId, TruckStage)> = BTreeMap::new();
        for ((_, truck), row) in &self.disk.trucks {
            let rider = match row.stage {
                TruckStage::Idle => continue,
                TruckStage::ToWarehouse { shipment }
                | TruckStage::AtWarehouse { shipment }
                | TruckStage::Delivering { shipment } => shipment,
            };
            let other = riders.insert(rider, (*truck, row.stage));
            assert_eq!(other, None, "{rider} is on two trucks");
        }
        for (id, row) in &self.disk.shipments {
            let on = riders.remove(id);
            let fits = matches!(
                (row.stage, on.map(|(_, stage)| stage)),
                (ShipmentStage::Created | ShipmentStage::Delivered, None)
                    | (ShipmentStage::Dispatched, Some(TruckStage::ToWarehouse { .. }))
                    | (ShipmentStage::AtWarehouse, Some(TruckStage::AtWarehouse { .. }))
                    | (ShipmentStage::Delivering, Some(TruckStage::Delivering { .. }))
            );
            assert!(fits, "{id}: {row:?} but {on:?}");
        }
        assert!(riders.is_empty(), "trucks with shipments that are over: {riders:?}");
    }
}
