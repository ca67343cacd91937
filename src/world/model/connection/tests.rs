//! What a connection takes and refuses; worlds themselves are tested beside them.

use prost::Message as _;

use super::super::{
    Address, Letter, Rules, Side,
    town::{Town, connection},
};
use crate::{
    basis::{PackageId, Point, Seq, TruckId, WorldId},
    wire::{Commands, Connect, Numbered, amazon::Command, ups},
};

const QUERY: Command = Command::Query { package: PackageId(1) };

#[test]
fn worlds_count_up_from_one_and_either_side_makes_them() {
    let mut town = Town::new(Rules::default());
    town.open(1, Side::Ups);
    town.open(2, Side::Amazon);
    let made = town.join_ups(1, None, &[(0, 0, 0), (1, -5, -5)]);
    assert_eq!((made.world.0, made.result.as_str()), (1, "connected!"));
    let made = town.join_amazon(2, None, &[(1, 0, 0)]);
    assert_eq!((made.world.0, made.result.as_str()), (2, "connected!"));
}

#[test]
fn an_unknown_world_and_a_taken_side_are_not_available_and_a_second_try_may_be() {
    let mut town = Town::new(Rules::default());
    let not_available = |world| {
        format!(
            "error: world with world_id {world} is not available for amazon to connect.\n possible reason: world_id not exist or another ups/amazon already connected."
        )
    };
    town.open(1, Side::Ups);
    assert_eq!(town.join_ups(1, Some(1), &[]).result, not_available(1));
    assert!(town.join_ups(1, None, &[]).is_good(), "on the same socket");
    town.open(2, Side::Ups);
    assert_eq!(town.join_ups(2, Some(1), &[]).result, not_available(1));
    assert_eq!(town.join_ups(2, Some(7), &[]).result, not_available(7));
    town.open(3, Side::Amazon);
    assert!(town.join_amazon(3, Some(1), &[]).is_good(), "the other side is free");
    town.hang_up(1);
    assert!(town.join_ups(2, Some(1), &[]).is_good());
    assert_eq!(town.closed, []);
}

#[test]
fn ids_that_the_world_has_are_refused_and_make_no_world() {
    let mut town = Town::new(Rules::default());
    let taken = "error: warehouse_id/truck_id already exists.";
    town.open(1, Side::Amazon);
    assert_eq!(town.join_amazon(1, None, &[(1, 0, 0), (1, 2, 2)]).result, taken);
    assert!(town.disk.worlds.is_empty());
    assert!(town.join_amazon(1, None, &[(1, 0, 0)]).is_good());
    town.hang_up(1);
    town.open(2, Side::Amazon);
    assert_eq!(town.join_amazon(2, Some(1), &[(2, 0, 0), (1, 0, 0)]).result, taken);
    assert!(town.join_amazon(2, Some(1), &[(2, 0, 0)]).is_good());
}

#[test]
fn the_wrong_port_says_which_is_right() {
    let mut town = Town::new(Rules::default());
    town.open(1, Side::Ups);
    let said = town.join_amazon(1, None, &[]).result;
    assert!(said.starts_with("error: isAmazon is true"), "{said}");
    assert!(town.join_ups(1, None, &[]).is_good());
}

#[test]
fn a_full_simulator_says_so() {
    let mut town = Town::new(Rules { worlds_max: 1, ..Rules::default() });
    town.open(1, Side::Ups);
    town.open(2, Side::Ups);
    assert!(town.join_ups(1, None, &[]).is_good());
    let said = town.join_ups(2, None, &[]).result;
    assert!(said.starts_with("error: this simulator has as many worlds as it keeps, 1"), "{said}");
}

#[test]
fn a_silent_client_is_cut_off_and_a_heartbeat_is_not_silence() {
    let mut town = Town::new(Rules::default());
    town.open(1, Side::Amazon);
    assert!(town.join_amazon(1, None, &[]).is_good());
    for _ in 0..3 {
        town.wait_ms(599_000);
        town.receive(1, Vec::new());
    }
    assert_eq!(town.closed, []);
    town.wait_ms(600_000);
    assert_eq!(town.closed, [connection(1)]);
    town.open(2, Side::Amazon);
    assert!(town.join_amazon(2, Some(1), &[]).is_good(), "its side is free again");
}

#[test]
fn bytes_that_are_no_message_end_the_connection() {
    let mut town = Town::new(Rules::default());
    town.open(1, Side::Amazon);
    assert!(town.join_amazon(1, None, &[]).is_good());
    town.receive(1, vec![0xff; 3]);
    assert_eq!(town.closed, [connection(1)]);
    assert_eq!(town.population(), 2, "the directory and the world");
    let kinds = town.observed.iter().flat_map(|it| it.facts.iter().filter_map(|it| it.refusal));
    assert_eq!(kinds.collect::<Vec<_>>(), ["no_message"]);
    // What was still on its way comes to nobody.
    town.receive(1, Vec::new());
    town.hang_up(1);
}

#[test]
fn bytes_that_are_no_connect_are_answered_and_a_second_try_may_be_good() {
    let mut town = Town::new(Rules::default());
    town.open(1, Side::Ups);
    for (bytes, reason) in [
        (vec![0xff; 3], "error: the bytes are not a UConnect: "),
        // A world's id and nothing else.
        (vec![8, 1], "error: UConnect lacks its required field isAmazon; "),
    ] {
        town.receive(1, bytes);
        let said = town.sent_to(1);
        let connected = ups::decode_connected(&said[0]).unwrap();
        assert!(connected.result.starts_with(reason), "{}", connected.result);
    }
    assert!(town.join_ups(1, None, &[]).is_good());
    assert_eq!(town.disk.worlds.len(), 1);
}

