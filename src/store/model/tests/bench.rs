//! A store on a bench: its residents, its disk, and peers that do what they are told at once.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use bytes::Bytes;
use prost::Message as _;

use crate::{
    basis::{
        AccountId, Cents, ListingId, PackageId, Point, ProductId, Seq, SimTime, TruckId,
        WarehouseId, WorldId,
    },
    runtime::{Disk as _, Outbox, Party, ReplyId, Resident as _},
    store::model::{
        Address, Cancel, CancelOutcome, CarrierInput, ConnectionId, Letter, Line, Listing, Output,
        Place, PlaceAnswer, PostId, Record, Redirect, RedirectOutcome, Site, Store, StoreDisk,
        WorldInput, outputs::Note, party::StoreResident,
    },
    wire::{
        CONNECTED, Connected, Numbered, Responses,
        amazon::{self, Command, Event},
        dialect::{Answer, Content, Envelope, Refusal, ShipmentStatus, ToCarrier, ToStore},
    },
};

pub const NORTH: WarehouseId = WarehouseId(1);
pub const SOUTH: WarehouseId = WarehouseId(2);
pub const TEA: ListingId = ListingId(1);
pub const CUP: ListingId = ListingId(2);

/// Two products, the first of two sellers.
pub fn catalog() -> Vec<Listing> {
    let listing = |id, product, name: &str| Listing {
        id: ListingId(id),
        product: ProductId(product),
        name: name.to_owned(),
        price: Cents(250),
        active: true,
        reorder_level: 2,
        reorder_target: 6,
    };
    vec![listing(1, 10, "tea"), listing(2, 20, "cup"), listing(3, 10, "tea")]
}

pub fn sites() -> Vec<Site> {
    vec![Site::new(NORTH, Point::new(0, 10)), Site::new(SOUTH, Point::new(0, -10))]
}

/// A store that belongs to world 1 and whose opening stock is still to be bought.
pub fn opening() -> StoreDisk {
    let stock =
        [(NORTH, vec![Line::new(TEA, 5), Line::new(CUP, 2)]), (SOUTH, vec![Line::new(TEA, 9)])];
    StoreDisk::seeded("store-test", catalog(), sites(), stock)
}

/// The store's models, whatever they committed, and what came out of them.
pub struct Bench {
    pub now: SimTime,
    pub disk: StoreDisk,
    pub residents: BTreeMap<Address, StoreResident>,
    /// Groups in the order of their commits.
    pub groups: Vec<Vec<Record>>,
    /// Not taken by anybody yet.
    pub outputs: Vec<Output>,
    pub answers: BTreeMap<ReplyId, PlaceAnswer>,
    pub cancels: BTreeMap<ReplyId, CancelOutcome>,
    pub redirects: BTreeMap<ReplyId, RedirectOutcome>,
    pub notes: Vec<Note>,
    pub world: World,
    pub carrier: Carrier,
    /// Crash when so many groups are committed: before the last one's letters and outputs leave.
    pub crash_after: Option<usize>,
}

impl Bench {
    pub fn new(disk: StoreDisk) -> Self {
        let mut bench = Self {
            now: SimTime::from_micros(1_000_000),
            disk,
            residents: BTreeMap::new(),
            groups: Vec::new(),
            outputs: Vec::new(),
            answers: BTreeMap::new(),
            cancels: BTreeMap::new(),
            redirects: BTreeMap::new(),
            notes: Vec::new(),
            world: World::default(),
            carrier: Carrier::default(),
            crash_after: None,
        };
        bench.start();
        bench
    }

    /// One that has its opening stock on its shelves.
    pub fn stocked() -> Self {
        Self::patient(Duration::ZERO)
    }

    /// The same, where packages can be cancelled for that long.
    pub fn patient(pack_after: Duration) -> Self {
        let mut bench = Self::new(StoreDisk { pack_after, ..opening() });
        bench.set_world(1);
        bench.settle();
        bench
    }

