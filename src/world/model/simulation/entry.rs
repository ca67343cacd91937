//! What the log of a world consists of.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    basis::{Seq, SimTime},
    wire::{Numbered, amazon, ups},
    world::model::{Initial, Physics, weight::Weigh as _},
};

/// One input and its moment.
///
/// Acks come along with the next input: one that is lost in a crash only means
/// that a message is sent, and acked, once more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub at: SimTime,
    /// Numbers of ours that were acked since the last entry.
    pub acked: Vec<Seq>,
    pub input: Input,
}

/// Something that changed a world.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Input {
    /// Time passed, and what was due by then has happened.
    Advanced,
    /// The operator changed the rules.
    Ruled(Physics),
    /// A client brought warehouses or trucks.
    Joined(Initial),
    /// Commands of the store that were never seen before.
    Amazon { commands: Arc<Vec<Numbered<amazon::Command>>>, simspeed: Option<u32> },
    /// Commands of the carrier that were never seen before.
    Ups { commands: Arc<Vec<Numbered<ups::Command>>>, simspeed: Option<u32> },
}

impl Input {
    /// How many commands there are in it.
    pub fn commands_count(&self) -> usize {
        match self {
            Self::Amazon { commands, .. } => commands.len(),
            Self::Ups { commands, .. } => commands.len(),
            Self::Advanced | Self::Ruled(_) | Self::Joined(_) => 0,
        }
    }

    /// Bytes of what its commands list, roughly.
    pub fn weight(&self) -> usize {
        match self {
            Self::Amazon { commands, .. } => commands.iter().map(|it| it.body.weight()).sum(),
            Self::Ups { commands, .. } => commands.iter().map(|it| it.body.weight()).sum(),
            Self::Advanced | Self::Ruled(_) | Self::Joined(_) => 0,
        }
    }
}
