//! A world with its clients, its log and its replay; single rules are tested in `simulation`.

mod bounds;
mod looking;

use super::super::{
    Address, Bounds, Letter, LinkRules, Physics, Rules, Side,
    town::{Town, connection},
};
use crate::{
    basis::{PackageId, Point, ProductId, Seq, TruckId, WarehouseId, WorldId},
    wire::{
        Commands, Numbered,
        amazon::{self, Thing},
        ups,
    },
};

const WORLD: WorldId = WorldId(1);
const WAREHOUSE: WarehouseId = WarehouseId(1);

fn things() -> Vec<Thing> {
    vec![Thing { product: ProductId(5), description: "tea".into(), count: 2 }]
}

fn buy() -> amazon::Command {
    amazon::Command::Buy { warehouse: WAREHOUSE, things: things() }
}

fn pack(package: i64) -> amazon::Command {
    let package = PackageId(package);
    amazon::Command::Pack { warehouse: WAREHOUSE, things: things(), package }
}

fn query(package: i64) -> amazon::Command {
    amazon::Command::Query { package: PackageId(package) }
}

/// A world with one warehouse and one truck; connection 1 is its store, 2 its carrier.
fn town() -> Town {
    town_with(Rules::default())
}

fn town_with(rules: Rules) -> Town {
    let mut town = Town::new(rules);
    town.open(1, Side::Amazon);
    town.open(2, Side::Ups);
    assert!(town.join_amazon(1, None, &[(1, 3, 0)]).is_good());
    assert!(town.join_ups(2, Some(1), &[(0, 0, 0)]).is_good());
    town
}

fn seqs(town: &mut Town) -> Vec<i64> {
    let heard = town.heard_amazon(1);
    heard.iter().flat_map(|it| it.events.iter().map(|event| event.seq.0)).collect()
}

#[test]
fn an_ack_comes_at_once_and_the_effect_when_it_is_due() {
    let mut town = town();
    town.ask_amazon(1, 40, buy());
    let heard = town.heard_amazon(1);
    assert_eq!((heard.len(), heard[0].acks.as_slice()), (1, [Seq(40)].as_slice()));
    assert_eq!(heard[0].events, []);
    town.wait_ms(1_000);
    let heard = town.heard_amazon(1);
    let arrived = amazon::Event::Arrived { warehouse: WAREHOUSE, things: things() };
    assert_eq!(heard[0].events, [Numbered::new(Seq(1), arrived)]);
}

#[test]
fn a_command_is_done_once_and_acked_each_time() {
    let mut town = town();
    for _ in 0..3 {
        town.ask_amazon(1, 1, buy());
        assert_eq!(town.heard_amazon(1)[0].acks, [Seq(1)]);
    }
    town.wait_ms(1_100);
    assert_eq!(seqs(&mut town), [1]);
    assert_eq!(town.simulation(WORLD).stock(WAREHOUSE, ProductId(5)), Some(2));
    let duplicates: usize = town.observed.iter().map(|it| it.duplicates).sum();
    assert_eq!(duplicates, 2);
}

#[test]
fn a_number_that_comes_twice_in_a_message_is_done_once() {
    let mut town = town();
    let commands = [1, 2, 1, 1].map(|seq| Numbered::new(Seq(seq), buy())).to_vec();
    town.say_amazon(1, &Commands { commands: commands.clone(), ..Commands::default() });
    assert_eq!(town.heard_amazon(1)[0].acks, [Seq(1), Seq(2)]);
    // One that is new among those that are not.
    let commands = commands.into_iter().chain([Numbered::new(Seq(3), buy())]).collect();
    town.say_amazon(1, &Commands { commands, ..Commands::default() });
    assert_eq!(town.heard_amazon(1)[0].acks, [Seq(1), Seq(2), Seq(3)]);
    town.wait_ms(1_000);
    assert_eq!(seqs(&mut town), [1, 2, 3]);
    assert_eq!(town.simulation(WORLD).stock(WAREHOUSE, ProductId(5)), Some(6));
}

