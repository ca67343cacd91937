//! A truck: it fetches an order at a warehouse and takes it to its destination.
//!
//! It does not choose its trips; whoever dispatches it is told when it is free.

use crate::sim::engine::Agenda;

use super::model::{Message, Office, Place};

pub(super) struct Truck {
    id: u32,
    at: Place,
    trip: Option<Trip>,
}

struct Trip {
    order: u32,
    since_ns: u64,
    warehouse: Place,
}

impl Truck {
    pub(super) fn new(id: u32, at: Place) -> Self {
        Self { id, at, trip: None }
    }

    #[inline]
    pub(super) fn go(
        &mut self,
        warehouse: u32,
        order: u32,
        office: &Office,
        agenda: &mut Agenda<Message>,
    ) {
        let warehouse = office.map.place(warehouse);
        self.trip = Some(Trip { order, since_ns: agenda.now(), warehouse });
        let way = office.travel_ns(self.at, warehouse);
        agenda.send_in(way, Message::AtWarehouse { truck: self.id });
    }

    #[inline]
    pub(super) fn at_warehouse(&mut self, office: &mut Office, agenda: &mut Agenda<Message>) {
        office.tally.events += 1;
        agenda.send_in(office.params.load_ns, Message::Loaded { truck: self.id });
    }

    #[inline]
    pub(super) fn loaded(&mut self, office: &mut Office, agenda: &mut Agenda<Message>) {
        office.tally.events += 1;
        let Some(trip) = &self.trip else { return };
        let order = office.order(trip.order);
        let destination = Place { x: order.x, y: order.y };
        self.at = destination;
        let way = office.travel_ns(trip.warehouse, destination);
        agenda.send_in(way, Message::Delivered { truck: self.id });
    }

    #[inline]
    pub(super) fn delivered(&mut self, office: &mut Office, agenda: &mut Agenda<Message>) {
        let Some(trip) = self.trip.take() else { return };
        let now = agenda.now();
        let arrival_ns = office.order(trip.order).arrival_ns;
        let tally = &mut office.tally;
        tally.events += 1;
        tally.busy_ns += u128::from(now - trip.since_ns);
        tally.latencies_ns.push(now - arrival_ns);
        let mark = now.wrapping_add(u64::from(self.id));
        tally.checksum =
            tally.checksum.wrapping_add((u64::from(trip.order) + 1).wrapping_mul(mark));
        agenda.send(Message::Freed { truck: self.id, at: self.at });
    }

    /// Busy ticks of a trip that is still under way.
    pub(super) fn busy_until_ns(&self, horizon_ns: u64) -> u64 {
        self.trip.as_ref().map_or(0, |trip| horizon_ns - trip.since_ns)
    }
}
