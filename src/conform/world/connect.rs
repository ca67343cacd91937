//! Checks of making worlds and of the answers to a Connect.
//!
//! Joining a world that there is has a file of its own.

use super::{
    side::{Amazon, Side, Ups, first_of_its_kind},
    stage::Stage,
    town::{Town, truck},
};
use crate::{
    basis::{Point, TruckId, WarehouseId, WorldId},
    conform::check::{Check, Failure, Verdict, checks, same, that},
    wire::{CONNECTED, Connect, amazon, ups},
};

/// No simulator has made so many.
const NO_WORLD: WorldId = WorldId(4_000_000_004);

pub(super) fn checks() -> Vec<Check<Stage>> {
    checks![
        "connect.amazon-founds" Must ["W-CONN-1", "W-CONN-2", "W-CONN-4"] "A Connect of an amazon without worldid makes a world and is answered `connected!`." => amazon_founds;
        "connect.ups-founds" Must ["W-CONN-1", "W-CONN-2", "W-CONN-4"] "A Connect of a ups without worldid makes a world and is answered `connected!`." => ups_founds;
        "connect.ids-count-up" Must ["W-CONN-2"] "A new world has a higher id than those before it." => ids_count_up;
        "connect.unknown-world" Must ["W-CONN-9"] "A worldid that does not exist is refused with the original's two lines." => unknown_world::<Amazon>;
        "connect.unknown-world-ups" Must ["W-CONN-9"] "The refusal speaks of amazon to a ups as well." => unknown_world::<Ups>;
        "connect.error-prefix" Must ["W-CONN-8"] "Whatever is not `connected!` starts with `error:`." => error_prefix;
        "connect.again-after-error" Must ["W-CONN-11"] "After a refusal the socket stays open, and the client may send another Connect on it." => again_after_error::<Amazon>;
        "connect.again-after-error-ups" Must ["W-CONN-11"] "After a refusal a ups may send another Connect on the same socket." => again_after_error::<Ups>;
        "connect.amazon-port-is-for-amazon" Ours ["W-CONN-7"] "A Connect with isAmazon = false on the port for amazon is refused, and the socket stays open." => wrong_port::<Amazon>;
        "connect.ups-port-is-for-ups" Ours ["W-CONN-7"] "A Connect with isAmazon = true on the port for ups is refused, and the socket stays open." => wrong_port::<Ups>;
        "connect.no-connect" Ours ["W-CONN-13"] "What is no Connect is refused like one, with worldid 0, and the socket stays open." => no_connect;
        "connect.many-trucks" Must ["W-CONN-5"] "One Connect may bring 512 trucks." => many_trucks;
        "connect.ids-from-zero" Must ["W-MSG-5"] "Warehouses and trucks may have the id 0." => ids_from_zero;
        "connect.negative-coordinates" Must ["W-MSG-5"] "Coordinates may be negative." => negative_coordinates;
        "connect.id-twice" Ours ["W-CONN-8", "W-CONN-10"] "A Connect that names an id twice is refused, and makes nothing." => id_twice;
        "connect.empty-world" Must ["W-CONN-5"] "A Connect may bring nothing." => empty_world;
        "connect.worlds-are-apart" Must ["W-CONN-2", "W-CONN-17"] "The same ids in two worlds have nothing to do with each other." => worlds_are_apart;
    ]
}

async fn amazon_founds(stage: Stage) -> Verdict {
    founds::<Amazon>(&stage).await
}

async fn ups_founds(stage: Stage) -> Verdict {
    founds::<Ups>(&stage).await
}

async fn founds<S: Side>(stage: &Stage) -> Verdict {
    let mut client = stage.open::<S>().await?;
    let connected = client.connect(None, first_of_its_kind::<S>()).await?;
    same("the result", &CONNECTED.to_owned(), &connected.result)?;
    client.is_well("a Connect").await
}

async fn ids_count_up(stage: Stage) -> Verdict {
    let first = stage.alone::<Ups>().await?.world;
    let second = stage.alone::<Amazon>().await?.world;
    that(first.0 >= 1 && second > first, || {
        Failure::new(format!("ids that rise from 1, above {first}"), format!("{second}"))
    })
}

/// The original's words.
pub(super) fn not_available(world: WorldId) -> String {
    format!(
        "error: world with world_id {world} is not available for amazon to connect.\n possible reason: world_id not exist or another ups/amazon already connected."
    )
}

async fn unknown_world<S: Side>(stage: Stage) -> Verdict {
    let mut client = stage.open::<S>().await?;
    let refused = client.connect(Some(NO_WORLD), Vec::new()).await?;
    same("the result", &not_available(NO_WORLD), &refused.result)
}

