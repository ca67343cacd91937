//! A simulation to play on, and its log.

use std::sync::Arc;

use super::super::*;
use crate::wire::{
    Numbered,
    amazon::{self, Thing},
    ups,
};

pub(super) const HERE: WarehouseId = WarehouseId(1);
pub(super) const THERE: WarehouseId = WarehouseId(2);
pub(super) const TRUCK: TruckId = TruckId(0);
pub(super) const OTHER_TRUCK: TruckId = TruckId(1);

/// What was said to each side, with its number.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Said {
    pub(super) amazon: Vec<(i64, amazon::Event)>,
    pub(super) ups: Vec<(i64, ups::Event)>,
}

/// A world with two warehouses at (5, 0) and (0, 9) and two trucks at (0, 0).
pub(super) struct Stage {
    pub(super) simulation: Simulation,
    pub(super) log: Vec<Entry>,
    asked: i64,
}

impl Stage {
    pub(super) fn new() -> Self {
        Self::with(Physics::default())
    }

    pub(super) fn with(physics: Physics) -> Self {
        let simulation = Simulation::new(physics, SimTime::ZERO);
        let mut stage = Self { simulation, log: Vec::new(), asked: 0 };
        let warehouses = vec![(HERE, Point::new(5, 0)), (THERE, Point::new(0, 9))];
        let trucks = vec![(TRUCK, Point::new(0, 0)), (OTHER_TRUCK, Point::new(0, 0))];
        stage.enter(0, Input::Joined(Initial::Warehouses(warehouses)));
        stage.enter(0, Input::Joined(Initial::Trucks(trucks)));
        stage
    }

    pub(super) fn enter(&mut self, at_ms: u64, input: Input) -> Said {
        self.take(Entry { at: at(at_ms), acked: Vec::new(), input })
    }

    pub(super) fn advance(&mut self, at_ms: u64) -> Said {
        self.enter(at_ms, Input::Advanced)
    }

    pub(super) fn acknowledge(&mut self, at_ms: u64, seq: i64) -> Said {
        self.take(Entry { at: at(at_ms), acked: vec![Seq(seq)], input: Input::Advanced })
    }

    /// One command of the store; gives what its side hears at once.
    pub(super) fn amazon(
        &mut self,
        at_ms: u64,
        command: amazon::Command,
    ) -> Vec<(i64, amazon::Event)> {
        self.asked += 1;
        let commands = vec![Numbered::new(Seq(self.asked), command)];
        self.enter(at_ms, Input::Amazon { commands: commands.into(), simspeed: None }).amazon
    }

    /// One command of the carrier.
    pub(super) fn ups(&mut self, at_ms: u64, command: ups::Command) -> Vec<(i64, ups::Event)> {
        self.asked += 1;
        let commands = vec![Numbered::new(Seq(self.asked), command)];
        self.enter(at_ms, Input::Ups { commands: commands.into(), simspeed: None }).ups
    }

    /// The number of the last command.
    pub(super) fn asked(&self) -> Seq {
        Seq(self.asked)
    }

    pub(super) fn set_speed(&mut self, at_ms: u64, simspeed: u32) {
        self.enter(at_ms, Input::Ups { commands: Arc::default(), simspeed: Some(simspeed) });
    }

    /// Puts a packed package into the first warehouse; it is ready at 1600 ms.
    pub(super) fn pack_one(&mut self, package: i64) {
        self.amazon(0, buy(1, "tea", 1));
        self.amazon(1_000, pack(package, &[(1, 1)]));
        self.advance(1_600);
    }

    /// Packages on the first truck, which stands at the first warehouse at 1900 ms.
    pub(super) fn load_some(&mut self, packages: &[i64]) {
        for _ in packages {
            self.amazon(0, buy(1, "tea", 1));
        }
        self.ups(0, pickup(TRUCK, HERE));
        for package in packages {
            self.amazon(1_000, pack(*package, &[(1, 1)]));
        }
        for package in packages {
            self.amazon(1_600, load(*package));
        }
        self.advance(1_900);
    }

    pub(super) fn package_status(&self, package: i64) -> Option<&'static str> {
        self.simulation.package_status(PackageId(package))
    }

    /// What a query says about a truck.
    pub(super) fn truck(&mut self, at_ms: u64, truck: TruckId) -> (String, (i32, i32)) {
        let said = self.ups(at_ms, ups::Command::Query { truck });
        match said.last() {
            Some((_, ups::Event::Truck { status, at, .. })) => (status.clone(), (at.x, at.y)),
            other => panic!("a query was answered by {other:?}"),
        }
    }

    /// What the carrier has heard by then, without the numbers.
    pub(super) fn ups_events(&mut self, at_ms: u64) -> Vec<ups::Event> {
        self.advance(at_ms).ups.into_iter().map(|(_, event)| event).collect()
    }

    fn take(&mut self, entry: Entry) -> Said {
        let mut news = News::default();
        self.simulation.apply(&entry, &mut news);
        self.log.push(entry);
        let [amazon, ups] = &news.told;
        let (to_amazon, to_ups) = (&self.simulation.amazon, &self.simulation.ups);
        let amazon =
            amazon.iter().filter_map(|seq| Some((seq.0, to_amazon.message(*seq)?.clone())));
        let ups = ups.iter().filter_map(|seq| Some((seq.0, to_ups.message(*seq)?.clone())));
        Said { amazon: amazon.collect(), ups: ups.collect() }
    }
}

fn at(at_ms: u64) -> SimTime {
    SimTime::from_micros(at_ms * 1000)
}

pub(super) fn thing(product: i64, description: &str, count: i32) -> Thing {
    Thing { product: ProductId(product), description: description.to_owned(), count }
}

pub(super) fn buy(product: i64, description: &str, count: i32) -> amazon::Command {
    amazon::Command::Buy { warehouse: HERE, things: vec![thing(product, description, count)] }
}

pub(super) fn pack(package: i64, things: &[(i64, i32)]) -> amazon::Command {
    let things = things.iter().map(|(product, count)| thing(*product, "", *count)).collect();
    amazon::Command::Pack { warehouse: HERE, things, package: PackageId(package) }
}

pub(super) fn load(package: i64) -> amazon::Command {
    amazon::Command::Load { warehouse: HERE, truck: TRUCK, package: PackageId(package) }
}

pub(super) fn pickup(truck: TruckId, warehouse: WarehouseId) -> ups::Command {
    ups::Command::Pickup { truck, warehouse }
}

pub(super) fn deliver(packages: &[(i64, (i32, i32))]) -> ups::Command {
    let packages =
        packages.iter().map(|(id, (x, y))| (PackageId(*id), Point::new(*x, *y))).collect();
    ups::Command::Deliver { truck: TRUCK, packages }
}

pub(super) fn finished(truck: TruckId, (x, y): (i32, i32), status: &str) -> ups::Event {
    ups::Event::Finished { truck, at: Point::new(x, y), status: status.to_owned() }
}

pub(super) fn delivered(package: i64) -> ups::Event {
    ups::Event::Delivered { truck: TRUCK, package: PackageId(package) }
}
