//! A world and a store that behave well over lines that need not.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::Bytes;
use prost::Message as _;

use super::{house::House, *};
use crate::wire::{
    Connected, Numbered, Responses,
    ups::{self, Command, Event},
};

/// Yes or no, as chance will have it; no for ever at the end.
pub(super) struct Chance(VecDeque<bool>);

impl Chance {
    pub(super) fn new(flips: impl IntoIterator<Item = bool>) -> Self {
        Self(flips.into_iter().collect())
    }

    fn strikes(&mut self) -> bool {
        self.0.pop_front().unwrap_or(false)
    }
}

/// Trucks that arrive at once, and a store that wants its shipments delivered.
pub(super) struct Outsiders {
    chance: Chance,
    connection: Option<(ConnectionId, bool)>,
    has_world: bool,
    done: BTreeSet<Seq>,
    next_seq: i64,
    unacked: BTreeMap<Seq, Event>,
    acks: Vec<Seq>,
    /// How often each package was brought to its door.
    pub(super) deliveries: BTreeMap<PackageId, u32>,
    wishes: BTreeMap<Seq, ToCarrier>,
    loaded: BTreeSet<PackageId>,
    next_wish: i64,
    next_reply: u64,
    waiting: BTreeMap<ReplyId, Seq>,
    pub(super) told_delivered: BTreeSet<PackageId>,
}

impl Outsiders {
    pub(super) fn new(shipments: &[PackageId], chance: Chance) -> Self {
        let mut outsiders = Self {
            chance,
            connection: None,
            has_world: false,
            done: BTreeSet::new(),
            next_seq: 1,
            unacked: BTreeMap::new(),
            acks: Vec::new(),
            deliveries: BTreeMap::new(),
            wishes: BTreeMap::new(),
            loaded: BTreeSet::new(),
            next_wish: 1,
            next_reply: 1,
            waiting: BTreeMap::new(),
            told_delivered: BTreeSet::new(),
        };
        for shipment in shipments {
            outsiders.wish(created(*shipment));
        }
        outsiders
    }

    /// One round: what the house has sent is done, what is unanswered is said again.
    pub(super) fn round(&mut self, house: &mut House) {
        house.now += std::time::Duration::from_millis(700);
        house.wake();
        for output in std::mem::take(&mut house.outputs) {
            // A line that is cut, a message that is lost.
            if self.chance.strikes() {
                continue;
            }
            self.perform(output, house);
        }
        if self.chance.strikes()
            && let Some((connection, _)) = self.connection.take()
        {
            house.post(Letter::World(WorldInput::Lost { connection }));
        }
        self.speak(house);
        for (seq, message) in self.wishes.clone() {
            self.post(seq, message, house);
        }
    }

    pub(super) fn is_content(&self, house: &House, shipments: &[PackageId]) -> bool {
        let told = shipments.iter().all(|id| self.told_delivered.contains(id));
        told && self.wishes.is_empty() && self.unacked.is_empty() && house.disk.shipments.is_empty()
    }

    fn perform(&mut self, output: Output, house: &mut House) {
        match output {
            Output::Dial { connection } => {
                self.connection = Some((connection, false));
                house.post(Letter::World(WorldInput::DialSucceeded { connection }));
            }
            Output::SendWorld { connection, bytes } => {
                if let Some((mine, is_open)) = self.connection
                    && mine == connection
                {
                    if is_open { self.command(&bytes) } else { self.greet(connection, house) }
                }
            }
            Output::HangUp { connection } => {
                self.connection.take_if(|(mine, _)| *mine == connection);
            }
            Output::Post { post, envelopes } => {
                let answers = envelopes.iter().map(|envelope| self.tell(&envelope.message));
                let answers: Vec<_> = answers.collect();
                // The answer may be lost though the store has taken it in.
                let lost = self.chance.strikes();
                let result = if lost { Err("lost".to_owned()) } else { Ok(answers) };
                house.post(Letter::Store(StoreInput::Posted { post, result }));
            }
            Output::AnswerStore { reply, answers } => {
                let Some(seq) = self.waiting.remove(&reply) else { return };
                assert!(answers.iter().all(|answer| answer.outcome.is_ok()), "{answers:?}");
                self.wishes.remove(&seq);
            }
            _ => {}
        }
    }

