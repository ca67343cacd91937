//! The links to world and store.

use std::time::Duration;

use bytes::Bytes;
use prost::Message as _;

use super::*;
use crate::wire::{
    Commands, Connect, Connected, Numbered, Responses,
    dialect::code,
    ups::{self, Command, Event},
};

const PICKUP: Errand = Errand::Pickup { shipment: SHIPMENT, warehouse: WAREHOUSE };

fn link() -> WorldLink {
    WorldLink::new(Wanted { trucks: 2, world: None }, None, &[], Seq::ZERO)
}

fn connected(world: i64, result: &str) -> Bytes {
    let connected = Connected { world: WorldId(world), result: result.to_owned() };
    Bytes::from(ups::encode_connected(&connected).encode_to_vec())
}

fn says(events: Vec<(i64, Event)>, acks: &[i64]) -> Bytes {
    let events = events.into_iter().map(|(seq, body)| Numbered::new(Seq(seq), body)).collect();
    let acks = acks.iter().map(|seq| Seq(*seq)).collect();
    let responses = Responses { events, acks, finished: false };
    Bytes::from(ups::encode_responses(&responses).encode_to_vec())
}

fn frames(outputs: &[Output]) -> Vec<Bytes> {
    let frame = |output: &Output| match output {
        Output::SendWorld { bytes, .. } => Some(bytes.clone()),
        _ => None,
    };
    outputs.iter().filter_map(frame).collect()
}

fn greeting(out: &mut Outbox<Carrier>) -> Connect<TruckId> {
    ups::decode_connect(&frames(&take(out).2)[0]).unwrap()
}

/// What it sends when it is woken.
fn sent(link: &mut WorldLink, now: SimTime, out: &mut Outbox<Carrier>) -> Commands<Command> {
    out.clear();
    link.wake(now, out);
    let frames = frames(&take(out).2);
    assert!(frames.len() <= 1, "what is ready travels together");
    frames.first().map_or_else(Commands::default, |bytes| ups::decode_commands(bytes).unwrap())
}

fn dial(link: &mut WorldLink, now: SimTime, out: &mut Outbox<Carrier>) -> ConnectionId {
    link.wake(now, out);
    let dialled = take(out).2.into_iter().find_map(|output| match output {
        Output::Dial { connection } => Some(connection),
        _ => None,
    });
    let connection = dialled.expect("it dials");
    link.handle_input(now, &WorldInput::DialSucceeded { connection }, out);
    connection
}

fn hear(
    link: &mut WorldLink,
    now: SimTime,
    connection: ConnectionId,
    bytes: Bytes,
    out: &mut Outbox<Carrier>,
) {
    link.handle_input(now, &WorldInput::Received { connection, bytes }, out);
}

fn open(link: &mut WorldLink, now: SimTime, out: &mut Outbox<Carrier>) -> ConnectionId {
    let connection = dial(link, now, out);
    hear(link, now, connection, connected(7, "connected!"), out);
    out.clear();
    connection
}

fn order(link: &mut WorldLink, now: SimTime, errand: Errand, out: &mut Outbox<Carrier>) {
    link.handle(now, &LinkLetter::Order(TruckOrder { truck: TRUCK, errand }), out);
}

#[test]
fn a_new_world_is_made_with_all_trucks_and_remembered() {
    let (mut link, mut out) = (link(), Outbox::new());
    let connection = dial(&mut link, at(1), &mut out);
    let greeting = greeting(&mut out);
    assert_eq!((greeting.world, greeting.initial.len(), greeting.is_amazon), (None, 2, false));
    hear(&mut link, at(2), connection, connected(7, "connected!"), &mut out);
    let (letters, records, outputs) = take(&mut out);
    let trucks = greeting.initial;
    assert_eq!(records, [Record::WorldJoined { world: WORLD, trucks }]);
    assert_eq!(letters.len(), 4, "two trucks, the dispatcher, the peer: {letters:?}");
    assert!(letters.contains(&Letter::Peer(PeerLetter::WorldJoined { world: WORLD })));
    assert!(outputs.contains(&Output::WorldStatus(WorldStatus::Connected { world: WORLD })));
    // The next connection joins without them.
    link.handle_input(at(3), &WorldInput::Lost { connection }, &mut out);
    out.clear();
    let wake = link.next_wake().unwrap();
    let connection = dial(&mut link, wake, &mut out);
    let again = super::links::greeting(&mut out);
    assert_eq!((again.world, again.initial.len()), (Some(WORLD), 0));
    hear(&mut link, at(4), connection, connected(7, "connected!"), &mut out);
    assert_eq!(take(&mut out).1, []);
}

