//! The map of an order: from where its packages come, where they go, and about where their
//! trucks are.
//!
//! Of a truck on the road the store knows when it left; how far it is follows from the pace
//! of those before it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{
    depots::Depot,
    views::{OrderView, PackageView},
};
use crate::{
    basis::{PackageId, Point, WarehouseId},
    store::{model::PackageStatus, web::chart::Chart},
};

/// Microseconds for a unit where nothing is known: a unit a second.
pub const PACE_US: u64 = 1_000_000;
/// A truck that was not heard of is nearly there, and not there.
const NEARLY: f64 = 0.97;

/// What the map shows.
pub struct OrderMap {
    pub chart: Chart,
    pub depots: Vec<Spot>,
    /// Where packages go: one place, but for those that were sent elsewhere.
    pub doors: Vec<Spot>,
    pub routes: Vec<Route>,
    pub pace_us: u64,
    pub now: Timestamp,
}

/// A place with its name, in points of the drawing.
pub struct Spot {
    pub x: f64,
    pub y: f64,
    pub name: String,
}

/// A package's way.
pub struct Route {
    pub package: PackageId,
    pub from: Point,
    pub to: Point,
    /// In points of the drawing, first along x.
    pub way: String,
    pub truck: Option<(f64, f64)>,
    /// The same in words.
    pub words: String,
}

/// The map of an order; None where its warehouses are not known.
pub fn map(
    order: &OrderView,
    depots: &BTreeMap<WarehouseId, Depot>,
    (pace_us, now): (u64, Timestamp),
) -> Option<OrderMap> {
    let mut mine: BTreeMap<WarehouseId, &Depot> = BTreeMap::new();
    for package in &order.packages {
        mine.extend(depots.get(&package.warehouse_id).map(|depot| (depot.id, depot)));
    }
    if mine.is_empty() {
        return None;
    }
    let doors: BTreeSet<Point> = order.packages.iter().map(door).collect();
    let chart = Chart::around(mine.values().map(|depot| depot.at).chain(doors.iter().copied()));
    let spot = |at: Point, name: String| {
        let (x, y) = chart.point(at);
        Spot { x, y, name }
    };
    let route = |package: &PackageView| {
        let (depot, to) = (mine.get(&package.warehouse_id)?, door(package));
        let at = whereabouts(package, (depot.at, to), (pace_us, now));
        let ((x, y), (to_x, to_y)) = (chart.point(depot.at), chart.point(to));
        Some(Route {
            package: package.id,
            from: depot.at,
            to,
            way: format!("M{x} {y}H{to_x}V{to_y}"),
            truck: at.map(|at| chart.point(at)),
            words: words(package, depot, at, to),
        })
    };
    Some(OrderMap {
        chart,
        depots: mine.values().map(|depot| spot(depot.at, depot.name.clone())).collect(),
        doors: doors.iter().map(|at| spot(*at, format!("{}, {}", at.x, at.y))).collect(),
        routes: order.packages.iter().filter_map(route).collect(),
        pace_us,
        now,
    })
}

fn door(package: &PackageView) -> Point {
    Point::new(package.destination.x, package.destination.y)
}

/// About where the package's truck is; None where it has none, or one that is elsewhere.
fn whereabouts(
    package: &PackageView,
    (from, to): (Point, Point),
    (pace_us, now): (u64, Timestamp),
) -> Option<Point> {
    match package.status.0 {
        PackageStatus::Created | PackageStatus::Packing | PackageStatus::Cancelled => None,
        PackageStatus::Packed => package.when("truck_arrived").map(|_| from),
        PackageStatus::Loading | PackageStatus::Loaded => Some(from),
        PackageStatus::Delivering => {
            let left_at = package.when("delivering")?;
            let driven_us = now.as_microsecond().saturating_sub(left_at.as_microsecond());
            Some(from.towards(to, driven(driven_us, pace_us, from.distance(to))))
        }
        PackageStatus::Delivered => Some(to),
    }
}

/// Units of the way, after so long.
fn driven(since_us: i64, pace_us: u64, distance: u64) -> u64 {
    let units = u64::try_from(since_us).unwrap_or(0) / pace_us.max(1);
    // At most 2^33, which a float holds exactly.
    units.min((distance as f64 * NEARLY) as u64)
}

fn words(package: &PackageView, depot: &Depot, at: Option<Point>, to: Point) -> String {
    let (name, Point { x, y }) = (&depot.name, to);
    let truck = package.truck_id.map_or("A truck".to_owned(), |truck| format!("Truck {truck}"));
    match (package.status.0, at) {
        (PackageStatus::Delivering, Some(at)) => {
            let left = at.distance(to);
            format!("{truck} is on its way from {name} to {x}, {y}: about {left} units to go.")
        }
        (PackageStatus::Delivered, _) => format!("{truck} has brought it to {x}, {y}."),
        (PackageStatus::Cancelled, _) => format!("It stays at {name}."),
        (_, Some(_)) => format!("{truck} is at {name}."),
        (_, None) if package.when("truck_dispatched").is_some() => {
            format!("It is at {name}; {truck} is on its way there.", truck = lower(&truck))
        }
        (_, None) => format!("It is at {name}, and waits for a truck."),
    }
}

/// Within a sentence.
fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_truck_drives_at_the_pace_and_never_arrives_unheard() {
        assert_eq!(driven(0, 100, 50), 0);
        assert_eq!(driven(2_000, 100, 50), 20);
        assert_eq!(driven(i64::MAX, 100, 50), 48);
        assert_eq!(driven(-5, 100, 50), 0, "a clock that is behind");
        assert_eq!(driven(10, 0, 50), 10, "no pace at all");
        assert_eq!(driven(10, 1, 0), 0);
    }
}
