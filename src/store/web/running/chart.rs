//! Warehouses as a drawing: places on the grid become places on the page, and back where
//! somebody clicks.
//!
//! Any coordinates fit: the world has no edge but the numbers'.

use super::warehouses::WarehouseView;

const WIDTH: f64 = 1_000.0;
const HEIGHT: f64 = 460.0;
const MARGIN: f64 = 50.0;
/// Grid units that are shown at least.
const EXTENT_MIN: f64 = 20.0;

/// The drawing. `x = (place.x - left) * scale`, `y = (top - place.y) * scale`.
pub struct Chart {
    pub width: f64,
    pub height: f64,
    pub left: f64,
    pub top: f64,
    pub scale: f64,
    pub columns: Vec<Line>,
    pub rows: Vec<Line>,
    pub marks: Vec<Mark>,
}

/// A line of the grid, and the number that it stands for.
pub struct Line {
    pub at: f64,
    pub number: i64,
}

pub struct Mark {
    pub id: i32,
    pub x: f64,
    pub y: f64,
    pub active: bool,
}

impl Chart {
    pub fn new(warehouses: &[WarehouseView]) -> Self {
        let (west, east) = extent(warehouses.iter().map(|it| f64::from(it.x)));
        let (south, north) = extent(warehouses.iter().map(|it| f64::from(it.y)));
        let room = (WIDTH - 2.0 * MARGIN, HEIGHT - 2.0 * MARGIN);
        let scale = (room.0 / (east - west)).min(room.1 / (north - south));
        // In the middle, whichever direction has room left.
        let left = f64::midpoint(west, east) - WIDTH / scale / 2.0;
        let top = f64::midpoint(south, north) + HEIGHT / scale / 2.0;
        let mark = |it: &WarehouseView| Mark {
            id: it.id.0,
            x: rounded((f64::from(it.x) - left) * scale),
            y: rounded((top - f64::from(it.y)) * scale),
            active: it.active,
        };
        let step = step(WIDTH / scale / 8.0);
        let columns = lines(left, left + WIDTH / scale, step);
        let rows = lines(top - HEIGHT / scale, top, step);
        Self {
            width: WIDTH,
            height: HEIGHT,
            left,
            top,
            scale,
            columns: columns
                .map(|at| Line { at: rounded((at - left) * scale), number: at as i64 })
                .collect(),
            rows: rows
                .map(|at| Line { at: rounded((top - at) * scale), number: at as i64 })
                .collect(),
            marks: warehouses.iter().map(mark).collect(),
        }
    }
}

/// From the least to the greatest, with room to place more around.
fn extent(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (mut least, mut greatest) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in values {
        (least, greatest) = (least.min(value), greatest.max(value));
    }
    if least > greatest {
        (least, greatest) = (0.0, 0.0);
    }
    let room = ((greatest - least) * 0.1).max((EXTENT_MIN - (greatest - least)) / 2.0).max(1.0);
    (least - room, greatest + room)
}

/// The next of 1, 2, 5, 10, 20 ... units.
fn step(units: f64) -> f64 {
    let power = 10_f64.powf(units.max(1.0).log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().find(|it| it * power >= units).unwrap_or(10.0);
    step * power
}

fn lines(from: f64, to: f64, step: f64) -> impl Iterator<Item = f64> {
    let first = (from / step).ceil() as i64;
    let last = (to / step).floor() as i64;
    (first..=last).map(move |n| n as f64 * step)
}

fn rounded(at: f64) -> f64 {
    (at * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{basis::WarehouseId, store::web::running::warehouses::InWorld};

    fn at(id: i32, x: i32, y: i32) -> WarehouseView {
        WarehouseView {
            id: WarehouseId(id),
            name: String::new(),
            x,
            y,
            active: true,
            listings_in_stock: 0,
            pieces_available: 0,
            packages_under_way: 0,
            in_world: InWorld::None,
        }
    }

    #[test]
    fn every_place_is_within_the_drawing_with_few_lines() {
        let cases: [&[WarehouseView]; 4] = [
            &[],
            &[at(1, 5, 5)],
            &[at(1, -1_000_000, 1_000_000), at(2, 1_000_000, -1_000_000)],
            &[at(1, 0, 0), at(2, 0, 900_000)],
        ];
        for warehouses in cases {
            let chart = Chart::new(warehouses);
            for mark in &chart.marks {
                assert!((0.0..=chart.width).contains(&mark.x), "{}", mark.x);
                assert!((0.0..=chart.height).contains(&mark.y), "{}", mark.y);
            }
            assert!((3..=12).contains(&chart.columns.len()), "{}", chart.columns.len());
            assert!(chart.rows.len() <= 12);
        }
    }

    #[test]
    fn a_click_on_a_mark_is_its_place_again() {
        let chart = Chart::new(&[at(1, 12, -7), at(2, -30, 40)]);
        let mark = &chart.marks[0];
        let x = (mark.x / chart.scale + chart.left).round();
        let y = (chart.top - mark.y / chart.scale).round();
        assert_eq!((x, y), (12.0, -7.0));
    }
}
