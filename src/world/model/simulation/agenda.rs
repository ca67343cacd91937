//! What will happen by itself, and when.
//!
//! It does nothing. What falls on one moment happens in the order in which it
//! was scheduled.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    basis::{PackageId, SimTime, TruckId, WarehouseId},
    wire::amazon::Thing,
};

/// Something that takes time, at its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Happening {
    StockArrives {
        warehouse: WarehouseId,
        things: Vec<Thing>,
        /// Things that had no shelf when they were bought.
        new_shelves: u32,
    },
    Packed {
        package: PackageId,
    },
    Loaded {
        package: PackageId,
    },
    TruckArrives {
        truck: TruckId,
    },
}

/// A place in the agenda, by which it can be cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Appointment {
    pub(super) due: SimTime,
    order: u64,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Agenda {
    next_order: u64,
    happenings: BTreeMap<Appointment, Happening>,
}

impl Agenda {
    pub(super) fn schedule(&mut self, due: SimTime, happening: Happening) -> Appointment {
        let appointment = Appointment { due, order: self.next_order };
        self.next_order += 1;
        self.happenings.insert(appointment, happening);
        appointment
    }

    pub(super) fn cancel(&mut self, appointment: Appointment) {
        self.happenings.remove(&appointment);
    }

    /// The first of what is due by then.
    pub(super) fn take_due(&mut self, moment: SimTime) -> Option<(SimTime, Happening)> {
        let first = self.happenings.first_entry().filter(|first| first.key().due <= moment)?;
        let (appointment, happening) = first.remove_entry();
        Some((appointment.due, happening))
    }

    pub(super) fn next_due(&self) -> Option<SimTime> {
        self.happenings.first_key_value().map(|(appointment, _)| appointment.due)
    }

    #[cfg(any(test, fuzzing))]
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Appointment, &Happening)> {
        self.happenings.iter()
    }

    pub(super) fn len(&self) -> usize {
        self.happenings.len()
    }
}