#[test]
fn no_speed_and_the_same_speed_again_change_nothing() {
    let mut town = town();
    let records_count = town.records.len();
    for simspeed in [0, 100] {
        town.say_amazon(1, &Commands { simspeed: Some(simspeed), ..Commands::default() });
    }
    assert_eq!(town.records.len(), records_count);
    town.say_amazon(1, &Commands { simspeed: Some(90_000_000), ..Commands::default() });
    town.restart();
    assert_eq!(town.simulation(WORLD).simspeed(), 90_000_000);
}

#[test]
fn what_is_ready_goes_out_in_one_message() {
    let mut town = town();
    let commands = (1..=5).map(|seq| Numbered::new(Seq(seq), buy())).collect();
    town.say_amazon(1, &Commands { commands, ..Commands::default() });
    assert_eq!(town.heard_amazon(1).len(), 1);
    town.wait_ms(1_000);
    let heard = town.heard_amazon(1);
    assert_eq!((heard.len(), heard[0].events.len()), (1, 5));
}

#[test]
fn what_is_not_acked_is_said_again_later_and_later() {
    let mut town = town();
    town.ask_amazon(1, 1, query(9));
    assert_eq!(seqs(&mut town), [1]);
    for pause_ms in [500, 1_000, 2_000, 4_000, 8_000, 8_000] {
        town.wait_ms(pause_ms - 1);
        assert!(seqs(&mut town).is_empty(), "before {pause_ms} ms");
        town.wait_ms(1);
        assert_eq!(seqs(&mut town), [1], "after {pause_ms} ms");
    }
    town.say_amazon(1, &Commands { acks: vec![Seq(1), Seq(1), Seq(77)], ..Commands::default() });
    town.wait_ms(60_000);
    assert!(seqs(&mut town).is_empty());
    let resent: u64 = town.observed.iter().map(|it| it.resent[Side::Amazon as usize]).sum();
    assert_eq!(resent, 6);
}

#[test]
fn an_ack_of_the_other_side_is_nobodys() {
    let mut town = town();
    town.ask_amazon(1, 1, query(9));
    let commands = ups::encode_commands(&Commands { acks: vec![Seq(1)], ..Commands::default() });
    town.receive(2, prost::Message::encode_to_vec(&commands));
    assert_eq!(town.simulation(WORLD).unacked_count(Side::Amazon), 1);
}

#[test]
fn a_new_connection_hears_everything_unacked_in_one_message_and_connected_by_itself() {
    let mut town = town();
    for seq in 1..=3 {
        town.ask_amazon(1, seq, query(seq));
    }
    town.say_amazon(1, &Commands { acks: vec![Seq(2)], ..Commands::default() });
    town.hang_up(1);
    town.wait_ms(60_000);
    town.open(3, Side::Amazon);
    let connect = crate::wire::Connect { world: Some(WORLD), initial: vec![], is_amazon: true };
    let connect = prost::Message::encode_to_vec(&amazon::encode_connect(&connect));
    town.receive(3, connect);
    assert_eq!(town.sent_to(3).len(), 1, "connected");
    town.wait_ms(99);
    assert_eq!(town.sent_to(3).len(), 0);
    town.wait_ms(1);
    let said = town.sent_to(3);
    assert_eq!(said.len(), 1, "one message");
    let replay = amazon::decode_responses(&said[0]).unwrap();
    assert_eq!(replay.events.iter().map(|it| it.seq.0).collect::<Vec<_>>(), [1, 3]);
}

#[test]
fn the_last_delivery_and_its_completion_share_a_message() {
    let mut town = town();
    let (truck, warehouse, package) = (TruckId(0), WAREHOUSE, PackageId(7));
    town.ask_amazon(1, 1, buy());
    town.ask_ups(2, 1, ups::Command::Pickup { truck, warehouse });
    town.wait_ms(1_000);
    town.ask_amazon(1, 2, pack(7));
    town.wait_ms(600);
    town.ask_amazon(1, 3, amazon::Command::Load { warehouse, truck, package });
    town.wait_ms(300);
    town.heard_ups(2);
    let packages = vec![(package, Point::new(3, 4))];
    town.ask_ups(2, 2, ups::Command::Deliver { truck, packages });
    town.wait_ms(40);
    let heard = town.heard_ups(2);
    let last = heard.last().unwrap();
    let delivered = last.events.iter().find(|it| matches!(it.body, ups::Event::Delivered { .. }));
    let finished = last
        .events
        .iter()
        .find(|it| matches!(&it.body, ups::Event::Finished { status, .. } if status == "IDLE"));
    assert_eq!(delivered.unwrap().seq.next(), finished.unwrap().seq);
}

