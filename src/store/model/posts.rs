//! Posts of the carrier's whose messages are not all answered.
//!
//! Only the bookkeeping: who still waits for what.

use std::collections::BTreeMap;

use super::letters::Errand;
use crate::{basis::Seq, runtime::ReplyId, wire::dialect::Answer};

/// One message's place in the answer to its post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slot {
    /// Being done; with sender and number where it has them.
    Waiting(Option<(String, Seq)>),
    Answered(Answer),
}

/// The posts that wait for answers.
#[derive(Debug, Default)]
pub struct Posts {
    open: BTreeMap<ReplyId, Vec<Option<Slot>>>,
}

impl Posts {
    pub fn begin(&mut self, reply: ReplyId, messages: usize) {
        self.open.insert(reply, vec![None; messages]);
    }

    pub fn note(&mut self, errand: Errand, slot: Slot) {
        let slots = self.open.get_mut(&errand.reply);
        if let Some(place) = slots.and_then(|slots| slots.get_mut(errand.index)) {
            *place = Some(slot);
        }
    }

    /// Sender and number of a message that waits; None where it does not.
    pub fn waiting(&self, errand: Errand) -> Option<Option<(String, Seq)>> {
        match self.open.get(&errand.reply)?.get(errand.index)? {
            Some(Slot::Waiting(numbered)) => Some(numbered.clone()),
            Some(Slot::Answered(_)) | None => None,
        }
    }

    /// All answers in order, where all are there; the post is then closed.
    pub fn finish(&mut self, reply: ReplyId) -> Option<Vec<Answer>> {
        let slots = self.open.get(&reply)?;
        if slots.iter().any(|slot| !matches!(slot, Some(Slot::Answered(_)))) {
            return None;
        }
        let slots = self.open.remove(&reply)?;
        let answer = |slot| match slot {
            Some(Slot::Answered(answer)) => Some(answer),
            Some(Slot::Waiting(_)) | None => None,
        };
        Some(slots.into_iter().filter_map(answer).collect())
    }
}
