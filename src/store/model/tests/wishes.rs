//! What an admin wants of the connection to the world.

use prost::Message as _;

use super::bench::{Bench, CUP, NORTH, SOUTH, TEA, opening};
use crate::{
    basis::{PackageId, PurchaseId, Seq, WorldId},
    runtime::ReplyId,
    store::model::{
        Letter, Output, Record,
        outputs::LinkName,
        wishes::{LinkView, Look, Matter, Wish, WishRefusal, WorldWish},
    },
    wire::{Commands, amazon},
};

const REPLY: ReplyId = ReplyId(500);

/// Makes a wish; gives what came of it, and leaves the other outputs where they are.
fn wish(bench: &mut Bench, wish: Wish) -> Result<(), WishRefusal> {
    bench.post(Letter::Wish(WorldWish { reply: REPLY, wish }));
    let answered = bench.outputs.iter().rposition(|it| matches!(it, Output::Wished { .. }));
    match bench.outputs.remove(answered.expect("was answered")) {
        Output::Wished { reply: REPLY, outcome } => outcome,
        other => panic!("{other:?}"),
    }
}

fn look(bench: &mut Bench, link: LinkName, after: i64) -> LinkView {
    bench.post(Letter::Look(Look { reply: REPLY, link, after: Seq(after), limit: 100 }));
    match bench.outputs.pop() {
        Some(Output::Looked { reply: REPLY, view }) => view,
        other => panic!("{other:?}"),
    }
}

/// What is on its way to the world, after the hello.
fn sent(bench: &Bench) -> Vec<Commands<amazon::Command>> {
    let bytes = bench.outputs.iter().filter_map(|output| match output {
        Output::SendWorld { bytes, .. } => Some(bytes),
        _ => None,
    });
    bytes.map(|bytes| amazon::decode_commands(bytes).unwrap()).collect()
}

#[test]
fn a_store_that_was_disconnected_says_so_to_the_world_and_stays_so_over_a_restart() {
    let mut bench = Bench::stocked();
    let dials = bench.world.dials;
    bench.outputs.clear();
    assert_eq!(wish(&mut bench, Wish::Disconnect), Ok(()));
    assert_eq!(bench.groups.last(), Some(&vec![Record::WorldHeld(true)]));
    let said = sent(&bench);
    assert!(matches!(said.as_slice(), [Commands { disconnect: true, .. }]), "{said:?}");
    let hung_up = bench.outputs.iter().any(|it| matches!(it, Output::HangUp { .. }));
    assert!(hung_up, "{:?}", bench.outputs);
    bench.order(1, &[(TEA, 1)]);
    bench.settle();
    bench.crash();
    bench.settle();
    // Whom the carrier tells where it is, too.
    bench.set_world(1);
    bench.settle();
    assert_eq!(bench.world.dials, dials);
    assert_eq!(bench.disk.packages.len(), 1, "the order waits");
    assert!(look(&mut bench, LinkName::World, 0).wishes.is_held);
    assert_eq!(wish(&mut bench, Wish::Connect(None)), Ok(()));
    bench.settle();
    assert!(bench.world.dials > dials);
    assert!(bench.disk.packages.is_empty(), "the order went on: {:?}", bench.disk.packages);
    assert!(!bench.disk.world_held);
}

#[test]
fn another_world_is_refused_an_admin_too_while_packages_are_under_way() {
    let mut bench = Bench::stocked();
    bench.world.held = true;
    bench.order(1, &[(TEA, 1)]);
    bench.serve_peers();
    let refusal = Err(WishRefusal::UnderWay { world: WorldId(1), packages: 1 });
    assert_eq!(wish(&mut bench, Wish::Connect(Some(WorldId(2)))), refusal);
    assert_eq!(wish(&mut bench, Wish::ConnectToNew), refusal);
    assert_eq!(bench.disk.world, Some(WorldId(1)));
}

#[test]
fn without_a_world_there_is_nothing_to_connect_to() {
    let mut bench = Bench::new(opening());
    assert_eq!(wish(&mut bench, Wish::Connect(None)), Err(WishRefusal::NoWorld));
    assert_eq!(wish(&mut bench, Wish::Connect(Some(WorldId(4)))), Ok(()));
    bench.settle();
    assert_eq!(bench.disk.world, Some(WorldId(4)));
    assert!(bench.world.connection.is_some());
}

