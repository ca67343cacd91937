//! How the link joins its world, and how the trucks come to be there.
//!
//! A world takes all the trucks that a greeting offers or, where it has one of
//! them already, none, and does not say which. Then the carrier joins without
//! trucks and asks for each how it is: one that is answered for is there, one
//! that the world does not know is offered with the next greeting.
//!
//! ```text
//!   offer all ── "already exists" ──▶ join without ──▶ ask for each ──▶ offer the rest
//!       └── connected! ──▶ all are there     on the same connection    └─ on a new one
//! ```
//!
//! So it takes a few greetings and one question a truck: a world that refuses the
//! rest as well, or does not answer a question in time, is believed that it has
//! the trucks. What is found out is committed as it is found.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use prost::Message as _;

use super::{GREETING_WITHIN, Phase, WorldLink};
use crate::{
    basis::{Point, Seq, SimTime, TruckId, WorldId},
    carrier::model::{
        letters::{DispatcherLetter, Letter, PeerLetter, TruckLetter},
        outputs::{ConnectionId, Output, WorldStatus},
        party::Carrier,
        records::Record,
    },
    runtime::Outbox,
    wire::{
        Connect,
        ups::{self, Command},
    },
};

/// What a world says of a truck that it has.
const EXISTS: &str = "already exists";

/// A truck that is not answered for within this time is taken to be there. Shorter than
/// `ACK_WITHIN`: a world that does not even ack questions would be hung up on first, and
/// asked again for ever.
const SURVEY_WITHIN: Duration = Duration::from_secs(20);

/// Whether it is known which of the missing trucks the world has.
#[derive(Debug, Default)]
pub(super) enum Survey {
    #[default]
    NotMade,
    /// The questions without an answer.
    UnderWay { asked: BTreeMap<Seq, TruckId>, until: SimTime },
    /// The world does not know those that are missing.
    Done,
}

impl Survey {
    pub(super) fn next_wake(&self) -> Option<SimTime> {
        match self {
            Self::UnderWay { until, .. } => Some(*until),
            Self::NotMade | Self::Done => None,
        }
    }
}

impl WorldLink {
    pub(super) fn greet(
        &mut self,
        now: SimTime,
        connection: ConnectionId,
        with_trucks: bool,
        out: &mut Outbox<Carrier>,
    ) {
        let offered = self.missing.iter().filter(|_| with_trucks);
        let initial = offered.map(|(truck, at)| (*truck, *at)).collect();
        let connect = Connect { world: self.world, initial, is_amazon: false };
        let bytes = Bytes::from(ups::encode_connect(&connect).encode_to_vec());
        self.phase = Phase::Greeting { connection, until: now + GREETING_WITHIN, with_trucks };
        out.emit(Output::SendWorld { connection, bytes });
    }

    pub(super) fn receive_welcome(
        &mut self,
        now: SimTime,
        connection: ConnectionId,
        with_trucks: bool,
        bytes: &Bytes,
        out: &mut Outbox<Carrier>,
    ) {
        match ups::decode_connected(bytes) {
            Ok(welcome) if welcome.is_good() => {
                if with_trucks || matches!(self.survey, Survey::Done) {
                    let trucks = std::mem::take(&mut self.missing).into_iter().collect();
                    self.join(now, connection, welcome.world, trucks, out);
                } else {
                    self.join(now, connection, welcome.world, Vec::new(), out);
                    self.begin_survey(now, out);
                }
            }
            Ok(refusal) if with_trucks && refusal.result.contains(EXISTS) => {
                self.greet(now, connection, false, out);
            }
            Ok(refusal) => {
                out.emit(Output::HangUp { connection });
                self.retreat(now, WorldStatus::Refused { reason: refusal.result }, out);
            }
            Err(error) => self.hang_up(now, connection, error.to_string(), out),
        }
    }

