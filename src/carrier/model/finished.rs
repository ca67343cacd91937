//! Which shipments are finished, in little memory however their ids are chosen.
//!
//! Ids are the stores'. Most follow each other, and then they cost a range; where
//! they do not, 64 neighbours share one word. None is ever forgotten: a shipment
//! that is asked for again after its end must not be made a second time.

use std::collections::BTreeMap;

use crate::{
    basis::{PackageId, Seq},
    link::SeqRanges,
};

/// Ids in one block.
const BLOCK: i64 = 64;

/// A set of shipments that only grows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// Blocks of which all are finished, by number.
    whole: SeqRanges,
    /// The others of which some are: a bit for each id.
    parts: BTreeMap<i64, u64>,
}

impl Finished {
    pub fn new() -> Self {
        Self { whole: SeqRanges::new(usize::MAX), parts: BTreeMap::new() }
    }

    /// All ids in these ranges, each with its first and last, that neither touch nor
    /// overlap: what a database made of them.
    pub fn of_ranges(ranges: impl IntoIterator<Item = (PackageId, PackageId)>) -> Self {
        let mut set = Self::new();
        let mut whole = Vec::new();
        for (PackageId(first), PackageId(last)) in ranges {
            let (first_block, last_block) = (first.div_euclid(BLOCK), last.div_euclid(BLOCK));
            for block in [first_block, last_block] {
                set.add(block, bits(block, first, last));
            }
            if last_block - first_block > 1 {
                whole.push((Seq(first_block + 1), Seq(last_block - 1)));
            }
        }
        let ends: Vec<Seq> = set.take_whole();
        set.whole = SeqRanges::of_ranges(usize::MAX, whole);
        for block in ends {
            set.whole.insert(block);
        }
        set
    }

    /// False where it was finished before.
    pub fn insert(&mut self, PackageId(id): PackageId) -> bool {
        let is_new = !self.contains(PackageId(id));
        let block = id.div_euclid(BLOCK);
        if is_new && self.add(block, bits(block, id, id)) == u64::MAX {
            self.parts.remove(&block);
            self.whole.insert(Seq(block));
        }
        is_new
    }

    pub fn contains(&self, PackageId(id): PackageId) -> bool {
        let block = id.div_euclid(BLOCK);
        let is_part = || self.parts.get(&block).is_some_and(|part| part & bits(block, id, id) != 0);
        self.whole.contains(Seq(block)) || is_part()
    }

    /// Ranges and words kept; the memory used is proportional to it.
    pub fn size(&self) -> usize {
        self.whole.range_count() + self.parts.len()
    }

    fn add(&mut self, block: i64, bits: u64) -> u64 {
        let part = self.parts.entry(block).or_default();
        *part |= bits;
        *part
    }

    fn take_whole(&mut self) -> Vec<Seq> {
        let whole = self.parts.extract_if(.., |_, part| *part == u64::MAX);
        whole.map(|(block, _)| Seq(block)).collect()
    }
}

impl Default for Finished {
    fn default() -> Self {
        Self::new()
    }
}

/// The bits of a block's ids from `first` to `last`.
fn bits(block: i64, first: i64, last: i64) -> u64 {
    let within = |id: i64| if id.div_euclid(BLOCK) == block { id.rem_euclid(BLOCK) } else { -1 };
    let from = within(first).max(0);
    let to = if within(last) < 0 { BLOCK - 1 } else { within(last) };
    (u64::MAX << from) & (u64::MAX >> (BLOCK - 1 - to))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ids_with_gaps_cost_a_word_for_many_and_ids_without_a_range() {
        let (mut even, mut all) = (Finished::new(), Finished::new());
        for id in 0..64_000 {
            assert!(all.insert(PackageId(id)));
            even.insert(PackageId(2 * id));
        }
        assert_eq!((all.size(), even.size()), (1, 2000));
        assert!(!even.insert(PackageId(4)) && !even.contains(PackageId(5)));
    }

    #[test]
    fn the_ends_of_the_ids_are_ids() {
        let mut finished = Finished::new();
        for id in [i64::MIN, i64::MAX, -1, 0] {
            assert!(finished.insert(PackageId(id)) && finished.contains(PackageId(id)));
        }
        assert!(!finished.contains(PackageId(1)) && !finished.contains(PackageId(-2)));
    }

    proptest! {
        #[test]
        fn it_is_the_set_of_what_was_put_in_also_by_ranges(
            ids in proptest::collection::vec(-300_i64..300, 0..600),
        ) {
            let (mut finished, mut plain) = (Finished::new(), BTreeSet::new());
            for id in ids {
                prop_assert_eq!(finished.insert(PackageId(id)), plain.insert(id));
            }
            for id in -310..310 {
                prop_assert_eq!(finished.contains(PackageId(id)), plain.contains(&id));
            }
            let mut ranges: Vec<(PackageId, PackageId)> = Vec::new();
            for id in plain.into_iter().map(PackageId) {
                match ranges.last_mut().filter(|(_, last)| last.0 + 1 == id.0) {
                    Some((_, last)) => *last = id,
                    None => ranges.push((id, id)),
                }
            }
            prop_assert_eq!(Finished::of_ranges(ranges), finished);
        }
    }
}
