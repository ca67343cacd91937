//! Roughly how many bytes a message takes on the wire, and about as many in memory.
//!
//! What is too heavy for somebody is not decided here.

use crate::wire::{
    amazon::{self, Thing},
    ups,
};

/// What an event takes without its texts, roughly and at most.
const EVENT_BYTES: usize = 64;
/// The same of one thing in a list.
const THING_BYTES: usize = 64;
/// The same of a package and its destination.
const STOP_BYTES: usize = 32;

pub(super) trait Weigh {
    fn weight(&self) -> usize;
}

impl Weigh for amazon::Event {
    fn weight(&self) -> usize {
        match self {
            Self::Arrived { things, .. } => EVENT_BYTES + things.weight(),
            Self::Failed { text, .. } => EVENT_BYTES + text.len(),
            Self::Ready { .. } | Self::Loaded { .. } | Self::Status { .. } => EVENT_BYTES,
        }
    }
}

impl Weigh for ups::Event {
    fn weight(&self) -> usize {
        match self {
            Self::Failed { text, .. } => EVENT_BYTES + text.len(),
            Self::Finished { .. } | Self::Delivered { .. } | Self::Truck { .. } => EVENT_BYTES,
        }
    }
}

/// Only what it lists: the rest is little, and the same for all.
impl Weigh for amazon::Command {
    fn weight(&self) -> usize {
        match self {
            Self::Buy { things, .. } | Self::Pack { things, .. } => things.weight(),
            Self::Load { .. } | Self::Query { .. } => 0,
        }
    }
}

impl Weigh for ups::Command {
    fn weight(&self) -> usize {
        match self {
            Self::Deliver { packages, .. } => packages.len() * STOP_BYTES,
            Self::Pickup { .. } | Self::Query { .. } => 0,
        }
    }
}

impl Weigh for [Thing] {
    fn weight(&self) -> usize {
        self.iter().map(|thing| THING_BYTES + thing.description.len()).sum()
    }
}
