//! One world at work: its simulation, its log, and the links to its two sides.
//!
//! What happens is decided by [`Simulation`] alone; here is what a restart
//! forgets: who is connected, and when what is sent again.

mod looking;
mod port;
mod snapshots;
mod split;

use super::{
    AnyCommands, AnyResponses, Backlog, ConnectionId, Entry, Initial, Input, Join, Letter,
    LinkRules, Observed, Output, Record, Side, Simulation, ToConnection, ToDirectory, ToWorld,
    Utterance, WorldParty,
    directory::not_available,
    simulation::{Mailbag, News},
    weight::Weigh,
};
use crate::{
    basis::{Seq, SimTime, WorldId},
    runtime::Outbox,
    wire::{Connected, Numbered, Responses},
};
use looking::Sight;
use port::{Port, Turn};
use snapshots::Snapshots;
use split::split;

/// What is due within this is done at one go.
const GRAIN_US: u64 = 1_000;

/// The resident that is one world.
#[derive(Debug)]
pub struct World {
    id: WorldId,
    simulation: Simulation,
    /// The number of the last log entry.
    lsn: u64,
    snapshots: Snapshots,
    /// Acks since the last log entry.
    acked: Vec<Seq>,
    amazon: Port,
    ups: Port,
    sight: Sight,
}

impl World {
    /// A world whose simulation has taken in the log up to `lsn`, of which so much came
    /// after the last snapshot.
    pub fn new(id: WorldId, simulation: Simulation, lsn: u64, backlog: Backlog) -> Self {
        let port = |side| Port::new(simulation.unacked(side), LinkRules::default());
        let (amazon, ups) = (port(Side::Amazon), port(Side::Ups));
        let (snapshots, sight) = (Snapshots::behind(backlog), Sight::default());
        let acked = Vec::new();
        Self { id, lsn, snapshots, acked, amazon, ups, sight, simulation }
    }

    pub fn simulation(&self) -> &Simulation {
        &self.simulation
    }

    pub(super) fn handle(&mut self, now: SimTime, letter: &ToWorld, out: &mut Outbox<WorldParty>) {
        match letter {
            // It was founded with it.
            ToWorld::Founded { .. } => self.show_itself(out),
            ToWorld::Join { join, link } => self.join(now, join, *link, out),
            ToWorld::Left { connection } => self.left(*connection),
            ToWorld::HungUp { connection } => self.hung_up(now, *connection, out),
            ToWorld::Parted { connection, side, transcript } => {
                self.take_transcript(*connection, *side, transcript);
            }
            ToWorld::Dropped { side } => self.sight.tallies[*side as usize].dropped += 1,
            ToWorld::Said { connection, said } => self.said(now, *connection, said, out),
            ToWorld::Ruled(physics) => {
                if self.simulation.physics() != physics {
                    let mut observed = self.observed(None);
                    self.commit(now, Input::Ruled(*physics), &mut observed, out);
                    self.speak(now, None, observed, out);
                }
            }
            ToWorld::Restored => {
                out.tell(Letter::Directory(ToDirectory::Restored(self.id)));
                self.show_itself(out);
            }
            ToWorld::Look { reply, look } => self.look(now, *reply, look, out),
        }
    }

    pub(super) fn next_wake(&self) -> Option<SimTime> {
        let grain = |due: SimTime| SimTime(due.0.div_ceil(GRAIN_US).saturating_mul(GRAIN_US));
        let happening = self.simulation.next_due().map(grain);
        let snapshots = self.snapshots.next_wake();
        let sides = [self.amazon.next_wake(), self.ups.next_wake()];
        sides.into_iter().chain([happening, snapshots]).flatten().min()
    }

    pub(super) fn wake(&mut self, now: SimTime, out: &mut Outbox<WorldParty>) {
        let mut observed = self.observed(None);
        self.write_snapshot(now, out);
        self.catch_up(now, &mut observed, out);
        self.speak(now, None, observed, out);
    }

