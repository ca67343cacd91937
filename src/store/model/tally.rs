//! How many orders are in which state, as their packages come along.
//!
//! It counts and decides nothing else: the state of an order is that of its
//! packages, and is written down nowhere.

use std::collections::BTreeMap;

use super::PackageStatus;
use crate::basis::{OrderId, PackageId};

/// The orders that are not ended, each with the status of its packages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OrderTally {
    under_way: BTreeMap<OrderId, BTreeMap<PackageId, PackageStatus>>,
}

/// An order is in another state than before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    /// None: it is new.
    pub from: Option<PackageStatus>,
    pub to: PackageStatus,
}

impl OrderTally {
    /// How many orders are in which state.
    pub fn by_status(&self) -> BTreeMap<PackageStatus, i64> {
        let mut counts = BTreeMap::new();
        for packages in self.under_way.values() {
            *counts.entry(state_of(packages)).or_default() += 1;
        }
        counts
    }

    /// Takes in a package's status; says what that means for its order, if anything.
    pub fn note(
        &mut self,
        order: OrderId,
        package: PackageId,
        status: PackageStatus,
    ) -> Option<Moved> {
        let packages = self.under_way.entry(order).or_default();
        let from = (!packages.is_empty()).then(|| state_of(packages));
        packages.insert(package, status);
        let to = state_of(packages);
        if packages.values().all(|status| status.is_final()) {
            self.under_way.remove(&order);
        }
        (from != Some(to)).then_some(Moved { from, to })
    }
}

fn state_of(packages: &BTreeMap<PackageId, PackageStatus>) -> PackageStatus {
    PackageStatus::of_order(packages.values().copied())
}

#[cfg(test)]
mod tests {
    use super::*;
    use PackageStatus::{Created, Delivered, Packed, Packing};

    const ORDER: OrderId = OrderId(1);
    const ONE: PackageId = PackageId(1);
    const TWO: PackageId = PackageId(2);

    fn moved(from: Option<PackageStatus>, to: PackageStatus) -> Option<Moved> {
        Some(Moved { from, to })
    }

    #[test]
    fn an_order_moves_when_its_last_package_does() {
        let mut tally = OrderTally::default();
        assert_eq!(tally.note(ORDER, ONE, Created), moved(None, Created));
        assert_eq!(tally.note(ORDER, TWO, Created), None);
        assert_eq!(tally.note(ORDER, ONE, Packing), None);
        assert_eq!(tally.note(ORDER, TWO, Packed), moved(Some(Created), Packing));
        assert_eq!(tally.note(ORDER, ONE, Delivered), moved(Some(Packing), Packed));
        assert_eq!(tally.note(ORDER, TWO, Delivered), moved(Some(Packed), Delivered));
    }

    #[test]
    fn an_order_that_has_ended_takes_no_room() {
        let mut tally = OrderTally::default();
        tally.note(ORDER, ONE, Packing);
        tally.note(ORDER, ONE, Delivered);
        assert_eq!(tally, OrderTally::default());
    }
}