#[test]
fn a_farewell_finishes_what_is_at_hand_and_frees_the_side() {
    let mut town = town();
    let commands = vec![Numbered::new(Seq(1), buy())];
    town.say_amazon(1, &Commands { commands, disconnect: true, ..Commands::default() });
    let heard = town.heard_amazon(1);
    assert_eq!(heard.len(), 1);
    assert!(heard[0].finished && heard[0].acks == [Seq(1)]);
    assert_eq!(town.closed, [connection(1)]);
    town.wait_ms(1_000);
    assert_eq!(town.simulation(WORLD).stock(WAREHOUSE, ProductId(5)), Some(2));
    town.open(3, Side::Amazon);
    assert!(town.join_amazon(3, Some(1), &[]).is_good());
}

/// A world that speaks every six seconds; its store came at 0 and its carrier at 2500 ms.
fn ticking_town() -> Town {
    let mut rules = Rules::default();
    rules.link.tick_ms = Some(6_000);
    let mut town = Town::new(rules);
    town.open(1, Side::Amazon);
    town.open(2, Side::Ups);
    assert!(town.join_amazon(1, None, &[(1, 3, 0)]).is_good(), "a Connect is answered at once");
    town.wait_ms(2_500);
    assert!(town.join_ups(2, Some(1), &[(0, 0, 0)]).is_good());
    town
}

#[test]
fn with_a_tick_each_side_hears_everything_at_its_own_moments() {
    let mut town = ticking_town();
    town.ask_amazon(1, 1, buy());
    town.ask_amazon(1, 2, query(9));
    town.ask_ups(2, 1, ups::Command::Query { truck: TruckId(0) });
    assert_eq!(town.taken, 5, "two Connects and three messages were done with at once");
    town.wait_ms(3_499);
    assert_eq!((town.heard_amazon(1), town.heard_ups(2)), (vec![], vec![]));
    town.wait_ms(1);
    let heard = town.heard_amazon(1);
    assert_eq!((heard.len(), heard[0].events.len()), (1, 2), "one message with all of it");
    assert_eq!(heard[0].acks, [Seq(1), Seq(2)]);
    town.wait_ms(2_499);
    assert_eq!(town.heard_ups(2), []);
    town.wait_ms(1);
    assert_eq!(town.heard_ups(2).len(), 1, "the phase is the connect's");
    // What is not acked comes with the next tick, and only that.
    let acks = vec![Seq(1)];
    town.say_amazon(1, &Commands { acks, ..Commands::default() });
    town.wait_ms(3_499);
    assert_eq!(town.heard_amazon(1), []);
    town.wait_ms(1);
    let again = town.heard_amazon(1);
    assert_eq!(again[0].events.iter().map(|it| it.seq.0).collect::<Vec<_>>(), [3]);
    let acks = vec![Seq(3)];
    town.say_amazon(1, &Commands { acks, ..Commands::default() });
    town.wait_ms(60_000);
    assert_eq!(town.heard_amazon(1), [], "nothing to say is not said");
    // A quiet hour does not shift the phase.
    town.wait_ms(100);
    town.ask_amazon(1, 3, query(9));
    town.wait_ms(5_899);
    assert_eq!(town.heard_amazon(1), []);
    town.wait_ms(1);
    assert_eq!(town.heard_amazon(1).len(), 1);
}

