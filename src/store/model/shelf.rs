//! A warehouse's books: what is there, what is promised, who waits, what is coming.
//!
//! Counting only; what is bought when, and who is told, is the warehouse's business.

use std::collections::{BTreeMap, BTreeSet};

use super::{catalog::Line, disk::StoreDisk, status::PackageStatus};
use crate::basis::{ListingId, PackageId, WarehouseId};

/// Pieces of a purchase, of one listing, at most.
pub const BUY_MAX: u32 = 1_000_000;

/// The books of one warehouse.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shelf {
    levels: BTreeMap<ListingId, Level>,
    promised: BTreeMap<PackageId, Vec<Line>>,
    /// Back-orders; packages are numbered in the order in which they were placed.
    waiting: BTreeMap<PackageId, Vec<Line>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Level {
    on_hand: i64,
    promised: i64,
    wanted: i64,
    coming: i64,
    waiters: BTreeSet<PackageId>,
}

impl Level {
    fn free(&self) -> i64 {
        self.on_hand - self.promised
    }

    /// What is left when everything has come, and everybody has what he waits for.
    fn will_be(&self) -> i64 {
        self.free() - self.wanted + self.coming
    }
}

impl Shelf {
    /// The books of a warehouse as committed: promises are those to packages that
    /// were granted their pieces and are not packed yet.
    pub fn restore(disk: &StoreDisk, warehouse: WarehouseId) -> Self {
        let mut shelf = Self::default();
        let mine = (warehouse, ListingId(i64::MIN))..=(warehouse, ListingId(i64::MAX));
        for ((_, listing), on_hand) in disk.stock.range(mine) {
            shelf.level(*listing).on_hand = *on_hand;
        }
        for ((at, _), purchase) in &disk.purchases {
            if *at == warehouse {
                shelf.expect(&purchase.lines);
            }
        }
        for (package, row) in &disk.packages {
            if row.plan.warehouse != warehouse {
                continue;
            }
            match row.status {
                PackageStatus::Created if !row.plan.granted => {
                    shelf.back_order(*package, &row.plan.lines);
                }
                PackageStatus::Created | PackageStatus::Packing => {
                    shelf.promise(*package, &row.plan.lines);
                }
                _ => {}
            }
        }
        shelf
    }

    /// What can be promised: what is there, less what is promised or waited for.
    pub fn available(&self, listing: ListingId) -> i64 {
        self.levels.get(&listing).map_or(0, |level| level.free() - level.wanted)
    }

    #[cfg(test)]
    pub fn on_hand(&self, listing: ListingId) -> i64 {
        self.levels.get(&listing).map_or(0, |level| level.on_hand)
    }

    /// Everything that is or was here.
    pub fn listings(&self) -> impl Iterator<Item = ListingId> {
        self.levels.keys().copied()
    }

    /// Promises all lines or none; nobody is served before those who wait.
    pub fn reserve(&mut self, package: PackageId, lines: &[Line]) -> bool {
        if self.promised.contains_key(&package) {
            return true;
        }
        let served = !self.waiting.contains_key(&package)
            && lines.iter().all(|line| {
                let level = self.levels.get(&line.listing);
                level.is_some_and(|level| {
                    level.waiters.is_empty() && level.free() >= i64::from(line.quantity)
                })
            });
        if served {
            self.promise(package, lines);
        }
        served
    }

    /// Puts a package in the queue of those who wait.
    pub fn back_order(&mut self, package: PackageId, lines: &[Line]) {
        if self.promised.contains_key(&package) || self.waiting.contains_key(&package) {
            return;
        }
        for line in lines {
            let level = self.level(line.listing);
            level.wanted += i64::from(line.quantity);
            level.waiters.insert(package);
        }
        self.waiting.insert(package, lines.to_vec());
    }

    /// Promises to those who wait what is there now of these listings, in their order.
    pub fn grant(&mut self, listings: impl IntoIterator<Item = ListingId>) -> Vec<PackageId> {
        let mut granted = Vec::new();
        let mut to_look_at: BTreeSet<ListingId> = listings.into_iter().collect();
        while let Some(listing) = to_look_at.pop_first() {
            let first = self.levels.get(&listing).and_then(|level| level.waiters.first().copied());
            let Some(package) = first.filter(|package| self.can_be_served(*package)) else {
                continue;
            };
            let Some(lines) = self.waiting.remove(&package) else { continue };
            for line in &lines {
                let level = self.level(line.listing);
                level.wanted -= i64::from(line.quantity);
                level.waiters.remove(&package);
                to_look_at.insert(line.listing);
            }
            self.promise(package, &lines);
            granted.push(package);
        }
        granted
    }

    /// A package is packed: its pieces are gone.
    pub fn take(&mut self, package: PackageId) -> Vec<Line> {
        let lines = self.promised.remove(&package).unwrap_or_default();
        for line in &lines {
            let level = self.level(line.listing);
            level.promised -= i64::from(line.quantity);
            level.on_hand -= i64::from(line.quantity);
        }
        lines
    }

