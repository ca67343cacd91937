//! The messages of a run that are under way: when each left, and which of them
//! got lost on a flaky world.
//!
//! What is in them is the run's to know.

use std::{
    collections::VecDeque,
    ops::Range,
    time::{Duration, Instant},
};

/// Messages of so many commands each, in order, but for the last one.
pub(super) struct Flights {
    batch: u64,
    commands: u64,
    /// When each message left for the first time.
    left_at: Vec<Instant>,
    /// The place of each among all that was sent, of its last copy.
    places: Vec<u64>,
    /// Messages in the order in which they were sent, with their places.
    sent: VecDeque<(u64, usize)>,
    sent_count: u64,
    /// A world takes messages in as they come: what was sent before this one is taken or lost.
    taken_until: u64,
}

impl Flights {
    pub(super) fn new(batch: usize, commands: u64) -> Self {
        let (left_at, places, sent) = (Vec::new(), Vec::new(), VecDeque::new());
        let batch = (batch as u64).max(1);
        Self { batch, commands, left_at, places, sent, sent_count: 0, taken_until: 0 }
    }

    /// The next message leaves.
    pub(super) fn leave(&mut self) {
        self.left_at.push(Instant::now());
        self.places.push(0);
        self.send(self.left_at.len() - 1);
    }

    fn send(&mut self, message: usize) {
        self.sent_count += 1;
        self.places[message] = self.sent_count;
        self.sent.push_back((self.sent_count, message));
    }

    /// A command was acked, for the first time; how long its message took, where it was the
    /// last one in it.
    pub(super) fn acked(&mut self, command: u64) -> Option<Duration> {
        let message = usize::try_from(command / self.batch).ok()?;
        let left_at = self.left_at.get(message)?;
        self.taken_until = self.taken_until.max(self.places[message]);
        (self.commands_of(message).end == command + 1).then(|| left_at.elapsed())
    }

    /// The commands of a message that was lost, which leaves once more: one that is not acked
    /// although a later one is, or any where the world is silent. `is_acked` tells it of a command.
    pub(super) fn lost(
        &mut self,
        is_silent: bool,
        is_acked: impl Fn(u64) -> bool,
    ) -> Option<Range<u64>> {
        while let Some((place, message)) = self.sent.front().copied() {
            let commands = self.commands_of(message);
            let is_taken = is_acked(commands.end - 1);
            if !is_taken && place >= self.taken_until && !is_silent {
                return None;
            }
            self.sent.pop_front();
            if !is_taken {
                self.send(message);
                return Some(commands);
            }
        }
        None
    }

    /// How many messages are not known to be taken.
    pub(super) fn under_way(&self) -> usize {
        self.sent.len()
    }

    fn commands_of(&self, message: usize) -> Range<u64> {
        let first = message as u64 * self.batch;
        first..(first + self.batch).min(self.commands)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_acked_while_something_later_is_was_lost() {
        let mut flights = Flights::new(2, 5);
        (0..3).for_each(|_| flights.leave());
        assert_eq!(flights.lost(false, |_| false), None);
        assert_eq!((flights.acked(2), flights.acked(3).is_some()), (None, true));
        let is_acked = |command| (2..4).contains(&command);
        assert_eq!(flights.lost(false, is_acked), Some(0..2));
        assert_eq!(flights.lost(false, is_acked), None, "the others may be on their way");
        // In silence everything is said again, each once in a round.
        assert_eq!(flights.under_way(), 2);
        assert_eq!(flights.lost(true, is_acked), Some(4..5));
        assert_eq!(flights.lost(true, is_acked), Some(0..2));
        assert!(flights.acked(4).is_some(), "the last message is a short one");
        assert_eq!(flights.lost(false, |_| true), None);
        assert_eq!(flights.under_way(), 0);
    }
}
