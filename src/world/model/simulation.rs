//! One world as a deterministic function of its log.
//!
//! It knows two sides and their numbered messages, but no connection: what it
//! has to tell waits in a [`Mailbag`] for each side until it is acked.
//!
//! ```text
//! log entry ──▶ apply ──▶ run what is due ──▶ do the commands ──▶ mailbags
//!                              ▲    │                 │
//!                              │    ▼                 ▼
//!                              └─ agenda ◀─── what will happen, and when
//! ```
//!
//! Moments are the world's own microseconds: a simulated second takes
//! `1 / simspeed` of a second, reckoned when something starts, so that another
//! speed holds for what starts later.

mod agenda;
mod amazon;
mod burden;
mod entry;
mod ground;
#[cfg(any(test, fuzzing))]
mod invariants;
mod looks;
mod mailbag;
mod pages;
mod parcels;
mod refusal;
mod stops;
mod truck;
mod ups;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Bounds, Fact, Initial, Pace, PackageStatus, Physics, Side};
use crate::{
    basis::{PackageId, Point, ProductId, Seq, SimTime, TruckId, WarehouseId},
    wire,
};
use agenda::{Agenda, Happening};
use burden::Burden;
pub use entry::{Entry, Input};
use ground::{Package, Warehouse};
pub(super) use mailbag::Mailbag;
pub(super) use pages::Pages;
pub(super) use parcels::Parcel;
use parcels::Parcels;
pub use refusal::Refusal;
use truck::Truck;

/// The state of one world.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Simulation {
    physics: Physics,
    simspeed: u32,
    now: SimTime,
    /// The last number given to a message of ours, of either side.
    last_seq: Seq,
    products: BTreeMap<ProductId, String>,
    warehouses: BTreeMap<WarehouseId, Warehouse>,
    trucks: BTreeMap<TruckId, Truck>,
    parcels: Parcels,
    agenda: Agenda,
    burden: Burden,
    amazon: Mailbag<wire::amazon::Event>,
    ups: Mailbag<wire::ups::Event>,
}

/// What applying an entry brought about.
#[derive(Debug, Default)]
pub struct News {
    /// Numbers of new messages, by side.
    pub told: [Vec<Seq>; 2],
    pub facts: Vec<Fact>,
}

impl Simulation {
    pub fn new(physics: Physics, now: SimTime) -> Self {
        Self {
            physics,
            simspeed: physics.pace.simspeed.max(1),
            now,
            last_seq: Seq::ZERO,
            products: BTreeMap::new(),
            warehouses: BTreeMap::new(),
            trucks: BTreeMap::new(),
            parcels: Parcels::new(),
            agenda: Agenda::default(),
            burden: Burden::default(),
            amazon: Mailbag::new(),
            ups: Mailbag::new(),
        }
    }

    /// Takes in the next entry of the log. What takes no time at this speed has happened
    /// before the next command is done, whether that came with it or later.
    pub fn apply(&mut self, entry: &Entry, news: &mut News) {
        for seq in &entry.acked {
            self.amazon.acknowledge(*seq);
            self.ups.acknowledge(*seq);
        }
        self.run_until(entry.at, news);
        match &entry.input {
            Input::Advanced => {}
            Input::Ruled(physics) => self.rule(*physics),
            Input::Joined(initial) => self.add(initial),
            Input::Amazon { commands, simspeed } => {
                self.set_simspeed(*simspeed);
                for command in commands.iter() {
                    self.amazon_command(command, news);
                    self.run_until(entry.at, news);
                }
            }
            Input::Ups { commands, simspeed } => {
                self.set_simspeed(*simspeed);
                for command in commands.iter() {
                    self.ups_command(command, news);
                    self.run_until(entry.at, news);
                }
            }
        }
    }

    /// Takes in an entry again: what it brought about is known to the mailbags.
    pub fn replay(&mut self, entry: &Entry) {
        self.apply(entry, &mut News::default());
        self.amazon.take_acks();
        self.ups.take_acks();
    }

    /// The moment of the last entry.
    pub fn now(&self) -> SimTime {
        self.now
    }

    pub fn physics(&self) -> &Physics {
        &self.physics
    }

    pub fn simspeed(&self) -> u32 {
        self.simspeed
    }

    /// Whether a client's wish changes the speed. Zero would stop the world for
    /// ever, and is ignored.
    pub fn heeds_simspeed(&self, wished: u32) -> bool {
        !self.physics.pace.is_speed_fixed && wished > 0 && wished != self.simspeed
    }

    /// Pieces of a product at a warehouse, if it ever had any.
    pub fn stock(&self, warehouse: WarehouseId, product: ProductId) -> Option<i64> {
        self.warehouses.get(&warehouse)?.stock.get(&product).copied()
    }

