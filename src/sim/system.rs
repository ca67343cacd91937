//! World, store, carrier and those who order, on one network in virtual time.
//!
//! It lets things happen in the order of their moments and decides nothing.
//! What shall go wrong, and when, is for a [scenario](super::scenario); a test
//! can also do it by hand:
//!
//! ```no_run
//! # use waybill::sim::{Setup, System, Keep};
//! # use std::time::Duration;
//! let mut system = System::new(&Setup::new(1), Keep::Nothing);
//! system.run_for(Duration::from_secs(5));
//! system.store().crash();
//! system.run_for(Duration::from_secs(1));
//! system.store().start();
//! ```
//!
//! Each party has a clock of its own. The store's and the carrier's count from
//! the epoch; the world's stands still while the world is down.

mod setup;

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;

use super::{
    Dice, History, Journal, Keep, Node,
    engine::Agenda,
    network::{Arrival, FaultCounts, Host, Link, LinkFaults, Network, RequestId, SocketId},
    parties::{self, Effect, LinkEnd},
    shoppers::{Shoppers, Told},
};
use crate::{
    basis::SimTime,
    carrier::model::{self as carrier, Carrier},
    runtime::{Party, ReplyId},
    store::model::{self as store, Store},
    world::model::{self as world, Rules, Side, Simulation, WorldParty},
};
pub use setup::Setup;

/// Where the clocks of store and carrier stand at the beginning.
const EPOCH_US: u64 = 1_800_000_000_000_000;
/// Until a shopper asks again.
const ASK_AGAIN: Duration = Duration::from_millis(500);

/// Everybody, and the time.
pub struct System {
    now: SimTime,
    world: Node<WorldParty>,
    world_clock: WorldClock,
    world_rules: Rules,
    store: Node<Store>,
    carrier: Node<Carrier>,
    network: Network,
    shoppers: Shoppers,
    /// What to ask for (again), by number.
    asking: Agenda<usize>,
    answers: Vec<Told>,
    replies: BTreeMap<(Host, ReplyId), RequestId>,
    next_reply: u64,
    /// Messages in each post that waits for its answers.
    posts: BTreeMap<(Host, u64), usize>,
    unacked: BTreeMap<LinkEnd, usize>,
    struck: FaultCounts,
    dice: Dice,
    steps: u64,
    history: History,
    journal: Journal,
}

/// A clock that stands still while its owner is down.
#[derive(Debug, Clone, Copy)]
struct WorldClock {
    base: SimTime,
    started: SimTime,
}

impl WorldClock {
    fn local(self, now: SimTime) -> SimTime {
        self.base + now.since(self.started)
    }

    fn global(self, local: SimTime) -> SimTime {
        self.started + local.since(self.base)
    }
}

fn party_local(now: SimTime) -> SimTime {
    SimTime::from_micros(EPOCH_US + now.micros())
}

fn party_global(local: SimTime) -> SimTime {
    SimTime::from_micros(local.micros().saturating_sub(EPOCH_US))
}

impl System {
    /// Everybody is up, nobody has met, nothing goes wrong.
    pub fn new(setup: &Setup, keep: Keep) -> Self {
        let store_disk = setup.store_disk();
        let carrier_disk = setup.carrier_disk();
        let dice = |stream| Dice::new(setup.seed, stream);
        let shoppers = setup.shoppers(&mut dice(1)).with_doubts(&mut dice(7));
        let mut asking = Agenda::new();
        for (number, at) in shoppers.moments().enumerate() {
            asking.send_at(at.micros(), number);
        }
        let mut system = Self {
            now: SimTime::ZERO,
            history: History::new(&store_disk),
            world: Node::new(world::WorldDisk::default(), setup.commits, dice(2)),
            world_clock: WorldClock { base: SimTime::ZERO, started: SimTime::ZERO },
            world_rules: setup.world_rules(),
            store: Node::new(store_disk, setup.commits, dice(3)),
            carrier: Node::new(carrier_disk, setup.commits, dice(4)),
            network: Network::new(dice(5)),
            shoppers,
            asking,
            answers: Vec::new(),
            replies: BTreeMap::new(),
            next_reply: 1,
            posts: BTreeMap::new(),
            unacked: BTreeMap::new(),
            struck: FaultCounts::default(),
            dice: dice(6),
            steps: 0,
            journal: Journal::new(keep),
        };
        Host::PARTIES.into_iter().for_each(|host| system.start(host));
        system
    }

