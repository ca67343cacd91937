//! One socket's end of a link: bytes to messages and back, the dice of
//! flakiness, and the patience with a silent client.
//!
//! It numbers nothing and acks nothing: that is the world's, and outlasts the
//! connection.

use std::{collections::VecDeque, sync::Arc};

use bytes::Bytes;
use prost::Message as _;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{
    AnyMessage, AnyResponses, ConnectionId, Fact, Initial, Join, Letter, LinkRules, Observed,
    Output, Said, Side, ToConnection, ToDirectory, ToWorld, Transcript, Utterance, View,
    WorldParty,
};
use crate::{
    basis::{SimTime, WorldId},
    runtime::Outbox,
    wire::{CONNECTED, Connected, WireError, amazon, ups},
};

/// The resident at one socket.
#[derive(Debug)]
pub struct Connection {
    id: ConnectionId,
    side: Side,
    phase: Phase,
    heard_at: SimTime,
    link: LinkRules,
    /// The last messages of this side of its world, for those who look in.
    transcript: Transcript,
    /// What is for the world; empty between calls.
    gathered: Option<Gathered>,
}

/// Messages that the world may take in as one.
#[derive(Debug)]
struct Gathered {
    world: WorldId,
    message: AnyMessage,
    messages: usize,
}

#[derive(Debug)]
enum Phase {
    /// The next message is a Connect.
    Greeting,
    /// A Connect is being answered; what comes after it waits.
    Joining {
        waiting: VecDeque<Bytes>,
        /// The client has hung up behind them.
        are_last: bool,
    },
    /// Every message is Commands.
    Joined {
        world: WorldId,
        dice: Box<ChaCha8Rng>,
    },
    /// Nothing more comes, and what came is being answered.
    Leaving {
        world: WorldId,
    },
    Ended,
}

impl Connection {
    pub fn new(id: ConnectionId, side: Side, link: LinkRules, now: SimTime) -> Self {
        let transcript = Transcript::default();
        let phase = Phase::Greeting;
        Self { id, side, phase, heard_at: now, link, transcript, gathered: None }
    }

    pub(super) fn heard(&mut self, now: SimTime) {
        self.heard_at = now;
    }

    pub(super) fn received(
        &mut self,
        now: SimTime,
        messages: &[Bytes],
        out: &mut Outbox<WorldParty>,
    ) {
        self.heard_at = now;
        self.transcript.set_now(now);
        for bytes in messages {
            if bytes.is_empty() {
                // A heartbeat.
                self.taken(1, out);
            } else {
                self.take_in(bytes.clone(), out);
            }
        }
        self.pass_on(out);
    }

    /// What came before is done and answered, to whom may listen still.
    pub(super) fn hung_up(&mut self, now: SimTime, out: &mut Outbox<WorldParty>) {
        self.transcript.set_now(now);
        self.heard_at = now;
        self.stop_listening(out);
    }

    fn stop_listening(&mut self, out: &mut Outbox<WorldParty>) {
        let connection = self.id;
        match &mut self.phase {
            Phase::Greeting => self.end(out),
            Phase::Joining { are_last, .. } => *are_last = true,
            Phase::Joined { world, .. } => {
                let world = *world;
                self.phase = Phase::Leaving { world };
                // So far; what it is still answered follows at the end.
                self.hand_over_transcript(self.transcript.clone(), world, out);
                out.tell(Letter::World(world, ToWorld::HungUp { connection }));
            }
            Phase::Leaving { .. } | Phase::Ended => {}
        }
    }

    fn hand_over_transcript(
        &self,
        transcript: Transcript,
        world: WorldId,
        out: &mut Outbox<WorldParty>,
    ) {
        let transcript = Arc::new(transcript);
        let (connection, side) = (self.id, self.side);
        out.tell(Letter::World(world, ToWorld::Parted { connection, side, transcript }));
    }

    pub(super) fn closed(&mut self, out: &mut Outbox<WorldParty>) {
        if self.is_finished() {
            return;
        }
        match std::mem::replace(&mut self.phase, Phase::Ended) {
            Phase::Joined { world, .. } | Phase::Leaving { world } => {
                self.transcript.note(Said::Closed, &[]);
                let whole = std::mem::take(&mut self.transcript);
                self.hand_over_transcript(whole, world, out);
            }
            Phase::Greeting | Phase::Joining { .. } | Phase::Ended => {}
        }
        out.tell(Letter::Directory(ToDirectory::Left(self.id)));
    }

