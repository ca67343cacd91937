//! The carrier as its staff sees it: wishes for the connection to the world, what is under
//! way, how things stood, who is busy.
//!
//! It decides nothing: what comes of a wish the models say.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::CarrierEdge;
use crate::{
    basis::Seq,
    carrier::model::{
        Address, Carrier, Letter, LinkName, StoreStatus, WorldStatus,
        wishes::{ConnectRefusal, LinkView, Look, Wish, WorldWish},
    },
    runtime::{AskError, PartyView, Replies, ReplyId, Service},
    telemetry::{LinkPast, Tap},
};

/// For what is asked to be committed.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Those of the staff who wait, and what is kept for them.
#[derive(Default)]
pub(super) struct Desk {
    wishes: Replies<Result<(), ConnectRefusal>>,
    looks: Replies<LinkView>,
    tap: Tap,
    world: Mutex<LinkPast>,
    store: Mutex<LinkPast>,
}

impl Desk {
    pub(super) fn tap(&self) -> &Tap {
        &self.tap
    }

    pub(super) fn wished(&self, reply: ReplyId, outcome: Result<(), ConnectRefusal>) {
        self.wishes.answer(reply, outcome);
    }

    pub(super) fn looked(&self, reply: ReplyId, view: LinkView) {
        self.looks.answer(reply, view);
    }

    pub(super) fn note_world(&self, status: &WorldStatus) {
        let mut past = lock(&self.world);
        match status {
            WorldStatus::Connected { .. } => past.note(true, ""),
            WorldStatus::Refused { reason } | WorldStatus::Unreachable { reason } => {
                past.note(false, reason);
            }
            // About to be tried, or not wanted.
            WorldStatus::Connecting | WorldStatus::Disconnected => past.end(),
        }
    }

    pub(super) fn note_store(&self, status: &StoreStatus) {
        match status {
            StoreStatus::Unknown => {}
            StoreStatus::Reachable => lock(&self.store).note(true, ""),
            StoreStatus::Unreachable { reason } | StoreStatus::WorldRefused { reason } => {
                lock(&self.store).note(false, reason);
            }
        }
    }
}

impl CarrierEdge {
    /// Has a wish of staff's fulfilled; answers when that is durable.
    pub(in crate::carrier) async fn wish(
        &self,
        wish: Wish,
    ) -> Result<Result<(), ConnectRefusal>, AskError> {
        let post = |reply| self.service.post(Letter::Wish(WorldWish { reply, wish }));
        self.desk.wishes.ask(ANSWER_WITHIN, post).await
    }

    /// What is under way on a link: the oldest messages after that number.
    pub(in crate::carrier) async fn look(
        &self,
        link: LinkName,
        after: Seq,
        limit: usize,
    ) -> Result<LinkView, AskError> {
        let post = |reply| self.service.post(Letter::Look(Look { reply, link, after, limit }));
        self.desk.looks.ask(ANSWER_WITHIN, post).await
    }

    /// How things stood with a peer.
    pub(in crate::carrier) fn past(&self, link: LinkName) -> LinkPast {
        match link {
            LinkName::World => lock(&self.desk.world).clone(),
            LinkName::Store => lock(&self.desk.store).clone(),
        }
    }

    /// The last messages to and from the peers.
    pub(in crate::carrier) fn tap(&self) -> &Tap {
        self.desk.tap()
    }

    /// Where the world is, as was said at the start.
    pub(in crate::carrier) fn world_addr(&self) -> &str {
        &self.world_addr
    }

    /// Where the store is.
    pub(in crate::carrier) fn store_url(&self) -> &str {
        self.poster.store_url()
    }

    /// The carrier's actors at this moment; None while the party is closed.
    pub(in crate::carrier) fn actors(&self) -> Option<PartyView> {
        self.service.look()
    }

    /// The residents of a kind with the fullest mailboxes, in words, with what is in them.
    pub(in crate::carrier) fn busiest(&self, kind: &str, max: usize) -> Vec<(String, usize)> {
        let office = Service::<Carrier>::office(&self.service);
        let busiest = office.map(|office| office.busiest(kind, max)).unwrap_or_default();
        let words = |(address, queued): (Address, usize)| (address.to_string(), queued);
        busiest.into_iter().map(words).collect()
    }
}

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}