#[test]
fn with_a_tick_a_farewell_is_answered_at_the_tick() {
    let mut town = ticking_town();
    let commands = vec![Numbered::new(Seq(1), query(9))];
    town.say_amazon(1, &Commands { commands, disconnect: true, ..Commands::default() });
    town.wait_ms(3_499);
    assert_eq!((town.heard_amazon(1), town.closed.len()), (vec![], 0));
    town.wait_ms(1);
    let heard = town.heard_amazon(1);
    assert!(heard[0].finished && heard[0].acks == [Seq(1)] && heard[0].events.len() == 1);
    assert_eq!(town.closed, [connection(1)]);
    town.open(3, Side::Amazon);
    assert!(town.join_amazon(3, Some(1), &[]).is_good());
}

#[test]
fn who_hangs_up_hears_first_what_it_is_owed_with_a_tick_too() {
    for mut town in [town(), ticking_town()] {
        town.ask_amazon(1, 1, buy());
        town.ask_amazon(1, 2, query(9));
        town.post(Letter::HungUp { connection: connection(1) });
        let heard = town.heard_amazon(1);
        let acks: Vec<_> = heard.iter().flat_map(|it| it.acks.clone()).collect();
        assert_eq!(acks, [Seq(1), Seq(2)]);
        assert!(heard.iter().all(|it| !it.finished), "it did not ask to part");
        assert_eq!(town.closed, [connection(1)]);
        assert_eq!(town.population(), 3, "the directory, the world and the carrier");
        town.open(3, Side::Amazon);
        assert!(town.join_amazon(3, Some(1), &[]).is_good());
    }
}

#[test]
fn the_last_word_has_everything_though_the_client_came_just_now() {
    for hangs_up in [false, true] {
        let mut town = town();
        town.ask_amazon(1, 1, query(9));
        town.hang_up(1);
        town.heard_amazon(1);
        town.open(3, Side::Amazon);
        assert!(town.join_amazon(3, Some(1), &[]).is_good());
        let commands = vec![Numbered::new(Seq(2), query(8))];
        town.say_amazon(3, &Commands { commands, disconnect: !hangs_up, ..Commands::default() });
        if hangs_up {
            town.post(Letter::HungUp { connection: connection(3) });
        }
        let heard = town.heard_amazon(3);
        let told: Vec<_> =
            heard.iter().flat_map(|it| it.events.iter().map(|event| event.seq.0)).collect();
        assert_eq!(told, [1, 2], "what it was owed, and what it asked for");
        assert_eq!(heard.iter().any(|it| it.finished), !hangs_up);
    }
}

#[test]
fn a_fixed_speed_heeds_nobody() {
    let mut rules = Rules::default();
    rules.physics.pace.simspeed = 1_000;
    rules.physics.pace.is_speed_fixed = true;
    let mut town = town_with(rules);
    let records_count = town.records.len();
    town.say_amazon(1, &Commands { simspeed: Some(1), ..Commands::default() });
    assert_eq!(town.records.len(), records_count);
    let commands = vec![Numbered::new(Seq(1), buy())];
    town.say_amazon(1, &Commands { commands, simspeed: Some(7), ..Commands::default() });
    assert_eq!(town.simulation(WORLD).simspeed(), 1_000);
    town.heard_amazon(1);
    town.wait_ms(100);
    assert_eq!(seqs(&mut town).len(), 1);
    town.restart();
    assert_eq!(town.simulation(WORLD).simspeed(), 1_000);
}

#[test]
fn a_client_that_acks_nothing_gets_nothing_more_done_past_a_bound() {
    let physics =
        Physics { bounds: Bounds { unacked_max: 2, ..Bounds::default() }, ..Physics::default() };
    let mut town = town_with(Rules { physics, ..Rules::default() });
    for seq in 1..=3 {
        town.ask_amazon(1, seq, query(9));
    }
    assert_eq!(town.heard_amazon(1).iter().flat_map(|it| &it.acks).count(), 2);
    town.say_amazon(1, &Commands { acks: vec![Seq(1)], ..Commands::default() });
    town.ask_amazon(1, 3, query(9));
    assert_eq!(town.heard_amazon(1)[0].acks, [Seq(3)]);
}

