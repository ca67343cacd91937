//! Checks of `buy`: stock comes to a warehouse.
//!
//! That it is taken again is in `pack`.

use super::{
    side::Amazon,
    stage::{FAST, Stage},
    town::{SALT, TEA, Town, UNKNOWN, buy, thing},
};
use crate::{
    basis::{ProductId, WarehouseId},
    conform::check::{Check, Failure, Verdict, checks, same, that},
    wire::amazon::{Command, Event, Thing},
};

pub(super) fn checks() -> Vec<Check<Stage>> {
    checks![
        "amazon.buy.arrives" Must ["W-BUY-1"] "A purchase is answered with `arrived`, which echoes warehouse, products, descriptions and counts exactly." => arrives;
        "amazon.buy.in-order" Must ["W-BUY-1"] "`arrived` has the products in the order in which they were bought." => in_order;
        "amazon.buy.without-ups" Must ["W-BUY-1"] "A purchase needs no ups on the world." => without_ups;
        "amazon.buy.adds-up" Must ["W-BUY-1"] "Purchases of a product add up at the warehouse." => adds_up;
        "amazon.buy.one-warehouse" Must ["W-BUY-1"] "A purchase adds to the warehouse that it names, and to no other." => one_warehouse;
        "amazon.buy.several" Must ["W-BUY-1"] "Several purchases in one message each arrive." => several;
        "amazon.buy.unknown-warehouse" Must ["W-CMD-3", "W-ERR-1"] "A purchase for a warehouse that does not exist fails with the original's text." => unknown_warehouse;
        "amazon.buy.twice-in-one-list" Ours ["W-BUY-2"] "A product that is listed twice in one purchase counts twice." => twice_in_one_list;
        "amazon.buy.empty-list" Ours ["W-BUY-3", "W-ERR-2"] "A purchase of nothing is an error." => empty_list;
        "amazon.buy.bad-count" Ours ["W-BUY-3"] "A purchase of a zero or negative count is an error, and changes nothing." => bad_count;
        "amazon.buy.huge-count" Ours ["W-MSG-5"] "Two purchases of 2,147,483,647 pieces overflow nothing." => huge_count;
        "amazon.buy.other-description" Ours ["W-BUY-3", "W-ERR-2"] "Another description for a known product is an error that names the known one, and changes nothing." => other_description;
        "amazon.buy.any-description" Ours ["W-BUY-3"] "A description may be empty, long, and in any script." => any_description;
    ]
}

fn arrived(things: Vec<Thing>) -> Event {
    Event::Arrived { warehouse: Town::HERE, things }
}

async fn arrives(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.buy(vec![thing(TEA, 7)]).await.map(drop)
}

async fn in_order(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    let things = vec![thing(SALT, 2), thing(99, 3), thing(TEA, 1), thing(5, 4)];
    town.buy(things).await.map(drop)
}

async fn without_ups(stage: Stage) -> Verdict {
    let mut amazon = stage.founding::<Amazon>(vec![(Town::HERE, Town::HERE_AT)]).await?;
    amazon.speed = Some(FAST);
    amazon.order(buy(vec![thing(TEA, 1)])).await?;
    amazon.expect(&arrived(vec![thing(TEA, 1)])).await.map(drop)
}

async fn adds_up(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.buy(vec![thing(TEA, 2)]).await?;
    town.buy(vec![thing(TEA, 3)]).await?;
    town.expect_stock(TEA, 5).await
}

async fn one_warehouse(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.buy(vec![thing(TEA, 2), thing(SALT, 1)]).await?;
    let (warehouse, things) = (Town::THERE, vec![thing(TEA, 3)]);
    town.amazon.order(Command::Buy { warehouse, things: things.clone() }).await?;
    town.amazon.expect(&Event::Arrived { warehouse, things }).await?;
    town.expect_stock(TEA, 2).await
}

async fn several(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    let seqs = town.amazon.issue(vec![buy(vec![thing(TEA, 1)]), buy(vec![thing(SALT, 2)])]).await?;
    town.amazon.acks(&seqs).await?;
    let mut left = vec![arrived(vec![thing(TEA, 1)]), arrived(vec![thing(SALT, 2)])];
    while !left.is_empty() {
        let came = town.amazon.event("the arrival of each of two purchases").await?.body;
        let place = left.iter().position(|it| *it == came);
        left.swap_remove(
            place.ok_or_else(|| Failure::new(format!("one of {left:?}"), format!("{came:?}")))?,
        );
    }
    town.expect_stock(SALT, 2).await
}

async fn unknown_warehouse(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    let command = Command::Buy { warehouse: WarehouseId(404), things: vec![thing(TEA, 1)] };
    town.amazon_refuses_with(command, UNKNOWN).await
}

async fn twice_in_one_list(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.buy(vec![thing(TEA, 2), thing(TEA, 3)]).await?;
    town.expect_stock(TEA, 5).await
}

async fn empty_list(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.amazon_refuses(buy(Vec::new())).await.map(drop)
}

async fn bad_count(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.buy(vec![thing(TEA, 2)]).await?;
    for count in [0, -1, i32::MIN] {
        town.amazon_refuses(buy(vec![thing(SALT, 1), thing(TEA, count)])).await?;
    }
    town.expect_stock(TEA, 2).await?;
    town.amazon_refuses(super::town::pack(1, vec![thing(SALT, 1)])).await.map(drop)
}

async fn huge_count(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    for _ in 0..2 {
        town.buy(vec![thing(TEA, i32::MAX)]).await?;
    }
    town.pack(1, vec![thing(TEA, i32::MAX)]).await?;
    town.expect_stock(TEA, i32::MAX).await
}

async fn other_description(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.buy(vec![thing(TEA, 2)]).await?;
    let other = Thing { description: "something else".to_owned(), ..thing(TEA, 5) };
    let text = town.amazon_refuses(buy(vec![other])).await?;
    let known = thing(TEA, 1).description;
    that(text.contains(&known), || Failure::new(format!("a text with {known:?}"), text.clone()))?;
    town.expect_stock(TEA, 2).await
}

async fn any_description(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    let texts = [String::new(), "茶 чай ☕ \"\\\n\0".to_owned(), "x".repeat(3_000)];
    let named = |(nth, text): (usize, &String)| Thing {
        product: ProductId(70 + nth as i64),
        description: text.clone(),
        count: 1,
    };
    let things: Vec<Thing> = texts.iter().enumerate().map(named).collect();
    town.amazon.order(buy(things.clone())).await?;
    let received = town.amazon.event("what was bought").await?.body;
    same("what arrived", &arrived(things), &received)
}
