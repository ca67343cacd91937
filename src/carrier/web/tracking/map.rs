//! The map of a shipment: its warehouse, its destination, and about where its truck is.
//!
//! A script moves the truck; without it a reload shows the same.

use jiff::Timestamp;

use super::view::{TrackingView, TruckView};
use crate::{basis::Point, web::chart::Chart};

/// A truck that was not heard of is nearly there, and not there.
const NEARLY: f64 = 0.97;

/// What the map shows, in points of the drawing.
pub struct ParcelMap {
    pub chart: Chart,
    pub depot: Option<(f64, f64)>,
    pub door: (f64, f64),
    /// From the warehouse to the door, first along x.
    pub way: Option<String>,
    pub truck: Option<(f64, f64)>,
    pub now: Timestamp,
}

impl ParcelMap {
    /// None where nothing but the destination is known.
    pub fn of(view: &TrackingView, now: Timestamp) -> Option<Self> {
        let (depot, door) = (view.warehouse.map(Point::from), Point::from(view.destination));
        let truck = view.truck.as_ref().map(|truck| whereabouts(truck, now));
        // All of its leg is on the map, so that it does not drive off it.
        let leg = view.truck.iter().flat_map(|leg| [Some(leg.from), leg.to]).flatten();
        let places: Vec<Point> = depot.into_iter().chain(leg.map(Point::from)).collect();
        if places.is_empty() {
            return None;
        }
        let chart = Chart::around(places.into_iter().chain([door]));
        let way = depot.map(|depot| {
            let ((x, y), (to_x, to_y)) = (chart.point(depot), chart.point(door));
            format!("M{x} {y}H{to_x}V{to_y}")
        });
        Some(Self {
            chart,
            depot: depot.map(|depot| chart.point(depot)),
            door: chart.point(door),
            way,
            truck: truck.map(|truck| chart.point(truck)),
            now,
        })
    }
}

fn whereabouts(truck: &TruckView, now: Timestamp) -> Point {
    let from = Point::from(truck.from);
    // What is no number is not above it either.
    let speed = truck.units_per_second.filter(|speed| *speed > 0.0);
    let (Some(to), Some(speed)) = (truck.to.map(Point::from), speed) else {
        return from;
    };
    let since: Timestamp = truck.since.parse().unwrap_or(now);
    let driven_us = now.as_microsecond().saturating_sub(since.as_microsecond()).max(0);
    let units = driven_us as f64 / 1e6 * speed;
    // At most 2^33, which a float holds exactly.
    let most = from.distance(to) as f64 * NEARLY;
    from.towards(to, units.min(most).max(0.0) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carrier::web::tracking::view::Place;

    fn truck(to: Option<Place>, units_per_second: Option<f64>) -> TruckView {
        let since = "2026-01-01T00:00:00Z".to_owned();
        TruckView { from: Place { x: 0, y: 0 }, to, since, units_per_second }
    }

    #[test]
    fn a_truck_drives_at_the_pace_and_never_arrives_unheard() {
        let to = Some(Place { x: 100, y: 0 });
        let at = |truck: &TruckView, time: &str| whereabouts(truck, time.parse().unwrap());
        let fast = truck(to, Some(2.0));
        assert_eq!(at(&fast, "2026-01-01T00:00:10Z"), Point::new(20, 0));
        assert_eq!(at(&fast, "2026-01-02T00:00:00Z"), Point::new(97, 0));
        assert_eq!(at(&fast, "2025-12-31T00:00:00Z"), Point::new(0, 0), "a clock that is behind");
        for standing in [truck(None, Some(2.0)), truck(to, None), truck(to, Some(f64::NAN))] {
            assert_eq!(at(&standing, "2026-01-01T00:00:10Z"), Point::new(0, 0), "{standing:?}");
        }
    }
}
