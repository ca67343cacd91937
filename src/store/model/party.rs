//! The store as a party: who its residents are, and how they start.
//!
//! What each of them does is in its own file.

use std::sync::Arc;

use super::{
    carrier_peer::CarrierPeer,
    desk::Desk,
    disk::StoreDisk,
    letters::{
        Address, Cancel, CarrierInput, DeskLetter, Letter, LinkLetter, PackageLetter, PeerLetter,
        Redirect, WarehouseLetter,
    },
    outputs::{
        CancelOutcome, LinkName, Note, Output, PlaceAnswer, RedirectOutcome, ReplenishRefusal,
    },
    package::Package,
    records::Record,
    warehouse::Warehouse,
    world_link::WorldLink,
};
use crate::{
    basis::{PackageId, SimTime, WarehouseId},
    runtime::{Outbox, Party, Resident},
    wire::dialect::{Answer, Refusal, code},
};

/// The store; never a value.
#[derive(Debug)]
pub enum Store {}

/// Anybody who lives in the store.
#[derive(Debug)]
pub enum StoreResident {
    Desk(Box<Desk>),
    Warehouse(Box<Warehouse>),
    Package(Box<Package>),
    WorldLink(Box<WorldLink>),
    CarrierPeer(Box<CarrierPeer>),
}

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
            Letter::Place(_)
            | Letter::Catalog(_)
            | Letter::Replenish(_)
            | Letter::Redirect(_)
            | Letter::Desk(_) => Address::Desk,
            Letter::Cancel(cancel) => Address::Package(cancel.package),
            Letter::World(_) | Letter::Link(_) | Letter::Wish(_) => Address::WorldLink,
            Letter::Look(look) => match look.link {
                LinkName::World => Address::WorldLink,
                LinkName::Carrier => Address::CarrierPeer,
            },
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

    fn found(letter: &Letter, now: SimTime) -> Option<StoreResident> {
        match letter {
            Letter::Package(id, PackageLetter::Opened(plan)) => {
                let package = Package::new(*id, (**plan).clone(), now);
                Some(StoreResident::Package(Box::new(package)))
            }
            Letter::Warehouse(id, WarehouseLetter::Founded { catalog, .. }) => {
                let warehouse = Warehouse::new(*id, Arc::clone(catalog));
                Some(StoreResident::Warehouse(Box::new(warehouse)))
            }
            _ => None,
        }
    }

    fn bounce(letter: &Letter, _: SimTime, out: &mut Outbox<Self>) {
        match letter {
            Letter::Package(package, letter) => bounce_from_package(*package, letter, out),
            Letter::Warehouse(warehouse, letter) => bounce_from_warehouse(*warehouse, letter, out),
            // The rest live as long as the store: it has only just begun to start.
            Letter::Place(place) => {
                let (reply, answer) = (place.reply, PlaceAnswer::Busy);
                out.emit(Output::Answer { reply, answer });
            }
            Letter::Cancel(Cancel { reply, .. }) => {
                let (reply, outcome) = (*reply, CancelOutcome::NotUnderWay);
                out.emit(Output::Cancelled { reply, outcome });
            }
            Letter::Redirect(Redirect { reply, .. }) => {
                let (reply, outcome) = (*reply, RedirectOutcome::Busy);
                out.emit(Output::Redirected { reply, outcome });
            }
            Letter::Carrier(CarrierInput::Received { reply, envelopes }) => {
                let message = "the store is starting; send it again".to_owned();
                let outcome = Err(Refusal { code: code::INTERNAL, message });
                let answers = vec![Answer { outcome, acks: Vec::new() }; envelopes.len()];
                out.emit(Output::AnswerCarrier { reply: *reply, answers });
            }
            Letter::Carrier(CarrierInput::Posted { .. })
            | Letter::Catalog(_)
            | Letter::Replenish(_)
            | Letter::Wish(_)
            | Letter::Look(_)
            | Letter::World(_)
            | Letter::Reopened(_)
            | Letter::Desk(_)
            | Letter::Link(_)
            | Letter::Peer(_) => {}
        }
    }

    /// Nobody does anything before everybody is there: each is told when that is so.
    fn restore(
        mut disk: StoreDisk,
        now: SimTime,
        out: &mut Outbox<Self>,
    ) -> Vec<(Address, StoreResident)> {
        let catalog = Arc::new(disk.catalog.clone());
        let link = Box::new(WorldLink::restore(&disk, now));
        let peer = Box::new(CarrierPeer::restore(&disk, now));
        let warehouses: Vec<_> = disk
            .sites
            .keys()
            .copied()
            .map(|id| {
                let warehouse = Box::new(Warehouse::restore(&disk, id, &catalog));
                (Address::Warehouse(id), StoreResident::Warehouse(warehouse))
            })
            .collect();
        let desk = Box::new(Desk::restore(&mut disk, &catalog, now));
        let packages = disk.packages.into_iter().map(|(id, row)| {
            let package = Box::new(Package::restore(id, row));
            (Address::Package(id), StoreResident::Package(package))
        });
        let mut residents: Vec<(Address, StoreResident)> = packages.collect();
        residents.extend(warehouses);
        // Those who listen to the outside come last.
        residents.push((Address::Desk, StoreResident::Desk(desk)));
        residents.push((Address::CarrierPeer, StoreResident::CarrierPeer(peer)));
        residents.push((Address::WorldLink, StoreResident::WorldLink(link)));
        for (address, _) in &residents {
            out.tell(Letter::Reopened(*address));
        }
        residents
    }
}

