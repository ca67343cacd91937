//! How the link gets a connection: dialing, saying hello, resting, saying how things stand.
//!
//! Nothing of what is said afterwards.

use std::time::Duration;

use bytes::Bytes;
use prost::Message as _;

use super::WorldLink;
use crate::{
    basis::{SimTime, WarehouseId, WorldId},
    link::Backoff,
    runtime::Outbox,
    store::model::{
        outputs::{ConnectionId, Note, Output, WorldStatus},
        party::Store,
        records::Record,
    },
    wire::{Connect, amazon},
};

pub(super) const DIAL_AGAIN: Backoff =
    Backoff::new(Duration::from_millis(200), Duration::from_secs(10));

/// How long the world may take to answer a dial or a hello.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// What the world says of a warehouse that it has.
const EXISTS: &str = "already exists";

/// How far we are with the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Phase {
    /// Not started, or nobody has said which world.
    Idle,
    Dialing {
        connection: ConnectionId,
        until: SimTime,
    },
    /// Hello was said, with these warehouses.
    Greeting {
        connection: ConnectionId,
        offered: Vec<WarehouseId>,
        until: SimTime,
    },
    Open {
        connection: ConnectionId,
        since: SimTime,
    },
    Resting {
        until: SimTime,
        reason: String,
    },
}

impl Phase {
    pub(super) fn connection(&self) -> Option<ConnectionId> {
        match self {
            Self::Idle | Self::Resting { .. } => None,
            Self::Dialing { connection, .. } => Some(*connection),
            Self::Greeting { connection, .. } | Self::Open { connection, .. } => Some(*connection),
        }
    }

    pub(super) fn is_dialing(&self, called: ConnectionId) -> bool {
        matches!(self, Self::Dialing { connection, .. } if *connection == called)
    }
}

impl WorldLink {
    pub(super) fn dial(&mut self, now: SimTime, out: &mut Outbox<Store>) {
        let has_goal = self.world.is_some() || self.wants_new;
        if !self.is_open || self.is_held || !has_goal {
            return;
        }
        if let Some(seq) = self.probe.take() {
            // Who is there answers the next hello.
            self.outbound.acknowledge(now, seq);
        }
        self.connection_last = ConnectionId(self.connection_last.0 + 1);
        let connection = self.connection_last;
        self.phase = Phase::Dialing { connection, until: now + ANSWER_WITHIN };
        out.emit(Output::Dial { connection });
    }

    pub(super) fn greet(
        &mut self,
        connection: ConnectionId,
        now: SimTime,
        out: &mut Outbox<Store>,
    ) {
        if !self.phase.is_dialing(connection) {
            // An old dial that has succeeded late.
            return out.emit(Output::HangUp { connection });
        }
        self.say_hello(connection, now, out);
    }

    pub(super) fn greeted(&mut self, bytes: &Bytes, now: SimTime, out: &mut Outbox<Store>) {
        let Phase::Greeting { connection, offered, .. } = &self.phase else { return };
        let (connection, offered) = (*connection, offered.clone());
        match amazon::decode_connected(bytes) {
            Ok(connected) if connected.is_good() => {
                let world = self.world.unwrap_or_else(|| self.found(connected.world, out));
                self.offers.taken(&offered);
                self.register(world, offered, false, out);
                if self.unregistered().is_empty() {
                    self.start_work(connection, now, out);
                } else {
                    self.call_anew(now, out);
                }
            }
            // Another's, or ours and our note of it was lost on the way to the disk.
            Ok(connected) if connected.result.contains(EXISTS) && !offered.is_empty() => {
                let there = self.offers.refused(&offered);
                if let Some((world, warehouse)) = self.world.zip(there) {
                    self.register(world, vec![warehouse], true, out);
                    out.emit(Output::Noted(Note::WarehouseWasThere { world, warehouse }));
                }
                self.say_hello(connection, now, out);
            }
            Ok(connected) => {
                self.hang_up(out);
                self.rest(connected.result, now, out);
            }
            Err(error) => {
                let reason = error.to_string();
                out.emit(Output::Noted(Note::BadFrame { reason: reason.clone() }));
                self.hang_up(out);
                self.rest(reason, now, out);
            }
        }
    }

