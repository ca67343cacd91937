//! Two models at their work: a package from its order to the doorstep, and a
//! world that packs, loads and drives.
//!
//! No actor and no storage takes part; what they cost is in `ledger`.

use std::{hint::black_box, time::Duration};

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use waybill::{
    basis::{AccountId, OrderId, PackageId, Point, Seq, SimTime, TruckId, WarehouseId},
    runtime::{Outbox, ReplyId},
    store::model::{
        Line, Store,
        letters::{CarrierEvent, Errand, PackageLetter, Plan},
        package::Package,
    },
    wire::{
        Numbered,
        amazon::{self, Thing},
        dialect::ShipmentStatus,
        ups,
    },
    world::model::{Entry, Initial, Input, Physics, Simulation},
};

const WAREHOUSE: WarehouseId = WarehouseId(1);
const TRUCK: TruckId = TruckId(7);
const PACKAGES: i64 = 1_000;

fn package(c: &mut Criterion) {
    let mut group = c.benchmark_group("package");
    group.throughput(Throughput::Elements(1));
    group.bench_function("from_order_to_doorstep", |b| {
        b.iter_batched(|| (plan(), way()), |(plan, way)| walk(plan, &way), BatchSize::SmallInput);
    });
    group.finish();
}

fn walk(plan: Plan, way: &[PackageLetter]) -> usize {
    let (mut now, mut out) = (SimTime::ZERO, Outbox::<Store>::new());
    let mut package = Package::new(PackageId(1), plan, now);
    package.open(now, &mut out);
    for letter in way {
        now += Duration::from_millis(1);
        package.handle(letter, now, &mut out);
    }
    assert!(package.is_finished());
    black_box(out).records.len()
}

fn way() -> Vec<PackageLetter> {
    let errand = Errand { reply: ReplyId(1), index: 0 };
    let carrier = |event| PackageLetter::Carrier { event, errand, seq: Some(Seq(1)) };
    vec![
        PackageLetter::Announced { tracking_number: Some("WB0000000018".to_owned()) },
        carrier(CarrierEvent::TruckDispatched { truck: TRUCK }),
        PackageLetter::Ready { seq: Seq(1) },
        carrier(CarrierEvent::TruckArrived { truck: TRUCK }),
        PackageLetter::Loaded { seq: Seq(2) },
        carrier(CarrierEvent::Status(ShipmentStatus::Delivering)),
        carrier(CarrierEvent::Delivered { to: None }),
    ]
}

fn plan() -> Plan {
    Plan {
        order: OrderId(1),
        account: AccountId(1),
        email: "ada@example.org".to_owned(),
        carrier_account: None,
        destination: Point::new(3, -4),
        warehouse: WAREHOUSE,
        lines: vec![Line::new(1.into(), 2)],
        things: vec![thing(2)],
        granted: true,
        pack_after: Duration::ZERO,
    }
}

/// A thousand packages bought for, packed, and then a truck that takes one.
fn world(c: &mut Criterion) {
    let mut group = c.benchmark_group("world");
    group.throughput(Throughput::Elements(PACKAGES as u64));
    group.sample_size(20);
    group.bench_function("pack", |b| {
        b.iter_batched_ref(stocked, pack_all, BatchSize::LargeInput);
    });
    group.bench_function("pick_up_load_and_deliver", |b| {
        let packed = || {
            let mut world = stocked();
            pack_all(&mut world);
            world
        };
        b.iter_batched_ref(packed, deliver_all, BatchSize::LargeInput);
    });
    group.finish();
}

fn stocked() -> Simulation {
    let mut world = Simulation::new(Physics::default(), SimTime::ZERO);
    let warehouses = Initial::Warehouses(vec![(WAREHOUSE, Point::new(0, 0))]);
    let trucks = (0..PACKAGES as i32).map(|n| (TruckId(n), Point::new(n % 50, n / 50)));
    apply(&mut world, 0, Input::Joined(warehouses));
    apply(&mut world, 0, Input::Joined(Initial::Trucks(trucks.collect())));
    let things = vec![thing(1_000_000)];
    let buy = amazon::Command::Buy { warehouse: WAREHOUSE, things };
    amazon(&mut world, 0, vec![Numbered::new(Seq(1), buy)]);
    apply(&mut world, 10, Input::Advanced);
    assert_eq!(world.stock(WAREHOUSE, 1.into()), Some(1_000_000));
    world
}

fn pack_all(world: &mut Simulation) {
    let pack = |n| {
        let (things, package) = (vec![thing(1)], PackageId(n));
        Numbered::new(Seq(1 + n), amazon::Command::Pack { warehouse: WAREHOUSE, things, package })
    };
    amazon(world, 20, (1..=PACKAGES).map(pack).collect());
    apply(world, 30, Input::Advanced);
    assert_eq!(world.package_status(PackageId(PACKAGES)), Some("packed"));
}

fn deliver_all(world: &mut Simulation) {
    let truck = |n: i64| TruckId(n as i32 - 1);
    let pickup = |n| {
        let pickup = ups::Command::Pickup { truck: truck(n), warehouse: WAREHOUSE };
        Numbered::new(Seq(n), pickup)
    };
    ups(world, 40, (1..=PACKAGES).map(pickup).collect());
    apply(world, 100, Input::Advanced);
    let load = |n| {
        let (truck, package) = (truck(n), PackageId(n));
        let load = amazon::Command::Load { warehouse: WAREHOUSE, truck, package };
        Numbered::new(Seq(1 + PACKAGES + n), load)
    };
    amazon(world, 110, (1..=PACKAGES).map(load).collect());
    apply(world, 120, Input::Advanced);
    let deliver = |n: i64| {
        let packages = vec![(PackageId(n), Point::new(n as i32 % 40, 10))];
        Numbered::new(Seq(PACKAGES + n), ups::Command::Deliver { truck: truck(n), packages })
    };
    ups(world, 130, (1..=PACKAGES).map(deliver).collect());
    apply(world, 200, Input::Advanced);
    assert_eq!(world.package_status(PackageId(PACKAGES)), Some("delivered"));
}

fn amazon(world: &mut Simulation, at_s: u64, commands: Vec<Numbered<amazon::Command>>) {
    apply(world, at_s, Input::Amazon { commands: commands.into(), simspeed: None });
}

fn ups(world: &mut Simulation, at_s: u64, commands: Vec<Numbered<ups::Command>>) {
    apply(world, at_s, Input::Ups { commands: commands.into(), simspeed: None });
}

fn apply(world: &mut Simulation, at_s: u64, input: Input) {
    let at = SimTime::from_micros(at_s * 1_000_000);
    world.replay(&Entry { at, acked: Vec::new(), input });
}

fn thing(count: i32) -> Thing {
    Thing { product: 1.into(), description: "a lamp of brass".to_owned(), count }
}

criterion_group!(benches, package, world);
criterion_main!(benches);
