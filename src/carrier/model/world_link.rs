//! The connection to the world: dialling, greeting, numbering, acking.
//!
//! What an event means for a truck is the truck's to know; an ack goes out
//! when the truck says that the event has had its effect.
//!
//! ```text
//!   Waiting ──▶ Dialing ──▶ Greeting ──connected!──▶ Open
//!      ▲           │            │                      │
//!      └───────────┴── later and later ────────────────┘
//! ```
//!
//! Where staff has disconnected it, it is held, until staff connects it.

mod growing;
mod joining;
mod wishes;

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use prost::Message as _;

use self::joining::Survey;
use super::{
    disk::Wanted,
    fleet::start_place,
    letters::{Errand, Letter, LinkLetter, TruckLetter, TruckOrder, WorldInput},
    outputs::{ConnectionId, LinkName, Output, WorldStatus},
    party::Carrier,
    records::Record,
};
use crate::{
    basis::{Point, Seq, SimTime, TruckId, WorldId},
    link::{Backoff, Inbound, Outbound, Receipt, ResendPolicy},
    runtime::Outbox,
    wire::{
        Commands, Numbered,
        ups::{self, Command, Event, status},
    },
};

const DIAL_AGAIN: Backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(10));
/// For a connection to be made, and for the world to answer a greeting.
const GREETING_WITHIN: Duration = Duration::from_secs(10);
/// A world that owes acks and says nothing for so long is taken for gone.
const ACK_WITHIN: Duration = Duration::from_secs(30);
/// A world that owes nothing is asked after so long whether it is still there: a line may
/// be dead without having ended, and a world may close one on which it hears nothing for
/// ten minutes.
const SILENCE_MAX: Duration = Duration::from_secs(60);
const COMMANDS_IN_ONE_MESSAGE: usize = 512;
/// Numbers of the world's that go to the other side leave gaps between ours.
const RANGES_MAX: usize = 262_144;
const IN_PROGRESS_MAX: usize = 65_536;

/// The link of a carrier to its world.
pub struct WorldLink {
    /// The world we are in, or shall join; None: a new one.
    world: Option<WorldId>,
    /// Whether the trucks in it are known to be ours.
    has_joined: bool,
    /// Trucks that the world is not known to have, and where they would start.
    missing: BTreeMap<TruckId, Point>,
    /// All that any world of ours shall have, and where they would start.
    fleet: BTreeMap<TruckId, Point>,
    /// Trucks from this number on were never wished for.
    below_truck: i32,
    survey: Survey,
    /// What staff wants of the speed.
    speed: Option<u32>,
    /// The world has not confirmed the speed; it has when this number or a later one is acked.
    untold_from: Option<Seq>,
    /// The latest question that was asked only to have something acked.
    probe: Option<Seq>,
    phase: Phase,
    dial_again: Backoff,
    last_connection: u64,
    /// The last number used.
    seq_used: Seq,
    outbound: Outbound<Command>,
    inbound: Inbound,
    /// The last errand of each truck, unless it was refused.
    current: BTreeMap<TruckId, (Seq, Errand)>,
    /// Since when acks are owed to the world.
    owes_since: Option<SimTime>,
    reported: (usize, u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Staff wants no connection.
    Held,
    Waiting {
        until: SimTime,
    },
    Dialing {
        connection: ConnectionId,
        until: SimTime,
    },
    Greeting {
        connection: ConnectionId,
        until: SimTime,
        with_trucks: bool,
    },
    Open {
        connection: ConnectionId,
        quiet_since: SimTime,
    },
}

impl WorldLink {
    /// `joined`: the world that has the trucks `known`.
    pub(super) fn new(
        wanted: Wanted,
        joined: Option<WorldId>,
        known: &[TruckId],
        seq_used: Seq,
    ) -> Self {
        let ids = (0..wanted.trucks).filter_map(|id| i32::try_from(id).ok()).map(TruckId);
        let fleet: BTreeMap<_, _> =
            ids.chain(known.iter().copied()).map(|id| (id, start_place(id))).collect();
        let missing = fleet.iter().filter(|(id, _)| !known.contains(id));
        let highest = known.iter().map(|id| id.0.saturating_add(1)).max().unwrap_or(0);
        Self {
            world: joined.or(wanted.world),
            has_joined: joined.is_some(),
            missing: missing.map(|(id, at)| (*id, *at)).collect(),
            fleet,
            below_truck: highest.max(i32::try_from(wanted.trucks).unwrap_or(i32::MAX)),
            survey: Survey::default(),
            speed: None,
            untold_from: None,
            probe: None,
            phase: Phase::Waiting { until: SimTime::ZERO },
            dial_again: DIAL_AGAIN,
            last_connection: 0,
            seq_used,
            outbound: Outbound::new(ResendPolicy::default()),
            inbound: Inbound::new(RANGES_MAX, IN_PROGRESS_MAX),
            current: BTreeMap::new(),
            owes_since: None,
            reported: (0, 0),
        }
    }

