//! Clients that do not keep to what is usual: nothing is acked and not done, and
//! nothing grows without an end.

use super::*;

/// What connection 1 hears: its acks, and the texts of refusals by their commands.
fn acks_and_refusals(town: &mut Town) -> (Vec<i64>, Vec<(i64, String)>) {
    let (mut acks, mut refusals) = (Vec::new(), Vec::new());
    for heard in town.heard_amazon(1) {
        acks.extend(heard.acks.iter().map(|seq| seq.0));
        for event in heard.events {
            if let amazon::Event::Failed { text, origin } = event.body {
                refusals.push((origin.0, text));
            }
        }
    }
    (acks, refusals)
}

fn say(town: &mut Town, commands: Vec<(i64, amazon::Command)>) {
    let commands = commands.into_iter().map(|(seq, it)| Numbered::new(Seq(seq), it)).collect();
    town.say_amazon(1, &Commands { commands, ..Commands::default() });
}

fn ack_all(town: &mut Town) {
    let acks = town.simulation(WORLD).unacked(Side::Amazon);
    town.say_amazon(1, &Commands { acks, ..Commands::default() });
}

#[test]
fn a_number_that_is_not_remembered_is_refused_and_not_only_acked() {
    let mut town = town();
    // Every second number, more of them than gaps are remembered.
    for first in (2..140_002).step_by(10_000) {
        let some = (first..first + 10_000).step_by(2).map(|seq| (seq, query(7)));
        say(&mut town, some.collect());
        ack_all(&mut town);
    }
    town.heard_amazon(1);
    for _ in 0..2 {
        town.ask_amazon(1, 5, buy());
        let (acks, refusals) = acks_and_refusals(&mut town);
        assert_eq!((acks, refusals.len()), (vec![5], 1));
        assert!(refusals[0].1.starts_with("error: seqnum 5 is between"), "{refusals:?}");
        ack_all(&mut town);
    }
    // What is among the last gaps is done as ever, and once.
    town.ask_amazon(1, 139_999, buy());
    town.ask_amazon(1, 139_999, buy());
    assert_eq!(acks_and_refusals(&mut town), (vec![139_999; 2], vec![]));
    town.wait_ms(1_000);
    assert_eq!(town.simulation(WORLD).stock(WAREHOUSE, ProductId(5)), Some(2));
    let again = Town::of(town.disk.clone());
    assert_eq!(again.simulation(WORLD), town.simulation(WORLD));
}

#[test]
fn a_bound_of_unacked_messages_holds_within_a_message_and_repeats_are_acked_all_the_same() {
    let physics =
        Physics { bounds: Bounds { unacked_max: 2, ..Bounds::default() }, ..Physics::default() };
    let mut town = town_with(Rules { physics, ..Rules::default() });
    say(&mut town, (1..=5).map(|seq| (seq, query(9))).collect());
    assert_eq!(acks_and_refusals(&mut town).0, [1, 2]);
    town.ask_amazon(1, 1, query(9));
    assert_eq!(acks_and_refusals(&mut town).0, [1], "it was done before");
    ack_all(&mut town);
    say(&mut town, (1..=5).map(|seq| (seq, query(9))).collect());
    assert_eq!(acks_and_refusals(&mut town).0, [1, 2, 3, 4]);
}

#[test]
fn messages_that_are_not_acked_are_bounded_by_their_bytes_too() {
    let bounds = Bounds { text_bytes_max: 10_000, ..Bounds::default() };
    let mut town =
        town_with(Rules { physics: Physics { bounds, ..Physics::default() }, ..Rules::default() });
    let things = vec![Thing { product: ProductId(1), description: "x".repeat(3_900), count: 1 }];
    for seq in 1..=4 {
        let things = things.clone();
        town.ask_amazon(1, seq, amazon::Command::Buy { warehouse: WAREHOUSE, things });
        town.wait_ms(1_000);
    }
    assert_eq!(acks_and_refusals(&mut town).0, [1, 2, 3]);
    ack_all(&mut town);
    town.ask_amazon(1, 4, query(9));
    assert_eq!(acks_and_refusals(&mut town).0, [4]);
}

#[test]
fn what_takes_no_time_has_happened_before_the_next_command_of_the_same_message() {
    let mut town = town();
    let (truck, warehouse, package) = (TruckId(0), WAREHOUSE, PackageId(7));
    let simspeed = Some(u32::MAX);
    town.say_amazon(1, &Commands { simspeed, ..Commands::default() });
    town.ask_ups(2, 1, ups::Command::Pickup { truck, warehouse });
    let load = amazon::Command::Load { warehouse, truck, package };
    say(&mut town, vec![(1, buy()), (2, pack(7)), (3, load), (4, query(7))]);
    let heard = town.heard_amazon(1);
    let events: Vec<_> = heard[0].events.iter().map(|event| event.body.clone()).collect();
    let status = "loaded".to_owned();
    let expected = [
        amazon::Event::Arrived { warehouse, things: things() },
        amazon::Event::Ready { package },
        amazon::Event::Loaded { package },
        amazon::Event::Status { package, status },
    ];
    assert_eq!(events, expected);
}

#[test]
fn a_world_that_is_often_restarted_is_written_down_as_often_as_another() {
    let mut town = town();
    for round in 0..5 {
        let first = 1 + round * 12_000;
        say(&mut town, (first..first + 12_000).map(|seq| (seq, query(seq))).collect());
        town.wait_ms(1_000);
        let file = &town.disk.worlds[&WORLD];
        assert_eq!(file.snapshot.is_some(), round == 4, "after {} commands", first + 11_999);
        town.restart();
        town.open(1, Side::Amazon);
        assert!(town.join_amazon(1, Some(1), &[]).is_good());
        ack_all(&mut town);
    }
}
