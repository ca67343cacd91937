//! Checks of what a carrier is told of a truck, at any time.
//!
//! The state is brought about here, and its rules are checked elsewhere.

use super::{
    side::NO_TRUCK,
    stage::{FAST, SLOW, Stage},
    town::{Town, UNKNOWN, deliver, load, pickup, truck},
};
use crate::{
    basis::{Point, WarehouseId},
    conform::check::{Check, Failure, Verdict, checks, same, that},
    wire::ups::{Command, status},
};

pub(super) fn checks() -> Vec<Check<Stage>> {
    checks![
        "ups.query.idle" Must ["W-STAT-2"] "A new truck is `IDLE`, in upper case." => idle;
        "ups.query.traveling" Must ["W-STAT-2"] "A truck on its way to a warehouse is `TRAVELING`, in upper case and with one L." needs Speed => traveling;
        "ups.query.arrive-warehouse" Must ["W-STAT-2"] "A truck at a warehouse is `ARRIVE WAREHOUSE`, in upper case." => arrive_warehouse;
        "ups.query.loading" Must ["W-STAT-2"] "A truck that is being loaded is `LOADING`, in upper case." needs Speed => loading;
        "ups.query.loaded" Must ["W-LOAD-1"] "When loading ends a truck is `ARRIVE WAREHOUSE` again." => loaded;
        "ups.query.delivering" Must ["W-STAT-2"] "A truck that delivers is `DELIVERING`, in upper case." needs Speed => delivering;
        "ups.query.rests" Must ["W-STAT-2"] "A truck that does nothing stays where it is." needs Speed => rests;
        "ups.query.moves" Must ["W-STAT-2", "W-STAT-3"] "The place of a truck that is under way changes from query to query, and lies between start and goal." needs Speed => moves;
        "ups.query.again" Must ["W-STAT-4"] "Each query is answered, however often, and several in one message." => again;
        "ups.query.unknown" Must ["W-STAT-2", "W-ERR-1"] "A query of a truck that does not exist fails with the original's text." => unknown;
    ]
}

async fn idle(stage: Stage) -> Verdict {
    stage.town().await?.expect_truck(status::IDLE).await
}

async fn traveling(stage: Stage) -> Verdict {
    let mut town = far_away(&stage).await?;
    town.set_speed(SLOW);
    town.ups.order(pickup(Town::TRUCK, Town::HERE)).await?;
    town.expect_truck(status::TRAVELING).await
}

async fn far_away(stage: &Stage) -> Verdict<Town> {
    let warehouses = vec![(Town::HERE, Town::FAR)];
    stage.town_of(warehouses, vec![(Town::TRUCK, Point::new(0, 0))]).await
}

async fn arrive_warehouse(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.ups.order(pickup(Town::TRUCK, Town::HERE)).await?;
    town.ups.event("the arrival").await?;
    town.expect_truck(status::ARRIVE_WAREHOUSE).await
}

async fn loading(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.packed(1).await?;
    town.park(Town::TRUCK, Town::HERE).await?;
    town.set_speed(SLOW);
    town.amazon.order(load(1)).await?;
    town.expect_truck(status::LOADING).await
}

async fn loaded(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.aboard(&[1]).await?;
    town.expect_truck(status::ARRIVE_WAREHOUSE).await
}

async fn delivering(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.on_a_long_way(&[1]).await?;
    town.expect_truck(status::DELIVERING).await
}

async fn rests(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    for _ in 0..3 {
        same("the truck's place", &Town::TRUCK_AT, &town.truck().await?.1)?;
    }
    town.park(Town::TRUCK, Town::THERE).await?;
    town.aboard(&[1]).await?;
    town.ups.order(deliver(&[(1, Town::FAR)])).await?;
    town.expect_delivered(1).await?;
    town.expect_idle(Town::FAR).await?;
    same("the truck's place", &Town::FAR, &town.truck().await?.1)
}

async fn moves(stage: Stage) -> Verdict {
    let goal = Point::new(400_000_000, -400_000_000);
    let warehouse = WarehouseId(1);
    let mut town =
        stage.town_of(vec![(warehouse, goal)], vec![(Town::TRUCK, Point::new(0, 0))]).await?;
    town.set_speed(100_000);
    town.ups.order(pickup(Town::TRUCK, warehouse)).await?;
    let deadline = tokio::time::Instant::now() + stage.patience;
    let (_, first) = town.truck().await?;
    loop {
        let (_, at) = town.truck().await?;
        that((0..=goal.x).contains(&at.x) && (goal.y..=0).contains(&at.y), || {
            Failure::new(format!("a place between the origin and {goal:?}"), format!("{at:?}"))
        })?;
        if at != first && at != Point::new(0, 0) {
            return Ok(());
        }
        that(tokio::time::Instant::now() < deadline, || {
            Failure::new("another place than before", format!("always {at:?}"))
        })?;
        tokio::time::sleep(stage.patience / 100).await;
    }
}

async fn again(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.set_speed(FAST);
    let query = |truck| Command::Query { truck };
    let queries = vec![query(Town::TRUCK), query(Town::OTHER_TRUCK), query(Town::TRUCK)];
    let seqs = town.ups.issue(queries).await?;
    town.ups.acks(&seqs).await?;
    for _ in &seqs {
        town.ups.event("an answer to each of three queries").await?;
    }
    let (_, at) = truck(&mut town.ups, Town::OTHER_TRUCK).await?;
    same("the other truck's place", &Town::OTHER_TRUCK_AT, &at)
}

async fn unknown(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.ups_refuses_with(Command::Query { truck: NO_TRUCK }, UNKNOWN).await
}
