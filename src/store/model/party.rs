//! The store as a party: who its residents are and how they start.
//!
//! What each of them does is in its own file.

use super::{
    disk::StoreDisk,
    letters::{Address, Letter},
    outputs::Output,
    records::Record,
};
use crate::{
    basis::SimTime,
    runtime::{Outbox, Party, Resident},
};

/// The store; never a value.
#[derive(Debug)]
pub enum Store {}

/// Anybody who lives in the store.
pub enum StoreResident {}

impl Party for Store {
    const NAME: &'static str = "store";

    type Address = Address;
    type Letter = Letter;
    type Record = Record;
    type Output = Output;
    type Resident = StoreResident;
    type Disk = StoreDisk;

    fn address(letter: &Letter) -> Address {
        match letter {
            Letter::Place(_) | Letter::Catalog(_) | Letter::Replenish(_) | Letter::Desk(_) => {
                Address::Desk
            }
            Letter::World(_) | Letter::Link(_) => Address::WorldLink,
            Letter::Carrier(_) | Letter::Peer(_) => Address::CarrierPeer,
            Letter::Reopened(address) => *address,
            Letter::Warehouse(warehouse, _) => Address::Warehouse(*warehouse),
            Letter::Package(package, _) => Address::Package(*package),
        }
    }

    fn kind(address: &Address) -> &'static str {
        match address {
            Address::Desk => "desk",
            Address::Warehouse(_) => "warehouse",
            Address::Package(_) => "package",
            Address::WorldLink => "world_link",
            Address::CarrierPeer => "carrier_peer",
        }
    }

    fn kinds() -> &'static [&'static str] {
        &["desk", "warehouse", "package", "world_link", "carrier_peer"]
    }

    fn found(_: &Letter, _: SimTime) -> Option<StoreResident> {
        None
    }

    fn bounce(_: &Letter, _: SimTime, _: &mut Outbox<Self>) {}

    fn restore(_: StoreDisk, _: SimTime, _: &mut Outbox<Self>) -> Vec<(Address, StoreResident)> {
        Vec::new()
    }
}

impl Resident<Store> for StoreResident {
    fn handle(&mut self, _: SimTime, _: &Letter, _: &mut Outbox<Store>) {}

    fn next_wake(&self) -> Option<SimTime> {
        None
    }

    fn wake(&mut self, _: SimTime, _: &mut Outbox<Store>) {}
}
