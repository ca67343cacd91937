//! The carrier as a party: who its residents are, how they start, and what
//! happens to mail for nobody.
//!
//! What each of them does is in its own file.

use super::{
    disk::{CarrierDisk, ShipmentRow, TruckRow, TruckStage},
    dispatcher::Dispatcher,
    letters::{Address, Errand, Letter, LinkLetter, ShipmentLetter, TruckLetter, TruckOrder},
    outputs::{LinkName, Output, ShipmentStage},
    records::Record,
    shipment::{self, Ride, Shipment, answer_request},
    store_peer::StorePeer,
    truck::{self, Progress, Truck},
    wishes::Look,
    world_link::WorldLink,
};
use crate::{
    basis::{PackageId, SimTime, TruckId, WorldId},
    runtime::{Outbox, Party, Resident},
    wire::dialect::{Answer, code},
};

/// The carrier; never a value.
#[derive(Debug)]
pub enum Carrier {}

/// Anybody who lives in the carrier.
pub enum CarrierResident {
    Dispatcher(Box<Dispatcher>),
    Truck(Truck),
    Shipment(Box<Shipment>),
    WorldLink(Box<WorldLink>),
    StorePeer(Box<StorePeer>),
}

impl Party for Carrier {
    const NAME: &'static str = "carrier";

    type Address = Address;
    type Letter = Letter;
    type Record = Record;
    type Output = Output;
    type Resident = CarrierResident;
    type Disk = CarrierDisk;

    fn address(letter: &Letter) -> Address {
        match letter {
            Letter::World(_) | Letter::Link(_) | Letter::Wish(_) => Address::WorldLink,
            Letter::Store(_) | Letter::Peer(_) => Address::StorePeer,
            Letter::Look(Look { link: LinkName::World, .. }) => Address::WorldLink,
            Letter::Look(Look { link: LinkName::Store, .. }) => Address::StorePeer,
            Letter::Dispatcher(_) => Address::Dispatcher,
            Letter::Truck(world, truck, _) => Address::Truck(*world, *truck),
            Letter::Shipment(shipment, _) => Address::Shipment(*shipment),
        }
    }

    fn kind(address: &Address) -> &'static str {
        match address {
            Address::Dispatcher => "dispatcher",
            Address::Truck(..) => "truck",
            Address::Shipment(_) => "shipment",
            Address::WorldLink => "world_link",
            Address::StorePeer => "store_peer",
        }
    }

    fn kinds() -> &'static [&'static str] {
        &["dispatcher", "truck", "shipment", "world_link", "store_peer"]
    }

    fn found(letter: &Letter, now: SimTime) -> Option<CarrierResident> {
        match letter {
            Letter::Shipment(_, ShipmentLetter::Requested { origin, message, .. }) => {
                let shipment = Shipment::requested(message, origin, now)?;
                Some(CarrierResident::Shipment(Box::new(shipment)))
            }
            Letter::Truck(world, truck, TruckLetter::Joined { .. }) => {
                Some(CarrierResident::Truck(Truck::new(*world, *truck)))
            }
            Letter::World(_)
            | Letter::Store(_)
            | Letter::Link(_)
            | Letter::Peer(_)
            | Letter::Dispatcher(_)
            | Letter::Truck(..)
            | Letter::Shipment(..)
            | Letter::Wish(_)
            | Letter::Look(_) => None,
        }
    }

    fn bounce(letter: &Letter, _: SimTime, out: &mut Outbox<Self>) {
        match letter {
            Letter::Shipment(shipment, ShipmentLetter::Requested { request, origin, .. }) => {
                let message = format!("there is no shipment {shipment}");
                let answer = Answer::refused(origin.seq, code::SHIPMENT_NOT_FOUND, message);
                answer_request(*request, answer, out);
            }
            // A truck that is not ours; the world shall not say it for ever.
            Letter::Truck(
                ..,
                TruckLetter::Arrived { seq, .. } | TruckLetter::Delivered { seq, .. },
            ) => out.tell(Letter::Link(LinkLetter::Settled { seq: *seq })),
            Letter::World(_)
            | Letter::Store(_)
            | Letter::Link(_)
            | Letter::Peer(_)
            | Letter::Dispatcher(_)
            | Letter::Truck(..)
            | Letter::Shipment(..)
            | Letter::Wish(_)
            | Letter::Look(_) => {}
        }
    }

    fn restore(
        disk: CarrierDisk,
        now: SimTime,
        out: &mut Outbox<Self>,
    ) -> Vec<(Address, CarrierResident)> {
        let dispatcher = restore_dispatcher(&disk);
        let link = restore_link(&disk, now);
        let shipments: Vec<(PackageId, Shipment)> =
            disk.shipments.iter().map(|(id, row)| (*id, restore_shipment(*id, row))).collect();
        let peer = restore_peer(&disk, &shipments, now);
        remind_the_loaded(&disk, now, out);
        let mut residents = vec![
            (Address::Dispatcher, CarrierResident::Dispatcher(Box::new(dispatcher))),
            (Address::WorldLink, CarrierResident::WorldLink(Box::new(link))),
            (Address::StorePeer, CarrierResident::StorePeer(Box::new(peer))),
        ];
        // Those of other worlds too: who comes back there still knows what he has heard.
        for (&(world, truck), row) in &disk.trucks {
            let resident = Truck::restored(world, truck, truck_phase(&disk, row), row.arrival);
            residents.push((Address::Truck(world, truck), CarrierResident::Truck(resident)));
        }
        for (id, shipment) in shipments {
            let resident = CarrierResident::Shipment(Box::new(shipment));
            residents.push((Address::Shipment(id), resident));
        }
        residents
    }
}

