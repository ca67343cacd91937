//! The fleet's map as a drawing: trucks and warehouses, where on the page.
//!
//! Trucks stand where their way began; a page that is open lets them drive.

use super::fleet::{Fleet, Place, TruckView};
use crate::{basis::Point, web::map::Ground};

/// With more trucks than this they are small and bear no number.
const LABELLED_MAX: usize = 40;

/// A map, ready to be drawn.
pub struct Drawing {
    pub ground: Ground,
    pub warehouses: Vec<Mark>,
    pub trucks: Vec<Truck>,
    pub is_crowded: bool,
}

pub struct Mark {
    pub id: i32,
    pub x: f64,
    pub y: f64,
    pub place: Place,
}

pub struct Truck {
    pub mark: Mark,
    pub class: &'static str,
    /// Where it is going.
    pub goal: Option<(f64, f64)>,
}

impl Drawing {
    pub fn of(fleet: &Fleet) -> Self {
        let point = |place: Place| Point::new(place.x, place.y);
        let trucks = fleet.trucks.iter();
        let places = trucks.flat_map(|it| [Some(it.at), it.to, it.destination]).flatten();
        let places = places.chain(fleet.warehouses.iter().map(|it| it.at)).map(point);
        let ground = Ground::around(places);
        let mark = |id: i32, place: Place| {
            let (x, y) = ground.frame.put(point(place));
            Mark { id, x, y, place }
        };
        let truck = |it: &TruckView| Truck {
            mark: mark(it.id, it.at),
            class: it.class(),
            goal: it.to.map(|to| ground.frame.put(point(to))),
        };
        let warehouses = fleet.warehouses.iter().map(|it| mark(it.id, it.at)).collect();
        let trucks: Vec<_> = fleet.trucks.iter().map(truck).collect();
        let is_crowded = trucks.len() > LABELLED_MAX;
        Self { warehouses, trucks, is_crowded, ground }
    }
}
