//! The last messages of one side of a world, as bytes: what a person who
//! wonders about a client looks at first.
//!
//! They are decoded when somebody looks, not before, so that keeping them
//! costs a copy of a few bytes. A long message is cut between two fields.

use std::collections::VecDeque;

use crate::{basis::SimTime, wire::inspect::whole_fields};

/// Messages that are kept.
pub const MESSAGES_KEPT: usize = 100;
/// Bytes of them all.
const BYTES_KEPT: usize = 32 * 1024;
/// Bytes of one.
const MESSAGE_BYTES_KEPT: usize = 4 * 1024;

/// A short past of one side, over its connections.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Transcript {
    now: SimTime,
    heads: VecDeque<Head>,
    /// What is kept of each, one after the other.
    bytes: VecDeque<u8>,
}

/// What is known of a message beside its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Head {
    at: SimTime,
    what: Said,
    /// Bytes that it had.
    whole: u32,
    /// Bytes of it that are kept.
    kept: u32,
}

/// What was said on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// By the client.
    Connect,
    Commands,
    /// Commands that flakiness dropped.
    Dropped,
    /// By the world.
    Connected,
    Responses,
    /// Nothing any more: the connection has ended.
    Closed,
}

/// A message that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub at: SimTime,
    pub what: Said,
    /// Bytes that it had.
    pub whole_bytes: usize,
    /// Of a long message only the first fields.
    pub bytes: Vec<u8>,
}

impl Transcript {
    /// What comes from now on comes at this moment.
    pub(super) fn set_now(&mut self, now: SimTime) {
        self.now = now;
    }

    pub(super) fn note(&mut self, what: Said, message: &[u8]) {
        let kept = match message.len() {
            0..=MESSAGE_BYTES_KEPT => message,
            _ => &message[..whole_fields(message, MESSAGE_BYTES_KEPT)],
        };
        while self.heads.len() >= MESSAGES_KEPT || self.bytes.len() + kept.len() > BYTES_KEPT {
            self.forget_oldest();
        }
        self.bytes.extend(kept);
        // No message has four gigabytes.
        let (whole, kept) = (message.len() as u32, kept.len() as u32);
        self.heads.push_back(Head { at: self.now, what, whole, kept });
    }

    /// The same with another one's messages before it.
    pub(super) fn after(self, earlier: &Self) -> Self {
        let mut joined = earlier.clone();
        for message in self.messages() {
            joined.now = message.at;
            joined.note(message.what, &message.bytes);
            if let Some(head) = joined.heads.back_mut() {
                head.whole = message.whole_bytes as u32;
            }
        }
        joined.now = self.now;
        joined
    }

    /// All that are kept, the oldest first.
    pub fn messages(&self) -> Vec<Kept> {
        let mut bytes = self.bytes.iter().copied();
        let kept = |head: &Head| Kept {
            at: head.at,
            what: head.what,
            whole_bytes: head.whole as usize,
            bytes: bytes.by_ref().take(head.kept as usize).collect(),
        };
        self.heads.iter().map(kept).collect()
    }

    fn forget_oldest(&mut self) {
        if let Some(head) = self.heads.pop_front() {
            self.bytes.drain(..head.kept as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A message with one field of so many bytes, a few of which are its key and length.
    fn message(bytes: usize) -> Vec<u8> {
        let mut message = vec![0x0a, (bytes & 0x7f) as u8 | 0x80, (bytes >> 7) as u8];
        message.resize(bytes + 3, 7);
        message
    }

    #[test]
    fn the_last_messages_are_kept_whole_and_in_order() {
        let mut transcript = Transcript::default();
        for n in 0..250_u8 {
            transcript.set_now(SimTime(u64::from(n)));
            transcript.note(Said::Commands, &[8, n]);
        }
        let messages = transcript.messages();
        assert_eq!(messages.len(), MESSAGES_KEPT);
        let expected: Vec<_> = (150..250_u8).map(|n| vec![8, n]).collect();
        assert_eq!(messages.iter().map(|it| it.bytes.clone()).collect::<Vec<_>>(), expected);
        assert_eq!(messages[0].at, SimTime(150));
    }

    #[test]
    fn long_messages_do_not_take_more_room() {
        let mut transcript = Transcript::default();
        for _ in 0..300 {
            transcript.note(Said::Commands, &[message(3_000), message(3_000)].concat());
        }
        assert!(transcript.bytes.len() <= BYTES_KEPT);
        let last = transcript.messages().pop().unwrap();
        assert_eq!((last.whole_bytes, last.bytes.len()), (6_006, 3_003));
        transcript.note(Said::Commands, &message(9_000));
        let last = transcript.messages().pop().unwrap();
        assert_eq!((last.whole_bytes, last.bytes.len()), (9_003, 0));
    }

    #[test]
    fn a_second_connection_goes_on_after_the_first() {
        let (mut first, mut second) = (Transcript::default(), Transcript::default());
        first.set_now(SimTime(1));
        first.note(Said::Commands, &message(9_000));
        second.set_now(SimTime(5));
        second.note(Said::Connect, &[1, 2]);
        let joined = second.after(&first);
        let messages = joined.messages();
        assert_eq!(messages.iter().map(|it| it.at.0).collect::<Vec<_>>(), [1, 5]);
        assert_eq!(messages.iter().map(|it| it.whole_bytes).collect::<Vec<_>>(), [9_003, 2]);
    }
}
