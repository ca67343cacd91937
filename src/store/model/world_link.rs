//! The link to the world: finds it, says hello, carries commands and events.
//!
//! What a command is for is not decided here; that it gets through, once, is.
//!
//! ```text
//! NoWorld ─ SetWorld ─▶ Dialing ─▶ Greeting ─ connected! ─▶ Open
//!                          ▲          │ error, silence       │ lost
//!                          └─ Resting ◀──────────────────────┘
//! ```

mod handshake;
mod offers;
mod wishes;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use bytes::Bytes;
use prost::Message as _;

use self::{handshake::Phase, offers::Offers};
use super::{
    catalog::Site,
    disk::StoreDisk,
    letters::{
        Errand, Letter, LinkLetter, PackageLetter, PeerLetter, Task, WarehouseLetter, WorldInput,
    },
    outputs::{ConnectionId, LinkLoad, LinkName, Note, Output, PackageChange, Sent, WorldStatus},
    party::Store,
    records::Record,
    status::PackageStatus,
};
use crate::{
    basis::{OrderId, PackageId, Seq, SimTime, WarehouseId, WorldId},
    link::{Backoff, Inbound, Outbound, Receipt, ResendPolicy},
    runtime::Outbox,
    wire::{
        Commands, Numbered,
        amazon::{self, Command, Event},
        dialect::{Refusal, code},
    },
};

/// A world that owes acks and says nothing for so long is taken for gone.
const ACK_WITHIN: Duration = Duration::from_secs(30);

/// A world that owes nothing is asked after so long whether it is still there.
///
/// A line may be dead without having ended, and a world may close one on which it
/// hears nothing for ten minutes. A query is what tells of both: unlike a message of
/// length zero it is acked, and unlike TCP's own probes it needs somebody at the other
/// end who still works.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// Commands in one message at most.
const COMMANDS_MAX: usize = 256;

/// The world numbers for both of its sides, so what we see has gaps: a range each.
const RANGES_MAX: usize = 262_144;

/// Events that are being done at most.
const EVENTS_MAX: usize = 16_384;

/// The store's end of its connection to the world.
#[derive(Debug)]
pub struct WorldLink {
    is_open: bool,
    /// None: nobody has said which, or the new one that is wanted is not made yet.
    world: Option<WorldId>,
    wants_new: bool,
    /// An admin has disconnected us.
    is_held: bool,
    /// What an admin wants.
    speed: Option<u32>,
    /// The world has not confirmed the speed; it has when this number or a later one is acked.
    untold_from: Option<Seq>,
    sites: BTreeMap<WarehouseId, Site>,
    registered: BTreeSet<(WorldId, WarehouseId)>,
    offers: Offers,
    phase: Phase,
    dial_again: Backoff,
    connection_last: ConnectionId,
    /// Since when the world owes us a word: its last one, or our first since.
    quiet_since: SimTime,
    /// The latest question whether it is there.
    probe: Option<Seq>,
    seq_last: Seq,
    outbound: Outbound<Command>,
    inbound: Inbound,
    /// Commands that are under way or done without having had their effect.
    tasks: BTreeMap<Seq, Task>,
    seqs: BTreeMap<Task, Seq>,
    /// Packages that this world knows of, and whose they are.
    known: BTreeMap<PackageId, OrderId>,
    said: Option<WorldStatus>,
    load: Option<LinkLoad>,
}

impl WorldLink {
    pub fn restore(disk: &StoreDisk, now: SimTime) -> Self {
        let mut link = Self {
            is_open: false,
            world: disk.world,
            wants_new: false,
            is_held: disk.world_held,
            speed: disk.world_speed,
            untold_from: None,
            sites: disk.sites.clone(),
            registered: disk.registered.clone(),
            offers: Offers::default(),
            phase: Phase::Idle,
            dial_again: handshake::DIAL_AGAIN,
            // Of no earlier life: time goes on faster than connections are made.
            connection_last: ConnectionId(now.micros()),
            quiet_since: now,
            probe: None,
            seq_last: disk.world_seq,
            outbound: Outbound::new(ResendPolicy::default()),
            inbound: Inbound::new(RANGES_MAX, EVENTS_MAX),
            tasks: BTreeMap::new(),
            seqs: BTreeMap::new(),
            known: BTreeMap::new(),
            said: None,
            load: None,
        };
        for seq in &disk.arrivals {
            link.inbound.remember(*seq);
        }
        link.restore_commands(disk, now);
        link
    }

    /// Everybody is back: the world may be called.
    pub fn open(&mut self, now: SimTime, out: &mut Outbox<Store>) {
        self.is_open = true;
        self.dial(now, out);
        self.say_status(out);
    }

