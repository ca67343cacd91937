//! The sending half: what is not acked is sent again, later and later.

use std::{collections::VecDeque, time::Duration};

use super::SeqRow;
use crate::basis::{Seq, SimTime};

/// How patiently a message is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResendPolicy {
    /// Until the first resend; it doubles with each.
    pub first: Duration,
    /// Between resends at most.
    pub cap: Duration,
    /// Messages in flight at most; the rest waits its turn.
    pub window: usize,
}

/// How many windows the newest message in flight may be ahead of the oldest.
const WINDOWS_AHEAD: u64 = 8;
/// Sends after which the pause grows no more.
const SENDS_MAX: u32 = 16;

impl Default for ResendPolicy {
    fn default() -> Self {
        Self { first: Duration::from_millis(500), cap: Duration::from_secs(8), window: 1024 }
    }
}

/// Messages that were not acked yet, in the order of their numbers.
///
/// Closed, it sends nothing; opened, it sends everything again. Numbers are
/// the caller's and may have gaps, but are pushed in rising order so that the
/// window moves forward; one that is pushed late costs only more.
#[derive(Debug, Clone)]
pub struct Outbound<M> {
    policy: ResendPolicy,
    open: bool,
    unacked: SeqRow<Entry<M>>,
    in_flight_count: usize,
    /// Whatever waits outside the window has this number or a later one.
    waiting_from: Seq,
    /// When those in flight are due, by how often they were sent: after as many sends
    /// the pause is the same, so each queue is in order of time. The first in it is in
    /// flight; others may have been acked since.
    due: Vec<VecDeque<(SimTime, Seq)>>,
    pushed_count: u64,
    resent_count: u64,
}

#[derive(Debug, Clone)]
struct Entry<M> {
    message: M,
    /// How many were pushed before.
    place: u64,
    since: SimTime,
    sends: u32,
    /// None while outside the window or closed.
    due: Option<SimTime>,
}

impl<M: Clone> Outbound<M> {
    /// An empty, closed half.
    pub fn new(policy: ResendPolicy) -> Self {
        Self {
            policy,
            open: false,
            unacked: SeqRow::new(),
            in_flight_count: 0,
            waiting_from: Seq(i64::MIN),
            due: Vec::new(),
            pushed_count: 0,
            resent_count: 0,
        }
    }

    /// Takes a message; it is due at once where the link is open and the window has room.
    pub fn push(&mut self, now: SimTime, seq: Seq, message: M) {
        let entry = Entry { message, place: self.pushed_count, since: now, sends: 0, due: None };
        if self.unacked.insert(seq, entry) {
            self.pushed_count += 1;
            self.waiting_from = self.waiting_from.min(seq);
            self.fill_window(now);
        }
    }

    /// The peer has it. Unknown and repeated acks give None.
    pub fn acknowledge(&mut self, now: SimTime, seq: Seq) -> Option<M> {
        let entry = self.unacked.remove(seq)?;
        if entry.due.is_some() {
            self.in_flight_count -= 1;
            self.forget_acked(AT_ONCE);
            self.forget_acked(queue_of(entry.sends));
        }
        self.fill_window(now);
        Some(entry.message)
    }

    /// The peer can be reached (again): everything unacked is due at once.
    pub fn open(&mut self, now: SimTime) {
        self.close();
        self.open = true;
        self.fill_window(now);
    }

    /// The peer can not be reached: nothing is due until it can.
    pub fn close(&mut self) {
        self.open = false;
        self.due.clear();
        self.unacked.values_mut().for_each(|entry| entry.due = None);
        self.in_flight_count = 0;
        self.waiting_from = Seq(i64::MIN);
    }

    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Up to `max` messages that are due, each of which counts as sent now.
    pub fn poll(&mut self, now: SimTime, max: usize) -> Vec<(Seq, M)> {
        let mut batch = Vec::new();
        while batch.len() < max {
            let firsts = self.due.iter().enumerate();
            let firsts = firsts.filter_map(|(queue, due)| Some((*due.front()?, queue)));
            let Some(((due, seq), queue)) = firsts.min().filter(|((due, _), _)| *due <= now) else {
                break;
            };
            self.due[queue].pop_front();
            if let Some(entry) = self.unacked.get_mut(seq).filter(|it| it.due == Some(due)) {
                let next = now + self.policy.pause(entry.sends);
                self.resent_count += u64::from(entry.sends > 0);
                entry.sends += 1;
                entry.due = Some(next);
                batch.push((seq, entry.message.clone()));
                let queue = queue_of(entry.sends);
                self.schedule(queue, next, seq);
            }
            self.forget_acked(queue);
        }
        batch
    }