    pub fn now(&self) -> SimTime {
        self.now
    }

    /// Moments at which something happened.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    pub fn history(&self) -> &History {
        &self.history
    }

    pub fn shoppers(&self) -> &Shoppers {
        &self.shoppers
    }

    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    pub fn store_disk(&self) -> &store::StoreDisk {
        self.store.disk()
    }

    pub fn carrier_disk(&self) -> &carrier::CarrierDisk {
        self.carrier.disk()
    }

    /// The worlds that are running; none while the world is down.
    pub fn simulations(&self) -> impl Iterator<Item = &Simulation> {
        self.world.residents().filter_map(|(_, resident)| match resident {
            world::Residents::World(world) => Some(world.simulation()),
            world::Residents::Directory(_) | world::Residents::Connection(_) => None,
        })
    }

    /// How often which fault has struck.
    pub fn faults(&self) -> FaultCounts {
        let mut all = self.struck;
        all.add(self.network.counts());
        all
    }

    /// Messages that nobody has acked, by who sent them.
    pub fn unacked(&self) -> Vec<(String, usize)> {
        let ours = self.unacked.iter().map(|(end, count)| (format!("{end:?}"), *count));
        let worlds = self.simulations().flat_map(|simulation| {
            Side::ALL.map(|side| (format!("WorldTo{side:?}"), simulation.unacked_count(side)))
        });
        ours.chain(worlds).collect()
    }

    pub fn world(&mut self) -> Machine<'_> {
        Machine { system: self, host: Host::World }
    }

    pub fn store(&mut self) -> Machine<'_> {
        Machine { system: self, host: Host::Store }
    }

    pub fn carrier(&mut self) -> Machine<'_> {
        Machine { system: self, host: Host::Carrier }
    }

    /// One of the parties.
    pub fn machine(&mut self, host: Host) -> Machine<'_> {
        Machine { system: self, host }
    }

    pub fn set_faults(&mut self, link: Link, faults: LinkFaults) {
        self.network.set_faults(link, faults);
    }

    /// Nothing gets through for that long.
    pub fn cut(&mut self, link: Link, span: Duration) {
        self.note("network", format_args!("{link:?} is cut for {span:?}"));
        self.network.cut(self.now, link, self.now + span);
    }

    pub fn break_connections(&mut self, link: Link) {
        self.note("network", format_args!("connections of {link:?} break"));
        self.network.break_connections(self.now, link);
    }

    /// Ends every fault and starts everybody who is down.
    pub fn repair(&mut self) {
        self.note("network", format_args!("everything is repaired"));
        self.network.repair();
        Host::PARTIES.into_iter().for_each(|host| self.start(host));
    }

    /// Lets time pass.
    pub fn run_for(&mut self, span: Duration) {
        let until = self.now + span;
        while self.step(until) {}
        self.now = self.now.max(until);
    }

    /// Lets the next thing happen, if that is no later than `until`.
    pub fn step(&mut self, until: SimTime) -> bool {
        let Some((moment, whose)) = self.next().filter(|(moment, _)| *moment <= until) else {
            return false;
        };
        self.now = self.now.max(moment);
        self.steps += 1;
        self.journal.tick(self.now);
        match whose {
            Whose::Network => {
                if let Some(arrival) = self.network.arrive(self.now) {
                    self.arrive(arrival);
                }
            }
            Whose::Shopper => {
                if let Some(number) = self.asking.next(self.now.micros()) {
                    self.ask(number);
                }
            }
            Whose::Party(host) => self.run_party(host),
        }
        true
    }

    fn next(&mut self) -> Option<(SimTime, Whose)> {
        let moments = [
            (self.network.next_moment(), Whose::Network),
            (self.asking.next_moment().map(SimTime::from_micros), Whose::Shopper),
            (
                self.world.next_moment().map(|local| self.world_clock.global(local)),
                Whose::Party(Host::World),
            ),
            (self.store.next_moment().map(party_global), Whose::Party(Host::Store)),
            (self.carrier.next_moment().map(party_global), Whose::Party(Host::Carrier)),
        ];
        let due = moments.into_iter().filter_map(|(moment, whose)| Some((moment?, whose)));
        due.min_by_key(|(moment, _)| *moment)
    }

    fn run_party(&mut self, host: Host) {
        let (journal, local) = (&mut self.journal, party_local(self.now));
        match host {
            Host::World => self.world.run(self.world_clock.local(self.now), journal),
            Host::Store => self.store.run(local, journal),
            Host::Carrier => self.carrier.run(local, journal),
            Host::Shopper => {}
        }
        self.attend(host);
    }

    fn post_world(&mut self, letter: world::Letter) {
        self.world.post(self.world_clock.local(self.now), letter, &mut self.journal);
        self.attend(Host::World);
    }

    fn post_store(&mut self, letter: store::Letter) {
        self.store.post(party_local(self.now), letter, &mut self.journal);
        self.attend(Host::Store);
    }

    fn post_carrier(&mut self, letter: carrier::Letter) {
        self.carrier.post(party_local(self.now), letter, &mut self.journal);
        self.attend(Host::Carrier);
    }

    /// Takes down what a party committed and does what it asks of the outside.
    fn attend(&mut self, host: Host) {
        match host {
            Host::World => {
                self.world.take_committed();
                let outputs = self.world.take_outputs();
                self.perform_all::<WorldParty>(host, &outputs, parties::of_world);
            }
            Host::Store => {
                for record in self.store.take_committed() {
                    self.history.store_committed(&record);
                }
                let outputs = self.store.take_outputs();
                self.perform_all::<Store>(host, &outputs, parties::of_store);
            }
            Host::Carrier => {
                for record in self.carrier.take_committed() {
                    self.history.carrier_committed(&record);
                }
                let outputs = self.carrier.take_outputs();
                self.perform_all::<Carrier>(host, &outputs, parties::of_carrier);
            }
            Host::Shopper => {}
        }
    }

    fn perform_all<P: Party>(
        &mut self,
        host: Host,
        outputs: &[P::Output],
        effect_of: fn(&P::Output) -> Effect,
    ) {
        for output in outputs {
            self.journal.note(P::NAME, format_args!("-> {output:?}"));
            self.perform(host, effect_of(output));
        }
    }

    fn perform(&mut self, host: Host, effect: Effect) {
        let now = self.now;
        match effect {
            Effect::Dial { connection } => self.network.dial(now, host, connection),
            Effect::SendToWorld { connection, bytes } => {
                match host {
                    Host::Carrier => self.history.carrier_asked(&bytes),
                    _ => self.history.store_asked(&bytes),
                }
                self.network.send_to_world(now, host, connection, &bytes);
            }
            Effect::HangUp { connection } => self.network.hang_up(now, host, connection),
            Effect::Post { post, body } => {
                self.posts.insert((host, post), parties::message_count(&body));
                let to = if host == Host::Store { Host::Carrier } else { Host::Store };
                self.network.request(now, host, to, post, &body);
            }
            Effect::Answer { reply, body } => {
                if let Some(request) = self.replies.remove(&(host, reply)) {
                    self.network.answer(now, request, &body);
                }
            }
            Effect::Tell { reply, told } => {
                if let Some(request) = self.replies.remove(&(host, reply)) {
                    let number = self.answers.len() as u64;
                    self.answers.push(told);
                    self.network.answer(now, request, &number_body(number));
                }
            }
            Effect::SendToClient { socket, bytes } => {
                self.network.send_to_client(now, socket, &bytes);
            }
            Effect::Close { socket } => self.network.close(now, socket),
            Effect::CloseAll => self.network.close_all(now),
            Effect::Unacked { end, count } => {
                self.unacked.insert(end, count);
            }
            Effect::Nothing => {}
        }
    }

    fn arrive(&mut self, arrival: Arrival) {
        match arrival {
            Arrival::Opened { socket, from } => {
                let side = if from == Host::Store { Side::Amazon } else { Side::Ups };
                let connection = at_world(socket);
                let link = self.world_rules.link;
                self.post_world(world::Letter::Opened { connection, side, link });
            }
            Arrival::FrameAtWorld { socket, bytes } => {
                let connection = at_world(socket);
                self.post_world(world::Letter::Received { connection, messages: vec![bytes] });
            }
            Arrival::Closed { socket } => {
                self.post_world(world::Letter::Closed { connection: at_world(socket) });
            }
            Arrival::DialSucceeded { to, connection } => {
                self.tell_client(
                    to,
                    store::WorldInput::DialSucceeded {
                        connection: store::ConnectionId(connection),
                    },
                );
            }
            Arrival::DialFailed { to, connection, reason } => {
                let connection = store::ConnectionId(connection);
                self.tell_client(to, store::WorldInput::DialFailed { connection, reason });
            }
            Arrival::FrameAtClient { to, connection, bytes } => {
                match to {
                    Host::Store => self.history.told_store(&bytes),
                    _ => self.history.told_carrier(&bytes),
                }
                let connection = store::ConnectionId(connection);
                self.tell_client(to, store::WorldInput::Received { connection, bytes });
            }
            Arrival::Lost { to, connection } => {
                let connection = store::ConnectionId(connection);
                self.tell_client(to, store::WorldInput::Lost { connection });
            }
            Arrival::Request { to, from, request, body } => self.asked(to, from, request, &body),
            Arrival::Answered { to, post, result } => self.answered(to, post, result),
        }
    }

    /// The store's input, or the carrier's, which says the same in types of its own.
    fn tell_client(&mut self, to: Host, input: store::WorldInput) {
        if to == Host::Store {
            return self.post_store(store::Letter::World(input));
        }
        use carrier::{ConnectionId, WorldInput};
        let input = match input {
            store::WorldInput::DialSucceeded { connection } => {
                WorldInput::DialSucceeded { connection: ConnectionId(connection.0) }
            }
            store::WorldInput::DialFailed { connection, reason } => {
                WorldInput::DialFailed { connection: ConnectionId(connection.0), reason }
            }
            store::WorldInput::Received { connection, bytes } => {
                WorldInput::Received { connection: ConnectionId(connection.0), bytes }
            }
            store::WorldInput::Lost { connection } => {
                WorldInput::Lost { connection: ConnectionId(connection.0) }
            }
        };
        self.post_carrier(carrier::Letter::World(input));
    }

    fn asked(&mut self, to: Host, from: Host, request: RequestId, body: &Bytes) {
        let reply = ReplyId(self.next_reply);
        self.next_reply += 1;
        self.replies.insert((to, reply), request);
        match (to, from) {
            (Host::Store, Host::Shopper) => {
                let packages_of = |order| self.history.packages_of(order);
                let number = body_number(body) as usize;
                if let Some(letter) = self.shoppers.letter(number, reply, packages_of) {
                    self.post_store(letter);
                }
            }
            (Host::Store, _) => self.post_store(parties::at_store(reply, body)),
            (Host::Carrier, _) => self.post_carrier(parties::at_carrier(reply, body)),
            (Host::World | Host::Shopper, _) => {}
        }
    }

    fn answered(&mut self, to: Host, post: u64, result: Result<Bytes, String>) {
        match to {
            Host::Shopper => self.shopper_answered(post as usize, result),
            Host::Store => {
                let messages = self.posts.remove(&(to, post)).unwrap_or(0);
                let result = parties::answers(result, messages);
                let post = store::PostId(post);
                let input = store::CarrierInput::Posted { post, result };
                self.post_store(store::Letter::Carrier(input));
            }
            Host::Carrier => {
                let messages = self.posts.remove(&(to, post)).unwrap_or(0);
                let result = parties::answers(result, messages);
                let post = carrier::PostId(post);
                let input = carrier::StoreInput::Posted { post, result };
                self.post_carrier(carrier::Letter::Store(input));
            }
            Host::World => {}
        }
    }

    fn ask(&mut self, number: usize) {
        if !self.shoppers.can_ask(number) {
            return self.asking.send_at((self.now + ASK_AGAIN).micros(), number);
        }
        self.shoppers.asked(number);
        let body = number_body(number as u64);
        self.network.request(self.now, Host::Shopper, Host::Store, number as u64, &body);
    }

    fn shopper_answered(&mut self, number: usize, result: Result<Bytes, String>) {
        let answer = result.ok().and_then(|body| self.answers.get(body_number(&body) as usize));
        let is_done = answer.is_some_and(|answer| self.shoppers.answered(number, answer));
        self.journal.note("shopper", format_args!("{number} is answered: {is_done}"));
        if !is_done {
            self.asking.send_at((self.now + ASK_AGAIN).micros(), number);
        }
    }

    fn start(&mut self, host: Host) {
        self.journal.tick(self.now);
        self.network.comes_up(host);
        let journal = &mut self.journal;
        match host {
            Host::World if !self.world.is_up() => {
                let base = self.world.disk().last_time();
                self.world_clock = WorldClock { base, started: self.now };
                self.world.start(base, journal);
                self.attend(host);
                self.post_world(world::Letter::Configured(self.world_rules));
            }
            Host::Store => self.store.start(party_local(self.now), journal),
            Host::Carrier => self.carrier.start(party_local(self.now), journal),
            Host::World | Host::Shopper => {}
        }
        self.attend(host);
    }

    fn crash(&mut self, host: Host) {
        self.journal.tick(self.now);
        if !self.machine(host).is_up() {
            return;
        }
        match host {
            Host::World => {
                self.world.crash(&mut self.journal);
                self.struck.world_crashes += 1;
            }
            Host::Store => {
                self.store.crash(&mut self.journal);
                self.struck.store_crashes += 1;
            }
            Host::Carrier => {
                self.carrier.crash(&mut self.journal);
                self.struck.carrier_crashes += 1;
            }
            Host::Shopper => {}
        }
        self.attend(host);
        self.network.goes_down(self.now, host);
        self.replies.retain(|(at, _), _| *at != host);
        self.posts.retain(|(at, _), _| *at != host);
    }

    /// Fails one resident, drawn by lot.
    fn fail_one(&mut self, host: Host) {
        self.journal.tick(self.now);
        let (journal, local) = (&mut self.journal, party_local(self.now));
        let failed = match host {
            Host::World => {
                fail_any(&mut self.world, self.world_clock.local(self.now), &mut self.dice, journal)
            }
            Host::Store => fail_any(&mut self.store, local, &mut self.dice, journal),
            Host::Carrier => fail_any(&mut self.carrier, local, &mut self.dice, journal),
            Host::Shopper => false,
        };
        self.struck.residents_failed += u64::from(failed);
        self.attend(host);
    }

    fn stall(&mut self, host: Host, span: Duration) {
        self.journal.tick(self.now);
        let (journal, until) = (&mut self.journal, party_local(self.now + span));
        match host {
            Host::World => {
                self.world.stall(self.world_clock.local(self.now + span), journal);
            }
            Host::Store => self.store.stall(until, journal),
            Host::Carrier => self.carrier.stall(until, journal),
            Host::Shopper => {}
        }
        self.struck.database_stalls += 1;
    }

    fn note(&mut self, who: &str, what: std::fmt::Arguments<'_>) {
        self.journal.tick(self.now);
        self.journal.note(who, what);
    }
}