    pub fn handle(&mut self, letter: &LinkLetter, now: SimTime, out: &mut Outbox<Store>) {
        match letter {
            LinkLetter::Send { task, order, command, news } => {
                if let (Task::Pack(package), Some(order)) = (task, order) {
                    self.known.insert(*package, *order);
                }
                if let Some(seq) = self.send(*task, command, now, out)
                    && let Some(news) = news
                {
                    let news = PackageChange { seq: Some(seq), ..(**news).clone() };
                    out.emit(Output::Changed(news));
                }
            }
            LinkLetter::Settled { seq, over } => {
                self.inbound.settle(*seq);
                if let Some(task) = over {
                    self.end(*task, now);
                }
            }
            LinkLetter::Ended { package } => {
                self.end(Task::Pack(*package), now);
                self.end(Task::Load(*package), now);
                self.known.remove(package);
            }
            LinkLetter::SetWorld { world, errand } => self.set_world(*world, *errand, now, out),
            LinkLetter::Founded(site) => self.add_site(*site, now, out),
        }
    }

    pub fn hear(&mut self, input: &WorldInput, now: SimTime, out: &mut Outbox<Store>) {
        match input {
            WorldInput::DialSucceeded { connection } => self.greet(*connection, now, out),
            WorldInput::DialFailed { connection, reason } => {
                if self.phase.is_dialing(*connection) {
                    self.rest(format!("the world does not answer: {reason}"), now, out);
                }
            }
            WorldInput::Received { connection, bytes } => {
                self.receive(*connection, bytes, now, out);
            }
            WorldInput::Lost { connection } => {
                if self.phase.connection() == Some(*connection) {
                    self.rest("the connection was lost".to_owned(), now, out);
                }
            }
        }
        self.say_load(out);
    }

    pub fn next_wake(&self) -> Option<SimTime> {
        match &self.phase {
            Phase::Idle => None,
            Phase::Open { since, .. } if self.inbound.owes_acks() => Some(*since),
            Phase::Open { .. } => {
                let due = self.outbound.next_wake().into_iter();
                due.chain([self.quiet_since + self.patience()]).min()
            }
            Phase::Resting { until, .. } => Some(*until),
            Phase::Dialing { until, .. } | Phase::Greeting { until, .. } => Some(*until),
        }
    }

    /// Sends what is due, all that has gathered in one message; dials again; gives up waiting.
    pub fn wake(&mut self, now: SimTime, out: &mut Outbox<Store>) {
        match &self.phase {
            Phase::Idle => {}
            Phase::Open { .. } if self.quiet_since + self.patience() <= now => {
                self.lose_patience(now, out);
            }
            Phase::Open { connection, .. } => self.flush(*connection, now, out),
            Phase::Resting { until, .. } if *until <= now => self.dial(now, out),
            Phase::Dialing { until, .. } | Phase::Greeting { until, .. } if *until <= now => {
                self.hang_up(out);
                self.rest("the world did not answer in time".to_owned(), now, out);
            }
            Phase::Resting { .. } | Phase::Dialing { .. } | Phase::Greeting { .. } => {}
        }
        self.say_load(out);
    }

    /// Gives the command a number, unless it is under way.
    fn send(
        &mut self,
        task: Task,
        command: &Command,
        now: SimTime,
        out: &mut Outbox<Store>,
    ) -> Option<Seq> {
        if self.seqs.contains_key(&task) {
            return None;
        }
        let seq = self.seq_last.next();
        self.seq_last = seq;
        out.save(Record::commanded(task, seq, now));
        out.save(Record::WorldSeq(seq));
        self.enter(seq, task, command.clone(), now);
        Some(seq)
    }

    fn patience(&self) -> Duration {
        if self.outbound.unacked_count() > 0 { ACK_WITHIN } else { SILENCE_MAX }
    }

    /// A connection may be dead without having ended: nobody says so but the silence.
    fn lose_patience(&mut self, now: SimTime, out: &mut Outbox<Store>) {
        if self.outbound.unacked_count() > 0 {
            self.hang_up(out);
            return self.rest("the world acks nothing".to_owned(), now, out);
        }
        self.ask_whether_there(now, out);
    }

    /// One question at a time: who answers the next one is there.
    fn ask_whether_there(&mut self, now: SimTime, out: &mut Outbox<Store>) {
        if let Some(before) = self.probe.take() {
            self.outbound.acknowledge(now, before);
        }
        let seq = self.seq_last.next();
        self.seq_last = seq;
        self.probe = Some(seq);
        self.quiet_since = now;
        out.save(Record::WorldSeq(seq));
        // Any package will do: what matters is that the world answers.
        let package = self.known.last_key_value().map(|(id, _)| *id).unwrap_or_default();
        self.outbound.push(now, seq, Command::Query { package });
    }

