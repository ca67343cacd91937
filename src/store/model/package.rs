//! A package: from an accepted order to the doorstep.
//!
//! The world and the carrier report independently, so every report may come
//! early, late or twice; what is behind the package is acknowledged and
//! otherwise ignored. Until it begins to be packed nobody outside knows of it, so
//! until then it can be cancelled without asking anybody.
//!
//! ```text
//! AwaitingStock ─ Granted ─▶ Reserved ─ time ─▶ Packing ─ Ready ─▶ AwaitingTruck ─ TruckArrived ─▶ Loading
//!       └─ cancel ─▶ Cancelled ◀─ cancel ┘              └───── the truck is here already ────▶ │
//!                 Delivered ◀─ delivered ── Delivering ◀─ delivering ── Loaded ◀── Loaded ─────┘
//! ```

mod redirection;

use std::time::Duration;

use self::redirection::Redirection;
use super::{
    disk::PackageRow,
    letters::{
        CarrierEvent, Errand, Letter, LinkLetter, PackageLetter, PeerLetter, Plan, Task, Told,
        WarehouseLetter,
    },
    outputs::{CancelOutcome, Change, Note, Output, PackageChange},
    party::Store,
    records::{Record, Step},
    status::PackageStatus,
};
use crate::{
    basis::{PackageId, Point, Seq, SimTime, TruckId},
    link::Backoff,
    runtime::{Outbox, ReplyId},
    wire::{
        amazon::Command,
        dialect::{Refusal, ShipmentStatus, ToCarrier, code},
    },
};

const AGAIN: Backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(30));

/// Refusals to pack after which our books are taken to be wrong.
const SHORT_AFTER: u32 = 2;

/// One parcel of an order.
#[derive(Debug)]
pub struct Package {
    id: PackageId,
    plan: Box<Plan>,
    stage: Stage,
    /// The status that the outside knows: being packed or loaded begins when the
    /// command to do so has a number.
    status: PackageStatus,
    /// When that began.
    since: SimTime,
    /// The truck that was named last.
    truck: Option<TruckId>,
    truck_is_here: bool,
    /// The truck onto which the world was asked to load it, since the last start.
    load_asked: Option<TruckId>,
    tracking_number: Option<String>,
    announcement: Announcement,
    /// It is not packed before, where its pieces are there.
    pack_at: SimTime,
    redirection: Redirection,
}

/// Where the package is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    AwaitingStock,
    /// Its pieces are promised, and its buyer may still think better of it.
    Reserved,
    Packing(Attempt),
    AwaitingTruck,
    Loading(Attempt),
    /// The carrier is being told.
    Loaded(Attempt),
    Delivering,
    Delivered,
    Cancelled,
}

/// Something that others are asked for until it works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Attempt {
    backoff: Backoff,
    /// Set where it was refused.
    again_at: Option<SimTime>,
}

impl Attempt {
    const FIRST: Self = Self { backoff: AGAIN, again_at: None };

    fn refused(&mut self, now: SimTime) {
        self.again_at = Some(now + self.backoff.pause());
    }

    /// Whether to ask again now; then it counts as asked.
    fn is_due(&mut self, now: SimTime) -> bool {
        self.again_at.take_if(|at| *at <= now).is_some()
    }
}

/// Whether the carrier knows of the shipment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Announcement {
    /// There is nothing to send yet.
    NotYet,
    Telling(Attempt),
    Known,
}

impl Stage {
    fn status(self) -> PackageStatus {
        match self {
            Self::AwaitingStock | Self::Reserved => PackageStatus::Created,
            Self::Packing(_) => PackageStatus::Packing,
            Self::AwaitingTruck => PackageStatus::Packed,
            Self::Loading(_) => PackageStatus::Loading,
            Self::Loaded(_) => PackageStatus::Loaded,
            Self::Delivering => PackageStatus::Delivering,
            Self::Delivered => PackageStatus::Delivered,
            Self::Cancelled => PackageStatus::Cancelled,
        }
    }

