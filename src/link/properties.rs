//! Properties of the two halves together, over a network that does anything:
//! loses, repeats, reorders, and restarts the receiver from what it kept.

use std::{collections::BTreeMap, time::Duration};

use proptest::prelude::*;

use super::{Inbound, Outbound, Receipt, ResendPolicy, SeqRanges};
use crate::basis::{Seq, SimTime};

const WINDOW: usize = 2;
const POLICY: ResendPolicy = ResendPolicy {
    first: Duration::from_millis(5),
    cap: Duration::from_millis(20),
    window: WINDOW,
};
const RANGES_MAX: usize = POLICY.ranges_needed();
const IN_PROGRESS_MAX: usize = 16;

/// One thing that happens. The numbers choose which of the candidates.
#[derive(Debug, Clone)]
enum Step {
    Push,
    Poll,
    DeliverMessage(usize),
    RepeatMessage(usize),
    LoseMessage(usize),
    SettleOne(usize),
    SendAcks,
    DeliverAck(usize),
    LoseAck(usize),
    Reconnect,
    /// The receiver stops, and starts from its serialized state.
    RestartReceiver,
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => Just(Step::Push),
        6 => Just(Step::Poll),
        8 => any::<usize>().prop_map(Step::DeliverMessage),
        3 => any::<usize>().prop_map(Step::RepeatMessage),
        3 => any::<usize>().prop_map(Step::LoseMessage),
        6 => any::<usize>().prop_map(Step::SettleOne),
        4 => Just(Step::SendAcks),
        6 => any::<usize>().prop_map(Step::DeliverAck),
        3 => any::<usize>().prop_map(Step::LoseAck),
        1 => Just(Step::Reconnect),
        1 => Just(Step::RestartReceiver),
        4 => (0_u64..30).prop_map(Step::Wait),
    ]
}

/// Both halves, the two directions between them, and what the receiver did.
struct Pair {
    now: SimTime,
    pushed: i64,
    /// Distance between the numbers: a peer may count others' messages too.
    stride: i64,
    outbound: Outbound<i64>,
    messages: Vec<(Seq, i64)>,
    inbound: Inbound,
    /// Received and being done; forgotten by a restart.
    doing: Vec<(Seq, i64)>,
    done: BTreeMap<i64, u32>,
    acks: Vec<Seq>,
}

impl Pair {
    fn new(stride: i64) -> Self {
        let mut outbound = Outbound::new(POLICY);
        outbound.open(SimTime::ZERO);
        Self {
            now: SimTime::ZERO,
            pushed: 0,
            stride,
            outbound,
            messages: Vec::new(),
            inbound: Inbound::new(RANGES_MAX, IN_PROGRESS_MAX),
            doing: Vec::new(),
            done: BTreeMap::new(),
            acks: Vec::new(),
        }
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Push => {
                self.pushed += 1;
                self.outbound.push(self.now, Seq(self.pushed * self.stride), self.pushed);
            }
            Step::Poll => {
                let sent = self.outbound.poll(self.now, 5);
                self.messages.extend(sent);
            }
            Step::DeliverMessage(choice) => {
                if let Some((seq, message)) = remove(&mut self.messages, *choice) {
                    self.receive(seq, message);
                }
            }
            Step::RepeatMessage(choice) => {
                if !self.messages.is_empty() {
                    let again = self.messages[choice % self.messages.len()];
                    self.messages.push(again);
                }
            }
            Step::LoseMessage(choice) => {
                remove(&mut self.messages, *choice);
            }
            Step::SettleOne(choice) => {
                if let Some((seq, message)) = remove(&mut self.doing, *choice) {
                    *self.done.entry(message).or_default() += 1;
                    self.inbound.settle(seq);
                }
            }
            Step::SendAcks => self.acks.extend(self.inbound.take_acks()),
            Step::DeliverAck(choice) => {
                if let Some(seq) = remove(&mut self.acks, *choice) {
                    self.acknowledge(seq);
                }
            }
            Step::LoseAck(choice) => {
                remove(&mut self.acks, *choice);
            }
            Step::Reconnect => {
                self.outbound.close();
                assert_eq!(self.outbound.next_wake(), None, "a closed half sends nothing");
                self.outbound.open(self.now);
            }
            Step::RestartReceiver => self.restart_receiver(),
            Step::Wait(ms) => self.now += Duration::from_millis(*ms),
        }
        self.check_bounds();
    }

    fn receive(&mut self, seq: Seq, message: i64) {
        let is_done = self.done.contains_key(&message);
        match self.inbound.receive(seq) {
            Receipt::Fresh => self.doing.push((seq, message)),
            Receipt::InProgress => {
                assert!(self.doing.contains(&(seq, message)), "{seq} is not being done");
            }
            Receipt::Settled => assert!(is_done, "{seq} counts as done, and is not"),
            Receipt::Full => assert_eq!(self.doing.len(), IN_PROGRESS_MAX),
        }
    }

    fn acknowledge(&mut self, seq: Seq) {
        if let Some(message) = self.outbound.acknowledge(self.now, seq) {
            assert!(self.done.contains_key(&message), "{message} was acked before it was done");
        }
    }

    /// What was being done is forgotten with the process that did it; who keeps
    /// the half keeps what is settled, and the rest comes again.
    fn restart_receiver(&mut self) {
        let bytes = postcard::to_stdvec(&self.inbound).unwrap();
        let kept: Inbound = postcard::from_bytes(&bytes).unwrap();
        assert_eq!(kept, self.inbound);
        let mut restored = Inbound::new(RANGES_MAX, IN_PROGRESS_MAX);
        for seq in (1..=self.pushed).map(|message| Seq(message * self.stride)) {
            if self.done.contains_key(&(seq.0 / self.stride)) {
                restored.remember(seq);
            }
        }
        self.doing.clear();
        self.inbound = restored;
    }

    fn check_bounds(&self) {
        assert!(self.doing.len() <= IN_PROGRESS_MAX);
        // Acks owed are of messages that arrived, and the window bounds how many differ.
        let acks_max = usize::try_from(self.pushed).unwrap();
        assert!(self.inbound.size() <= RANGES_MAX + IN_PROGRESS_MAX + acks_max);
    }

    /// The network gets better: everything must come to its end.
    fn repair(&mut self) {
        for _ in 0..10_000 {
            if self.outbound.unacked_count() == 0 {
                return;
            }
            self.take(&Step::Poll);
            self.take(&Step::DeliverMessage(0));
            self.take(&Step::SettleOne(0));
            self.take(&Step::SendAcks);
            self.take(&Step::DeliverAck(0));
            self.take(&Step::Wait(3));
        }
        panic!("{} messages are never acked", self.outbound.unacked_count());
    }
}

