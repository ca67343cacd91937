//! A network that delays, loses, duplicates, reorders and cuts, by seed.
//!
//! It carries frames over connections to the world, and posts with their
//! answers between the others; it knows neither what is in them nor who is
//! right. A connection here is worse than TCP: single frames get lost or
//! overtake each other while it stays open, as behind a flaky world or a
//! proxy, so the links on top have to bear it all. Only the first frames of a
//! connection, the handshake, come in order or not at all.
//!
//! ```text
//!   dial, send_to_world, hang_up, send_to_client, close     request, answer
//!        │                                                      │
//!        ▼                                                      ▼
//!     sockets ──────────────────▶ fate ◀───────────────────── posts
//!                                  │
//!                                  ▼ later, never, or twice
//!                               Arrival
//! ```

mod faults;
mod posts;
mod sockets;

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use super::{Dice, engine::Agenda};
use crate::basis::SimTime;
pub use faults::{FaultCounts, LinkFaults};
use posts::Posts;
use sockets::Sockets;

/// A machine on the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host {
    World,
    Store,
    Carrier,
    /// Those who order.
    Shopper,
}

impl Host {
    /// Those that are a party and can crash.
    pub const PARTIES: [Self; 3] = [Self::World, Self::Store, Self::Carrier];
}

/// A pair of hosts that talk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Link {
    StoreWorld,
    CarrierWorld,
    StoreCarrier,
    ShopperStore,
}

impl Link {
    pub const ALL: [Self; 4] =
        [Self::StoreWorld, Self::CarrierWorld, Self::StoreCarrier, Self::ShopperStore];

    /// The link between two hosts, whichever of them sends.
    fn between(one: Host, other: Host) -> Self {
        match (one.min(other), one.max(other)) {
            (Host::World, Host::Carrier) => Self::CarrierWorld,
            (Host::Store, Host::Carrier) => Self::StoreCarrier,
            (_, Host::Shopper) => Self::ShopperStore,
            _ => Self::StoreWorld,
        }
    }
}

/// A connection as the world numbers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SocketId(pub u64);

/// A request as it came to its addressee; a duplicate is another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// What the network brings to a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrival {
    /// To the world: somebody connected.
    Opened {
        socket: SocketId,
        from: Host,
    },
    /// To the world.
    FrameAtWorld {
        socket: SocketId,
        bytes: Bytes,
    },
    /// To the world: the connection is gone.
    Closed {
        socket: SocketId,
    },
    DialSucceeded {
        to: Host,
        connection: u64,
    },
    DialFailed {
        to: Host,
        connection: u64,
        reason: String,
    },
    FrameAtClient {
        to: Host,
        connection: u64,
        bytes: Bytes,
    },
    /// To the one who dialled: the connection is gone.
    Lost {
        to: Host,
        connection: u64,
    },
    Request {
        to: Host,
        from: Host,
        request: RequestId,
        body: Bytes,
    },
    /// To the one who posted: the answer, or why there is none.
    Answered {
        to: Host,
        post: u64,
        result: Result<Bytes, String>,
    },
}

/// Everything that is on its way.
pub struct Network {
    wires: Wires,
    sockets: Sockets,
    posts: Posts,
}

/// What sockets and posts have in common.
struct Wires {
    dice: Dice,
    agenda: Agenda<InFlight>,
    faults: BTreeMap<Link, LinkFaults>,
    /// Links through which nothing gets until then.
    cut_until: BTreeMap<Link, SimTime>,
    up: BTreeSet<Host>,
    counts: FaultCounts,
}

enum InFlight {
    Socket(sockets::InFlight),
    Post(posts::InFlight),
}

impl Network {
    /// A network on which everything works and everybody is down.
    pub fn new(dice: Dice) -> Self {
        let wires = Wires {
            dice,
            agenda: Agenda::new(),
            faults: BTreeMap::new(),
            cut_until: BTreeMap::new(),
            up: BTreeSet::from([Host::Shopper]),
            counts: FaultCounts::default(),
        };
        Self { wires, sockets: Sockets::new(), posts: Posts::new() }
    }

    /// From now on a link behaves like this.
    pub fn set_faults(&mut self, link: Link, faults: LinkFaults) {
        self.wires.faults.insert(link, faults);
    }

