//! When a shipment is expected, as far as that can be told: from where its truck is on its way,
//! how far it has to go, and how fast the latest ones were.
//!
//! It promises nothing. How long a store takes to load is not known here, and taken for nothing.

use super::ShipmentStage;
use crate::basis::{Point, SimTime};

/// Later than anybody waits: what comes to more can not be told.
const FAR_OFF_S: f64 = 366.0 * 86_400.0;

/// The way that a shipment's truck drives, or the place where it stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Leg {
    pub from: Point,
    /// None where it stands, or where nobody has been at its warehouse yet.
    pub to: Option<Point>,
    /// Since when it drives or stands.
    pub since: SimTime,
    /// The median of the latest deliveries; None where there were none.
    pub units_per_s: Option<f64>,
}

/// None: it can not be told (yet). Never before `now`: who is late is expected at any moment.
pub fn expected_arrival(
    now: SimTime,
    stage: ShipmentStage,
    leg: Option<&Leg>,
    destination: Point,
) -> Option<SimTime> {
    let leg = leg?;
    let (begins, way) = match stage {
        ShipmentStage::Created | ShipmentStage::Delivered => return None,
        ShipmentStage::Dispatched => {
            let depot = leg.to?;
            (leg.since, leg.from.distance(depot) + depot.distance(destination))
        }
        // It leaves as soon as it is loaded, which it may be at any moment.
        ShipmentStage::AtWarehouse => (now, leg.from.distance(destination)),
        ShipmentStage::Delivering => (leg.since, leg.from.distance(leg.to?)),
    };
    let seconds = way as f64 / leg.units_per_s.filter(|speed| *speed > 0.0)?;
    // Not a number is not below it either.
    let is_near = seconds < FAR_OFF_S;
    is_near.then(|| (begins + std::time::Duration::from_secs_f64(seconds)).max(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOOR: Point = Point::new(10, 10);

    fn at(seconds: u64) -> SimTime {
        SimTime::from_micros(seconds * 1_000_000)
    }

    fn leg(to: Option<Point>, units_per_s: Option<f64>) -> Leg {
        Leg { from: Point::new(0, 0), to, since: at(100), units_per_s }
    }

    #[test]
    fn a_truck_on_the_road_is_expected_after_the_way_at_the_pace_of_those_before_it() {
        let leg = leg(Some(DOOR), Some(2.0));
        let expected = |now| expected_arrival(at(now), ShipmentStage::Delivering, Some(&leg), DOOR);
        assert_eq!(expected(100), Some(at(110)));
        assert_eq!(expected(105), Some(at(110)));
        assert_eq!(expected(500), Some(at(500)), "late, and not in the past");
    }

    #[test]
    fn before_it_is_loaded_the_whole_way_counts() {
        let (depot, fast) = (Point::new(10, 0), Some(1.0));
        let stage = ShipmentStage::Dispatched;
        let expected = expected_arrival(at(100), stage, Some(&leg(Some(depot), fast)), DOOR);
        assert_eq!(expected, Some(at(120)));
        let stage = ShipmentStage::AtWarehouse;
        let expected = expected_arrival(at(300), stage, Some(&leg(None, fast)), DOOR);
        assert_eq!(expected, Some(at(320)), "from now, for it has not left");
    }

    #[test]
    fn what_can_not_be_told_is_not() {
        let (known, delivering) = (leg(Some(DOOR), Some(1.0)), ShipmentStage::Delivering);
        let tell = |stage, leg: Option<&Leg>| expected_arrival(at(100), stage, leg, DOOR);
        assert_eq!(tell(ShipmentStage::Created, Some(&known)), None);
        assert_eq!(tell(ShipmentStage::Delivered, Some(&known)), None);
        assert_eq!(tell(delivering, None), None);
        for speed in [None, Some(0.0), Some(-1.0), Some(f64::NAN), Some(1e-9)] {
            assert_eq!(tell(delivering, Some(&leg(Some(DOOR), speed))), None, "{speed:?}");
        }
        assert_eq!(tell(ShipmentStage::Dispatched, Some(&leg(None, Some(1.0)))), None);
    }
}