    fn enter(&mut self, seq: Seq, task: Task, command: Command, now: SimTime) {
        if self.outbound.unacked_count() == 0 {
            self.quiet_since = now;
        }
        self.tasks.insert(seq, task);
        self.seqs.insert(task, seq);
        self.outbound.push(now, seq, command);
    }

    /// The task is over, whether or not its command was acked.
    fn end(&mut self, task: Task, now: SimTime) {
        if let Some(seq) = self.seqs.remove(&task) {
            self.tasks.remove(&seq);
            self.outbound.acknowledge(now, seq);
        }
    }

    fn flush(&mut self, connection: ConnectionId, now: SimTime, out: &mut Outbox<Store>) {
        let due = self.outbound.poll(now, COMMANDS_MAX);
        for (seq, command) in &due {
            self.note_sent(*seq, command, out);
        }
        let commands = due.into_iter().map(|(seq, body)| Numbered::new(seq, body));
        let commands: Vec<_> = commands.collect();
        let acks = self.inbound.take_acks();
        if commands.is_empty() && acks.is_empty() {
            return;
        }
        let simspeed = self.speed.filter(|_| self.untold_from.is_some());
        let message = Commands { commands, acks, simspeed, disconnect: false };
        let bytes = Bytes::from(amazon::encode_commands(&message).encode_to_vec());
        out.emit(Output::SendWorld { connection, bytes });
    }

    fn note_sent(&self, seq: Seq, command: &Command, out: &mut Outbox<Store>) {
        let (what, package, truck) = match command {
            Command::Pack { package, .. } => ("pack", *package, None),
            Command::Load { package, truck, .. } => ("load", *package, Some(*truck)),
            Command::Buy { .. } | Command::Query { .. } => return,
        };
        let Some(order) = self.known.get(&package).copied() else { return };
        let sent = Sent { to: LinkName::World, what, order, package, truck, seq };
        out.emit(Output::Noted(Note::Sent(sent)));
    }

    fn receive(
        &mut self,
        connection: ConnectionId,
        bytes: &Bytes,
        now: SimTime,
        out: &mut Outbox<Store>,
    ) {
        if self.phase.connection() != Some(connection) {
            return;
        }
        // A message of length zero is a sign of life, but asks for no word of ours.
        if !bytes.is_empty() || self.outbound.unacked_count() > 0 {
            self.quiet_since = now;
        }
        if bytes.is_empty() {
            return;
        }
        match &self.phase {
            Phase::Greeting { .. } => self.greeted(bytes, now, out),
            Phase::Open { .. } => self.take_message(bytes, now, out),
            Phase::Idle | Phase::Resting { .. } | Phase::Dialing { .. } => {}
        }
    }

    fn take_message(&mut self, bytes: &Bytes, now: SimTime, out: &mut Outbox<Store>) {
        let responses = match amazon::decode_responses(bytes) {
            Ok(responses) => responses,
            Err(error) => {
                let reason = error.to_string();
                out.emit(Output::Noted(Note::BadFrame { reason }));
                self.hang_up(out);
                return self.rest("the world sent what is not a message".to_owned(), now, out);
            }
        };
        for seq in responses.acks {
            self.outbound.acknowledge(now, seq);
            self.untold_from.take_if(|from| *from <= seq && seq <= self.seq_last);
        }
        for Numbered { seq, body } in responses.events {
            match self.inbound.receive(seq) {
                Receipt::Fresh => self.take_event(seq, body, now, out),
                Receipt::InProgress | Receipt::Settled | Receipt::Full => {}
            }
        }
        if responses.finished {
            self.hang_up(out);
            self.rest("the world has ended the connection".to_owned(), now, out);
        }
    }

    fn take_event(&mut self, seq: Seq, event: Event, now: SimTime, out: &mut Outbox<Store>) {
        match event {
            Event::Arrived { warehouse, things } => {
                let world = self.world;
                let letter = WarehouseLetter::Arrived { things, seq, world };
                out.tell(Letter::Warehouse(warehouse, letter));
            }
            Event::Ready { package } => {
                out.tell(Letter::Package(package, PackageLetter::Ready { seq }));
            }
            Event::Loaded { package } => {
                out.tell(Letter::Package(package, PackageLetter::Loaded { seq }));
            }
            Event::Failed { text, origin } => {
                self.failed(text, origin, now, out);
                self.inbound.settle(seq);
            }
            // It is there, which is all that was asked: what happens is told.
            Event::Status { .. } => self.inbound.settle(seq),
        }
    }

