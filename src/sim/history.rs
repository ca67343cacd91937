//! What was committed in the course of a run, as far as the invariants ask.
//!
//! It listens to the records of each party and to the frames of the world; it
//! judges nothing but what can never be right at any moment, and notes that
//! down as a violation.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    basis::{ListingId, OrderId, PackageId, Point, Seq, TruckId, WarehouseId},
    carrier::model as carrier,
    store::model::{self as store, records::Step},
    wire::{amazon, ups},
};

/// An order as the store committed it.
#[derive(Debug, Clone)]
pub struct PlacedOrder {
    pub key: String,
    pub items: BTreeMap<ListingId, u32>,
    pub packages: BTreeMap<PackageId, PlacedPackage>,
    pub destination: Point,
}

/// A package as the store committed it.
#[derive(Debug, Clone)]
pub struct PlacedPackage {
    pub warehouse: WarehouseId,
    pub lines: Vec<(ListingId, u32)>,
}

/// The course of a run.
#[derive(Debug, Default)]
pub struct History {
    pub orders: BTreeMap<OrderId, PlacedOrder>,
    pub order_by_key: BTreeMap<String, OrderId>,
    /// Packages of which the store committed that they will not be sent.
    pub cancelled: BTreeSet<PackageId>,
    /// Packages that the store asked the world to pack.
    pub packed: BTreeSet<PackageId>,
    /// Packages that the carrier has taken on.
    pub shipped: BTreeSet<PackageId>,
    /// Where packages were sent elsewhere, one after the other, by the store's records.
    pub redirected: BTreeMap<PackageId, Vec<Point>>,
    /// How often the store committed that a package was delivered.
    pub delivered_at_store: BTreeMap<PackageId, u32>,
    /// The same of the carrier.
    pub delivered_at_carrier: BTreeMap<PackageId, u32>,
    /// The numbers under which the world said that a package was delivered.
    pub delivered_by_world: BTreeMap<PackageId, BTreeSet<Seq>>,
    /// Where the carrier ordered the world to take a package, and under which numbers.
    pub doorsteps: BTreeMap<PackageId, BTreeSet<(Seq, Point)>>,
    /// What the world said had arrived, under which number.
    pub arrivals: BTreeMap<Seq, (WarehouseId, Vec<(crate::basis::ProductId, i64)>)>,
    /// Pieces on the store's shelves, by its records.
    pub shelves: BTreeMap<(WarehouseId, ListingId), i64>,
    purchases: BTreeMap<(WarehouseId, crate::basis::PurchaseId), Vec<(ListingId, u32)>>,
    /// Which truck a shipment is given to, by the carrier's records.
    aboard: BTreeMap<PackageId, TruckId>,
    trips: BTreeMap<TruckId, PackageId>,
    pub violations: Vec<String>,
}

impl History {
    /// A history that begins with these purchases under way.
    pub fn new(disk: &store::StoreDisk) -> Self {
        let pieces = |lines: &[store::Line]| -> Vec<_> {
            lines.iter().map(|line| (line.listing, line.quantity)).collect()
        };
        let under_way = disk.purchases.iter().map(|(key, row)| (*key, pieces(&row.lines)));
        Self { purchases: under_way.collect(), ..Self::default() }
    }

    pub(super) fn store_committed(&mut self, record: &store::Record) {
        match record {
            store::Record::OrderPlaced(placed) => self.placed(placed),
            store::Record::Stepped { package, step, .. } => self.stepped(*package, step),
            store::Record::StockTaken { warehouse, lines } => {
                for line in lines {
                    let key = (*warehouse, line.listing);
                    let left = self.shelves.entry(key).or_default();
                    *left -= i64::from(line.quantity);
                    let left = *left;
                    if left < 0 {
                        let text = format!("{left} pieces of {key:?} on the store's shelves");
                        self.violate(text);
                    }
                }
            }
            store::Record::PurchaseMade { warehouse, purchase, lines, .. } => {
                let lines = lines.iter().map(|line| (line.listing, line.quantity)).collect();
                self.purchases.insert((*warehouse, *purchase), lines);
            }
            store::Record::PurchaseArrived { warehouse, purchase, .. } => {
                match self.purchases.remove(&(*warehouse, *purchase)) {
                    None => {
                        let text =
                            format!("purchase {purchase} of warehouse {warehouse} arrived twice");
                        self.violate(text);
                    }
                    Some(lines) => {
                        for (listing, quantity) in lines {
                            *self.shelves.entry((*warehouse, listing)).or_default() +=
                                i64::from(quantity);
                        }
                    }
                }
            }
            _ => {}
        }
    }

    fn stepped(&mut self, package: PackageId, step: &Step) {
        match step {
            Step::Delivered => {
                let count = self.delivered_at_store.entry(package).or_default();
                *count += 1;
                let count = *count;
                if count > 1 {
                    self.violate(format!("the store delivered package {package} {count} times"));
                }
            }
            Step::Cancelled => {
                let is_new = self.cancelled.insert(package);
                self.forbid(!is_new, || format!("package {package} was cancelled twice"));
            }
            Step::PackBegun => {
                let is_cancelled = self.cancelled.contains(&package);
                self.forbid(is_cancelled, || format!("package {package} is packed, and cancelled"));
            }
            Step::Redirected { to } => self.redirected.entry(package).or_default().push(*to),
            _ => {}
        }
    }

