//! What a world decides: three kinds of residents and the simulation that
//! they share.
//!
//! No socket, clock or database is named below here. A [`Connection`] turns
//! bytes into messages and back, the [`Directory`] knows which worlds there
//! are, and a [`World`] runs one [`Simulation`] and the two links to it.
//!
//! What is durable is the *log*: every input that changed a simulation, with
//! the moment at which it did. A simulation is a deterministic function of its
//! log, so a restart replays it and says the same things under the same
//! numbers.
//!
//! Who looks in is answered with a [`View`], which is neither durable nor in the log.

mod connection;
mod directory;
mod disk;
mod letters;
mod log;
mod observed;
mod package_status;
mod party;
mod rules;
#[cfg(any(test, fuzzing))]
pub mod session;
mod simulation;
#[cfg(any(test, fuzzing))]
mod town;
mod transcript;
mod view;
mod weight;
mod world;

pub use connection::Connection;
pub use directory::Directory;
pub use disk::{Backlog, Gap, Record, WorldDisk, WorldFile};
pub use letters::{
    AnyCommands, AnyMessage, AnyResponses, ConnectionId, Initial, Join, Letter, Output, Side,
    ToConnection, ToDirectory, ToWorld, Utterance,
};
pub use log::{
    BadLog, Digest, Writing, append_entry, decode_entries, decode_snapshot, encode_snapshot,
};
pub use observed::{Fact, Observed};
pub use package_status::PackageStatus;
pub use party::{Address, Residents, WorldParty};
pub use rules::{Bounds, LinkRules, Pace, Physics, Rules};
pub use simulation::{Entry, Input, Refusal, Simulation};
pub use transcript::{Kept, MESSAGES_KEPT, Said, Transcript};
pub use view::{
    ContentView, LOOK_ITEMS_MAX, Look, MapView, PackagePast, PackageView, Part, Population,
    ShelfView, SideView, Summary, Tally, TruckView, View, WarehouseView, Way,
};
pub use world::World;
