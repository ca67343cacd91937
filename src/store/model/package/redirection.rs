//! Sending a package elsewhere, until it is out for delivery.
//!
//! Before the carrier knows of the package the store decides alone; after that the
//! carrier does, and it is asked one question at a time, until it has answered: so
//! we know of each change whether it was made. What is wished meanwhile waits, and
//! the last wish counts.

use std::time::Duration;

use super::{Announcement, Attempt, Package, PackageRow};
use crate::{
    basis::{Point, Seq, SimTime},
    runtime::{Outbox, ReplyId},
    store::model::{
        letters::{Letter, PeerLetter, Told},
        outputs::{Change, Output, RedirectOutcome},
        party::Store,
        records::Step,
        status::PackageStatus,
    },
    wire::dialect::{Refusal, ToCarrier, code},
};

/// Who asks is told after so long that there is no answer yet.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// What is asked of the carrier, and who wants to know.
#[derive(Debug)]
pub(super) struct Redirection {
    question: Option<Question>,
    /// What will be asked after that.
    next: Option<Point>,
    waiting: Vec<Waiter>,
}

#[derive(Debug)]
struct Question {
    to: Point,
    attempt: Attempt,
    /// The peer has it and will not forget it.
    is_with_peer: bool,
}

#[derive(Debug)]
struct Waiter {
    reply: ReplyId,
    to: Point,
    until: SimTime,
}

impl Redirection {
    pub(super) fn restore(row: &PackageRow) -> Self {
        let is_with_peer = row.redirect_seq != Seq::ZERO;
        let question = |to| Question { to, attempt: Attempt::FIRST, is_with_peer };
        let question = row.redirect.map(question);
        Self { question, next: row.redirect_next, waiting: Vec::new() }
    }

    pub(super) fn next_wake(&self) -> Option<SimTime> {
        let again = self.question.as_ref().and_then(|question| question.attempt.again_at);
        self.waiting.iter().map(|waiter| waiter.until).chain(again).min()
    }

    /// The carrier can not answer under that number.
    pub(super) fn put_off(&mut self, now: SimTime) {
        if let Some(question) = &mut self.question {
            question.is_with_peer = false;
            question.attempt.refused(now);
        }
    }

    /// What the last wish comes to, if any is left.
    fn goal(&self) -> Option<Point> {
        self.next.or(self.question.as_ref().map(|question| question.to))
    }

    /// Answers those of whom it is known how it ended.
    fn answer(
        &mut self,
        outcome: impl Fn(&Waiter) -> Option<RedirectOutcome>,
        out: &mut Outbox<Store>,
    ) {
        self.waiting.retain(|waiter| {
            let Some(outcome) = outcome(waiter) else { return true };
            out.emit(Output::Redirected { reply: waiter.reply, outcome });
            false
        });
    }
}

impl Package {
    /// Somebody wants it elsewhere; the place is within reach.
    pub(super) fn redirect(
        &mut self,
        reply: ReplyId,
        to: Point,
        now: SimTime,
        out: &mut Outbox<Store>,
    ) {
        let goal = self.redirection.goal();
        if goal.is_none() && to == self.plan.destination {
            return out.emit(Output::Redirected { reply, outcome: RedirectOutcome::Changed });
        }
        let status = self.stage.status();
        if status >= PackageStatus::Delivering {
            let outcome = RedirectOutcome::TooLate { status };
            return out.emit(Output::Redirected { reply, outcome });
        }
        if self.stage.is_unheard_of() {
            self.goes_to(to, now, out);
            return out.emit(Output::Redirected { reply, outcome: RedirectOutcome::Changed });
        }
        self.redirection.waiting.push(Waiter { reply, to, until: now + ANSWER_WITHIN });
        if goal != Some(to) {
            self.wish(to, now, out);
        }
    }

    /// Asks, or remembers to ask; a wish that waited for that is replaced.
    fn wish(&mut self, to: Point, now: SimTime, out: &mut Outbox<Store>) {
        let asked = self.redirection.question.as_ref().map(|question| question.to);
        let Some(asked) = asked else { return self.question(to, now, out) };
        let next = (to != asked).then_some(to);
        self.redirection.next = next;
        self.step(Step::RedirectQueued { to: next }, now, out);
        let is_replaced = |waiter: &Waiter| waiter.to != to && waiter.to != asked;
        self.redirection
            .answer(|waiter| is_replaced(waiter).then_some(RedirectOutcome::Replaced), out);
    }

    fn question(&mut self, to: Point, now: SimTime, out: &mut Outbox<Store>) {
        let question = Question { to, attempt: Attempt::FIRST, is_with_peer: false };
        self.redirection.question = Some(question);
        self.redirection.next = None;
        self.step(Step::RedirectAsked { to }, now, out);
        self.ask_to_redirect(out);
    }

