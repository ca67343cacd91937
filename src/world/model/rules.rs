//! What an operator decides about worlds: their pace, their bounds, and how
//! their links behave.
//!
//! [`Physics`] decides what happens in a simulation, so a change of it is an
//! entry of its log. [`LinkRules`] only decide what gets through,
//! and hold for connections made from then on.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::link::ResendPolicy;

/// Everything that an operator decides about worlds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rules {
    pub physics: Physics,
    pub link: LinkRules,
    /// Worlds that one simulator keeps at most.
    pub worlds_max: usize,
}

impl Default for Rules {
    fn default() -> Self {
        Self { physics: Physics::default(), link: LinkRules::default(), worlds_max: 10_000 }
    }
}

/// What decides the course of a simulation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Physics {
    pub pace: Pace,
    pub bounds: Bounds,
}

/// How long things take, in simulated seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pace {
    /// Simulated seconds in a second, until a client says otherwise.
    pub simspeed: u32,
    /// What clients say about the speed changes nothing.
    pub is_speed_fixed: bool,
    /// From a purchase to its arrival at the warehouse.
    pub buy_s: u32,
    /// To pack one package.
    pub pack_s: u32,
    /// To load one package onto a truck.
    pub load_s: u32,
    /// For a truck to move one grid unit.
    pub move_s: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self { simspeed: 100, is_speed_fixed: false, buy_s: 100, pack_s: 60, load_s: 30, move_s: 1 }
    }
}

/// What one world holds at most; past a bound a request is refused with a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Bounds {
    pub warehouses_max: usize,
    pub trucks_max: usize,
    pub products_max: usize,
    /// Packages that are not delivered yet.
    pub packages_max: usize,
    /// Delivered packages, the latest ones, whose history is kept.
    pub delivered_kept: usize,
    /// Products in one purchase or package.
    pub things_max: usize,
    /// Of one product; with `things_max` of them a purchase still fits a message.
    pub description_bytes_max: usize,
    /// Things that are going on at a time: purchases, packings, loadings, journeys.
    pub happenings_max: usize,
    /// Messages that one side has not acked; past it, its commands wait.
    pub unacked_max: usize,
    /// Products on shelves: each product counts once for each warehouse that had it.
    pub shelves_max: usize,
    /// Runs of ids of delivered packages without a gap in them; who counts up has few.
    pub id_runs_max: usize,
    /// Bytes of product descriptions, of purchases on their way, and of messages that a
    /// side has not acked: each of them.
    pub text_bytes_max: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            warehouses_max: 100_000,
            trucks_max: 100_000,
            products_max: 1_000_000,
            packages_max: 4_000_000,
            delivered_kept: 2_000,
            things_max: 1_000,
            description_bytes_max: 4_096,
            happenings_max: 4_000_000,
            unacked_max: 1_000_000,
            shelves_max: 4_000_000,
            id_runs_max: 1_000_000,
            text_bytes_max: 256 * 1024 * 1024,
        }
    }
}

/// Enough for hundreds of thousands of events a second that take some milliseconds there and back.
const WINDOW: usize = 16_384;

/// How the links to clients behave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LinkRules {
    /// Percentage of incoming requests that are dropped, 0 to 99.
    pub flakiness: u8,
    /// Of the dice that drop them.
    pub seed: u64,
    /// A connection that is silent for this long is closed.
    pub idle_ms: u64,
    pub resend_first_ms: u64,
    pub resend_cap_ms: u64,
    /// Messages in flight at most on each link.
    pub window: usize,
    /// None: what there is to say is said at once, and again as the times above
    /// have it. Some: it is said only every so often, counted from the moment at
    /// which a client was let in; then all of it, what is unacked too, in one message.
    pub tick_ms: Option<u64>,
}

impl Default for LinkRules {
    fn default() -> Self {
        Self {
            flakiness: 0,
            seed: 0,
            idle_ms: 600_000,
            resend_first_ms: 500,
            resend_cap_ms: 8_000,
            window: WINDOW,
            tick_ms: None,
        }
    }
}

impl LinkRules {
    pub(super) fn idle(&self) -> Duration {
        Duration::from_millis(self.idle_ms)
    }

    pub(super) fn tick(&self) -> Option<Duration> {
        self.tick_ms.map(|tick_ms| Duration::from_millis(tick_ms.max(1)))
    }

    pub(super) fn resend(&self) -> ResendPolicy {
        let (first_ms, cap_ms) = match self.tick_ms {
            None => (self.resend_first_ms, self.resend_cap_ms),
            // At each tick.
            Some(_) => (0, 0),
        };
        ResendPolicy {
            first: Duration::from_millis(first_ms),
            cap: Duration::from_millis(cap_ms),
            window: self.window.max(1),
        }
    }
}
