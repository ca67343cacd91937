//! The volatile half of a link to one side: who is connected, and when what is
//! sent again.
//!
//! The messages themselves are in the simulation's mailbags; here are only
//! their numbers.

use crate::{
    basis::{Seq, SimTime},
    link::Outbound,
    world::model::{ConnectionId, LinkRules},
};

#[derive(Debug)]
pub(super) struct Port {
    connection: Option<ConnectionId>,
    outbound: Outbound<()>,
    link: LinkRules,
}

impl Port {
    pub(super) fn new(unacked: Vec<Seq>, link: LinkRules) -> Self {
        let mut outbound = Outbound::new(link.resend());
        // Closed, it notes no time.
        unacked.into_iter().for_each(|seq| outbound.push(SimTime::ZERO, seq, ()));
        Self { connection: None, outbound, link }
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
        self.outbound.open(now);
    }

    pub(super) fn detach(&mut self, connection: ConnectionId) {
        if self.is_taken_by(connection) {
            self.connection = None;
            self.outbound.close();
        }
    }

    pub(super) fn push(&mut self, now: SimTime, told: &[Seq]) {
        told.iter().for_each(|seq| self.outbound.push(now, *seq, ()));
    }

    pub(super) fn acknowledge(&mut self, now: SimTime, seq: Seq) {
        self.outbound.acknowledge(now, seq);
    }

    /// What is due, and how much of it is sent again.
    pub(super) fn poll(&mut self, now: SimTime) -> (Vec<Seq>, u64) {
        let before = self.outbound.resent_count();
        let mut due: Vec<Seq> =
            self.outbound.poll(now, usize::MAX).into_iter().map(|(seq, ())| seq).collect();
        // Clients do what they are told in the order in which they are told it.
        due.sort_unstable();
        (due, self.outbound.resent_count() - before)
    }

    pub(super) fn next_wake(&self) -> Option<SimTime> {
        self.outbound.next_wake()
    }
}
