//! Connections to the world, and the frames on them.
//!
//! Each end has its own idea of whether a connection is open; they agree in
//! the end, but not at once.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;

use super::{Arrival, Host, Link, SocketId, Wires};
use crate::basis::SimTime;

/// The first frames of each direction are the handshake, which is not tampered with.
const HANDSHAKE_FRAMES: u32 = 3;
/// Until somebody notices that a connection is broken, at most.
const NOTICED_WITHIN: Duration = Duration::from_secs(4);
/// Until a dial that meets silence is given up.
const DIAL_TIMEOUT: Duration = Duration::from_secs(3);

#[derive(Debug)]
pub(super) enum InFlight {
    Dial(SocketId),
    Dialled {
        socket: SocketId,
        reason: Option<String>,
    },
    ToWorld {
        socket: SocketId,
        bytes: Bytes,
    },
    ToClient {
        socket: SocketId,
        bytes: Bytes,
    },
    ClosedAtWorld(SocketId),
    /// The world closed it itself, and is told that this is done.
    ClosedByWorld(SocketId),
    LostAtClient(SocketId),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    NotYet,
    Open,
    Closed,
}

#[derive(Debug)]
struct Socket {
    client: Host,
    connection: u64,
    at_client: End,
    at_world: End,
    /// Whatever is sent from now on gets nowhere.
    broken: bool,
    to_world: Lane,
    to_client: Lane,
}

/// One direction of a connection.
#[derive(Debug, Default)]
struct Lane {
    frames: u32,
    /// When the last frame in order arrives.
    last: SimTime,
}

pub(super) struct Sockets {
    next: u64,
    sockets: BTreeMap<SocketId, Socket>,
    by_client: BTreeMap<(Host, u64), SocketId>,
}

impl Sockets {
    pub(super) fn new() -> Self {
        Self { next: 1, sockets: BTreeMap::new(), by_client: BTreeMap::new() }
    }

    pub(super) fn dial(&mut self, now: SimTime, client: Host, connection: u64, wires: &mut Wires) {
        let id = SocketId(self.next);
        self.next += 1;
        let socket = Socket {
            client,
            connection,
            at_client: End::NotYet,
            at_world: End::NotYet,
            broken: false,
            to_world: Lane::default(),
            to_client: Lane::default(),
        };
        let link = socket.link();
        self.sockets.insert(id, socket);
        self.by_client.insert((client, connection), id);
        if wires.is_cut(now, link) {
            fail(now + DIAL_TIMEOUT, id, "no answer", wires);
        } else {
            let delay = wires.delay(link);
            wires.later(now + delay, flying(InFlight::Dial(id)));
        }
    }

    pub(super) fn send_to_world(
        &mut self,
        now: SimTime,
        client: Host,
        connection: u64,
        bytes: &Bytes,
        wires: &mut Wires,
    ) {
        let Some(&id) = self.by_client.get(&(client, connection)) else { return };
        let Some(socket) = self.sockets.get_mut(&id) else { return };
        if socket.at_client != End::Open {
            return;
        }
        for at in socket.fate(now, true, wires) {
            wires.later(at, flying(InFlight::ToWorld { socket: id, bytes: bytes.clone() }));
        }
    }

    pub(super) fn send_to_client(
        &mut self,
        now: SimTime,
        id: SocketId,
        bytes: &Bytes,
        wires: &mut Wires,
    ) {
        let Some(socket) = self.sockets.get_mut(&id) else { return };
        if socket.at_world != End::Open {
            return;
        }
        for at in socket.fate(now, false, wires) {
            wires.later(at, flying(InFlight::ToClient { socket: id, bytes: bytes.clone() }));
        }
    }

    pub(super) fn hang_up(
        &mut self,
        now: SimTime,
        client: Host,
        connection: u64,
        wires: &mut Wires,
    ) {
        let Some(&id) = self.by_client.get(&(client, connection)) else { return };
        self.end_at_client(now, id, wires);
    }

