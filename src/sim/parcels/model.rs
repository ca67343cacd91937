//! The cast of a run and what its members say to each other.
//!
//! No member reads or changes another: what a warehouse wants of a truck goes
//! through the agenda to the dispatcher, and from there to the truck.

use crate::sim::engine::{Agenda, Cast, run};

use super::{
    Order, Params, Report,
    dispatcher::Dispatcher,
    report::Tally,
    truck::Truck,
    warehouse::{Warehouse, WarehouseMap},
};

/// A place on the grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    pub x: u32,
    pub y: u32,
}

/// Everything that is said, each kind to one kind of member.
#[derive(Debug, Clone, Copy)]
pub enum Message {
    /// To the source: the order's time has come.
    Arrived { order: u32 },
    /// To the warehouse.
    Ordered { warehouse: u32, order: u32 },
    /// To the warehouse: one of its stations is done.
    Packed { warehouse: u32, order: u32 },
    /// To the dispatcher.
    Wanted { warehouse: u32, order: u32 },
    /// To the truck.
    Go { truck: u32, warehouse: u32, order: u32 },
    /// To the truck: it has reached the warehouse.
    AtWarehouse { truck: u32 },
    /// To the truck: the order is on board.
    Loaded { truck: u32 },
    /// To the truck: it has reached the destination.
    Delivered { truck: u32 },
    /// To the dispatcher.
    Freed { truck: u32, at: Place },
}

/// What every member may look up, and where it counts what it did.
pub(super) struct Office {
    pub(super) params: Params,
    pub(super) orders: Vec<Order>,
    pub(super) map: WarehouseMap,
    pub(super) tally: Tally,
}

impl Office {
    #[inline]
    pub(super) fn order(&self, order: u32) -> &Order {
        &self.orders[order as usize]
    }

    /// The time from one place to another; never 0.
    #[inline]
    pub(super) fn travel_ns(&self, from: Place, to: Place) -> u64 {
        let cells = from.x.abs_diff(to.x) + from.y.abs_diff(to.y);
        self.params.turn_ns + self.params.cell_ns * u64::from(cells)
    }
}

/// A run that is ready to begin, or over.
pub struct Parcels {
    office: Office,
    warehouses: Vec<Warehouse>,
    dispatcher: Dispatcher,
    trucks: Vec<Truck>,
    agenda: Agenda<Message>,
}

impl Parcels {
    /// Builds the members; nothing happens yet.
    pub fn new(params: Params, orders: Vec<Order>) -> Self {
        let map = WarehouseMap::new(&params);
        let latencies_ns = Vec::with_capacity(orders.len());
        let tally = Tally { latencies_ns, ..Tally::default() };
        let warehouses = (0..map.count()).map(|id| Warehouse::new(id, params.stations)).collect();
        let start = |truck: u32| map.place(truck % map.count());
        let dispatcher = Dispatcher::new(&params, (0..params.trucks).map(start));
        let trucks = (0..params.trucks).map(|id| Truck::new(id, start(id))).collect();
        let mut agenda = Agenda::new();
        if let Some(first) = orders.first() {
            agenda.send_at(first.arrival_ns, Message::Arrived { order: 0 });
        }
        let office = Office { params, orders, map, tally };
        Self { office, warehouses, dispatcher, trucks, agenda }
    }

    /// The event loop: everything that happens up to the horizon.
    pub fn run(&mut self) {
        let horizon_ns = self.office.params.horizon_ns;
        let mut agenda = std::mem::take(&mut self.agenda);
        run(self, &mut agenda, horizon_ns);
        self.agenda = agenda;
    }

    /// What came of it. Trips still under way count up to the horizon.
    pub fn report(self) -> Report {
        let Self { mut office, trucks, .. } = self;
        let horizon_ns = office.params.horizon_ns;
        office.tally.busy_ns +=
            trucks.iter().map(|truck| u128::from(truck.busy_until_ns(horizon_ns))).sum::<u128>();
        Report::new(office.tally, &office.params)
    }

    /// The source: lets the next order come when this one has.
    fn arrive(&mut self, order: u32, agenda: &mut Agenda<Message>) {
        self.office.tally.arrived += 1;
        self.office.tally.events += 1;
        let Order { x, y, .. } = *self.office.order(order);
        let warehouse = self.office.map.nearest(Place { x, y });
        agenda.send(Message::Ordered { warehouse, order });
        if let Some(next) = self.office.orders.get(order as usize + 1) {
            agenda.send_at(next.arrival_ns, Message::Arrived { order: order + 1 });
        }
    }
}

impl Cast for Parcels {
    type Message = Message;

    #[inline]
    fn receive(&mut self, message: Message, agenda: &mut Agenda<Message>) {
        let office = &mut self.office;
        match message {
            Message::Arrived { order } => self.arrive(order, agenda),
            Message::Ordered { warehouse, order } => {
                self.warehouses[warehouse as usize].ordered(order, office, agenda);
            }
            Message::Packed { warehouse, order } => {
                self.warehouses[warehouse as usize].packed(order, office, agenda);
            }
            Message::Wanted { warehouse, order } => {
                self.dispatcher.wanted(warehouse, order, office, agenda);
            }
            Message::Freed { truck, at } => self.dispatcher.freed(truck, at, agenda),
            Message::Go { truck, warehouse, order } => {
                self.trucks[truck as usize].go(warehouse, order, office, agenda);
            }
            Message::AtWarehouse { truck } => {
                self.trucks[truck as usize].at_warehouse(office, agenda);
            }
            Message::Loaded { truck } => self.trucks[truck as usize].loaded(office, agenda),
            Message::Delivered { truck } => {
                self.trucks[truck as usize].delivered(office, agenda);
            }
        }
    }
}