fn remove<T>(from: &mut Vec<T>, choice: usize) -> Option<T> {
    (!from.is_empty()).then(|| from.remove(choice % from.len()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn each_message_is_done_once_and_everything_is_acked_in_the_end(
        steps in prop::collection::vec(step(), 1..400),
        stride in 1_i64..4,
    ) {
        let mut pair = Pair::new(stride);
        for step in &steps {
            pair.take(step);
        }
        pair.repair();
        let expected: BTreeMap<i64, u32> = (1..=pair.pushed).map(|message| (message, 1)).collect();
        prop_assert_eq!(&pair.done, &expected);
        prop_assert_eq!(pair.outbound.next_wake(), None);
        let sent = pair.outbound.poll(pair.now + Duration::from_secs(3_600), usize::MAX);
        prop_assert!(sent.is_empty(), "sent after everything was acked");
    }

    #[test]
    fn no_more_than_the_window_is_ever_in_flight(pushes in 1_i64..100, max in 1_usize..20) {
        let mut outbound = Pair::new(1).outbound;
        for seq in 1..=pushes {
            outbound.push(SimTime::ZERO, Seq(seq), seq);
        }
        let mut sent = 0;
        loop {
            let batch = outbound.poll(SimTime::ZERO, max);
            prop_assert!(batch.len() <= max);
            if batch.is_empty() { break }
            sent += batch.len();
        }
        prop_assert_eq!(sent, WINDOW.min(usize::try_from(pushes).unwrap()));
    }

    #[test]
    fn ranges_know_what_a_set_knows(seqs in prop::collection::vec(-40_i64..40, 0..120)) {
        let mut ranges = SeqRanges::new(usize::MAX);
        let mut set = std::collections::BTreeSet::new();
        for seq in seqs {
            prop_assert_eq!(ranges.insert(Seq(seq)), set.insert(seq));
        }
        for seq in -42..42 {
            prop_assert_eq!(ranges.contains(Seq(seq)), set.contains(&seq));
        }
        let runs = set.iter().filter(|seq| !set.contains(&(**seq - 1))).count();
        prop_assert_eq!(ranges.range_count(), runs, "ranges touch or overlap");
    }

    #[test]
    fn one_unlucky_message_is_not_taken_for_seen(
        unlucky in 1_i64..40,
        stride in 1_i64..4,
    ) {
        let mut pair = Pair::new(stride);
        for _ in 0..400 {
            pair.take(&Step::Push);
            pair.take(&Step::Poll);
            while let Some((seq, message)) = pair.messages.pop() {
                if message != unlucky {
                    pair.receive(seq, message);
                }
            }
            while !pair.doing.is_empty() {
                pair.take(&Step::SettleOne(0));
            }
            pair.take(&Step::SendAcks);
            while !pair.acks.is_empty() {
                pair.take(&Step::DeliverAck(0));
            }
            pair.take(&Step::Wait(1));
            prop_assert!(pair.inbound.size() <= RANGES_MAX);
        }
        prop_assert!(!pair.done.contains_key(&unlucky));
        pair.repair();
        prop_assert_eq!(pair.done.len(), 400);
    }
}