    pub fn start(&mut self) {
        let mut out = Outbox::new();
        self.residents =
            Store::restore(self.disk.clone(), self.now, &mut out).into_iter().collect();
        assert!(out.records.is_empty() && out.outputs.is_empty());
        let letters = std::mem::take(&mut out.letters);
        self.deliver(letters.into());
    }

    /// Loses everything but the disk, and starts again.
    pub fn crash(&mut self) {
        self.outputs.clear();
        self.residents.clear();
        self.world.connection = None;
        self.carrier.posts.clear();
        self.start();
    }

    pub fn set_world(&mut self, world: i64) {
        self.hear([ToStore::SetWorld { world: WorldId(world) }]);
    }

    /// The carrier posts.
    pub fn hear(&mut self, messages: impl IntoIterator<Item = ToStore>) -> ReplyId {
        let envelope = |message| Envelope { seq: None, sender: None, message };
        let envelopes = messages.into_iter().map(envelope).collect();
        let reply = self.fresh_reply();
        self.post(Letter::Carrier(CarrierInput::Received { reply, envelopes }));
        reply
    }

    pub fn fresh_reply(&mut self) -> ReplyId {
        self.carrier.reply_last += 1;
        ReplyId(1_000_000 + self.carrier.reply_last)
    }

    pub fn order(&mut self, number: u64, items: &[(ListingId, u32)]) {
        self.post(Letter::Place(place(number, items)));
    }

    pub fn cancel(&mut self, package: PackageId) -> ReplyId {
        let reply = self.fresh_reply();
        self.post(Letter::Cancel(Cancel { reply, package }));
        reply
    }

    pub fn redirect(&mut self, package: PackageId, to: Point) -> ReplyId {
        let reply = self.fresh_reply();
        self.post(Letter::Redirect(Redirect { reply, package, to }));
        reply
    }

    pub fn post(&mut self, letter: Letter) {
        self.deliver([letter].into());
    }

    /// Runs until nobody has anything to do but to see whether the others are there.
    pub fn settle(&mut self) {
        self.run(Duration::from_secs(600));
    }

    /// Runs until nobody has anything to do, at most for so long.
    pub fn run(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            self.serve_peers();
            let due = self.residents.values().filter_map(|resident| resident.next_wake()).min();
            let Some(due) = due.filter(|due| *due <= end) else { break };
            self.now = self.now.max(due) + Duration::from_micros(1);
            self.wake_due();
        }
    }

    /// Gives the outputs to the peers and their answers to the store, until there are none.
    pub fn serve_peers(&mut self) {
        loop {
            let outputs = std::mem::take(&mut self.outputs);
            if outputs.is_empty() {
                return;
            }
            for output in outputs {
                if let Output::Answer { reply, answer } = &output {
                    self.answers.insert(*reply, answer.clone());
                }
                if let Output::Cancelled { reply, outcome } = &output {
                    self.cancels.insert(*reply, *outcome);
                }
                if let Output::Redirected { reply, outcome } = &output {
                    self.redirects.insert(*reply, outcome.clone());
                }
                if let Output::Noted(note) = &output {
                    self.notes.push(note.clone());
                }
                let mut letters = self.world.take(&output);
                letters.extend(self.carrier.take(&output));
                for letter in letters {
                    self.post(letter);
                }
            }
        }
    }

    pub fn wake_due(&mut self) {
        let now = self.now;
        let due: Vec<Address> = self
            .residents
            .iter()
            .filter(|(_, resident)| resident.next_wake().is_some_and(|wake| wake <= now))
            .map(|(address, _)| *address)
            .collect();
        for address in due {
            let mut out = Outbox::new();
            if let Some(resident) = self.residents.get_mut(&address) {
                resident.wake(now, &mut out);
            }
            if let Some(letters) = self.commit(&mut out) {
                self.deliver(letters.into());
            }
        }
    }

    fn deliver(&mut self, mut letters: VecDeque<Letter>) {
        while let Some(letter) = letters.pop_front() {
            let address = Store::address(&letter);
            let mut out = Outbox::new();
            if !self.residents.contains_key(&address)
                && let Some(newcomer) = Store::found(&letter, self.now)
            {
                self.residents.insert(address, newcomer);
            }
            match self.residents.get_mut(&address) {
                Some(resident) => {
                    resident.handle(self.now, &letter, &mut out);
                    if resident.is_finished() {
                        self.residents.remove(&address);
                    }
                }
                None => Store::bounce(&letter, self.now, &mut out),
            }
            match self.commit(&mut out) {
                Some(more) => letters.extend(more),
                None => return,
            }
        }
    }

    /// Commits at once; None where the store has crashed by that.
    fn commit(&mut self, out: &mut Outbox<Store>) -> Option<Vec<Letter>> {
        if !out.records.is_empty() {
            out.records.iter().for_each(|record| self.disk.apply(record));
            self.groups.push(std::mem::take(&mut out.records));
            if self.crash_after == Some(self.groups.len()) {
                self.crash_after = None;
                self.crash();
                return None;
            }
        }
        self.outputs.append(&mut out.outputs);
        Some(std::mem::take(&mut out.letters))
    }
}

