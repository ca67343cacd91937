//! The map of a world as a drawing: what there is, where on the page.
//!
//! How places become points of the page is in [`map`](crate::web::map).

use crate::{
    basis::Point,
    web::map::{Frame, Ground, Line},
    world::model::{MapView, TruckView, WarehouseView},
};

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
        let ground = Ground::around(places(warehouses, trucks));
        let Ground { width, height, frame, columns, rows } = ground;
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
            width,
            height,
            columns,
            rows,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        basis::{SimTime, TruckId, WarehouseId},
        world::model::{Part, Population, Summary},
    };

    const WIDTH: f64 = 1_000.0;
    const MARGIN: f64 = 46.0;

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
        assert!((420.0..=760.0).contains(&drawing.height));
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
}