/// One of the parties, to do things to.
pub struct Machine<'a> {
    system: &'a mut System,
    host: Host,
}

impl Machine<'_> {
    /// Ends its process; what is committed stays.
    pub fn crash(&mut self) {
        self.system.crash(self.host);
    }

    /// Starts it, where it is down.
    pub fn start(&mut self) {
        self.system.start(self.host);
    }

    pub fn is_up(&self) -> bool {
        match self.host {
            Host::World => self.system.world.is_up(),
            Host::Store => self.system.store.is_up(),
            Host::Carrier => self.system.carrier.is_up(),
            Host::Shopper => true,
        }
    }

    /// Fails one of its residents, drawn by lot, as a panic would.
    pub fn fail_one(&mut self) {
        self.system.fail_one(self.host);
    }

    /// Its database takes no write for that long.
    pub fn stall(&mut self, span: Duration) {
        self.system.stall(self.host, span);
    }
}

/// Whose turn it is.
#[derive(Debug, Clone, Copy)]
enum Whose {
    Network,
    Shopper,
    Party(Host),
}

fn fail_any<P: Party>(
    node: &mut Node<P>,
    now: SimTime,
    dice: &mut Dice,
    journal: &mut Journal,
) -> bool {
    let nth = dice.below(node.population());
    let address = node.residents().nth(nth).map(|(address, _)| address.clone());
    address.is_some_and(|address| node.fail(&address, now, journal))
}

fn at_world(socket: SocketId) -> world::ConnectionId {
    world::ConnectionId(socket.0)
}

fn number_body(number: u64) -> Bytes {
    Bytes::copy_from_slice(&number.to_le_bytes())
}

fn body_number(body: &[u8]) -> u64 {
    body.try_into().map_or(u64::MAX, u64::from_le_bytes)
}