pub fn place(number: u64, items: &[(ListingId, u32)]) -> Place {
    Place {
        reply: ReplyId(number),
        account: AccountId(7),
        email: "buyer@example.com".to_owned(),
        idempotency_key: format!("key {number}"),
        body_hash: [0; 32],
        items: items.to_vec(),
        destination: Point::new(0, 3),
        carrier_account: None,
        expected_total: None,
        only_in_stock: false,
    }
}

/// Orders of every sort, settled.
pub fn full_run(bench: &mut Bench) {
    bench.order(1, &[(TEA, 2)]);
    bench.settle();
    bench.order(2, &[(TEA, 5), (CUP, 2)]);
    bench.order(3, &[(CUP, 9)]);
    bench.order(4, &[(TEA, 1), (ListingId(3), 1)]);
    bench.settle();
    bench.order(5, &[(TEA, 40)]);
    bench.settle();
}

/// A world that does everything at once, once.
#[derive(Debug, Default)]
pub struct World {
    pub connection: Option<ConnectionId>,
    greeted: bool,
    speed: Option<u32>,
    seq_last: i64,
    done: BTreeSet<Seq>,
    pub unacked: BTreeMap<Seq, Event>,
    pub stock: BTreeMap<(WarehouseId, ProductId), i64>,
    pub packed: BTreeMap<PackageId, u32>,
    pub loaded: BTreeMap<PackageId, u32>,
    pub warehouses: BTreeSet<WarehouseId>,
    /// Hellos that were said.
    pub hellos: usize,
    /// Connections that were made.
    pub dials: usize,
    /// Says no more on a connection after a hello that it refused.
    pub hangs_up_refusing: bool,
    /// Commands to refuse, by count.
    pub refuse: u32,
    /// Trucks that are at no warehouse.
    pub gone: BTreeSet<TruckId>,
    /// What a world that is made by a hello is called.
    pub found: WorldId,
    /// Each speed that was set on a connection, once.
    pub speeds: Vec<u32>,
    /// No commands are done while it is held.
    pub held: bool,
    pub commands: Vec<Command>,
}

impl World {
    fn take(&mut self, output: &Output) -> Vec<Letter> {
        match output {
            Output::Dial { connection } => {
                self.connection = Some(*connection);
                self.greeted = false;
                self.speed = None;
                self.dials += 1;
                vec![Letter::World(WorldInput::DialSucceeded { connection: *connection })]
            }
            Output::SendWorld { connection, bytes } if self.connection == Some(*connection) => {
                if self.greeted {
                    self.commands(bytes)
                } else {
                    self.greet(bytes)
                }
            }
            _ => Vec::new(),
        }
    }