    pub(super) fn handle(
        &mut self,
        now: SimTime,
        letter: &ToConnection,
        out: &mut Outbox<WorldParty>,
    ) {
        self.transcript.set_now(now);
        match letter {
            ToConnection::Attached { world, link, transcript } => {
                self.attached(now, *world, *link, transcript, out);
            }
            ToConnection::Refused(refusal) => self.refused(refusal, out),
            ToConnection::Answer { responses, answers } => {
                self.answer(responses, *answers, out);
            }
            ToConnection::Dismissed => self.end(out),
            ToConnection::Look { reply } => {
                let view = Box::new(View::Messages(Arc::new(self.transcript.clone())));
                out.emit(Output::Looked { reply: *reply, view });
            }
        }
    }

    pub(super) fn next_wake(&self) -> Option<SimTime> {
        (!self.is_finished()).then(|| self.heard_at + self.link.idle())
    }

    pub(super) fn wake(&mut self, now: SimTime, out: &mut Outbox<WorldParty>) {
        if self.next_wake().is_some_and(|due| due <= now) {
            self.end(out);
        }
    }

    pub(super) fn is_finished(&self) -> bool {
        matches!(self.phase, Phase::Ended)
    }

    fn take_in(&mut self, bytes: Bytes, out: &mut Outbox<WorldParty>) {
        match &mut self.phase {
            Phase::Greeting => self.greeted(&bytes, out),
            Phase::Joining { waiting, .. } => waiting.push_back(bytes),
            Phase::Joined { world, dice } => {
                let (world, is_dropped) = (*world, is_dropped(dice, self.link.flakiness));
                self.said(world, is_dropped, &bytes, out);
            }
            Phase::Leaving { .. } | Phase::Ended => {}
        }
    }

    fn greeted(&mut self, bytes: &[u8], out: &mut Outbox<WorldParty>) {
        let connection = self.id;
        self.transcript.note(Said::Connect, bytes);
        match decode_connect(self.side, bytes) {
            Ok((world, _, is_amazon)) if is_amazon != (self.side == Side::Amazon) => {
                let world = world.unwrap_or(WorldId(0));
                self.refused(&Connected { world, result: wrong_port(self.side) }, out);
            }
            Ok((world, initial, _)) => {
                self.phase = Phase::Joining { waiting: VecDeque::new(), are_last: false };
                let join = Join { connection, world, initial };
                out.tell(Letter::Directory(ToDirectory::Join(join)));
            }
            // The frame was whole, so the next one may be better.
            Err(error) => {
                let result = format!("error: {error}; the first message is a Connect");
                self.refused(&Connected { world: WorldId(0), result }, out);
            }
        }
    }

    fn said(
        &mut self,
        world: WorldId,
        is_dropped: bool,
        bytes: &[u8],
        out: &mut Outbox<WorldParty>,
    ) {
        self.transcript.note(if is_dropped { Said::Dropped } else { Said::Commands }, bytes);
        if is_dropped {
            out.tell(Letter::World(world, ToWorld::Dropped { side: self.side }));
            let dropped = Observed { dropped: 1, ..Observed::of(Some(world), Some(self.side)) };
            out.emit(Output::Observed(Box::new(dropped)));
            return self.taken(1, out);
        }
        match decode_commands(self.side, bytes) {
            Ok(message) => self.gather(world, message, out),
            // It may have held commands and acks, and there is no number to answer to.
            Err(_) => {
                let fact = Fact { refusal: Some("no_message"), ..Fact::new("refused") };
                let facts = vec![fact];
                let spoilt = Observed { facts, ..Observed::of(Some(world), Some(self.side)) };
                out.emit(Output::Observed(Box::new(spoilt)));
                self.pass_on(out);
                self.end(out);
            }
        }
    }

    /// Keeps a message for the world until what came with it is looked at, too.
    fn gather(&mut self, world: WorldId, message: AnyMessage, out: &mut Outbox<WorldParty>) {
        let apart = match &mut self.gathered {
            Some(gathered) => {
                let apart = gathered.message.join(message);
                gathered.messages += usize::from(apart.is_none());
                apart
            }
            None => Some(message),
        };
        if let Some(message) = apart {
            self.pass_on(out);
            self.gathered = Some(Gathered { world, message, messages: 1 });
        }
    }

