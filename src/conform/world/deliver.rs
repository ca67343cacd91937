//! Checks of `deliveries`: packages go to doorsteps.
//!
//! What changes on the way is in `excursion`.

use super::{
    side::{NO_TRUCK, NOBODYS},
    stage::{SLOW, Stage},
    town::{TEA, Town, UNKNOWN, WRONG_STATE, deliver, follows, load, pack, thing},
};
use crate::{
    basis::{PackageId, Point},
    conform::check::{Check, Failure, Verdict, checks, same, that},
    wire::ups::{Command, Event, status},
};

const DOOR: Point = Point::new(6, -2);
const NEXT_DOOR: Point = Point::new(-3, 8);

pub(super) fn checks() -> Vec<Check<Stage>> {
    checks![
        "ups.deliver.delivered" Must ["W-DEL-1"] "A package at its destination brings a `delivered` with its truck and its id." => delivered;
        "ups.deliver.completion" Must ["W-DEL-2"] "When all deliveries are done there is a completion of status `IDLE`, at the last destination." => completion;
        "ups.deliver.one-completion" Must ["W-DEL-2"] "However many packages a trip has, it has one completion, after the last." => one_completion;
        "ups.deliver.listed-order" Must ["W-DEL-1"] "Packages of one order are delivered in the order in which they are listed." => listed_order;
        "ups.deliver.same-destination" Must ["W-DEL-1"] "Several packages to one place are each delivered." => same_destination;
        "ups.deliver.where-it-stands" Must ["W-DEL-1"] "A destination where the truck stands is a destination." => where_it_stands;
        "ups.deliver.anywhere" Ours ["W-MSG-5"] "A destination may be as far as coordinates go." needs Speed => anywhere;
        "ups.deliver.not-packed" Must ["W-DEL-6", "W-ERR-1"] "A package that is not on the truck can not be delivered: the original's text." => not_packed;
        "ups.deliver.other-truck" Must ["W-DEL-6", "W-ERR-1"] "A package on another truck can not be delivered: the original's text." => other_truck;
        "ups.deliver.unknown-package" Must ["W-DEL-6"] "A package that does not exist can not be delivered: one of the original's texts." => unknown_package;
        "ups.deliver.unknown-truck" Must ["W-DEL-6"] "A truck that does not exist can not deliver: one of the original's texts." => unknown_truck;
        "ups.deliver.travelling" Must ["W-DEL-6", "W-ERR-1"] "A truck that is on its way to a warehouse is busy: the original's text." needs Speed => travelling;
        "ups.deliver.unknown-ids" Ours ["W-DEL-6"] "The text about a truck or package that does not exist is that about ids." => unknown_ids;
        "ups.deliver.delivered-before" Ours ["W-DEL-6"] "A package that was delivered can not be delivered again: the original's text." => delivered_before;
        "ups.deliver.while-loading" Ours ["W-DEL-6"] "A truck that is being loaded does not set off: the original's text." needs Speed => while_loading;
        "ups.deliver.empty-list" Ours ["W-DEL-6", "W-ERR-2"] "A delivery of nothing is an error." => empty_list;
        "ups.deliver.all-or-nothing" Ours ["W-DEL-6", "W-CMD-2"] "An order with a package that can not be delivered sends off none." => all_or_nothing;
    ]
}

async fn delivered(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.aboard(&[1]).await?;
    town.ups.order(deliver(&[(1, DOOR)])).await?;
    town.expect_delivered(1).await.map(drop)
}

async fn completion(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.aboard(&[1]).await?;
    town.ups.order(deliver(&[(1, DOOR)])).await?;
    town.ups.event("the delivery").await?;
    town.expect_idle(DOOR).await?;
    same("status and place", &(status::IDLE.to_owned(), DOOR), &town.truck().await?)
}

async fn one_completion(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.aboard(&[1, 2]).await?;
    town.ups.order(deliver(&[(1, DOOR), (2, NEXT_DOOR)])).await?;
    for _ in 0..2 {
        let event = town.ups.event("a delivery").await?.body;
        that(matches!(event, Event::Delivered { .. }), || {
            Failure::new("two deliveries before the completion", super::show::ups_event(&event))
        })?;
    }
    let idle = town.expect_idle(NEXT_DOOR).await?;
    follows("the next thing that is told", idle, town.ups.now().await?)
}

