//! What is kept of numbered messages until they are acked.
//!
//! It is a map, for numbers that come nearly always in rising order and go in about
//! the same, a million of them maybe: so they stand in one row, one that goes leaves
//! a hole, and holes are closed when they are many. When something is sent is not
//! known here.

use std::collections::VecDeque;

use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::SerializeSeq as _};

use crate::basis::Seq;

/// Fewer holes than this are not worth closing.
const HOLES_MIN: usize = 64;

/// Values by sequence number.
#[derive(Debug, Clone)]
pub struct SeqRow<T> {
    /// By number; the first and the last are never holes.
    row: VecDeque<(Seq, Option<T>)>,
    holes: usize,
}

impl<T> SeqRow<T> {
    pub fn new() -> Self {
        Self { row: VecDeque::new(), holes: 0 }
    }

    /// Puts a value under a number; false where one is there.
    pub fn insert(&mut self, seq: Seq, value: T) -> bool {
        if self.row.back().is_none_or(|(last, _)| *last < seq) {
            self.row.push_back((seq, Some(value)));
            return true;
        }
        match self.row.binary_search_by_key(&seq, |(seq, _)| *seq) {
            Ok(index) if self.row[index].1.is_some() => return false,
            Ok(index) => {
                self.row[index].1 = Some(value);
                self.holes -= 1;
            }
            Err(index) => self.row.insert(index, (seq, Some(value))),
        }
        true
    }

    pub fn get(&self, seq: Seq) -> Option<&T> {
        self.row[self.index(seq)?].1.as_ref()
    }

    pub fn get_mut(&mut self, seq: Seq) -> Option<&mut T> {
        let index = self.index(seq)?;
        self.row[index].1.as_mut()
    }

    pub fn remove(&mut self, seq: Seq) -> Option<T> {
        let index = self.index(seq)?;
        let value = self.row[index].1.take()?;
        self.holes += 1;
        self.close_holes();
        Some(value)
    }

    pub fn len(&self) -> usize {
        self.row.len() - self.holes
    }

    pub fn is_empty(&self) -> bool {
        self.row.is_empty()
    }

    pub fn first(&self) -> Option<(Seq, &T)> {
        self.iter().next()
    }

    /// In rising order.
    pub fn iter(&self) -> impl Iterator<Item = (Seq, &T)> {
        self.row.iter().filter_map(|(seq, value)| Some((*seq, value.as_ref()?)))
    }

    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.row.iter_mut().filter_map(|(_, value)| value.as_mut())
    }

    /// Those from a number on, in rising order.
    pub fn from(&self, seq: Seq) -> impl Iterator<Item = (Seq, &T)> {
        let begin = self.index(seq).unwrap_or_else(|| self.row.partition_point(|it| it.0 < seq));
        self.row.range(begin..).filter_map(|(seq, value)| Some((*seq, value.as_ref()?)))
    }

    fn index(&self, seq: Seq) -> Option<usize> {
        let (first, _) = self.row.front()?;
        // Where no number between is missing it stands here, and nowhere behind.
        let at_most = usize::try_from(seq.0.checked_sub(first.0)?).ok()?.min(self.row.len() - 1);
        if self.row[at_most].0 == seq {
            return Some(at_most);
        }
        self.row.binary_search_by_key(&seq, |(seq, _)| *seq).ok()
    }

    fn close_holes(&mut self) {
        while self.row.pop_front_if(|(_, value)| value.is_none()).is_some() {
            self.holes -= 1;
        }
        while self.row.pop_back_if(|(_, value)| value.is_none()).is_some() {
            self.holes -= 1;
        }
        if self.holes > HOLES_MIN.max(self.row.len() / 2) {
            self.row.retain(|(_, value)| value.is_some());
            self.holes = 0;
        }
        // What a burst needed is given back after it.
        if self.row.capacity() > HOLES_MIN.max(self.row.len() * 8) {
            self.row.shrink_to(self.row.len() * 2);
        }
    }
}

impl<T> Default for SeqRow<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: PartialEq> PartialEq for SeqRow<T> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<T: Serialize> Serialize for SeqRow<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.len()))?;
        self.iter().try_for_each(|pair| seq.serialize_element(&pair))?;
        seq.end()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for SeqRow<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let pairs = Vec::<(Seq, T)>::deserialize(deserializer)?;
        let row = pairs.into_iter().map(|(seq, value)| (seq, Some(value))).collect();
        Ok(Self { row, holes: 0 })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_holds_what_a_map_holds(
            steps in prop::collection::vec((0..8, 0..400_i64), 0..600),
        ) {
            let (mut row, mut map, mut last) = (SeqRow::new(), BTreeMap::new(), 0);
            for (kind, number) in steps {
                match kind {
                    0 => prop_assert_eq!(
                        row.insert(Seq(number), number),
                        map.insert(Seq(number), number).is_none()
                    ),
                    1..=3 => {
                        last = 1 + number % 3 + map.keys().next_back().map_or(last, |seq| seq.0);
                        prop_assert!(row.insert(Seq(last), last));
                        map.insert(Seq(last), last);
                    }
                    _ => prop_assert_eq!(row.remove(Seq(number)), map.remove(&Seq(number))),
                }
                prop_assert_eq!(row.len(), map.len());
                prop_assert_eq!(row.is_empty(), map.is_empty());
                prop_assert_eq!(row.get(Seq(number)), map.get(&Seq(number)));
                let (from, of_map) = (row.from(Seq(number)), map.range(Seq(number)..));
                prop_assert!(from.eq(of_map.map(|(seq, value)| (*seq, value))));
            }
            prop_assert!(row.iter().eq(map.iter().map(|(seq, value)| (*seq, value))));
            let bytes = postcard::to_stdvec(&row).unwrap();
            prop_assert_eq!(&bytes, &postcard::to_stdvec(&map).unwrap());
            prop_assert_eq!(postcard::from_bytes::<SeqRow<i64>>(&bytes).unwrap(), row);
        }
    }

    #[test]
    fn holes_take_no_room_for_long() {
        let mut row = SeqRow::new();
        (0..10_000).for_each(|seq| assert!(row.insert(Seq(seq), seq)));
        // All but the first and the last.
        (1..9_999).for_each(|seq| assert_eq!(row.remove(Seq(seq)), Some(seq)));
        assert!(row.row.len() <= 2 + HOLES_MIN && row.row.capacity() <= 16 * HOLES_MIN);
        assert_eq!(row.remove(Seq(i64::MIN)), None);
        assert_eq!(row.remove(Seq(i64::MAX)), None);
    }
}
