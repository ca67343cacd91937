//! A bound on what is in flight: mailboxes are unbounded, so the doors are not.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// Counts what was let in and not yet finished.
#[derive(Debug, Clone)]
pub struct Admission {
    in_flight: Arc<AtomicUsize>,
    max: usize,
}

/// The right to be inside, given back on drop.
#[derive(Debug)]
pub struct Permit(Arc<AtomicUsize>);

impl Admission {
    pub fn new(max: usize) -> Self {
        Self { in_flight: Arc::new(AtomicUsize::new(0)), max }
    }

    /// A permit, unless the house is full.
    pub fn enter(&self) -> Option<Permit> {
        let entered = self.in_flight.fetch_update(Ordering::AcqRel, Ordering::Acquire, |inside| {
            (inside < self.max).then_some(inside + 1)
        });
        entered.ok().map(|_| Permit(Arc::clone(&self.in_flight)))
    }

    pub fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Acquire)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_house_lets_the_next_in_when_one_leaves() {
        let door = Admission::new(2);
        let (first, second) = (door.enter(), door.enter());
        assert!(first.is_some() && second.is_some());
        assert!(door.enter().is_none());
        drop(first);
        assert!(door.enter().is_some());
        assert_eq!(door.in_flight(), 1);
    }
}
