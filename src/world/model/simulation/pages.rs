//! A map in pages, which a copy shares until they change: a copy of a million entries
//! takes as long as one of some thousand pages.
//!
//! It knows nothing of what it holds, and not how that is written.

use std::{
    collections::BTreeMap,
    ops::Bound::{Excluded, Unbounded},
    sync::Arc,
};

/// Entries of a page; as many are moved at most where one comes or goes.
const PAGE_MAX: usize = 128;
/// A page with fewer is put together with the next one, where that has few, too.
const PAGE_MIN: usize = PAGE_MAX / 4;

type Page<K, V> = Vec<(K, V)>;

#[derive(Debug, Clone)]
pub(in crate::world::model) struct Pages<K, V> {
    /// By a key that is none of theirs or the first, and behind all of the page before.
    pages: BTreeMap<K, Arc<Page<K, V>>>,
    len: usize,
}

impl<K: Ord + Copy, V: Clone> Pages<K, V> {
    pub(in crate::world::model) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn get(&self, key: K) -> Option<&V> {
        let (_, page) = self.pages.range(..=key).next_back()?;
        let index = page.binary_search_by_key(&key, |(key, _)| *key).ok()?;
        Some(&page[index].1)
    }

    pub(super) fn get_mut(&mut self, key: K) -> Option<&mut V> {
        let (_, page) = self.pages.range_mut(..=key).next_back()?;
        let index = page.binary_search_by_key(&key, |(key, _)| *key).ok()?;
        Some(&mut Arc::make_mut(page)[index].1)
    }

    pub(super) fn insert(&mut self, key: K, value: V) {
        if let Some(there) = self.get_mut(key) {
            *there = value;
            return;
        }
        self.len += 1;
        let page = Arc::make_mut(self.page_for(key));
        let index = page.partition_point(|(other, _)| *other < key);
        if page.len() < PAGE_MAX {
            page.insert(index, (key, value));
        } else if index == page.len() {
            // Keys that rise leave full pages behind.
            self.pages.insert(key, Arc::new(vec![(key, value)]));
        } else {
            let mut upper = page.split_off(PAGE_MAX / 2);
            let first = upper[0].0;
            let half = if key < first { page } else { &mut upper };
            let index = half.partition_point(|(other, _)| *other < key);
            half.insert(index, (key, value));
            self.pages.insert(first, Arc::new(upper));
        }
    }

    pub(super) fn remove(&mut self, key: K) -> Option<V> {
        let (home, page) = self.pages.range_mut(..=key).next_back()?;
        let home = *home;
        let index = page.binary_search_by_key(&key, |(key, _)| *key).ok()?;
        let page = Arc::make_mut(page);
        let (_, value) = page.remove(index);
        self.len -= 1;
        if page.len() < PAGE_MIN {
            self.close_up(home);
        }
        Some(value)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &(K, V)> {
        self.pages.values().flat_map(|page| page.iter())
    }

    /// Those behind a key.
    pub(super) fn after(&self, after: Option<K>) -> impl Iterator<Item = &(K, V)> {
        let home = after.and_then(|key| Some(*self.pages.range(..=key).next_back()?.0));
        let pages = match home {
            Some(home) => self.pages.range(home..),
            None => self.pages.range(..),
        };
        let is_before = move |(key, _): &&(K, V)| after.is_some_and(|after| *key <= after);
        pages.flat_map(|(_, page)| page.iter()).skip_while(is_before)
    }

    /// The first page, which is none of it any more.
    pub(in crate::world::model) fn take_page(&mut self) -> Option<Arc<Page<K, V>>> {
        let (_, page) = self.pages.pop_first()?;
        self.len -= page.len();
        Some(page)
    }

    /// Where a key belongs, be it there or not.
    fn page_for(&mut self, key: K) -> &mut Arc<Page<K, V>> {
        let home = match self.pages.range(..=key).next_back() {
            Some((home, _)) => *home,
            None => {
                // Below all others: the first page begins there from now on.
                let page = self.pages.pop_first().map(|(_, page)| page).unwrap_or_default();
                self.pages.insert(key, page);
                key
            }
        };
        self.pages.entry(home).or_default()
    }

    /// Gives back the room that a page does not need any more.
    fn close_up(&mut self, home: K) {
        let next = self.pages.range((Excluded(home), Unbounded)).next();
        let next = next.filter(|(_, page)| page.len() <= PAGE_MAX / 2).map(|(next, _)| *next);
        let following = next.and_then(|next| self.pages.remove(&next));
        let Some(page) = self.pages.get_mut(&home).map(Arc::make_mut) else { return };
        if let Some(following) = following {
            page.extend(following.iter().cloned());
        }
        page.shrink_to(page.len() * 2);
        if page.is_empty() {
            self.pages.remove(&home);
        }
    }
}

impl<K, V> Default for Pages<K, V> {
    fn default() -> Self {
        Self { pages: BTreeMap::new(), len: 0 }
    }
}

impl<K: Ord + Copy, V: Clone + PartialEq> PartialEq for Pages<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().eq(other.iter())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(pages: &Pages<i64, i64>, plain: &BTreeMap<i64, i64>) {
        assert_eq!(pages.len(), plain.len());
        assert!(pages.iter().copied().eq(plain.iter().map(|(key, value)| (*key, *value))));
        let room: usize = pages.pages.values().map(|page| page.capacity()).sum();
        assert!(room <= 8 * plain.len() + 2 * PAGE_MAX, "{room} for {}", plain.len());
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn it_holds_what_a_map_holds_and_a_copy_what_was_there(
            // Rising keys and any others, and more that go than come at times.
            steps in prop::collection::vec((0..6, 0..900_i64), 0..4_000),
            turn in 0..4_000_usize,
        ) {
            let (mut pages, mut plain, mut next) = (Pages::default(), BTreeMap::new(), 0);
            let mut copies = None;
            for (step, (kind, key)) in steps.into_iter().enumerate() {
                if step == turn {
                    copies = Some((pages.clone(), plain.clone()));
                }
                match kind {
                    0 | 1 if step < turn => {
                        next += 1;
                        pages.insert(next, key);
                        plain.insert(next, key);
                    }
                    0..=2 => {
                        pages.insert(key, key);
                        plain.insert(key, key);
                    }
                    3 => {
                        let (one, other) = (pages.get_mut(key), plain.get_mut(&key));
                        prop_assert_eq!(&one, &other);
                        one.into_iter().chain(other).for_each(|value| *value += 1);
                    }
                    _ => prop_assert_eq!(pages.remove(key), plain.remove(&key)),
                }
                prop_assert_eq!(pages.get(key), plain.get(&key));
            }
            check(&pages, &plain);
            for after in [None, Some(-1), Some(450), Some(899)] {
                let rest = plain.range((after.map_or(Unbounded, Excluded), Unbounded));
                prop_assert!(pages.after(after).copied().eq(rest.map(|(key, value)| (*key, *value))));
            }
            if let Some((pages, plain)) = copies {
                check(&pages, &plain);
            }
            let keys: Vec<i64> = plain.keys().copied().collect();
            keys.into_iter().for_each(|key| assert!(pages.remove(key).is_some()));
            prop_assert_eq!(pages.pages.len(), 0);
        }
    }
}
