//! The store's decisions, as pure state machines.
//!
//! Nothing here knows a socket, a clock, a file or the database: letters come
//! in, and letters, records and outputs go out.
//!
//! ```text
//!            Place            Reserve                Opened
//!   buyer ─────────▶ Desk ◀───────────▶ Warehouse      │
//!                     └────────────────────────────────┴──▶ Package
//!                                   Buy │ ▲ Arrived   Pack, Load │ ▲ Ready, Loaded
//!                                       ▼ │                      ▼ │
//!                                      WorldLink ◀────────────────▶ world
//!                                      CarrierPeer ◀── Created, Loaded / truck, delivered ──▶ carrier
//! ```

pub mod carrier_peer;
pub mod catalog;
pub mod desk;
pub mod disk;
pub mod estimate;
mod keys;
pub mod letters;
pub mod outputs;
pub mod package;
pub mod party;
pub mod planner;
mod posts;
pub mod records;
mod shelf;
pub mod status;
mod tally;
pub mod warehouse;
pub mod wishes;
pub mod world_link;

#[cfg(test)]
pub(in crate::store) mod tests;

pub use catalog::{Catalog, Line, Listing, Site};
pub use disk::StoreDisk;
pub use estimate::{ExpectedParcel, Trip, expected_arrival_s, expected_parcels, usual_pace_us};
pub use letters::{Address, Cancel, CarrierInput, Letter, Place, Redirect, WorldInput};
pub use outputs::{
    CancelOutcome, CarrierStatus, ConnectionId, Output, PackageChange, PlaceAnswer, PlacedOrder,
    PostId, RedirectOutcome, Rejection, WorldStatus,
};
pub use party::Store;
pub use records::Record;
pub use shelf::BUY_MAX;
pub use status::PackageStatus;
pub use tally::OrderTally;
