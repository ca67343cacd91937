//! Posts of the carrier's whose messages are not all answered.
//!
//! Only the bookkeeping: who still waits for what.

use std::{collections::BTreeMap, time::Duration};

use super::letters::Errand;
use crate::{
    basis::{Seq, SimTime},
    runtime::ReplyId,
    wire::dialect::Answer,
};

/// Nobody waits longer for an answer, so one that comes later is for nobody.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// One message's place in the answer to its post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slot {
    /// Being done.
    Waiting(Ticket),
    Answered(Answer),
}

/// How a message that is being done is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ticket {
    /// Its sender's number, which the answer acks.
    pub seq: Option<Seq>,
    /// Whose numbers are counted, so that the same one is done once.
    pub counted_for: Option<String>,
}

impl Ticket {
    fn counted(self) -> Option<(String, Seq)> {
        self.counted_for.zip(self.seq)
    }
}

/// The posts that wait for answers.
#[derive(Debug, Default)]
pub struct Posts {
    open: BTreeMap<ReplyId, Post>,
}

#[derive(Debug)]
struct Post {
    since: SimTime,
    slots: Vec<Option<Slot>>,
    /// Slots without an answer.
    missing: usize,
}

impl Posts {
    /// Gives back which numbers of a post forgotten by now were waited for: they may come again.
    pub fn begin(&mut self, reply: ReplyId, messages: usize, now: SimTime) -> Vec<(String, Seq)> {
        let forgotten = self.forget_hopeless(now);
        let post = Post { since: now, slots: vec![None; messages], missing: messages };
        self.open.insert(reply, post);
        forgotten
    }

    pub fn note(&mut self, errand: Errand, slot: Slot) {
        let Some(post) = self.open.get_mut(&errand.reply) else { return };
        let Some(place) = post.slots.get_mut(errand.index) else { return };
        let had_answer = matches!(place, Some(Slot::Answered(_)));
        let has_answer = matches!(slot, Slot::Answered(_));
        post.missing += usize::from(had_answer);
        post.missing -= usize::from(has_answer);
        *place = Some(slot);
    }

    /// Of a message that waits.
    pub fn waiting(&self, errand: Errand) -> Option<Ticket> {
        match self.open.get(&errand.reply)?.slots.get(errand.index)? {
            Some(Slot::Waiting(ticket)) => Some(ticket.clone()),
            Some(Slot::Answered(_)) | None => None,
        }
    }

    /// All answers in order, where all are there; the post is then closed.
    pub fn finish(&mut self, reply: ReplyId) -> Option<Vec<Answer>> {
        if self.open.get(&reply)?.missing > 0 {
            return None;
        }
        let post = self.open.remove(&reply)?;
        let answer = |slot| match slot {
            Some(Slot::Answered(answer)) => Some(answer),
            Some(Slot::Waiting(_)) | None => None,
        };
        Some(post.slots.into_iter().filter_map(answer).collect())
    }

    fn forget_hopeless(&mut self, now: SimTime) -> Vec<(String, Seq)> {
        let mut numbers = Vec::new();
        while let Some(oldest) = self.open.first_entry()
            && oldest.get().since + ANSWER_WITHIN <= now
        {
            numbers.extend(oldest.remove().slots.into_iter().filter_map(|slot| match slot {
                Some(Slot::Waiting(ticket)) => ticket.counted(),
                Some(Slot::Answered(_)) | None => None,
            }));
        }
        numbers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_that_nobody_answers_is_forgotten_and_its_numbers_may_come_again() {
        let (mut posts, at) = (Posts::default(), |s: u64| SimTime::from_micros(s * 1_000_000));
        assert_eq!(posts.begin(ReplyId(1), 1, at(0)), []);
        let errand = Errand { reply: ReplyId(1), index: 0 };
        let numbered = ("us".to_owned(), Seq(4));
        let ticket = Ticket { seq: Some(Seq(4)), counted_for: Some("us".to_owned()) };
        posts.note(errand, Slot::Waiting(ticket));
        assert_eq!(posts.begin(ReplyId(2), 0, at(59)), [], "its time is not over");
        assert_eq!(posts.finish(ReplyId(1)), None);
        assert_eq!(posts.begin(ReplyId(3), 0, at(60)), [numbered]);
        assert_eq!(posts.waiting(errand), None);
        assert_eq!(posts.finish(ReplyId(3)), Some(vec![]));
    }
}
