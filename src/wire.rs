//! Bytes <-> values: the framing of the world's sockets, its protocol buffers,
//! and the JSON that store and carrier speak.
//!
//! Here bytes become domain types or an error; behind this room nobody sees an
//! unvalidated message. No decisions are made here.

pub mod amazon;
pub mod dialect;
pub mod framing;
pub mod inspect;
#[cfg(test)]
mod properties;
pub mod proto;
mod required;
pub mod signature;
#[cfg(any(test, fuzzing))]
pub mod streams;
pub mod tape;
pub mod ups;

use serde::{Deserialize, Serialize};

use crate::basis::Seq;

/// Something with the sequence number of its sender.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbered<T> {
    pub seq: Seq,
    pub body: T,
}

impl<T> Numbered<T> {
    pub fn new(seq: Seq, body: T) -> Self {
        Self { seq, body }
    }
}

/// One message of a client to a world: `ACommands` or `UCommands`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commands<C> {
    /// In the order of the protocol's fields, and in the message's within a field.
    pub commands: Vec<Numbered<C>>,
    pub acks: Vec<Seq>,
    /// Simulated seconds a second; holds for what starts from now on.
    pub simspeed: Option<u32>,
    /// Finish what is at hand and close.
    pub disconnect: bool,
}

/// One message of a world to a client: `AResponses` or `UResponses`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Responses<E> {
    pub events: Vec<Numbered<E>>,
    pub acks: Vec<Seq>,
    /// The last message of this connection.
    pub finished: bool,
}

// By hand: a derived Default would ask for one of the bodies, which have none.
impl<C> Default for Commands<C> {
    fn default() -> Self {
        Self { commands: Vec::new(), acks: Vec::new(), simspeed: None, disconnect: false }
    }
}

impl<C> Commands<C> {
    /// Takes the client's next message along, where both at once are as good as one
    /// after the other; gives it back where they are not.
    pub fn join(&mut self, next: Self) -> Option<Self> {
        let is_other_speed = next.simspeed.is_some() && next.simspeed != self.simspeed;
        if self.disconnect || is_other_speed {
            return Some(next);
        }
        self.commands.extend(next.commands);
        self.acks.extend(next.acks);
        self.disconnect = next.disconnect;
        None
    }
}

impl<E> Default for Responses<E> {
    fn default() -> Self {
        Self { events: Vec::new(), acks: Vec::new(), finished: false }
    }
}

/// The first message on a connection to a world, of either side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connect<T> {
    /// None: make a new world.
    pub world: Option<crate::basis::WorldId>,
    /// Warehouses or trucks to add: id and place.
    pub initial: Vec<(T, crate::basis::Point)>,
    pub is_amazon: bool,
}

/// A world's answer to [`Connect`]; `result` is `connected!` or starts with `error:`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connected {
    pub world: crate::basis::WorldId,
    pub result: String,
}

/// The result of a good connect.
pub const CONNECTED: &str = "connected!";

impl Connected {
    pub fn is_good(&self) -> bool {
        self.result == CONNECTED
    }
}

/// Why bytes are not a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    #[error("a message of {length} bytes is longer than the {max} bytes that are accepted")]
    TooLong { length: u64, max: usize },
    #[error("the length before a message is not a varint of at most 5 bytes")]
    BadLength,
    #[error("the bytes are not a {expected}: {reason}")]
    NotA { expected: &'static str, reason: String },
    #[error("{message} lacks its required field {field}")]
    Lacks { message: &'static str, field: &'static str },
}