    /// Whether neither world nor carrier can have heard of it.
    fn is_unheard_of(self) -> bool {
        matches!(self, Self::AwaitingStock | Self::Reserved)
    }

    /// Whether the pieces are still counted as being on the shelf.
    fn is_on_shelf(self) -> bool {
        matches!(self, Self::AwaitingStock | Self::Reserved | Self::Packing(_))
    }

    /// Whether a truck can still be of use.
    fn wants_truck(self) -> bool {
        self.status() < PackageStatus::Loaded
    }
}

impl Package {
    /// A package as it was just saved; [`PackageLetter::Opened`] sets it in motion.
    pub fn new(id: PackageId, plan: Plan, now: SimTime) -> Self {
        Self::restore(id, PackageRow::new(plan, now))
    }

    pub fn restore(id: PackageId, row: PackageRow) -> Self {
        let stage = match row.status {
            PackageStatus::Created if !row.plan.granted => Stage::AwaitingStock,
            // Begun by a store that did not say so first.
            PackageStatus::Created if row.announce_seq != Seq::ZERO => {
                Stage::Packing(Attempt::FIRST)
            }
            PackageStatus::Created => Stage::Reserved,
            PackageStatus::Packing => Stage::Packing(Attempt::FIRST),
            PackageStatus::Packed => Stage::AwaitingTruck,
            PackageStatus::Loading => Stage::Loading(Attempt::FIRST),
            PackageStatus::Loaded => Stage::Loaded(Attempt::FIRST),
            PackageStatus::Delivering => Stage::Delivering,
            PackageStatus::Delivered => Stage::Delivered,
            PackageStatus::Cancelled => Stage::Cancelled,
        };
        let announcement = match (row.announced, stage) {
            (true, _) => Announcement::Known,
            (false, stage) if stage.is_unheard_of() => Announcement::NotYet,
            (false, _) => Announcement::Telling(Attempt::FIRST),
        };
        let redirection = Redirection::restore(&row);
        Self {
            id,
            stage,
            status: row.status,
            since: row.since(),
            truck: row.truck,
            truck_is_here: row.truck_here,
            load_asked: None,
            tracking_number: row.tracking_number,
            announcement,
            pack_at: row.created_at + row.plan.pack_after,
            redirection,
            plan: Box::new(row.plan),
        }
    }

    /// Asks for whatever its stage needs. What is under way already is known to
    /// those who are asked.
    pub fn open(&mut self, now: SimTime, out: &mut Outbox<Store>) {
        match self.stage {
            Stage::AwaitingStock | Stage::Delivered | Stage::Cancelled => return,
            Stage::Reserved if self.pack_at <= now => return self.begin(now, out),
            Stage::Reserved => return,
            Stage::Packing(_) => self.ask_to_pack(now, out),
            Stage::AwaitingTruck if self.truck_is_here => self.load(now, out),
            Stage::Loading(_) => self.ask_to_load(now, out),
            Stage::Loaded(_) => self.tell_loaded(out),
            Stage::AwaitingTruck | Stage::Delivering => {}
        }
        if matches!(self.announcement, Announcement::Telling(_)) {
            self.announce(out);
        }
        self.ask_to_redirect(out);
    }

    pub fn handle(&mut self, letter: &PackageLetter, now: SimTime, out: &mut Outbox<Store>) {
        match letter {
            PackageLetter::Opened(_) => {
                self.report(Change::Status, None, now, out);
                self.open(now, out);
            }
            PackageLetter::Granted { .. } => self.granted(now, out),
            PackageLetter::Redirect { reply, to } => self.redirect(*reply, *to, now, out),
            PackageLetter::Ready { seq } => {
                self.ready(Some(*seq), now, out);
                self.settle(*seq, Task::Pack(self.id), out);
            }
            PackageLetter::Loaded { seq } => {
                self.loaded(Some(*seq), now, out);
                self.settle(*seq, Task::Load(self.id), out);
            }
            PackageLetter::PackRefused { .. } => self.pack_refused(now, out),
            PackageLetter::LoadRefused { .. } => self.load_refused(now, out),
            PackageLetter::Carrier { event, errand, seq } => {
                self.hear(event, *errand, *seq, now, out);
            }
            PackageLetter::TruckHere { truck } => self.truck_arrived(*truck, None, now, out),
            PackageLetter::Announced { tracking_number } => {
                self.announced(tracking_number.as_deref(), now, out);
            }
            PackageLetter::RedirectAnswered { to, outcome } => {
                self.redirect_answered(*to, outcome, now, out);
            }
            PackageLetter::CarrierRefused { told, text } => {
                self.carrier_refused(*told, text, now, out);
            }
        }
    }

