//! How soon an order could be at its place, for who is about to place it.
//!
//! A lower bound and no promise: it knows the way, the work and what is on the shelves,
//! and nothing of how many wait for a truck, or where the trucks are.

use std::{collections::BTreeMap, time::Duration};

use super::{
    catalog::{Line, Site},
    planner,
};
use crate::basis::{ListingId, Point, WarehouseId};

/// What the world takes for things, in simulated seconds, and how fast those go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorldPace {
    /// Simulated seconds in a second.
    pub simspeed: u32,
    /// To bring bought pieces to a warehouse.
    pub buy_s: u32,
    /// To pack a package.
    pub pack_s: u32,
    /// To load it.
    pub load_s: u32,
    /// To drive one unit of the grid.
    pub move_s: u32,
}

/// As our world has them, unless it is told otherwise.
impl Default for WorldPace {
    fn default() -> Self {
        Self { simspeed: 100, buy_s: 100, pack_s: 60, load_s: 30, move_s: 1 }
    }
}

/// When an order can be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    /// Until its last package is there, where a truck stands at the warehouse already.
    pub at_least: Duration,
    /// In how many packages it comes.
    pub packages: usize,
    /// Some of it has to be bought first.
    pub waits_for_goods: bool,
}

/// The soonest that the order could be there, by what seems to be on the shelves; None
/// where there is nothing to send, or nobody to send it.
///
/// `pack_after`: how long it can be cancelled before it is packed.
pub fn estimate(
    lines: &[Line],
    destination: Point,
    sites: &BTreeMap<WarehouseId, Site>,
    available: impl Fn(WarehouseId, ListingId) -> i64,
    pace: WorldPace,
    pack_after: Duration,
) -> Option<Estimate> {
    if lines.is_empty() {
        return None;
    }
    let parcels = planner::split(lines, destination, sites, &available);
    let mut promised: BTreeMap<(WarehouseId, ListingId), i64> = BTreeMap::new();
    let (mut at_least, mut waits_for_goods) = (None, false);
    for parcel in &parcels {
        let mut is_there = true;
        for line in &parcel.lines {
            // The same warehouse may send what it has and buy the rest.
            let taken = promised.entry((parcel.warehouse, line.listing)).or_default();
            *taken += i64::from(line.quantity);
            is_there &= available(parcel.warehouse, line.listing) >= *taken;
        }
        let way = sites.get(&parcel.warehouse)?.at.distance(destination);
        at_least = at_least.max(Some(takes(way, is_there, pace, pack_after)));
        waits_for_goods |= !is_there;
    }
    Some(Estimate { at_least: at_least?, packages: parcels.len(), waits_for_goods })
}

fn takes(way: u64, is_there: bool, pace: WorldPace, pack_after: Duration) -> Duration {
    let work_s = u64::from(pace.pack_s) + u64::from(pace.load_s);
    let drive_s = way.saturating_mul(u64::from(pace.move_s));
    let buy_s = if is_there { 0 } else { u64::from(pace.buy_s) };
    // While it is being bought it can be cancelled as well.
    pack_after.max(real(buy_s, pace)) + real(work_s.saturating_add(drive_s), pace)
}

/// Simulated seconds as they pass here.
fn real(simulated_s: u64, pace: WorldPace) -> Duration {
    let micros = simulated_s.saturating_mul(1_000_000) / u64::from(pace.simspeed.max(1));
    Duration::from_micros(micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEAR: WarehouseId = WarehouseId(1);
    const FAR: WarehouseId = WarehouseId(2);
    const PACE: WorldPace =
        WorldPace { simspeed: 10, buy_s: 100, pack_s: 60, load_s: 30, move_s: 2 };

    fn sites() -> BTreeMap<WarehouseId, Site> {
        let site = |id, x| (id, Site { id, at: Point::new(x, 0), active: true });
        [site(NEAR, 10), site(FAR, 100)].into()
    }

    fn soonest(quantity: u32, stock: &[(WarehouseId, i64)], pack_after_s: u64) -> Estimate {
        let lines = [Line::new(ListingId(1), quantity)];
        let level = |warehouse, _| {
            stock.iter().find(|(at, _)| *at == warehouse).map_or(0, |(_, there)| *there)
        };
        let pack_after = Duration::from_secs(pack_after_s);
        estimate(&lines, Point::new(0, 0), &sites(), level, PACE, pack_after).unwrap()
    }

    #[test]
    fn what_is_there_takes_its_work_and_its_way() {
        let estimate = soonest(2, &[(NEAR, 2)], 3);
        // 90 of work and 10 units of 2 each, ten times as fast, after 3 seconds.
        assert_eq!(estimate.at_least, Duration::from_secs(3 + 11));
        assert_eq!((estimate.packages, estimate.waits_for_goods), (1, false));
    }

    #[test]
    fn the_last_of_several_packages_counts() {
        let estimate = soonest(4, &[(NEAR, 2), (FAR, 2)], 0);
        assert_eq!(estimate.at_least, Duration::from_secs(29));
        assert_eq!((estimate.packages, estimate.waits_for_goods), (2, false));
    }

    #[test]
    fn what_has_to_be_bought_takes_longer_and_says_so() {
        for stock in [0, 3] {
            assert!(soonest(4, &[(NEAR, stock)], 0).waits_for_goods, "{stock} are there");
        }
        let estimate = soonest(4, &[(NEAR, 0)], 3);
        assert_eq!(estimate.at_least, Duration::from_secs(10 + 11));
    }

    #[test]
    fn nothing_and_nobody_have_no_time() {
        let estimate = |lines: &[Line], sites: &BTreeMap<WarehouseId, Site>| {
            super::estimate(lines, Point::new(0, 0), sites, |_, _| 0, PACE, Duration::ZERO)
        };
        assert_eq!(estimate(&[], &sites()), None);
        assert_eq!(estimate(&[Line::new(ListingId(1), 1)], &BTreeMap::new()), None);
    }

    #[test]
    fn the_ends_of_the_numbers_do_not_overflow() {
        let pace = WorldPace { simspeed: 0, move_s: u32::MAX, ..PACE };
        let lines = [Line::new(ListingId(1), 1)];
        let place = Point::new(i32::MIN, i32::MIN);
        let found = estimate(&lines, place, &sites(), |_, _| 9, pace, Duration::ZERO);
        assert!(found.unwrap().at_least > Duration::from_secs(1_000_000));
    }
}
