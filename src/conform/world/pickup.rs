//! Checks of `pickups`: a truck goes to a warehouse.
//!
//! A pickup that interrupts a delivery is in `excursion`.

use super::{
    side::NO_TRUCK,
    stage::{SLOW, Stage},
    town::{Town, UNKNOWN, WRONG_STATE, follows, pickup, truck},
};
use crate::{
    basis::WarehouseId,
    conform::check::{Check, Failure, Verdict, checks, same},
    wire::ups::{Event, status},
};

pub(super) fn checks() -> Vec<Check<Stage>> {
    checks![
        "ups.pickup.arrives" Must ["W-PICK-1"] "A truck that reaches its warehouse brings a completion of status `ARRIVE WAREHOUSE`." => arrives;
        "ups.pickup.place" Must ["W-PICK-1", "W-STAT-2"] "The completion of a pickup has the warehouse's place, and so has the truck." => place;
        "ups.pickup.once" Must ["W-PICK-1"] "A pickup brings one completion." => once;
        "ups.pickup.at-warehouse" Must ["W-PICK-3"] "A truck at a warehouse may be sent to another." => at_warehouse;
        "ups.pickup.same-warehouse" Must ["W-PICK-3"] "A truck at a warehouse may be sent to the same one, and arrives." => same_warehouse;
        "ups.pickup.busy" Must ["W-PICK-3", "W-ERR-1"] "A truck that is travelling is busy: the original's text, and it goes on." needs Speed => busy;
        "ups.pickup.unknown-truck" Must ["W-PICK-3", "W-ERR-3"] "A pickup of a truck that does not exist fails with one of the original's texts." => unknown_truck;
        "ups.pickup.unknown-id" Ours ["W-PICK-3"] "The text about a truck that does not exist is that about ids." => unknown_id;
        "ups.pickup.unknown-warehouse" Must ["W-PICK-3", "W-ERR-1"] "A pickup from a warehouse that does not exist fails with the original's text." => unknown_warehouse;
        "ups.pickup.two-trucks" Must ["W-PICK-1"] "Two trucks in one message each go their way." => two_trucks;
    ]
}

async fn arrives(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.ups.order(pickup(Town::TRUCK, Town::HERE)).await?;
    match town.ups.event("a completion").await?.body {
        Event::Finished { truck, status, .. } => same(
            "truck and status",
            &(Town::TRUCK, status::ARRIVE_WAREHOUSE.to_owned()),
            &(truck, status),
        ),
        other => Err(Failure::new("a completion", super::show::ups_event(&other))),
    }
}

async fn place(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.ups.order(pickup(Town::TRUCK, Town::THERE)).await?;
    match town.ups.event("a completion").await?.body {
        Event::Finished { at, .. } => same("the place", &Town::THERE_AT, &at)?,
        other => return Err(Failure::new("a completion", super::show::ups_event(&other))),
    }
    same("the truck's place", &Town::THERE_AT, &town.truck().await?.1)
}

async fn once(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    let before = town.ups.now().await?;
    let arrived = town.park(Town::TRUCK, Town::HERE).await?;
    follows("the completion", before, arrived)?;
    follows("the next thing that is told", arrived, town.ups.now().await?)
}

async fn at_warehouse(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.park(Town::TRUCK, Town::HERE).await?;
    town.park(Town::TRUCK, Town::THERE).await.map(drop)
}

async fn same_warehouse(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.park(Town::TRUCK, Town::HERE).await?;
    town.park(Town::TRUCK, Town::HERE).await.map(drop)
}

async fn busy(stage: Stage) -> Verdict {
    let warehouses = vec![(Town::HERE, Town::FAR), (Town::THERE, Town::THERE_AT)];
    let mut town = stage.town_of(warehouses, vec![(Town::TRUCK, Town::TRUCK_AT)]).await?;
    town.set_speed(SLOW);
    town.ups.order(pickup(Town::TRUCK, Town::HERE)).await?;
    town.ups_refuses_with(pickup(Town::TRUCK, Town::THERE), WRONG_STATE).await?;
    town.expect_truck(status::TRAVELING).await
}

async fn unknown_truck(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.ups_misses(pickup(NO_TRUCK, Town::HERE)).await
}

async fn unknown_id(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.ups_refuses_with(pickup(NO_TRUCK, Town::HERE), UNKNOWN).await
}

async fn unknown_warehouse(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.ups_refuses_with(pickup(Town::TRUCK, WarehouseId(404)), UNKNOWN).await?;
    town.expect_truck(status::IDLE).await
}

async fn two_trucks(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    let both = vec![pickup(Town::TRUCK, Town::HERE), pickup(Town::OTHER_TRUCK, Town::THERE)];
    let seqs = town.ups.issue(both).await?;
    town.ups.acks(&seqs).await?;
    for _ in &seqs {
        town.ups.event("the arrival of each of two trucks").await?;
    }
    for (id, at) in [(Town::TRUCK, Town::HERE_AT), (Town::OTHER_TRUCK, Town::THERE_AT)] {
        same(&format!("the place of truck {id}"), &at, &truck(&mut town.ups, id).await?.1)?;
    }
    Ok(())
}
