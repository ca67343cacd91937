//! Where new trucks start.

use crate::basis::{Point, TruckId};

/// Half the side of the square over which a new fleet is spread.
const REACH: i64 = 50;

/// The place where a truck is put into a new world: spread evenly over the
/// square around the origin however many there are (a Halton sequence).
pub fn start_place(truck: TruckId) -> Point {
    let index = u64::from(truck.0.unsigned_abs()) + 1;
    Point::new(coordinate(index, 2), coordinate(index, 3))
}

/// The index mirrored at the decimal point of `base`, stretched over the square.
fn coordinate(index: u64, base: u64) -> i32 {
    let (mut rest, mut mirrored, mut whole) = (index, 0_u64, 1_u64);
    while rest > 0 {
        mirrored = mirrored * base + rest % base;
        whole *= base;
        rest /= base;
    }
    let stretched = (2 * REACH) as u64 * mirrored / whole;
    // Below 2 * REACH, so it is an i32.
    (stretched as i64 - REACH) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fleet_of_any_size_is_spread_out() {
        let places: std::collections::BTreeSet<_> =
            (0..8).map(|id| start_place(TruckId(id))).collect();
        assert_eq!(places.len(), 8);
        for (east, north) in [(true, true), (true, false), (false, true), (false, false)] {
            let there = places.iter().filter(|at| (at.x >= 0) == east && (at.y >= 0) == north);
            assert!(there.count() >= 1, "no truck in one quarter: {places:?}");
        }
        let far = start_place(TruckId(i32::MAX));
        assert!(far.x.abs() <= 50 && far.y.abs() <= 50);
    }
}