    pub fn next_wake(&self) -> Option<SimTime> {
        let announcement = match self.announcement {
            Announcement::Telling(attempt) => attempt.again_at,
            Announcement::NotYet | Announcement::Known => None,
        };
        let stage = match self.stage {
            Stage::Packing(attempt) | Stage::Loading(attempt) | Stage::Loaded(attempt) => {
                attempt.again_at
            }
            Stage::Reserved => Some(self.pack_at),
            Stage::AwaitingStock | Stage::AwaitingTruck => None,
            Stage::Delivering | Stage::Delivered | Stage::Cancelled => None,
        };
        announcement.into_iter().chain(stage).chain(self.redirection.next_wake()).min()
    }

    /// Begins when it is time; tries again what was refused.
    pub fn wake(&mut self, now: SimTime, out: &mut Outbox<Store>) {
        let stage_is_due = match &mut self.stage {
            Stage::Packing(attempt) | Stage::Loading(attempt) | Stage::Loaded(attempt) => {
                attempt.is_due(now)
            }
            Stage::Reserved => self.pack_at <= now,
            Stage::AwaitingStock | Stage::AwaitingTruck => false,
            Stage::Delivering | Stage::Delivered | Stage::Cancelled => false,
        };
        match self.stage {
            Stage::Reserved if stage_is_due => return self.begin(now, out),
            Stage::Packing(_) if stage_is_due => self.ask_to_pack(now, out),
            Stage::Loading(_) if stage_is_due => self.ask_to_load(now, out),
            Stage::Loaded(_) if stage_is_due => self.tell_loaded(out),
            _ => {}
        }
        if let Announcement::Telling(attempt) = &mut self.announcement
            && attempt.is_due(now)
        {
            self.announce(out);
        }
        self.wake_redirection(now, out);
    }

    pub fn is_finished(&self) -> bool {
        self.stage.status().is_final()
    }

    /// Here, and nowhere else, it is decided whether it is cancelled or packed: who comes first.
    pub fn cancel(&mut self, reply: ReplyId, now: SimTime, out: &mut Outbox<Store>) {
        if !self.stage.is_unheard_of() {
            let outcome = CancelOutcome::TooLate { status: self.stage.status() };
            return out.emit(Output::Cancelled { reply, outcome });
        }
        self.stage = Stage::Cancelled;
        self.step(Step::Cancelled, now, out);
        let released = WarehouseLetter::Released { package: self.id };
        out.tell(Letter::Warehouse(self.plan.warehouse, released));
        if let Some(news) = self.reported(PackageStatus::Cancelled, now) {
            out.emit(Output::Changed(news));
        }
        out.emit(Output::Cancelled { reply, outcome: CancelOutcome::Cancelled });
    }

    fn granted(&mut self, now: SimTime, out: &mut Outbox<Store>) {
        if self.stage != Stage::AwaitingStock {
            return;
        }
        self.plan.granted = true;
        self.report(Change::InStock, None, now, out);
        self.stage = Stage::Reserved;
        self.open(now, out);
    }

    /// Saved before anybody outside hears of it, so that it is never both packed and cancelled.
    fn begin(&mut self, now: SimTime, out: &mut Outbox<Store>) {
        self.stage = Stage::Packing(Attempt::FIRST);
        self.announcement = Announcement::Telling(Attempt::FIRST);
        self.step(Step::PackBegun, now, out);
        self.open(now, out);
    }

