//! A part of the grid as a drawing: places become points of the page.
//!
//! It works for any coordinates: the world has no edge but the numbers'. What is drawn at the
//! points is each site's own.

use crate::basis::Point;

/// The drawing's width; its unit is about a pixel of a wide page.
const WIDTH: f64 = 1_000.0;
const HEIGHT_MIN: f64 = 420.0;
const HEIGHT_MAX: f64 = 760.0;
/// Room around what is drawn.
const MARGIN: f64 = 46.0;
/// Grid units that are shown at least, so that one place alone is no line.
const EXTENT_MIN: f64 = 10.0;
/// Lines of the grid over the width, at most and at least.
const LINES_MAX: f64 = 8.0;
const LINES_MIN: f64 = 3.0;
/// What a digit takes on a narrow page.
const DIGIT_WIDTH: f64 = 18.0;

/// The ground of a map, just so large that everything is on it.
pub struct Ground {
    pub width: f64,
    pub height: f64,
    pub frame: Frame,
    pub columns: Vec<Line>,
    pub rows: Vec<Line>,
}

impl Ground {
    pub fn around(places: impl Iterator<Item = Point>) -> Self {
        let extent = Extent::around(places);
        let (frame, height) = extent.frame();
        Self {
            width: WIDTH,
            height,
            columns: extent.lines(frame.left, |number| (number - frame.left) * frame.scale, WIDTH),
            rows: extent.lines(
                frame.top - (height - 2.0 * MARGIN) / frame.scale,
                |number| (frame.top - number) * frame.scale,
                height,
            ),
            frame,
        }
    }
}

/// How places become points of the drawing: `x = (place.x - left) * scale + MARGIN`,
/// and `y = (top - place.y) * scale + MARGIN`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frame {
    pub left: f64,
    pub top: f64,
    pub scale: f64,
    pub margin: f64,
}

/// A line of the grid, and the number that it stands for.
pub struct Line {
    pub at: f64,
    pub number: i64,
}

impl Frame {
    /// Where on the drawing the place is, to a tenth of a unit, which is less than a pixel.
    pub fn put(&self, place: Point) -> (f64, f64) {
        let tenth = |value: f64| (value * 10.0).round() / 10.0;
        let x = (f64::from(place.x) - self.left) * self.scale + self.margin;
        let y = (self.top - f64::from(place.y)) * self.scale + self.margin;
        (tenth(x), tenth(y))
    }
}

/// The part of the grid that is shown.
struct Extent {
    left: f64,
    right: f64,
    bottom: f64,
    top: f64,
}

impl Extent {
    fn around(places: impl Iterator<Item = Point>) -> Self {
        let mut around: Option<Self> = None;
        for place in places {
            let (x, y) = (f64::from(place.x), f64::from(place.y));
            let so_far = around.unwrap_or(Self { left: x, right: x, bottom: y, top: y });
            around = Some(Self {
                left: so_far.left.min(x),
                right: so_far.right.max(x),
                bottom: so_far.bottom.min(y),
                top: so_far.top.max(y),
            });
        }
        around.unwrap_or(Self { left: 0.0, right: 0.0, bottom: 0.0, top: 0.0 })
    }

    /// A frame with the same scale along both axes, and the height of the drawing.
    fn frame(&self) -> (Frame, f64) {
        let wide = (self.right - self.left).max(EXTENT_MIN);
        let high = (self.top - self.bottom).max(EXTENT_MIN);
        let room = WIDTH - 2.0 * MARGIN;
        let height = (room * high / wide + 2.0 * MARGIN).clamp(HEIGHT_MIN, HEIGHT_MAX);
        let scale = (room / wide).min((height - 2.0 * MARGIN) / high);
        let (middle, centre) = ((self.left + self.right) / 2.0, (self.top + self.bottom) / 2.0);
        let frame = Frame {
            left: middle - room / scale / 2.0,
            top: centre + (height - 2.0 * MARGIN) / scale / 2.0,
            scale,
            margin: MARGIN,
        };
        (frame, height)
    }

    /// Lines of the grid at round numbers, from a first place to the end of the drawing.
    fn lines(&self, first: f64, put: impl Fn(f64) -> f64, size: f64) -> Vec<Line> {
        let (frame, _) = self.frame();
        // Long numbers need room between them.
        let digits = self.left.abs().max(self.right.abs()).max(1.0).log10().ceil() + 2.0;
        let count = (WIDTH / (digits * DIGIT_WIDTH)).clamp(LINES_MIN, LINES_MAX);
        let step = round_step((WIDTH - 2.0 * MARGIN) / frame.scale / count);
        let begin = (first / step).ceil();
        let numbers = (0..64).map(|n| (begin + f64::from(n)) * step);
        let line = |number: f64| Line { at: (put(number) + MARGIN).round(), number: number as i64 };
        numbers.map(line).filter(|line| (0.0..=size).contains(&line.at)).collect()
    }
}

/// The next of 1, 2, 5, 10, 20, 50, …
fn round_step(step: f64) -> f64 {
    let power = 10_f64.powf(step.max(1.0).log10().floor());
    let fits = |factor: &f64| factor * power >= step;
    [1.0, 2.0, 5.0, 10.0].into_iter().find(fits).unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_the_coordinates_every_place_is_on_the_map() {
        let (low, high) = (i32::MIN, i32::MAX);
        for places in [
            &[(0, 0)][..],
            &[(low, low), (high, high)],
            &[(low, 0), (high, 0)],
            &[(0, low), (0, high)],
            &[(high, high), (high, high)],
        ] {
            let places: Vec<_> = places.iter().map(|(x, y)| Point::new(*x, *y)).collect();
            let ground = Ground::around(places.iter().copied());
            assert!((HEIGHT_MIN..=HEIGHT_MAX).contains(&ground.height));
            for place in places {
                let (x, y) = ground.frame.put(place);
                assert!((MARGIN - 1.0..=WIDTH - MARGIN + 1.0).contains(&x), "x {x}");
                assert!((MARGIN - 1.0..=ground.height - MARGIN + 1.0).contains(&y), "y {y}");
            }
            for lines in [&ground.columns, &ground.rows] {
                assert!((1..20).contains(&lines.len()), "{} lines", lines.len());
            }
        }
    }

    #[test]
    fn lines_stand_at_round_numbers() {
        for (step, round) in [(0.3, 1.0), (1.0, 1.0), (1.1, 2.0), (3.0, 5.0), (700.0, 1_000.0)] {
            assert_eq!(round_step(step), round, "{step}");
        }
    }
}