#[test]
fn a_world_that_has_a_truck_already_is_joined_without_any_and_asked_for_each() {
    let wanted = Wanted { trucks: 2, world: Some(WORLD) };
    let (mut link, mut out) = (WorldLink::new(wanted, None, &[], Seq::ZERO), Outbox::new());
    let connection = dial(&mut link, at(1), &mut out);
    assert_eq!(greeting(&mut out).initial.len(), 2);
    let refusal = "error: warehouse_id/truck_id already exists.";
    hear(&mut link, at(2), connection, connected(7, refusal), &mut out);
    let second = greeting(&mut out);
    assert_eq!((second.world, second.initial.len()), (Some(WORLD), 0));
    hear(&mut link, at(3), connection, connected(7, "connected!"), &mut out);
    let joined = Record::WorldJoined { world: WORLD, trucks: vec![] };
    assert_eq!(take(&mut out).1, [joined, Record::WorldNumberUsed { seq: Seq(2) }]);
    let asked = sent(&mut link, at(3), &mut out).commands;
    let question = |seq, truck| Numbered::new(Seq(seq), Command::Query { truck: TruckId(truck) });
    assert_eq!(asked, [question(1, 0), question(2, 1)]);
    let here = Event::Truck { truck: TruckId(1), status: "IDLE".to_owned(), at: HOME };
    let unknown = Event::Failed { text: "who?".to_owned(), origin: Seq(1) };
    hear(&mut link, at(4), connection, says(vec![(1, here), (2, unknown)], &[1, 2]), &mut out);
    let (letters, records, outputs) = take(&mut out);
    let trucks = vec![(TruckId(1), HOME)];
    assert_eq!(records, [Record::WorldJoined { world: WORLD, trucks: trucks.clone() }]);
    let fleet = DispatcherLetter::FleetJoined { world: WORLD, trucks };
    assert!(letters.contains(&Letter::Dispatcher(fleet)), "{letters:?}");
    // The other one is offered on a new connection.
    assert!(matches!(&outputs[..2], [Output::HangUp { .. }, Output::Dial { .. }]), "{outputs:?}");
}

#[test]
fn a_world_that_refuses_is_asked_later_and_later_for_ever() {
    let (mut link, mut out) = (link(), Outbox::new());
    let (mut now, mut pauses) = (at(1), Vec::new());
    for _ in 0..9 {
        let connection = dial(&mut link, now, &mut out);
        out.clear();
        hear(&mut link, now, connection, connected(1, "error: taken"), &mut out);
        assert!(out.outputs.contains(&Output::HangUp { connection }));
        let wake = link.next_wake().unwrap();
        pauses.push(wake.since(now));
        now = wake;
    }
    assert_eq!(pauses[0], Duration::from_millis(200));
    assert_eq!(pauses[8], Duration::from_secs(10));
    assert!(pauses.is_sorted());
}

#[test]
fn an_unanswered_command_travels_again_under_its_number_on_the_next_connection() {
    let (mut link, mut out) = (link(), Outbox::new());
    let connection = open(&mut link, at(1), &mut out);
    order(&mut link, at(2), PICKUP, &mut out);
    assert_eq!(
        take(&mut out).1,
        [Record::TruckCommanded { world: WORLD, truck: TRUCK, seq: Seq(1) }]
    );
    let first = sent(&mut link, at(2), &mut out);
    order(&mut link, at(2), PICKUP, &mut out);
    assert!(out.is_empty(), "ordered already");
    link.handle_input(at(3), &WorldInput::Lost { connection }, &mut out);
    let wake = link.next_wake().unwrap();
    let connection = open(&mut link, wake, &mut out);
    assert_eq!(sent(&mut link, wake, &mut out), first);
    hear(&mut link, wake, connection, says(vec![], &[1]), &mut out);
    assert_eq!(link.unacked_count(), 0);
}

