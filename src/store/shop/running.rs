//! The store as its admins see it: wishes for the connection to the world, what is under
//! way, how things stood, who is busy.
//!
//! It decides nothing either.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{PlaceError, Shop};
use crate::{
    basis::{Seq, WarehouseId},
    runtime::PartyView,
    store::model::{
        CarrierStatus, Letter, PackageStatus, WorldStatus,
        outputs::LinkName,
        wishes::{LinkView, Look, Wish, WishRefusal, WorldWish},
    },
    telemetry::{LinkPast, Tap},
};

/// A resident and its mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResidentView {
    /// In words: `package 7`.
    pub resident: String,
    /// Letters in its mailbox.
    pub queued: usize,
}

#[derive(Default)]
pub(super) struct Pasts {
    world: Mutex<LinkPast>,
    carrier: Mutex<LinkPast>,
}

impl Pasts {
    pub(super) fn note_world(&self, status: &WorldStatus) {
        let mut past = lock(&self.world);
        match status {
            WorldStatus { connected: true, .. } => past.note(true, ""),
            WorldStatus { failed: true, reason, .. } => past.note(false, reason),
            // About to be tried, or not wanted.
            WorldStatus { .. } => past.end(),
        }
    }

    pub(super) fn note_carrier(&self, status: &CarrierStatus) {
        if let Some(reachable) = status.reachable {
            lock(&self.carrier).note(reachable, &status.reason);
        }
    }
}

/// How many orders are in which state; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct OrderCounts(Arc<Mutex<BTreeMap<PackageStatus, i64>>>);

impl OrderCounts {
    pub fn add(&self, status: PackageStatus, count: i64) {
        *lock(&self.0).entry(status).or_default() += count;
    }

    /// Each state, also those that no order is in.
    pub fn read(&self) -> Vec<(PackageStatus, i64)> {
        let counts = lock(&self.0);
        let count = |status| (status, counts.get(&status).copied().unwrap_or(0).max(0));
        PackageStatus::ALL.into_iter().map(count).collect()
    }
}

impl Shop {
    /// Has an admin's wish fulfilled; answers when that is durable.
    pub async fn wish(&self, wish: Wish) -> Result<Result<(), WishRefusal>, PlaceError> {
        let shared = &*self.shared;
        let _permit = self.enter(&shared.order_door)?;
        let answer = shared.wishes.ask(shared.settings.answer_within, |reply| {
            shared.inside.post(Letter::Wish(WorldWish { reply, wish }));
        });
        Ok(answer.await?)
    }

    /// What is under way on a link: the oldest messages after that number.
    pub async fn look(
        &self,
        link: LinkName,
        after: Seq,
        limit: usize,
    ) -> Result<LinkView, PlaceError> {
        let shared = &*self.shared;
        let _permit = self.enter(&shared.order_door)?;
        let answer = shared.looks.ask(shared.settings.answer_within, |reply| {
            shared.inside.post(Letter::Look(Look { reply, link, after, limit }));
        });
        Ok(answer.await?)
    }

    /// How things stood with a peer.
    pub fn past(&self, link: LinkName) -> LinkPast {
        match link {
            LinkName::World => lock(&self.shared.pasts.world).clone(),
            LinkName::Carrier => lock(&self.shared.pasts.carrier).clone(),
        }
    }

    /// For each warehouse the listings of which it can promise pieces, and the pieces.
    pub fn stock_totals(&self) -> BTreeMap<WarehouseId, (i64, i64)> {
        let stock = self.shared.stock.read().unwrap_or_else(PoisonError::into_inner);
        stock.totals.clone()
    }

    /// How many orders are in which state, as the metrics have it.
    pub fn order_counts(&self) -> &OrderCounts {
        &self.shared.order_counts
    }

    /// The last messages to and from the peers.
    pub fn tap(&self) -> &Tap {
        &self.shared.tap
    }

    /// The store's actors at this moment; None while the party is closed.
    pub fn actors(&self) -> Option<PartyView> {
        self.shared.inside.look()
    }

    /// The residents of a kind with the fullest mailboxes.
    pub fn busiest(&self, kind: &str, max: usize) -> Vec<ResidentView> {
        self.shared.inside.busiest(kind, max)
    }
}

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}
