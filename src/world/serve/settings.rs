//! What an operator can choose for the simulator.
//!
//! Where options come from is not known here.

use std::{net::SocketAddr, time::Duration};

use crate::{
    link::ResendPolicy,
    wire::framing::MESSAGE_BYTES_MAX,
    world::model::{Bounds, LinkRules, Pace, Physics, Rules},
};

/// The settings of a simulator.
#[derive(Debug, Clone)]
pub struct WorldSettings {
    pub amazon_addr: SocketAddr,
    pub ups_addr: SocketAddr,
    /// Where people and programs look into the worlds.
    pub http_addr: SocketAddr,
    /// Simulated seconds a second, until a client says otherwise.
    pub simspeed: u32,
    /// The same whatever clients say; goes before `simspeed`.
    pub fixed_speed: Option<u32>,
    /// Clients are spoken to only this often, each counted from its own connect.
    pub tick: Option<Duration>,
    /// Percentage of incoming requests that are dropped, 0 to 99.
    pub flakiness: u8,
    /// Of the dice of flakiness.
    pub seed: u64,
    /// Simulated seconds from a purchase to its arrival.
    pub buy_s: u32,
    /// Simulated seconds to pack a package.
    pub pack_s: u32,
    /// Simulated seconds to load a package.
    pub load_s: u32,
    /// Simulated seconds for a truck to move one grid unit.
    pub move_s: u32,
    /// What one world holds at most.
    pub bounds: Bounds,
    pub worlds_max: usize,
    pub resend: ResendPolicy,
    /// A connection that is silent for this long is closed.
    pub idle: Duration,
    pub connections_max: usize,
    /// Bytes of one connection's messages that are being worked on at most, each with
    /// a little for itself; then it is not read.
    pub unanswered_bytes_max: usize,
    /// Messages that wait to be written to one connection at most; then it is closed.
    pub unwritten_max: usize,
    /// The longest message that is read.
    pub message_bytes_max: usize,
    /// Bytes of messages that have come in part, over all connections, at most; then the one
    /// that has been coming for the longest is given up, with its connection.
    pub partial_bytes_max: usize,
}

impl Default for WorldSettings {
    fn default() -> Self {
        let (pace, link) = (Pace::default(), LinkRules::default());
        Self {
            amazon_addr: SocketAddr::from(([127, 0, 0, 1], 23456)),
            ups_addr: SocketAddr::from(([127, 0, 0, 1], 12345)),
            http_addr: SocketAddr::from(([127, 0, 0, 1], 8082)),
            simspeed: pace.simspeed,
            fixed_speed: None,
            tick: None,
            flakiness: link.flakiness,
            seed: link.seed,
            buy_s: pace.buy_s,
            pack_s: pace.pack_s,
            load_s: pace.load_s,
            move_s: pace.move_s,
            bounds: Bounds::default(),
            worlds_max: Rules::default().worlds_max,
            resend: ResendPolicy {
                first: Duration::from_millis(link.resend_first_ms),
                cap: Duration::from_millis(link.resend_cap_ms),
                window: link.window,
            },
            idle: Duration::from_millis(link.idle_ms),
            connections_max: 4_096,
            unanswered_bytes_max: 1024 * 1024,
            unwritten_max: 4_096,
            message_bytes_max: MESSAGE_BYTES_MAX,
            partial_bytes_max: 256 * 1024 * 1024,
        }
    }
}

impl WorldSettings {
    /// Free ports, and everything that takes time takes little.
    pub fn for_testing() -> Self {
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        Self {
            amazon_addr: any_port,
            ups_addr: any_port,
            http_addr: any_port,
            simspeed: 10_000,
            resend: ResendPolicy {
                first: Duration::from_millis(50),
                cap: Duration::from_millis(400),
                ..ResendPolicy::default()
            },
            ..Self::default()
        }
    }

    /// What of this the models know.
    pub fn rules(&self) -> Rules {
        let Self { buy_s, pack_s, load_s, move_s, .. } = *self;
        let simspeed = self.fixed_speed.unwrap_or(self.simspeed).max(1);
        let is_speed_fixed = self.fixed_speed.is_some();
        let pace = Pace { simspeed, is_speed_fixed, buy_s, pack_s, load_s, move_s };
        let link = LinkRules {
            flakiness: self.flakiness.min(99),
            seed: self.seed,
            idle_ms: millis(self.idle),
            resend_first_ms: millis(self.resend.first),
            resend_cap_ms: millis(self.resend.cap),
            window: self.resend.window,
            tick_ms: self.tick.map(millis),
        };
        let physics = Physics { pace, bounds: self.bounds };
        Rules { physics, link, worlds_max: self.worlds_max }
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
