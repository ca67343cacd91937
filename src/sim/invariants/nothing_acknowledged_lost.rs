//! Nothing acknowledged is lost: whoever was told of an order finds it, as ordered.

use std::collections::BTreeMap;

use crate::{
    basis::ListingId,
    sim::{System, shoppers::Outcome},
};

pub(super) fn check(system: &System, wrong: &mut Vec<String>) {
    let history = system.history();
    for (number, wish) in system.shoppers().wishes().iter().enumerate() {
        let order = match &wish.outcome {
            Some(Outcome::Accepted(order)) => order,
            Some(Outcome::Turned(why)) => {
                wrong.push(format!("wish {number} was turned down: {why}"));
                continue;
            }
            None => {
                wrong.push(format!("wish {number} was never answered"));
                continue;
            }
        };
        let Some(placed) = history.orders.get(order) else {
            wrong.push(format!("order {order}, accepted for wish {number}, was never committed"));
            continue;
        };
        if placed.key != format!("wish-{number}") {
            wrong.push(format!("wish {number} was given order {order} of {}", placed.key));
        }
        let wished = sum(wish.items.iter().copied());
        let packed =
            sum(placed.packages.values().flat_map(|package| package.lines.iter().copied()));
        if wished != placed.items || wished != packed {
            wrong.push(format!(
                "order {order}: wished {wished:?}, placed {:?}, in packages {packed:?}",
                placed.items
            ));
        }
        if wish.destination != placed.destination {
            wrong.push(format!("order {order} goes to {:?}", placed.destination));
        }
    }
}

fn sum(lines: impl Iterator<Item = (ListingId, u32)>) -> BTreeMap<ListingId, u32> {
    let mut sums = BTreeMap::new();
    for (listing, quantity) in lines {
        *sums.entry(listing).or_default() += quantity;
    }
    sums
}
