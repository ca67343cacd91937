//! A tap on a connection to a world: names each frame, and marks where it begins and ends.
//!
//! Frames are noted as they are; only whether a greeting was taken is looked at, because what
//! follows it has other names.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use bytes::Bytes;

use super::Tap;
use crate::{
    wire::tape::{Form, Heard, Way},
    wire::{amazon, ups},
};

/// What is told of a connection, beside what was said on it.
const MADE: &str = "connected";
const ENDED: &str = "closed";

/// Which side of the world's a party is, and so what its messages are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorldSide {
    Amazon,
    Ups,
}

impl WorldSide {
    fn name(self, way: Way, is_greeted: bool) -> &'static str {
        match (self, way, is_greeted) {
            (Self::Amazon, Way::Sent, false) => "AConnect",
            (Self::Amazon, Way::Sent, true) => "ACommands",
            (Self::Amazon, Way::Received, false) => "AConnected",
            (Self::Amazon, Way::Received, true) => "AResponses",
            (Self::Ups, Way::Sent, false) => "UConnect",
            (Self::Ups, Way::Sent, true) => "UCommands",
            (Self::Ups, Way::Received, false) => "UConnected",
            (Self::Ups, Way::Received, true) => "UResponses",
        }
    }

    fn is_welcome(self, bytes: &Bytes) -> bool {
        match self {
            Self::Amazon => amazon::decode_connected(bytes).is_ok_and(|answer| answer.is_good()),
            Self::Ups => ups::decode_connected(bytes).is_ok_and(|answer| answer.is_good()),
        }
    }
}

/// The tap of one connection; cheap to clone.
#[derive(Debug, Clone)]
pub struct WorldTap {
    tap: Tap,
    side: WorldSide,
    /// The world has said yes to a hello: what follows on either way is no greeting.
    is_greeted: Arc<AtomicBool>,
}

impl WorldTap {
    pub fn new(tap: Tap, side: WorldSide) -> Self {
        Self { tap, side, is_greeted: Arc::default() }
    }

    pub fn made(&self) {
        self.mark(MADE);
    }

    pub fn ended(&self) {
        self.mark(ENDED);
    }

    pub fn sent(&self, bytes: &Bytes) {
        let name = self.side.name(Way::Sent, self.is_greeted.load(Ordering::Acquire));
        self.note(Way::Sent, Form::Proto, name, bytes.clone());
    }

    pub fn received(&self, bytes: &Bytes) {
        let is_greeted = self.is_greeted.load(Ordering::Acquire);
        if !is_greeted {
            self.is_greeted.store(self.side.is_welcome(bytes), Ordering::Release);
        }
        let name = self.side.name(Way::Received, is_greeted);
        self.note(Way::Received, Form::Proto, name, bytes.clone());
    }

    fn mark(&self, name: &'static str) {
        self.note(Way::Received, Form::Mark, name, Bytes::new());
    }

    fn note(&self, way: Way, form: Form, name: &'static str, bytes: Bytes) {
        self.tap.note(Heard { link: "world", way, form, name: name.into(), bytes });
    }
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::*;
    use crate::{
        basis::WorldId,
        wire::{CONNECTED, Connected, tape::TapeFilter},
    };

    #[tokio::test]
    async fn what_follows_a_welcome_is_no_greeting() {
        let tap = Tap::default();
        let line = WorldTap::new(tap.clone(), WorldSide::Ups);
        let answer = |result: &str| {
            let connected = Connected { world: WorldId(1), result: result.to_owned() };
            Bytes::from(ups::encode_connected(&connected).encode_to_vec())
        };
        line.made();
        for result in ["error: no such world", CONNECTED] {
            line.sent(&Bytes::new());
            line.received(&answer(result));
        }
        line.sent(&Bytes::new());
        line.received(&Bytes::new());
        line.ended();
        let read = tap.after(TapeFilter::default(), 0, 10).await.unwrap().messages;
        let names: Vec<_> = read.iter().map(|read| read.message.name.as_ref()).collect();
        let greetings = ["UConnect", "UConnected", "UConnect", "UConnected"];
        let expected = [&["connected"][..], &greetings, &["UCommands", "UResponses", "closed"]];
        assert_eq!(names, expected.concat());
    }
}