    fn join(
        &mut self,
        now: SimTime,
        connection: ConnectionId,
        world: WorldId,
        trucks: Vec<(TruckId, Point)>,
        out: &mut Outbox<Carrier>,
    ) {
        if !self.has_joined {
            out.tell(Letter::Peer(PeerLetter::WorldJoined { world }));
        }
        if !self.has_joined || !trucks.is_empty() {
            take_over(world, trucks, out);
        }
        self.world = Some(world);
        self.has_joined = true;
        self.dial_again.reset();
        self.phase = Phase::Open { connection, quiet_since: now };
        self.outbound.open(now);
        self.tell_speed(now, out);
        out.emit(Output::WorldStatus(WorldStatus::Connected { world }));
    }

    fn begin_survey(&mut self, now: SimTime, out: &mut Outbox<Carrier>) {
        let mut asked = BTreeMap::new();
        for truck in self.missing.keys().copied() {
            self.seq_used = self.seq_used.next();
            asked.insert(self.seq_used, truck);
            self.outbound.push(now, self.seq_used, Command::Query { truck });
        }
        out.save(Record::WorldNumberUsed { seq: self.seq_used });
        self.survey = Survey::UnderWay { asked, until: now + SURVEY_WITHIN };
    }

    /// The world has answered for a truck; also for one that was asked for long ago.
    pub(super) fn seen(&mut self, truck: TruckId, at: Point, out: &mut Outbox<Carrier>) {
        let Some(world) = self.world.filter(|_| self.missing.remove(&truck).is_some()) else {
            return;
        };
        take_over(world, vec![(truck, at)], out);
        if let Survey::UnderWay { asked, .. } = &mut self.survey {
            asked.retain(|_, other| *other != truck);
        }
    }

    /// The world does not know the truck for which was asked under this number.
    pub(super) fn unknown(&mut self, origin: Seq) {
        if let Survey::UnderWay { asked, .. } = &mut self.survey {
            asked.remove(&origin);
        }
    }

    /// Offers what is missing, once each truck is answered for or time is up.
    pub(super) fn end_survey(&mut self, now: SimTime, out: &mut Outbox<Carrier>) {
        let Survey::UnderWay { asked, until } = &mut self.survey else { return };
        if !asked.is_empty() && now < *until {
            return;
        }
        let silent = std::mem::take(asked);
        self.survey = Survey::Done;
        self.believe(now, &silent, out);
        if let (false, Some(connection)) = (self.missing.is_empty(), self.connection()) {
            // A world that has welcomed us hears no other greeting on this connection.
            out.emit(Output::HangUp { connection });
            self.outbound.close();
            self.dial(now, out);
        }
    }

    /// Asked for without an answer: the world has said that it has some.
    fn believe(&mut self, now: SimTime, asked: &BTreeMap<Seq, TruckId>, out: &mut Outbox<Carrier>) {
        let mut there = Vec::new();
        for (seq, truck) in asked {
            self.outbound.acknowledge(now, *seq);
            there.extend(self.missing.remove_entry(truck));
        }
        if let Some(world) = self.world.filter(|_| !there.is_empty()) {
            take_over(world, there, out);
        }
    }

    /// The connection is gone; on the next one everything is asked anew.
    pub(super) fn break_survey_off(&mut self, now: SimTime) {
        if let Survey::UnderWay { asked, .. } = &self.survey {
            for seq in asked.keys() {
                self.outbound.acknowledge(now, *seq);
            }
            self.survey = Survey::NotMade;
        }
    }
}

/// The trucks are in the world, and ours.
fn take_over(world: WorldId, trucks: Vec<(TruckId, Point)>, out: &mut Outbox<Carrier>) {
    out.save(Record::WorldJoined { world, trucks: trucks.clone() });
    for (truck, at) in &trucks {
        out.tell(Letter::Truck(world, *truck, TruckLetter::Joined { at: *at }));
    }
    out.tell(Letter::Dispatcher(DispatcherLetter::FleetJoined { world, trucks }));
}