    /// Has the peer ask the carrier, which must know the shipment first.
    pub(super) fn ask_to_redirect(&mut self, out: &mut Outbox<Store>) {
        let Some(question) = &mut self.redirection.question else { return };
        let is_put_off = question.attempt.again_at.is_some();
        if question.is_with_peer || is_put_off || self.announcement != Announcement::Known {
            return;
        }
        question.is_with_peer = true;
        let (order, package, told) = (self.plan.order, self.id, Told::Redirected);
        let message = ToCarrier::AddressChange { shipment: package, destination: question.to };
        out.tell(Letter::Peer(PeerLetter::Tell { order, package, told, message }));
    }

    pub(super) fn wake_redirection(&mut self, now: SimTime, out: &mut Outbox<Store>) {
        let is_late = |waiter: &Waiter| waiter.until <= now;
        self.redirection.answer(|waiter| is_late(waiter).then_some(RedirectOutcome::Pending), out);
        if let Some(question) = &mut self.redirection.question
            && question.attempt.is_due(now)
        {
            self.ask_to_redirect(out);
        }
    }

    pub(super) fn redirect_answered(
        &mut self,
        to: Point,
        outcome: &Result<(), Refusal>,
        now: SimTime,
        out: &mut Outbox<Store>,
    ) {
        let question = &mut self.redirection.question;
        if question.take_if(|question| question.to == to).is_none() {
            // It was asked twice, around a restart.
            return;
        }
        let told = match outcome {
            Ok(()) => {
                self.goes_to(to, now, out);
                RedirectOutcome::Changed
            }
            Err(refusal) => {
                self.stays(refusal.message.clone(), now, out);
                self.refused(refusal)
            }
        };
        let is_about = |waiter: &Waiter| waiter.to == to;
        self.redirection.answer(|waiter| is_about(waiter).then(|| told.clone()), out);
        if let Some(next) = self.redirection.next.take() {
            self.wish_at_last(next, now, out);
        }
    }

    /// The answer that the next wish had to wait for is there.
    fn wish_at_last(&mut self, to: Point, now: SimTime, out: &mut Outbox<Store>) {
        let is_there = to == self.plan.destination;
        let status = self.stage.status();
        if !is_there && status < PackageStatus::Delivering {
            return self.question(to, now, out);
        }
        self.step(Step::RedirectQueued { to: None }, now, out);
        let told = if is_there {
            RedirectOutcome::Changed
        } else {
            self.stays(format!("the package is {status}"), now, out);
            RedirectOutcome::TooLate { status }
        };
        self.redirection.answer(|waiter| (waiter.to == to).then(|| told.clone()), out);
    }

    /// It is delivered: where, says the carrier, or we take it for where it was going.
    pub(super) fn end_redirection(
        &mut self,
        place: Option<Point>,
        now: SimTime,
        out: &mut Outbox<Store>,
    ) {
        let place = place.unwrap_or(self.plan.destination);
        let missed = self.redirection.goal().filter(|goal| *goal != place);
        let was_asked = self.redirection.question.take().is_some();
        if self.redirection.next.take().is_some() {
            self.step(Step::RedirectQueued { to: None }, now, out);
        }
        // The question is over in the row, too, where the answer is that nothing changes.
        if was_asked || place != self.plan.destination {
            self.goes_to(place, now, out);
        }
        if missed.is_some() {
            self.stays("the package was delivered before".to_owned(), now, out);
        }
        let status = PackageStatus::Delivered;
        let outcome = |waiter: &Waiter| {
            let came_in_time = waiter.to == place;
            Some(if came_in_time {
                RedirectOutcome::Changed
            } else {
                RedirectOutcome::TooLate { status }
            })
        };
        self.redirection.answer(outcome, out);
    }

    fn goes_to(&mut self, to: Point, now: SimTime, out: &mut Outbox<Store>) {
        self.step(Step::Redirected { to }, now, out);
        if self.plan.destination != to {
            self.plan.destination = to;
            self.report(Change::Destination, None, now, out);
        }
    }

    fn stays(&self, reason: String, now: SimTime, out: &mut Outbox<Store>) {
        self.step(Step::RedirectRefused { reason }, now, out);
        self.report(Change::DestinationKept, None, now, out);
    }

    fn refused(&self, refusal: &Refusal) -> RedirectOutcome {
        if refusal.code == code::TOO_LATE {
            // The carrier knows it before us.
            let status = self.stage.status().max(PackageStatus::Delivering);
            return RedirectOutcome::TooLate { status };
        }
        RedirectOutcome::Refused { text: refusal.message.clone() }
    }
}