    fn ready(&mut self, seq: Option<Seq>, now: SimTime, out: &mut Outbox<Store>) {
        if !self.stage.is_on_shelf() {
            return;
        }
        self.reach(Stage::AwaitingTruck, Step::Packed, seq, now, out);
        if self.truck_is_here {
            self.load(now, out);
        }
    }

    /// Packed, and a truck is here.
    fn load(&mut self, now: SimTime, out: &mut Outbox<Store>) {
        self.stage = Stage::Loading(Attempt::FIRST);
        self.ask_to_load(now, out);
    }

    fn loaded(&mut self, seq: Option<Seq>, now: SimTime, out: &mut Outbox<Store>) {
        if self.stage.status() >= PackageStatus::Loaded {
            return;
        }
        self.reach(Stage::Loaded(Attempt::FIRST), Step::Loaded, seq, now, out);
        self.tell_loaded(out);
    }

    /// A package that was never asked to be loaded is on no truck, whoever says so.
    fn loaded_onto(&mut self, truck: Option<TruckId>, now: SimTime, out: &mut Outbox<Store>) {
        let is_ours = truck.is_none_or(|truck| Some(truck) == self.truck);
        if matches!(self.stage, Stage::Loading(_)) && is_ours {
            self.loaded(None, now, out);
        }
    }

    fn pack_refused(&mut self, now: SimTime, out: &mut Outbox<Store>) {
        let Stage::Packing(attempt) = &mut self.stage else { return };
        attempt.refused(now);
        if attempt.backoff.attempts() == SHORT_AFTER {
            let lines = self.plan.lines.clone();
            let short = WarehouseLetter::Short { lines };
            out.tell(Letter::Warehouse(self.plan.warehouse, short));
        }
    }

    /// The same truck is tried again, and any other that comes meanwhile.
    fn load_refused(&mut self, now: SimTime, out: &mut Outbox<Store>) {
        let Stage::Loading(attempt) = &mut self.stage else { return };
        attempt.refused(now);
        let Some(truck) = self.load_asked.or(self.truck) else { return };
        let (package, awaits_other) = (self.id, self.truck == Some(truck));
        let letter = WarehouseLetter::TruckRefused { package, truck, awaits_other };
        out.tell(Letter::Warehouse(self.plan.warehouse, letter));
    }

    /// Something from the carrier, which is answered in any case.
    fn hear(
        &mut self,
        event: &CarrierEvent,
        errand: Errand,
        seq: Option<Seq>,
        now: SimTime,
        out: &mut Outbox<Store>,
    ) {
        let answer = if self.stage.is_unheard_of() {
            // The carrier was never told of it: it takes another shipment for this one.
            let message = format!("shipment {} is not being packed yet", self.id);
            Err(Refusal { code: code::SHIPMENT_NOT_FOUND, message })
        } else {
            self.follow(event, seq, now, out);
            Ok(format!("shipment {} is {}", self.id, self.stage.status()))
        };
        out.tell(Letter::Peer(PeerLetter::Done { errand, answer }));
    }

    fn follow(
        &mut self,
        event: &CarrierEvent,
        seq: Option<Seq>,
        now: SimTime,
        out: &mut Outbox<Store>,
    ) {
        match event {
            CarrierEvent::TruckDispatched { truck } => self.truck_dispatched(*truck, seq, now, out),
            CarrierEvent::TruckArrived { truck } => self.truck_arrived(*truck, seq, now, out),
            CarrierEvent::Tracking { number } => self.track(number, seq, now, out),
            CarrierEvent::Status(ShipmentStatus::Delivering) => {
                if self.stage.status() < PackageStatus::Delivering {
                    self.reach(Stage::Delivering, Step::Delivering, seq, now, out);
                }
            }
            CarrierEvent::Status(ShipmentStatus::Delivered) => {
                self.delivered(None, seq, now, out);
            }
            CarrierEvent::Delivered { to } => self.delivered(*to, seq, now, out),
            CarrierEvent::Packed => self.ready(None, now, out),
            CarrierEvent::LoadedOnto { truck } => self.loaded_onto(*truck, now, out),
        }
    }