    fn join(&mut self, now: SimTime, join: &Join, link: LinkRules, out: &mut Outbox<WorldParty>) {
        let side = join.initial.side();
        let (world, connection) = (self.id, join.connection);
        if let Some(result) = self.refuses(join) {
            let refusal = Connected { world, result };
            return out.tell(Letter::Connection(connection, ToConnection::Refused(refusal)));
        }
        let mut observed = self.observed(Some(side));
        if is_empty(&join.initial) {
            self.catch_up(now, &mut observed, out);
        } else {
            self.commit(now, Input::Joined(join.initial.clone()), &mut observed, out);
        }
        let unacked = self.simulation.unacked(side);
        self.port(side).attach(now, connection, unacked, link);
        let transcript = self.sight.transcripts[side as usize].take().unwrap_or_default();
        let attached = ToConnection::Attached { world, link, transcript };
        out.tell(Letter::Connection(connection, attached));
        self.speak(now, None, observed, out);
    }

    fn refuses(&mut self, join: &Join) -> Option<String> {
        if self.port(join.initial.side()).is_taken() {
            return Some(not_available(self.id));
        }
        self.simulation.refuses(&join.initial).map(|refusal| refusal.to_string())
    }

    fn left(&mut self, connection: ConnectionId) {
        for side in Side::ALL {
            self.port(side).detach(connection);
        }
    }

    /// It hears what waits for a tick, and then that this was all.
    fn hung_up(&mut self, now: SimTime, connection: ConnectionId, out: &mut Outbox<WorldParty>) {
        let sides = Side::ALL.into_iter().filter(|side| self.port(*side).is_taken_by(connection));
        for side in sides.collect::<Vec<_>>() {
            self.port(side).hurry(now);
            let mut observed = self.observed(None);
            self.catch_up(now, &mut observed, out);
            self.speak(now, None, observed, out);
        }
        self.left(connection);
        out.tell(Letter::Connection(connection, ToConnection::Dismissed));
    }

    fn said(
        &mut self,
        now: SimTime,
        connection: ConnectionId,
        said: &Utterance,
        out: &mut Outbox<WorldParty>,
    ) {
        let side = said.commands.side();
        if !self.port(side).is_taken_by(connection) {
            // It was let in before this world was restored.
            return out.tell(Letter::Connection(connection, ToConnection::Dismissed));
        }
        let mut observed = Observed { received: said.messages, ..self.observed(Some(side)) };
        self.acknowledge(now, side, &said.acks);
        match self.fresh(said, &mut observed) {
            Some(input) => {
                self.sight.tallies[side as usize].commands += input.commands_count() as u64;
                self.commit(now, input, &mut observed, out);
            }
            None => self.catch_up(now, &mut observed, out),
        }
        if said.is_last {
            self.port(side).part();
        }
        self.speak(now, Some((side, said.messages)), observed, out);
    }

    fn acknowledge(&mut self, now: SimTime, side: Side, acks: &[Seq]) {
        for seq in acks {
            if self.simulation.acknowledge(side, *seq) {
                self.port(side).acknowledge(now, *seq);
                self.acked.push(*seq);
            }
        }
    }

    /// What is new in what was said, if anything. A client that takes in nothing of
    /// what it is told gets no more done until it does.
    fn fresh(&mut self, said: &Utterance, observed: &mut Observed) -> Option<Input> {
        let room = self.simulation.room(said.commands.side());
        let simspeed = said.simspeed.filter(|speed| self.simulation.heeds_simspeed(*speed));
        match &said.commands {
            AnyCommands::Amazon(said) => {
                let (commands, duplicates) = self.simulation.amazon().sift(said, room);
                observed.duplicates += duplicates;
                (!commands.is_empty() || simspeed.is_some())
                    .then_some(Input::Amazon { commands, simspeed })
            }
            AnyCommands::Ups(said) => {
                let (commands, duplicates) = self.simulation.ups().sift(said, room);
                observed.duplicates += duplicates;
                (!commands.is_empty() || simspeed.is_some())
                    .then_some(Input::Ups { commands, simspeed })
            }
        }
    }

    /// Lets happen what is due. It is in the log before anybody hears of it.
    fn catch_up(&mut self, now: SimTime, observed: &mut Observed, out: &mut Outbox<WorldParty>) {
        if self.simulation.next_due().is_some_and(|due| due <= now) {
            self.commit(now, Input::Advanced, observed, out);
        }
    }

