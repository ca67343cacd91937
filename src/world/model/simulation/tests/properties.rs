//! Whatever two clients say, and whenever: nothing is lost, doubled or in two
//! places, and the log gives the same world again.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use proptest::prelude::*;

use super::{super::*, stage::*};
use crate::{
    wire::{amazon, ups},
    world::model::{Writing, append_entry, decode_entries, decode_snapshot, encode_snapshot},
};

#[derive(Debug, Clone)]
enum Move {
    Wait,
    Amazon(amazon::Command),
    Ups(ups::Command),
    Speed(u32),
    Ack(i64),
}

/// What happens, each so many milliseconds after the last.
fn moves() -> impl Strategy<Value = Vec<(u64, Move)>> {
    prop::collection::vec((0..400_u64, a_move()), 1..120)
}

fn a_move() -> impl Strategy<Value = Move> {
    prop_oneof![
        2 => Just(Move::Wait),
        1 => (1..400_u32).prop_map(Move::Speed),
        1 => (0..60_i64).prop_map(Move::Ack),
        15 => amazon_command().prop_map(Move::Amazon),
        10 => ups_command().prop_map(Move::Ups),
    ]
}

fn amazon_command() -> impl Strategy<Value = amazon::Command> {
    use amazon::Command::{Buy, Load, Pack, Query};
    prop_oneof![
        3 => (warehouse(), things())
            .prop_map(|(warehouse, things)| Buy { warehouse, things }),
        4 => (warehouse(), things(), package())
            .prop_map(|(warehouse, things, package)| Pack { warehouse, things, package }),
        7 => (warehouse(), truck(), package())
            .prop_map(|(warehouse, truck, package)| Load { warehouse, truck, package }),
        1 => package().prop_map(|package| Query { package }),
    ]
}

fn ups_command() -> impl Strategy<Value = ups::Command> {
    use ups::Command::{Deliver, Pickup, Query};
    let place = (-9..9_i32, -9..9_i32).prop_map(|(x, y)| Point::new(x, y));
    let stops = prop::collection::vec((package(), place), 0..3);
    prop_oneof![
        5 => (truck(), warehouse()).prop_map(|(truck, warehouse)| Pickup { truck, warehouse }),
        5 => (truck(), stops).prop_map(|(truck, packages)| Deliver { truck, packages }),
        1 => truck().prop_map(|truck| Query { truck }),
    ]
}

fn warehouse() -> impl Strategy<Value = WarehouseId> {
    (1..=3_i32).prop_map(WarehouseId)
}

fn truck() -> impl Strategy<Value = TruckId> {
    (0..=2_i32).prop_map(TruckId)
}

fn package() -> impl Strategy<Value = PackageId> {
    (0..8_i64).prop_map(PackageId)
}

fn things() -> impl Strategy<Value = Vec<amazon::Thing>> {
    let a_thing = (0..2_i64, -1..6_i32).prop_map(|(id, count)| thing(id, "it", count));
    prop::collection::vec(a_thing, 0..3)
}

/// What the clients can tell from what they heard.
#[derive(Default)]
struct Books {
    stock: BTreeMap<(WarehouseId, ProductId), i64>,
    told: BTreeSet<i64>,
    packed_count: usize,
    delivered_count: usize,
}

impl Books {
    /// A store's command, and what it heard at once.
    fn note_asked(&mut self, command: &amazon::Command, said: &[(i64, amazon::Event)]) {
        let refused = said.iter().any(|(_, it)| matches!(it, amazon::Event::Failed { .. }));
        if let amazon::Command::Pack { warehouse, things, .. } = command
            && !refused
        {
            self.packed_count += 1;
            self.count(*warehouse, things, -1);
        }
    }

    fn note(&mut self, said: &Said) {
        for (seq, event) in &said.amazon {
            assert!(self.told.insert(*seq), "{seq} was given twice");
            if let amazon::Event::Arrived { warehouse, things } = event {
                self.count(*warehouse, things, 1);
            }
        }
        for (seq, event) in &said.ups {
            assert!(self.told.insert(*seq), "{seq} was given twice");
            self.delivered_count += usize::from(matches!(event, ups::Event::Delivered { .. }));
        }
    }