    /// The world will not do it; saved here, so that after a restart it is asked
    /// anew instead of again under a number that is done with.
    fn failed(&mut self, text: String, origin: Seq, now: SimTime, out: &mut Outbox<Store>) {
        // Of a question whether it is there, whenever that was asked: it knows no such package,
        // and is there. Or of a command that is over.
        let Some(task) = self.tasks.get(&origin).copied() else { return };
        let package = match task {
            Task::Pack(package) | Task::Load(package) => Some(package),
            Task::Buy { .. } => None,
        };
        let about = package.and_then(|id| Some((*self.known.get(&id)?, id)));
        out.emit(Output::Noted(Note::WorldRefused { seq: origin, about, text: text.clone() }));
        self.end(task, now);
        out.save(Record::refused(task, now));
        out.tell(match task {
            Task::Buy { warehouse, purchase } => {
                Letter::Warehouse(warehouse, WarehouseLetter::BuyRefused { purchase })
            }
            Task::Pack(package) => Letter::Package(package, PackageLetter::PackRefused { text }),
            Task::Load(package) => Letter::Package(package, PackageLetter::LoadRefused { text }),
        });
    }

    fn set_world(
        &mut self,
        world: WorldId,
        errand: Option<Errand>,
        now: SimTime,
        out: &mut Outbox<Store>,
    ) {
        let answer = match self.world {
            Some(present) if present == world => Ok(format!("the world is {world}")),
            Some(present) if !self.known.is_empty() => Err(Refusal {
                code: code::MALFORMED,
                message: format!(
                    "the world is {present} and {} packages are under way in it; try again when they are delivered",
                    self.known.len()
                ),
            }),
            Some(_) | None => {
                self.move_to(world, now, out);
                Ok(format!("the world is {world} now"))
            }
        };
        if let Some(errand) = errand {
            out.tell(Letter::Peer(PeerLetter::Done { errand, answer }));
        }
    }

    fn move_to(&mut self, world: WorldId, now: SimTime, out: &mut Outbox<Store>) {
        out.save(Record::WorldChosen(world));
        if self.world.is_some() {
            self.leave(now, out);
        }
        self.world = Some(world);
        self.wants_new = false;
        self.offers = Offers::default();
        self.call_anew(now, out);
    }

    fn add_site(&mut self, site: Site, now: SimTime, out: &mut Outbox<Store>) {
        // One that the world has been offered stays, whatever becomes of it here.
        if self.sites.insert(site.id, site).is_none() {
            self.call_anew(now, out);
        }
    }

    /// A world that has said yes to a hello hears no other, so there has to be a new connection.
    fn call_anew(&mut self, now: SimTime, out: &mut Outbox<Store>) {
        self.hang_up(out);
        self.dial_again.reset();
        self.dial(now, out);
        self.say_status(out);
    }

    fn restore_commands(&mut self, disk: &StoreDisk, now: SimTime) {
        for ((warehouse, purchase), row) in &disk.purchases {
            if row.seq != Seq::ZERO {
                let (warehouse, purchase) = (*warehouse, *purchase);
                let things = disk.catalog.things(&row.lines);
                let task = Task::Buy { warehouse, purchase };
                self.enter(row.seq, task, Command::Buy { warehouse, things }, now);
            }
        }
        for (package, row) in &disk.packages {
            let (package, warehouse) = (*package, row.plan.warehouse);
            if row.status != PackageStatus::Created {
                self.known.insert(package, row.plan.order);
            }
            match (row.status, row.truck) {
                (PackageStatus::Packing, _) if row.pack_seq != Seq::ZERO => {
                    let things = row.plan.things.clone();
                    let command = Command::Pack { warehouse, things, package };
                    self.enter(row.pack_seq, Task::Pack(package), command, now);
                }
                (PackageStatus::Loading, Some(truck)) if row.load_seq != Seq::ZERO => {
                    let command = Command::Load { warehouse, truck, package };
                    self.enter(row.load_seq, Task::Load(package), command, now);
                }
                _ => {}
            }
        }
    }

    fn say_load(&mut self, out: &mut Outbox<Store>) {
        let (unacked, resent) = (self.outbound.unacked_count(), self.outbound.resent_count());
        let load = LinkLoad { link: LinkName::World, unacked, resent };
        if self.load.replace(load) != Some(load) {
            out.emit(Output::Load(load));
        }
    }
}
