//! Whole sessions made of arbitrary bytes: clients come, say anything and go, while
//! time passes and parts of the simulator fail.
//!
//! For tests and the fuzzer. What single commands do is not known here, only what
//! must be true of any session: every command is acked, every message means one
//! thing under one number, what was bought is somewhere, and what is on the disk
//! gives the same worlds again.

mod books;
mod replays;
mod script;

use std::collections::BTreeMap;

use prost::Message as _;

use super::{
    Address, AnyMessage, Bounds, Letter, Rules, Side,
    town::{Town, connection},
};
use crate::{
    basis::{Point, Seq, WorldId},
    wire::{Commands, Connect, amazon, ups},
};
use books::Books;
use script::Script;

/// Clients at a time; one more is not let in.
const GUESTS_MAX: usize = 6;
/// Longer than any way at the lowest speed.
const FOR_EVER_MS: u64 = 1 << 45;

/// What came of a session; for whoever wants to know that it was worth playing.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Played {
    pub worlds: usize,
    /// Messages that clients heard.
    pub heard: usize,
    pub refused: usize,
    pub delivered: usize,
}

/// Plays what the bytes say, and panics where a session breaks a promise.
pub fn play(bytes: &[u8]) -> Played {
    let mut session = Session::new();
    let mut script = Script::new(bytes);
    while session.step(&mut script).is_some() {
        session.check();
    }
    session.end()
}

struct Session {
    town: Town,
    guests: Vec<Guest>,
    opened_count: u64,
    books: BTreeMap<WorldId, Books>,
}

/// A client that is connected.
#[derive(Debug, Clone, Copy)]
struct Guest {
    id: u64,
    side: Side,
    world: Option<WorldId>,
    asked: i64,
}

impl Session {
    /// It begins with a store and a carrier in a world of four warehouses and trucks.
    fn new() -> Self {
        let town = Town::new(Rules::default());
        let mut session =
            Self { town, guests: Vec::new(), opened_count: 0, books: BTreeMap::new() };
        let places: Vec<_> = (0..4).map(|id| (id, Point::new(id, -id))).collect();
        for (side, world) in [(Side::Amazon, None), (Side::Ups, Some(1))] {
            session.open(side);
            session.join(world, &places);
        }
        session
    }

    /// None at the end of the script.
    fn step(&mut self, script: &mut Script<'_>) -> Option<()> {
        match script.below(16)? {
            0 => {
                let side = if script.below(2)? == 0 { Side::Amazon } else { Side::Ups };
                self.open(side);
                let world = script.world()?;
                self.join(world, &[]);
            }
            1 => self.connect(script)?,
            2..=8 => self.command(script)?,
            9 => {
                // Heartbeats mostly.
                let length = script.byte()?.saturating_sub(200);
                let bytes = script.bytes(length.into());
                if let Some(guest) = self.guest(script.byte()?) {
                    self.say(guest, bytes);
                }
            }
            10 => self.town.wait_ms(u64::from(script.byte()?) * 10),
            11 => self.town.wait_ms(u64::from(script.byte()?) * 2_500),
            12 => {
                let byte = script.byte()?;
                if let Some(guest) = self.guest(byte) {
                    if byte < 128 {
                        self.part(guest.id);
                    } else {
                        self.town.post(Letter::HungUp { connection: connection(guest.id) });
                        assert!(self.town.closed.contains(&connection(guest.id)), "it may go");
                    }
                }
            }
            13 => self.acknowledge_all(),
            14 => self.break_down(script)?,
            _ => {
                let mut rules = Rules::default();
                rules.physics.pace.simspeed = u32::from(script.byte()?) * 1_000;
                rules.physics.pace.is_speed_fixed = script.below(2)? == 0;
                rules.physics.pace.move_s = script.below(4)?.into();
                if script.below(4)? == 0 {
                    rules.physics.bounds = narrow();
                }
                self.town.post(Letter::Configured(rules));
            }
        }
        self.listen();
        Some(())
    }

    fn guest(&self, byte: u8) -> Option<Guest> {
        self.guests.get(usize::from(byte) % self.guests.len().max(1)).copied()
    }

    fn open(&mut self, side: Side) {
        if self.guests.len() < GUESTS_MAX {
            self.opened_count += 1;
            let id = self.opened_count;
            self.town.open(id, side);
            self.guests.push(Guest { id, side, world: None, asked: 0 });
        }
    }

    /// The guest who came last connects as it should.
    fn join(&mut self, world: Option<i64>, places: &[(i32, Point)]) {
        if let Some(guest) = self.guests.last().copied() {
            let bytes = encode_connect(guest.side, world, places, guest.side == Side::Amazon);
            self.say(guest, &bytes);
        }
    }

    fn connect(&mut self, script: &mut Script<'_>) -> Option<()> {
        let Some(guest) = self.guest(script.byte()?) else { return Some(()) };
        let world = script.world()?;
        let initial = script.places()?;
        let is_amazon = (guest.side == Side::Amazon) != (script.below(32)? == 31);
        let bytes = encode_connect(guest.side, world, &initial, is_amazon);
        self.say(guest, &bytes);
        Some(())
    }