    /// When [`Self::poll`] will next give something.
    pub fn next_wake(&self) -> Option<SimTime> {
        self.due.iter().filter_map(|queue| queue.front()).map(|(due, _)| *due).min()
    }

    /// Whether the message is still unacked.
    pub fn contains(&self, seq: Seq) -> bool {
        self.unacked.get(seq).is_some()
    }

    /// Messages not acked yet, sent or not.
    pub fn unacked_count(&self) -> usize {
        self.unacked.len()
    }

    /// Messages not acked yet.
    pub fn unacked(&self) -> impl Iterator<Item = (Seq, &M)> {
        self.unacked.iter().map(|(seq, entry)| (seq, &entry.message))
    }

    /// Messages not acked yet with a later number, each with how often it was sent and since
    /// when it is here.
    pub fn outstanding_after(&self, after: Seq) -> impl Iterator<Item = (Seq, &M, u32, SimTime)> {
        let later = self.unacked.from(after).filter(move |(seq, _)| *seq > after);
        later.map(|(seq, entry)| (seq, &entry.message, entry.sends, entry.since))
    }

    /// How many times a message was sent again, over the life of this half.
    pub fn resent_count(&self) -> u64 {
        self.resent_count
    }

    fn fill_window(&mut self, now: SimTime) {
        let end = self.window_end();
        while self.open && self.in_flight_count < self.policy.window.min(self.unacked.len()) {
            let Some(seq) = self.first_waiting() else { break };
            self.waiting_from = seq;
            let Some(entry) = self.unacked.get_mut(seq).filter(|entry| entry.place < end) else {
                break;
            };
            entry.due = Some(now);
            self.schedule(AT_ONCE, now, seq);
            self.in_flight_count += 1;
        }
    }

    fn first_waiting(&self) -> Option<Seq> {
        let waits = |(seq, entry): (Seq, &Entry<M>)| entry.due.is_none().then_some(seq);
        self.unacked.from(self.waiting_from).find_map(waits)
    }

    fn schedule(&mut self, queue: usize, due: SimTime, seq: Seq) {
        if self.due.len() <= queue {
            self.due.resize_with(queue + 1, VecDeque::new);
        }
        self.due[queue].push_back((due, seq));
    }

    /// Lets the first in a queue be one that is in flight.
    fn forget_acked(&mut self, queue: usize) {
        let Self { due, unacked, .. } = self;
        let Some(queue) = due.get_mut(queue) else { return };
        let is_acked = |(due, seq): &mut (SimTime, Seq)| {
            unacked.get(*seq).is_none_or(|entry| entry.due != Some(*due))
        };
        while queue.pop_front_if(is_acked).is_some() {}
        if queue.is_empty() {
            // What a burst needed is given back after it.
            queue.shrink_to(self.policy.window);
        }
    }

    /// The first place that has to wait until the oldest message is acked: one
    /// that is lost again and again must not fall out of the receiver's memory.
    fn window_end(&self) -> u64 {
        let oldest = self.unacked.first().map_or(self.pushed_count, |(_, entry)| entry.place);
        oldest.saturating_add((self.policy.window as u64).saturating_mul(WINDOWS_AHEAD))
    }
}

/// The queue of what has just come into the window, however often it was sent before.
const AT_ONCE: usize = 0;

/// The queue of what waits after so many sends, from 1.
fn queue_of(sends: u32) -> usize {
    sends.min(SENDS_MAX + 1) as usize
}