    fn greet(&mut self, bytes: &Bytes) -> Vec<Letter> {
        let hello = amazon::decode_connect(bytes).unwrap();
        self.hellos += 1;
        let exists = hello.initial.iter().any(|(id, _)| self.warehouses.contains(id));
        let result =
            if exists { "error: warehouse_id/truck_id already exists." } else { CONNECTED };
        self.greeted = !exists;
        if !exists {
            self.warehouses.extend(hello.initial.iter().map(|(id, _)| *id));
        }
        let world = hello.world.unwrap_or(self.found);
        let connected = Connected { world, result: result.to_owned() };
        let mut letters = vec![self.frame(amazon::encode_connected(&connected).encode_to_vec())];
        if self.greeted {
            letters.extend(self.responses(Vec::new()));
        } else if self.hangs_up_refusing
            && let Some(connection) = self.connection.take()
        {
            letters.push(Letter::World(WorldInput::Lost { connection }));
        }
        letters
    }

    fn commands(&mut self, bytes: &Bytes) -> Vec<Letter> {
        let commands = amazon::decode_commands(bytes).unwrap();
        for ack in commands.acks {
            self.unacked.remove(&ack);
        }
        if !self.held
            && let Some(speed) = commands.simspeed
            && self.speed.replace(speed) != Some(speed)
        {
            self.speeds.push(speed);
        }
        if self.held || commands.commands.is_empty() {
            return Vec::new();
        }
        let mut acks = Vec::new();
        for Numbered { seq, body } in commands.commands {
            acks.push(seq);
            if self.done.insert(seq) {
                self.commands.push(body.clone());
                let event = self.execute(seq, body);
                self.seq_last += 1;
                self.unacked.insert(Seq(self.seq_last), event);
            }
        }
        self.responses(acks)
    }

    fn execute(&mut self, origin: Seq, command: Command) -> Event {
        if self.refuse > 0 {
            self.refuse -= 1;
            return Event::Failed { text: "not now".to_owned(), origin };
        }
        match command {
            Command::Buy { warehouse, things } => {
                for thing in &things {
                    *self.stock.entry((warehouse, thing.product)).or_default() +=
                        i64::from(thing.count);
                }
                Event::Arrived { warehouse, things }
            }
            Command::Pack { warehouse, things, package } => {
                for thing in things {
                    let there = self.stock.entry((warehouse, thing.product)).or_default();
                    *there -= i64::from(thing.count);
                    assert!(*there >= 0, "{package} was packed of what is not there");
                }
                *self.packed.entry(package).or_default() += 1;
                Event::Ready { package }
            }
            Command::Load { truck, .. } if self.gone.contains(&truck) => {
                Event::Failed { text: "not here".to_owned(), origin }
            }
            Command::Load { package, .. } => {
                assert!(self.packed.contains_key(&package), "{package} was loaded unpacked");
                *self.loaded.entry(package).or_default() += 1;
                Event::Loaded { package }
            }
            Command::Query { package } => Event::Status { package, status: "packed".to_owned() },
        }
    }

    /// Says that it will not do what it was told under this number.
    pub fn fail(&mut self, origin: Seq) -> Vec<Letter> {
        self.seq_last += 1;
        let event = Event::Failed { text: "who?".to_owned(), origin };
        self.unacked.insert(Seq(self.seq_last), event);
        self.responses(Vec::new())
    }

    /// All that is unacked, again and again: so every event comes several times.
    pub fn responses(&mut self, acks: Vec<Seq>) -> Vec<Letter> {
        let events = self.unacked.iter();
        let events = events.map(|(seq, body)| Numbered::new(*seq, body.clone())).collect();
        let message = Responses { events, acks, finished: false };
        vec![self.frame(amazon::encode_responses(&message).encode_to_vec())]
    }

    fn frame(&self, bytes: Vec<u8>) -> Letter {
        let connection = self.connection.unwrap();
        Letter::World(WorldInput::Received { connection, bytes: bytes.into() })
    }
}

