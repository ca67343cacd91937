//! A world with both sides present, and the usual ways to get something done
//! in it.
//!
//! What it brings about fails where the world does not do its part; the rules
//! themselves are the checks'.

use super::{
    client::Client,
    side::{Amazon, Ups},
    stage::SLOW,
};
use crate::{
    basis::{PackageId, Point, ProductId, Seq, TruckId, WarehouseId, WorldId},
    conform::check::{Failure, Verdict, same, that},
    wire::{
        amazon::{self, Thing},
        ups::{self, status},
    },
};

/// The original's words about an id that does not exist.
pub(super) const UNKNOWN: &str = "error: warehouse id/product_id/package id/truck id in certain world and warehouse(if product_id) does not exist";
/// The original's words about a wrong state or place.
pub(super) const WRONG_STATE: &str = "cannot find truck or package you specified\nPossible reasons: do not exist, not in proper status or not in the same warehouse!";

pub(super) const TEA: i64 = 11;
pub(super) const SALT: i64 = 12;

pub(super) struct Town {
    pub(super) id: WorldId,
    pub(super) amazon: Client<Amazon>,
    pub(super) ups: Client<Ups>,
}

impl Town {
    pub(super) const HERE: WarehouseId = WarehouseId(1);
    pub(super) const HERE_AT: Point = Point::new(2, 3);
    pub(super) const THERE: WarehouseId = WarehouseId(2);
    pub(super) const THERE_AT: Point = Point::new(9, 1);
    pub(super) const TRUCK: TruckId = TruckId(1);
    pub(super) const TRUCK_AT: Point = Point::new(5, 6);
    pub(super) const OTHER_TRUCK: TruckId = TruckId(2);
    pub(super) const OTHER_TRUCK_AT: Point = Point::new(7, 8);
    /// So far that nobody gets there at [`SLOW`].
    pub(super) const FAR: Point = Point::new(1_000_000, 1_000_000);

    /// Goes along with each command from now on, of either side.
    pub(super) fn set_speed(&mut self, simspeed: u32) {
        self.amazon.speed = Some(simspeed);
        self.ups.speed = Some(simspeed);
    }

    /// Buys, and waits for the arrival.
    pub(super) async fn buy(&mut self, things: Vec<Thing>) -> Verdict<Seq> {
        let warehouse = Self::HERE;
        self.amazon.order(amazon::Command::Buy { warehouse, things: things.clone() }).await?;
        self.amazon.expect(&amazon::Event::Arrived { warehouse, things }).await
    }

    /// Packs what was bought, and waits until it is ready.
    pub(super) async fn pack(&mut self, package: i64, things: Vec<Thing>) -> Verdict<Seq> {
        self.amazon.order(pack(package, things)).await?;
        self.amazon.expect(&amazon::Event::Ready { package: PackageId(package) }).await
    }

    /// Buys and packs one piece.
    pub(super) async fn packed(&mut self, package: i64) -> Verdict {
        self.buy(vec![thing(TEA, 1)]).await?;
        self.pack(package, vec![thing(TEA, 1)]).await.map(drop)
    }

    /// Sends a truck to a warehouse, and waits until it is there.
    pub(super) async fn park(&mut self, truck: TruckId, warehouse: WarehouseId) -> Verdict<Seq> {
        self.ups.order(ups::Command::Pickup { truck, warehouse }).await?;
        let at = if warehouse == Self::HERE { Self::HERE_AT } else { Self::THERE_AT };
        let status = status::ARRIVE_WAREHOUSE.to_owned();
        self.ups.expect(&ups::Event::Finished { truck, at, status }).await
    }

    /// Loads what is packed onto a truck that is there.
    pub(super) async fn load(&mut self, package: i64) -> Verdict<Seq> {
        self.amazon.order(load(package)).await?;
        self.amazon.expect(&amazon::Event::Loaded { package: PackageId(package) }).await
    }

    /// The truck is at the warehouse with these packages loaded.
    pub(super) async fn aboard(&mut self, packages: &[i64]) -> Verdict {
        self.park(Self::TRUCK, Self::HERE).await?;
        for package in packages {
            self.packed(*package).await?;
            self.load(*package).await?;
        }
        Ok(())
    }

    /// The truck is on a way that takes days, with these packages aboard and the first to deliver.
    pub(super) async fn on_a_long_way(&mut self, packages: &[i64]) -> Verdict {
        self.aboard(packages).await?;
        self.set_speed(SLOW);
        self.ups.order(deliver(&[(packages[0], Self::FAR)])).await.map(drop)
    }

    pub(super) async fn expect_delivered(&mut self, package: i64) -> Verdict<Seq> {
        let (truck, package) = (Self::TRUCK, PackageId(package));
        self.ups.expect(&ups::Event::Delivered { truck, package }).await
    }

    pub(super) async fn expect_idle(&mut self, at: Point) -> Verdict<Seq> {
        let status = status::IDLE.to_owned();
        self.ups.expect(&ups::Event::Finished { truck: Self::TRUCK, at, status }).await
    }