    pub(super) fn close(&mut self, now: SimTime, id: SocketId, wires: &mut Wires) {
        if self.sockets.get(&id).is_some_and(|socket| socket.at_world == End::Open) {
            self.end_at_world(now, id, wires);
            wires.later(now, flying(InFlight::ClosedByWorld(id)));
        }
    }

    pub(super) fn host_died(&mut self, now: SimTime, host: Host, wires: &mut Wires) {
        let ids: Vec<_> = self.sockets.keys().copied().collect();
        for id in ids {
            match host {
                Host::World => self.end_at_world(now, id, wires),
                Host::Store | Host::Carrier | Host::Shopper => {
                    if self.sockets.get(&id).is_some_and(|socket| socket.client == host) {
                        self.end_at_client(now, id, wires);
                    }
                }
            }
        }
    }

    /// Breaks the connections of a link and says how many there were.
    pub(super) fn break_all(&mut self, now: SimTime, link: Link, wires: &mut Wires) -> u64 {
        let mut broken = 0;
        for (id, socket) in &mut self.sockets {
            if socket.link() != link || socket.broken || socket.at_world != End::Open {
                continue;
            }
            socket.broken = true;
            broken += 1;
            let (sooner, later) = (
                wires.dice.span(Duration::ZERO, NOTICED_WITHIN),
                wires.dice.span(Duration::ZERO, NOTICED_WITHIN),
            );
            wires.later(now + sooner, flying(InFlight::LostAtClient(*id)));
            wires.later(now + later, flying(InFlight::ClosedAtWorld(*id)));
        }
        broken
    }

    pub(super) fn arrive(
        &mut self,
        now: SimTime,
        what: InFlight,
        wires: &mut Wires,
    ) -> Option<Arrival> {
        match what {
            InFlight::Dial(id) => self.dial_arrives(now, id, wires),
            InFlight::Dialled { socket, reason } => self.dialled(now, socket, reason, wires),
            InFlight::ToWorld { socket, bytes } => {
                let open = self.sockets.get(&socket).is_some_and(|it| it.at_world == End::Open);
                open.then_some(Arrival::FrameAtWorld { socket, bytes })
            }
            InFlight::ToClient { socket, bytes } => {
                let it = self.sockets.get(&socket).filter(|it| it.at_client == End::Open)?;
                Some(Arrival::FrameAtClient { to: it.client, connection: it.connection, bytes })
            }
            InFlight::ClosedAtWorld(id) => {
                let it = self.sockets.get_mut(&id).filter(|it| it.at_world == End::Open)?;
                it.at_world = End::Closed;
                self.forget_if_over(id);
                Some(Arrival::Closed { socket: id })
            }
            InFlight::ClosedByWorld(id) => Some(Arrival::Closed { socket: id }),
            InFlight::LostAtClient(id) => {
                let it = self.sockets.get_mut(&id).filter(|it| it.at_client == End::Open)?;
                it.at_client = End::Closed;
                let lost = Arrival::Lost { to: it.client, connection: it.connection };
                self.forget_if_over(id);
                Some(lost)
            }
        }
    }

    fn dial_arrives(&mut self, now: SimTime, id: SocketId, wires: &mut Wires) -> Option<Arrival> {
        let socket = self.sockets.get_mut(&id)?;
        let link = socket.link();
        let delay = wires.delay(link);
        if !wires.is_up(Host::World) {
            fail(now + delay, id, "connection refused", wires);
            return None;
        }
        if socket.at_client == End::Closed || wires.is_cut(now, link) {
            fail(now + DIAL_TIMEOUT, id, "no answer", wires);
            return None;
        }
        socket.at_world = End::Open;
        // Nothing that the world sends may overtake the news that there is a connection.
        socket.to_client.last = now + delay;
        wires.later(now + delay, flying(InFlight::Dialled { socket: id, reason: None }));
        Some(Arrival::Opened { socket: id, from: socket.client })
    }

