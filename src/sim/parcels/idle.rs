//! The idle trucks, and which of them is nearest to a place.
//!
//! A bucket grid: squares of the map with the trucks that stand in each. The
//! search goes outwards ring by ring from the square of the place and stops
//! where no further ring can hold a nearer truck. Where trucks are few there
//! is one square, and the search is a walk through a short list.

use super::model::Place;

/// One square for fewer trucks than this.
const FEW: u32 = 256;
/// Trucks in a square where all are idle; a third of them usually is.
const TRUCKS_PER_SQUARE: f64 = 4.0;

#[derive(Clone, Copy)]
struct Idle {
    at: Place,
    truck: u32,
}

pub(super) struct IdleTrucks {
    /// Cells along the side of a square.
    cells: u32,
    /// Squares along the side of the grid.
    side: u32,
    squares: Vec<Vec<Idle>>,
    count: usize,
}

/// The nearest truck so far: its distance and id in one number that compares right.
struct Best {
    key: u64,
    square: usize,
    nth: usize,
}

impl IdleTrucks {
    pub(super) fn new(grid: u32, trucks: u32) -> Self {
        let cells = if trucks < FEW {
            grid
        } else {
            let ideal = f64::from(grid) * (TRUCKS_PER_SQUARE / f64::from(trucks)).sqrt();
            (ideal.round() as u32).clamp(1, grid)
        };
        let side = grid.div_ceil(cells);
        let squares = vec![Vec::new(); (side * side) as usize];
        Self { cells, side, squares, count: 0 }
    }

    #[inline]
    pub(super) fn insert(&mut self, truck: u32, at: Place) {
        let square = (at.y / self.cells) * self.side + at.x / self.cells;
        self.squares[square as usize].push(Idle { at, truck });
        self.count += 1;
    }

    /// Takes out the truck nearest to a place, the lowest id where several are.
    #[inline]
    pub(super) fn take_nearest(&mut self, to: Place) -> Option<u32> {
        if self.count == 0 {
            return None;
        }
        let best = self.nearest(to);
        self.count -= 1;
        Some(self.squares[best.square].swap_remove(best.nth).truck)
    }

    fn nearest(&self, to: Place) -> Best {
        let (column, row) = (to.x / self.cells, to.y / self.cells);
        let mut best = Best { key: u64::MAX, square: 0, nth: 0 };
        self.search(row * self.side + column, to, &mut best);
        for ring in 1..self.side {
            // Strictly nearer than anything further out: an equal distance could have a lower id.
            if best.key >> 32 < u64::from(self.clearance(to, column, row, ring)) {
                break;
            }
            self.search_ring(ring, column, row, to, &mut best);
        }
        best
    }

    /// The least distance from a place to a cell of the ring or beyond.
    fn clearance(&self, to: Place, column: u32, row: u32, ring: u32) -> u32 {
        let (x, y) = (to.x - column * self.cells, to.y - row * self.cells);
        let nearest_edge = x.min(y).min(self.cells - 1 - x).min(self.cells - 1 - y);
        (ring - 1) * self.cells + nearest_edge + 1
    }

    fn search_ring(&self, ring: u32, column: u32, row: u32, to: Place, best: &mut Best) {
        let last = self.side - 1;
        let (left, right) = (column.saturating_sub(ring), (column + ring).min(last));
        let (top, bottom) = (row.checked_sub(ring), row + ring);
        if let Some(top) = top {
            (left..=right).for_each(|column| self.search(top * self.side + column, to, best));
        }
        if bottom <= last {
            (left..=right).for_each(|column| self.search(bottom * self.side + column, to, best));
        }
        let rows = top.map_or(0, |top| top + 1)..bottom.min(self.side);
        if let Some(left) = column.checked_sub(ring) {
            rows.clone().for_each(|row| self.search(row * self.side + left, to, best));
        }
        if column + ring <= last {
            rows.for_each(|row| self.search(row * self.side + column + ring, to, best));
        }
    }

    #[inline]
    fn search(&self, square: u32, to: Place, best: &mut Best) {
        let square = square as usize;
        for (nth, idle) in self.squares[square].iter().enumerate() {
            let distance = idle.at.x.abs_diff(to.x) + idle.at.y.abs_diff(to.y);
            let key = (u64::from(distance) << 32) | u64::from(idle.truck);
            if key < best.key {
                *best = Best { key, square, nth };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::parcels::SplitMix64;

    #[test]
    fn the_nearest_truck_is_the_one_that_a_search_of_all_finds() {
        let mut random = SplitMix64::new(5);
        for (grid, trucks) in [(1, 300), (37, 300), (100, 64), (100, 2000), (400, 1000)] {
            let mut idle = IdleTrucks::new(grid, trucks);
            let mut all = std::collections::BTreeMap::new();
            let mut place = || Place {
                x: random.below(u64::from(grid)) as u32,
                y: random.below(u64::from(grid)) as u32,
            };
            for truck in 0..trucks {
                let at = place();
                idle.insert(truck, at);
                all.insert(truck, at);
            }
            for _ in 0..trucks {
                let to = place();
                let dist = |at: &Place| at.x.abs_diff(to.x) + at.y.abs_diff(to.y);
                let (_, nearest) = all.iter().map(|(truck, at)| (dist(at), *truck)).min().unwrap();
                assert_eq!(idle.take_nearest(to), Some(nearest), "{trucks} trucks on {grid}");
                all.remove(&nearest);
            }
            assert_eq!(idle.take_nearest(place()), None);
        }
    }
}
