//! Which worlds there are, and who was sent to which.
//!
//! It takes no part in what happens in a world; whether a side is free is for
//! the world to say.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

use super::{
    ConnectionId, Initial, Join, LOOK_ITEMS_MAX, Letter, Output, Part, Record, Rules, Simulation,
    ToConnection, ToDirectory, ToWorld, View, WorldParty,
};
use crate::{
    basis::{SimTime, WorldId},
    runtime::{Outbox, ReplyId},
    wire::Connected,
};

/// The resident that makes worlds and sends clients to them.
#[derive(Debug)]
pub struct Directory {
    rules: Rules,
    worlds: BTreeSet<WorldId>,
    /// Where each connection was sent last.
    routes: BTreeMap<ConnectionId, WorldId>,
    /// Worlds that may know connections which we do not: we were restored, and they were not.
    strange: BTreeSet<WorldId>,
}

impl Directory {
    pub fn new(rules: Rules, worlds: impl IntoIterator<Item = WorldId>) -> Self {
        let worlds: BTreeSet<_> = worlds.into_iter().collect();
        Self { rules, strange: worlds.clone(), worlds, routes: BTreeMap::new() }
    }

    pub(super) fn configured(&mut self, rules: Rules, out: &mut Outbox<WorldParty>) {
        if rules != self.rules {
            self.rules = rules;
            out.save(Record::Configured(rules));
        }
        out.emit(Output::Worlds { count: self.worlds.len() });
        // A world that knows them already changes nothing.
        for world in &self.worlds {
            out.tell(Letter::World(*world, ToWorld::Ruled(rules.physics)));
        }
    }

    pub(super) fn handle(
        &mut self,
        now: SimTime,
        letter: &ToDirectory,
        out: &mut Outbox<WorldParty>,
    ) {
        match letter {
            ToDirectory::Join(join) => self.join(now, join, out),
            ToDirectory::Left(connection) => {
                let connection = *connection;
                let left = |world| Letter::World(world, ToWorld::Left { connection });
                match self.routes.remove(&connection) {
                    Some(world) => out.tell(left(world)),
                    // It never joined, or we were restored since and have forgotten where:
                    // then one side of a world would stay taken for ever.
                    None => self.strange.iter().for_each(|world| out.tell(left(*world))),
                }
            }
            ToDirectory::Restored(world) => {
                self.strange.remove(world);
                for (connection, _) in self.routes.iter().filter(|(_, at)| *at == world) {
                    out.tell(Letter::Connection(*connection, ToConnection::Dismissed));
                }
            }
            ToDirectory::Look { reply, after, limit } => self.look(*reply, *after, *limit, out),
        }
    }

    fn look(
        &self,
        reply: ReplyId,
        after: Option<WorldId>,
        limit: usize,
        out: &mut Outbox<WorldParty>,
    ) {
        let begin = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut worlds = self.worlds.range((begin, Bound::Unbounded)).copied();
        let items: Vec<_> = worlds.by_ref().take(limit.clamp(1, LOOK_ITEMS_MAX)).collect();
        let next = items.last().copied().filter(|_| worlds.next().is_some());
        let view = Box::new(View::Worlds(Part { items, next }, self.worlds.len()));
        out.emit(Output::Looked { reply, view });
    }

    fn join(&mut self, now: SimTime, join: &Join, out: &mut Outbox<WorldParty>) {
        let connection = join.connection;
        let world = match join.world {
            Some(world) if self.worlds.contains(&world) => Ok(world),
            Some(world) => Err(Connected { world, result: not_available(world) }),
            None => self.make_world(now, &join.initial, out),
        };
        match world {
            Ok(world) => {
                self.routes.insert(connection, world);
                let (join, link) = (join.clone(), self.rules.link);
                out.tell(Letter::World(world, ToWorld::Join { join, link }));
            }
            Err(refusal) => {
                out.tell(Letter::Connection(connection, ToConnection::Refused(refusal)));
            }
        }
    }

    fn make_world(
        &mut self,
        now: SimTime,
        initial: &Initial,
        out: &mut Outbox<WorldParty>,
    ) -> Result<WorldId, Connected> {
        let physics = self.rules.physics;
        let refused = |result| Err(Connected { world: WorldId(0), result });
        // Nothing is made for a client that the new world would turn away.
        if let Some(refusal) = Simulation::new(physics, now).refuses(initial) {
            return refused(refusal.to_string());
        }
        if self.worlds.len() >= self.rules.worlds_max {
            let max = self.rules.worlds_max;
            return refused(format!(
                "error: this simulator has as many worlds as it keeps, {max}; connect to one of them by its worldid"
            ));
        }
        let world = WorldId(self.worlds.last().map_or(1, |last| last.0 + 1));
        self.worlds.insert(world);
        out.save(Record::WorldMade { world, at: now, physics });
        out.emit(Output::Worlds { count: self.worlds.len() });
        out.tell(Letter::World(world, ToWorld::Founded { physics }));
        Ok(world)
    }
}

/// The original's words, which speak of amazon to a UPS as well.
pub(super) fn not_available(world: WorldId) -> String {
    format!(
        "error: world with world_id {world} is not available for amazon to connect.\n possible reason: world_id not exist or another ups/amazon already connected."
    )
}
