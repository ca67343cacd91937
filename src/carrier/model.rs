//! The carrier's residents: what each decides, and what is committed.
//!
//! No socket, clock or database is named below here.
//!
//! ```text
//!            ┌────────────┐  Requested   ┌──────────┐ Waiting  ┌────────────┐
//! store ◀──▶ │ store peer │ ───────────▶ │ shipment │ ───────▶ │ dispatcher │
//!            └────────────┘ ◀─────────── └──────────┘          └────────────┘
//!                    Answered, Notify      ▲  │ Deliver           │ Go   ▲
//!                     Arrived, Delivered   │  ▼                   ▼      │ Idle
//!            ┌────────────┐    Order     ┌───────────────────────────────┐
//! world ◀──▶ │ world link │ ◀─────────── │             truck             │
//!            └────────────┘ ───────────▶ └───────────────────────────────┘
//!                          Arrived, Delivered, CommandFailed, Seen
//! ```
//!
//! A shipment is owned by the dispatcher until it is on a truck; an idle truck
//! belongs to the dispatcher, one on its way to itself, one at a warehouse to
//! its shipment. Each change of owner is one record, so that a shipment is
//! either waiting or on exactly one truck, whenever a crash comes.

mod disk;
mod dispatcher;
mod finished;
mod fleet;
mod letters;
mod outputs;
mod party;
mod policy;
mod records;
mod shipment;
mod store_peer;
mod tracking;
mod truck;
pub mod wishes;
mod world_link;

#[cfg(test)]
mod tests;

pub use disk::{CarrierDisk, ShipmentRow, TruckRow, TruckStage, Wanted};
pub use dispatcher::Dispatcher;
pub use finished::Finished;
pub use fleet::start_place;
pub use letters::{
    Address, DispatcherLetter, Errand, Letter, LinkLetter, Origin, PeerLetter, Request,
    ShipmentLetter, StoreInput, TruckLetter, TruckOrder, WorldInput,
};
pub use outputs::{
    AssignRefusal, ConnectionId, LinkName, Output, PostId, ShipmentChange, ShipmentStage,
    StoreStatus, WishRefusal, WorldStatus,
};
pub use party::{Carrier, CarrierResident};
pub use policy::{DispatchPolicy, NearestIdle};
pub use records::{Record, Terms};
pub use shipment::Shipment;
pub use store_peer::StorePeer;
pub use tracking::{shipment_of, tracking_number};
pub use truck::Truck;
pub use world_link::WorldLink;