    fn greet(&mut self, connection: ConnectionId, house: &mut House) {
        self.connection = Some((connection, true));
        self.has_world = true;
        let connected = Connected { world: WORLD, result: "connected!".to_owned() };
        let bytes = Bytes::from(ups::encode_connected(&connected).encode_to_vec());
        house.post(Letter::World(WorldInput::Received { connection, bytes }));
    }

    fn command(&mut self, bytes: &Bytes) {
        let message = ups::decode_commands(bytes).unwrap();
        for ack in message.acks {
            self.unacked.remove(&ack);
        }
        for Numbered { seq, body } in message.commands {
            self.acks.push(seq);
            if !self.done.insert(seq) {
                continue;
            }
            match body {
                Command::Pickup { truck, .. } => self.happen(Event::Finished {
                    truck,
                    at: Point::new(1, 1),
                    status: "ARRIVE WAREHOUSE".to_owned(),
                }),
                Command::Deliver { truck, packages } => {
                    for (package, at) in packages {
                        assert_eq!(at, HOME);
                        assert!(self.loaded.contains(&package), "{package} was never loaded");
                        *self.deliveries.entry(package).or_default() += 1;
                        self.happen(Event::Delivered { truck, package });
                        let status = "IDLE".to_owned();
                        self.happen(Event::Finished { truck, at, status });
                    }
                }
                Command::Query { truck } => {
                    let status = "IDLE".to_owned();
                    self.happen(Event::Truck { truck, status, at: HOME });
                }
            }
        }
    }

    fn happen(&mut self, event: Event) {
        self.unacked.insert(Seq(self.next_seq), event);
        self.next_seq += 1;
    }

    fn speak(&mut self, house: &mut House) {
        let Some((connection, true)) = self.connection else { return };
        let number = |(seq, event): (&Seq, &Event)| Numbered::new(*seq, event.clone());
        let events = self.unacked.iter().map(number).collect();
        let acks = std::mem::take(&mut self.acks);
        let responses = Responses { events, acks, finished: false };
        let bytes = Bytes::from(ups::encode_responses(&responses).encode_to_vec());
        if !self.chance.strikes() {
            house.post(Letter::World(WorldInput::Received { connection, bytes }));
        }
    }

    fn tell(&mut self, message: &ToStore) -> Answer {
        match message {
            ToStore::SetWorld { world } => assert_eq!(*world, WORLD),
            ToStore::TruckArrived { shipment: Some(shipment), .. } => {
                let is_news = self.loaded.insert(*shipment);
                let loaded = ToCarrier::ShipmentLoaded { shipment: *shipment };
                is_news.then(|| self.wish(loaded));
            }
            ToStore::ShipmentDelivered { shipment, .. } => {
                assert!(self.deliveries.contains_key(shipment), "told before it was true");
                self.told_delivered.insert(*shipment);
            }
            _ => {}
        }
        Answer::done(None, "")
    }

    fn wish(&mut self, message: ToCarrier) {
        self.wishes.insert(Seq(self.next_wish), message);
        self.next_wish += 1;
    }

    fn post(&mut self, seq: Seq, message: ToCarrier, house: &mut House) {
        if self.chance.strikes() {
            return;
        }
        let reply = ReplyId(self.next_reply);
        self.next_reply += 1;
        self.waiting.insert(reply, seq);
        let envelope = Envelope { seq: Some(seq), sender: Some("store-1".to_owned()), message };
        house.post(Letter::Store(StoreInput::Received { reply, envelopes: vec![envelope] }));
    }
}
