//! Messages for later moments: a 4-ary heap of keys, the messages in slots beside it.
//!
//! Not a general priority queue: it is made for the habit of event loops to
//! take one event and then send one or two.
//!
//! A key is one 128-bit number, so that one comparison decides: the moment,
//! then the number of the sending, then the slot of the message. Messages do
//! not move while keys do. A popped key leaves a hole at the top, which the
//! next push fills from there, so that an event that causes another costs one
//! way through the heap and not two.
//!
//! ```text
//!   127        64 63         24 23     0
//!   │  moment   │ │  sending  │ │ slot │
//! ```

const SLOT_BITS: u32 = 24;
const SENDING_BITS: u32 = 40;
const FANOUT: usize = 4;

#[derive(Debug)]
pub(super) struct Timers<M> {
    /// A heap, except that the first key means nothing while `hole` is set.
    keys: Vec<u128>,
    hole: bool,
    slots: Vec<Option<M>>,
    free: Vec<u32>,
    sendings: u64,
}

impl<M> Timers<M> {
    pub(super) fn new() -> Self {
        Self { keys: Vec::new(), hole: false, slots: Vec::new(), free: Vec::new(), sendings: 0 }
    }

    #[inline]
    pub(super) fn push(&mut self, moment: u64, message: M) {
        let slot = self.put(message);
        assert!(self.sendings < 1 << SENDING_BITS, "a run sends at most 2^40 timers");
        let number = (self.sendings << SLOT_BITS) | u64::from(slot);
        self.sendings += 1;
        let key = (u128::from(moment) << 64) | u128::from(number);
        if self.hole {
            self.hole = false;
            self.sift_down(key);
        } else {
            self.keys.push(key);
            self.sift_up(key);
        }
    }

    /// The message of the earliest moment, where that is no later than `until`.
    #[inline]
    pub(super) fn pop(&mut self, until: u64) -> Option<(u64, M)> {
        self.fill_hole();
        let key = *self.keys.first()?;
        let moment = (key >> 64) as u64;
        if moment > until {
            return None;
        }
        let slot = (key as u32) & ((1 << SLOT_BITS) - 1);
        let message = self.slots.get_mut(slot as usize)?.take()?;
        self.free.push(slot);
        self.hole = true;
        Some((moment, message))
    }

    pub(super) fn next_moment(&mut self) -> Option<u64> {
        self.fill_hole();
        self.keys.first().map(|key| (key >> 64) as u64)
    }

    pub(super) fn len(&self) -> usize {
        self.keys.len() - usize::from(self.hole)
    }

    #[inline]
    fn put(&mut self, message: M) -> u32 {
        if let Some(slot) = self.free.pop() {
            self.slots[slot as usize] = Some(message);
            return slot;
        }
        let slot = self.slots.len();
        assert!(slot < 1 << SLOT_BITS, "at most 2^24 timers are pending at a time");
        self.slots.push(Some(message));
        slot as u32
    }

    #[inline]
    fn fill_hole(&mut self) {
        if !std::mem::take(&mut self.hole) {
            return;
        }
        let Some(last) = self.keys.pop() else { return };
        if !self.keys.is_empty() {
            self.sift_down(last);
        }
    }

    /// Puts a key in from the top, where there is a hole.
    #[inline]
    fn sift_down(&mut self, key: u128) {
        let keys = self.keys.as_mut_slice();
        let mut hole = 0;
        loop {
            let first = FANOUT * hole + 1;
            let Some((child, least)) = least_of(keys, first) else { break };
            if least > key {
                break;
            }
            keys[hole] = least;
            hole = child;
        }
        keys[hole] = key;
    }

    /// Puts a key in from the bottom, where there is a place.
    #[inline]
    fn sift_up(&mut self, key: u128) {
        let keys = self.keys.as_mut_slice();
        let mut hole = keys.len() - 1;
        while hole > 0 {
            let parent = (hole - 1) / FANOUT;
            if keys[parent] < key {
                break;
            }
            keys[hole] = keys[parent];
            hole = parent;
        }
        keys[hole] = key;
    }
}

/// The least of up to four siblings, the first of which is at `first`.
#[inline]
fn least_of(keys: &[u128], first: usize) -> Option<(usize, u128)> {
    let siblings = keys.get(first..)?;
    if let Some(&[a, b, c, d]) = siblings.first_chunk::<FANOUT>() {
        let (left, right) =
            (lesser((first, a), (first + 1, b)), lesser((first + 2, c), (first + 3, d)));
        return Some(lesser(left, right));
    }
    let numbered = siblings.iter().enumerate().map(|(nth, key)| (first + nth, *key));
    numbered.reduce(lesser)
}

#[inline]
fn lesser(a: (usize, u128), b: (usize, u128)) -> (usize, u128) {
    if b.1 < a.1 { b } else { a }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    use super::*;

    proptest! {
        #[test]
        fn comes_out_as_from_an_ordered_map(steps in prop::collection::vec(prop::option::of(0u64..50), 1..400)) {
            let (mut timers, mut model, mut sent) = (Timers::new(), BTreeMap::new(), 0u32);
            for step in steps {
                match step {
                    Some(moment) => {
                        timers.push(moment, sent);
                        model.insert((moment, sent), ());
                        sent += 1;
                    }
                    None => {
                        let expected = model.pop_first().map(|(key, ())| key);
                        prop_assert_eq!(timers.pop(u64::MAX), expected);
                    }
                }
                prop_assert_eq!(timers.len(), model.len());
            }
            while let Some((expected, ())) = model.pop_first() {
                prop_assert_eq!(timers.next_moment(), Some(expected.0));
                prop_assert_eq!(timers.pop(u64::MAX), Some(expected));
            }
            prop_assert_eq!(timers.pop(u64::MAX), None);
        }
    }

    #[test]
    fn a_freed_slot_is_used_again() {
        let mut timers = Timers::new();
        for moment in 0..1000 {
            timers.push(moment, moment);
            timers.push(moment + 5, moment);
            timers.pop(u64::MAX);
            timers.pop(u64::MAX);
        }
        assert!(timers.slots.len() <= 2, "{} slots", timers.slots.len());
    }
}