#[test]
fn an_event_is_acked_after_its_effect_and_acked_again_when_it_comes_again() {
    let (mut link, mut out) = (link(), Outbox::new());
    let connection = open(&mut link, at(1), &mut out);
    let arrival = |seq| {
        let status = "ARRIVE WAREHOUSE".to_owned();
        (seq, Event::Finished { truck: TRUCK, at: HOME, status })
    };
    hear(&mut link, at(2), connection, says(vec![arrival(4), arrival(9)], &[]), &mut out);
    assert_eq!(take(&mut out).0.len(), 2, "both go to the truck");
    hear(&mut link, at(2), connection, says(vec![arrival(4)], &[]), &mut out);
    assert!(take(&mut out).0.is_empty(), "it is being done");
    assert_eq!(sent(&mut link, at(2), &mut out), Commands::default());
    for seq in [4, 9] {
        link.handle(at(3), &LinkLetter::Settled { seq: Seq(seq) }, &mut out);
    }
    assert_eq!(sent(&mut link, at(3), &mut out).acks, [Seq(4), Seq(9)]);
    hear(&mut link, at(4), connection, says(vec![arrival(4)], &[]), &mut out);
    assert!(take(&mut out).0.is_empty(), "done once");
    assert_eq!(sent(&mut link, at(4), &mut out).acks, [Seq(4)]);
}

#[test]
fn a_refusal_is_saved_before_it_is_acked_and_the_errand_gets_a_new_number() {
    let (mut link, mut out) = (link(), Outbox::new());
    let connection = open(&mut link, at(1), &mut out);
    order(&mut link, at(2), PICKUP, &mut out);
    sent(&mut link, at(2), &mut out);
    let failed = Event::Failed { text: "no".to_owned(), origin: Seq(1) };
    hear(&mut link, at(3), connection, says(vec![(5, failed)], &[1]), &mut out);
    let (letters, records, _) = take(&mut out);
    assert_eq!(records, [Record::CommandFailed { world: WORLD, truck: TRUCK }]);
    let told = TruckLetter::CommandFailed { errand: PICKUP, text: "no".to_owned() };
    assert_eq!(letters, [Letter::Truck(WORLD, TRUCK, told)]);
    order(&mut link, at(4), PICKUP, &mut out);
    let next = sent(&mut link, at(4), &mut out);
    assert_eq!((next.commands[0].seq, next.acks), (Seq(2), vec![Seq(5)]));
}

#[test]
fn a_world_that_acks_nothing_is_left_and_one_that_says_nothing_is_asked() {
    let (mut link, mut out) = (link(), Outbox::new());
    open(&mut link, at(1), &mut out);
    assert_eq!(link.next_wake(), Some(at(60_001)));
    let probe = {
        link.wake(at(60_001), &mut out);
        assert_eq!(take(&mut out).1, [Record::WorldNumberUsed { seq: Seq(1) }]);
        sent(&mut link, at(60_001), &mut out)
    };
    assert_eq!(probe.commands[0].body, Command::Query { truck: TRUCK });
    let mut now = at(60_002);
    while now < at(90_001) {
        out.clear();
        link.wake(now, &mut out);
        now = link.next_wake().unwrap();
    }
    out.clear();
    link.wake(now, &mut out);
    assert!(out.outputs.iter().any(|output| matches!(output, Output::HangUp { .. })), "{out:?}");
}

fn peer() -> StorePeer {
    let finished = Finished::of_ranges([(PackageId(1), PackageId(3))]);
    StorePeer::new("carrier-1".to_owned(), Seq(1), Some(WORLD), finished, at(0))
}

fn posts(outputs: &[Output]) -> Vec<(PostId, Vec<Envelope<ToStore>>)> {
    let post = |output: &Output| match output {
        Output::Post { post, envelopes } => Some((*post, envelopes.clone())),
        _ => None,
    };
    outputs.iter().filter_map(post).collect()
}