    pub(super) async fn expect_package(&mut self, package: i64, status: &str) -> Verdict {
        let package = PackageId(package);
        self.amazon.order(amazon::Command::Query { package }).await?;
        self.amazon.expect(&amazon::Event::Status { package, status: status.to_owned() }).await?;
        Ok(())
    }

    /// Status and place of the truck.
    pub(super) async fn truck(&mut self) -> Verdict<(String, Point)> {
        truck(&mut self.ups, Self::TRUCK).await
    }

    pub(super) async fn expect_truck(&mut self, expected: &str) -> Verdict {
        let (status, _) = self.truck().await?;
        same("the truck's status", &expected.to_owned(), &status)
    }

    /// The store's command is refused; gives the text.
    pub(super) async fn amazon_refuses(&mut self, command: amazon::Command) -> Verdict<String> {
        let what = format!("an error about: {}", super::show::amazon_command(&command));
        let seq = self.amazon.order(command).await?;
        match self.amazon.event(&what).await?.body {
            amazon::Event::Failed { text, origin } if origin == seq => Ok(text),
            other => Err(Failure::new(what, super::show::amazon_event(&other))),
        }
    }

    /// The carrier's command is refused; gives the text.
    pub(super) async fn ups_refuses(&mut self, command: ups::Command) -> Verdict<String> {
        let what = format!("an error about: {}", super::show::ups_command(&command));
        let seq = self.ups.order(command).await?;
        match self.ups.event(&what).await?.body {
            ups::Event::Failed { text, origin } if origin == seq => Ok(text),
            other => Err(Failure::new(what, super::show::ups_event(&other))),
        }
    }

    pub(super) async fn amazon_refuses_with(
        &mut self,
        command: amazon::Command,
        text: &str,
    ) -> Verdict {
        let received = self.amazon_refuses(command).await?;
        same("the text of the error", &text.to_owned(), &received)
    }

    pub(super) async fn ups_refuses_with(&mut self, command: ups::Command, text: &str) -> Verdict {
        let received = self.ups_refuses(command).await?;
        same("the text of the error", &text.to_owned(), &received)
    }

    /// Fails unless one of the original's texts says that a truck or package is not there:
    /// both name that, and which of them it uses for this command is not known.
    pub(super) async fn amazon_misses(&mut self, command: amazon::Command) -> Verdict {
        is_either(&self.amazon_refuses(command).await?)
    }

    /// The same of a carrier's.
    pub(super) async fn ups_misses(&mut self, command: ups::Command) -> Verdict {
        is_either(&self.ups_refuses(command).await?)
    }

    /// Fails unless the warehouse has exactly so many pieces.
    pub(super) async fn expect_stock(&mut self, product: i64, count: i32) -> Verdict {
        let all_of_it = 900_000 + product;
        if count > 0 {
            self.pack(all_of_it, vec![thing(product, count)]).await?;
        }
        let one_more = pack(all_of_it + 1_000, vec![thing(product, 1)]);
        self.amazon_refuses(one_more).await.map(drop)
    }
}

fn is_either(received: &str) -> Verdict {
    let expected =
        || Failure::new(format!("{UNKNOWN:?} or {WRONG_STATE:?}"), format!("{received:?}"));
    that([UNKNOWN, WRONG_STATE].contains(&received), expected)
}

/// What a carrier is told of a truck.
pub(super) async fn truck(ups: &mut Client<Ups>, id: TruckId) -> Verdict<(String, Point)> {
    let answer = ups.answer(ups::Command::Query { truck: id }).await?;
    match answer.body {
        ups::Event::Truck { truck, status, at } if truck == id => Ok((status, at)),
        other => Err(Failure::new(format!("where truck {id} is"), super::show::ups_event(&other))),
    }
}

/// Pieces of a product under the description that it always has.
pub(super) fn thing(product: i64, count: i32) -> Thing {
    Thing { product: ProductId(product), description: format!("product {product}"), count }
}

pub(super) fn buy(things: Vec<Thing>) -> amazon::Command {
    amazon::Command::Buy { warehouse: Town::HERE, things }
}

pub(super) fn pack(package: i64, things: Vec<Thing>) -> amazon::Command {
    amazon::Command::Pack { warehouse: Town::HERE, things, package: PackageId(package) }
}

pub(super) fn load(package: i64) -> amazon::Command {
    let (warehouse, truck) = (Town::HERE, Town::TRUCK);
    amazon::Command::Load { warehouse, truck, package: PackageId(package) }
}

pub(super) fn pickup(truck: TruckId, warehouse: WarehouseId) -> ups::Command {
    ups::Command::Pickup { truck, warehouse }
}

pub(super) fn deliver(packages: &[(i64, Point)]) -> ups::Command {
    let packages = packages.iter().map(|(package, to)| (PackageId(*package), *to)).collect();
    ups::Command::Deliver { truck: Town::TRUCK, packages }
}

/// Fails unless the second number follows the first.
pub(super) fn follows(what: &str, first: Seq, second: Seq) -> Verdict {
    that(second == first.next(), || {
        Failure::new(format!("{what}: seqnum {}", first.next()), format!("seqnum {second}"))
    })
}
