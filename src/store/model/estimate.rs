//! When an order could be at its place, for who is about to place it: how it would be
//! split at this moment, and how long the last packages took.
//!
//! A guess and no promise: it reserves nothing, and knows nothing of how many wait for a
//! truck, of where the trucks are, or of a speed that has changed since.

use std::{collections::BTreeMap, ops::RangeInclusive};

use super::{
    catalog::{Line, Site},
    planner,
};
use crate::basis::{ListingId, Point, WarehouseId};

/// With fewer trips there is nothing to go by.
const TRIPS_MIN: usize = 3;

/// A package that an order would have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpectedParcel {
    pub warehouse: WarehouseId,
    /// Units from there to the destination.
    pub distance: u64,
    /// False: some of it has to be bought first.
    pub in_stock: bool,
}

/// How a package came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trip {
    /// From the order until it left the warehouse.
    pub before_us: u64,
    pub driving_us: u64,
    /// Units that it was driven.
    pub distance: u64,
}

/// The order as the desk would split it, by what seems to be on the shelves.
pub fn expected_parcels(
    lines: &[Line],
    destination: Point,
    sites: &BTreeMap<WarehouseId, Site>,
    available: impl Fn(WarehouseId, ListingId) -> i64,
) -> Vec<ExpectedParcel> {
    if lines.is_empty() {
        return Vec::new();
    }
    let mut promised: BTreeMap<(WarehouseId, ListingId), i64> = BTreeMap::new();
    let parcels = planner::split(lines, destination, sites, &available);
    let expected = parcels.into_iter().filter_map(|planner::Parcel { warehouse, lines }| {
        let distance = sites.get(&warehouse)?.at.distance(destination);
        let mut in_stock = true;
        for line in &lines {
            // The same warehouse may send what it has and buy the rest.
            let taken = promised.entry((warehouse, line.listing)).or_default();
            *taken += i64::from(line.quantity);
            in_stock &= available(warehouse, line.listing) >= *taken;
        }
        Some(ExpectedParcel { warehouse, distance, in_stock })
    });
    expected.collect()
}

/// Seconds from now until a package that goes so far is there: the middle half of what it took
/// to leave before, and the way at the usual pace. None without experience.
pub fn expected_arrival_s(trips: &[Trip], distance: u64) -> Option<RangeInclusive<u64>> {
    let driving = usual_pace_us(trips)?.saturating_mul(distance);
    let mut before: Vec<u64> = trips.iter().map(|trip| trip.before_us).collect();
    before.sort_unstable();
    let quarter = |nth: usize| before.get((before.len() - 1) * nth / 4).copied().unwrap_or(0);
    let seconds = |micros: u64| micros.saturating_add(driving).div_ceil(1_000_000);
    Some(seconds(quarter(1))..=seconds(quarter(3)))
}

/// Microseconds that a truck needs for a unit, as the middle one of the trips did.
pub fn usual_pace_us(trips: &[Trip]) -> Option<u64> {
    if trips.len() < TRIPS_MIN {
        return None;
    }
    let mut pace: Vec<u64> =
        trips.iter().map(|trip| trip.driving_us / trip.distance.max(1)).collect();
    pace.sort_unstable();
    pace.get(pace.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEAR: WarehouseId = WarehouseId(1);
    const FAR: WarehouseId = WarehouseId(2);

    fn parcels(quantity: u32, stock: &[(WarehouseId, i64)]) -> Vec<(WarehouseId, u64, bool)> {
        let site = |id, x| (id, Site { id, at: Point::new(x, 0), active: true });
        let sites = [site(NEAR, 10), site(FAR, 100)].into();
        let lines = [Line::new(ListingId(1), quantity)];
        let level = |warehouse, _| {
            stock.iter().find(|(at, _)| *at == warehouse).map_or(0, |(_, there)| *there)
        };
        let parcels = expected_parcels(&lines, Point::new(0, 0), &sites, level);
        parcels.iter().map(|it| (it.warehouse, it.distance, it.in_stock)).collect()
    }

    fn trip(before_s: u64, driving_s: u64, distance: u64) -> Trip {
        let (before_us, driving_us) = (before_s * 1_000_000, driving_s * 1_000_000);
        Trip { before_us, driving_us, distance }
    }

    #[test]
    fn what_is_there_comes_from_where_it_is() {
        assert_eq!(parcels(2, &[(NEAR, 2)]), [(NEAR, 10, true)]);
        assert_eq!(parcels(4, &[(NEAR, 2), (FAR, 2)]), [(NEAR, 10, true), (FAR, 100, true)]);
    }

    #[test]
    fn pieces_of_one_shelf_are_promised_once() {
        assert_eq!(parcels(4, &[(NEAR, 0)]), [(NEAR, 10, false)]);
        let (sent, bought) = ((NEAR, 10, true), (NEAR, 10, false));
        assert_eq!(parcels(4, &[(NEAR, 3)]), [sent, bought], "the shelf has one of the rest, too");
    }

    #[test]
    fn the_way_counts_as_far_as_it_is() {
        let trips = vec![trip(10, 20, 10), trip(12, 40, 20), trip(14, 2, 1)];
        assert_eq!(expected_arrival_s(&trips, 10), Some(30..=32));
        assert_eq!(expected_arrival_s(&trips, 100), Some(210..=212));
    }

    #[test]
    fn two_packages_are_no_experience() {
        assert_eq!(expected_arrival_s(&[trip(1, 1, 1), trip(1, 1, 1)], 5), None);
    }

    #[test]
    fn a_delivery_next_door_does_not_divide_by_nothing() {
        let trips = vec![trip(1, 0, 0); 3];
        assert_eq!(expected_arrival_s(&trips, u64::MAX), Some(1..=1));
    }
}
