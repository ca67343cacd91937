//! One truck: to a warehouse, waiting there, to a destination, idle.
//!
//! Which shipment it fetches is the dispatcher's decision, when it leaves the
//! warehouse its shipment's. What the world refuses is tried again, later and
//! later, after a look at what the truck really does; a shipment that it still
//! may not fetch goes back to the dispatcher.
//!
//! ```text
//!   Idle ──Go──▶ ToWarehouse ──Arrived──▶ AtWarehouse ──Deliver──▶ Delivering ──Delivered──▶ Idle
//! ```

use std::time::Duration;

use super::{
    letters::{
        DispatcherLetter, Errand, Letter, LinkLetter, ShipmentLetter, TruckLetter, TruckOrder,
    },
    party::Carrier,
    records::Record,
};
use crate::{
    basis::{PackageId, Point, Seq, SimTime, TruckId, WarehouseId, WorldId},
    runtime::Outbox,
    wire::ups::status,
};

/// Before a refused errand is looked into; doubles with each refusal.
const PAUSE_FIRST: Duration = Duration::from_millis(200);
const PAUSE_CAP: Duration = Duration::from_secs(10);
/// Refusals to fetch a shipment after which it is given back: its warehouse may
/// not exist, or the truck may not, and neither may hold up the other for ever.
const PICKUP_REFUSALS_MAX: u32 = 4;
/// How long an answer to a query is waited for before the errand is sent again anyway.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// A truck of a world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truck {
    world: WorldId,
    id: TruckId,
    phase: Phase,
    /// The world's number of the last arrival that was taken in.
    arrival: Seq,
    /// Refusals in a row.
    refusals: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Idle,
    ToWarehouse {
        shipment: PackageId,
        warehouse: WarehouseId,
        sent_at: SimTime,
        progress: Progress,
    },
    AtWarehouse {
        shipment: PackageId,
    },
    Delivering {
        shipment: PackageId,
        destination: Point,
        progress: Progress,
    },
}

/// How far the world knows about the errand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// As restored: it has to be sent.
    Unsent,
    /// The link has it and will not forget it.
    Ordered,
    /// Refused; the truck will be asked how it is.
    Paused { until: SimTime },
    /// It was asked.
    Asked { until: SimTime },
}

impl Truck {
    pub(super) fn new(world: WorldId, id: TruckId) -> Self {
        Self::restored(world, id, Phase::Idle, Seq::ZERO)
    }

    pub(super) fn restored(world: WorldId, id: TruckId, phase: Phase, arrival: Seq) -> Self {
        Self { world, id, phase, arrival, refusals: 0 }
    }

    /// The shipment that it fetches or carries.
    pub fn shipment(&self) -> Option<PackageId> {
        match self.phase {
            Phase::Idle => None,
            Phase::ToWarehouse { shipment, .. }
            | Phase::AtWarehouse { shipment }
            | Phase::Delivering { shipment, .. } => Some(shipment),
        }
    }

    pub(super) fn handle(&mut self, now: SimTime, letter: &TruckLetter, out: &mut Outbox<Carrier>) {
        match letter {
            TruckLetter::Joined { at: _ } => {}
            TruckLetter::Go { shipment, warehouse, sent_at } => {
                self.go(*shipment, *warehouse, *sent_at, out);
            }
            TruckLetter::Deliver { shipment, destination } => {
                self.deliver(*shipment, *destination, out);
            }
            TruckLetter::Arrived { at, seq } => {
                self.arrive(now, *at, *seq, out);
                out.tell(Letter::Link(LinkLetter::Settled { seq: *seq }));
            }
            TruckLetter::Delivered { shipment, seq } => {
                self.hand_over(now, *shipment, *seq, out);
                out.tell(Letter::Link(LinkLetter::Settled { seq: *seq }));
            }
            TruckLetter::CommandFailed { errand, text: _ } => self.refused(now, *errand, out),
            TruckLetter::Seen { status, at: _ } => self.look(now, status, out),
        }
    }

    pub(super) fn next_wake(&self) -> Option<SimTime> {
        match self.progress()? {
            Progress::Unsent => Some(SimTime::ZERO),
            Progress::Ordered => None,
            Progress::Paused { until } | Progress::Asked { until } => Some(*until),
        }
    }

    pub(super) fn wake(&mut self, now: SimTime, out: &mut Outbox<Carrier>) {
        match self.progress().copied() {
            Some(Progress::Unsent) => self.order(out),
            Some(Progress::Paused { until }) if until <= now => {
                self.set_progress(Progress::Asked { until: now + ANSWER_WITHIN });
                self.tell_link(Errand::Query, out);
            }
            Some(Progress::Asked { until }) if until <= now => self.order(out),
            Some(Progress::Ordered | Progress::Paused { .. } | Progress::Asked { .. }) | None => {}
        }
    }

    fn go(
        &mut self,
        shipment: PackageId,
        warehouse: WarehouseId,
        sent_at: SimTime,
        out: &mut Outbox<Carrier>,
    ) {
        match self.phase {
            Phase::Idle => {
                self.refusals = 0;
                let progress = Progress::Unsent;
                self.phase = Phase::ToWarehouse { shipment, warehouse, sent_at, progress };
                self.order(out);
            }
            // Restored in between: the committed state said it already.
            Phase::ToWarehouse { shipment: known, .. } if known == shipment => self.order(out),
            Phase::ToWarehouse { .. } | Phase::AtWarehouse { .. } | Phase::Delivering { .. } => {}
        }
    }