#[test]
fn a_restart_says_the_same_under_the_same_numbers() {
    let mut town = town();
    town.ask_amazon(1, 1, buy());
    town.wait_ms(1_000);
    town.ask_amazon(1, 2, pack(7));
    let before = town.heard_amazon(1);
    town.restart();
    assert_eq!(town.population(), 2, "connections are not remembered");
    town.open(3, Side::Amazon);
    assert!(town.join_amazon(3, Some(1), &[]).is_good());
    town.ask_amazon(3, 1, buy());
    town.ask_amazon(3, 2, pack(7));
    assert!(town.heard_amazon(3).iter().all(|it| it.events.is_empty()), "done before");
    town.wait_ms(600);
    let after = town.heard_amazon(3);
    assert_eq!(before.last().unwrap().acks, [Seq(2)]);
    let ready = Numbered::new(Seq(2), amazon::Event::Ready { package: PackageId(7) });
    assert!(after.iter().any(|it| it.events.contains(&ready)), "{after:?}");
}

#[test]
fn whatever_was_heard_is_on_the_disk() {
    let mut town = town();
    for step in 1..=40 {
        match step % 4 {
            0 => town.ask_amazon(1, step, pack(step)),
            1 => town.ask_amazon(1, step, buy()),
            2 => town.say_amazon(1, &Commands { acks: vec![Seq(step / 3)], ..Commands::default() }),
            _ => town.wait_ms(370),
        }
        let heard = seqs(&mut town);
        let again = Town::of(town.disk.clone());
        let (live, again) = (town.simulation(WORLD), again.simulation(WORLD));
        let kept = again.unacked(Side::Amazon);
        assert!(live.unacked(Side::Amazon).iter().all(|seq| kept.contains(seq)));
        assert_eq!(again.next_due(), live.next_due());
        assert!(heard.iter().all(|seq| kept.contains(&Seq(*seq))), "{heard:?} of {kept:?}");
    }
}

#[test]
fn a_snapshot_stands_for_the_log_before_it() {
    let mut town = town();
    town.ask_amazon(1, 1, buy());
    for round in 0..600 {
        let first = 2 + round * 100;
        let acks = (first - 101..first - 1).map(Seq).collect();
        let commands = (first..first + 100).map(|seq| Numbered::new(Seq(seq), query(seq)));
        let commands = commands.collect();
        town.say_amazon(1, &Commands { commands, acks, ..Commands::default() });
    }
    let file = &town.disk.worlds[&WORLD];
    assert!(file.snapshot.is_some() && file.log.len() < 300, "{}", file.log.len());
    let again = Town::of(town.disk.clone());
    assert_eq!(again.simulation(WORLD).next_due(), town.simulation(WORLD).next_due());
    assert_eq!(again.simulation(WORLD), town.simulation(WORLD));
}

#[test]
fn a_large_snapshot_is_written_while_the_log_goes_on() {
    let mut town = town();
    let texts = "x".repeat(4_000);
    let thing = |id| Thing { product: ProductId(id), description: texts.clone(), count: 1 };
    for seq in 1..=200 {
        let things = vec![thing(seq)];
        town.ask_amazon(1, seq, amazon::Command::Buy { warehouse: WAREHOUSE, things });
    }
    town.wait_ms(2_000);
    let queries = (1_000..51_000).map(|seq| Numbered::new(Seq(seq), query(seq))).collect();
    town.say_amazon(1, &Commands { commands: queries, ..Commands::default() });
    let mut pieces = 0;
    while town.disk.worlds[&WORLD].snapshot.is_none() {
        let begun = town.disk.worlds[&WORLD].begun.len();
        // A crash meanwhile costs nothing but the snapshot.
        let again = Town::of(town.disk.clone());
        assert_eq!(again.simulation(WORLD), town.simulation(WORLD), "{begun} bytes begun");
        pieces += 1;
        town.ask_amazon(1, 60_000 + pieces, query(7));
        town.wait_ms(10);
        assert!(pieces < 1_000);
    }
    assert!(pieces > 3, "{pieces} pieces");
    let file = &town.disk.worlds[&WORLD];
    assert!(!file.log.is_empty() && file.log.len() as i64 <= 2 * pieces, "what came meanwhile");
    let again = Town::of(town.disk.clone());
    assert_eq!(again.simulation(WORLD), town.simulation(WORLD));
}

