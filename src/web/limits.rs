//! How often somebody may ask: quotas for each key, and pauses that grow with each failure.
//!
//! Pure: it is told the time, as the span since any fixed moment. What is counted, and by
//! which key, is for the sites to say. What it remembers is bounded: of more keys than that,
//! those seen longest ago are forgotten.

mod pauses;
mod quota;

use std::{collections::HashMap, hash::Hash};

pub use self::{
    pauses::Pauses,
    quota::{Exceeded, Left, Quota, Quotas},
};

/// Keys remembered, half of them recent.
const KEYS_MAX: usize = 100_000;

/// A map of two generations: when the young one is full, the old one is forgotten.
#[derive(Debug)]
struct Recent<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
}

impl<K: Hash + Eq, V: Default> Recent<K, V> {
    fn new() -> Self {
        Self { young: HashMap::new(), old: HashMap::new() }
    }

    fn of(&mut self, key: K) -> &mut V {
        if !self.young.contains_key(&key) && self.young.len() >= KEYS_MAX / 2 {
            self.old = std::mem::take(&mut self.young);
        }
        let before = self.old.remove(&key);
        self.young.entry(key).or_insert_with(|| before.unwrap_or_default())
    }

    fn forget(&mut self, key: &K) {
        self.young.remove(key);
        self.old.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_bounded_and_keeps_what_is_seen_often() {
        let mut recent: Recent<usize, u32> = Recent::new();
        for n in 0..KEYS_MAX * 2 {
            *recent.of(n) += 1;
            *recent.of(0) += 1;
        }
        assert!(recent.young.len() + recent.old.len() <= KEYS_MAX);
        assert_eq!(*recent.of(0), u32::try_from(KEYS_MAX * 2 + 1).unwrap());
        assert_eq!(*recent.of(1), 0, "forgotten");
    }
}