    fn truck_dispatched(
        &mut self,
        truck: TruckId,
        seq: Option<Seq>,
        now: SimTime,
        out: &mut Outbox<Store>,
    ) {
        // A truck that is here already was dispatched before; this comes late.
        if self.truck_is_here || self.truck == Some(truck) || !self.stage.wants_truck() {
            return;
        }
        self.truck = Some(truck);
        self.step(Step::TruckDispatched { truck }, now, out);
        self.report(Change::TruckDispatched, seq, now, out);
    }

    fn truck_arrived(
        &mut self,
        truck: TruckId,
        seq: Option<Seq>,
        now: SimTime,
        out: &mut Outbox<Store>,
    ) {
        let is_known = self.truck_is_here && self.truck == Some(truck);
        if is_known || !self.stage.wants_truck() {
            return;
        }
        self.truck = Some(truck);
        self.truck_is_here = true;
        self.step(Step::TruckArrived { truck }, now, out);
        self.report(Change::TruckArrived, seq, now, out);
        if self.stage == Stage::AwaitingTruck {
            let letter = WarehouseLetter::HasTruck { package: self.id };
            out.tell(Letter::Warehouse(self.plan.warehouse, letter));
            self.load(now, out);
        }
    }

    fn track(&mut self, number: &str, seq: Option<Seq>, now: SimTime, out: &mut Outbox<Store>) {
        if self.tracking_number.as_deref() == Some(number) {
            return;
        }
        self.tracking_number = Some(number.to_owned());
        self.step(Step::Tracking { number: number.to_owned() }, now, out);
        self.report(Change::Tracking, seq, now, out);
    }

    /// Delivered is delivered, whatever we have not heard of.
    fn delivered(
        &mut self,
        to: Option<Point>,
        seq: Option<Seq>,
        now: SimTime,
        out: &mut Outbox<Store>,
    ) {
        if self.stage == Stage::Delivered {
            return;
        }
        self.end_redirection(to, now, out);
        let awaited_truck = self.stage == Stage::AwaitingTruck;
        self.reach(Stage::Delivered, Step::Delivered, seq, now, out);
        let package = self.id;
        if awaited_truck {
            let letter = WarehouseLetter::HasTruck { package };
            out.tell(Letter::Warehouse(self.plan.warehouse, letter));
        }
        out.tell(Letter::Link(LinkLetter::Ended { package }));
        out.tell(Letter::Peer(PeerLetter::Ended { package }));
    }

    fn announced(&mut self, tracking: Option<&str>, now: SimTime, out: &mut Outbox<Store>) {
        if self.announcement != Announcement::Known {
            self.announcement = Announcement::Known;
            self.step(Step::Announced, now, out);
        }
        if let Some(number) = tracking {
            self.track(number, None, now, out);
        }
        self.ask_to_redirect(out);
    }

    fn carrier_refused(&mut self, told: Told, text: &str, now: SimTime, out: &mut Outbox<Store>) {
        match (told, &mut self.stage, &mut self.announcement) {
            (Told::Created, _, Announcement::Telling(attempt)) => attempt.refused(now),
            (Told::Loaded, Stage::Loaded(attempt), _) => attempt.refused(now),
            (Told::Redirected, ..) => self.redirection.put_off(now),
            // It has found its way meanwhile.
            (Told::Created | Told::Loaded, ..) => return,
        }
        let (order, package, text) = (self.plan.order, self.id, text.to_owned());
        out.emit(Output::Noted(Note::CarrierRefused { order, package, text }));
    }

    fn ask_to_pack(&mut self, now: SimTime, out: &mut Outbox<Store>) {
        let (warehouse, package) = (self.plan.warehouse, self.id);
        let things = self.plan.things.clone();
        out.tell(Letter::Link(LinkLetter::Send {
            task: Task::Pack(package),
            order: Some(self.plan.order),
            command: Command::Pack { warehouse, things, package },
            news: self.reported(PackageStatus::Packing, now).map(Box::new),
        }));
    }

