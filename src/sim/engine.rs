//! The event engine: entities that exchange messages in virtual time.
//!
//! It knows no model. Who the entities are, and which of them a message is
//! for, is the business of a [`Cast`]; time is a number of ticks whose length
//! is the model's choice. It is one thread by design: a second core is for
//! another replication.
//!
//! A message without delay goes through a first-in-first-out queue and never
//! sees the heap; a message with a delay is a timer. Everything that was sent
//! without delay is received before the next timer, so that what one event
//! causes at its own moment has happened before the next event begins. Two
//! timers of the same moment go in the order in which they were sent.
//!
//! ```
//! use waybill::sim::engine::{Agenda, Cast, run};
//!
//! struct Bell(Vec<u64>);
//!
//! impl Cast for Bell {
//!     type Message = u32;
//!
//!     fn receive(&mut self, rings_left: u32, agenda: &mut Agenda<u32>) {
//!         self.0.push(agenda.now());
//!         if rings_left > 1 {
//!             agenda.send_in(10, rings_left - 1);
//!         }
//!     }
//! }
//!
//! let (mut bell, mut agenda) = (Bell(Vec::new()), Agenda::new());
//! agenda.send(3);
//! run(&mut bell, &mut agenda, 15);
//! assert_eq!(bell.0, [0, 10]);
//! run(&mut bell, &mut agenda, u64::MAX);
//! assert_eq!(bell.0, [0, 10, 20]);
//! ```

mod timers;

use std::collections::VecDeque;

use timers::Timers;

/// The entities of a model, taken together.
pub trait Cast {
    /// What they say to each other; it names its addressee in whatever way suits.
    type Message;

    /// Hands one message to the entity it is for.
    fn receive(&mut self, message: Self::Message, agenda: &mut Agenda<Self::Message>);
}

/// Lets things happen until nothing is left, or the next would happen after
/// `until`; what happens at `until` itself still does.
pub fn run<C: Cast>(cast: &mut C, agenda: &mut Agenda<C::Message>, until: u64) {
    while let Some(message) = agenda.next(until) {
        cast.receive(message, agenda);
    }
}

/// What has been sent and not yet received, and what time it is.
#[derive(Debug)]
pub struct Agenda<M> {
    now: u64,
    instant: VecDeque<M>,
    timers: Timers<M>,
}

impl<M> Agenda<M> {
    /// Nothing to come, at time 0.
    pub fn new() -> Self {
        Self { now: 0, instant: VecDeque::new(), timers: Timers::new() }
    }

    /// The time, in ticks; it never goes back.
    #[inline]
    pub fn now(&self) -> u64 {
        self.now
    }

    /// Sends a message that is received at this same moment.
    #[inline]
    pub fn send(&mut self, message: M) {
        self.instant.push_back(message);
    }

    /// Sends a message that is received `ticks` from now.
    #[inline]
    pub fn send_in(&mut self, ticks: u64, message: M) {
        self.timers.push(self.now.saturating_add(ticks), message);
    }

    /// Sends a message that is received at `moment`, or now where that has passed.
    #[inline]
    pub fn send_at(&mut self, moment: u64, message: M) {
        self.timers.push(moment.max(self.now), message);
    }

    /// The next message, where it comes no later than `until`; the time moves on to it.
    #[inline]
    pub fn next(&mut self, until: u64) -> Option<M> {
        if let Some(message) = self.instant.pop_front() {
            return Some(message);
        }
        let (moment, message) = self.timers.pop(until)?;
        self.now = moment;
        Some(message)
    }

    /// When the next message will be received, if there is one.
    pub fn next_moment(&mut self) -> Option<u64> {
        if self.instant.is_empty() { self.timers.next_moment() } else { Some(self.now) }
    }

    /// Messages sent and not yet received.
    pub fn len(&self) -> usize {
        self.instant.len() + self.timers.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<M> Default for Agenda<M> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Diary(Vec<(u64, &'static str)>);

    impl Cast for Diary {
        type Message = &'static str;

        fn receive(&mut self, message: &'static str, agenda: &mut Agenda<&'static str>) {
            self.0.push((agenda.now(), message));
            if message == "first" {
                agenda.send("at once");
            }
        }
    }

    #[test]
    fn what_is_sent_without_delay_comes_before_the_next_timer_of_that_moment() {
        let (mut diary, mut agenda) = (Diary::default(), Agenda::new());
        agenda.send_at(5, "first");
        agenda.send_at(5, "second");
        run(&mut diary, &mut agenda, 5);
        assert_eq!(diary.0, [(5, "first"), (5, "at once"), (5, "second")]);
        assert!(agenda.is_empty());
    }

    #[test]
    fn what_is_later_than_the_horizon_waits() {
        let (mut diary, mut agenda) = (Diary::default(), Agenda::new());
        agenda.send_at(6, "late");
        run(&mut diary, &mut agenda, 5);
        assert_eq!((diary.0.len(), agenda.len(), agenda.now()), (0, 1, 0));
        assert_eq!(agenda.next_moment(), Some(6));
        run(&mut diary, &mut agenda, 6);
        assert_eq!(diary.0, [(6, "late")]);
    }
}
