//! Checks of `topack`: stock becomes a package.
//!
//! What a package is called while it is packed is in `package`.

use super::{
    stage::Stage,
    town::{SALT, TEA, Town, UNKNOWN, pack, thing},
};
use crate::{
    basis::{PackageId, WarehouseId},
    conform::check::{Check, Verdict, checks},
    wire::amazon::{Command, Event, Thing},
};

pub(super) fn checks() -> Vec<Check<Stage>> {
    checks![
        "amazon.pack.ready" Must ["W-PACK-1"] "What is packed is answered with `ready` and its shipid." => ready;
        "amazon.pack.takes-stock" Must ["W-PACK-1"] "Packing takes what it packs off the stock." => takes_stock;
        "amazon.pack.too-little-stock" Must ["W-PACK-3"] "Packing more than there is fails." => too_little_stock;
        "amazon.pack.all-or-nothing" Ours ["W-CMD-2"] "A packing that fails takes no stock, of none of its products." => all_or_nothing;
        "amazon.pack.several-products" Must ["W-PACK-1"] "One package may have several products." => several_products;
        "amazon.pack.unknown-warehouse" Must ["W-PACK-3", "W-ERR-1"] "Packing at a warehouse that does not exist fails with the original's text." => unknown_warehouse;
        "amazon.pack.unknown-product" Must ["W-PACK-3", "W-ERR-1"] "Packing a product that the warehouse does not have fails with the original's text." => unknown_product;
        "amazon.pack.other-warehouse" Must ["W-PACK-1"] "Stock at another warehouse does not count." => other_warehouse;
        "amazon.pack.empty-list" Ours ["W-PACK-3", "W-ERR-2"] "A package of nothing is an error." => empty_list;
        "amazon.pack.bad-count" Ours ["W-PACK-3"] "Packing a zero or negative count is an error, and changes nothing." => bad_count;
        "amazon.pack.shipid-twice" Ours ["W-PACK-3"] "A shipid that was used is an error, and takes no stock." => shipid_twice;
        "amazon.pack.shipid-of-delivered" Ours ["W-PACK-3"] "The shipid of a delivered package stays used." => shipid_of_delivered;
        "amazon.pack.any-description" Ours ["W-PACK-2"] "The descriptions in a packing do not matter." => any_description;
        "amazon.pack.failed-shipid" Ours ["W-PACK-4"] "The shipid of a packing that failed was not used." => failed_shipid;
        "amazon.pack.any-shipid" Ours ["W-MSG-5"] "A shipid may be 0, and as high as 2^62." => any_shipid;
    ]
}

async fn ready(stage: Stage) -> Verdict {
    stage.town().await?.packed(31).await
}

async fn takes_stock(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.buy(vec![thing(TEA, 5)]).await?;
    town.pack(1, vec![thing(TEA, 3)]).await?;
    town.expect_stock(TEA, 2).await
}

async fn too_little_stock(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.buy(vec![thing(TEA, 2)]).await?;
    town.amazon_refuses(pack(1, vec![thing(TEA, 3)])).await.map(drop)
}

async fn all_or_nothing(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.buy(vec![thing(TEA, 2), thing(SALT, 2)]).await?;
    town.amazon_refuses(pack(1, vec![thing(TEA, 2), thing(SALT, 3)])).await?;
    town.pack(2, vec![thing(TEA, 2), thing(SALT, 2)]).await.map(drop)
}

async fn several_products(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.buy(vec![thing(TEA, 2), thing(SALT, 1), thing(99, 4)]).await?;
    town.pack(1, vec![thing(99, 4), thing(TEA, 1), thing(SALT, 1)]).await?;
    town.expect_stock(TEA, 1).await
}

async fn unknown_warehouse(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.buy(vec![thing(TEA, 1)]).await?;
    let (warehouse, package) = (WarehouseId(404), PackageId(1));
    let command = Command::Pack { warehouse, things: vec![thing(TEA, 1)], package };
    town.amazon_refuses_with(command, UNKNOWN).await
}

async fn unknown_product(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.amazon_refuses_with(pack(1, vec![thing(404, 1)]), UNKNOWN).await
}

async fn other_warehouse(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.buy(vec![thing(TEA, 1)]).await?;
    let (warehouse, package) = (Town::THERE, PackageId(1));
    let command = Command::Pack { warehouse, things: vec![thing(TEA, 1)], package };
    town.amazon_refuses(command).await?;
    town.expect_stock(TEA, 1).await
}

async fn empty_list(stage: Stage) -> Verdict {
    stage.town().await?.amazon_refuses(pack(1, Vec::new())).await.map(drop)
}

async fn bad_count(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.buy(vec![thing(TEA, 2)]).await?;
    for count in [0, -1, i32::MIN] {
        town.amazon_refuses(pack(1, vec![thing(TEA, count)])).await?;
    }
    town.expect_stock(TEA, 2).await
}

async fn shipid_twice(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.buy(vec![thing(TEA, 2)]).await?;
    town.pack(1, vec![thing(TEA, 1)]).await?;
    town.amazon_refuses(pack(1, vec![thing(TEA, 1)])).await?;
    town.expect_stock(TEA, 1).await
}

async fn shipid_of_delivered(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.aboard(&[1]).await?;
    town.ups.order(super::town::deliver(&[(1, Town::HERE_AT)])).await?;
    town.expect_delivered(1).await?;
    town.buy(vec![thing(TEA, 1)]).await?;
    town.amazon_refuses(pack(1, vec![thing(TEA, 1)])).await?;
    town.expect_stock(TEA, 1).await
}

async fn any_description(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.buy(vec![thing(TEA, 1)]).await?;
    let things = vec![Thing { description: "another".to_owned(), ..thing(TEA, 1) }];
    town.pack(1, things).await.map(drop)
}

async fn failed_shipid(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.buy(vec![thing(TEA, 1)]).await?;
    town.amazon_refuses(pack(7, vec![thing(TEA, 2)])).await?;
    town.pack(7, vec![thing(TEA, 1)]).await.map(drop)
}

async fn any_shipid(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.buy(vec![thing(TEA, 2)]).await?;
    for package in [0, 1 << 62] {
        town.amazon.order(pack(package, vec![thing(TEA, 1)])).await?;
        town.amazon.expect(&Event::Ready { package: PackageId(package) }).await?;
    }
    Ok(())
}
