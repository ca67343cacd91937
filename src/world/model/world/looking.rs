//! A world that is looked into: it answers, and counts what a log does not hold.
//!
//! Nothing here changes what happens in it.

use std::sync::Arc;

use super::World;
use crate::{
    basis::SimTime,
    runtime::{Outbox, ReplyId},
    world::model::{
        ConnectionId, LOOK_ITEMS_MAX, Letter, Look, MapView, Observed, Output, Side, SideView,
        Summary, Tally, ToConnection, Transcript, View, WorldParty,
    },
};

/// What is seen of the links, by side.
#[derive(Debug, Default)]
pub(super) struct Sight {
    pub(super) tallies: [Tally; 2],
    /// Of those who were here last; while one is here, and said nothing of its end, it has it.
    pub(super) transcripts: [Option<Arc<Transcript>>; 2],
}

impl Sight {
    pub(super) fn count(&mut self, observed: &Observed) {
        for side in Side::ALL {
            self.tallies[side as usize].resent += observed.resent[side as usize];
        }
        let Some(side) = observed.side else { return };
        let tally = &mut self.tallies[side as usize];
        tally.received += observed.received as u64;
        tally.duplicates += observed.duplicates as u64;
        for kind in observed.facts.iter().filter_map(|fact| fact.refusal) {
            *tally.refused.entry(kind).or_default() += 1;
        }
    }
}

impl World {
    pub(super) fn look(
        &mut self,
        now: SimTime,
        reply: ReplyId,
        look: &Look,
        out: &mut Outbox<WorldParty>,
    ) {
        if let Look::Messages(side) = *look
            && self.sight.transcripts[side as usize].is_none()
            && let Some(connection) = self.port(side).connection()
        {
            return out.tell(Letter::Connection(connection, ToConnection::Look { reply }));
        }
        let view = Box::new(self.view(now, look));
        out.emit(Output::Looked { reply, view });
    }

    /// The messages of a connection that has ended.
    pub(super) fn take_transcript(
        &mut self,
        connection: ConnectionId,
        side: Side,
        transcript: &Arc<Transcript>,
    ) {
        let port = self.port(side);
        if !port.is_taken() || port.is_taken_by(connection) {
            self.sight.transcripts[side as usize] = Some(Arc::clone(transcript));
        }
    }

    fn view(&self, now: SimTime, look: &Look) -> View {
        let simulation = &self.simulation;
        match *look {
            Look::Summary => View::Summary(self.summary(now)),
            Look::Map => View::Map(MapView {
                summary: self.summary(now),
                warehouses: simulation.look_at_warehouses(None, LOOK_ITEMS_MAX),
                trucks: simulation.look_at_trucks(now, None, LOOK_ITEMS_MAX),
            }),
            Look::Trucks { after, limit } => {
                View::Trucks(simulation.look_at_trucks(now, after, limit))
            }
            Look::Warehouses { after, limit } => {
                View::Warehouses(simulation.look_at_warehouses(after, limit))
            }
            Look::Shelves { warehouse, after, limit } => simulation
                .look_at_shelves(warehouse, after, limit)
                .map_or(View::Nothing, |(it, shelves)| View::Shelves(it, shelves)),
            Look::Packages { status, after, limit } => {
                View::Packages(simulation.look_at_packages(status, after, limit))
            }
            Look::Delivered { before, limit } => {
                View::Delivered(simulation.look_at_delivered(before, limit))
            }
            Look::Package(package) => {
                simulation.look_at_package(package).map_or(View::Nothing, View::Package)
            }
            Look::Messages(side) => {
                View::Messages(self.sight.transcripts[side as usize].clone().unwrap_or_default())
            }
        }
    }

    fn summary(&self, now: SimTime) -> Summary {
        let ports = [&self.amazon, &self.ups];
        let side = |side: Side| SideView {
            is_connected: ports[side as usize].is_taken(),
            unacked: self.simulation.unacked_count(side),
            tally: self.sight.tallies[side as usize].clone(),
        };
        Summary {
            now,
            simspeed: self.simulation.simspeed(),
            population: self.simulation.population(),
            sides: Side::ALL.map(side),
        }
    }
}
