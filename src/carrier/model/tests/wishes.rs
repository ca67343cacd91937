//! What staff wants of the connection to the world.

use std::collections::BTreeMap;

use bytes::Bytes;
use prost::Message as _;

use super::{house::House, *};
use crate::{
    carrier::model::wishes::{
        ConnectRefusal, LinkView, Look, Matter, Wish, WorldWish, WorldWishes,
    },
    wire::{
        Commands, Connect, Connected, Numbered, Responses,
        ups::{self, Command, Event},
    },
};

const ELSEWHERE: WorldId = WorldId(9);

/// A carrier, and a simulator with any number of worlds that does what it is told.
struct Town {
    house: House,
    connection: Option<(ConnectionId, bool)>,
    greetings: Vec<Connect<TruckId>>,
    messages: Vec<Commands<Command>>,
    told_worlds: Vec<WorldId>,
    outcomes: Vec<Result<(), ConnectRefusal>>,
    views: Vec<LinkView>,
    /// Commands are heard, and neither acked nor done.
    is_silent: bool,
    events: BTreeMap<WorldId, i64>,
    world: WorldId,
}

impl Town {
    fn new() -> Self {
        let disk = CarrierDisk::new("carrier-1", Wanted { trucks: 2, world: None });
        let mut town = Self {
            house: House::new(disk),
            connection: None,
            greetings: Vec::new(),
            messages: Vec::new(),
            told_worlds: Vec::new(),
            outcomes: Vec::new(),
            views: Vec::new(),
            is_silent: false,
            events: BTreeMap::new(),
            world: WORLD,
        };
        town.run();
        assert_eq!(town.house.disk.world, Some(WORLD));
        town
    }

    /// Until nobody has anything to say for two seconds.
    fn run(&mut self) {
        for _ in 0..20 {
            self.house.now += std::time::Duration::from_millis(100);
            self.house.wake();
            while !self.house.outputs.is_empty() {
                for output in std::mem::take(&mut self.house.outputs) {
                    self.take(output);
                }
            }
        }
    }

    fn crash(&mut self) {
        self.connection = None;
        self.house.crash();
        self.run();
    }

    fn wish(&mut self, wish: Wish) -> Result<(), ConnectRefusal> {
        self.house.post(Letter::Wish(WorldWish { reply: ReplyId(5), wish }));
        self.run();
        self.outcomes.pop().expect("it is answered")
    }

    fn look(&mut self, link: LinkName) -> LinkView {
        let look = Look { reply: ReplyId(6), link, after: Seq::ZERO, limit: 100 };
        self.house.post(Letter::Look(look));
        self.run();
        self.views.pop().expect("it is answered")
    }

    fn order(&mut self, shipment: PackageId) {
        let (seq, message) = (Some(Seq(1)), created(shipment));
        let envelope = Envelope { seq, sender: Some("store-1".to_owned()), message };
        let received = StoreInput::Received { reply: ReplyId(1), envelopes: vec![envelope] };
        self.house.post(Letter::Store(received));
        self.run();
    }

    fn take(&mut self, output: Output) {
        match output {
            Output::Dial { connection } => {
                self.connection = Some((connection, false));
                self.house.post(Letter::World(WorldInput::DialSucceeded { connection }));
            }
            Output::HangUp { connection } => {
                self.connection.take_if(|(mine, _)| *mine == connection);
            }
            Output::SendWorld { connection, bytes } => match self.connection {
                Some((mine, false)) if mine == connection => self.greet(connection, &bytes),
                Some((mine, true)) if mine == connection => self.obey(connection, &bytes),
                _ => {}
            },
            Output::Post { post, envelopes } => {
                for envelope in &envelopes {
                    if let ToStore::SetWorld { world } = envelope.message {
                        self.told_worlds.push(world);
                    }
                }
                let result = Ok(envelopes.iter().map(|_| Answer::done(None, "")).collect());
                self.house.post(Letter::Store(StoreInput::Posted { post, result }));
            }
            Output::Wished { outcome, .. } => self.outcomes.push(outcome),
            Output::Looked { view, .. } => self.views.push(view),
            _ => {}
        }
    }

    fn greet(&mut self, connection: ConnectionId, bytes: &Bytes) {
        let greeting = ups::decode_connect(bytes).unwrap();
        let made =
            WorldId(WORLD.0 + self.greetings.iter().filter(|it| it.world.is_none()).count() as i64);
        self.world = greeting.world.unwrap_or(made);
        self.greetings.push(greeting);
        self.connection = Some((connection, true));
        let connected = Connected { world: self.world, result: "connected!".to_owned() };
        let bytes = ups::encode_connected(&connected).encode_to_vec().into();
        self.house.post(Letter::World(WorldInput::Received { connection, bytes }));
    }