impl Resident<Store> for StoreResident {
    fn handle(&mut self, now: SimTime, letter: &Letter, out: &mut Outbox<Store>) {
        match (self, letter) {
            (Self::Desk(desk), Letter::Place(place)) => desk.place(place, out),
            (Self::Desk(desk), Letter::Catalog(change)) => desk.change_catalog(change, out),
            (Self::Desk(desk), Letter::Replenish(wish)) => desk.replenish(wish, out),
            (Self::Desk(desk), Letter::Redirect(wish)) => desk.redirect(wish, out),
            (Self::Desk(desk), Letter::Desk(letter)) => desk.handle(letter, now, out),
            (Self::Desk(desk), Letter::Reopened(_)) => desk.open(out),
            (Self::Warehouse(it), Letter::Warehouse(_, letter)) => it.handle(letter, now, out),
            (Self::Warehouse(it), Letter::Reopened(_)) => it.open(now, out),
            (Self::Package(it), Letter::Cancel(Cancel { reply, .. })) => {
                it.cancel(*reply, now, out)
            }
            (Self::Package(it), Letter::Package(_, letter)) => it.handle(letter, now, out),
            (Self::Package(it), Letter::Reopened(_)) => it.open(now, out),
            (Self::WorldLink(link), Letter::Link(letter)) => link.handle(letter, now, out),
            (Self::WorldLink(link), Letter::World(input)) => link.hear(input, now, out),
            (Self::WorldLink(link), Letter::Wish(wish)) => link.wish(wish, now, out),
            (Self::WorldLink(link), Letter::Look(look)) => link.look(look, out),
            (Self::WorldLink(link), Letter::Reopened(_)) => link.open(now, out),
            (Self::CarrierPeer(peer), Letter::Peer(letter)) => peer.handle(letter, now, out),
            (Self::CarrierPeer(peer), Letter::Carrier(input)) => peer.hear(input, now, out),
            (Self::CarrierPeer(peer), Letter::Look(look)) => peer.look(look, out),
            (Self::CarrierPeer(peer), Letter::Reopened(_)) => peer.open(now, out),
            (resident, letter) => unreachable!("{letter:?} came to {resident:?}"),
        }
    }

    fn next_wake(&self) -> Option<SimTime> {
        match self {
            Self::Desk(_) => None,
            Self::Warehouse(warehouse) => warehouse.next_wake(),
            Self::Package(package) => package.next_wake(),
            Self::WorldLink(link) => link.next_wake(),
            Self::CarrierPeer(peer) => peer.next_wake(),
        }
    }