/// Wakes it; what it posts.
fn posted(
    peer: &mut StorePeer,
    now: SimTime,
    out: &mut Outbox<Carrier>,
) -> (PostId, Vec<Envelope<ToStore>>) {
    out.clear();
    peer.wake(now, out);
    let mut posts = posts(&out.outputs);
    assert_eq!(posts.len(), 1, "one post at a time: {posts:?}");
    posts.remove(0)
}

fn answer(
    peer: &mut StorePeer,
    now: SimTime,
    post: PostId,
    answers: Result<Vec<Answer>, String>,
    out: &mut Outbox<Carrier>,
) {
    peer.handle_input(now, &StoreInput::Posted { post, result: answers }, out);
}

fn told(peer: &mut StorePeer, now: SimTime, out: &mut Outbox<Carrier>) {
    let (post, envelopes) = posted(peer, now, out);
    assert_eq!(envelopes[0].message, ToStore::SetWorld { world: WORLD });
    answer(peer, now, post, Ok(vec![Answer::done(None, "")]), out);
}

fn delivered(shipment: i64) -> PeerLetter {
    PeerLetter::Notify(ToStore::ShipmentDelivered {
        shipment: PackageId(shipment),
        destination: None,
    })
}

#[test]
fn the_world_is_told_first_and_alone_and_again_after_a_failure() {
    let (mut peer, mut out) = (peer(), Outbox::new());
    peer.handle(at(1), &delivered(8), &mut out);
    told(&mut peer, at(1), &mut out);
    let (post, first) = posted(&mut peer, at(2), &mut out);
    assert_eq!(first.len(), 1);
    answer(&mut peer, at(3), post, Err("gone".to_owned()), &mut out);
    let unreachable = StoreStatus::Unreachable { reason: "gone".to_owned() };
    assert!(out.outputs.contains(&Output::StoreStatus(unreachable)));
    let wake = peer.next_wake().unwrap();
    assert!(wake > at(3));
    told(&mut peer, wake, &mut out);
    let (_, again) = posted(&mut peer, wake, &mut out);
    assert_eq!(again, first, "under the same number");
}

#[test]
fn a_post_whose_result_is_lost_is_given_up_and_posted_again() {
    let (mut peer, mut out) = (peer(), Outbox::new());
    peer.handle(at(1), &delivered(8), &mut out);
    told(&mut peer, at(1), &mut out);
    let (lost, first) = posted(&mut peer, at(2), &mut out);
    let until = peer.next_wake().unwrap();
    assert_eq!(until, at(60_002));
    peer.wake(until, &mut out);
    let retry = peer.next_wake().unwrap();
    told(&mut peer, retry, &mut out);
    let (_, again) = posted(&mut peer, retry, &mut out);
    assert_eq!(again, first, "under the same number");
    out.clear();
    answer(&mut peer, retry, lost, Err("too late".to_owned()), &mut out);
    assert!(out.is_empty(), "{out:?}");
}

#[test]
fn messages_travel_together_in_order_and_numbers_are_reserved_before() {
    let (mut peer, mut out) = (peer(), Outbox::new());
    for shipment in 10..13 {
        peer.handle(at(1), &delivered(shipment), &mut out);
    }
    assert_eq!(take(&mut out).1, [Record::StoreNumbersReserved { below: Seq(1025) }]);
    told(&mut peer, at(1), &mut out);
    let (post, envelopes) = posted(&mut peer, at(2), &mut out);
    let seqs: Vec<_> = envelopes.iter().filter_map(|envelope| envelope.seq).collect();
    assert_eq!(seqs, [Seq(1), Seq(2), Seq(3)]);
    out.clear();
    let later = Answer::refused(None, code::INTERNAL, "later");
    let unknown = Answer::refused(Some(Seq(3)), code::SHIPMENT_NOT_FOUND, "who?");
    let answers = vec![Answer::done(None, ""), later, unknown];
    answer(&mut peer, at(3), post, Ok(answers), &mut out);
    let saved: Vec<_> = take(&mut out).1;
    let expected = [10, 12].map(|id| Record::StoreTold { shipment: PackageId(id) });
    assert_eq!(saved, expected, "only what may change by itself is said again");
    let wake = peer.next_wake().unwrap();
    let (_, envelopes) = posted(&mut peer, wake, &mut out);
    assert_eq!(envelopes.iter().filter_map(|e| e.seq).collect::<Vec<_>>(), [Seq(2)]);
}