    fn obey(&mut self, connection: ConnectionId, bytes: &Bytes) {
        let message = ups::decode_commands(bytes).unwrap();
        self.messages.push(message.clone());
        if self.is_silent {
            return;
        }
        let mut events = Vec::new();
        for Numbered { body, .. } in &message.commands {
            let event = match body {
                Command::Pickup { truck, .. } => {
                    let (truck, at) = (*truck, Point::new(1, 1));
                    Event::Finished { truck, at, status: "ARRIVE WAREHOUSE".to_owned() }
                }
                Command::Query { truck } => {
                    Event::Truck { truck: *truck, status: "IDLE".to_owned(), at: HOME }
                }
                Command::Deliver { .. } => continue,
            };
            let last = self.events.entry(self.world).or_default();
            *last += 1;
            events.push(Numbered::new(Seq(*last), event));
        }
        let acks = message.commands.iter().map(|command| command.seq).collect();
        let responses = Responses { events, acks, finished: false };
        let bytes = ups::encode_responses(&responses).encode_to_vec().into();
        self.house.post(Letter::World(WorldInput::Received { connection, bytes }));
    }

    fn trucks_in(&self, world: WorldId) -> usize {
        self.house.disk.trucks.keys().filter(|(its, _)| *its == world).count()
    }

    fn speeds(&self) -> Vec<Option<u32>> {
        self.messages.iter().map(|message| message.simspeed).collect()
    }
}

#[test]
fn another_world_gets_the_trucks_and_the_store_is_told() {
    let mut town = Town::new();
    assert_eq!(town.told_worlds.last(), Some(&WORLD));
    assert_eq!(town.wish(Wish::Connect(Some(ELSEWHERE))), Ok(()));
    assert!(town.messages.iter().any(|message| message.disconnect), "goodbye is said");
    assert_eq!((town.house.disk.world, town.trucks_in(ELSEWHERE)), (Some(ELSEWHERE), 2));
    assert_eq!(town.told_worlds.last(), Some(&ELSEWHERE));
    assert_eq!(town.greetings.last().unwrap().world, Some(ELSEWHERE));
    town.order(SHIPMENT);
    let ride = town.house.disk.shipments[&SHIPMENT].ride.map(|(world, _)| world);
    assert_eq!(ride, Some(ELSEWHERE), "work goes on there");
    assert_eq!(town.house.disk.shipments[&SHIPMENT].stage, ShipmentStage::AtWarehouse);
}

#[test]
fn a_new_world_is_made_where_one_is_wished_for() {
    let mut town = Town::new();
    assert_eq!(town.wish(Wish::ConnectToNew), Ok(()));
    let greeting = town.greetings.last().unwrap();
    assert_eq!((greeting.world, greeting.initial.len()), (None, 2));
    assert_eq!(town.house.disk.world, Some(WorldId(WORLD.0 + 1)));
    assert_eq!(town.told_worlds.last(), Some(&WorldId(WORLD.0 + 1)));
}

#[test]
fn a_truck_that_is_out_keeps_the_carrier_where_it_is() {
    let mut town = Town::new();
    town.order(SHIPMENT);
    let refusal = Err(ConnectRefusal::UnderWay { world: WORLD, trucks: 1 });
    let greetings = town.greetings.len();
    assert_eq!(town.wish(Wish::Connect(Some(ELSEWHERE))), refusal);
    assert_eq!(town.wish(Wish::ConnectToNew), refusal);
    assert_eq!((town.house.disk.world, town.greetings.len()), (Some(WORLD), greetings));
    town.order(PackageId(2));
    let second = town.house.disk.shipments[&PackageId(2)].stage;
    assert_eq!(second, ShipmentStage::AtWarehouse, "it goes on as before");
}

#[test]
fn who_comes_back_to_a_world_does_not_take_an_old_arrival_for_a_new_one() {
    let mut town = Town::new();
    town.order(SHIPMENT);
    let (seq, message) = (Some(Seq(2)), ToCarrier::ShipmentLoaded { shipment: SHIPMENT });
    let envelope = Envelope { seq, sender: Some("store-1".to_owned()), message };
    let loaded = StoreInput::Received { reply: ReplyId(2), envelopes: vec![envelope] };
    town.house.post(Letter::Store(loaded));
    town.run();
    let delivered = town.events.get_mut(&WORLD).unwrap();
    *delivered += 1;
    let seq = Seq(*delivered);
    let (_, truck) = town.house.disk.shipments[&SHIPMENT].ride.unwrap();
    let event = Event::Delivered { truck, package: SHIPMENT };
    let responses = Responses { events: vec![Numbered::new(seq, event)], ..Responses::default() };
    let bytes: Bytes = ups::encode_responses(&responses).encode_to_vec().into();
    let connection = town.connection.unwrap().0;
    town.house.post(Letter::World(WorldInput::Received { connection, bytes }));
    town.run();
    let arrival = town.house.disk.trucks[&(WORLD, truck)].arrival;
    assert!(arrival > Seq::ZERO && town.house.disk.shipments.is_empty());
    town.wish(Wish::Connect(Some(ELSEWHERE))).unwrap();
    town.crash();
    town.is_silent = true;
    town.wish(Wish::Connect(Some(WORLD))).unwrap();
    town.order(PackageId(2));
    // The world has not heard the ack of the first arrival, and says it again.
    let (at, status) = (Point::new(1, 1), "ARRIVE WAREHOUSE".to_owned());
    let events = vec![Numbered::new(arrival, Event::Finished { truck, at, status })];
    let responses = Responses { events, ..Responses::default() };
    let bytes: Bytes = ups::encode_responses(&responses).encode_to_vec().into();
    let connection = town.connection.unwrap().0;
    town.house.post(Letter::World(WorldInput::Received { connection, bytes }));
    town.run();
    let stage = town.house.disk.shipments[&PackageId(2)].stage;
    assert_eq!(stage, ShipmentStage::Dispatched);
}