/// A carrier that has a truck for every shipment, at once.
#[derive(Debug, Default)]
pub struct Carrier {
    pub reply_last: u64,
    pub created: BTreeMap<PackageId, u32>,
    pub loaded: BTreeSet<PackageId>,
    seen: BTreeSet<Seq>,
    pub posts: VecDeque<(PostId, Vec<Envelope<ToCarrier>>)>,
    /// Posts are kept instead of answered.
    pub held: bool,
    /// No reports of its own.
    pub silent: bool,
    /// What it says to changes of address; None: yes.
    pub refusal: Option<Refusal>,
    /// The changes of address that it was asked for, with repeats.
    pub asked: Vec<(PackageId, Seq, Point)>,
    pub answers: Vec<(ReplyId, Vec<Answer>)>,
}

impl Carrier {
    fn take(&mut self, output: &Output) -> Vec<Letter> {
        match output {
            Output::Post { post, envelopes } if self.held => {
                self.posts.push_back((*post, envelopes.clone()));
                Vec::new()
            }
            Output::Post { post, envelopes } => self.answer(*post, envelopes),
            Output::AnswerCarrier { reply, answers } => {
                self.answers.push((*reply, answers.clone()));
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    pub fn answer(&mut self, post: PostId, envelopes: &[Envelope<ToCarrier>]) -> Vec<Letter> {
        let (mut answers, mut reports) = (Vec::new(), Vec::new());
        for envelope in envelopes {
            let seq = envelope.seq.unwrap();
            let mut tracking_number = None;
            if let ToCarrier::ShipmentCreated { shipment, .. } = &envelope.message {
                tracking_number = Some(format!("WB{shipment}"));
            }
            if let ToCarrier::AddressChange { shipment, destination } = &envelope.message {
                self.asked.push((*shipment, seq, *destination));
                if let Some(refusal) = self.refusal.clone() {
                    // A stranger's: it acks nothing.
                    answers.push(Answer { outcome: Err(refusal), acks: Vec::new() });
                    continue;
                }
            }
            if self.seen.insert(seq) {
                reports.extend(self.act(&envelope.message));
            }
            let content = Content::Acknowledged { message: String::new(), tracking_number };
            answers.push(Answer { outcome: Ok(content), acks: vec![seq] });
        }
        let mut letters = vec![Letter::Carrier(CarrierInput::Posted { post, result: Ok(answers) })];
        if !self.silent {
            let envelope = |message| Envelope { seq: None, sender: None, message };
            // Twice, as a carrier does whose answers get lost.
            for _ in 0..2 {
                self.reply_last += 1;
                let reply = ReplyId(1_000_000 + self.reply_last);
                let envelopes = reports.iter().cloned().map(envelope).collect();
                letters.push(Letter::Carrier(CarrierInput::Received { reply, envelopes }));
            }
        }
        letters
    }

    fn act(&mut self, message: &ToCarrier) -> Vec<ToStore> {
        match message {
            ToCarrier::ShipmentCreated { shipment, warehouse, .. } => {
                *self.created.entry(*shipment).or_default() += 1;
                let (shipment, truck) = (*shipment, TruckId(shipment.0 as i32));
                let here = Some(shipment);
                vec![
                    ToStore::TruckDispatched { truck, shipment },
                    ToStore::TruckArrived { truck, warehouse: *warehouse, shipment: here },
                ]
            }
            ToCarrier::ShipmentLoaded { shipment } => {
                self.loaded.insert(*shipment);
                let (shipment, status) = (*shipment, ShipmentStatus::Delivering);
                vec![
                    ToStore::StatusUpdate { shipment, status },
                    ToStore::ShipmentDelivered { shipment, destination: None },
                ]
            }
            ToCarrier::ShipmentStatusRequest { .. } | ToCarrier::AddressChange { .. } => Vec::new(),
        }
    }
}
