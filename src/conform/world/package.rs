//! Checks of what a store is told of a package, at any time.
//!
//! The state is brought about here, and its rules are checked elsewhere.

use super::{
    side::NOBODYS,
    stage::{SLOW, Stage},
    town::{TEA, Town, UNKNOWN, deliver, load, pack, thing},
};
use crate::{
    conform::check::{Check, Verdict, checks},
    wire::amazon::Command,
};

pub(super) fn checks() -> Vec<Check<Stage>> {
    checks![
        "amazon.query.packing" Must ["W-STAT-1"] "A package that is being packed is `packing`, in lower case." needs Speed => packing;
        "amazon.query.packed" Must ["W-STAT-1"] "A package that is ready is `packed`, in lower case." => packed;
        "amazon.query.loading" Must ["W-STAT-1"] "A package that is being loaded is `loading`, in lower case." needs Speed => loading;
        "amazon.query.loaded" Must ["W-STAT-1", "W-DEL-5"] "A package on a truck that has not set off with it is `loaded`, in lower case." => loaded;
        "amazon.query.delivering" Must ["W-STAT-1", "W-DEL-1"] "A package on its way is `delivering`, in lower case." needs Speed => delivering;
        "amazon.query.delivered" Must ["W-STAT-1"] "A package at its destination is `delivered`, in lower case." => delivered;
        "amazon.query.again" Must ["W-STAT-4"] "Each query is answered, however often." => again;
        "amazon.query.unknown" Must ["W-STAT-1", "W-ERR-1"] "A query of a package that does not exist fails with the original's text." => unknown;
    ]
}

async fn packing(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.buy(vec![thing(TEA, 1)]).await?;
    town.set_speed(SLOW);
    town.amazon.order(pack(1, vec![thing(TEA, 1)])).await?;
    town.expect_package(1, "packing").await
}

async fn packed(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.packed(1).await?;
    town.expect_package(1, "packed").await
}

async fn loading(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.packed(1).await?;
    town.park(Town::TRUCK, Town::HERE).await?;
    town.set_speed(SLOW);
    town.amazon.order(load(1)).await?;
    town.expect_package(1, "loading").await
}

async fn loaded(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.aboard(&[1]).await?;
    town.expect_package(1, "loaded").await
}

async fn delivering(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.on_a_long_way(&[1]).await?;
    town.expect_package(1, "delivering").await
}

async fn delivered(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.aboard(&[1]).await?;
    town.ups.order(deliver(&[(1, Town::TRUCK_AT)])).await?;
    town.expect_delivered(1).await?;
    town.expect_package(1, "delivered").await
}

async fn again(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.packed(1).await?;
    town.packed(2).await?;
    for package in [1, 2, 1, 1] {
        town.expect_package(package, "packed").await?;
    }
    Ok(())
}

async fn unknown(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.amazon_refuses_with(Command::Query { package: NOBODYS }, UNKNOWN).await
}
