//! Checks of orders to a truck that is under way: other destinations, more
//! packages, and a pickup in between.
//!
//! Plain trips are in `deliver`.

use super::{
    stage::{FAST, Stage},
    town::{Town, deliver, follows},
};
use crate::{
    basis::{Point, Seq},
    conform::check::{Check, Failure, Verdict, checks, same},
    wire::ups::{Event, status},
};

const DOOR: Point = Point::new(6, -2);
const NEXT_DOOR: Point = Point::new(-3, 8);

pub(super) fn checks() -> Vec<Check<Stage>> {
    checks![
        "ups.way.changed-destination" Must ["W-DEL-3"] "The same package again before it arrives changes its destination." needs Speed => changed_destination;
        "ups.way.changed-later-destination" Must ["W-DEL-3"] "The destination of a package that is not the next can be changed as well." needs Speed => changed_later_destination;
        "ups.way.added-deliveries" Must ["W-DEL-3"] "More deliveries may be sent while a truck delivers." needs Speed => added_deliveries;
        "ups.way.added-completion" Must ["W-DEL-2"] "Deliveries that are added on the way belong to the same trip: one completion." needs Speed => added_completion;
        "ups.way.pickup-interrupts" Must ["W-PICK-2"] "A truck that is delivering may be sent to a warehouse, and arrives there." needs Speed => pickup_interrupts;
        "ups.way.interrupted-resumes" Must ["W-DEL-4"] "A delivery that a pickup interrupted is done later, when the truck is sent on." needs Speed => interrupted_resumes;
        "ups.way.interrupted-stays-aboard" Must ["W-PICK-2"] "A package whose delivery is interrupted is not delivered at the warehouse." needs Speed => interrupted_stays_aboard;
        "ups.way.idle-carries" Must ["W-DEL-5"] "An idle truck may carry packages, and be sent to deliver them." => idle_carries;
    ]
}

async fn changed_destination(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.on_a_long_way(&[1]).await?;
    town.set_speed(FAST);
    town.ups.order(deliver(&[(1, DOOR)])).await?;
    let delivered = town.expect_delivered(1).await?;
    follows("the completion", delivered, town.expect_idle(DOOR).await?)
}

async fn changed_later_destination(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.on_a_long_way(&[1, 2]).await?;
    town.ups.order(deliver(&[(2, Town::FAR)])).await?;
    town.set_speed(FAST);
    town.ups.order(deliver(&[(2, NEXT_DOOR)])).await?;
    town.ups.order(deliver(&[(1, DOOR)])).await?;
    town.expect_delivered(1).await?;
    town.expect_delivered(2).await?;
    town.expect_idle(NEXT_DOOR).await.map(drop)
}

async fn added_deliveries(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.on_a_long_way(&[1, 2, 3]).await?;
    town.ups.order(deliver(&[(2, DOOR)])).await?;
    town.ups.order(deliver(&[(3, DOOR)])).await?;
    town.set_speed(FAST);
    // It is far from its first doorstep until that is nearer.
    town.ups.order(deliver(&[(1, DOOR)])).await?;
    for package in [1, 2, 3] {
        town.expect_delivered(package).await?;
    }
    Ok(())
}

async fn added_completion(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.on_a_long_way(&[1, 2]).await?;
    town.ups.order(deliver(&[(2, NEXT_DOOR)])).await?;
    town.set_speed(FAST);
    let before = town.ups.now().await?;
    town.ups.order(deliver(&[(1, DOOR)])).await?;
    town.ups.event("the first delivery").await?;
    town.ups.event("the second delivery").await?;
    let idle = town.expect_idle(NEXT_DOOR).await?;
    same("the completion's seqnum, after two deliveries", &Seq(before.0 + 3), &idle)
}

async fn pickup_interrupts(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.on_a_long_way(&[1]).await?;
    town.set_speed(FAST);
    town.park(Town::TRUCK, Town::THERE).await.map(drop)
}

async fn interrupted_resumes(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.on_a_long_way(&[1]).await?;
    town.set_speed(FAST);
    town.park(Town::TRUCK, Town::HERE).await?;
    town.packed(2).await?;
    town.load(2).await?;
    town.ups.order(deliver(&[(2, DOOR)])).await?;
    let mut delivered = Vec::new();
    while delivered.len() < 2 {
        let what = "the interrupted delivery and the one that was added";
        match town.ups.event(what).await?.body {
            Event::Delivered { package, .. } => delivered.push(package.0),
            Event::Finished { .. } if delivered.len() < 2 => {
                return Err(Failure::new(what, format!("a completion after {delivered:?}")));
            }
            _ => {}
        }
    }
    delivered.sort_unstable();
    same("the packages that are delivered", &vec![1, 2], &delivered)
}

async fn interrupted_stays_aboard(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.on_a_long_way(&[1]).await?;
    let before = town.ups.now().await?;
    town.set_speed(FAST);
    let arrived = town.park(Town::TRUCK, Town::THERE).await?;
    follows("the arrival", before, arrived)?;
    town.expect_truck(status::ARRIVE_WAREHOUSE).await
}

async fn idle_carries(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.aboard(&[1, 2]).await?;
    town.ups.order(deliver(&[(1, DOOR)])).await?;
    town.expect_delivered(1).await?;
    town.expect_idle(DOOR).await?;
    town.ups.order(deliver(&[(2, NEXT_DOOR)])).await?;
    town.expect_delivered(2).await?;
    town.expect_idle(NEXT_DOOR).await.map(drop)
}