    /// How often which fault has struck.
    pub fn counts(&self) -> &FaultCounts {
        &self.wires.counts
    }

    /// The host answers from now on.
    pub fn comes_up(&mut self, host: Host) {
        self.wires.up.insert(host);
    }

    /// The host's process is gone, with its connections and requests.
    pub fn goes_down(&mut self, now: SimTime, host: Host) {
        self.wires.up.remove(&host);
        self.sockets.host_died(now, host, &mut self.wires);
        self.posts.host_died(now, host, &mut self.wires);
    }

    /// Nothing gets through until then, and connections break.
    pub fn cut(&mut self, now: SimTime, link: Link, until: SimTime) {
        self.wires.counts.partitions += 1;
        self.wires.cut_until.insert(link, until);
        self.sockets.break_all(now, link, &mut self.wires);
    }

    /// Breaks the open connections of a link; each end learns of it in its own time.
    pub fn break_connections(&mut self, now: SimTime, link: Link) {
        self.wires.counts.broken += self.sockets.break_all(now, link, &mut self.wires);
    }

    /// Ends every fault, also those under way.
    pub fn repair(&mut self) {
        self.wires.faults.clear();
        self.wires.cut_until.clear();
    }

    pub fn dial(&mut self, now: SimTime, client: Host, connection: u64) {
        self.sockets.dial(now, client, connection, &mut self.wires);
    }

    pub fn send_to_world(&mut self, now: SimTime, client: Host, connection: u64, bytes: &Bytes) {
        self.sockets.send_to_world(now, client, connection, bytes, &mut self.wires);
    }

    pub fn hang_up(&mut self, now: SimTime, client: Host, connection: u64) {
        self.sockets.hang_up(now, client, connection, &mut self.wires);
    }

    pub fn send_to_client(&mut self, now: SimTime, socket: SocketId, bytes: &Bytes) {
        self.sockets.send_to_client(now, socket, bytes, &mut self.wires);
    }

    /// The world closes a connection.
    pub fn close(&mut self, now: SimTime, socket: SocketId) {
        self.sockets.close(now, socket, &mut self.wires);
    }

    /// The world closes every connection that it has open.
    pub fn close_all(&mut self, now: SimTime) {
        self.sockets.host_died(now, Host::World, &mut self.wires);
    }

    /// Posts something and waits for an answer.
    pub fn request(&mut self, now: SimTime, from: Host, to: Host, post: u64, body: &Bytes) {
        self.posts.request(now, from, to, post, body, &mut self.wires);
    }

    /// Answers a request.
    pub fn answer(&mut self, now: SimTime, request: RequestId, body: &Bytes) {
        self.posts.answer(now, request, body, &mut self.wires);
    }

    /// When something arrives next, or would if nobody minded.
    pub fn next_moment(&mut self) -> Option<SimTime> {
        self.wires.agenda.next_moment().map(SimTime::from_micros)
    }

    /// What arrives now. None where nothing does, also where the next thing
    /// was on its way to somebody who is gone.
    pub fn arrive(&mut self, now: SimTime) -> Option<Arrival> {
        match self.wires.agenda.next(now.micros())? {
            InFlight::Socket(it) => self.sockets.arrive(now, it, &mut self.wires),
            InFlight::Post(it) => self.posts.arrive(now, it, &mut self.wires),
        }
    }
}

impl Wires {
    fn later(&mut self, at: SimTime, what: InFlight) {
        self.agenda.send_at(at.micros(), what);
    }

    fn is_up(&self, host: Host) -> bool {
        self.up.contains(&host)
    }

    fn is_cut(&self, now: SimTime, link: Link) -> bool {
        self.cut_until.get(&link).is_some_and(|until| *until > now)
    }

    /// When the link is whole again.
    fn whole_at(&self, now: SimTime, link: Link) -> SimTime {
        self.cut_until.get(&link).copied().unwrap_or(now).max(now)
    }

    fn faults(&self, link: Link) -> LinkFaults {
        self.faults.get(&link).copied().unwrap_or_default()
    }

    fn delay(&mut self, link: Link) -> std::time::Duration {
        let faults = self.faults(link);
        self.dice.span(faults.delay_least, faults.delay_most)
    }
}

#[cfg(test)]
mod tests;