    fn command(&mut self, script: &mut Script<'_>) -> Option<()> {
        let Some(guest) = self.guest(script.byte()?) else { return Some(()) };
        let mut asked = guest.asked;
        let bytes = match guest.side {
            Side::Amazon => {
                let commands = script.commands(&mut asked, Script::amazon_command)?;
                amazon::encode_commands(&commands).encode_to_vec()
            }
            Side::Ups => {
                let commands = script.commands(&mut asked, Script::ups_command)?;
                ups::encode_commands(&commands).encode_to_vec()
            }
        };
        self.guests.iter_mut().filter(|it| it.id == guest.id).for_each(|it| it.asked = asked);
        self.say(guest, &bytes);
        Some(())
    }

    /// Whatever it is: what the world takes for commands has to be acked.
    fn say(&mut self, guest: Guest, bytes: &[u8]) {
        self.listen();
        let Some(guest) = self.guests.iter().find(|it| it.id == guest.id).copied() else { return };
        let commands = guest.world.and_then(|_| decode(guest.side, bytes));
        self.town.receive(guest.id, bytes.to_vec());
        let acked = self.hear(guest.id);
        if guest.world.is_none() {
            // What it is owed comes a moment after a Connected, and is not acked unheard.
            self.town.wait_ms(100);
            self.listen();
        }
        let (Some(world), Some(commands)) = (guest.world, commands) else { return };
        // A world that failed while the directory did has forgotten the guest, and hangs up.
        if acked.is_empty() && self.town.closed.contains(&connection(guest.id)) {
            return;
        }
        let books = self.books.entry(world).or_default();
        books.note_asked(&commands, &acked);
    }

    /// A part of the simulator fails, or all of it.
    fn break_down(&mut self, script: &mut Script<'_>) -> Option<()> {
        match script.below(4)? {
            0 => {
                self.town.restart();
                self.guests.clear();
            }
            1 => self.town.fail(&Address::Directory),
            2 => {
                let world = WorldId(1 + i64::from(script.below(2)?));
                if self.town.disk.worlds.contains_key(&world) {
                    self.town.fail(&Address::World(world));
                }
            }
            _ => {
                if let Some(guest) = self.guest(script.byte()?) {
                    self.town.fail(&Address::Connection(connection(guest.id)));
                    self.part(guest.id);
                }
            }
        }
        Some(())
    }

    /// The socket is closed, by whomever.
    fn part(&mut self, id: u64) {
        self.guests.retain(|it| it.id != id);
        self.town.hang_up(id);
    }

    fn listen(&mut self) {
        let guests: Vec<u64> = self.guests.iter().map(|it| it.id).collect();
        for id in guests {
            self.hear(id);
        }
        while let Some(closed) = self.town.closed.pop() {
            if self.guests.iter().any(|it| connection(it.id) == closed) {
                self.part(closed.0);
            }
        }
    }

    /// Takes in what was sent to a guest; gives the acks in it.
    fn hear(&mut self, id: u64) -> Vec<Seq> {
        let mut acked = Vec::new();
        for bytes in self.town.sent_to(id) {
            let Some(guest) = self.guests.iter_mut().find(|it| it.id == id) else { continue };
            match guest.world {
                None => guest.world = let_in(guest.side, &bytes),
                Some(world) => {
                    let books = self.books.entry(world).or_default();
                    acked.extend(books.note_heard(guest.side, &bytes));
                }
            }
        }
        acked
    }

    /// Acks what was heard.
    fn acknowledge_all(&mut self) {
        for guest in self.guests.clone() {
            let Some(world) = guest.world else { continue };
            let books = self.books.entry(world).or_default();
            let unacked = self.town.simulation(world).unacked(guest.side).into_iter();
            let acks = unacked.filter(|seq| books.has_heard(guest.side, *seq)).collect();
            let bytes = match guest.side {
                Side::Amazon => {
                    let commands = Commands { acks, ..Commands::default() };
                    amazon::encode_commands(&commands).encode_to_vec()
                }
                Side::Ups => {
                    let commands = Commands { acks, ..Commands::default() };
                    ups::encode_commands(&commands).encode_to_vec()
                }
            };
            self.say(guest, &bytes);
        }
    }

    fn check(&self) {
        for world in self.town.disk.worlds.keys() {
            self.town.simulation(*world).check();
        }
    }

    /// Given time and good clients, whatever was begun ends, and the books balance.
    fn end(mut self) -> Played {
        for id in self.guests.iter().map(|it| it.id).collect::<Vec<_>>() {
            self.part(id);
        }
        replays::check(&self.town);
        let worlds: Vec<WorldId> = self.town.disk.worlds.keys().copied().collect();
        while worlds.iter().any(|world| self.town.simulation(*world).next_due().is_some()) {
            self.town.wait_ms(FOR_EVER_MS);
        }
        for world in &worlds {
            self.visit(*world);
            let simulation = self.town.simulation(*world);
            self.books.entry(*world).or_default().balance(simulation);
        }
        self.check();
        replays::check(&self.town);
        let mut played = Played { worlds: worlds.len(), ..Played::default() };
        self.books.values().for_each(|books| books.count_into(&mut played));
        played
    }