    /// Tells the world what was gathered.
    fn pass_on(&mut self, out: &mut Outbox<WorldParty>) {
        if let Some(Gathered { world, message, messages }) = self.gathered.take() {
            let (connection, said) = (self.id, Utterance::new(message, messages));
            out.tell(Letter::World(world, ToWorld::Said { connection, said }));
        }
    }

    fn attached(
        &mut self,
        now: SimTime,
        world: WorldId,
        link: LinkRules,
        before: &Transcript,
        out: &mut Outbox<WorldParty>,
    ) {
        if self.is_finished() {
            return;
        }
        self.transcript = std::mem::take(&mut self.transcript).after(before);
        let mut dice = Box::new(ChaCha8Rng::seed_from_u64(link.seed));
        dice.set_stream(self.id.0);
        self.link = link;
        self.heard_at = now;
        self.send_connected(&Connected { world, result: CONNECTED.to_owned() }, out);
        self.leave_joining(Phase::Joined { world, dice }, out);
    }

    fn refused(&mut self, refusal: &Connected, out: &mut Outbox<WorldParty>) {
        if self.is_finished() {
            return;
        }
        self.send_connected(refusal, out);
        self.leave_joining(Phase::Greeting, out);
    }

    /// The Connect is answered, and what came after it is taken in.
    fn leave_joining(&mut self, phase: Phase, out: &mut Outbox<WorldParty>) {
        self.taken(1, out);
        let before = std::mem::replace(&mut self.phase, phase);
        if let Phase::Joining { waiting, are_last } = before {
            waiting.into_iter().for_each(|bytes| self.take_in(bytes, out));
            self.pass_on(out);
            if are_last {
                self.stop_listening(out);
            }
        }
    }

    fn answer(&mut self, responses: &AnyResponses, answers: usize, out: &mut Outbox<WorldParty>) {
        if !responses.is_empty() {
            let bytes = match responses {
                AnyResponses::Amazon(it) => amazon::encode_responses(it).encode_to_vec(),
                AnyResponses::Ups(it) => ups::encode_responses(it).encode_to_vec(),
            };
            self.transcript.note(Said::Responses, &bytes);
            out.emit(Output::Send { connection: self.id, bytes: bytes.into() });
        }
        self.taken(answers, out);
        if responses.is_last() {
            self.end(out);
        }
    }

    fn send_connected(&mut self, connected: &Connected, out: &mut Outbox<WorldParty>) {
        let bytes = match self.side {
            Side::Amazon => amazon::encode_connected(connected).encode_to_vec(),
            Side::Ups => ups::encode_connected(connected).encode_to_vec(),
        };
        self.transcript.note(Said::Connected, &bytes);
        out.emit(Output::Send { connection: self.id, bytes: bytes.into() });
    }

    fn taken(&self, messages: usize, out: &mut Outbox<WorldParty>) {
        if messages > 0 {
            out.emit(Output::Taken { connection: self.id, messages });
        }
    }

    fn end(&mut self, out: &mut Outbox<WorldParty>) {
        if !self.is_finished() {
            out.emit(Output::Close { connection: self.id });
            self.closed(out);
        }
    }
}

fn is_dropped(dice: &mut ChaCha8Rng, flakiness: u8) -> bool {
    flakiness > 0 && dice.random_range(0..100) < flakiness
}

fn decode_connect(side: Side, bytes: &[u8]) -> Result<(Option<WorldId>, Initial, bool), WireError> {
    Ok(match side {
        Side::Amazon => {
            let connect = amazon::decode_connect(bytes)?;
            (connect.world, Initial::Warehouses(connect.initial), connect.is_amazon)
        }
        Side::Ups => {
            let connect = ups::decode_connect(bytes)?;
            (connect.world, Initial::Trucks(connect.initial), connect.is_amazon)
        }
    })
}

fn decode_commands(side: Side, bytes: &[u8]) -> Result<AnyMessage, WireError> {
    Ok(match side {
        Side::Amazon => AnyMessage::Amazon(amazon::decode_commands(bytes)?),
        Side::Ups => AnyMessage::Ups(ups::decode_commands(bytes)?),
    })
}

fn wrong_port(side: Side) -> String {
    match side {
        Side::Amazon => "error: isAmazon is false, and this port is for an amazon; connect to the port for ups, or set isAmazon".to_owned(),
        Side::Ups => "error: isAmazon is true, and this port is for a ups; connect to the port for amazon, or clear isAmazon".to_owned(),
    }
}

#[cfg(test)]
mod tests;