    fn commit(
        &mut self,
        now: SimTime,
        input: Input,
        observed: &mut Observed,
        out: &mut Outbox<WorldParty>,
    ) {
        let entry = Entry { at: now, acked: std::mem::take(&mut self.acked), input };
        let mut news = News::default();
        self.snapshots.count(&entry);
        self.simulation.apply(&entry, &mut news);
        self.lsn += 1;
        out.save(Record::Logged { world: self.id, lsn: self.lsn, entry });
        for side in Side::ALL {
            self.port(side).push(now, &news.told[side as usize]);
        }
        observed.facts.append(&mut news.facts);
        if self.snapshots.is_due(self.simulation.size()) {
            self.snapshots.begin(now, self.lsn, &self.simulation);
        }
        self.write_snapshot(now, out);
    }

    fn write_snapshot(&mut self, now: SimTime, out: &mut Outbox<WorldParty>) {
        if let Some(record) = self.snapshots.next_piece(now, self.id) {
            out.save(record);
        }
    }

    /// Sends each side what is due to it: one message with everything that is ready.
    /// A side that asked gets the places of its messages back, too.
    fn speak(
        &mut self,
        now: SimTime,
        asked: Option<(Side, usize)>,
        mut observed: Observed,
        out: &mut Outbox<WorldParty>,
    ) {
        for side in Side::ALL {
            let answers = asked.filter(|(asked, _)| *asked == side).map_or(0, |(_, count)| count);
            observed.resent[side as usize] += self.speak_to(now, side, answers, out);
        }
        if !observed.is_nothing() {
            self.sight.count(&observed);
            self.show(observed, out);
        }
    }

    /// Tells those who watch what is in it, without anything having happened.
    fn show_itself(&self, out: &mut Outbox<WorldParty>) {
        self.show(self.observed(None), out);
    }

    fn show(&self, mut observed: Observed, out: &mut Outbox<WorldParty>) {
        let count = |side| self.simulation.unacked_count(side);
        observed.unacked = Some([count(Side::Amazon), count(Side::Ups)]);
        observed.population = Some(self.simulation.population());
        out.emit(Output::Observed(Box::new(observed)));
    }

    fn speak_to(
        &mut self,
        now: SimTime,
        side: Side,
        mut answers: usize,
        out: &mut Outbox<WorldParty>,
    ) -> u64 {
        let Some(connection) = self.port(side).connection() else { return 0 };
        let turn = self.port(side).take_turn(now);
        let messages = match &turn {
            Some(turn) => self.responses(side, turn),
            // What there is to say waits for the tick, but more may be read.
            None => vec![AnyResponses::nothing(side)],
        };
        for responses in messages {
            if answers > 0 || !responses.is_empty() {
                self.sight.tallies[side as usize].sent += u64::from(!responses.is_empty());
                let answer = ToConnection::Answer { responses, answers };
                out.tell(Letter::Connection(connection, answer));
                answers = 0;
            }
        }
        let Some(turn) = turn else { return 0 };
        if turn.is_last {
            self.port(side).detach(connection);
        }
        turn.resent
    }

    fn responses(&mut self, side: Side, turn: &Turn) -> Vec<AnyResponses> {
        match side {
            Side::Amazon => {
                let whole = whole(self.simulation.amazon(), turn);
                split(whole).into_iter().map(AnyResponses::Amazon).collect()
            }
            Side::Ups => {
                let whole = whole(self.simulation.ups(), turn);
                split(whole).into_iter().map(AnyResponses::Ups).collect()
            }
        }
    }

    fn port(&mut self, side: Side) -> &mut Port {
        match side {
            Side::Amazon => &mut self.amazon,
            Side::Ups => &mut self.ups,
        }
    }

    fn observed(&self, side: Option<Side>) -> Observed {
        Observed::of(Some(self.id), side)
    }
}

/// Everything that a side hears in its turn.
fn whole<E: Clone + Weigh>(mail: &mut Mailbag<E>, turn: &Turn) -> Responses<E> {
    let acks = mail.take_acks();
    let event = |seq: &Seq| mail.message(*seq).map(|it| Numbered::new(*seq, it.clone()));
    let events = turn.due.iter().filter_map(event).collect();
    Responses { events, acks, finished: turn.is_last }
}

fn is_empty(initial: &Initial) -> bool {
    match initial {
        Initial::Warehouses(new) => new.is_empty(),
        Initial::Trucks(new) => new.is_empty(),
    }
}

#[cfg(test)]
mod tests;