async fn listed_order(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.aboard(&[1, 2, 3]).await?;
    let far = Point::new(500, 500);
    town.ups.order(deliver(&[(3, far), (1, DOOR), (2, NEXT_DOOR)])).await?;
    let mut order = Vec::new();
    while order.len() < 3 {
        let event = town.ups.event("three deliveries").await?;
        if let Event::Delivered { package, .. } = event.body {
            order.push((event.seq, package.0));
        }
    }
    order.sort_unstable();
    let packages: Vec<i64> = order.into_iter().map(|(_, package)| package).collect();
    same("deliveries by their seqnums", &vec![3, 1, 2], &packages)
}

async fn same_destination(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.aboard(&[1, 2]).await?;
    town.ups.order(deliver(&[(1, DOOR), (2, DOOR)])).await?;
    town.expect_delivered(1).await?;
    town.expect_delivered(2).await?;
    town.expect_idle(DOOR).await.map(drop)
}

async fn where_it_stands(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.aboard(&[1]).await?;
    town.ups.order(deliver(&[(1, Town::HERE_AT)])).await?;
    town.expect_delivered(1).await?;
    town.expect_idle(Town::HERE_AT).await.map(drop)
}

async fn anywhere(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.aboard(&[1]).await?;
    town.set_speed(u32::MAX);
    let corner = Point::new(i32::MAX, i32::MIN);
    town.ups.order(deliver(&[(1, corner)])).await?;
    town.expect_delivered(1).await?;
    town.expect_idle(corner).await.map(drop)
}

async fn not_packed(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.park(Town::TRUCK, Town::HERE).await?;
    town.packed(1).await?;
    town.ups_refuses_with(deliver(&[(1, DOOR)]), WRONG_STATE).await
}

async fn other_truck(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.aboard(&[1]).await?;
    let packages = vec![(PackageId(1), DOOR)];
    let command = Command::Deliver { truck: Town::OTHER_TRUCK, packages };
    town.ups_refuses_with(command, WRONG_STATE).await
}

async fn unknown_package(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.park(Town::TRUCK, Town::HERE).await?;
    town.ups_misses(deliver(&[(NOBODYS.0, DOOR)])).await
}

async fn unknown_truck(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.aboard(&[1]).await?;
    let command = Command::Deliver { truck: NO_TRUCK, packages: vec![(PackageId(1), DOOR)] };
    town.ups_misses(command).await
}

async fn unknown_ids(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.aboard(&[1]).await?;
    town.ups_refuses_with(deliver(&[(NOBODYS.0, DOOR)]), UNKNOWN).await?;
    let command = Command::Deliver { truck: NO_TRUCK, packages: vec![(PackageId(1), DOOR)] };
    town.ups_refuses_with(command, UNKNOWN).await
}

async fn travelling(stage: Stage) -> Verdict {
    let warehouses = vec![(Town::HERE, Town::HERE_AT), (Town::THERE, Town::FAR)];
    let mut town = stage.town_of(warehouses, vec![(Town::TRUCK, Town::TRUCK_AT)]).await?;
    town.aboard(&[1]).await?;
    town.set_speed(SLOW);
    town.ups.order(super::town::pickup(Town::TRUCK, Town::THERE)).await?;
    town.ups_refuses_with(deliver(&[(1, DOOR)]), WRONG_STATE).await?;
    town.expect_truck(status::TRAVELING).await
}

async fn delivered_before(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.aboard(&[1]).await?;
    town.ups.order(deliver(&[(1, DOOR)])).await?;
    town.expect_delivered(1).await?;
    town.expect_idle(DOOR).await?;
    town.ups_refuses_with(deliver(&[(1, NEXT_DOOR)]), WRONG_STATE).await
}

async fn while_loading(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.aboard(&[1]).await?;
    town.buy(vec![thing(TEA, 1)]).await?;
    town.pack(2, vec![thing(TEA, 1)]).await?;
    town.set_speed(SLOW);
    town.amazon.order(load(2)).await?;
    town.ups_refuses_with(deliver(&[(1, DOOR)]), WRONG_STATE).await
}

async fn empty_list(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.aboard(&[1]).await?;
    town.ups_refuses(deliver(&[])).await?;
    town.expect_truck(status::ARRIVE_WAREHOUSE).await
}

async fn all_or_nothing(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.aboard(&[1]).await?;
    town.buy(vec![thing(TEA, 1)]).await?;
    town.amazon.order(pack(2, vec![thing(TEA, 1)])).await?;
    town.ups_refuses(deliver(&[(1, DOOR), (2, NEXT_DOOR)])).await?;
    town.expect_truck(status::ARRIVE_WAREHOUSE).await
}