#[test]
fn a_carrier_that_is_disconnected_stays_so_over_a_crash_and_goes_on_when_connected() {
    let mut town = Town::new();
    assert_eq!(town.wish(Wish::Disconnect), Ok(()));
    assert!(town.messages.last().is_some_and(|message| message.disconnect));
    assert!(town.house.disk.world_held && town.connection.is_none());
    let greetings = town.greetings.len();
    town.crash();
    town.order(SHIPMENT);
    assert_eq!(town.greetings.len(), greetings, "nobody is called");
    let expected = WorldWishes { world: Some(WORLD), is_held: true, ..WorldWishes::default() };
    assert_eq!(town.look(LinkName::World).wishes, expected);
    assert_eq!(town.wish(Wish::Connect(None)), Ok(()));
    assert!(!town.house.disk.world_held && town.connection.is_some());
    assert_eq!(town.house.disk.shipments[&SHIPMENT].stage, ShipmentStage::AtWarehouse);
}

#[test]
fn a_crash_while_the_world_is_left_does_not_forget_where_to() {
    let mut town = Town::new();
    // The dispatcher has agreed, and nothing after that was committed.
    town.house.crash_after = Some(town.house.commits + 1);
    let wish = Wish::Connect(Some(ELSEWHERE));
    town.house.post(Letter::Wish(WorldWish { reply: ReplyId(5), wish }));
    town.connection = None;
    town.run();
    assert_eq!((town.house.disk.world, town.trucks_in(ELSEWHERE)), (Some(ELSEWHERE), 2));
}

#[test]
fn a_speed_goes_with_every_message_until_a_command_that_bore_it_is_acked() {
    let mut town = Town::new();
    (town.is_silent, town.messages) = (true, Vec::new());
    assert_eq!(town.wish(Wish::Speed(Some(500))), Ok(()));
    assert_eq!(town.house.disk.world_speed, Some(500));
    assert!(town.speeds().len() > 1, "asked again and again: {:?}", town.messages);
    assert!(town.speeds().iter().all(|speed| *speed == Some(500)), "{:?}", town.speeds());
    assert!(!town.look(LinkName::World).wishes.is_speed_told);
    town.is_silent = false;
    // It is asked again later and later.
    (0..5).for_each(|_| town.run());
    assert!(town.look(LinkName::World).wishes.is_speed_told);
    town.messages.clear();
    town.order(SHIPMENT);
    assert!(!town.speeds().is_empty() && town.speeds().iter().all(Option::is_none));
    // The next connection may be to a world that was restored, or to another one.
    town.messages.clear();
    town.crash();
    assert_eq!(town.speeds().first(), Some(&Some(500)));
    town.wish(Wish::Speed(None)).unwrap();
    town.messages.clear();
    town.crash();
    assert!(town.speeds().iter().all(Option::is_none), "{:?}", town.speeds());
    assert_eq!(town.house.disk.world_speed, None);
}

#[test]
fn what_is_not_acked_is_seen_with_what_it_is_for() {
    let mut town = Town::new();
    town.is_silent = true;
    town.order(SHIPMENT);
    let view = town.look(LinkName::World);
    let truck = town.house.disk.shipments[&SHIPMENT].ride.unwrap().1;
    assert_eq!(view.unacked, 1);
    assert_eq!(view.outstanding[0].matter, Matter::Pickup { truck, warehouse: WAREHOUSE });
    assert!(view.outstanding[0].sends >= 1);
    assert_eq!(town.look(LinkName::Store).unacked, 0);
}

#[test]
fn a_word_about_the_world_that_was_left_does_not_count_in_the_next() {
    let mut town = Town::new();
    town.wish(Wish::Connect(Some(ELSEWHERE))).unwrap();
    town.messages.clear();
    town.house.post(Letter::Link(LinkLetter::Settled { seq: Seq(1) }));
    town.run();
    assert!(town.messages.iter().all(|message| message.acks.is_empty()), "{:?}", town.messages);
}
