//! The world's model alone, and how its cost grows with what is not touched.
//!
//! Each round takes a hundred packages from the shelf to the doorstep: a
//! purchase, a packing, a pickup, a loading and a delivery of each, in messages
//! of a hundred commands, every answer acked. What differs is what else the
//! world holds.

use std::{hint::black_box, time::Duration};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use waybill::{
    basis::{PackageId, Point, ProductId, Seq, SimTime, TruckId, WarehouseId},
    wire::{
        Numbered,
        amazon::{self, Thing},
        ups,
    },
    world::model::{Entry, Initial, Input, Physics, Side, Simulation},
};

const WAREHOUSE: WarehouseId = WarehouseId(1);
/// Packages of a round, each with a truck of its own.
const PACKAGES: i64 = 100;
const COMMANDS_EACH: u64 = 5;

/// What a world holds that no command touches.
#[derive(Debug, Clone, Copy)]
struct Standing {
    packages: i64,
    trucks: i32,
    products: i64,
}

const NOTHING: Standing = Standing { packages: 0, trucks: 0, products: 0 };

fn commands(c: &mut Criterion) {
    let mut group = c.benchmark_group("world_commands");
    group.throughput(Throughput::Elements(PACKAGES as u64 * COMMANDS_EACH));
    group.sample_size(20).measurement_time(Duration::from_secs(4));
    let cases = [
        ("nothing_else", NOTHING),
        ("10k_packages", Standing { packages: 10_000, ..NOTHING }),
        ("100k_packages", Standing { packages: 100_000, ..NOTHING }),
        ("1M_packages", Standing { packages: 1_000_000, ..NOTHING }),
        ("10k_trucks", Standing { trucks: 10_000, ..NOTHING }),
        ("100k_products", Standing { products: 100_000, ..NOTHING }),
    ];
    for (name, standing) in cases {
        group.bench_function(BenchmarkId::from_parameter(name), |b| {
            let mut stage = Stage::with(standing);
            b.iter(|| stage.round());
        });
    }
    group.finish();
}

/// A world, and the clients' numbers in it.
struct Stage {
    world: Simulation,
    now_us: u64,
    amazon_seq: i64,
    ups_seq: i64,
    next_package: i64,
    acks: Vec<Seq>,
}

impl Stage {
    fn with(standing: Standing) -> Self {
        let world = Simulation::new(Physics::default(), SimTime::ZERO);
        let acks = Vec::new();
        let mut stage = Self { world, now_us: 0, amazon_seq: 0, ups_seq: 0, next_package: 1, acks };
        let far = Point::new(1_000, 1_000);
        let trucks = (0..PACKAGES as i32 + standing.trucks).map(|n| (TruckId(n), far));
        let warehouses = vec![(WAREHOUSE, Point::new(0, 0))];
        stage.apply(Input::Joined(Initial::Warehouses(warehouses)));
        stage.apply(Input::Joined(Initial::Trucks(trucks.collect())));
        let other = |n| Thing { product: ProductId(n), description: "tea".to_owned(), count: 1 };
        stage.buy((2..standing.products + 2).map(|n| vec![other(n)]));
        stage.buy([vec![crates(standing.packages as i32 + 1)]]);
        let ids = stage.new_packages(standing.packages);
        stage.pack(&ids);
        stage
    }

    /// A hundred packages from the shelf to the doorstep.
    fn round(&mut self) {
        let ids = self.new_packages(PACKAGES);
        self.buy(ids.iter().map(|_| vec![crates(1)]));
        self.pack(&ids);
        let truck = |index: usize| TruckId(index as i32);
        let pickups = (0..ids.len())
            .map(|index| ups::Command::Pickup { truck: truck(index), warehouse: WAREHOUSE });
        self.ups(pickups);
        self.amazon(ids.iter().enumerate().map(|(index, id)| amazon::Command::Load {
            warehouse: WAREHOUSE,
            truck: truck(index),
            package: *id,
        }));
        let deliveries = ids.iter().enumerate().map(|(index, id)| ups::Command::Deliver {
            truck: truck(index),
            packages: vec![(*id, Point::new(10, index as i32))],
        });
        self.ups(deliveries);
        assert_eq!(self.world.package_status(ids[0]), Some("delivered"));
        black_box(&self.world);
    }

    fn new_packages(&mut self, count: i64) -> Vec<PackageId> {
        let first = self.next_package;
        self.next_package += count;
        (first..first + count).map(PackageId).collect()
    }

    fn buy(&mut self, purchases: impl IntoIterator<Item = Vec<Thing>>) {
        let buy = |things| amazon::Command::Buy { warehouse: WAREHOUSE, things };
        self.amazon(purchases.into_iter().map(buy));
    }

    fn pack(&mut self, ids: &[PackageId]) {
        self.amazon(ids.iter().map(|id| amazon::Command::Pack {
            warehouse: WAREHOUSE,
            things: vec![crates(1)],
            package: *id,
        }));
    }

    fn amazon(&mut self, commands: impl Iterator<Item = amazon::Command>) {
        let first = self.amazon_seq + 1;
        let commands: Vec<_> =
            (first..).map(Seq).zip(commands).map(|(seq, it)| Numbered::new(seq, it)).collect();
        self.amazon_seq += commands.len() as i64;
        self.apply(Input::Amazon { commands: commands.into(), simspeed: None });
    }

    fn ups(&mut self, commands: impl Iterator<Item = ups::Command>) {
        let first = self.ups_seq + 1;
        let commands: Vec<_> =
            (first..).map(Seq).zip(commands).map(|(seq, it)| Numbered::new(seq, it)).collect();
        self.ups_seq += commands.len() as i64;
        self.apply(Input::Ups { commands: commands.into(), simspeed: None });
    }

    /// Does it, waits until it has happened, and acks what came of it.
    fn apply(&mut self, input: Input) {
        for input in [input, Input::Advanced] {
            let (at, acked) = (SimTime::from_micros(self.now_us), std::mem::take(&mut self.acks));
            self.world.replay(&Entry { at, acked, input });
            self.acks.extend(Side::ALL.into_iter().flat_map(|side| self.world.unacked(side)));
            self.now_us += 100_000_000;
        }
    }
}

fn crates(count: i32) -> Thing {
    Thing { product: ProductId(1), description: "crate".to_owned(), count }
}

criterion_group!(benches, commands);
criterion_main!(benches);