impl Resident<Carrier> for CarrierResident {
    fn handle(&mut self, now: SimTime, letter: &Letter, out: &mut Outbox<Carrier>) {
        match (self, letter) {
            (Self::Dispatcher(dispatcher), Letter::Dispatcher(letter)) => {
                dispatcher.handle(now, letter, out);
            }
            (Self::Truck(truck), Letter::Truck(.., letter)) => truck.handle(now, letter, out),
            (Self::Shipment(shipment), Letter::Shipment(_, letter)) => {
                shipment.handle(now, letter, out);
            }
            (Self::WorldLink(link), Letter::World(input)) => link.handle_input(now, input, out),
            (Self::WorldLink(link), Letter::Link(letter)) => link.handle(now, letter, out),
            (Self::WorldLink(link), Letter::Wish(wish)) => link.wish(now, wish, out),
            (Self::WorldLink(link), Letter::Look(look)) => link.look(look, out),
            (Self::StorePeer(peer), Letter::Look(look)) => peer.look(look, out),
            (Self::StorePeer(peer), Letter::Store(input)) => peer.handle_input(now, input, out),
            (Self::StorePeer(peer), Letter::Peer(letter)) => peer.handle(now, letter, out),
            (_, letter) => unreachable!("the address in a letter names its reader: {letter:?}"),
        }
    }

    fn next_wake(&self) -> Option<SimTime> {
        match self {
            Self::Dispatcher(dispatcher) => dispatcher.next_wake(),
            Self::Truck(truck) => truck.next_wake(),
            Self::Shipment(_) => None,
            Self::WorldLink(link) => link.next_wake(),
            Self::StorePeer(peer) => peer.next_wake(),
        }
    }

    fn wake(&mut self, now: SimTime, out: &mut Outbox<Carrier>) {
        match self {
            Self::Dispatcher(dispatcher) => dispatcher.wake(now, out),
            Self::Truck(truck) => truck.wake(now, out),
            Self::Shipment(_) => {}
            Self::WorldLink(link) => link.wake(now, out),
            Self::StorePeer(peer) => peer.wake(now, out),
        }
    }

    fn is_finished(&self) -> bool {
        match self {
            Self::Shipment(shipment) => shipment.is_finished(),
            Self::Dispatcher(_) | Self::Truck(_) | Self::WorldLink(_) | Self::StorePeer(_) => false,
        }
    }
}

fn trucks_of_the_world(
    disk: &CarrierDisk,
) -> impl Iterator<Item = (&(WorldId, TruckId), &TruckRow)> {
    disk.trucks.iter().filter(|((world, _), _)| Some(*world) == disk.world)
}

fn restore_dispatcher(disk: &CarrierDisk) -> Dispatcher {
    let places = disk.warehouses.iter().filter(|((world, _), _)| Some(*world) == disk.world);
    let places = places.map(|((_, warehouse), place)| (*warehouse, *place)).collect();
    let mut dispatcher = Dispatcher::new(disk.world, places);
    for ((_, truck), row) in trucks_of_the_world(disk) {
        match row.stage {
            TruckStage::Idle => dispatcher.with_idle(*truck, row.place),
            TruckStage::ToWarehouse { shipment }
            | TruckStage::AtWarehouse { shipment }
            | TruckStage::Delivering { shipment } => {
                let since = disk.shipments.get(&shipment).map(|row| row.since);
                dispatcher.with_busy(*truck, shipment, row.place, since.unwrap_or_default());
            }
        }
    }
    let waiting = disk.shipments.iter().filter(|(_, row)| row.stage == ShipmentStage::Created);
    let mut waiting: Vec<_> = waiting.collect();
    waiting.sort_by_key(|(shipment, row)| (row.created_at, **shipment));
    for (shipment, row) in waiting {
        dispatcher.with_waiting(*shipment, row.terms.warehouse);
    }
    dispatcher
}

