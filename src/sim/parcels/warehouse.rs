//! A warehouse: packing stations and the orders that wait for one; and the map
//! of where the warehouses are.
//!
//! It has no idea of trucks: a packed order is wanted by somebody else.

use std::collections::VecDeque;

use crate::sim::engine::Agenda;

use super::{
    Params,
    model::{Message, Office, Place},
};

pub(super) struct Warehouse {
    id: u32,
    free_stations: u32,
    queue: VecDeque<u32>,
}

impl Warehouse {
    pub(super) fn new(id: u32, stations: u32) -> Self {
        Self { id, free_stations: stations, queue: VecDeque::new() }
    }

    #[inline]
    pub(super) fn ordered(&mut self, order: u32, office: &Office, agenda: &mut Agenda<Message>) {
        if self.free_stations == 0 {
            self.queue.push_back(order);
            return;
        }
        self.free_stations -= 1;
        self.start(order, office, agenda);
    }

    #[inline]
    pub(super) fn packed(&mut self, order: u32, office: &mut Office, agenda: &mut Agenda<Message>) {
        office.tally.events += 1;
        match self.queue.pop_front() {
            Some(next) => self.start(next, office, agenda),
            None => self.free_stations += 1,
        }
        agenda.send(Message::Wanted { warehouse: self.id, order });
    }

    #[inline]
    fn start(&self, order: u32, office: &Office, agenda: &mut Agenda<Message>) {
        let packed = Message::Packed { warehouse: self.id, order };
        agenda.send_in(office.order(order).pack_ns, packed);
    }
}

/// Where the warehouses are: a square of them, evenly spaced.
pub(super) struct WarehouseMap {
    side: u32,
    /// Their coordinates, the same along both axes.
    at: Vec<u32>,
    /// For each coordinate the nearest of those, the lower where two are as near.
    nearest: Vec<u32>,
}

impl WarehouseMap {
    pub(super) fn new(params: &Params) -> Self {
        let (side, grid) = (params.wh_side, params.grid);
        // Below 2^32: the grid is at most 2^15 and the side at most 2^10.
        let at: Vec<u32> = (0..side).map(|nth| (2 * nth + 1) * grid / (2 * side)).collect();
        let nearest_to = |coordinate: u32| {
            let nearest = at.iter().enumerate().min_by_key(|(_, at)| at.abs_diff(coordinate));
            nearest.map_or(0, |(nth, _)| nth as u32)
        };
        let nearest = (0..grid).map(nearest_to).collect();
        Self { side, at, nearest }
    }

    pub(super) fn count(&self) -> u32 {
        self.side * self.side
    }

    #[inline]
    pub(super) fn place(&self, id: u32) -> Place {
        Place { x: self.at[(id % self.side) as usize], y: self.at[(id / self.side) as usize] }
    }

    /// The warehouse nearest to a place, the lowest id where several are.
    ///
    /// Manhattan distance is a sum over the axes, so each axis is decided alone.
    #[inline]
    pub(super) fn nearest(&self, to: Place) -> u32 {
        self.nearest[to.y as usize] * self.side + self.nearest[to.x as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::parcels::Recipe;

    #[test]
    fn the_nearest_warehouse_is_the_one_that_a_search_finds() {
        for side in [1, 3, 4, 7] {
            let params = Params { grid: 40, wh_side: side, ..Recipe::small().params };
            let map = WarehouseMap::new(&params);
            for (x, y) in (0..40).flat_map(|x| (0..40).map(move |y| (x, y))) {
                let dist = |id: &u32| {
                    let at = map.place(*id);
                    (at.x.abs_diff(x) + at.y.abs_diff(y), *id)
                };
                let searched = (0..map.count()).min_by_key(dist).unwrap();
                assert_eq!(map.nearest(Place { x, y }), searched, "side {side} at {x},{y}");
            }
        }
    }
}