    pub(super) fn carrier_committed(&mut self, record: &carrier::Record) {
        match record {
            carrier::Record::ShipmentAccepted { shipment, .. } => {
                self.shipped.insert(*shipment);
            }
            carrier::Record::Dispatched { shipment, truck, .. } => {
                if let Some(other) = self.aboard.insert(*shipment, *truck) {
                    let text = format!("shipment {shipment} is given to {truck} and to {other}");
                    self.violate(text);
                }
                if let Some(other) = self.trips.insert(*truck, *shipment) {
                    let text = format!("truck {truck} fetches {shipment} and has {other}");
                    self.violate(text);
                }
            }
            carrier::Record::GivenBack { shipment, truck, .. } => {
                self.aboard.remove(shipment);
                self.trips.remove(truck);
            }
            carrier::Record::Delivered { shipment, truck, .. } => {
                if self.trips.remove(truck) != Some(*shipment) {
                    self.violate(format!(
                        "truck {truck} delivered {shipment}, which it did not have"
                    ));
                }
                let count = self.delivered_at_carrier.entry(*shipment).or_default();
                *count += 1;
                let count = *count;
                if count > 1 {
                    let text = format!("the carrier delivered {shipment} {count} times");
                    self.violate(text);
                }
            }
            _ => {}
        }
    }

    /// A frame from the world to the store.
    pub(super) fn told_store(&mut self, bytes: &[u8]) {
        let Ok(responses) = amazon::decode_responses(bytes) else { return };
        for event in responses.events {
            if let amazon::Event::Arrived { warehouse, things } = event.body {
                let pieces = things.iter().map(|it| (it.product, i64::from(it.count))).collect();
                let arrival = (warehouse, pieces);
                if let Some(before) = self.arrivals.insert(event.seq, arrival.clone())
                    && before != arrival
                {
                    self.violate(format!("message {} of the world has changed", event.seq));
                }
            }
        }
    }

    /// A frame from the world to the carrier.
    pub(super) fn told_carrier(&mut self, bytes: &[u8]) {
        let Ok(responses) = ups::decode_responses(bytes) else { return };
        for event in responses.events {
            if let ups::Event::Delivered { package, .. } = event.body {
                self.delivered_by_world.entry(package).or_default().insert(event.seq);
            }
        }
    }

    /// A frame from the store to the world.
    pub(super) fn store_asked(&mut self, bytes: &[u8]) {
        let Ok(commands) = amazon::decode_commands(bytes) else { return };
        for command in commands.commands {
            if let amazon::Command::Pack { package, .. } = command.body {
                self.packed.insert(package);
            }
        }
    }

    /// The packages of an order that is committed.
    pub(super) fn packages_of(&self, order: OrderId) -> Vec<PackageId> {
        let packages = self.orders.get(&order).map(|order| order.packages.keys().copied());
        packages.into_iter().flatten().collect()
    }

    /// Where a package of the order goes after all changes.
    pub fn place_of(&self, order: &PlacedOrder, package: PackageId) -> Point {
        let last = self.redirected.get(&package).and_then(|places| places.last());
        last.copied().unwrap_or(order.destination)
    }

    /// A frame from the carrier to the world.
    pub(super) fn carrier_asked(&mut self, bytes: &[u8]) {
        let Ok(commands) = ups::decode_commands(bytes) else { return };
        for command in commands.commands {
            if let ups::Command::Deliver { packages, .. } = command.body {
                for (package, to) in packages {
                    self.doorsteps.entry(package).or_default().insert((command.seq, to));
                }
            }
        }
    }

    fn forbid(&mut self, is_so: bool, text: impl FnOnce() -> String) {
        if is_so {
            self.violate(text());
        }
    }

    pub(super) fn violate(&mut self, text: String) {
        self.violations.push(text);
    }

    fn placed(&mut self, placed: &store::records::OrderPlaced) {
        let mut items = BTreeMap::new();
        for item in &placed.items {
            *items.entry(item.listing).or_default() += item.quantity;
        }
        let package = |(id, plan): &(PackageId, store::letters::Plan)| {
            let lines = plan.lines.iter().map(|line| (line.listing, line.quantity)).collect();
            (*id, PlacedPackage { warehouse: plan.warehouse, lines })
        };
        let order = PlacedOrder {
            key: placed.idempotency_key.clone(),
            items,
            packages: placed.packages.iter().map(package).collect(),
            destination: placed.destination,
        };
        if let Some(other) = self.order_by_key.insert(order.key.clone(), placed.order) {
            let text = format!("key {} became order {other} and order {}", order.key, placed.order);
            self.violate(text);
        }
        if self.orders.insert(placed.order, order).is_some() {
            self.violate(format!("order {} was placed twice", placed.order));
        }
    }
}
