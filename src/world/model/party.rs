//! The world party: its types, who lives where, and how it starts.

use std::sync::Arc;

use super::{
    Backlog, Connection, ConnectionId, Directory, Letter, Output, Record, Simulation, ToConnection,
    ToDirectory, ToWorld, View, World, WorldDisk, WorldFile,
};
use crate::{
    basis::{SimTime, WorldId},
    runtime::{Outbox, Party, Resident},
};

/// The simulator as a party.
#[derive(Debug)]
pub enum WorldParty {}

/// Where a resident lives.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Address {
    Directory,
    World(WorldId),
    Connection(ConnectionId),
}

/// Everybody who lives here.
#[derive(Debug)]
pub enum Residents {
    Directory(Box<Directory>),
    World(Box<World>),
    Connection(Box<Connection>),
}

impl Party for WorldParty {
    const NAME: &'static str = "world";

    type Address = Address;
    type Letter = Letter;
    type Record = Record;
    type Output = Output;
    type Resident = Residents;
    type Disk = WorldDisk;

    fn address(letter: &Letter) -> Address {
        match letter {
            Letter::Opened { connection, .. }
            | Letter::Received { connection, .. }
            | Letter::Heard { connection }
            | Letter::HungUp { connection }
            | Letter::Closed { connection }
            | Letter::Connection(connection, _) => Address::Connection(*connection),
            Letter::Configured(_) | Letter::Directory(_) => Address::Directory,
            Letter::World(world, _) => Address::World(*world),
        }
    }

    fn kind(address: &Address) -> &'static str {
        match address {
            Address::Directory => "directory",
            Address::World(_) => "world",
            Address::Connection(_) => "connection",
        }
    }

    fn kinds() -> &'static [&'static str] {
        &["directory", "world", "connection"]
    }

    fn found(letter: &Letter, now: SimTime) -> Option<Residents> {
        match letter {
            Letter::Opened { connection, side, link } => {
                let newcomer = Connection::new(*connection, *side, *link, now);
                Some(Residents::Connection(Box::new(newcomer)))
            }
            Letter::World(world, ToWorld::Founded { physics }) => {
                let simulation = Simulation::new(*physics, now);
                let made = World::new(*world, simulation, 0, Backlog::default());
                Some(Residents::World(Box::new(made)))
            }
            _ => None,
        }
    }

    fn bounce(letter: &Letter, _now: SimTime, out: &mut Outbox<Self>) {
        match letter {
            // The party was restarted under an open socket.
            Letter::Opened { connection, .. }
            | Letter::Received { connection, .. }
            | Letter::Heard { connection }
            | Letter::HungUp { connection } => {
                out.emit(Output::Close { connection: *connection });
            }
            // An ordinary race with a client that hangs up, or a connection that failed.
            Letter::Connection(connection, letter) => {
                let connection = *connection;
                if let ToConnection::Look { reply } = letter {
                    let view = Box::new(View::Messages(Arc::default()));
                    out.emit(Output::Looked { reply: *reply, view });
                }
                out.tell(Letter::Directory(ToDirectory::Left(connection)));
                out.emit(Output::Close { connection });
            }
            Letter::Closed { connection } => {
                out.tell(Letter::Directory(ToDirectory::Left(*connection)));
            }
            Letter::World(_, ToWorld::Look { reply, .. }) => {
                out.emit(Output::Looked { reply: *reply, view: Box::new(View::NoWorld) });
            }
            // The directory and the worlds are always there.
            Letter::Configured(_) | Letter::Directory(_) | Letter::World(..) => {}
        }
    }

    fn restore(
        disk: WorldDisk,
        _now: SimTime,
        out: &mut Outbox<Self>,
    ) -> Vec<(Address, Residents)> {
        out.emit(Output::CloseAll);
        let worlds: Vec<_> = disk.worlds.keys().copied().collect();
        let directory = Directory::new(disk.rules, worlds);
        let mut everybody = vec![(Address::Directory, Residents::Directory(Box::new(directory)))];
        for (world, file) in disk.worlds {
            out.tell(Letter::World(world, ToWorld::Restored));
            let resident = Residents::World(Box::new(revive(world, file)));
            everybody.push((Address::World(world), resident));
        }
        everybody
    }
}

fn revive(world: WorldId, file: WorldFile) -> World {
    let (lsn, simulation, backlog) =
        file.replay().unwrap_or_else(|gap| panic!("the log of world {world}: {gap}"));
    World::new(world, simulation, lsn, backlog)
}

impl Resident<WorldParty> for Residents {
    fn handle(&mut self, now: SimTime, letter: &Letter, out: &mut Outbox<WorldParty>) {
        match (self, letter) {
            (Self::Directory(it), Letter::Configured(rules)) => it.configured(*rules, out),
            (Self::Directory(it), Letter::Directory(letter)) => it.handle(now, letter, out),
            (Self::World(it), Letter::World(_, letter)) => it.handle(now, letter, out),
            (Self::Connection(it), Letter::Opened { .. }) => it.heard(now),
            (Self::Connection(it), Letter::Received { messages, .. }) => {
                it.received(now, messages, out);
            }
            (Self::Connection(it), Letter::Heard { .. }) => it.heard(now),
            (Self::Connection(it), Letter::HungUp { .. }) => it.hung_up(now, out),
            (Self::Connection(it), Letter::Closed { .. }) => it.closed(out),
            (Self::Connection(it), Letter::Connection(_, letter)) => it.handle(now, letter, out),
            (resident, letter) => unreachable!("{letter:?} is not for {resident:?}"),
        }
    }

    fn next_wake(&self) -> Option<SimTime> {
        match self {
            Self::Directory(_) => None,
            Self::World(it) => it.next_wake(),
            Self::Connection(it) => it.next_wake(),
        }
    }

    fn wake(&mut self, now: SimTime, out: &mut Outbox<WorldParty>) {
        match self {
            Self::Directory(_) => {}
            Self::World(it) => it.wake(now, out),
            Self::Connection(it) => it.wake(now, out),
        }
    }

    fn is_finished(&self) -> bool {
        match self {
            Self::Directory(_) | Self::World(_) => false,
            Self::Connection(it) => it.is_finished(),
        }
    }
}