    fn dialled(
        &mut self,
        now: SimTime,
        id: SocketId,
        reason: Option<String>,
        wires: &mut Wires,
    ) -> Option<Arrival> {
        let socket = self.sockets.get_mut(&id)?;
        let (to, connection) = (socket.client, socket.connection);
        if socket.at_client == End::Closed {
            // Hung up, or dead, before it came about.
            self.end_at_client(now, id, wires);
            return None;
        }
        let Some(reason) = reason else {
            socket.at_client = End::Open;
            if socket.at_world == End::Closed {
                let at = socket.to_client.last.max(now);
                wires.later(at, flying(InFlight::LostAtClient(id)));
            }
            return Some(Arrival::DialSucceeded { to, connection });
        };
        wires.counts.dials_failed += 1;
        self.sockets.remove(&id);
        self.by_client.remove(&(to, connection));
        Some(Arrival::DialFailed { to, connection, reason })
    }

    fn end_at_client(&mut self, now: SimTime, id: SocketId, wires: &mut Wires) {
        let Some(socket) = self.sockets.get_mut(&id) else { return };
        socket.at_client = End::Closed;
        if socket.at_world == End::Open {
            let link = socket.link();
            let delay = wires.delay(link);
            let at = (wires.whole_at(now, link) + delay).max(socket.to_world.last);
            wires.later(at, flying(InFlight::ClosedAtWorld(id)));
        }
        self.forget_if_over(id);
    }

    fn end_at_world(&mut self, now: SimTime, id: SocketId, wires: &mut Wires) {
        let Some(socket) = self.sockets.get_mut(&id) else { return };
        if socket.at_world != End::Open {
            return;
        }
        socket.at_world = End::Closed;
        if socket.at_client == End::Open {
            let link = socket.link();
            let delay = wires.delay(link);
            let at = (wires.whole_at(now, link) + delay).max(socket.to_client.last);
            wires.later(at, flying(InFlight::LostAtClient(id)));
        }
        self.forget_if_over(id);
    }

    fn forget_if_over(&mut self, id: SocketId) {
        let Some(socket) = self.sockets.get(&id) else { return };
        if socket.at_client == End::Closed && socket.at_world == End::Closed {
            self.by_client.remove(&(socket.client, socket.connection));
            self.sockets.remove(&id);
        }
    }
}

impl Socket {
    fn link(&self) -> Link {
        Link::between(self.client, Host::World)
    }

    /// When the frame arrives: at several moments, or never.
    fn fate(&mut self, now: SimTime, to_world: bool, wires: &mut Wires) -> Vec<SimTime> {
        let link = self.link();
        let faults = wires.faults(link);
        let lane = if to_world { &mut self.to_world } else { &mut self.to_client };
        lane.frames += 1;
        let in_order = (now + wires.delay(link)).max(lane.last);
        if self.broken || wires.is_cut(now, link) {
            return Vec::new();
        }
        if lane.frames <= HANDSHAKE_FRAMES {
            lane.last = in_order;
            return vec![in_order];
        }
        if wires.dice.chance(faults.loss) {
            wires.counts.frames_lost += 1;
            return Vec::new();
        }
        let mut arrivals = Vec::new();
        if wires.dice.chance(faults.reordering) {
            wires.counts.frames_reordered += 1;
            arrivals.push(in_order + wires.dice.span(Duration::ZERO, faults.straggle_most));
        } else {
            lane.last = in_order;
            arrivals.push(in_order);
        }
        if wires.dice.chance(faults.duplication) {
            wires.counts.frames_duplicated += 1;
            arrivals.push(in_order + wires.dice.span(Duration::ZERO, faults.straggle_most));
        }
        arrivals
    }
}

fn flying(what: InFlight) -> super::InFlight {
    super::InFlight::Socket(what)
}

fn fail(at: SimTime, socket: SocketId, reason: &str, wires: &mut Wires) {
    let reason = Some(reason.to_owned());
    wires.later(at, flying(InFlight::Dialled { socket, reason }));
}