    /// Promises to this and later packages are void; gives what becomes free.
    pub fn forget(&mut self, from: PackageId) -> Vec<Line> {
        let void = self.promised.split_off(&from);
        let lines: Vec<Line> = void.into_values().flatten().collect();
        for line in &lines {
            self.level(line.listing).promised -= i64::from(line.quantity);
        }
        lines
    }

    /// A package will not be packed: what it was promised is free, and it waits no more.
    /// Gives what others may get now; those behind it in a queue, too.
    pub fn release(&mut self, package: PackageId) -> Vec<Line> {
        if let Some(lines) = self.promised.remove(&package) {
            for line in &lines {
                self.level(line.listing).promised -= i64::from(line.quantity);
            }
            return lines;
        }
        let lines = self.waiting.remove(&package).unwrap_or_default();
        for line in &lines {
            let level = self.level(line.listing);
            level.wanted -= i64::from(line.quantity);
            level.waiters.remove(&package);
        }
        lines
    }

    /// More has been bought.
    pub fn expect(&mut self, lines: &[Line]) {
        for line in lines {
            self.level(line.listing).coming += i64::from(line.quantity);
        }
    }

    /// What was bought is there.
    pub fn receive(&mut self, lines: &[Line]) {
        for line in lines {
            let level = self.level(line.listing);
            level.coming -= i64::from(line.quantity);
            level.on_hand += i64::from(line.quantity);
        }
    }

    /// Nothing is there (any more).
    pub fn clear(&mut self) {
        for level in self.levels.values_mut() {
            level.on_hand = 0;
        }
    }

    /// How many to buy, where what is left and coming is less than it should be: up to `target`
    /// where that is below `reorder_level`. With (0, 0) no more than what packages wait for.
    pub fn shortage(&self, listing: ListingId, (reorder_level, target): (u32, u32)) -> Option<u32> {
        let will_be = self.levels.get(&listing)?.will_be();
        if will_be >= i64::from(reorder_level) {
            return None;
        }
        let missing = i64::from(target) - will_be;
        let pieces = u32::try_from(missing.max(0)).unwrap_or(BUY_MAX).min(BUY_MAX);
        (pieces > 0).then_some(pieces)
    }

    fn can_be_served(&self, package: PackageId) -> bool {
        self.waiting.get(&package).is_some_and(|lines| {
            lines.iter().all(|line| {
                self.levels.get(&line.listing).is_some_and(|level| {
                    level.waiters.first() == Some(&package)
                        && level.free() >= i64::from(line.quantity)
                })
            })
        })
    }

    fn promise(&mut self, package: PackageId, lines: &[Line]) {
        for line in lines {
            self.level(line.listing).promised += i64::from(line.quantity);
        }
        self.promised.insert(package, lines.to_vec());
    }

    fn level(&mut self, listing: ListingId) -> &mut Level {
        self.levels.entry(listing).or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::catalog::Listing, *};

    const TEA: ListingId = ListingId(1);
    const CUP: ListingId = ListingId(2);

    fn line(listing: ListingId, quantity: u32) -> Line {
        Line::new(listing, quantity)
    }

    fn with(lines: &[Line]) -> Shelf {
        let mut shelf = Shelf::default();
        shelf.expect(lines);
        shelf.receive(lines);
        shelf
    }

    #[test]
    fn two_packages_do_not_get_the_same_piece() {
        let mut shelf = with(&[line(TEA, 1)]);
        assert!(shelf.reserve(PackageId(1), &[line(TEA, 1)]));
        assert!(!shelf.reserve(PackageId(2), &[line(TEA, 1)]));
        assert!(shelf.reserve(PackageId(1), &[line(TEA, 1)]), "asked again, promised still");
        assert_eq!(shelf.available(TEA), 0);
    }

    #[test]
    fn a_package_gets_all_or_nothing() {
        let mut shelf = with(&[line(TEA, 5)]);
        assert!(!shelf.reserve(PackageId(1), &[line(TEA, 1), line(CUP, 1)]));
        assert_eq!(shelf.available(TEA), 5);
    }

    #[test]
    fn who_waits_is_served_before_who_comes_and_in_order() {
        let mut shelf = with(&[line(TEA, 1)]);
        shelf.back_order(PackageId(3), &[line(TEA, 2)]);
        shelf.back_order(PackageId(4), &[line(TEA, 1)]);
        assert!(!shelf.reserve(PackageId(5), &[line(TEA, 1)]), "there, but others wait");
        assert_eq!(shelf.grant([TEA]), []);
        shelf.expect(&[line(TEA, 2)]);
        shelf.receive(&[line(TEA, 2)]);
        assert_eq!(shelf.grant([TEA]), [PackageId(3), PackageId(4)]);
        assert_eq!(shelf.available(TEA), 0);
    }

    #[test]
    fn a_package_that_waits_for_two_things_holds_back_nobody_else_for_ever() {
        let mut shelf = with(&[line(TEA, 3)]);
        shelf.back_order(PackageId(1), &[line(TEA, 1), line(CUP, 1)]);
        shelf.back_order(PackageId(2), &[line(TEA, 1)]);
        assert_eq!(shelf.grant([TEA]), []);
        shelf.receive(&[line(CUP, 1)]);
        assert_eq!(shelf.grant([CUP]), [PackageId(1), PackageId(2)]);
    }