#[test]
fn a_new_world_gets_every_warehouse_and_everything_is_bought_there() {
    let mut bench = Bench::stocked();
    bench.world.found = WorldId(9);
    bench.world.warehouses.clear();
    let before = bench.world.commands.len();
    assert_eq!(wish(&mut bench, Wish::ConnectToNew), Ok(()));
    assert_eq!(bench.disk.world, None, "in none until it is made");
    bench.settle();
    assert_eq!(bench.disk.world, Some(WorldId(9)));
    for warehouse in [NORTH, SOUTH] {
        assert!(bench.disk.registered.contains(&(WorldId(9), warehouse)));
    }
    assert!(bench.world.commands.len() > before, "shelves are filled");
    assert!(bench.disk.stock[&(NORTH, CUP)] > 0);
    assert!(!look(&mut bench, LinkName::World, 0).wishes.new_world);
    bench.order(1, &[(TEA, 1)]);
    bench.settle();
    assert!(bench.disk.packages.is_empty());
}

#[test]
fn a_speed_goes_with_every_message_until_the_world_is_known_to_have_heard_it() {
    let mut bench = Bench::stocked();
    bench.serve_peers();
    bench.world.held = true;
    assert_eq!(wish(&mut bench, Wish::Speed(Some(5_000))), Ok(()));
    assert_eq!(bench.disk.world_speed, Some(5_000));
    bench.order(1, &[(TEA, 1)]);
    bench.wake_due();
    let first = sent(&bench);
    assert!(!first.is_empty() && first.iter().all(|it| it.simspeed == Some(5_000)), "{first:?}");
    assert!(!look(&mut bench, LinkName::World, 0).wishes.is_speed_told);
    // Nothing is acked; then everything.
    bench.outputs.clear();
    bench.now += std::time::Duration::from_secs(1);
    bench.wake_due();
    let again = sent(&bench);
    assert!(!again.is_empty() && again.iter().all(|it| it.simspeed == Some(5_000)), "{again:?}");
    bench.world.held = false;
    bench.settle();
    assert!(look(&mut bench, LinkName::World, 0).wishes.is_speed_told);
    bench.order(2, &[(TEA, 1)]);
    bench.wake_due();
    let later = sent(&bench);
    assert!(!later.is_empty() && later.iter().all(|it| it.simspeed.is_none()), "{later:?}");
}

#[test]
fn a_speed_is_told_again_on_the_next_connection_and_after_a_restart() {
    let mut bench = Bench::stocked();
    wish(&mut bench, Wish::Speed(Some(70))).unwrap();
    bench.settle();
    assert_eq!(bench.world.speeds, [70]);
    bench.crash();
    bench.settle();
    assert_eq!(bench.world.speeds, [70, 70]);
    wish(&mut bench, Wish::Speed(None)).unwrap();
    bench.crash();
    bench.settle();
    assert_eq!(bench.world.speeds, [70, 70], "left to others");
}

#[test]
fn what_is_outstanding_is_seen_with_what_it_is_for() {
    let mut bench = Bench::stocked();
    (bench.world.held, bench.carrier.held) = (true, true);
    bench.order(1, &[(CUP, 1)]);
    bench.serve_peers();
    bench.wake_due();
    let view = look(&mut bench, LinkName::World, 0);
    assert_eq!((view.unacked, view.packages), (view.outstanding.len(), 1));
    let matters: Vec<_> = view.outstanding.iter().map(|it| it.matter).collect();
    let (order, package, warehouse) = (crate::basis::OrderId(1), PackageId(1), NORTH);
    assert!(matters.contains(&Matter::Pack { order: Some(order), package, warehouse }));
    let is_buy = |it: &Matter| matches!(it, Matter::Buy { purchase: PurchaseId(1..), .. });
    assert!(matters.iter().any(is_buy), "{matters:?}");
    let last = view.outstanding.last().unwrap().seq;
    assert_eq!(look(&mut bench, LinkName::World, last.0).outstanding, []);

    let view = look(&mut bench, LinkName::Carrier, 0);
    let matters: Vec<_> = view.outstanding.iter().map(|it| it.matter).collect();
    assert_eq!(matters, [Matter::Tell { what: "shipment created", order, package }]);
    assert_eq!(view.outstanding[0].sends, 1);
}

#[test]
fn a_hello_for_a_new_world_names_none() {
    let mut bench = Bench::new(opening());
    wish(&mut bench, Wish::ConnectToNew).unwrap();
    let Some(Output::Dial { connection }) =
        bench.outputs.iter().rfind(|it| matches!(it, Output::Dial { .. })).cloned()
    else {
        panic!("{:?}", bench.outputs)
    };
    bench.outputs.clear();
    let dialled = crate::store::model::WorldInput::DialSucceeded { connection };
    bench.post(Letter::World(dialled));
    let Some(Output::SendWorld { bytes, .. }) = bench.outputs.first() else {
        panic!("{:?}", bench.outputs)
    };
    let hello = amazon::decode_connect(bytes).unwrap();
    assert_eq!((hello.world, hello.initial.len()), (None, 2));
    assert!(amazon::encode_connect(&hello).encoded_len() > 0);
}