    fn wake(&mut self, now: SimTime, out: &mut Outbox<Store>) {
        match self {
            Self::Desk(_) => {}
            Self::Warehouse(warehouse) => warehouse.wake(now, out),
            Self::Package(package) => package.wake(now, out),
            Self::WorldLink(link) => link.wake(now, out),
            Self::CarrierPeer(peer) => peer.wake(now, out),
        }
    }

    fn is_finished(&self) -> bool {
        match self {
            Self::Package(package) => package.is_finished(),
            Self::Desk(_) | Self::Warehouse(_) | Self::WorldLink(_) | Self::CarrierPeer(_) => false,
        }
    }
}

/// The package is delivered or cancelled, or there never was one: what is to be acknowledged is.
fn bounce_from_package(id: PackageId, letter: &PackageLetter, out: &mut Outbox<Store>) {
    match letter {
        PackageLetter::Ready { seq } | PackageLetter::Loaded { seq } => {
            out.tell(Letter::Link(LinkLetter::Settled { seq: *seq, over: None }));
        }
        PackageLetter::Carrier { errand, .. } => {
            out.tell(Letter::Peer(PeerLetter::NotUnderWay { errand: *errand, package: id }));
        }
        // It was cancelled in this very moment: others may have its pieces.
        PackageLetter::Granted { warehouse } => {
            let released = WarehouseLetter::Released { package: id };
            out.tell(Letter::Warehouse(*warehouse, released));
        }
        PackageLetter::Redirect { reply, .. } => {
            let (reply, outcome) = (*reply, RedirectOutcome::NotUnderWay);
            out.emit(Output::Redirected { reply, outcome });
        }
        PackageLetter::Opened(_)
        | PackageLetter::PackRefused { .. }
        | PackageLetter::LoadRefused { .. }
        | PackageLetter::TruckHere { .. }
        | PackageLetter::Announced { .. }
        | PackageLetter::RedirectAnswered { .. }
        | PackageLetter::CarrierRefused { .. } => {}
    }
}

/// There is no such warehouse.
fn bounce_from_warehouse(id: WarehouseId, letter: &WarehouseLetter, out: &mut Outbox<Store>) {
    match letter {
        WarehouseLetter::Reserve { ticket, package, .. } => {
            let (ticket, warehouse, package) = (*ticket, id, *package);
            let (granted, levels) = (false, Vec::new());
            out.tell(Letter::Desk(DeskLetter::Reserved {
                ticket,
                warehouse,
                package,
                granted,
                levels,
            }));
        }
        WarehouseLetter::Arrived { seq, .. } => {
            out.emit(Output::Noted(Note::UnknownArrival { warehouse: id, seq: *seq }));
            out.tell(Letter::Link(LinkLetter::Settled { seq: *seq, over: None }));
        }
        WarehouseLetter::TruckArrived { errand, .. } => {
            let message = format!("there is no warehouse {id}");
            let answer = Err(Refusal { code: code::TRUCK_OR_WAREHOUSE_NOT_FOUND, message });
            out.tell(Letter::Peer(PeerLetter::Done { errand: *errand, answer }));
        }
        WarehouseLetter::Replenish { reply, .. } => {
            let outcome = Err(ReplenishRefusal::UnknownWarehouse(id));
            out.emit(Output::Replenished { reply: *reply, outcome });
        }
        WarehouseLetter::Forget { .. }
        | WarehouseLetter::BackOrder { .. }
        | WarehouseLetter::Taken { .. }
        | WarehouseLetter::Released { .. }
        | WarehouseLetter::TruckRefused { .. }
        | WarehouseLetter::HasTruck { .. }
        | WarehouseLetter::Short { .. }
        | WarehouseLetter::BuyRefused { .. }
        | WarehouseLetter::WorldChanged
        | WarehouseLetter::Listing(_)
        | WarehouseLetter::Founded { .. } => {}
    }
}
