//! Which idle truck fetches a shipment.

use std::collections::BTreeMap;

use crate::basis::{Point, TruckId};

/// A way to choose among idle trucks; pure, so that experiments can try others.
pub trait DispatchPolicy {
    /// `warehouse`: where the shipment waits, where that is known. None where no truck is idle.
    fn choose(&self, idle: &BTreeMap<TruckId, Point>, warehouse: Option<Point>) -> Option<TruckId>;
}

/// The nearest by Manhattan distance, of several the one with the lowest id; the
/// lowest id where the place is not known yet.
#[derive(Debug, Clone, Copy, Default)]
pub struct NearestIdle;

impl DispatchPolicy for NearestIdle {
    fn choose(&self, idle: &BTreeMap<TruckId, Point>, warehouse: Option<Point>) -> Option<TruckId> {
        let distance = |at: Point| warehouse.map_or(0, |warehouse| at.distance(warehouse));
        idle.iter().min_by_key(|(truck, at)| (distance(**at), **truck)).map(|(truck, _)| *truck)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn idle(places: &[(i32, i32, i32)]) -> BTreeMap<TruckId, Point> {
        places.iter().map(|&(id, x, y)| (TruckId(id), Point::new(x, y))).collect()
    }

    #[test]
    fn the_nearest_truck_goes_and_the_lowest_id_of_equals() {
        let idle = idle(&[(1, 10, 0), (2, 0, 4), (3, 4, 0)]);
        assert_eq!(NearestIdle.choose(&idle, Some(Point::new(0, 0))), Some(TruckId(2)));
        assert_eq!(NearestIdle.choose(&idle, Some(Point::new(9, 9))), Some(TruckId(1)));
        assert_eq!(NearestIdle.choose(&idle, None), Some(TruckId(1)));
    }

    #[test]
    fn nobody_goes_where_nobody_is_idle() {
        assert_eq!(NearestIdle.choose(&BTreeMap::new(), Some(Point::new(0, 0))), None);
    }
}
