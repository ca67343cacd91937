//! A set of sequence numbers in bounded memory.
//!
//! Numbers that follow each other share one range, so a peer that counts
//! 1, 2, 3 costs one entry however long it talks, and one whose other half of
//! the numbers goes elsewhere costs an entry a gap, up to the bound.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::basis::Seq;

/// The numbers seen, as ranges that neither touch nor overlap.
///
/// Past `ranges_max` ranges the lowest two become one: the oldest gap counts
/// as seen. That is safe towards a sender whose newest message in flight is
/// fewer than `ranges_max` messages ahead of its oldest, because it never goes
/// back that far; see [`ResendPolicy::ranges_needed`](super::ResendPolicy::ranges_needed).
/// Who can not rely on its sender asks [`Self::is_blurred`] first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeqRanges {
    /// First number of a range -> its last.
    ranges: BTreeMap<i64, i64>,
    ranges_max: usize,
    /// From the first number of the gaps that were closed to the last; what lies between two of
    /// them may be neither.
    blurred: Option<(i64, i64)>,
}

impl SeqRanges {
    /// An empty set of at most `ranges_max` ranges (at least one).
    pub fn new(ranges_max: usize) -> Self {
        Self { ranges: BTreeMap::new(), ranges_max: ranges_max.max(1), blurred: None }
    }

    /// A set of whole ranges, each with its first and last number, that neither
    /// touch nor overlap: what a database made of many numbers.
    pub fn of_ranges(ranges_max: usize, ranges: impl IntoIterator<Item = (Seq, Seq)>) -> Self {
        let ranges = ranges.into_iter().map(|(first, last)| (first.0, last.0)).collect();
        let mut set = Self { ranges, ranges_max: ranges_max.max(1), blurred: None };
        while set.ranges.len() > set.ranges_max {
            set.close_oldest_gap();
        }
        set
    }

    pub fn contains(&self, seq: Seq) -> bool {
        self.ranges.range(..=seq.0).next_back().is_some_and(|(_, last)| seq.0 <= *last)
    }

    /// Whether a number counts as seen and may never have been: gaps around it were closed.
    pub fn is_blurred(&self, seq: Seq) -> bool {
        self.contains(seq)
            && self.blurred.is_some_and(|(first, last)| (first..=last).contains(&seq.0))
    }

    /// Adds a number; false where it was there.
    pub fn insert(&mut self, seq: Seq) -> bool {
        // Who counts by one makes the last range longer, nearly always.
        if let Some(mut latest) = self.ranges.last_entry()
            && latest.get().checked_add(1) == Some(seq.0)
        {
            *latest.get_mut() = seq.0;
            return true;
        }
        if self.contains(seq) {
            return false;
        }
        let follows = seq.0.checked_sub(1).and_then(|before| {
            self.ranges.range(..=before).next_back().filter(|(_, last)| **last == before)
        });
        let first = follows.map_or(seq.0, |(first, _)| *first);
        let last = seq.0.checked_add(1).and_then(|after| self.ranges.remove(&after));
        self.ranges.insert(first, last.unwrap_or(seq.0));
        self.close_oldest_gap();
        true
    }

    /// How many ranges are kept; the memory used is proportional to it.
    pub fn range_count(&self) -> usize {
        self.ranges.len()
    }

    fn close_oldest_gap(&mut self) {
        if self.ranges.len() <= self.ranges_max {
            return;
        }
        let lowest = self.ranges.pop_first();
        if let (Some((first, before)), Some((after, last))) = (lowest, self.ranges.pop_first()) {
            self.ranges.insert(first, last);
            // The gap is not empty, so neither end of it is an end of the numbers.
            let (from, to) = (before + 1, after - 1);
            let earlier = self.blurred.unwrap_or((from, to));
            self.blurred = Some((earlier.0.min(from), earlier.1.max(to)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_never_seen_is_new_between_closed_gaps_too() {
        let mut seen = SeqRanges::new(4);
        let numbers = [10, 20, 30, 40, 50].into_iter().chain(31..40).chain(41..50);
        for seq in numbers.chain([5, 3, 60]) {
            seen.insert(Seq(seq));
        }
        assert!(seen.is_blurred(Seq(4)) && seen.is_blurred(Seq(15)));
        assert!(!seen.contains(Seq(7)) && !seen.is_blurred(Seq(7)));
    }

    #[test]
    fn neighbours_become_one_range() {
        let mut seen = SeqRanges::new(8);
        for seq in [1, 3, 2, 0, 5] {
            assert!(seen.insert(Seq(seq)));
        }
        assert_eq!(seen.range_count(), 2);
        assert!(!seen.insert(Seq(2)));
        assert!(!seen.contains(Seq(4)));
    }

    #[test]
    fn whole_ranges_are_the_same_as_their_numbers() {
        let mut one_by_one = SeqRanges::new(8);
        for seq in [1, 2, 3, 7, 8] {
            one_by_one.insert(Seq(seq));
        }
        let whole = SeqRanges::of_ranges(8, [(Seq(1), Seq(3)), (Seq(7), Seq(8))]);
        assert_eq!(whole, one_by_one);
        assert_eq!(SeqRanges::of_ranges(1, [(Seq(1), Seq(3)), (Seq(7), Seq(8))]).range_count(), 1);
    }

    #[test]
    fn the_ends_of_the_numbers_are_numbers() {
        let mut seen = SeqRanges::new(8);
        assert!(seen.insert(Seq(i64::MAX)));
        assert!(seen.insert(Seq(i64::MIN)));
        assert!(!seen.insert(Seq(i64::MAX)));
        assert!(seen.contains(Seq(i64::MIN)));
    }

    #[test]
    fn past_the_bound_the_oldest_gap_is_closed() {
        let mut seen = SeqRanges::new(3);
        for seq in [10, 20, 30, 40] {
            seen.insert(Seq(seq));
        }
        assert_eq!(seen.range_count(), 3);
        assert!(seen.contains(Seq(15)), "the oldest gap counts as seen");
        assert!(!seen.contains(Seq(25)));
    }

    #[test]
    fn what_is_in_a_closed_gap_is_told_from_what_was_seen() {
        let mut seen = SeqRanges::new(3);
        for seq in [10, 20, 30, 40] {
            seen.insert(Seq(seq));
        }
        let blurred = |seen: &SeqRanges| (0..50).filter(|seq| seen.is_blurred(Seq(*seq))).count();
        assert_eq!(blurred(&seen), 9, "11 to 19");
        assert!(!seen.is_blurred(Seq(10)) && !seen.is_blurred(Seq(20)));
        // One below all others is new, and closes the gap above itself.
        assert!(!seen.contains(Seq(3)) && seen.insert(Seq(3)));
        assert_eq!(blurred(&seen), 16, "4 to 19");
        seen.insert(Seq(i64::MIN));
        seen.insert(Seq(i64::MAX));
        assert!(seen.is_blurred(Seq(i64::MIN + 1)) && !seen.is_blurred(Seq(i64::MIN)));
    }
}