    fn deliver(&mut self, shipment: PackageId, destination: Point, out: &mut Outbox<Carrier>) {
        match self.phase {
            Phase::AtWarehouse { shipment: known } if known == shipment => {
                self.refusals = 0;
                self.phase =
                    Phase::Delivering { shipment, destination, progress: Progress::Unsent };
                self.order(out);
            }
            // Restored in between: the committed state said it already.
            Phase::Delivering { shipment: known, .. } if known == shipment => self.order(out),
            Phase::Idle
            | Phase::ToWarehouse { .. }
            | Phase::AtWarehouse { .. }
            | Phase::Delivering { .. } => {}
        }
    }

    fn arrive(&mut self, now: SimTime, place: Point, seq: Seq, out: &mut Outbox<Carrier>) {
        // An arrival of an earlier trip may come again after a restart.
        if seq <= self.arrival {
            return;
        }
        let Phase::ToWarehouse { shipment, warehouse, .. } = self.phase else { return };
        let (world, truck) = (self.world, self.id);
        self.arrival = seq;
        self.phase = Phase::AtWarehouse { shipment };
        out.save(Record::TruckArrived { shipment, world, truck, place, seq, at: now });
        out.save(Record::WarehousePlaced { world, warehouse, place });
        let arrived = ShipmentLetter::TruckArrived { world, truck, seq: Some(seq), at: now };
        out.tell(Letter::Shipment(shipment, arrived));
        out.tell(Letter::Dispatcher(DispatcherLetter::WarehouseFound { warehouse, at: place }));
    }

    /// Idle from now on: the world's own word for it may come much later, and
    /// an old one of an earlier trip must not end this trip.
    fn hand_over(
        &mut self,
        now: SimTime,
        delivered: PackageId,
        seq: Seq,
        out: &mut Outbox<Carrier>,
    ) {
        let Phase::Delivering { shipment, destination: place, .. } = self.phase else { return };
        if shipment != delivered {
            return;
        }
        let (world, truck) = (self.world, self.id);
        self.phase = Phase::Idle;
        out.save(Record::Delivered { shipment, world, truck, place, at: now });
        out.tell(Letter::Shipment(shipment, ShipmentLetter::Delivered { seq, at: now }));
        let idle = DispatcherLetter::Idle { truck, at: place, after: shipment };
        out.tell(Letter::Dispatcher(idle));
    }

    fn refused(&mut self, now: SimTime, failed: Errand, out: &mut Outbox<Carrier>) {
        if self.errand() != Some(failed) {
            return;
        }
        if self.refusals + 1 >= PICKUP_REFUSALS_MAX
            && let Phase::ToWarehouse { shipment, warehouse, sent_at, .. } = self.phase
        {
            return self.give_back(shipment, warehouse, sent_at, out);
        }
        let pause = PAUSE_FIRST.saturating_mul(1 << self.refusals.min(16)).min(PAUSE_CAP);
        self.refusals += 1;
        self.set_progress(Progress::Paused { until: now + pause });
    }

    fn give_back(
        &mut self,
        shipment: PackageId,
        warehouse: WarehouseId,
        sent_at: SimTime,
        out: &mut Outbox<Carrier>,
    ) {
        let (world, truck) = (self.world, self.id);
        self.phase = Phase::Idle;
        out.save(Record::GivenBack { shipment, world, truck });
        out.tell(Letter::Shipment(shipment, ShipmentLetter::GivenBack { world, truck, sent_at }));
        let given_back = DispatcherLetter::GivenBack { truck, shipment, warehouse, sent_at };
        out.tell(Letter::Dispatcher(given_back));
    }

    /// What the truck really does decides whether the errand can be sent now.
    fn look(&mut self, now: SimTime, status: &str, out: &mut Outbox<Carrier>) {
        let Some(Progress::Asked { .. }) = self.progress() else { return };
        if status.eq_ignore_ascii_case(status::TRAVELING) {
            // It will take no order before it has arrived somewhere, and then it may.
            self.refusals = 0;
            self.set_progress(Progress::Paused { until: now + PAUSE_CAP });
        } else {
            self.order(out);
        }
    }

    fn errand(&self) -> Option<Errand> {
        match self.phase {
            Phase::ToWarehouse { shipment, warehouse, .. } => {
                Some(Errand::Pickup { shipment, warehouse })
            }
            Phase::Delivering { shipment, destination, .. } => {
                Some(Errand::Deliver { shipment, destination })
            }
            Phase::Idle | Phase::AtWarehouse { .. } => None,
        }
    }

    fn order(&mut self, out: &mut Outbox<Carrier>) {
        if let Some(errand) = self.errand() {
            self.set_progress(Progress::Ordered);
            self.tell_link(errand, out);
        }
    }

    fn tell_link(&self, errand: Errand, out: &mut Outbox<Carrier>) {
        let order = TruckOrder { truck: self.id, errand };
        out.tell(Letter::Link(LinkLetter::Order(order)));
    }

    fn progress(&self) -> Option<&Progress> {
        match &self.phase {
            Phase::ToWarehouse { progress, .. } | Phase::Delivering { progress, .. } => {
                Some(progress)
            }
            Phase::Idle | Phase::AtWarehouse { .. } => None,
        }
    }

    fn set_progress(&mut self, to: Progress) {
        match &mut self.phase {
            Phase::ToWarehouse { progress, .. } | Phase::Delivering { progress, .. } => {
                *progress = to;
            }
            Phase::Idle | Phase::AtWarehouse { .. } => {}
        }
    }
}