    /// As committed: what staff wants.
    pub(super) fn with_wishes(mut self, is_held: bool, speed: Option<u32>) -> Self {
        if is_held {
            self.phase = Phase::Held;
        }
        self.speed = speed;
        self
    }

    /// As committed: the errand is under way under this number.
    pub(super) fn with_command(&mut self, now: SimTime, seq: Seq, order: TruckOrder) {
        self.current.insert(order.truck, (seq, order.errand));
        self.outbound.push(now, seq, command_of(order));
    }

    /// Commands that the world has not acked.
    pub fn unacked_count(&self) -> usize {
        self.outbound.unacked_count()
    }

    pub fn world(&self) -> Option<WorldId> {
        self.world.filter(|_| self.has_joined)
    }

    pub(super) fn handle_input(
        &mut self,
        now: SimTime,
        input: &WorldInput,
        out: &mut Outbox<Carrier>,
    ) {
        match input {
            WorldInput::DialSucceeded { connection } => {
                if matches!(self.phase, Phase::Dialing { connection: mine, .. } if mine == *connection)
                {
                    self.greet(now, *connection, true, out);
                }
            }
            WorldInput::DialFailed { connection, reason } => {
                if self.connection() == Some(*connection) {
                    let status = WorldStatus::Unreachable { reason: reason.clone() };
                    self.retreat(now, status, out);
                }
            }
            WorldInput::Received { connection, bytes } => {
                if self.connection() == Some(*connection) {
                    self.receive(now, *connection, bytes, out);
                }
            }
            WorldInput::Lost { connection } => {
                if self.connection() == Some(*connection) {
                    let reason = "the connection was closed".to_owned();
                    self.retreat(now, WorldStatus::Unreachable { reason }, out);
                }
            }
        }
        self.report(out);
    }

    pub(super) fn handle(&mut self, now: SimTime, letter: &LinkLetter, out: &mut Outbox<Carrier>) {
        match letter {
            LinkLetter::Order(order) => self.order(now, *order, out),
            LinkLetter::Settled { seq } => self.settle(now, *seq),
            LinkLetter::MayLeave { reply, next } => self.move_to(now, *reply, *next, out),
            LinkLetter::AddTrucks { reply, count, at } => {
                self.add_trucks(now, *reply, *count, *at, out);
            }
        }
        self.report(out);
    }

    pub(super) fn next_wake(&self) -> Option<SimTime> {
        match self.phase {
            Phase::Held => None,
            Phase::Waiting { until } | Phase::Dialing { until, .. } => Some(until),
            Phase::Greeting { until, .. } => Some(until),
            Phase::Open { quiet_since, .. } => {
                let patience = quiet_since + self.patience();
                let due = [self.outbound.next_wake(), self.owes_since, self.survey.next_wake()];
                due.into_iter().flatten().chain([patience]).min()
            }
        }
    }

    pub(super) fn wake(&mut self, now: SimTime, out: &mut Outbox<Carrier>) {
        match self.phase {
            Phase::Waiting { until } if until <= now => self.dial(now, out),
            Phase::Dialing { connection, until } | Phase::Greeting { connection, until, .. }
                if until <= now =>
            {
                out.emit(Output::HangUp { connection });
                let reason = "no answer in time".to_owned();
                self.retreat(now, WorldStatus::Unreachable { reason }, out);
            }
            Phase::Open { connection, quiet_since } if quiet_since + self.patience() <= now => {
                self.lose_patience(now, connection, out);
            }
            Phase::Open { connection, .. } => {
                self.flush(now, connection, out);
                self.end_survey(now, out);
            }
            Phase::Held
            | Phase::Waiting { .. }
            | Phase::Dialing { .. }
            | Phase::Greeting { .. } => {}
        }
        self.report(out);
    }

    fn connection(&self) -> Option<ConnectionId> {
        match self.phase {
            Phase::Held | Phase::Waiting { .. } => None,
            Phase::Dialing { connection, .. }
            | Phase::Greeting { connection, .. }
            | Phase::Open { connection, .. } => Some(connection),
        }
    }

