//! What residents of the world party write to each other, and what leaves it.
//!
//! Letters name their addressee; none of them is durable.

use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{LinkRules, Look, Observed, Physics, Rules, Transcript, View};
use crate::{
    basis::{Point, Seq, TruckId, WarehouseId, WorldId},
    runtime::ReplyId,
    wire::{Commands, Connected, Numbered, Responses, amazon, ups},
};

/// Which of the two ports somebody came through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Side {
    Amazon,
    Ups,
}

impl Side {
    pub const ALL: [Self; 2] = [Self::Amazon, Self::Ups];

    /// The link's name in metrics and logs.
    pub fn link(self) -> &'static str {
        match self {
            Self::Amazon => "world-amazon",
            Self::Ups => "world-ups",
        }
    }
}

/// One socket, for as long as it is open; never used again within a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// A message between residents, or from the outside to one.
///
/// The outside writes the first six and those that look, and the residents the rest.
#[derive(Debug)]
pub enum Letter {
    /// Somebody connected; the rules hold until a world says which are its own.
    Opened {
        connection: ConnectionId,
        side: Side,
        link: LinkRules,
    },
    /// Messages in order, without the lengths before them; a heartbeat is empty.
    Received {
        connection: ConnectionId,
        messages: Vec<Bytes>,
    },
    /// There is something more, for which there is no room yet.
    Heard {
        connection: ConnectionId,
    },
    /// The client sends nothing any more, and may listen still.
    HungUp {
        connection: ConnectionId,
    },
    /// The socket is closed, by whomever.
    Closed {
        connection: ConnectionId,
    },
    /// What the operator decided; said once after each start, and before any connection.
    Configured(Rules),
    Connection(ConnectionId, ToConnection),
    Directory(ToDirectory),
    World(WorldId, ToWorld),
}

/// What a [`Connection`](super::Connection) is told.
#[derive(Debug)]
pub enum ToConnection {
    /// The world took it in; the last messages of its side so far are its to go on with.
    Attached { world: WorldId, link: LinkRules, transcript: Arc<Transcript> },
    /// No such luck; the client may try again on the same socket.
    Refused(Connected),
    /// To be sent; `answers` messages of the client are done with it.
    Answer { responses: AnyResponses, answers: usize },
    /// Its world does not know it any more, and has answered what it said before.
    Dismissed,
    /// Somebody wants to see its last messages.
    Look { reply: ReplyId },
}

/// What the [`Directory`](super::Directory) is told.
#[derive(Debug)]
pub enum ToDirectory {
    Join(Join),
    /// A connection has ended.
    Left(ConnectionId),
    /// A world had to be restored and has forgotten its connections.
    Restored(WorldId),
    /// Somebody wants to see which worlds there are.
    Look {
        reply: ReplyId,
        after: Option<WorldId>,
        limit: usize,
    },
}

/// What a [`World`](super::World) is told.
#[derive(Debug)]
pub enum ToWorld {
    /// There is a new world.
    Founded {
        physics: Physics,
    },
    Join {
        join: Join,
        link: LinkRules,
    },
    Left {
        connection: ConnectionId,
    },
    /// The same from a connection which waits for the answers to what it said before.
    HungUp {
        connection: ConnectionId,
    },
    /// What a connection that ends keeps no longer.
    Parted {
        connection: ConnectionId,
        side: Side,
        transcript: Arc<Transcript>,
    },
    /// Flakiness dropped a message.
    Dropped {
        side: Side,
    },
    Said {
        connection: ConnectionId,
        said: Utterance,
    },
    /// Other rules hold from now on.
    Ruled(Physics),
    /// It comes from the committed state.
    Restored,
    /// Somebody wants to see something of it.
    Look {
        reply: ReplyId,
        look: Look,
    },
}

/// A client wants to be one side of a world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Join {
    pub connection: ConnectionId,
    /// None: of a new one.
    pub world: Option<WorldId>,
    pub initial: Initial,
}

/// What a client brings along.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Initial {
    Warehouses(Vec<(WarehouseId, Point)>),
    Trucks(Vec<(TruckId, Point)>),
}

impl Initial {
    pub fn side(&self) -> Side {
        match self {
            Self::Warehouses(_) => Side::Amazon,
            Self::Trucks(_) => Side::Ups,
        }
    }
}

/// A message of either side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnyMessage {
    Amazon(Commands<amazon::Command>),
    Ups(Commands<ups::Command>),
}

impl AnyMessage {
    /// Takes the next message along, or gives it back; see [`Commands::join`].
    pub fn join(&mut self, next: Self) -> Option<Self> {
        match (self, next) {
            (Self::Amazon(it), Self::Amazon(next)) => it.join(next).map(Self::Amazon),
            (Self::Ups(it), Self::Ups(next)) => it.join(next).map(Self::Ups),
            (_, next) => Some(next),
        }
    }
}

/// What a client said at a time, in one message or in several that are as good as one.
#[derive(Debug)]
pub struct Utterance {
    pub messages: usize,
    pub commands: AnyCommands,
    pub acks: Vec<Seq>,
    pub simspeed: Option<u32>,
    /// The client wants to part.
    pub is_last: bool,
}

impl Utterance {
    pub fn new(message: AnyMessage, messages: usize) -> Self {
        match message {
            AnyMessage::Amazon(Commands { commands, acks, simspeed, disconnect }) => {
                let commands = AnyCommands::Amazon(Arc::new(commands));
                Self { messages, commands, acks, simspeed, is_last: disconnect }
            }
            AnyMessage::Ups(Commands { commands, acks, simspeed, disconnect }) => {
                let commands = AnyCommands::Ups(Arc::new(commands));
                Self { messages, commands, acks, simspeed, is_last: disconnect }
            }
        }
    }
}

/// Commands of either side. They go from the socket into the log as they are, so they are shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnyCommands {
    Amazon(Arc<Vec<Numbered<amazon::Command>>>),
    Ups(Arc<Vec<Numbered<ups::Command>>>),
}

impl AnyCommands {
    pub fn side(&self) -> Side {
        match self {
            Self::Amazon(_) => Side::Amazon,
            Self::Ups(_) => Side::Ups,
        }
    }
}

/// Responses to either side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnyResponses {
    Amazon(Responses<amazon::Event>),
    Ups(Responses<ups::Event>),
}

impl AnyResponses {
    pub fn nothing(to: Side) -> Self {
        match to {
            Side::Amazon => Self::Amazon(Responses::default()),
            Side::Ups => Self::Ups(Responses::default()),
        }
    }

    pub fn is_empty(&self) -> bool {
        match self {
            Self::Amazon(it) => it.events.is_empty() && it.acks.is_empty() && !it.finished,
            Self::Ups(it) => it.events.is_empty() && it.acks.is_empty() && !it.finished,
        }
    }

    pub fn is_last(&self) -> bool {
        match self {
            Self::Amazon(it) => it.finished,
            Self::Ups(it) => it.finished,
        }
    }
}

/// What leaves the party.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// One message, without the length before it.
    Send { connection: ConnectionId, bytes: Bytes },
    /// Close the socket once everything before is sent.
    Close { connection: ConnectionId },
    /// Close every socket that is open: the party starts, and knows none of them.
    CloseAll,
    /// That many received messages are done with, so that as many more may be read.
    Taken { connection: ConnectionId, messages: usize },
    /// For those who watch; no part of what the world does.
    Observed(Box<Observed>),
    /// There are so many worlds.
    Worlds { count: usize },
    /// To who looks.
    Looked { reply: ReplyId, view: Box<View> },
}
