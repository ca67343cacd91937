//! Where a truck still has to go, in order, and which package is for which doorstep.
//!
//! There may be as many as packages; finding one takes no longer for it.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize, Serializer};

use crate::basis::{PackageId, Point};

/// A package and its doorstep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stop {
    pub(super) package: PackageId,
    pub(super) to: Point,
}

/// A truck's stops, one for each package.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(from = "VecDeque<Stop>")]
pub(super) struct Stops {
    row: VecDeque<Stop>,
    /// How many stops of this truck came before the first.
    gone: u64,
    /// Which stop of this truck a package is, counted from 0.
    places: BTreeMap<PackageId, u64>,
}

impl Stops {
    /// A package that has a stop keeps its turn and gets another doorstep.
    pub(super) fn put(&mut self, stop: Stop) {
        let last = self.gone + self.row.len() as u64;
        let place = *self.places.entry(stop.package).or_insert(last);
        // Both are in the row, so the difference is an index of it.
        match self.row.get_mut((place - self.gone) as usize) {
            Some(there) => *there = stop,
            None => self.row.push_back(stop),
        }
    }

    pub(super) fn of(&self, package: PackageId) -> Option<&Stop> {
        let place = self.places.get(&package)?;
        self.row.get((place - self.gone) as usize)
    }

    pub(super) fn first(&self) -> Option<&Stop> {
        self.row.front()
    }

    pub(super) fn take_first(&mut self) -> Option<Stop> {
        let first = self.row.pop_front()?;
        self.places.remove(&first.package);
        self.gone += 1;
        Some(first)
    }

    pub(super) fn len(&self) -> usize {
        self.row.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.row.is_empty()
    }

    #[cfg(any(test, fuzzing))]
    pub(super) fn iter(&self) -> impl Iterator<Item = &Stop> {
        self.row.iter()
    }
}

impl PartialEq for Stops {
    fn eq(&self, other: &Self) -> bool {
        self.row == other.row
    }
}

impl From<VecDeque<Stop>> for Stops {
    fn from(row: VecDeque<Stop>) -> Self {
        let places = (0..).zip(&row).map(|(place, stop)| (stop.package, place)).collect();
        Self { row, gone: 0, places }
    }
}

impl Serialize for Stops {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.row.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_package_is_found_wherever_it_stands(
            steps in prop::collection::vec((0..4, 0..30_i64, any::<i32>()), 0..300),
        ) {
            let (mut stops, mut plain) = (Stops::default(), Vec::<Stop>::new());
            for (kind, package, x) in steps {
                let stop = Stop { package: PackageId(package), to: Point::new(x, 0) };
                if kind == 0 {
                    let first = (!plain.is_empty()).then(|| plain.remove(0));
                    prop_assert_eq!(stops.take_first(), first);
                } else {
                    stops.put(stop);
                    match plain.iter_mut().find(|it| it.package == stop.package) {
                        Some(there) => *there = stop,
                        None => plain.push(stop),
                    }
                }
                prop_assert!(stops.iter().eq(&plain));
                let there = plain.iter().find(|it| it.package == stop.package);
                prop_assert_eq!(stops.of(stop.package), there);
            }
            let bytes = postcard::to_stdvec(&stops).unwrap();
            prop_assert_eq!(&bytes, &postcard::to_stdvec(&plain).unwrap());
            let again = postcard::from_bytes::<Stops>(&bytes).unwrap();
            prop_assert_eq!(again.places.len(), plain.len());
            prop_assert_eq!(again, stops);
        }
    }
}