    #[test]
    fn what_is_coming_is_not_bought_again() {
        let listing = Listing {
            id: TEA,
            product: crate::basis::ProductId(1),
            name: "tea".to_owned(),
            price: crate::basis::Cents(1),
            active: true,
            reorder_level: 5,
            reorder_target: 20,
        };
        let mut shelf = with(&[line(TEA, 5)]);
        assert_eq!(shelf.shortage(TEA, listing.reorder()), None);
        shelf.reserve(PackageId(1), &[line(TEA, 1)]);
        shelf.back_order(PackageId(2), &[line(TEA, 30)]);
        assert_eq!(shelf.shortage(TEA, listing.reorder()), Some(46), "30 owed and 20 on the shelf");
        shelf.expect(&[line(TEA, 46)]);
        assert_eq!(shelf.shortage(TEA, listing.reorder()), None);
    }

    #[test]
    fn what_is_sold_no_more_is_bought_only_where_it_is_owed() {
        let ended = Listing {
            id: TEA,
            product: crate::basis::ProductId(1),
            name: "tea".to_owned(),
            price: crate::basis::Cents(1),
            active: false,
            reorder_level: 5,
            reorder_target: 20,
        };
        let mut shelf = with(&[line(TEA, 1)]);
        assert_eq!(shelf.shortage(TEA, ended.reorder()), None, "one is left, and that will do");
        shelf.back_order(PackageId(1), &[line(TEA, 8)]);
        assert_eq!(shelf.shortage(TEA, ended.reorder()), Some(7));
        let restarted = Listing { active: true, ..ended };
        assert_eq!(shelf.shortage(TEA, restarted.reorder()), Some(27));
    }

    #[derive(Debug, Clone)]
    enum Act {
        Reserve(i64, u32, u32),
        Take(i64),
        Buy(u32, u32),
        Forget(i64),
        Release(i64),
    }

    fn act() -> impl Strategy<Value = Act> {
        prop_oneof![
            4 => (1_i64..40, 1_u32..6, 0_u32..6).prop_map(|(p, a, b)| Act::Reserve(p, a, b)),
            3 => (1_i64..40).prop_map(Act::Take),
            2 => (1_u32..9, 1_u32..9).prop_map(|(a, b)| Act::Buy(a, b)),
            1 => (20_i64..40).prop_map(Act::Forget),
            2 => (1_i64..40).prop_map(Act::Release),
        ]
    }

    proptest! {
        /// Nothing appears or vanishes: bought = on the shelf + packed; and no more
        /// is promised than is there.
        #[test]
        fn pieces_are_conserved_and_never_promised_twice(acts in prop::collection::vec(act(), 1..120)) {
            let mut shelf = Shelf::default();
            let (mut bought, mut packed) = (0_i64, 0_i64);
            for act in acts {
                match act {
                    Act::Reserve(package, tea, cup) => {
                        let mut lines = vec![line(TEA, tea)];
                        if cup > 0 { lines.push(line(CUP, cup)); }
                        if !shelf.reserve(PackageId(package), &lines) {
                            shelf.back_order(PackageId(package), &lines);
                            shelf.grant([TEA, CUP]);
                        }
                    }
                    Act::Take(package) => {
                        let lines = shelf.take(PackageId(package));
                        packed += lines.iter().map(|line| i64::from(line.quantity)).sum::<i64>();
                    }
                    Act::Buy(tea, cup) => {
                        let lines = [line(TEA, tea), line(CUP, cup)];
                        shelf.expect(&lines);
                        shelf.receive(&lines);
                        shelf.grant([TEA, CUP]);
                        bought += i64::from(tea + cup);
                    }
                    Act::Release(package) => {
                        shelf.release(PackageId(package));
                        shelf.grant([TEA, CUP]);
                    }
                    Act::Forget(from) => {
                        shelf.forget(PackageId(from));
                        shelf.grant([TEA, CUP]);
                    }
                }
                prop_assert_eq!(shelf.on_hand(TEA) + shelf.on_hand(CUP), bought - packed);
                for listing in [TEA, CUP] {
                    let level = shelf.levels.get(&listing).cloned().unwrap_or_default();
                    let promised: i64 = shelf.promised.values().flatten()
                        .filter(|line| line.listing == listing).map(|l| i64::from(l.quantity)).sum();
                    prop_assert_eq!(level.promised, promised);
                    let wanted: i64 = shelf.waiting.values().flatten()
                        .filter(|line| line.listing == listing).map(|l| i64::from(l.quantity)).sum();
                    prop_assert_eq!(level.wanted, wanted);
                    prop_assert!(level.free() >= 0);
                    prop_assert_eq!(level.coming, 0);
                }
                // Who could be served has been.
                for package in shelf.waiting.keys() {
                    prop_assert!(!shelf.can_be_served(*package));
                }
            }
        }
    }
}
