//! Who looks in sees what was said and counted, and disturbs nothing.

use super::*;
use crate::{
    runtime::ReplyId,
    world::model::{Letter, Look, Said, Summary, Tally, ToDirectory, View},
};

fn messages(town: &mut Town, side: Side) -> Vec<Said> {
    match town.look(WORLD, Look::Messages(side)) {
        View::Messages(transcript) => transcript.messages().iter().map(|it| it.what).collect(),
        other => panic!("{other:?}"),
    }
}

fn summary(town: &mut Town) -> Summary {
    match town.look(WORLD, Look::Summary) {
        View::Summary(summary) => summary,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_last_messages_outlast_their_connection() {
    let mut town = town();
    town.ask_amazon(1, 1, query(9));
    let expected = [Said::Connect, Said::Connected, Said::Commands, Said::Responses];
    assert_eq!(messages(&mut town, Side::Amazon), expected);
    assert_eq!(messages(&mut town, Side::Ups), expected[..2]);
    town.hang_up(1);
    assert_eq!(messages(&mut town, Side::Amazon).last(), Some(&Said::Closed));
    town.open(3, Side::Amazon);
    assert!(town.join_amazon(3, Some(1), &[]).is_good());
    let said = messages(&mut town, Side::Amazon);
    assert_eq!(said[..4], expected);
    assert_eq!(said[4..7], [Said::Closed, Said::Connect, Said::Connected]);
}

#[test]
fn who_stops_sending_is_still_answered_and_that_is_kept() {
    let mut town = town();
    let commands = vec![Numbered::new(Seq(1), query(9))];
    town.say_amazon(1, &Commands { commands, ..Commands::default() });
    town.post(Letter::HungUp { connection: connection(1) });
    let said = messages(&mut town, Side::Amazon);
    assert_eq!(said[..3], [Said::Connect, Said::Connected, Said::Commands]);
    assert_eq!(said[said.len() - 2..], [Said::Responses, Said::Closed]);
    assert_eq!(said.iter().filter(|it| **it == Said::Connect).count(), 1, "told twice, kept once");
}

#[test]
fn what_flakiness_drops_is_counted_and_shown() {
    let link = LinkRules { flakiness: 50, seed: 3, ..LinkRules::default() };
    let mut town = town_with(Rules { link, ..Rules::default() });
    for seq in 1..=20 {
        town.ask_amazon(1, seq, query(9));
    }
    let said = messages(&mut town, Side::Amazon);
    let dropped = said.iter().filter(|said| **said == Said::Dropped).count() as u64;
    let tally = summary(&mut town).sides[Side::Amazon as usize].tally.clone();
    assert!((1..20).contains(&dropped));
    assert_eq!((tally.dropped, tally.received), (dropped, 20 - dropped));
}

#[test]
fn commands_are_counted_by_what_became_of_them() {
    let mut town = town();
    town.ask_amazon(1, 1, query(9));
    town.ask_amazon(1, 1, query(9));
    town.ask_amazon(1, 2, pack(7));
    town.ask_amazon(1, 3, buy());
    town.wait_ms(600);
    let summary = summary(&mut town);
    let [amazon, ups] = &summary.sides;
    assert_eq!((amazon.is_connected, amazon.unacked), (true, 2));
    let tally = &amazon.tally;
    assert_eq!((tally.received, tally.commands, tally.duplicates), (4, 3, 1));
    let refused: Vec<_> = tally.refused.iter().map(|(kind, count)| (*kind, *count)).collect();
    assert_eq!(refused, [("unknown_id", 2)]);
    assert_eq!((tally.resent, tally.sent), (2, 5));
    assert_eq!(ups.tally, Tally::default());
    assert_eq!(summary.population.warehouses, 1);
}

#[test]
fn a_look_changes_nothing() {
    let mut town = town();
    town.ask_amazon(1, 1, buy());
    town.heard_amazon(1);
    let (records, before) = (town.records.len(), town.simulation(WORLD).clone());
    for look in [
        Look::Summary,
        Look::Map,
        Look::Trucks { after: None, limit: 9 },
        Look::Shelves { warehouse: WAREHOUSE, after: None, limit: 9 },
        Look::Packages { status: None, after: None, limit: 0 },
        Look::Messages(Side::Ups),
    ] {
        assert!(!matches!(town.look(WORLD, look), View::Nothing | View::NoWorld));
    }
    assert_eq!(town.records.len(), records);
    assert_eq!(town.simulation(WORLD), &before);
    assert!(town.heard_amazon(1).is_empty());
}

#[test]
fn what_is_not_there_is_said_not_to_be() {
    let mut town = town();
    assert_eq!(town.look(WorldId(99), Look::Map), View::NoWorld);
    assert_eq!(town.look(WORLD, Look::Package(PackageId(5))), View::Nothing);
    let shelves = Look::Shelves { warehouse: WarehouseId(99), after: None, limit: 9 };
    assert_eq!(town.look(WORLD, shelves), View::Nothing);
}

#[test]
fn who_asks_for_the_messages_of_a_connection_that_failed_is_answered() {
    let mut town = town();
    town.lose(&Address::Connection(connection(1)));
    assert_eq!(messages(&mut town, Side::Amazon), []);
}

#[test]
fn worlds_are_listed_in_pages() {
    let mut town = town();
    town.open(3, Side::Ups);
    assert!(town.join_ups(3, None, &[]).is_good());
    let look = |town: &mut Town, after| {
        let reply = ReplyId(1);
        town.post(Letter::Directory(ToDirectory::Look { reply, after, limit: 1 }));
        match town.looked.pop() {
            Some((_, View::Worlds(part, count))) => (part.items[0].0, part.next, count),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(look(&mut town, None), (1, Some(WORLD), 2));
    assert_eq!(look(&mut town, Some(WORLD)), (2, None, 2));
}