    /// The world that was made for us is ours.
    fn found(&mut self, world: WorldId, out: &mut Outbox<Store>) -> WorldId {
        out.save(Record::WorldChosen(world));
        self.world = Some(world);
        self.wants_new = false;
        world
    }

    fn start_work(&mut self, connection: ConnectionId, now: SimTime, out: &mut Outbox<Store>) {
        self.outbound.open(now);
        self.dial_again.reset();
        self.phase = Phase::Open { connection, since: now };
        self.tell_speed(now, out);
        self.say_status(out);
    }

    /// There is no connection (any more): wait a while, then dial.
    pub(super) fn rest(&mut self, reason: String, now: SimTime, out: &mut Outbox<Store>) {
        self.outbound.close();
        self.phase = Phase::Resting { until: now + self.dial_again.pause(), reason };
        self.say_status(out);
    }

    pub(super) fn hang_up(&mut self, out: &mut Outbox<Store>) {
        self.outbound.close();
        if let Some(connection) = self.phase.connection() {
            out.emit(Output::HangUp { connection });
        }
        self.phase = Phase::Idle;
    }

    /// Tells the outside how things stand, where that has changed.
    pub(super) fn say_status(&mut self, out: &mut Outbox<Store>) {
        let connected = matches!(self.phase, Phase::Open { .. });
        let reason = match &self.phase {
            Phase::Open { .. } => String::new(),
            Phase::Resting { reason, .. } => reason.clone(),
            Phase::Idle if self.is_held => "an admin has disconnected the store".to_owned(),
            Phase::Idle if self.world.is_none() && !self.wants_new => {
                "nobody has said which world this store is in: the carrier does by /set_worldid, or --world-id".to_owned()
            }
            Phase::Idle | Phase::Dialing { .. } | Phase::Greeting { .. } => "connecting".to_owned(),
        };
        let failed = matches!(self.phase, Phase::Resting { .. });
        let (world, held) = (self.world, self.is_held);
        let status = WorldStatus { world, connected, held, failed, reason };
        if self.said.as_ref() != Some(&status) {
            self.said = Some(status.clone());
            out.emit(Output::World(status));
        }
    }

    fn say_hello(&mut self, connection: ConnectionId, now: SimTime, out: &mut Outbox<Store>) {
        let offered = self.offers.next(self.unregistered());
        let sites = offered.iter().filter_map(|id| self.sites.get(id));
        let initial = sites.map(|site| (site.id, site.at)).collect();
        let hello = Connect { world: self.world, initial, is_amazon: true };
        let bytes = Bytes::from(amazon::encode_connect(&hello).encode_to_vec());
        out.emit(Output::SendWorld { connection, bytes });
        self.phase = Phase::Greeting { connection, offered, until: now + ANSWER_WITHIN };
    }

    /// Ours that the world is not known to have.
    fn unregistered(&self) -> Vec<WarehouseId> {
        let knows = |world, warehouse| self.registered.contains(&(world, warehouse));
        let is_new =
            |warehouse: &WarehouseId| self.world.is_none_or(|world| !knows(world, *warehouse));
        self.sites.keys().copied().filter(is_new).collect()
    }

    fn register(
        &mut self,
        world: WorldId,
        warehouses: Vec<WarehouseId>,
        was_there: bool,
        out: &mut Outbox<Store>,
    ) {
        if warehouses.is_empty() {
            return;
        }
        self.registered.extend(warehouses.iter().map(|warehouse| (world, *warehouse)));
        out.save(Record::Registered { world, warehouses, was_there });
    }
}
