//! All packages of a world: where each is, what is in it, and when it came how
//! far. A delivered one is an id for ever, and a history for a while.
//!
//! Which step is allowed is not decided here. There may be millions, so a
//! package is a few fixed numbers, and each step takes one lookup.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{ground::Package, pages::Pages};
use crate::{
    basis::{PackageId, Point, ProductId, Seq, SimTime, TruckId, WarehouseId},
    link::SeqRanges,
    wire::amazon::Thing,
    world::model::PackageStatus,
};

/// Products of one package that are remembered; the others are only counted.
const CONTENTS_KEPT: usize = 16;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Parcels {
    /// It is written by itself; see [`Simulation::packages`](super::Simulation::packages).
    #[serde(skip)]
    pub(super) under_way: Pages<PackageId, Parcel>,
    /// How many of them are at each status before the last.
    census: [u64; PackageStatus::DELIVERED],
    /// Ids of delivered packages; an id is a number like a sequence number, and packs as well.
    delivered: SeqRanges,
    delivered_count: u64,
    /// The latest of them, in the order of their delivery.
    latest: VecDeque<Delivered>,
}

/// A package and its past.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::world::model) struct Parcel {
    pub(super) state: Package,
    pub(super) from: WarehouseId,
    pub(super) contents: Contents,
    /// When its packing began.
    since: SimTime,
    /// Of each later status, milliseconds from then to its begin, and one; 0 for
    /// what has not begun. What takes longer than 49 days is cut off there.
    after_ms: [u32; PackageStatus::DELIVERED],
}

/// What is in a package; nearly all have one product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::world::model) enum Contents {
    One { product: ProductId, count: i32 },
    Several(Box<Several>),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::world::model) struct Several {
    pub(super) things: Vec<(ProductId, i32)>,
    /// Further ones, which are not remembered.
    pub(super) more: u32,
}

/// A package that has arrived.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Delivered {
    pub(super) package: PackageId,
    pub(super) parcel: Parcel,
    pub(super) truck: TruckId,
    pub(super) at: Point,
}

impl Parcels {
    pub(super) fn new() -> Self {
        Self {
            under_way: Pages::default(),
            census: [0; PackageStatus::DELIVERED],
            delivered: SeqRanges::new(usize::MAX),
            delivered_count: 0,
            latest: VecDeque::new(),
        }
    }

    /// A new package.
    pub(super) fn begin(
        &mut self,
        package: PackageId,
        warehouse: WarehouseId,
        things: &[Thing],
        now: SimTime,
    ) {
        let state = Package::Packing { warehouse };
        let (contents, after_ms) = (Contents::of(things), [0; PackageStatus::DELIVERED]);
        let parcel = Parcel { state, from: warehouse, contents, since: now, after_ms };
        self.census[state.status() as usize] += 1;
        self.under_way.insert(package, parcel);
    }

    /// Takes a package on to another state, where `next` names one, and gives
    /// the state that it was in.
    pub(super) fn advance(
        &mut self,
        package: PackageId,
        now: SimTime,
        next: impl FnOnce(Package) -> Option<Package>,
    ) -> Option<Package> {
        let parcel = self.under_way.get_mut(package)?;
        let was = parcel.state;
        let state = next(was)?;
        self.census[was.status() as usize] -= 1;
        self.census[state.status() as usize] += 1;
        parcel.reach(state.status(), now);
        parcel.state = state;
        Some(was)
    }

    /// A package has arrived; the latest `kept` of those are remembered.
    pub(super) fn deliver(
        &mut self,
        package: PackageId,
        truck: TruckId,
        at: Point,
        now: SimTime,
        kept: usize,
    ) {
        let Some(mut parcel) = self.under_way.remove(package) else { return };
        self.census[parcel.state.status() as usize] -= 1;
        parcel.reach(PackageStatus::Delivered, now);
        self.delivered.insert(Seq(package.0));
        self.delivered_count += 1;
        self.latest.push_back(Delivered { package, parcel, truck, at });
        while self.latest.len() > kept {
            self.latest.pop_front();
        }
    }

    /// The state of a package that is not delivered.
    pub(super) fn state(&self, package: PackageId) -> Option<Package> {
        self.under_way.get(package).map(|parcel| parcel.state)
    }

