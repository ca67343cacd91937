//! A truck: where it is, what it is doing, and where it still has to go.
//!
//! It moves along x first and then along y. What it meets on arrival is decided by `ups`.

use serde::{Deserialize, Serialize};

use super::{agenda::Appointment, stops::Stops};
use crate::{
    basis::{Point, SimTime, WarehouseId},
    wire::ups::status,
};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Truck {
    pub(super) doing: Doing,
    /// Deliveries in order. They outlast an excursion to a warehouse, and go on
    /// with the next order to deliver.
    pub(super) stops: Stops,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Doing {
    Idle {
        at: Point,
    },
    Travelling {
        warehouse: WarehouseId,
        leg: Leg,
    },
    /// Standing at a warehouse, with so many packages being loaded.
    AtWarehouse {
        warehouse: WarehouseId,
        at: Point,
        loading: u32,
    },
    /// On the way to the first stop.
    Delivering {
        leg: Leg,
    },
}

/// A way from one place to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Leg {
    pub(super) from: Point,
    pub(super) to: Point,
    pub(super) set_off: SimTime,
    pub(super) arrival: Appointment,
}

impl Truck {
    pub(super) fn idle(at: Point) -> Self {
        Self { doing: Doing::Idle { at }, stops: Stops::default() }
    }

    pub(super) fn at(&self, now: SimTime) -> Point {
        match &self.doing {
            Doing::Idle { at } | Doing::AtWarehouse { at, .. } => *at,
            Doing::Travelling { leg, .. } | Doing::Delivering { leg } => leg.at(now),
        }
    }

    /// As a carrier is told.
    pub(super) fn status(&self) -> &'static str {
        match &self.doing {
            Doing::Idle { .. } => status::IDLE,
            Doing::Travelling { .. } => status::TRAVELING,
            Doing::AtWarehouse { loading: 0, .. } => status::ARRIVE_WAREHOUSE,
            Doing::AtWarehouse { .. } => status::LOADING,
            Doing::Delivering { .. } => status::DELIVERING,
        }
    }
}

impl Leg {
    fn at(&self, now: SimTime) -> Point {
        let total_us = self.arrival.due.since(self.set_off).as_micros();
        if total_us == 0 {
            return self.to;
        }
        let gone_us = now.since(self.set_off).as_micros().min(total_us);
        let steps = u128::from(self.from.distance(self.to)) * gone_us / total_us;
        // At most the distance, which is a u64.
        self.from.towards(self.to, steps as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::agenda::*, *};

    #[test]
    fn a_truck_is_where_its_share_of_the_time_has_brought_it() {
        let arrival = Agenda::default()
            .schedule(SimTime::from_micros(110), Happening::TruckArrives { truck: 1.into() });
        let (from, to) = (Point::new(0, 0), Point::new(6, -4));
        let leg = Leg { from, to, set_off: SimTime::from_micros(10), arrival };
        assert_eq!(leg.at(SimTime::from_micros(10)), from);
        assert_eq!(leg.at(SimTime::from_micros(59)), Point::new(4, 0));
        assert_eq!(leg.at(SimTime::from_micros(90)), Point::new(6, -2));
        assert_eq!(leg.at(SimTime::from_micros(900)), to);
    }
}
