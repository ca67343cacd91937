//! Greetings to a world that has some of the trucks already.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use proptest::prelude::*;
use prost::Message as _;

use super::*;
use crate::{
    runtime::Disk as _,
    wire::{
        CONNECTED, Commands, Connected, Numbered, Responses,
        ups::{self, Command, Event},
    },
};

const ELSEWHERE: Point = Point::new(77, 77);

/// A carrier's link with its disk, and a world with some trucks.
struct Meeting {
    now: SimTime,
    disk: CarrierDisk,
    link: WorldLink,
    world: Neighbour,
    /// Groups that were made; crashes with so many, and whether the last of them is committed.
    groups: usize,
    crash: Option<(usize, bool)>,
}

#[derive(Default)]
struct Neighbour {
    trucks: BTreeSet<TruckId>,
    /// Acks questions and answers none.
    is_silent: bool,
    /// Does not even ack them.
    is_deaf: bool,
    /// Knows no truck when asked.
    denies: bool,
    connection: Option<(ConnectionId, bool)>,
    greetings: usize,
    dials: usize,
    questions: usize,
    seq: i64,
}

impl Neighbour {
    fn take(&mut self, output: Output) -> Vec<WorldInput> {
        match output {
            Output::Dial { connection } => {
                self.connection = Some((connection, false));
                self.dials += 1;
                vec![WorldInput::DialSucceeded { connection }]
            }
            Output::SendWorld { connection, bytes } => match self.connection {
                Some((mine, false)) if mine == connection => vec![self.greet(connection, &bytes)],
                Some((mine, true)) if mine == connection => vec![self.obey(connection, &bytes)],
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    fn greet(&mut self, connection: ConnectionId, bytes: &Bytes) -> WorldInput {
        self.greetings += 1;
        let greeting = ups::decode_connect(bytes).unwrap();
        let offered: BTreeSet<_> = greeting.initial.iter().map(|(truck, _)| *truck).collect();
        let is_good = self.trucks.is_disjoint(&offered);
        self.connection = Some((connection, is_good));
        if is_good {
            self.trucks.extend(offered);
        }
        let result =
            if is_good { CONNECTED } else { "error: warehouse_id/truck_id already exists." };
        let connected = Connected { world: WORLD, result: result.to_owned() };
        let bytes = ups::encode_connected(&connected).encode_to_vec().into();
        WorldInput::Received { connection, bytes }
    }

    fn obey(&mut self, connection: ConnectionId, bytes: &Bytes) -> WorldInput {
        let Commands { commands, .. } = ups::decode_commands(bytes).unwrap();
        let heard = commands.iter().filter(|_| !self.is_deaf);
        let acks = heard.map(|command| command.seq).collect();
        let mut events = Vec::new();
        for Numbered { seq, body } in commands {
            let Command::Query { truck } = body else { panic!("{body:?}") };
            self.questions += 1;
            let status = "IDLE".to_owned();
            let event = if self.trucks.contains(&truck) && !self.denies {
                Event::Truck { truck, status, at: ELSEWHERE }
            } else {
                Event::Failed { text: "who?".to_owned(), origin: seq }
            };
            if !self.is_silent {
                self.seq += 1;
                events.push(Numbered::new(Seq(self.seq), event));
            }
        }
        let responses = Responses { events, acks, finished: false };
        let bytes = ups::encode_responses(&responses).encode_to_vec().into();
        WorldInput::Received { connection, bytes }
    }
}

impl Meeting {
    /// `there`: trucks of the world's; the carrier wants 0 to `wanted`.
    fn new(wanted: u32, there: impl IntoIterator<Item = i32>) -> Self {
        let wanted = Wanted { trucks: wanted, world: Some(WORLD) };
        let disk = CarrierDisk::new("carrier-1", wanted);
        let trucks = there.into_iter().map(TruckId).collect();
        let world = Neighbour { trucks, ..Neighbour::default() };
        let link = restored(&disk);
        Self { now: at(1), disk, link, world, groups: 0, crash: None }
    }

    /// Two minutes, in which nobody has anything else to do.
    fn run(&mut self) {
        let end = at(120_000);
        while let Some(wake) = self.link.next_wake().filter(|wake| *wake < end) {
            self.now = self.now.max(wake) + std::time::Duration::from_micros(1);
            let mut out = Outbox::new();
            self.link.wake(self.now, &mut out);
            self.settle(out);
        }
    }

    fn settle(&mut self, out: Outbox<Carrier>) {
        self.groups += usize::from(!out.records.is_empty());
        let crash = self.crash.take_if(|(groups, _)| *groups == self.groups);
        if crash.is_none_or(|(_, is_committed)| is_committed) {
            out.records.iter().for_each(|record| self.disk.apply(record));
        }
        if crash.is_some() {
            self.link = restored(&self.disk);
            return;
        }
        for output in out.outputs {
            for input in self.world.take(output) {
                let mut out = Outbox::new();
                self.link.handle_input(self.now, &input, &mut out);
                self.settle(out);
            }
        }
    }

    /// What the link does with the world's answers to what it has sent.
    fn answered(&mut self, out: Outbox<Carrier>) -> Outbox<Carrier> {
        out.records.iter().for_each(|record| self.disk.apply(record));
        let mut next = Outbox::new();
        for input in out.outputs.into_iter().flat_map(|output| self.world.take(output)) {
            self.link.handle_input(self.now, &input, &mut next);
        }
        next
    }

    /// The carrier's trucks, where they are.
    fn ours(&self) -> BTreeMap<TruckId, Point> {
        self.disk.trucks.iter().map(|((_, truck), row)| (*truck, row.place)).collect()
    }

    fn check(&self, wanted: u32) {
        let all: BTreeSet<_> = (0..wanted).map(|id| TruckId(id as i32)).collect();
        assert_eq!(self.ours().into_keys().collect::<BTreeSet<_>>(), all, "as the carrier knows");
        assert!(self.world.trucks.is_superset(&all), "in the world: {:?}", self.world.trucks);
    }
}

fn restored(disk: &CarrierDisk) -> WorldLink {
    let known: Vec<_> = disk.trucks.keys().map(|(_, truck)| *truck).collect();
    let mut link = WorldLink::new(disk.wanted, disk.world, &known, disk.world_seq_used);
    for (truck, at) in &disk.added {
        link.with_added(*truck, *at, known.contains(truck));
    }
    link
}

impl Meeting {
    /// What is answered to the wish for so many more trucks.
    fn wish(&mut self, count: u32) -> Result<Vec<TruckId>, WishRefusal> {
        let letter = LinkLetter::AddTrucks { reply: ReplyId(9), count, at: DEPOT };
        let mut out = Outbox::new();
        self.link.handle(self.now, &letter, &mut out);
        let answer = out.outputs.iter().find_map(|output| match output {
            Output::TrucksWished { reply: ReplyId(9), outcome } => Some(outcome.clone()),
            _ => None,
        });
        self.settle(out);
        answer.expect("a wish is answered")
    }
}

const DEPOT: Point = Point::new(-40, 12);

#[test]
fn a_fleet_grows_while_it_is_connected_by_one_more_greeting() {
    let mut meeting = Meeting::new(2, []);
    meeting.run();
    assert_eq!(meeting.wish(3), Ok(vec![TruckId(2), TruckId(3), TruckId(4)]));
    meeting.run();
    meeting.check(5);
    assert_eq!((meeting.world.greetings, meeting.world.dials), (2, 2));
    assert_eq!(meeting.ours()[&TruckId(4)], DEPOT, "where it was wished for");
    assert_eq!(meeting.wish(1), Ok(vec![TruckId(5)]), "no number twice");
}

#[test]
fn a_wish_for_trucks_outlives_a_crash_whenever_it_comes() {
    for is_committed in [false, true] {
        let mut meeting = Meeting::new(2, []);
        meeting.run();
        meeting.crash = Some((meeting.groups + 1, is_committed));
        let _ = meeting.wish(2);
        assert_eq!(meeting.crash, None, "it has crashed");
        meeting.run();
        // A wish that was not committed was not answered either.
        meeting.check(if is_committed { 4 } else { 2 });
    }
}

#[test]
fn trucks_that_are_wished_for_and_in_the_world_already_are_asked_for() {
    let mut meeting = Meeting::new(2, [0, 1, 3]);
    meeting.run();
    assert_eq!(meeting.wish(2), Ok(vec![TruckId(2), TruckId(3)]));
    meeting.run();
    meeting.check(4);
    assert_eq!(meeting.ours()[&TruckId(3)], ELSEWHERE, "where the world says");
}

#[test]
fn a_wish_that_comes_while_the_world_is_greeted_is_in_the_next_greeting() {
    let mut meeting = Meeting::new(2, []);
    let mut out = Outbox::new();
    meeting.link.wake(meeting.now, &mut out);
    // The dial succeeds, the greeting is on its way.
    out = meeting.answered(out);
    assert!(out.outputs.iter().any(|output| matches!(output, Output::SendWorld { .. })));
    assert!(meeting.wish(1).is_ok());
    meeting.run();
    meeting.check(3);
}

#[test]
fn no_trucks_and_too_many_are_refused_with_the_bound() {
    let mut meeting = Meeting::new(8, []);
    assert_eq!(meeting.wish(0), Err(WishRefusal::None));
    let too_many = |would_be| Err(WishRefusal::TooMany { would_be, max: 10_000 });
    assert_eq!(meeting.wish(9_993), too_many(10_001));
    assert_eq!(meeting.wish(u32::MAX), too_many(u32::MAX as usize + 8));
    assert!(meeting.wish(9_992).is_ok());
}

#[test]
fn trucks_that_the_world_lacks_are_added_where_it_has_the_rest() {
    let mut meeting = Meeting::new(512, (0..512).filter(|id| id % 3 == 0));
    meeting.run();
    meeting.check(512);
    // All (refused), none, the rest.
    assert_eq!((meeting.world.greetings, meeting.world.dials), (3, 2));
    assert_eq!(meeting.ours()[&TruckId(0)], ELSEWHERE, "where the world says");
    assert_eq!(meeting.ours()[&TruckId(1)], start_place(TruckId(1)), "where it was put");
}

#[test]
fn a_world_that_answers_no_question_is_believed_to_have_the_trucks() {
    let mut meeting = Meeting::new(8, 0..8);
    meeting.world.is_silent = true;
    meeting.run();
    meeting.check(8);
    assert_eq!(meeting.world.dials, 1);
}

#[test]
fn a_world_that_does_not_even_ack_questions_is_believed_to_have_the_trucks() {
    let mut meeting = Meeting::new(8, 0..8);
    (meeting.world.is_silent, meeting.world.is_deaf) = (true, true);
    meeting.run();
    meeting.check(8);
    assert_eq!(meeting.world.dials, 1);
}

#[test]
fn a_world_that_denies_trucks_and_refuses_them_is_not_asked_for_ever() {
    let mut meeting = Meeting::new(8, 0..8);
    meeting.world.denies = true;
    meeting.run();
    meeting.check(8);
    assert_eq!((meeting.world.greetings, meeting.world.dials), (4, 2));
}

#[test]
fn a_survey_that_is_cut_off_is_made_again() {
    let mut meeting = Meeting::new(4, [1]);
    for _ in 0..2 {
        let mut out = Outbox::new();
        meeting.link.wake(meeting.now, &mut out);
        for _said in ["the dial", "the offer", "the greeting without trucks"] {
            out = meeting.answered(out);
        }
        assert_eq!(meeting.link.unacked_count(), 4, "a question for each");
        let (connection, _) = meeting.world.connection.unwrap();
        meeting.link.handle_input(meeting.now, &WorldInput::Lost { connection }, &mut out);
        assert_eq!(meeting.link.unacked_count(), 0, "which nobody will answer");
        meeting.now = meeting.link.next_wake().unwrap();
    }
    meeting.run();
    meeting.check(4);
}

#[test]
fn a_crash_before_or_after_any_commit_loses_no_truck() {
    let there = [0, 1, 4, 6];
    let mut whole = Meeting::new(8, there);
    whole.run();
    assert!(whole.groups >= 3, "joining, what is found, the rest: {}", whole.groups);
    for crash in (1..=whole.groups).flat_map(|group| [(group, false), (group, true)]) {
        let mut meeting = Meeting::new(8, there);
        meeting.crash = Some(crash);
        meeting.run();
        assert_eq!(meeting.crash, None, "it has crashed");
        meeting.check(8);
    }
}

proptest! {
    #[test]
    fn any_overlap_ends_with_all_trucks_there_in_bounded_steps(
        wanted in 1_u32..60,
        there in proptest::collection::btree_set(0_i32..60, 0..60),
    ) {
        let mut meeting = Meeting::new(wanted, there);
        meeting.run();
        meeting.check(wanted);
        let world = &meeting.world;
        prop_assert!(world.greetings <= 3 && world.dials <= 2);
        prop_assert!(world.questions <= wanted as usize + 2, "{} questions", world.questions);
    }
}
