//! Checks of joining a world that there is: from the other side, again, and
//! with more warehouses or trucks.
//!
//! What is said again to a side that comes back is in `replay`.

use super::{
    connect::not_available,
    side::{Amazon, Side, Ups},
    stage::Stage,
    town::{Town, thing, truck},
};
use crate::{
    basis::{Point, TruckId, WarehouseId},
    conform::check::{Check, Verdict, checks, same},
    wire::amazon,
};

pub(super) fn checks() -> Vec<Check<Stage>> {
    checks![
        "join.ups-joins-amazon" Must ["W-CONN-2", "W-CONN-3"] "A ups joins the world that an amazon made, by its id." => ups_joins_amazon;
        "join.amazon-joins-ups" Must ["W-CONN-2", "W-CONN-3"] "An amazon joins the world that a ups made, by its id." => amazon_joins_ups;
        "join.amazon-taken" Must ["W-CONN-1", "W-CONN-9"] "A second amazon on a world is refused with the original's two lines." => taken::<Amazon>;
        "join.ups-taken" Must ["W-CONN-1", "W-CONN-9"] "A second ups on a world is refused with the original's two lines, which say amazon." => taken::<Ups>;
        "join.adds-warehouses" Must ["W-CONN-5"] "Joining may add warehouses." => adds_warehouses;
        "join.adds-trucks" Must ["W-CONN-5"] "Joining may add trucks." => adds_trucks;
        "join.warehouse-exists" Must ["W-CONN-10"] "A warehouse id that the world already has is refused with the original's text." => warehouse_exists;
        "join.truck-exists" Must ["W-CONN-10"] "A truck id that the world already has is refused with the original's text." => truck_exists;
        "join.refusal-changes-nothing" Ours ["W-CONN-8"] "A refused Connect adds none of what it brought." => refusal_changes_nothing;
        "join.free-after-hanging-up" Must ["W-CONN-16"] "A side whose client has hung up is free again, be it after a while." => free_after_hanging_up;
    ]
}

async fn ups_joins_amazon(stage: Stage) -> Verdict {
    let mut amazon = stage.alone::<Amazon>().await?;
    let trucks = vec![(Town::TRUCK, Town::TRUCK_AT)];
    let mut ups = stage.joining::<Ups>(amazon.world, trucks).await?;
    ups.is_well("joining").await?;
    amazon.is_well("another's joining").await
}

async fn amazon_joins_ups(stage: Stage) -> Verdict {
    let mut ups = stage.alone::<Ups>().await?;
    let warehouses = vec![(Town::HERE, Town::HERE_AT)];
    let mut amazon = stage.joining::<Amazon>(ups.world, warehouses).await?;
    amazon.is_well("joining").await?;
    ups.is_well("another's joining").await
}

async fn taken<S: Side>(stage: Stage) -> Verdict {
    let mut owner = stage.alone::<S>().await?;
    let mut rival = stage.open::<S>().await?;
    let refused = rival.connect(Some(owner.world), Vec::new()).await?;
    same("the result", &not_available(owner.world), &refused.result)?;
    owner.is_well("a rival's Connect").await
}

async fn adds_warehouses(stage: Stage) -> Verdict {
    let mut amazon = stage.alone::<Amazon>().await?;
    let world = amazon.world;
    amazon.redial().await?;
    let warehouse = WarehouseId(7);
    amazon.join(Some(world), vec![(warehouse, Point::new(5, 5))]).await?;
    amazon.speed = Some(super::stage::FAST);
    for warehouse in [warehouse, WarehouseId(1)] {
        let things = vec![thing(1, 1)];
        amazon.order(amazon::Command::Buy { warehouse, things: things.clone() }).await?;
        amazon.expect(&amazon::Event::Arrived { warehouse, things }).await?;
    }
    Ok(())
}

async fn adds_trucks(stage: Stage) -> Verdict {
    let mut ups = stage.alone::<Ups>().await?;
    let world = ups.world;
    ups.redial().await?;
    let at = Point::new(5, -5);
    ups.join(Some(world), vec![(TruckId(7), at)]).await?;
    same("the place of the new truck", &at, &truck(&mut ups, TruckId(7)).await?.1)?;
    ups.is_well("joining with another truck").await
}

const EXISTS: &str = "error: warehouse_id/truck_id already exists.";

async fn warehouse_exists(stage: Stage) -> Verdict {
    let ups = stage.alone::<Ups>().await?;
    let mut amazon = stage.open::<Amazon>().await?;
    amazon.join(Some(ups.world), vec![(WarehouseId(1), Point::new(0, 0))]).await?;
    exists(&mut amazon, WarehouseId(1)).await
}

async fn truck_exists(stage: Stage) -> Verdict {
    let mut ups = stage.alone::<Ups>().await?;
    exists(&mut ups, TruckId(1)).await
}

async fn exists<S: Side>(client: &mut super::client::Client<S>, id: S::Id) -> Verdict {
    client.redial().await?;
    let result = client.refused(Some(client.world), vec![(id, Point::new(9, 9))]).await?;
    same("the result", &EXISTS.to_owned(), &result)
}

async fn refusal_changes_nothing(stage: Stage) -> Verdict {
    let mut ups = stage.alone::<Ups>().await?;
    let (at, new) = (Point::new(4, 4), TruckId(9));
    ups.redial().await?;
    ups.refused(Some(ups.world), vec![(new, at), (TruckId(1), Point::new(0, 0))]).await?;
    // Had the new truck been added, its id would be taken now.
    ups.join(Some(ups.world), vec![(new, at)]).await?;
    let (_, first_at) = truck(&mut ups, TruckId(1)).await?;
    same("the place of the truck that there was", &Point::new(2, 3), &first_at)
}

async fn free_after_hanging_up(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.amazon.rejoin().await?;
    town.ups.rejoin().await?;
    town.amazon.is_well("coming back").await?;
    town.ups.is_well("coming back").await
}
