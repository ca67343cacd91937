//! The last messages of a party's links, as bytes: what a person looks at first who wonders
//! what was said.
//!
//! They are decoded when somebody looks, not before, so that keeping them costs a copy.
//! Only bodies are here: no header, so no signature and no token.

mod shown;

use std::{borrow::Cow, collections::VecDeque};

use bytes::Bytes;

pub use self::shown::Shown;
use super::inspect::whole_fields;
use crate::basis::SimTime;

/// Bytes that are kept of one message.
const MESSAGE_BYTES_KEPT: usize = 256 * 1024;
/// What a message takes beside its bytes, about.
const HEAD_BYTES: usize = 128;

/// How much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TapeLimits {
    pub messages_max: usize,
    pub bytes_max: usize,
}

impl Default for TapeLimits {
    fn default() -> Self {
        Self { messages_max: 20_000, bytes_max: 16 * 1024 * 1024 }
    }
}

/// The last messages, the oldest first.
#[derive(Debug)]
pub struct Tape {
    limits: TapeLimits,
    messages: VecDeque<Taped>,
    bytes: usize,
    id_last: u64,
}

/// From our side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Sent,
    Received,
}

impl Way {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Received => "received",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        [Self::Sent, Self::Received].into_iter().find(|way| way.as_str() == word)
    }
}

/// How the bytes of a message are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As the protocol buffer of the message's name.
    Proto,
    Json,
    /// There are none: a connection was made, or has ended.
    Mark,
}

/// What is said at the edge about a message.
#[derive(Debug, Clone)]
pub struct Heard {
    /// The peer: `world`, `carrier`.
    pub link: &'static str,
    pub way: Way,
    pub form: Form,
    /// `ACommands`; `POST /api/shipment`; `200 /api/shipment`.
    pub name: Cow<'static, str>,
    pub bytes: Bytes,
}

/// A message that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taped {
    /// Counts from 1 since the tape began.
    pub id: u64,
    pub at: SimTime,
    pub link: &'static str,
    pub way: Way,
    pub form: Form,
    pub name: Cow<'static, str>,
    /// Bytes that it had.
    pub whole_bytes: usize,
    /// Of a very long message only the begin.
    pub bytes: Bytes,
}

impl Taped {
    pub fn is_cut(&self) -> bool {
        self.bytes.len() < self.whole_bytes
    }

    pub fn show(&self) -> Shown {
        Shown::new(self)
    }
}

impl Tape {
    pub fn new(limits: TapeLimits) -> Self {
        Self { limits, messages: VecDeque::new(), bytes: 0, id_last: 0 }
    }

    /// Keeps a message, and forgets the oldest where there is no room; gives its number.
    pub fn note(&mut self, at: SimTime, heard: Heard) -> u64 {
        let Heard { link, way, form, name, bytes } = heard;
        let whole_bytes = bytes.len();
        let kept = match form {
            _ if whole_bytes <= MESSAGE_BYTES_KEPT => whole_bytes,
            Form::Proto => whole_fields(&bytes, MESSAGE_BYTES_KEPT),
            Form::Json | Form::Mark => MESSAGE_BYTES_KEPT,
        };
        self.id_last += 1;
        self.bytes += kept + HEAD_BYTES;
        // A copy: what came lies in a buffer of the socket's, which would stay as a whole.
        let bytes = Bytes::copy_from_slice(&bytes[..kept]);
        let id = self.id_last;
        self.messages.push_back(Taped { id, at, link, way, form, name, whole_bytes, bytes });
        while self.messages.len() > self.limits.messages_max || self.bytes > self.limits.bytes_max {
            let Some(oldest) = self.messages.pop_front() else { break };
            self.bytes -= oldest.bytes.len() + HEAD_BYTES;
        }
        id
    }

    /// Up to so many messages before that number, the newest first; None: from the newest.
    pub fn before(&self, id: Option<u64>, max: usize) -> Vec<Taped> {
        let end = id.map_or(self.messages.len(), |id| self.place_of(id));
        self.messages.range(..end).rev().take(max).cloned().collect()
    }

    /// Up to so many messages after that number, the oldest first.
    pub fn after(&self, id: u64, max: usize) -> Vec<Taped> {
        self.messages.range(self.place_of(id.saturating_add(1))..).take(max).cloned().collect()
    }

    /// The last one on a link in a direction, of what is kept.
    pub fn last(&self, link: &str, way: Way) -> Option<&Taped> {
        self.messages.iter().rev().find(|it| it.link == link && it.way == way)
    }

    pub fn len(&self) -> usize {
        self.messages.len()
    }

    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// The number of the newest message, kept or not; 0 before the first.
    pub fn id_last(&self) -> u64 {
        self.id_last
    }

    /// Where the first message of this number or a later one is. They have no gaps.
    fn place_of(&self, id: u64) -> usize {
        let first = self.messages.front().map_or(id, |first| first.id);
        usize::try_from(id.saturating_sub(first)).unwrap_or(usize::MAX).min(self.messages.len())
    }
}

/// Which messages are wanted; None asks for nothing in particular.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TapeFilter {
    pub link: Option<String>,
    pub way: Option<Way>,
    /// A part of the message's name or of the kind of something in it, in any case.
    pub kind: Option<String>,
    pub package: Option<i64>,
    pub truck: Option<i64>,
    pub seq: Option<i64>,
    pub since: Option<SimTime>,
    /// Not included.
    pub until: Option<SimTime>,
}

impl TapeFilter {
    /// The message as it is shown, where it is wanted; it is decoded only where it may be.
    pub fn admit(&self, message: &Taped) -> Option<Shown> {
        if !self.may_admit(message) {
            return None;
        }
        let shown = message.show();
        let is_kind = |kind: &String| {
            let has = |word: &str| word.to_lowercase().contains(&kind.to_lowercase());
            has(&message.name) || shown.kinds.iter().any(|it| has(it))
        };
        let wanted = self.kind.as_ref().is_none_or(is_kind)
            && self.package.is_none_or(|package| shown.packages.contains(&package))
            && self.truck.is_none_or(|truck| shown.trucks.contains(&truck))
            && self.seq.is_none_or(|seq| shown.seqs.contains(&seq));
        wanted.then_some(shown)
    }

    fn may_admit(&self, message: &Taped) -> bool {
        self.link.as_ref().is_none_or(|link| link == message.link)
            && self.way.is_none_or(|way| way == message.way)
            && self.since.is_none_or(|since| since <= message.at)
            && self.until.is_none_or(|until| message.at < until)
    }
}

#[cfg(test)]
mod tests;
