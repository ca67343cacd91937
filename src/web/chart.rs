//! A square map of a part of the grid: places become points of a drawing, and clicks places.
//!
//! Geometry only; what is drawn on it is each page's to say.

use crate::basis::Point;

/// The drawing's width and height, in pixels.
pub const SIDE: f64 = 320.0;
/// Grid units that are shown at least, so that one place alone has surroundings.
const EXTENT_MIN: f64 = 40.0;
/// Part of the extent that is added on each side.
const ROOM: f64 = 0.15;
const LINES_MAX: f64 = 6.0;

/// How places become points: `x = (place.x - left) * scale`, `y = (top - place.y) * scale`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chart {
    pub left: f64,
    pub top: f64,
    pub scale: f64,
}

/// A line of the grid, and the number that it stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GridLine {
    pub at: f64,
    pub number: i64,
}

impl Chart {
    /// One that shows all of these, and the middle of the grid where there are none.
    pub fn around(places: impl IntoIterator<Item = Point>) -> Self {
        let mut bounds: Option<[f64; 4]> = None;
        for place in places {
            let (x, y) = (f64::from(place.x), f64::from(place.y));
            let [left, right, bottom, top] = bounds.unwrap_or([x, x, y, y]);
            bounds = Some([left.min(x), right.max(x), bottom.min(y), top.max(y)]);
        }
        let [left, right, bottom, top] = bounds.unwrap_or_default();
        let extent = (right - left).max(top - bottom) * (1.0 + 2.0 * ROOM);
        let extent = extent.max(EXTENT_MIN);
        Self {
            left: (left + right - extent) / 2.0,
            top: (top + bottom + extent) / 2.0,
            scale: SIDE / extent,
        }
    }

    /// Where a place is drawn, to a tenth of a pixel.
    pub fn point(&self, place: Point) -> (f64, f64) {
        let x = (f64::from(place.x) - self.left) * self.scale;
        let y = (self.top - f64::from(place.y)) * self.scale;
        (tenths(x), tenths(y))
    }

    /// Whether a place is on the drawing.
    pub fn shows(&self, place: Point) -> bool {
        let (x, y) = self.point(place);
        (0.0..=SIDE).contains(&x) && (0.0..=SIDE).contains(&y)
    }

    /// The place under a point of the drawing.
    pub fn place(&self, x: f64, y: f64) -> Point {
        // A cast stops at the ends of the grid.
        let unit = |value: f64| value.round() as i32;
        Point::new(unit(self.left + x / self.scale), unit(self.top - y / self.scale))
    }

    pub fn columns(&self) -> Vec<GridLine> {
        let first = self.left;
        self.numbers(first, |number| (number - self.left) * self.scale)
    }

    pub fn rows(&self) -> Vec<GridLine> {
        let first = self.top - SIDE / self.scale;
        self.numbers(first, |number| (self.top - number) * self.scale)
    }

    /// Round numbers over the extent that begins with `first`.
    fn numbers(&self, first: f64, at: impl Fn(f64) -> f64) -> Vec<GridLine> {
        let extent = SIDE / self.scale;
        let step = round_step(extent / LINES_MAX);
        let begin = (first / step).ceil();
        let count = ((first + extent) / step - begin).floor().max(0.0) as i64;
        let line = |nth: i64| {
            let number = (begin + nth as f64) * step;
            GridLine { at: tenths(at(number)), number: number as i64 }
        };
        (0..=count.min(LINES_MAX as i64 + 1)).map(line).collect()
    }
}

fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// 1, 2 or 5 times a power of ten, and no less than `least` and one.
fn round_step(least: f64) -> f64 {
    let power = 10_f64.powf(least.max(1.0).log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| factor * power >= least);
    factor.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_lonely_place_is_in_the_middle() {
        let chart = Chart::around([Point::new(7, -3)]);
        assert_eq!(chart.point(Point::new(7, -3)), (SIDE / 2.0, SIDE / 2.0));
        assert_eq!(chart.place(SIDE / 2.0, SIDE / 2.0), Point::new(7, -3));
    }

    #[test]
    fn the_grid_has_few_lines_with_round_numbers() {
        let chart = Chart::around([Point::new(-50, -50), Point::new(50, 50)]);
        let numbers: Vec<_> = chart.columns().iter().map(|line| line.number).collect();
        assert_eq!(numbers, [-50, 0, 50]);
        assert_eq!(chart.rows().len(), 3);
    }

    proptest! {
        #[test]
        fn whatever_is_shown_is_on_the_drawing_and_found_by_a_click(
            places in prop::collection::vec((any::<i32>(), any::<i32>()), 1..6),
        ) {
            let places: Vec<_> = places.into_iter().map(|(x, y)| Point::new(x, y)).collect();
            let chart = Chart::around(places.iter().copied());
            prop_assert!(chart.columns().len() <= 8 && chart.rows().len() <= 8);
            for place in places {
                prop_assert!(chart.shows(place));
                let (x, y) = chart.point(place);
                // A tenth of a pixel is what a point is rounded to.
                let nearly = (0.1 / chart.scale) as u64 + 2;
                prop_assert!(chart.place(x, y).distance(place) <= 2 * nearly);
            }
        }
    }
}