    fn dial(&mut self, now: SimTime, out: &mut Outbox<Carrier>) {
        // After a restart too no number comes twice: time has gone on.
        self.last_connection = now.micros().max(self.last_connection + 1);
        let connection = ConnectionId(self.last_connection);
        self.phase = Phase::Dialing { connection, until: now + GREETING_WITHIN };
        out.emit(Output::Dial { connection });
        if self.dial_again.attempts() == 0 {
            out.emit(Output::WorldStatus(WorldStatus::Connecting));
        }
    }

    /// Waits, longer with each failure, and starts from the beginning.
    fn retreat(&mut self, now: SimTime, status: WorldStatus, out: &mut Outbox<Carrier>) {
        self.phase = Phase::Waiting { until: now + self.dial_again.pause() };
        self.break_survey_off(now);
        self.outbound.close();
        out.emit(Output::WorldStatus(status));
    }

    fn hang_up(
        &mut self,
        now: SimTime,
        connection: ConnectionId,
        reason: String,
        out: &mut Outbox<Carrier>,
    ) {
        out.emit(Output::HangUp { connection });
        self.retreat(now, WorldStatus::Unreachable { reason }, out);
    }

    fn receive(
        &mut self,
        now: SimTime,
        connection: ConnectionId,
        bytes: &Bytes,
        out: &mut Outbox<Carrier>,
    ) {
        match &mut self.phase {
            Phase::Greeting { with_trucks, .. } => {
                let with_trucks = *with_trucks;
                self.receive_welcome(now, connection, with_trucks, bytes, out);
            }
            Phase::Open { quiet_since, .. } => {
                // A message of length zero is a sign of life, but asks for no word of ours.
                if !bytes.is_empty() || self.outbound.unacked_count() > 0 {
                    *quiet_since = now;
                }
                self.receive_responses(now, connection, bytes, out);
            }
            // Nobody may speak before he was greeted.
            Phase::Held | Phase::Waiting { .. } | Phase::Dialing { .. } => {}
        }
    }

    fn receive_responses(
        &mut self,
        now: SimTime,
        connection: ConnectionId,
        bytes: &Bytes,
        out: &mut Outbox<Carrier>,
    ) {
        let responses = match ups::decode_responses(bytes) {
            Ok(responses) => responses,
            Err(error) => return self.hang_up(now, connection, error.to_string(), out),
        };
        for seq in responses.acks {
            self.outbound.acknowledge(now, seq);
            self.untold_from.take_if(|from| *from <= seq && seq <= self.seq_used);
        }
        for Numbered { seq, body } in responses.events {
            match self.inbound.receive(seq) {
                Receipt::Fresh => self.take_in(now, seq, body, out),
                Receipt::Settled => self.owe_acks(now),
                // The ack follows the effect; the world sends it again if need be.
                Receipt::InProgress | Receipt::Full => {}
            }
        }
        if responses.finished {
            return self.hang_up(now, connection, "the world says goodbye".to_owned(), out);
        }
        self.end_survey(now, out);
    }

    fn take_in(&mut self, now: SimTime, seq: Seq, event: Event, out: &mut Outbox<Carrier>) {
        let Some(world) = self.world else { return };
        match event {
            Event::Finished { truck, at, status } => {
                if status.eq_ignore_ascii_case(status::ARRIVE_WAREHOUSE) {
                    out.tell(Letter::Truck(world, truck, TruckLetter::Arrived { at, seq }));
                } else {
                    // Idle: each delivery said so already.
                    self.settle(now, seq);
                }
            }
            Event::Delivered { truck, package: shipment } => {
                out.tell(Letter::Truck(world, truck, TruckLetter::Delivered { shipment, seq }));
            }
            Event::Truck { truck, status, at } => {
                self.seen(truck, at, out);
                out.tell(Letter::Truck(world, truck, TruckLetter::Seen { status, at }));
                self.settle(now, seq);
            }
            Event::Failed { text, origin } => {
                self.unknown(origin);
                self.fail(now, world, origin, text, out);
                self.settle(now, seq);
            }
        }
    }

