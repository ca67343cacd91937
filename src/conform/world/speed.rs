//! Checks of the simulation speed that clients set.
//!
//! How long buying, packing and loading take is known of no simulator but
//! ours, so only travel is measured.

use std::time::Duration;

use tokio::time::Instant;

use super::{
    side::{Amazon, Ups, first_of_its_kind},
    stage::{FAST, SLOW, Stage},
    town::{TEA, Town, buy, pickup, thing, truck},
};
use crate::{
    basis::Point,
    conform::check::{Check, Failure, Verdict, checks, same, that},
    wire::{amazon, ups::status},
};

pub(super) fn checks() -> Vec<Check<Stage>> {
    checks![
        "speed.ninety-million" Must ["W-TIME-3"] "A simspeed of 90,000,000 is good, and nothing takes long." needs Speed => ninety_million;
        "speed.stays" Must ["W-TIME-1"] "A simspeed stays until it is changed." needs Speed => stays;
        "speed.of-both-sides" Must ["W-TIME-1"] "A simspeed holds for the world, whichever side sets it." needs Speed => of_both_sides;
        "speed.future-only" Must ["W-TIME-2"] "Another simspeed holds for what starts later, not for what is under way." needs Speed => future_only;
        "speed.zero" Ours ["W-TIME-3"] "A simspeed of 0 changes nothing and stops nothing." needs Speed => zero;
        "speed.travel" Ours ["W-TIME-5"] "A truck goes simspeed units of Manhattan distance in a second." needs NoLoss, Speed => travel;
    ]
}

async fn ninety_million(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.aboard(&[1]).await
}

async fn stays(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.ups.now().await?;
    (town.amazon.speed, town.ups.speed) = (None, None);
    town.amazon.now().await?;
    let far = vec![(crate::basis::WarehouseId(9), Town::FAR)];
    town.amazon.redial().await?;
    town.amazon.join(Some(town.id), far).await?;
    town.ups.order(pickup(Town::TRUCK, crate::basis::WarehouseId(9))).await?;
    town.ups.event("an arrival after two million units of distance").await.map(drop)
}

async fn of_both_sides(stage: Stage) -> Verdict {
    let ups = stage.alone::<Ups>().await?;
    let mut amazon = stage.joining::<Amazon>(ups.world, first_of_its_kind::<Amazon>()).await?;
    let mut ups = ups;
    amazon.speed = Some(SLOW);
    amazon.now().await?;
    amazon.speed = None;
    ups.speed = Some(FAST);
    ups.now().await?;
    let things = vec![thing(TEA, 1)];
    amazon.order(buy(things.clone())).await?;
    let warehouse = Town::HERE;
    amazon.expect(&amazon::Event::Arrived { warehouse, things }).await.map(drop)
}

async fn future_only(stage: Stage) -> Verdict {
    let warehouses = vec![(Town::HERE, Town::FAR)];
    let trucks = vec![(Town::TRUCK, Town::TRUCK_AT), (Town::OTHER_TRUCK, Town::OTHER_TRUCK_AT)];
    let mut town = stage.town_of(warehouses, trucks).await?;
    town.set_speed(SLOW);
    town.ups.order(pickup(Town::TRUCK, Town::HERE)).await?;
    town.set_speed(FAST);
    town.ups.order(pickup(Town::OTHER_TRUCK, Town::HERE)).await?;
    town.ups.event("the arrival of the truck that was sent at the high speed").await?;
    let (status, _) = truck(&mut town.ups, Town::OTHER_TRUCK).await?;
    same("the fast truck's status", &status::ARRIVE_WAREHOUSE.to_owned(), &status)?;
    town.expect_truck(status::TRAVELING).await
}

async fn zero(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.amazon.now().await?;
    town.set_speed(0);
    town.aboard(&[1]).await
}

async fn travel(stage: Stage) -> Verdict {
    const SPEED: u32 = 100_000;
    let from = Point::new(0, 0);
    let warehouses = vec![(Town::HERE, Point::new(100_000_000, -100_000_000))];
    let mut town = stage.town_of(warehouses, vec![(Town::TRUCK, from)]).await?;
    town.set_speed(SPEED);
    town.ups.order(pickup(Town::TRUCK, Town::HERE)).await?;
    let asked = Instant::now();
    let (_, first) = town.truck().await?;
    let answered = Instant::now();
    tokio::time::sleep((stage.patience / 10).min(Duration::from_secs(1))).await;
    let asked_again = Instant::now();
    let (_, second) = town.truck().await?;
    let gone = first.distance(second) as f64;
    let least = (asked_again - answered).as_secs_f64() * f64::from(SPEED) * 0.9;
    let most = asked.elapsed().as_secs_f64() * f64::from(SPEED) * 1.1;
    that((least..=most).contains(&gone), || {
        Failure::new(format!("{least:.0} to {most:.0} units between two looks"), format!("{gone}"))
    })
}
