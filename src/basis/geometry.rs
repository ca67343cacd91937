//! Places on the grid.

use serde::{Deserialize, Serialize};

/// A place on the grid; the world has no edge but the numbers'.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Point {
    pub x: i32,
    pub y: i32,
}

impl Point {
    pub const fn new(x: i32, y: i32) -> Self {
        Self { x, y }
    }

    /// Manhattan distance in grid units; at most 2^33, so it fits any `u64` sum of ours.
    pub fn distance(self, other: Self) -> u64 {
        u64::from(self.x.abs_diff(other.x)) + u64::from(self.y.abs_diff(other.y))
    }

    /// The place `steps` units along the way to `to`: first along x, then along y.
    pub fn towards(self, to: Self, steps: u64) -> Self {
        let along_x = u64::from(self.x.abs_diff(to.x));
        let x = step(self.x, to.x, steps.min(along_x));
        let y = step(self.y, to.y, steps.saturating_sub(along_x));
        Self { x, y }
    }
}

fn step(from: i32, to: i32, by: u64) -> i32 {
    let by = by.min(u64::from(from.abs_diff(to)));
    let moved = if to >= from { i64::from(from) + by as i64 } else { i64::from(from) - by as i64 };
    // Between two i32, so it is one.
    moved as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_bends_once_and_ends_at_the_goal() {
        let (from, to) = (Point::new(-2, 5), Point::new(3, 1));
        assert_eq!(from.distance(to), 9);
        assert_eq!(from.towards(to, 0), from);
        assert_eq!(from.towards(to, 5), Point::new(3, 5));
        assert_eq!(from.towards(to, 7), Point::new(3, 3));
        assert_eq!(from.towards(to, 9), to);
        assert_eq!(from.towards(to, u64::MAX), to);
    }

    #[test]
    fn the_corners_of_the_numbers_are_places_too() {
        let (from, to) = (Point::new(i32::MIN, i32::MIN), Point::new(i32::MAX, i32::MAX));
        assert_eq!(from.distance(to), 2 * u64::from(u32::MAX));
        assert_eq!(from.towards(to, u64::from(u32::MAX)), Point::new(i32::MAX, i32::MIN));
        assert_eq!(to.towards(from, u64::MAX), from);
    }
}