    pub(super) fn is_delivered(&self, package: PackageId) -> bool {
        self.delivered.contains(Seq(package.0))
    }

    /// How many runs the ids of delivered packages have; the memory used is proportional to it.
    pub(super) fn id_runs_count(&self) -> usize {
        self.delivered.range_count()
    }

    /// Packages that are not delivered.
    pub(super) fn under_way_count(&self) -> usize {
        self.under_way.len()
    }

    /// How many packages there are, or were, of each status.
    pub(super) fn census(&self) -> [u64; PackageStatus::ALL.len()] {
        let [packing, packed, loading, loaded, delivering] = self.census;
        [packing, packed, loading, loaded, delivering, self.delivered_count]
    }

    pub(super) fn under_way(&self, package: PackageId) -> Option<&Parcel> {
        self.under_way.get(package)
    }

    /// Those that are not delivered, by id, from after one.
    pub(super) fn under_way_after(
        &self,
        after: Option<PackageId>,
    ) -> impl Iterator<Item = &(PackageId, Parcel)> {
        self.under_way.after(after)
    }

    pub(super) fn latest_count(&self) -> usize {
        self.latest.len()
    }

    /// A delivered one, while it is remembered.
    pub(super) fn latest(&self, package: PackageId) -> Option<&Delivered> {
        self.latest.iter().rev().find(|it| it.package == package)
    }

    /// Those that are remembered of the deliveries before the `before`th,
    /// backwards, each with its number.
    pub(super) fn latest_before(
        &self,
        before: Option<u64>,
    ) -> impl Iterator<Item = (u64, &Delivered)> {
        let first = self.delivered_count - self.latest.len() as u64 + 1;
        let wanted = before.map_or(u64::MAX, |before| before.saturating_sub(first));
        let wanted =
            usize::try_from(wanted).map_or(self.latest.len(), |it| it.min(self.latest.len()));
        (first..).zip(self.latest.range(..wanted)).collect::<Vec<_>>().into_iter().rev()
    }
}

impl Parcel {
    /// When it came to a status, if it did.
    pub(super) fn reached(&self, status: PackageStatus) -> Option<SimTime> {
        let Some(later) = (status as usize).checked_sub(1) else { return Some(self.since) };
        let after_ms = u64::from(self.after_ms[later].checked_sub(1)?);
        Some(SimTime::from_micros(self.since.micros() + after_ms * 1_000))
    }

    /// The first time counts: a delivery that was interrupted began when it began.
    fn reach(&mut self, status: PackageStatus, now: SimTime) {
        let Some(later) = (status as usize).checked_sub(1) else { return };
        let after_ms = &mut self.after_ms[later];
        if *after_ms == 0 {
            let span_ms = now.since(self.since).as_millis();
            *after_ms = u32::try_from(span_ms).unwrap_or(u32::MAX).saturating_add(1);
        }
    }
}

impl Contents {
    fn of(things: &[Thing]) -> Self {
        if let [Thing { product, count, .. }] = things {
            return Self::One { product: *product, count: *count };
        }
        let kept = things.iter().take(CONTENTS_KEPT);
        let kept: Vec<_> = kept.map(|thing| (thing.product, thing.count)).collect();
        let more = u32::try_from(things.len() - kept.len()).unwrap_or(u32::MAX);
        Self::Several(Box::new(Several { things: kept, more }))
    }
}

#[cfg(any(test, fuzzing))]
impl Parcels {
    pub(super) fn states(&self) -> impl Iterator<Item = (PackageId, Package)> {
        self.under_way.iter().map(|(id, parcel)| (*id, parcel.state))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_takes_little_memory() {
        assert!(size_of::<Parcel>() <= 56, "{}", size_of::<Parcel>());
    }

    #[test]
    fn a_span_past_what_is_kept_is_cut_off_and_not_wrapped() {
        let (mut parcels, id) = (Parcels::new(), PackageId(1));
        parcels.begin(id, WarehouseId(1), &[], SimTime(5));
        let packed = |_| Some(Package::Packed { warehouse: WarehouseId(1) });
        parcels.advance(id, SimTime(u64::MAX), packed);
        let reached = parcels.under_way.get(id).unwrap().reached(PackageStatus::Packed).unwrap();
        assert_eq!(reached, SimTime(5 + u64::from(u32::MAX - 1) * 1_000));
    }
}