impl ResendPolicy {
    /// How many ranges an [`Inbound`](super::Inbound) must remember to be safe
    /// towards this sender: each of its messages may be a range of its own, and a
    /// restart of the sender lets the window begin anew from the oldest unacked one.
    pub const fn ranges_needed(&self) -> usize {
        self.window.saturating_mul(2 * WINDOWS_AHEAD as usize)
    }

    /// The pause after the send number `sends` (from 0).
    fn pause(&self, sends: u32) -> Duration {
        self.first
            .saturating_mul(1 << sends.min(SENDS_MAX))
            .min(self.cap)
            .max(Duration::from_micros(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: fn(u64) -> SimTime = |ms| SimTime::from_micros(ms * 1000);

    fn policy(window: usize) -> ResendPolicy {
        ResendPolicy { first: Duration::from_millis(10), cap: Duration::from_millis(40), window }
    }

    #[test]
    fn what_is_not_acked_is_sent_later_and_later() {
        let mut out = Outbound::new(policy(8));
        out.open(AT(0));
        out.push(AT(0), Seq(1), 'a');
        let mut sent_at = Vec::new();
        for ms in 0..130 {
            if !out.poll(AT(ms), 9).is_empty() {
                sent_at.push(ms);
            }
        }
        assert_eq!(sent_at, [0, 10, 30, 70, 110]);
        assert_eq!(out.resent_count(), 4);
        assert_eq!(out.acknowledge(AT(130), Seq(1)), Some('a'));
        assert_eq!(out.acknowledge(AT(130), Seq(1)), None);
        assert_eq!(out.next_wake(), None);
    }

    #[test]
    fn what_is_outstanding_is_listed_after_a_number_with_its_sends() {
        let mut out = Outbound::new(policy(2));
        out.open(AT(0));
        for seq in 1..=4 {
            out.push(AT(seq), Seq(seq as i64), seq);
        }
        out.poll(AT(5), 9);
        out.poll(AT(50), 9);
        out.acknowledge(AT(51), Seq(1));
        let listed: Vec<_> = out.outstanding_after(Seq(1)).collect();
        let expected = [(Seq(2), &2, 2, AT(2)), (Seq(3), &3, 0, AT(3)), (Seq(4), &4, 0, AT(4))];
        assert_eq!(listed, expected);
        assert_eq!(out.outstanding_after(Seq(4)).count(), 0);
    }

    #[test]
    fn the_window_holds_the_rest_back() {
        let mut out = Outbound::new(policy(2));
        out.open(AT(0));
        for seq in 1..=4 {
            out.push(AT(0), Seq(seq), seq);
        }
        assert_eq!(out.poll(AT(0), 9), [(Seq(1), 1), (Seq(2), 2)]);
        out.acknowledge(AT(1), Seq(1));
        assert_eq!(out.poll(AT(1), 9), [(Seq(3), 3)]);
    }

    #[test]
    fn the_newest_in_flight_stays_near_the_oldest() {
        let mut out = Outbound::new(policy(2));
        out.open(AT(0));
        for seq in 1..=100 {
            out.push(AT(0), Seq(seq), seq);
        }
        let mut newest = 0;
        for ms in 0..200 {
            for (seq, _) in out.poll(AT(ms), 9) {
                newest = newest.max(seq.0);
                // Only the first never arrives.
                if seq != Seq(1) {
                    out.acknowledge(AT(ms), seq);
                }
            }
        }
        assert_eq!(newest, 16);
        out.acknowledge(AT(200), Seq(1));
        assert!(!out.poll(AT(200), 9).is_empty());
    }

    #[test]
    fn a_new_connection_gets_everything_unacked_in_order() {
        let mut out = Outbound::new(policy(8));
        out.push(AT(0), Seq(1), 'a');
        assert_eq!(out.poll(AT(0), 9), [], "closed");
        out.open(AT(1));
        out.push(AT(1), Seq(2), 'b');
        assert_eq!(out.poll(AT(1), 9).len(), 2);
        out.close();
        assert_eq!(out.next_wake(), None);
        out.open(AT(2));
        assert_eq!(out.poll(AT(2), 9), [(Seq(1), 'a'), (Seq(2), 'b')]);
    }
}