    fn count(&mut self, warehouse: WarehouseId, things: &[amazon::Thing], sign: i64) {
        for it in things {
            let stock = self.stock.entry((warehouse, it.product)).or_default();
            *stock += sign * i64::from(it.count);
        }
    }

    fn agree_with(&self, simulation: &Simulation) {
        for ((warehouse, product), count) in &self.stock {
            let stock = simulation.stock(*warehouse, *product).unwrap_or_default();
            assert_eq!(stock, *count, "stock of {product} at {warehouse}");
            assert!(stock >= 0, "stock of {product} at {warehouse} is {stock}");
        }
        let gapless: BTreeSet<i64> = (1..=simulation.last_seq.0).collect();
        assert_eq!(self.told, gapless, "numbers without a gap");
        assert_eq!(self.packed_count, simulation.packages_under_way() + self.delivered_count);
    }
}

fn play(moves: Vec<(u64, Move)>) -> (Stage, Books) {
    let (mut stage, mut books, mut at_ms) = (Stage::new(), Books::default(), 0);
    let mut asked = Seq::ZERO;
    for (pause_ms, it) in moves {
        at_ms += pause_ms;
        asked = asked.next();
        // What is due is heard before what is asked, so that a refusal is the asked one's.
        books.note(&stage.advance(at_ms));
        let said = match it {
            Move::Wait => Said::default(),
            Move::Ack(seq) => stage.acknowledge(at_ms, seq),
            Move::Speed(speed) => {
                stage.enter(at_ms, Input::Ups { commands: Arc::default(), simspeed: Some(speed) })
            }
            Move::Amazon(command) => {
                let commands = vec![wire::Numbered::new(asked, command.clone())];
                let said =
                    stage.enter(at_ms, Input::Amazon { commands: commands.into(), simspeed: None });
                books.note_asked(&command, &said.amazon);
                said
            }
            Move::Ups(command) => {
                let commands = vec![wire::Numbered::new(asked, command)];
                stage.enter(at_ms, Input::Ups { commands: commands.into(), simspeed: None })
            }
        };
        books.note(&said);
        stage.simulation.check();
        books.agree_with(&stage.simulation);
    }
    (stage, books)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_doubled_or_in_two_places(moves in moves()) {
        let (mut stage, mut books) = play(moves);
        // Given time, whatever was begun ends.
        books.note(&stage.advance(1_000_000_000));
        books.agree_with(&stage.simulation);
        stage.simulation.check();
        prop_assert_eq!(stage.simulation.agenda.len(), 0);
    }

    #[test]
    fn the_log_gives_the_same_world_again(moves in moves(), cut in 0..100_usize) {
        let (mut stage, _) = play(moves);
        let cut = cut * stage.log.len() / 100;
        let mut again = Simulation::new(Physics::default(), SimTime::ZERO);
        let (before, after) = stage.log.split_at(cut);
        for entries in [before, after] {
            let mut segment = Vec::new();
            entries.iter().for_each(|entry| append_entry(&mut segment, entry));
            let entries = if entries.is_empty() { vec![] } else { decode_entries(&segment).unwrap() };
            again = decode_snapshot(&encode_snapshot(&again)).unwrap();
            entries.iter().for_each(|entry| again.replay(entry));
        }
        stage.simulation.amazon().take_acks();
        stage.simulation.ups().take_acks();
        prop_assert_eq!(encode_snapshot(&again), encode_snapshot(&stage.simulation));
    }

    #[test]
    fn a_snapshot_is_of_the_moment_at_which_it_was_begun(moves in moves(), cut in 0..100_usize) {
        let (stage, _) = play(moves);
        let (before, after) = stage.log.split_at(cut * stage.log.len() / 100);
        let mut simulation = Simulation::new(Physics::default(), SimTime::ZERO);
        before.iter().for_each(|entry| simulation.replay(entry));
        let whole = encode_snapshot(&simulation);
        let (mut writing, mut written, mut rest) = (Writing::of(&simulation), Vec::new(), after.iter());
        loop {
            let (piece, is_last) = writing.next(30);
            written.extend_from_slice(&piece);
            if is_last {
                break;
            }
            rest.next().into_iter().for_each(|entry| simulation.replay(entry));
        }
        prop_assert_eq!(written, whole);
    }
}