    /// As a store would be told.
    pub fn package_status(&self, package: PackageId) -> Option<&'static str> {
        let status = match self.parcels.state(package) {
            Some(state) => Some(state.status()),
            None => self.parcels.is_delivered(package).then_some(PackageStatus::Delivered),
        };
        status.map(PackageStatus::name)
    }

    /// When something will happen by itself.
    pub fn next_due(&self) -> Option<SimTime> {
        self.agenda.next_due()
    }

    /// Roughly how many things a snapshot has to write.
    pub fn size(&self) -> usize {
        self.parcels.under_way_count()
            + self.parcels.latest_count()
            + self.agenda.len()
            + self.trucks.len()
            + self.products.len()
            + self.warehouses.len()
            + self.parcels.id_runs_count()
            + self.burden.size()
            + self.amazon.runs_count()
            + self.ups.runs_count()
            + self.unacked_count(Side::Amazon)
            + self.unacked_count(Side::Ups)
    }

    pub fn unacked_count(&self, side: Side) -> usize {
        match side {
            Side::Amazon => self.amazon.unacked_count(),
            Side::Ups => self.ups.unacked_count(),
        }
    }

    /// How many more commands of a side may be done before it acks what came of others.
    pub fn room(&self, side: Side) -> usize {
        let Bounds { unacked_max, text_bytes_max, .. } = self.physics.bounds;
        match side {
            Side::Amazon => self.amazon.room(unacked_max, text_bytes_max),
            Side::Ups => self.ups.room(unacked_max, text_bytes_max),
        }
    }

    /// Packages that are not delivered, as they are now. There may be millions, so this
    /// copies none, and they are written and read behind the rest.
    pub(super) fn packages(&self) -> Pages<PackageId, Parcel> {
        self.parcels.under_way.clone()
    }

    pub(super) fn set_packages(&mut self, packages: Vec<(PackageId, Parcel)>) {
        self.parcels.under_way = Pages::default();
        packages.into_iter().for_each(|(id, it)| self.parcels.under_way.insert(id, it));
    }

    /// Pieces on the shelves.
    pub fn shelves(&self) -> impl Iterator<Item = ((WarehouseId, ProductId), i64)> {
        self.warehouses.iter().flat_map(|(id, warehouse)| {
            warehouse.stock.iter().map(|(product, pieces)| ((*id, *product), *pieces))
        })
    }

    /// Packages that are not delivered.
    pub fn packages_under_way(&self) -> usize {
        self.parcels.under_way_count()
    }

    /// Numbers that one side has not acked, rising.
    pub fn unacked(&self, side: Side) -> Vec<Seq> {
        match side {
            Side::Amazon => self.amazon.unacked().collect(),
            Side::Ups => self.ups.unacked().collect(),
        }
    }

    /// One side has the message; false where it was acked before, or is not its own.
    pub fn acknowledge(&mut self, side: Side, seq: Seq) -> bool {
        match side {
            Side::Amazon => self.amazon.acknowledge(seq),
            Side::Ups => self.ups.acknowledge(seq),
        }
    }

    pub(super) fn amazon(&mut self) -> &mut Mailbag<wire::amazon::Event> {
        &mut self.amazon
    }

    pub(super) fn ups(&mut self) -> &mut Mailbag<wire::ups::Event> {
        &mut self.ups
    }

    /// Why a client's warehouses or trucks can not be added, if they can not.
    pub fn refuses(&self, initial: &Initial) -> Option<Refusal> {
        let bounds = &self.physics.bounds;
        match initial {
            Initial::Warehouses(new) => ground::refuses_ids(
                &self.warehouses,
                new,
                Refusal::Full { what: "warehouses", max: bounds.warehouses_max },
                bounds.warehouses_max,
            ),
            Initial::Trucks(new) => ground::refuses_ids(
                &self.trucks,
                new,
                Refusal::Full { what: "trucks", max: bounds.trucks_max },
                bounds.trucks_max,
            ),
        }
    }

    fn add(&mut self, initial: &Initial) {
        match initial {
            Initial::Warehouses(new) => {
                for (id, at) in new {
                    self.warehouses.insert(*id, Warehouse::new(*at));
                }
            }
            Initial::Trucks(new) => {
                for (id, at) in new {
                    self.trucks.insert(*id, Truck::idle(*at));
                }
            }
        }
    }

    /// Another speed in the rules replaces what clients said about it; other rules leave it.
    fn rule(&mut self, physics: Physics) {
        let speed = |pace: Pace| (pace.simspeed, pace.is_speed_fixed);
        if speed(physics.pace) != speed(self.physics.pace) {
            self.simspeed = physics.pace.simspeed.max(1);
        }
        self.physics = physics;
    }

    fn set_simspeed(&mut self, simspeed: Option<u32>) {
        if let Some(simspeed) = simspeed.filter(|speed| self.heeds_simspeed(*speed)) {
            self.simspeed = simspeed;
        }
    }

    /// Lets everything happen that is due by then, each at its own moment.
    fn run_until(&mut self, moment: SimTime, news: &mut News) {
        while let Some((due, happening)) = self.agenda.take_due(moment) {
            self.now = self.now.max(due);
            match happening {
                Happening::StockArrives { warehouse, things, new_shelves } => {
                    self.stock_arrives(warehouse, things, new_shelves, news);
                }
                Happening::Packed { package } => self.packed(package, news),
                Happening::Loaded { package } => self.loaded(package, news),
                Happening::TruckArrives { truck } => self.truck_arrives(truck, news),
            }
        }
        self.now = self.now.max(moment);
    }

    /// Real time for simulated seconds, at the present speed.
    fn span(&self, simulated_s: u64) -> Duration {
        let micros = simulated_s.saturating_mul(1_000_000) / u64::from(self.simspeed);
        Duration::from_micros(micros)
    }

    fn next_seq(&mut self) -> Seq {
        self.last_seq = self.last_seq.next();
        self.last_seq
    }

    fn has_room(&self) -> Result<(), Refusal> {
        let max = self.physics.bounds.happenings_max;
        if self.agenda.len() < max {
            Ok(())
        } else {
            Err(Refusal::Full { what: "things that go on at a time", max })
        }
    }

    fn warehouse_at(&self, warehouse: WarehouseId) -> Result<Point, Refusal> {
        self.warehouses.get(&warehouse).map(|it| it.at).ok_or(Refusal::Unknown)
    }
}

#[cfg(test)]
mod tests;
