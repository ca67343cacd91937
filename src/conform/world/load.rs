//! Checks of `load`: a package goes onto a truck.
//!
//! What becomes of it on the truck is in `deliver`.

use super::{
    side::{NO_TRUCK, NOBODYS},
    stage::{FAST, SLOW, Stage},
    town::{TEA, Town, UNKNOWN, WRONG_STATE, load, pack, thing},
};
use crate::{
    basis::{PackageId, WarehouseId},
    conform::check::{Check, Verdict, checks},
    wire::amazon::Command,
};

pub(super) fn checks() -> Vec<Check<Stage>> {
    checks![
        "amazon.load.loaded" Must ["W-LOAD-1"] "A package that is packed goes onto a truck that is at its warehouse, and is answered with `loaded`." => loaded;
        "amazon.load.several" Must ["W-LOAD-1"] "A truck takes several packages." => several;
        "amazon.load.before-packed" Must ["W-LOAD-2", "W-ERR-1"] "A package that is still being packed can not be loaded: the original's text." needs Speed => before_packed;
        "amazon.load.truck-elsewhere" Must ["W-LOAD-2", "W-ERR-1"] "A truck that is not at the warehouse can not be loaded: the original's text." => truck_elsewhere;
        "amazon.load.truck-at-other-warehouse" Must ["W-LOAD-2", "W-ERR-1"] "A truck at another warehouse can not be loaded: the original's text." => truck_at_other_warehouse;
        "amazon.load.on-the-way" Must ["W-LOAD-2", "W-ERR-1"] "A truck that is on its way to the warehouse can not be loaded: the original's text." needs Speed => on_the_way;
        "amazon.load.twice" Must ["W-LOAD-2", "W-ERR-1"] "A package that is loaded can not be loaded again: the original's text." => twice;
        "amazon.load.unknown-warehouse" Must ["W-LOAD-2", "W-ERR-1"] "Loading at a warehouse that does not exist fails with the original's text." => unknown_warehouse;
        "amazon.load.unknown-truck" Must ["W-LOAD-2", "W-ERR-3"] "Loading onto a truck that does not exist fails with one of the original's texts." => unknown_truck;
        "amazon.load.unknown-package" Must ["W-LOAD-2", "W-ERR-3"] "Loading a package that does not exist fails with one of the original's texts." => unknown_package;
        "amazon.load.unknown-ids" Ours ["W-LOAD-2"] "The text about a truck or package to load that does not exist is that about ids." => unknown_ids;
        "amazon.load.package-elsewhere" Must ["W-LOAD-2", "W-ERR-1"] "A package at another warehouse than its truck can not be loaded: the original's text." => package_elsewhere;
        "amazon.load.retry-after-error" Must ["W-LOAD-1"] "A loading that failed for its time succeeds when it is ordered anew in time." => retry_after_error;
    ]
}

async fn loaded(stage: Stage) -> Verdict {
    stage.town().await?.aboard(&[1]).await
}

async fn several(stage: Stage) -> Verdict {
    stage.town().await?.aboard(&[1, 2, 3]).await
}

async fn before_packed(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.park(Town::TRUCK, Town::HERE).await?;
    town.buy(vec![thing(TEA, 1)]).await?;
    town.set_speed(SLOW);
    town.amazon.order(pack(1, vec![thing(TEA, 1)])).await?;
    town.amazon_refuses_with(load(1), WRONG_STATE).await
}

async fn truck_elsewhere(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.packed(1).await?;
    town.amazon_refuses_with(load(1), WRONG_STATE).await
}

async fn truck_at_other_warehouse(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.packed(1).await?;
    town.park(Town::TRUCK, Town::THERE).await?;
    town.amazon_refuses_with(load(1), WRONG_STATE).await
}

async fn on_the_way(stage: Stage) -> Verdict {
    let warehouses = vec![(Town::HERE, Town::FAR)];
    let mut town = stage.town_of(warehouses, vec![(Town::TRUCK, Town::TRUCK_AT)]).await?;
    town.packed(1).await?;
    town.set_speed(SLOW);
    town.ups.order(super::town::pickup(Town::TRUCK, Town::HERE)).await?;
    town.amazon_refuses_with(load(1), WRONG_STATE).await
}

async fn twice(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.aboard(&[1]).await?;
    town.amazon_refuses_with(load(1), WRONG_STATE).await?;
    town.expect_package(1, "loaded").await
}

async fn unknown_warehouse(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.packed(1).await?;
    let (warehouse, truck) = (WarehouseId(404), Town::TRUCK);
    let command = Command::Load { warehouse, truck, package: PackageId(1) };
    town.amazon_refuses_with(command, UNKNOWN).await
}

async fn unknown_truck(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.packed(1).await?;
    let (warehouse, truck) = (Town::HERE, NO_TRUCK);
    let command = Command::Load { warehouse, truck, package: PackageId(1) };
    town.amazon_misses(command).await
}

async fn unknown_package(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.park(Town::TRUCK, Town::HERE).await?;
    town.amazon_misses(load(NOBODYS.0)).await
}

async fn unknown_ids(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.packed(1).await?;
    let (warehouse, truck) = (Town::HERE, NO_TRUCK);
    let command = Command::Load { warehouse, truck, package: PackageId(1) };
    town.amazon_refuses_with(command, UNKNOWN).await?;
    town.park(Town::TRUCK, Town::HERE).await?;
    town.amazon_refuses_with(load(NOBODYS.0), UNKNOWN).await
}

async fn package_elsewhere(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.packed(1).await?;
    town.park(Town::TRUCK, Town::THERE).await?;
    let (warehouse, truck) = (Town::THERE, Town::TRUCK);
    let command = Command::Load { warehouse, truck, package: PackageId(1) };
    town.amazon_refuses_with(command, WRONG_STATE).await
}

async fn retry_after_error(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.packed(1).await?;
    town.amazon_refuses(load(1)).await?;
    town.set_speed(FAST);
    town.park(Town::TRUCK, Town::HERE).await?;
    town.load(1).await.map(drop)
}