fn restore_link(disk: &CarrierDisk, now: SimTime) -> WorldLink {
    let known: Vec<TruckId> = trucks_of_the_world(disk).map(|((_, truck), _)| *truck).collect();
    let link = WorldLink::new(disk.wanted, disk.world, &known, disk.world_seq_used);
    let mut link = link.with_wishes(disk.world_held, disk.world_speed);
    for (truck, at) in &disk.added {
        link.with_added(*truck, *at, known.contains(truck));
    }
    let mut commands: Vec<_> = trucks_of_the_world(disk)
        .filter_map(|((_, truck), row)| Some((row.command?, *truck, errand(disk, row)?)))
        .collect();
    commands.sort_by_key(|(seq, ..)| *seq);
    for (seq, truck, errand) in commands {
        link.with_command(now, seq, TruckOrder { truck, errand });
    }
    link
}

fn restore_peer(
    disk: &CarrierDisk,
    shipments: &[(PackageId, Shipment)],
    now: SimTime,
) -> StorePeer {
    let (sender, finished) = (disk.sender.clone(), disk.finished.clone());
    let mut peer = StorePeer::new(sender, disk.store_seq_below, disk.world, finished, now);
    for (_, shipment) in shipments {
        for message in shipment.messages_in_doubt() {
            peer.with_message(message);
        }
    }
    peer
}

fn restore_shipment(id: PackageId, row: &ShipmentRow) -> Shipment {
    let phase = match (row.stage, row.ride) {
        (ShipmentStage::Created, _) | (_, None) => shipment::Phase::Created,
        (ShipmentStage::Dispatched, Some(ride)) => shipment::Phase::Dispatched(Ride::from(ride)),
        (ShipmentStage::AtWarehouse, Some(ride)) => shipment::Phase::AtWarehouse(Ride::from(ride)),
        (ShipmentStage::Delivering, Some(ride)) => shipment::Phase::Delivering(Ride::from(ride)),
        (ShipmentStage::Delivered, Some(ride)) => shipment::Phase::Delivered(Ride::from(ride)),
    };
    let terms = row.terms.clone();
    Shipment::restored(id, terms, phase, row.since, row.is_loaded, row.address_seq)
}

/// A shipment that was loaded before its truck came leaves when it hears of the
/// truck; that letter may be lost.
fn remind_the_loaded(disk: &CarrierDisk, now: SimTime, out: &mut Outbox<Carrier>) {
    for (shipment, row) in &disk.shipments {
        if let (ShipmentStage::AtWarehouse, true, Some((world, truck))) =
            (row.stage, row.is_loaded, row.ride)
        {
            let arrived = ShipmentLetter::TruckArrived { world, truck, seq: None, at: now };
            out.tell(Letter::Shipment(*shipment, arrived));
        }
    }
}

fn truck_phase(disk: &CarrierDisk, row: &TruckRow) -> truck::Phase {
    let progress = if row.command.is_some() { Progress::Ordered } else { Progress::Unsent };
    match (row.stage, errand(disk, row)) {
        (TruckStage::AtWarehouse { shipment }, _) => truck::Phase::AtWarehouse { shipment },
        (_, Some(Errand::Pickup { shipment, warehouse })) => {
            let sent_at = disk.shipments.get(&shipment).map(|row| row.since).unwrap_or_default();
            truck::Phase::ToWarehouse { shipment, warehouse, sent_at, progress }
        }
        (_, Some(Errand::Deliver { shipment, destination })) => {
            truck::Phase::Delivering { shipment, destination, progress }
        }
        (_, Some(Errand::Query) | None) => truck::Phase::Idle,
    }
}

/// What a truck is out for.
fn errand(disk: &CarrierDisk, row: &TruckRow) -> Option<Errand> {
    let terms = |shipment| disk.shipments.get(&shipment).map(|row| &row.terms);
    match row.stage {
        TruckStage::Idle | TruckStage::AtWarehouse { .. } => None,
        TruckStage::ToWarehouse { shipment } => {
            let warehouse = terms(shipment)?.warehouse;
            Some(Errand::Pickup { shipment, warehouse })
        }
        TruckStage::Delivering { shipment } => {
            let destination = terms(shipment)?.destination;
            Some(Errand::Deliver { shipment, destination })
        }
    }
}

impl From<(WorldId, TruckId)> for Ride {
    fn from((world, truck): (WorldId, TruckId)) -> Self {
        Self { world, truck }
    }
}
