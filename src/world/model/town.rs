//! All residents of a simulator in one thread, for tests: letters are delivered
//! at once, and records are on the disk at once.
//!
//! It has no network: a test says what is received and looks at what is sent.

// Clippy knows tests by their attribute alone, and the fuzzer uses it, too.
#![allow(clippy::unwrap_used, clippy::expect_used)]
// Some of it is for tests alone.
#![cfg_attr(not(test), allow(dead_code))]

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use prost::Message as _;

use super::{
    Address, ConnectionId, Letter, Look, Observed, Output, Record, Residents, Rules, Side,
    Simulation, ToWorld, View, WorldDisk, WorldParty,
};
use crate::{
    basis::{Point, Seq, SimTime, TruckId, WarehouseId, WorldId},
    runtime::{Disk as _, Outbox, Party as _, ReplyId, Resident as _},
    wire::{Commands, Connect, Connected, Numbered, Responses, amazon, ups},
};

#[derive(Default)]
pub(super) struct Town {
    pub(super) disk: WorldDisk,
    pub(super) records: Vec<Record>,
    pub(super) observed: Vec<Observed>,
    pub(super) taken: usize,
    pub(super) closed: Vec<ConnectionId>,
    pub(super) looked: Vec<(ReplyId, View)>,
    sent: VecDeque<(ConnectionId, Bytes)>,
    residents: BTreeMap<Address, Residents>,
    now: SimTime,
    /// Letters delivered.
    pub(super) letters: usize,
}

pub(super) fn connection(id: u64) -> ConnectionId {
    ConnectionId(id)
}

impl Town {
    pub(super) fn new(rules: Rules) -> Self {
        let mut town = Self::of(WorldDisk::default());
        town.post(Letter::Configured(rules));
        town
    }

    /// One that starts from a disk.
    pub(super) fn of(disk: WorldDisk) -> Self {
        let mut town = Self { disk, ..Self::default() };
        town.restart();
        town
    }

    /// Everything that is not on the disk is gone.
    pub(super) fn restart(&mut self) {
        let mut out = Outbox::new();
        let residents = WorldParty::restore(self.disk.clone(), self.now, &mut out);
        self.residents = residents.into_iter().collect();
        self.sent.clear();
        self.deliver(out);
    }

    /// One resident fails and comes back from the disk, while the others go on.
    pub(super) fn fail(&mut self, address: &Address) {
        let mut out = Outbox::new();
        let residents = WorldParty::restore(self.disk.clone(), self.now, &mut out);
        self.residents.remove(address);
        self.residents.extend(residents.into_iter().filter(|(it, _)| it == address));
        out.outputs.clear();
        out.letters.retain(|letter| WorldParty::address(letter) == *address);
        self.deliver(out);
    }

    /// One resident is gone, as if it could not be restored.
    pub(super) fn lose(&mut self, address: &Address) {
        self.residents.remove(address);
    }

    pub(super) fn post(&mut self, letter: Letter) {
        self.post_all([letter]);
    }

    /// Letters that are there before anybody has answered the first.
    pub(super) fn post_all(&mut self, letters: impl IntoIterator<Item = Letter>) {
        let mut out = Outbox::new();
        letters.into_iter().for_each(|letter| out.tell(letter));
        self.deliver(out);
    }

    /// Lets time pass, and everybody do what is due at its moment.
    pub(super) fn wait_ms(&mut self, span_ms: u64) {
        let end = SimTime(self.now.0 + span_ms * 1000);
        loop {
            let next = self.residents.iter().filter_map(|(it, who)| Some((who.next_wake()?, it)));
            let Some((due, address)) = next.min().map(|(due, it)| (due, it.clone())) else { break };
            if due > end {
                break;
            }
            self.now = self.now.max(due);
            let mut out = Outbox::new();
            if let Some(resident) = self.residents.get_mut(&address) {
                resident.wake(self.now, &mut out);
            }
            self.settle(&address);
            self.deliver(out);
        }
        self.now = end;
    }

    pub(super) fn simulation(&self, world: WorldId) -> &Simulation {
        match &self.residents[&Address::World(world)] {
            Residents::World(world) => world.simulation(),
            other => panic!("{other:?} is not a world"),
        }
    }

    /// What somebody who looks into a world is shown.
    pub(super) fn look(&mut self, world: WorldId, look: Look) -> View {
        let reply = ReplyId(1);
        self.post(Letter::World(world, ToWorld::Look { reply, look }));
        let (to, view) = self.looked.pop().expect("a view");
        assert_eq!((to, self.looked.len()), (reply, 0));
        view
    }

    pub(super) fn population(&self) -> usize {
        self.residents.len()
    }

    pub(super) fn open(&mut self, id: u64, side: Side) {
        let link = self.disk.rules.link;
        self.post(Letter::Opened { connection: connection(id), side, link });
    }

