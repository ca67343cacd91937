//! Which warehouse sends what: an order split into parcels.
//!
//! A pure function of what is asked for and what seems to be there; whether it
//! is still there, each warehouse says itself.

use std::collections::BTreeMap;

use super::catalog::{Line, Site};
use crate::basis::{ListingId, Point, WarehouseId};

/// What one warehouse shall send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    pub warehouse: WarehouseId,
    pub lines: Vec<Line>,
}

/// Splits an order.
///
/// The nearest warehouse that has everything sends everything. Where none has,
/// the one that has the most of what is left sends that (the nearest of
/// several), until nothing is left that anybody has; the rest is a parcel of
/// its own for the nearest warehouse, which will have to buy it.
///
/// Lines name each listing once. Sites that are not active send nothing; no sites, no parcels.
pub fn split(
    lines: &[Line],
    destination: Point,
    sites: &BTreeMap<WarehouseId, Site>,
    available: impl Fn(WarehouseId, ListingId) -> i64,
) -> Vec<Parcel> {
    let mut near: Vec<&Site> = sites.values().filter(|site| site.active).collect();
    near.sort_by_key(|site| (site.at.distance(destination), site.id));
    let Some(nearest) = near.first().map(|site| site.id) else { return Vec::new() };
    let has = |site: &Site, line: &Line| {
        let there = u32::try_from(available(site.id, line.listing).max(0)).unwrap_or(u32::MAX);
        there.min(line.quantity)
    };
    let whole = near.iter().find(|site| lines.iter().all(|line| has(site, line) == line.quantity));
    if let Some(site) = whole {
        return vec![Parcel { warehouse: site.id, lines: lines.to_vec() }];
    }
    let mut left = lines.to_vec();
    let mut parcels = Vec::new();
    while let Some((place, part)) = largest_part(&near, &left, has) {
        let site = near.remove(place);
        subtract(&mut left, &part);
        parcels.push(Parcel { warehouse: site.id, lines: part });
    }
    if !left.is_empty() {
        parcels.push(Parcel { warehouse: nearest, lines: left });
    }
    parcels
}

/// Who of those (the nearest first) has the most pieces of what is left, and which.
fn largest_part(
    near: &[&Site],
    left: &[Line],
    has: impl Fn(&Site, &Line) -> u32,
) -> Option<(usize, Vec<Line>)> {
    let mut best: Option<(u64, usize, Vec<Line>)> = None;
    for (place, site) in near.iter().enumerate() {
        let part = left.iter().map(|line| Line::new(line.listing, has(site, line)));
        let part: Vec<Line> = part.filter(|line| line.quantity > 0).collect();
        let pieces = part.iter().map(|line| u64::from(line.quantity)).sum();
        if pieces > best.as_ref().map_or(0, |(most, ..)| *most) {
            best = Some((pieces, place, part));
        }
    }
    best.map(|(_, place, part)| (place, part))
}

fn subtract(left: &mut Vec<Line>, part: &[Line]) {
    for taken in part {
        for line in left.iter_mut().filter(|line| line.listing == taken.listing) {
            line.quantity -= taken.quantity;
        }
    }
    left.retain(|line| line.quantity > 0);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CLOSE: WarehouseId = WarehouseId(1);
    const FAR: WarehouseId = WarehouseId(2);

    fn sites() -> BTreeMap<WarehouseId, Site> {
        let site = |id, x| (id, Site::new(id, Point::new(x, 0)));
        [site(CLOSE, 1), site(FAR, 50), site(WarehouseId(3), 90)].into()
    }

    fn lines(of: &[(i64, u32)]) -> Vec<Line> {
        of.iter().map(|(id, quantity)| Line::new(ListingId(*id), *quantity)).collect()
    }

    fn plan(of: &[(i64, u32)], stock: &[(i32, i64, i64)]) -> Vec<(i32, Vec<Line>)> {
        let parcels = split(&lines(of), Point::new(0, 0), &sites(), |warehouse, listing| {
            let found = stock.iter().find(|(w, l, _)| *w == warehouse.0 && *l == listing.0);
            found.map_or(0, |(_, _, there)| *there)
        });
        parcels.into_iter().map(|parcel| (parcel.warehouse.0, parcel.lines)).collect()
    }

    #[test]
    fn the_nearest_warehouse_that_has_everything_sends_everything() {
        let stock = [(1, 10, 1), (2, 10, 5), (2, 11, 5), (3, 10, 9), (3, 11, 9)];
        assert_eq!(plan(&[(10, 2), (11, 1)], &stock), [(2, lines(&[(10, 2), (11, 1)]))]);
    }

    #[test]
    fn what_no_single_warehouse_has_comes_from_few() {
        let stock = [(1, 10, 2), (2, 11, 7), (3, 11, 1)];
        let planned = plan(&[(10, 2), (11, 7)], &stock);
        assert_eq!(planned, [(2, lines(&[(11, 7)])), (1, lines(&[(10, 2)]))]);
    }

    #[test]
    fn what_nobody_has_waits_at_the_nearest() {
        let planned = plan(&[(10, 5)], &[(3, 10, 2), (1, 10, -4)]);
        assert_eq!(planned, [(3, lines(&[(10, 2)])), (1, lines(&[(10, 3)]))]);
        assert_eq!(plan(&[(10, 5)], &[]), [(1, lines(&[(10, 5)]))]);
    }

    #[test]
    fn a_warehouse_that_is_not_active_sends_nothing() {
        let mut sites = sites();
        sites.get_mut(&CLOSE).unwrap().active = false;
        let parcels = split(&lines(&[(10, 5)]), Point::new(0, 0), &sites, |_, _| 9);
        assert_eq!(parcels, [Parcel { warehouse: FAR, lines: lines(&[(10, 5)]) }]);
        sites.values_mut().for_each(|site| site.active = false);
        assert_eq!(split(&lines(&[(10, 5)]), Point::new(0, 0), &sites, |_, _| 9), []);
    }

    proptest! {
        #[test]
        fn every_piece_is_sent_once_and_none_that_is_not_there(
            asked in prop::collection::btree_map(0_i64..6, 1_u32..20, 1..5),
            stock in prop::collection::btree_map((1_i32..4, 0_i64..6), -5_i64..25, 0..12),
        ) {
            let asked: Vec<Line> =
                asked.into_iter().map(|(id, n)| Line::new(ListingId(id), n)).collect();
            let level = |w: WarehouseId, l: ListingId| stock.get(&(w.0, l.0)).copied().unwrap_or(0);
            let parcels = split(&asked, Point::new(0, 0), &sites(), level);
            for line in &asked {
                let sent: u32 = parcels.iter().flat_map(|parcel| &parcel.lines)
                    .filter(|sent| sent.listing == line.listing).map(|sent| sent.quantity).sum();
                prop_assert_eq!(sent, line.quantity);
            }
            // All but the last, which may be the back-order, are there.
            for parcel in parcels.iter().rev().skip(1) {
                for line in &parcel.lines {
                    prop_assert!(level(parcel.warehouse, line.listing) >= i64::from(line.quantity));
                }
            }
        }
    }
}