    fn ask_to_load(&mut self, now: SimTime, out: &mut Outbox<Store>) {
        let (warehouse, package) = (self.plan.warehouse, self.id);
        let Some(truck) = self.truck else { return };
        self.load_asked = Some(truck);
        out.tell(Letter::Link(LinkLetter::Send {
            task: Task::Load(package),
            order: Some(self.plan.order),
            command: Command::Load { warehouse, truck, package },
            news: self.reported(PackageStatus::Loading, now).map(Box::new),
        }));
    }

    fn announce(&mut self, out: &mut Outbox<Store>) {
        let plan = &self.plan;
        let message = ToCarrier::ShipmentCreated {
            shipment: self.id,
            warehouse: plan.warehouse,
            destination: plan.destination,
            user: plan.account.0,
            email: plan.email.clone(),
            ups_account: plan.carrier_account.clone(),
        };
        let (order, package, told) = (plan.order, self.id, Told::Created);
        out.tell(Letter::Peer(PeerLetter::Tell { order, package, told, message }));
    }

    fn tell_loaded(&mut self, out: &mut Outbox<Store>) {
        let (order, package, told) = (self.plan.order, self.id, Told::Loaded);
        let message = ToCarrier::ShipmentLoaded { shipment: package };
        out.tell(Letter::Peer(PeerLetter::Tell { order, package, told, message }));
    }

    fn settle(&mut self, seq: Seq, over: Task, out: &mut Outbox<Store>) {
        out.tell(Letter::Link(LinkLetter::Settled { seq, over: Some(over) }));
    }

    /// Goes on to a later stage. Whatever it is, the pieces leave the shelf once.
    fn reach(
        &mut self,
        stage: Stage,
        step: Step,
        seq: Option<Seq>,
        now: SimTime,
        out: &mut Outbox<Store>,
    ) {
        let left = self.stage;
        self.step(step, now, out);
        if left.is_on_shelf() {
            let (warehouse, lines) = (self.plan.warehouse, self.plan.lines.clone());
            out.save(Record::StockTaken { warehouse, lines });
            let awaits_truck = stage == Stage::AwaitingTruck && !self.truck_is_here;
            let letter = WarehouseLetter::Taken { package: self.id, awaits_truck };
            out.tell(Letter::Warehouse(warehouse, letter));
        }
        if matches!(left, Stage::Loading(_)) {
            // It may have waited for another truck than the one that was refused.
            let letter = WarehouseLetter::HasTruck { package: self.id };
            out.tell(Letter::Warehouse(self.plan.warehouse, letter));
        }
        self.stage = stage;
        if let Some(news) = self.reported(stage.status(), now) {
            out.emit(Output::Changed(PackageChange { seq, ..news }));
        }
    }

    fn step(&self, step: Step, at: SimTime, out: &mut Outbox<Store>) {
        out.save(Record::Stepped { package: self.id, step, at });
    }

    /// The news of a status that is new to the outside.
    fn reported(&mut self, status: PackageStatus, now: SimTime) -> Option<PackageChange> {
        if status <= self.status {
            return None;
        }
        let left = Some((self.status, self.since));
        (self.status, self.since) = (status, now);
        Some(PackageChange { since: left, ..self.news(Change::Status, now) })
    }

    fn report(&self, change: Change, seq: Option<Seq>, now: SimTime, out: &mut Outbox<Store>) {
        out.emit(Output::Changed(PackageChange { seq, ..self.news(change, now) }));
    }

    fn news(&self, change: Change, at: SimTime) -> PackageChange {
        PackageChange {
            order: self.plan.order,
            package: self.id,
            warehouse: self.plan.warehouse,
            change,
            status: self.status,
            tracking_number: self.tracking_number.clone(),
            truck: self.truck,
            seq: None,
            at,
            since: None,
        }
    }
}