#[test]
fn as_many_trucks_as_a_class_has_come_with_one_connect() {
    let mut town = Town::new(Rules::default());
    town.open(1, Side::Ups);
    let trucks: Vec<_> = (0..512).map(|id| (id, -id, i32::MIN + id)).collect();
    assert!(town.join_ups(1, None, &trucks).is_good());
    for (seq, truck) in [(1, 0), (2, 511)] {
        let truck = TruckId(truck);
        town.ask_ups(1, seq, ups::Command::Query { truck });
        let heard = town.heard_ups(1);
        let at = Point::new(-truck.0, i32::MIN + truck.0);
        let status = ups::status::IDLE.to_owned();
        let expected = ups::Event::Truck { truck, status, at };
        assert_eq!(heard[0].events[0].body, expected);
    }
}

#[test]
fn a_client_that_never_joins_is_cut_off_too() {
    let mut rules = Rules::default();
    rules.link.idle_ms = 5_000;
    let mut town = Town::new(rules);
    town.open(1, Side::Amazon);
    town.wait_ms(4_000);
    assert!(!town.join_amazon(1, Some(9), &[]).is_good());
    town.wait_ms(4_999);
    assert_eq!(town.closed, []);
    town.wait_ms(1);
    assert_eq!(town.closed, [connection(1)]);
    assert_eq!(town.population(), 1, "the directory");
}

#[test]
fn who_hangs_up_behind_a_connect_is_let_in_or_refused_first() {
    let mut town = Town::new(Rules::default());
    let connect = |world| {
        let connect = Connect { world: Some(WorldId(world)), initial: vec![], is_amazon: false };
        ups::encode_connect(&connect).encode_to_vec().into()
    };
    town.open(1, Side::Ups);
    assert!(town.join_ups(1, None, &[(0, 0, 0)]).is_good());
    town.hang_up(1);
    let commands = vec![Numbered::new(Seq(1), ups::Command::Query { truck: TruckId(0) })];
    let query = ups::encode_commands(&Commands { commands, ..Commands::default() });
    // All of it is there before the directory has answered.
    town.open(2, Side::Ups);
    let messages = vec![connect(9), connect(1), query.encode_to_vec().into()];
    town.post_all([
        Letter::Received { connection: connection(2), messages },
        Letter::HungUp { connection: connection(2) },
    ]);
    let said = town.sent_to(2);
    assert_eq!(said.len(), 3, "refused, connected, and the answer");
    assert!(ups::decode_connected(&said[1]).unwrap().is_good());
    let answer = ups::decode_responses(&said[2]).unwrap();
    assert_eq!((answer.acks.as_slice(), answer.events.len()), ([Seq(1)].as_slice(), 1));
    assert_eq!(town.closed, [connection(2)]);
    // Before a Connect there is nothing to wait for.
    town.open(3, Side::Ups);
    town.post(Letter::HungUp { connection: connection(3) });
    assert_eq!(town.closed, [connection(2), connection(3)]);
    assert_eq!(town.population(), 2, "the directory and the world");
}

#[test]
fn who_leaves_is_news_to_no_other_world() {
    let mut town = Town::new(Rules::default());
    for id in 1..=50 {
        town.open(id, Side::Ups);
        assert!(town.join_ups(id, None, &[]).is_good());
        town.hang_up(id);
    }
    town.restart();
    let before = town.letters;
    for id in 101..=110 {
        town.open(id, Side::Ups);
        town.hang_up(id);
        town.hang_up(id);
    }
    assert!(town.letters - before <= 10 * 5, "{} letters", town.letters - before);
}

#[test]
fn a_directory_that_failed_frees_the_sides_of_those_who_leave() {
    let mut town = Town::new(Rules::default());
    town.open(1, Side::Ups);
    assert!(town.join_ups(1, None, &[]).is_good());
    town.fail(&Address::Directory);
    town.hang_up(1);
    town.open(2, Side::Ups);
    assert!(town.join_ups(2, Some(1), &[]).is_good());
}

#[test]
fn every_message_gives_its_place_back() {
    let mut town = Town::new(Rules::default());
    town.open(1, Side::Amazon);
    town.join_amazon(1, Some(9), &[]);
    town.join_amazon(1, None, &[]);
    town.receive(1, Vec::new());
    town.ask_amazon(1, 1, QUERY);
    town.ask_amazon(1, 1, QUERY);
    assert_eq!(town.taken, 5);
}

#[test]
fn flakiness_drops_that_share_of_requests_and_the_same_ones_again() {
    let dropped = |seed| {
        let mut rules = Rules::default();
        rules.link.flakiness = 30;
        rules.link.seed = seed;
        let mut town = Town::new(rules);
        town.open(1, Side::Amazon);
        assert!(town.join_amazon(1, None, &[]).is_good(), "a connect is never dropped");
        let is_dropped = |town: &mut Town, seq| {
            town.ask_amazon(1, seq, QUERY);
            town.heard_amazon(1).is_empty()
        };
        assert_eq!(town.taken, 1);
        (1..=1_000).map(|seq| is_dropped(&mut town, seq)).collect::<Vec<_>>()
    };
    let first = dropped(1);
    let count = first.iter().filter(|it| **it).count();
    assert!((230..370).contains(&count), "{count} of 1000");
    assert_eq!(first, dropped(1));
    assert_ne!(first, dropped(2));
}