    /// Both sides come, hear everything, and ack it.
    fn visit(&mut self, world: WorldId) {
        for side in Side::ALL {
            self.open(side);
            self.join(Some(world.0), &[]);
            let Some(guest) = self.guests.last().copied() else { return };
            assert_eq!(guest.world, Some(world), "its side is free");
            self.listen();
            let unacked = |session: &Self| session.town.simulation(world).unacked_count(side);
            while unacked(self) > 0 {
                let before = unacked(self);
                self.acknowledge_all();
                self.listen();
                assert!(unacked(self) < before, "nothing is heard of what is not acked");
            }
            self.part(guest.id);
        }
    }
}

/// Bounds that a few clients meet; without those past which nothing is acked.
fn narrow() -> Bounds {
    Bounds {
        products_max: 3,
        packages_max: 5,
        delivered_kept: 2,
        things_max: 2,
        happenings_max: 6,
        shelves_max: 4,
        id_runs_max: 3,
        ..Bounds::default()
    }
}

fn decode(side: Side, bytes: &[u8]) -> Option<AnyMessage> {
    match side {
        // A heartbeat is no message.
        _ if bytes.is_empty() => None,
        Side::Amazon => amazon::decode_commands(bytes).ok().map(AnyMessage::Amazon),
        Side::Ups => ups::decode_commands(bytes).ok().map(AnyMessage::Ups),
    }
}

fn let_in(side: Side, bytes: &[u8]) -> Option<WorldId> {
    let connected = match side {
        Side::Amazon => amazon::decode_connected(bytes),
        Side::Ups => ups::decode_connected(bytes),
    };
    let connected = connected.unwrap_or_else(|error| panic!("the answer to a Connect: {error}"));
    let result = &connected.result;
    assert!(connected.is_good() || result.starts_with("error: "), "{result}");
    connected.is_good().then_some(connected.world)
}

fn encode_connect(
    side: Side,
    world: Option<i64>,
    places: &[(i32, Point)],
    is_amazon: bool,
) -> Vec<u8> {
    let world = world.map(WorldId);
    match side {
        Side::Amazon => {
            let initial = places.iter().map(|(id, at)| ((*id).into(), *at)).collect();
            amazon::encode_connect(&Connect { world, initial, is_amazon }).encode_to_vec()
        }
        Side::Ups => {
            let initial = places.iter().map(|(id, at)| ((*id).into(), *at)).collect();
            ups::encode_connect(&Connect { world, initial, is_amazon }).encode_to_vec()
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// A purchase, a packing, a pickup, a loading and a delivery, each acked and waited for.
    #[rustfmt::skip]
    const ORDER: &[u8] = &[
        // The store buys three of product 1 for warehouse 1.
        2, 0, 1, 0, 0, 1, 1, 1, 0, 3, 3, 99, 0,
        10, 100,
        // It packs them as package 7, and the carrier sends truck 2.
        2, 0, 1, 0, 2, 1, 1, 1, 0, 3, 7, 3, 99, 0,
        2, 1, 1, 0, 0, 2, 1, 3, 99, 0,
        10, 60, 10, 10,
        2, 0, 1, 0, 5, 1, 2, 7, 3, 99, 0,
        10, 30,
        2, 1, 1, 0, 1, 2, 1, 7, 3, 3, 3, 99, 0,
        13,
    ];

    proptest! {
        #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

        #[test]
        fn any_session_keeps_its_promises(bytes in prop::collection::vec(any::<u8>(), 0..1_500)) {
            play(&bytes);
        }

        #[test]
        fn an_order_that_goes_wrong_anywhere_keeps_its_promises(
            changes in prop::collection::vec((0..ORDER.len(), any::<u8>()), 0..6),
            behind in prop::collection::vec(any::<u8>(), 0..300),
        ) {
            let mut bytes = ORDER.to_vec();
            changes.into_iter().for_each(|(at, byte)| bytes[at] = byte);
            bytes.extend(behind);
            play(&bytes);
        }
    }

    #[test]
    fn an_order_is_delivered() {
        let played = play(ORDER);
        assert_eq!((played.worlds, played.refused, played.delivered), (1, 0, 1), "{played:?}");
    }

    #[test]
    fn sessions_of_any_bytes_are_worth_playing() {
        let mut all = Played::default();
        for seed in 0..100 {
            let mut bytes = [0; 1_500];
            ChaCha8Rng::seed_from_u64(seed).fill_bytes(&mut bytes);
            let played = play(&bytes);
            all.worlds += played.worlds;
            all.heard += played.heard;
            all.refused += played.refused;
        }
        assert!(all.worlds > 150 && all.heard > 2_000 && all.refused > 700, "{all:?}");
    }
}