#[test]
fn a_stranger_that_does_not_know_a_shipment_yet_is_told_of_it_again_but_not_for_ever() {
    for doubt in [code::SHIPMENT_NOT_FOUND, code::UNSAID] {
        let (mut peer, mut out) = (peer(), Outbox::new());
        peer.handle(at(1), &delivered(10), &mut out);
        told(&mut peer, at(1), &mut out);
        let (mut now, mut sends) = (at(2), 0);
        while peer.unacked_count() > 0 {
            let (post, envelopes) = posted(&mut peer, now, &mut out);
            assert_eq!(envelopes.len(), 1);
            sends += 1;
            let unknown = Answer::refused(None, doubt, "who?");
            answer(&mut peer, now, post, Ok(vec![unknown]), &mut out);
            now = peer.next_wake().unwrap_or(now);
        }
        assert_eq!(sends, 10, "code {doubt}");
        let saved: Vec<_> = take(&mut out).1;
        assert!(saved.contains(&Record::StoreTold { shipment: PackageId(10) }), "{saved:?}");
    }
}

#[test]
fn a_post_is_answered_when_all_its_messages_are_and_in_their_order() {
    let (mut peer, mut out) = (peer(), Outbox::new());
    let envelope = |shipment| Envelope {
        seq: Some(Seq(shipment)),
        sender: Some("store-1".to_owned()),
        message: created(PackageId(shipment)),
    };
    let envelopes = vec![envelope(20), envelope(2), envelope(21)];
    let reply = ReplyId(1);
    peer.handle_input(at(1), &StoreInput::Received { reply, envelopes }, &mut out);
    let (letters, _, outputs) = take(&mut out);
    assert_eq!((letters.len(), outputs.len()), (2, 0), "shipment 2 is finished: {letters:?}");
    for (index, words) in [(2, "third"), (0, "first"), (0, "again")] {
        let answer = Answer::done(Some(Seq(1)), words);
        peer.handle(at(2), &PeerLetter::Answered { request: request(index), answer }, &mut out);
    }
    let outputs = take(&mut out).2;
    let [Output::AnswerStore { reply: ReplyId(1), answers }] = &outputs[..] else {
        panic!("{outputs:?}")
    };
    let Ok(Content::Acknowledged { tracking_number: Some(number), .. }) = &answers[1].outcome
    else {
        panic!("{answers:?}")
    };
    assert_eq!(*number, tracking_number(PackageId(2)), "the same answer as the first time");
    assert_eq!(answers[0], Answer::done(Some(Seq(1)), "first"));
    assert_eq!(answers[2], Answer::done(Some(Seq(1)), "third"));
}

#[test]
fn an_empty_post_is_answered_at_once() {
    let (mut peer, mut out) = (peer(), Outbox::new());
    let input = StoreInput::Received { reply: ReplyId(1), envelopes: vec![] };
    peer.handle_input(at(1), &input, &mut out);
    assert_eq!(take(&mut out).2, [Output::AnswerStore { reply: ReplyId(1), answers: vec![] }]);
}

#[test]
fn a_store_is_not_judged_by_posts_that_nobody_says_anything_about() {
    let (mut peer, mut out) = (peer(), Outbox::new());
    let (mut post, told) = posted(&mut peer, at(1), &mut out);
    for _ in 0..3 {
        let given_up = peer.next_wake().unwrap();
        out.clear();
        peer.wake(given_up, &mut out);
        assert_eq!(out.outputs, [], "it may not have left our house");
        let retry_at = peer.next_wake().unwrap();
        let (again, same) = posted(&mut peer, retry_at, &mut out);
        assert_eq!(same, told);
        assert!(again > post);
        post = again;
    }
}