#[test]
fn messages_that_came_together_are_one_entry_and_one_answer() {
    let mut town = town();
    let message = |seq, simspeed| {
        let commands = vec![Numbered::new(Seq(seq), buy())];
        let message = Commands { commands, simspeed, ..Commands::default() };
        prost::Message::encode_to_vec(&amazon::encode_commands(&message)).into()
    };
    let (log, taken) = (town.disk.worlds[&WORLD].log.len(), town.taken);
    town.receive_all(1, vec![message(1, None), message(2, None), message(2, None)]);
    let heard = town.heard_amazon(1);
    assert_eq!((heard.len(), heard[0].acks.as_slice()), (1, [Seq(1), Seq(2)].as_slice()));
    assert_eq!(town.disk.worlds[&WORLD].log.len(), log + 1);
    // Another speed holds for what comes with it, and not for what came before.
    town.receive_all(1, vec![message(3, None), message(4, Some(200)), message(5, Some(200))]);
    assert_eq!(town.heard_amazon(1).len(), 2);
    assert_eq!(town.disk.worlds[&WORLD].log.len(), log + 3);
    assert_eq!(town.taken, taken + 6);
    town.wait_ms(500);
    assert_eq!(town.simulation(WORLD).stock(WAREHOUSE, ProductId(5)), Some(4));
}

#[test]
fn what_follows_a_farewell_is_not_done() {
    let mut town = town();
    let message = |seq, disconnect| {
        let commands = vec![Numbered::new(Seq(seq), buy())];
        let message = Commands { commands, disconnect, ..Commands::default() };
        prost::Message::encode_to_vec(&amazon::encode_commands(&message)).into()
    };
    town.receive_all(1, vec![message(1, false), message(2, true), message(3, false)]);
    let heard = town.heard_amazon(1);
    assert!(heard.len() == 1 && heard[0].finished && heard[0].acks == [Seq(1), Seq(2)]);
    town.wait_ms(2_000);
    assert_eq!(town.simulation(WORLD).stock(WAREHOUSE, ProductId(5)), Some(4));
}

#[test]
fn a_world_that_failed_sends_its_clients_back_to_the_door() {
    let mut town = town();
    town.ask_amazon(1, 1, buy());
    town.fail(&Address::World(WORLD));
    assert_eq!(town.closed, [connection(1), connection(2)]);
    town.open(3, Side::Amazon);
    assert!(town.join_amazon(3, Some(1), &[]).is_good());
    town.wait_ms(1_000);
    assert_eq!(town.heard_amazon(3)[0].events.len(), 1);
}

#[test]
fn a_connection_that_failed_leaves_its_side_free() {
    let mut town = town();
    town.ask_amazon(1, 1, query(9));
    town.fail(&Address::Connection(connection(1)));
    // The world notices when it has something to say to it.
    town.wait_ms(500);
    assert_eq!(town.closed, [connection(1)]);
    town.open(3, Side::Amazon);
    assert!(town.join_amazon(3, Some(1), &[]).is_good());
}

#[test]
fn other_rules_after_a_restart_hold_for_the_worlds_there_are() {
    let mut town = town();
    town.ask_amazon(1, 1, buy());
    let mut rules =
        Rules { link: LinkRules { flakiness: 99, ..LinkRules::default() }, ..Rules::default() };
    rules.physics.pace.buy_s = 1;
    town.restart();
    town.post(Letter::Configured(rules));
    assert_eq!(town.simulation(WORLD).physics(), &rules.physics);
    let records_count = town.records.len();
    town.restart();
    town.post(Letter::Configured(rules));
    assert_eq!(town.records.len(), records_count, "the same rules again change nothing");
    assert_eq!(town.disk.rules, rules);
}
