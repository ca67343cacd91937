//! The other side of a world, for who tries a store or a carrier: trucks that come when they
//! are called, goods that are packed when they are wanted.
//!
//! One errand at a time; whoever wants something waits for his turn outside.

use std::{sync::Arc, time::Duration};

use super::{
    client::Client,
    side::{Amazon, Ups},
    stage::{Stage, Target},
};
use crate::{
    basis::{PackageId, Point, ProductId, Seq, TruckId, WarehouseId, WorldId},
    conform::{
        check::{Failure, Verdict},
        trace::Trace,
    },
    wire::{
        amazon::{self, Thing},
        ups::{self, status},
    },
};

/// Fast, and still slow enough that something can happen while a truck is far away.
pub(in crate::conform) const SPEED: u32 = 20_000;

const TRUCKS: i32 = 200;
const PIECES: i32 = 100_000;

fn stage(addr: &str, patience: Duration) -> Stage {
    let target = Arc::new(Target { amazon: addr.to_owned(), ups: addr.to_owned() });
    let (flakiness, idle_timeout) = (0, Duration::ZERO);
    Stage { target, patience, flakiness, idle_timeout, trace: Trace::default() }
}

/// The trucks of a carrier that we play.
pub(in crate::conform) struct Fleet {
    ups: Client<Ups>,
    next: i32,
}

impl Fleet {
    /// In a world of its own, or the trucks that are brought to one that there is.
    pub(in crate::conform) async fn join(
        addr: &str,
        patience: Duration,
        world: Option<WorldId>,
    ) -> Verdict<Self> {
        let stage = stage(addr, patience);
        // Of no other run's trucks in the same world.
        let first = 1_000 + 1_000 * i32::from(rand::random::<u16>());
        let trucks = (0..TRUCKS).map(|nth| (TruckId(first + nth), Point::new(0, 0))).collect();
        let mut ups = match world {
            None => stage.founding::<Ups>(trucks).await?,
            Some(world) => stage.joining::<Ups>(world, trucks).await?,
        };
        ups.speed = Some(SPEED);
        ups.last_seq = unused_numbers();
        Ok(Self { ups, next: first })
    }

    pub(in crate::conform) fn world(&self) -> WorldId {
        self.ups.world
    }

    /// A truck that nobody has at present.
    pub(in crate::conform) fn truck(&mut self) -> i32 {
        let first = self.next / 1_000 * 1_000;
        let truck = self.next;
        self.next = first + (truck + 1 - first) % TRUCKS;
        truck
    }

    /// Sends a truck to a warehouse and waits until it is there.
    pub(in crate::conform) async fn fetch(&mut self, truck: i32, warehouse: i64) -> Verdict {
        let (truck, warehouse) =
            (TruckId(truck), WarehouseId(i32::try_from(warehouse).unwrap_or(0)));
        self.ups.order(ups::Command::Pickup { truck, warehouse }).await?;
        self.until_finished(truck, status::ARRIVE_WAREHOUSE).await
    }

    /// Has a truck deliver what is aboard, and waits until it is idle.
    pub(in crate::conform) async fn bring(
        &mut self,
        truck: i32,
        shipment: i64,
        (x, y): (i64, i64),
    ) -> Verdict {
        let to = Point::new(i32::try_from(x).unwrap_or(0), i32::try_from(y).unwrap_or(0));
        let (truck, packages) = (TruckId(truck), vec![(PackageId(shipment), to)]);
        self.ups.order(ups::Command::Deliver { truck, packages }).await?;
        self.until_finished(truck, status::IDLE).await
    }

    async fn until_finished(&mut self, truck: TruckId, wanted: &str) -> Verdict {
        let what = format!("truck {truck} of the world's becomes {wanted}");
        loop {
            match self.ups.event(&what).await?.body {
                ups::Event::Finished { truck: which, status, .. }
                    if which == truck && status == wanted =>
                {
                    return Ok(());
                }
                ups::Event::Failed { text, .. } => return Err(Failure::new(what, text)),
                // Of an errand before.
                _ => {}
            }
        }
    }
}

/// The warehouse of a store that we play.
pub(in crate::conform) struct Depot {
    amazon: Client<Amazon>,
    warehouse: WarehouseId,
}

impl Depot {
    /// Becomes the store's side of a world, with a warehouse there, and buys.
    pub(in crate::conform) async fn join(
        addr: &str,
        patience: Duration,
        world: WorldId,
        warehouse: i32,
    ) -> Verdict<Self> {
        let stage = stage(addr, patience);
        let warehouse = WarehouseId(warehouse);
        let mut amazon = stage.open::<Amazon>().await?;
        let ours = vec![(warehouse, Point::new(3, 4))];
        if amazon.join(Some(world), ours).await.is_err() {
            // It has the warehouse already, perhaps, from a run before.
            amazon.join(Some(world), Vec::new()).await?;
        }
        amazon.speed = Some(SPEED);
        amazon.last_seq = unused_numbers();
        let mut depot = Self { amazon, warehouse };
        depot.order(amazon::Command::Buy { warehouse, things: vec![thing(PIECES)] }).await?;
        depot.until("goods arrive", |event| matches!(event, amazon::Event::Arrived { .. })).await?;
        Ok(depot)
    }

    pub(in crate::conform) async fn pack(&mut self, shipment: i64) -> Verdict {
        let (warehouse, package) = (self.warehouse, PackageId(shipment));
        self.order(amazon::Command::Pack { warehouse, package, things: vec![thing(1)] }).await?;
        let ready = amazon::Event::Ready { package };
        self.until("a package is packed", |event| *event == ready).await
    }

    pub(in crate::conform) async fn load(&mut self, shipment: i64, truck: i64) -> Verdict {
        let (warehouse, package) = (self.warehouse, PackageId(shipment));
        let truck = TruckId(i32::try_from(truck).unwrap_or(-1));
        self.order(amazon::Command::Load { warehouse, truck, package }).await?;
        let loaded = amazon::Event::Loaded { package };
        self.until("a package is loaded", |event| *event == loaded).await
    }

    /// What the world says of a package.
    pub(in crate::conform) async fn status(&mut self, shipment: i64) -> Verdict<String> {
        let package = PackageId(shipment);
        self.order(amazon::Command::Query { package }).await?;
        loop {
            match self.amazon.event("the status of a package").await?.body {
                amazon::Event::Status { package: which, status } if which == package => {
                    return Ok(status);
                }
                amazon::Event::Failed { text, .. } => {
                    return Err(Failure::new("the status of a package", text));
                }
                _ => {}
            }
        }
    }

    async fn order(&mut self, command: amazon::Command) -> Verdict {
        self.amazon.order(command).await.map(drop)
    }

    async fn until(&mut self, what: &str, is_it: impl Fn(&amazon::Event) -> bool) -> Verdict {
        loop {
            match self.amazon.event(what).await?.body {
                event if is_it(&event) => return Ok(()),
                amazon::Event::Failed { text, .. } => return Err(Failure::new(what, text)),
                _ => {}
            }
        }
    }
}

/// Numbers that no run before had on the same side of the same world: time goes on.
fn unused_numbers() -> Seq {
    Seq(jiff::Timestamp::now().as_microsecond())
}

fn thing(count: i32) -> Thing {
    Thing { product: ProductId(1), description: "conformance".to_owned(), count }
}