async fn error_prefix(stage: Stage) -> Verdict {
    let mut client = stage.open::<Amazon>().await?;
    let unknown = client.connect(Some(NO_WORLD), Vec::new()).await?.result;
    let owner = stage.alone::<Amazon>().await?;
    let taken = client.connect(Some(owner.world), Vec::new()).await?.result;
    for result in [unknown, taken] {
        that(result.starts_with("error:"), || Failure::new("error: …", format!("{result:?}")))?;
    }
    Ok(())
}

async fn again_after_error<S: Side>(stage: Stage) -> Verdict {
    let mut client = stage.open::<S>().await?;
    for world in [NO_WORLD, WorldId(-1), WorldId(i64::MAX)] {
        let result = client.connect(Some(world), Vec::new()).await?.result;
        that(result != CONNECTED, || Failure::new("a refusal", format!("{result:?}")))?;
    }
    client.join(None, first_of_its_kind::<S>()).await?;
    client.is_well("a refused Connect").await
}

async fn wrong_port<S: Side>(stage: Stage) -> Verdict {
    let mut client = stage.open::<S>().await?;
    let initial = first_of_its_kind::<S>();
    let wrong = Connect { world: None, initial, is_amazon: !S::IS_AMAZON };
    let result = client.connect_as(wrong).await?.result;
    that(result.starts_with("error:"), || Failure::new("error: …", format!("{result:?}")))?;
    client.join(None, first_of_its_kind::<S>()).await
}

async fn no_connect(stage: Stage) -> Verdict {
    let mut client = stage.open::<Ups>().await?;
    client.send_bytes("what is no Connect", &[3, 0xff, 0xff, 0xff]).await?;
    let connected = client.connect_answer().await?;
    same("the worldid", &WorldId(0), &connected.world)?;
    that(connected.result.starts_with("error: "), || {
        Failure::new("a result that starts with error:", format!("{:?}", connected.result))
    })?;
    client.join(None, first_of_its_kind::<Ups>()).await
}

async fn many_trucks(stage: Stage) -> Verdict {
    let trucks = (0..512).map(|nth| (TruckId(nth), Point::new(nth, -nth))).collect();
    let mut ups = stage.founding::<Ups>(trucks).await?;
    for id in [0, 1, 255, 511] {
        let (_, at) = truck(&mut ups, TruckId(id)).await?;
        same(&format!("the place of truck {id}"), &Point::new(id, -id), &at)?;
    }
    Ok(())
}

async fn ids_from_zero(stage: Stage) -> Verdict {
    let (warehouse, at) = (WarehouseId(0), Point::new(3, 4));
    let trucks = vec![(TruckId(0), Point::new(1, 1))];
    let mut town = stage.town_of(vec![(warehouse, at)], trucks).await?;
    let things = vec![super::town::thing(0, 1)];
    town.amazon.order(amazon::Command::Buy { warehouse, things: things.clone() }).await?;
    town.amazon.expect(&amazon::Event::Arrived { warehouse, things }).await?;
    town.ups.order(ups::Command::Pickup { truck: TruckId(0), warehouse }).await?;
    let status = ups::status::ARRIVE_WAREHOUSE.to_owned();
    town.ups.expect(&ups::Event::Finished { truck: TruckId(0), at, status }).await?;
    Ok(())
}

async fn negative_coordinates(stage: Stage) -> Verdict {
    let (from, to) = (Point::new(-7, -9), Point::new(-3, -4));
    let mut town = stage.town_of(vec![(Town::HERE, to)], vec![(Town::TRUCK, from)]).await?;
    same("the place of the truck", &from, &town.truck().await?.1)?;
    town.ups.order(super::town::pickup(Town::TRUCK, Town::HERE)).await?;
    let status = ups::status::ARRIVE_WAREHOUSE.to_owned();
    town.ups.expect(&ups::Event::Finished { truck: Town::TRUCK, at: to, status }).await?;
    same("the place of the truck", &to, &town.truck().await?.1)
}

async fn id_twice(stage: Stage) -> Verdict {
    let mut client = stage.open::<Ups>().await?;
    let twice = vec![(TruckId(1), Point::new(0, 0)), (TruckId(1), Point::new(1, 1))];
    let result = client.connect(None, twice).await?.result;
    that(result.starts_with("error:"), || Failure::new("error: …", format!("{result:?}")))?;
    client.join(None, first_of_its_kind::<Ups>()).await
}

async fn empty_world(stage: Stage) -> Verdict {
    let mut client = stage.founding::<Amazon>(Vec::new()).await?;
    client.is_well("a Connect without warehouses").await
}

async fn worlds_are_apart(stage: Stage) -> Verdict {
    let (mut one, mut other) = (stage.town().await?, stage.town().await?);
    one.aboard(&[1]).await?;
    same("the place of a truck of the other world", &Town::TRUCK_AT, &other.truck().await?.1)?;
    other.packed(1).await?;
    one.expect_package(1, "loaded").await?;
    other.expect_package(1, "packed").await
}