    /// The refusal is saved here, so that the errand is sent anew after a crash
    /// instead of under a number that the world has dealt with.
    fn fail(
        &mut self,
        now: SimTime,
        world: WorldId,
        origin: Seq,
        text: String,
        out: &mut Outbox<Carrier>,
    ) {
        let failed = self.current.iter().find(|(_, (seq, _))| *seq == origin);
        let Some((&truck, &(_, errand))) = failed else { return };
        self.current.remove(&truck);
        self.outbound.acknowledge(now, origin);
        out.save(Record::CommandFailed { world, truck });
        let order = TruckOrder { truck, errand };
        out.emit(Output::Refused { seq: origin, order, text: text.clone() });
        out.tell(Letter::Truck(world, truck, TruckLetter::CommandFailed { errand, text }));
    }

    fn order(&mut self, now: SimTime, order: TruckOrder, out: &mut Outbox<Carrier>) {
        let TruckOrder { truck, errand } = order;
        let known = self.current.get(&truck).is_some_and(|(_, current)| *current == errand);
        let Some(world) = self.world.filter(|_| !known) else { return };
        self.seq_used = self.seq_used.next();
        let seq = self.seq_used;
        match errand {
            Errand::Query => out.save(Record::WorldNumberUsed { seq }),
            Errand::Pickup { .. } | Errand::Deliver { .. } => {
                self.current.insert(truck, (seq, errand));
                out.save(Record::TruckCommanded { world, truck, seq });
            }
        }
        if let Phase::Open { quiet_since, .. } = &mut self.phase
            && self.outbound.unacked_count() == 0
        {
            *quiet_since = now;
        }
        self.outbound.push(now, seq, command_of(order));
    }

    /// A number that is not being done is one of a world that was left: this one may yet use it.
    fn settle(&mut self, now: SimTime, seq: Seq) {
        if self.inbound.is_in_progress(seq) {
            self.inbound.settle(seq);
            self.owe_acks(now);
        }
    }

    fn owe_acks(&mut self, now: SimTime) {
        self.owes_since.get_or_insert(now);
    }

    fn patience(&self) -> Duration {
        if self.outbound.unacked_count() > 0 { ACK_WITHIN } else { SILENCE_MAX }
    }

    fn lose_patience(&mut self, now: SimTime, connection: ConnectionId, out: &mut Outbox<Carrier>) {
        if self.outbound.unacked_count() > 0 {
            return self.hang_up(now, connection, "the world acks nothing".to_owned(), out);
        }
        self.phase = Phase::Open { connection, quiet_since: now };
        // Any truck will do: what matters is that the world answers.
        let truck = self.current.keys().next().copied().unwrap_or_default();
        self.order(now, TruckOrder { truck, errand: Errand::Query }, out);
    }

    /// Everything that is due, in one message.
    fn flush(&mut self, now: SimTime, connection: ConnectionId, out: &mut Outbox<Carrier>) {
        let due = self.outbound.poll(now, COMMANDS_IN_ONE_MESSAGE);
        let acks = self.inbound.take_acks();
        self.owes_since = None;
        if due.is_empty() && acks.is_empty() {
            return;
        }
        for (seq, command) in &due {
            out.emit(Output::Ordered { seq: *seq, order: self.order_behind(*seq, command) });
        }
        let commands = due.into_iter().map(|(seq, body)| Numbered::new(seq, body)).collect();
        let simspeed = self.speed.filter(|_| self.untold_from.is_some());
        let message = Commands { commands, acks, simspeed, disconnect: false };
        let bytes = Bytes::from(ups::encode_commands(&message).encode_to_vec());
        out.emit(Output::SendWorld { connection, bytes });
    }

    fn order_behind(&self, seq: Seq, command: &Command) -> TruckOrder {
        let (Command::Pickup { truck, .. }
        | Command::Deliver { truck, .. }
        | Command::Query { truck }) = command;
        let current = self.current.get(truck).filter(|(current, _)| *current == seq);
        TruckOrder { truck: *truck, errand: current.map_or(Errand::Query, |(_, errand)| *errand) }
    }

    fn report(&mut self, out: &mut Outbox<Carrier>) {
        let load = (self.outbound.unacked_count(), self.outbound.resent_count());
        if load != self.reported {
            self.reported = load;
            let (unacked, resent) = load;
            out.emit(Output::LinkLoad { link: LinkName::World, unacked, resent });
        }
    }
}

fn command_of(TruckOrder { truck, errand }: TruckOrder) -> Command {
    match errand {
        Errand::Pickup { warehouse, .. } => Command::Pickup { truck, warehouse },
        Errand::Deliver { shipment, destination } => {
            Command::Deliver { truck, packages: vec![(shipment, destination)] }
        }
        Errand::Query => Command::Query { truck },
    }
}