    pub(super) fn receive(&mut self, id: u64, bytes: impl Into<Bytes>) {
        self.receive_all(id, vec![bytes.into()]);
    }

    pub(super) fn receive_all(&mut self, id: u64, messages: Vec<Bytes>) {
        self.post(Letter::Received { connection: connection(id), messages });
    }

    pub(super) fn hang_up(&mut self, id: u64) {
        self.post(Letter::Closed { connection: connection(id) });
    }

    /// Messages sent to a connection since the last look.
    pub(super) fn sent_to(&mut self, id: u64) -> Vec<Bytes> {
        let (mine, others) =
            std::mem::take(&mut self.sent).into_iter().partition(|(to, _)| *to == connection(id));
        self.sent = others;
        let mine: VecDeque<_> = mine;
        mine.into_iter().map(|(_, bytes)| bytes).collect()
    }

    pub(super) fn join_amazon(
        &mut self,
        id: u64,
        world: Option<i64>,
        warehouses: &[(i32, i32, i32)],
    ) -> Connected {
        let initial =
            warehouses.iter().map(|(id, x, y)| (WarehouseId(*id), Point::new(*x, *y))).collect();
        let connect = Connect { world: world.map(WorldId), initial, is_amazon: true };
        self.receive(id, amazon::encode_connect(&connect).encode_to_vec());
        let said = self.sent_to(id);
        amazon::decode_connected(said.first().expect("an answer")).unwrap()
    }

    pub(super) fn join_ups(
        &mut self,
        id: u64,
        world: Option<i64>,
        trucks: &[(i32, i32, i32)],
    ) -> Connected {
        let initial = trucks.iter().map(|(id, x, y)| (TruckId(*id), Point::new(*x, *y))).collect();
        let connect = Connect { world: world.map(WorldId), initial, is_amazon: false };
        self.receive(id, ups::encode_connect(&connect).encode_to_vec());
        let said = self.sent_to(id);
        ups::decode_connected(said.first().expect("an answer")).unwrap()
    }

    pub(super) fn say_amazon(&mut self, id: u64, commands: &Commands<amazon::Command>) {
        self.receive(id, amazon::encode_commands(commands).encode_to_vec());
    }

    pub(super) fn ask_amazon(&mut self, id: u64, seq: i64, command: amazon::Command) {
        let commands = vec![Numbered::new(Seq(seq), command)];
        self.say_amazon(id, &Commands { commands, ..Commands::default() });
    }

    pub(super) fn ask_ups(&mut self, id: u64, seq: i64, command: ups::Command) {
        let commands = vec![Numbered::new(Seq(seq), command)];
        let commands = Commands { commands, ..Commands::default() };
        self.receive(id, ups::encode_commands(&commands).encode_to_vec());
    }

    pub(super) fn heard_amazon(&mut self, id: u64) -> Vec<Responses<amazon::Event>> {
        let said = self.sent_to(id);
        said.iter().map(|bytes| amazon::decode_responses(bytes).unwrap()).collect()
    }

    pub(super) fn heard_ups(&mut self, id: u64) -> Vec<Responses<ups::Event>> {
        let said = self.sent_to(id);
        said.iter().map(|bytes| ups::decode_responses(bytes).unwrap()).collect()
    }

    fn deliver(&mut self, mut out: Outbox<WorldParty>) {
        let mut letters = VecDeque::new();
        loop {
            letters.extend(self.take(&mut out));
            let Some(letter) = letters.pop_front() else { return };
            self.letters += 1;
            let address = WorldParty::address(&letter);
            if !self.residents.contains_key(&address)
                && let Some(newcomer) = WorldParty::found(&letter, self.now)
            {
                self.residents.insert(address.clone(), newcomer);
            }
            match self.residents.get_mut(&address) {
                Some(resident) => resident.handle(self.now, &letter, &mut out),
                None => WorldParty::bounce(&letter, self.now, &mut out),
            }
            self.settle(&address);
        }
    }

    fn take(&mut self, out: &mut Outbox<WorldParty>) -> Vec<Letter> {
        for record in out.records.drain(..) {
            self.disk.apply(&record);
            self.records.push(record);
        }
        for output in out.outputs.drain(..) {
            match output {
                Output::Send { connection, bytes } => self.sent.push_back((connection, bytes)),
                Output::Close { connection } => self.closed.push(connection),
                Output::CloseAll | Output::Worlds { .. } => {}
                Output::Taken { messages, .. } => self.taken += messages,
                Output::Observed(observed) => self.observed.push(*observed),
                Output::Looked { reply, view } => self.looked.push((reply, *view)),
            }
        }
        std::mem::take(&mut out.letters)
    }

    fn settle(&mut self, address: &Address) {
        if self.residents.get(address).is_some_and(|it| it.is_finished()) {
            self.residents.remove(address);
        }
    }
}
