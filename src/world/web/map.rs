//! The map of a world as a drawing: places on the grid become places on the page.
//!
//! It works for any coordinates: the world has no edge but the numbers'.

use crate::{
    basis::Point,
    world::model::{MapView, TruckView, WarehouseView},
};

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
/// With more trucks than this they are small and bear no number.
const LABELLED_MAX: usize = 40;

/// A map, ready to be drawn.
pub(super) struct Drawing {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) frame: Frame,
    pub(super) columns: Vec<Line>,
    pub(super) rows: Vec<Line>,
    pub(super) warehouses: Vec<Mark>,
    pub(super) trucks: Vec<Truck>,
    pub(super) is_crowded: bool,
    /// Trucks and warehouses that are not on it.
    pub(super) missing: usize,
}

/// How places become points of the drawing: `x = (place.x - left) * scale + MARGIN`,
/// and `y = (top - place.y) * scale + MARGIN`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) scale: f64,
    pub(super) margin: f64,
}

/// A line of the grid, and the number that it stands for.
pub(super) struct Line {
    pub(super) at: f64,
    pub(super) number: i64,
}

pub(super) struct Mark {
    pub(super) id: i32,
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) place: Point,
}

pub(super) struct Truck {
    pub(super) mark: Mark,
    pub(super) status: &'static str,
    /// Where it is going, with the corner before.
    pub(super) goal: Option<(f64, f64)>,
}

impl Drawing {
    pub(super) fn of(map: &MapView) -> Self {
        let (warehouses, trucks) = (&map.warehouses.items, &map.trucks.items);
        let extent = Extent::around(places(warehouses, trucks));
        let (frame, height) = extent.frame();
        let mark = |id: i32, place: Point| {
            let (x, y) = frame.put(place);
            Mark { id, x, y, place }
        };
        let truck = |it: &TruckView| Truck {
            mark: mark(it.id.0, it.at),
            status: it.status,
            goal: it.way.map(|way| frame.put(way.to)),
        };
        let population = map.summary.population;
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
            warehouses: warehouses.iter().map(|it| mark(it.id.0, it.at)).collect(),
            trucks: trucks.iter().map(truck).collect(),
            is_crowded: trucks.len() > LABELLED_MAX,
            missing: population.warehouses + population.trucks - warehouses.len() - trucks.len(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.warehouses.is_empty() && self.trucks.is_empty()
    }
}

/// Everything that has to be on the map, also where it will be.
fn places<'a>(
    warehouses: &'a [WarehouseView],
    trucks: &'a [TruckView],
) -> impl Iterator<Item = Point> + 'a {
    let ways = trucks.iter().flat_map(|it| it.way.map(|way| [way.from, way.to])).flatten();
    warehouses.iter().map(|it| it.at).chain(trucks.iter().map(|it| it.at)).chain(ways)
}

impl Frame {
    /// To a tenth of a unit, which is less than a pixel.
    fn put(&self, place: Point) -> (f64, f64) {
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
    use crate::{
        basis::{SimTime, TruckId, WarehouseId},
        world::model::{Part, Population, Summary},
    };

    fn drawing(places: &[(i32, i32)]) -> Drawing {
        let truck = |(id, place): (usize, &(i32, i32))| TruckView {
            id: TruckId(id as i32),
            status: "IDLE",
            at: Point::new(place.0, place.1),
            way: None,
            warehouse: None,
            stops: 0,
            next_stop: None,
        };
        let trucks: Vec<_> = places.iter().enumerate().map(truck).collect();
        let population = Population { trucks: trucks.len() + 3, ..Population::default() };
        let summary =
            Summary { now: SimTime(0), simspeed: 1, population, sides: Default::default() };
        let warehouses = Part::<WarehouseView, WarehouseId> { items: Vec::new(), next: None };
        Drawing::of(&MapView { summary, warehouses, trucks: Part { items: trucks, next: None } })
    }

    fn check(drawing: &Drawing) {
        assert!((HEIGHT_MIN..=HEIGHT_MAX).contains(&drawing.height));
        for Truck { mark, .. } in &drawing.trucks {
            assert!((MARGIN - 1.0..=WIDTH - MARGIN + 1.0).contains(&mark.x), "x {}", mark.x);
            assert!(
                (MARGIN - 1.0..=drawing.height - MARGIN + 1.0).contains(&mark.y),
                "y {}",
                mark.y
            );
        }
        for lines in [&drawing.columns, &drawing.rows] {
            assert!((1..20).contains(&lines.len()), "{} lines", lines.len());
        }
    }

    #[test]
    fn whatever_the_coordinates_everything_is_on_the_map() {
        let (low, high) = (i32::MIN, i32::MAX);
        for places in [
            &[(0, 0)][..],
            &[(7, -7), (7, -7)],
            &[(low, low), (high, high)],
            &[(low, 0), (high, 0)],
            &[(0, low), (0, high)],
            &[(high, high), (high, high)],
            &[(0, 0), (1, 0), (0, 1)],
            &[],
        ] {
            check(&drawing(places));
        }
    }

    #[test]
    fn north_is_up_and_both_axes_have_one_scale() {
        let drawing = drawing(&[(0, 0), (10, 0), (0, 10)]);
        let at = |n: usize| (drawing.trucks[n].mark.x, drawing.trucks[n].mark.y);
        let (origin, east, north) = (at(0), at(1), at(2));
        assert!(east.0 > origin.0 && east.1 == origin.1);
        assert!(north.1 < origin.1 && north.0 == origin.0);
        assert!((east.0 - origin.0 - (origin.1 - north.1)).abs() < 0.5);
        assert_eq!(drawing.missing, 3);
    }

    #[test]
    fn lines_stand_at_round_numbers() {
        for (step, round) in [(0.3, 1.0), (1.0, 1.0), (1.1, 2.0), (3.0, 5.0), (700.0, 1_000.0)] {
            assert_eq!(round_step(step), round, "{step}");
        }
    }
}
