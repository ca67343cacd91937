//! The volatile half of a link to one side: who is connected, and when what is
//! sent again.
//!
//! The messages themselves are in the simulation's mailbags; here are only
//! their numbers.

use std::time::Duration;

use crate::{
    basis::{Seq, SimTime},
    link::Outbound,
    world::model::{ConnectionId, LinkRules},
};

/// Between a Connected and what was not acked before it. Clients read the two with
/// buffers of their own, and the first must not take in what is for the second.
const SETTLING: Duration = Duration::from_millis(100);

#[derive(Debug)]
pub(super) struct Port {
    connection: Option<ConnectionId>,
    outbound: Outbound<()>,
    link: LinkRules,
    /// When the side is spoken to next, where that has a rhythm.
    next_tick: Option<SimTime>,
    /// Until then the client is told nothing but acks.
    settled_at: SimTime,
    /// The client wants to go; the next time it is spoken to is the last.
    is_parting: bool,
}

/// What a side hears in its turn.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) due: Vec<Seq>,
    /// How many of them are sent again.
    pub(super) resent: u64,
    pub(super) is_last: bool,
}

impl Port {
    pub(super) fn new(unacked: Vec<Seq>, link: LinkRules) -> Self {
        let mut outbound = Outbound::new(link.resend());
        // Closed, it notes no time.
        unacked.into_iter().for_each(|seq| outbound.push(SimTime::ZERO, seq, ()));
        let (next_tick, settled_at) = (None, SimTime::ZERO);
        Self { connection: None, outbound, link, next_tick, settled_at, is_parting: false }
    }

    pub(super) fn connection(&self) -> Option<ConnectionId> {
        self.connection
    }

    pub(super) fn is_taken(&self) -> bool {
        self.connection.is_some()
    }

    pub(super) fn is_taken_by(&self, connection: ConnectionId) -> bool {
        self.connection == Some(connection)
    }

    /// From now on everything unacked goes there.
    pub(super) fn attach(
        &mut self,
        now: SimTime,
        connection: ConnectionId,
        unacked: Vec<Seq>,
        link: LinkRules,
    ) {
        if self.link != link {
            *self = Self::new(unacked, link);
        }
        self.connection = Some(connection);
        self.next_tick = self.link.tick().map(|tick| now + tick);
        let is_owed = self.outbound.unacked_count() > 0 && self.next_tick.is_none();
        self.settled_at = if is_owed { now + SETTLING } else { now };
        self.outbound.open(now);
    }

    pub(super) fn detach(&mut self, connection: ConnectionId) {
        if self.is_taken_by(connection) {
            self.connection = None;
            self.next_tick = None;
            self.is_parting = false;
            self.outbound.close();
        }
    }

    pub(super) fn part(&mut self) {
        self.is_parting = true;
        self.settled_at = SimTime::ZERO;
    }

    /// The next turn is now and has everything, whatever the rhythm: it may be the last.
    pub(super) fn hurry(&mut self, now: SimTime) {
        self.next_tick = self.next_tick.map(|_| now);
        self.settled_at = SimTime::ZERO;
    }

    pub(super) fn push(&mut self, now: SimTime, told: &[Seq]) {
        told.iter().for_each(|seq| self.outbound.push(now, *seq, ()));
    }

    pub(super) fn acknowledge(&mut self, now: SimTime, seq: Seq) {
        self.outbound.acknowledge(now, seq);
    }

    /// What is due; None before the tick.
    pub(super) fn take_turn(&mut self, now: SimTime) -> Option<Turn> {
        if let (Some(next), Some(tick)) = (self.next_tick, self.link.tick()) {
            if now < next {
                return None;
            }
            self.next_tick = Some(in_phase(next, tick, now));
        }
        let before = self.outbound.resent_count();
        let at_once = if now < self.settled_at { 0 } else { usize::MAX };
        let mut due: Vec<Seq> =
            self.outbound.poll(now, at_once).into_iter().map(|(seq, ())| seq).collect();
        // Clients do what they are told in the order in which they are told it.
        due.sort_unstable();
        let resent = self.outbound.resent_count() - before;
        Some(Turn { due, resent, is_last: self.is_parting })
    }

    pub(super) fn next_wake(&self) -> Option<SimTime> {
        let due = self.outbound.next_wake().map(|due| due.max(self.settled_at));
        self.next_tick.or(due)
    }
}

/// The first tick after `now`, however late the one at `due` is.
fn in_phase(due: SimTime, tick: Duration, now: SimTime) -> SimTime {
    let ticks = now.since(due).as_micros() / tick.as_micros().max(1) + 1;
    due + tick.saturating_mul(u32::try_from(ticks).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_tick_does_not_shift_the_next_one() {
        let (due, tick) = (SimTime(1_000), Duration::from_micros(6_000));
        for (now, next) in [(1_000, 7_000), (1_001, 7_000), (6_999, 7_000), (7_000, 13_000)] {
            assert_eq!(in_phase(due, tick, SimTime(now)), SimTime(next));
        }
    }
}
