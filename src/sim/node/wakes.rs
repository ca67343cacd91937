//! When each resident wants to be woken.

use std::collections::{BTreeMap, BTreeSet};

use crate::basis::SimTime;

#[derive(Debug)]
pub(super) struct Wakes<A> {
    by_time: BTreeSet<(SimTime, A)>,
    by_address: BTreeMap<A, SimTime>,
}

impl<A: Ord + Clone> Wakes<A> {
    pub(super) fn new() -> Self {
        Self { by_time: BTreeSet::new(), by_address: BTreeMap::new() }
    }

    pub(super) fn set(&mut self, address: &A, wake: Option<SimTime>) {
        if self.by_address.get(address).copied() == wake {
            return;
        }
        self.forget(address);
        if let Some(wake) = wake {
            self.by_time.insert((wake, address.clone()));
            self.by_address.insert(address.clone(), wake);
        }
    }

    pub(super) fn forget(&mut self, address: &A) {
        if let Some((address, wake)) = self.by_address.remove_entry(address) {
            self.by_time.remove(&(wake, address));
        }
    }

    pub(super) fn next(&self) -> Option<SimTime> {
        self.by_time.first().map(|(wake, _)| *wake)
    }

    /// Somebody whose time has come, who has no wake set any more then.
    pub(super) fn take_due(&mut self, now: SimTime) -> Option<A> {
        if self.next()? > now {
            return None;
        }
        let (_, address) = self.by_time.pop_first()?;
        self.by_address.remove(&address);
        Some(address)
    }
}
