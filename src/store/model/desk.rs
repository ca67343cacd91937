//! The desk: takes orders, has them reserved, and saves them.
//!
//! It does not know what is on the shelves for sure: it plans by what the
//! warehouses said last, and each warehouse decides whether it can promise.
//!
//! ```text
//! Place ─▶ check ─▶ plan ─▶ Reserve to each warehouse ─▶ all Reserved ─▶ OrderPlaced, Answer, Opened
//! ```

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use super::{
    catalog::{Catalog, Line, Site},
    disk::StoreDisk,
    keys::{Keys, Use},
    letters::{
        CatalogChange, DeskLetter, Letter, LinkLetter, PackageLetter, Place, Plan, Redirect,
        Replenish, Ticket, WarehouseLetter,
    },
    outputs::{
        Output, PlaceAnswer, PlacedOrder, PlacedPackage, RedirectOutcome, Rejection,
        ReplenishRefusal,
    },
    party::Store,
    planner,
    records::{OrderItem, OrderPlaced, Record},
    shelf::{BUY_MAX, Shelf},
    status::PackageStatus,
};
use crate::{
    basis::{Cents, ListingId, OrderId, PackageId, Point, SimTime, WarehouseId},
    runtime::{Outbox, ReplyId},
};

/// Different listings in an order at most.
pub const ITEMS_MAX: usize = 100;

/// Pieces of one listing in an order at most.
pub const QUANTITY_MAX: u32 = 10_000;

/// Units from the nearest warehouse to a destination at most. A truck moves one unit in a
/// simulated second: a few orders to the end of the grid would keep a whole fleet for months.
pub const REACH_MAX: u64 = 100_000;

/// The one who takes orders.
#[derive(Debug)]
pub struct Desk {
    /// False until everybody is back after a start: nothing is taken before.
    is_open: bool,
    pack_after: Duration,
    ticket: Ticket,
    catalog: Arc<Catalog>,
    sites: BTreeMap<WarehouseId, Site>,
    /// What each warehouse said last that it can promise ...
    levels: BTreeMap<(WarehouseId, ListingId), i64>,
    /// ... and what it has been asked for since.
    asked: BTreeMap<(WarehouseId, ListingId), i64>,
    keys: Keys,
    order_last: OrderId,
    package_last: PackageId,
    pending: BTreeMap<OrderId, Pending>,
    pending_of: BTreeMap<PackageId, OrderId>,
}

/// An order whose warehouses have not all answered.
#[derive(Debug)]
struct Pending {
    place: Place,
    /// Who sent the same order again meanwhile.
    again: Vec<ReplyId>,
    items: Vec<OrderItem>,
    total: Cents,
    packages: BTreeMap<PackageId, Plan>,
    unanswered: usize,
}

impl Desk {
    pub fn restore(disk: &mut StoreDisk, catalog: &Arc<Catalog>, now: SimTime) -> Self {
        let mut levels = BTreeMap::new();
        for warehouse in disk.sites.keys() {
            let shelf = Shelf::restore(disk, *warehouse);
            let known = shelf.listings();
            levels.extend(known.map(|listing| ((*warehouse, listing), shelf.available(listing))));
        }
        Self {
            is_open: false,
            pack_after: disk.pack_after,
            ticket: now,
            catalog: Arc::clone(catalog),
            sites: disk.sites.clone(),
            levels,
            asked: BTreeMap::new(),
            keys: Keys::restore(std::mem::take(&mut disk.keys)),
            order_last: disk.order_last,
            package_last: disk.package_last,
            pending: BTreeMap::new(),
            pending_of: BTreeMap::new(),
        }
    }

    /// Everybody is back. What was reserved for orders that were never saved is
    /// free again: their packages' numbers will be given to others.
    pub fn open(&mut self, out: &mut Outbox<Store>) {
        self.is_open = true;
        let from = PackageId(self.package_last.0 + 1);
        for warehouse in self.sites.keys() {
            out.tell(Letter::Warehouse(*warehouse, WarehouseLetter::Forget { from }));
        }
    }

    pub fn place(&mut self, place: &Place, out: &mut Outbox<Store>) {
        let reply = place.reply;
        if !self.is_open {
            return out.emit(Output::Answer { reply, answer: PlaceAnswer::Busy });
        }
        if let Some(used) = self.keys.find(place.account, &place.idempotency_key) {
            return self.repeat(place, used, out);
        }
        match self.check(place).and_then(|priced| at_the_price(place, priced)) {
            Ok((items, total)) => self.begin(place, items, total, out),
            Err(rejection) => {
                let answer = PlaceAnswer::Rejected(rejection);
                out.emit(Output::Answer { reply, answer });
            }
        }
    }

    pub fn handle(&mut self, letter: &DeskLetter, now: SimTime, out: &mut Outbox<Store>) {
        match letter {
            DeskLetter::Reserved { ticket, warehouse, package, granted, levels } => {
                self.take_levels(*warehouse, levels);
                if *ticket == self.ticket {
                    self.reserved(*package, *granted, now, out);
                }
            }
            DeskLetter::Available { warehouse, levels } => self.take_levels(*warehouse, levels),
        }
    }

    pub fn change_catalog(&mut self, change: &CatalogChange, out: &mut Outbox<Store>) {
        match change {
            CatalogChange::Listing(listing) => {
                Arc::make_mut(&mut self.catalog).insert(listing.clone());
                for warehouse in self.sites.keys() {
                    let letter = WarehouseLetter::Listing(listing.clone());
                    out.tell(Letter::Warehouse(*warehouse, letter));
                }
            }
            CatalogChange::Warehouse(site) => {
                self.sites.insert(site.id, *site);
                let catalog = Arc::clone(&self.catalog);
                let founded = WarehouseLetter::Founded { site: *site, catalog };
                out.tell(Letter::Warehouse(site.id, founded));
                out.tell(Letter::Link(LinkLetter::Founded(*site)));
            }
        }
    }

    pub fn replenish(&mut self, wish: &Replenish, out: &mut Outbox<Store>) {
        let reply = wish.reply;
        match self.check_wish(wish) {
            Ok(()) => {
                let letter = WarehouseLetter::Replenish { reply, lines: merged(&wish.lines) };
                out.tell(Letter::Warehouse(wish.warehouse, letter));
            }
            Err(refusal) => out.emit(Output::Replenished { reply, outcome: Err(refusal) }),
        }
    }

    /// Where the place is within reach the package decides, or who has it.
    pub fn redirect(&self, wish: &Redirect, out: &mut Outbox<Store>) {
        let Redirect { reply, package, to } = *wish;
        if !self.is_open {
            return out.emit(Output::Redirected { reply, outcome: RedirectOutcome::Busy });
        }
        // Also from a warehouse that is closed: what is under way there is finished.
        match within_reach(self.sites.values(), to) {
            Ok(()) => out.tell(Letter::Package(package, PackageLetter::Redirect { reply, to })),
            Err(rejection) => {
                let outcome = RedirectOutcome::Rejected(rejection);
                out.emit(Output::Redirected { reply, outcome });
            }
        }
    }

    /// The key was used before: the same order again, or a mistake.
    fn repeat(&mut self, place: &Place, used: Use, out: &mut Outbox<Store>) {
        let (reply, order) = (place.reply, used.order);
        if used.body_hash != place.body_hash {
            out.emit(Output::Answer { reply, answer: PlaceAnswer::Conflict { order } });
        } else if let Some(pending) = self.pending.get_mut(&order) {
            pending.again.push(reply);
        } else {
            out.emit(Output::Answer { reply, answer: PlaceAnswer::Repeated { order } });
        }
    }

    fn check(&self, place: &Place) -> Result<(Vec<OrderItem>, Cents), Rejection> {
        let mut quantities: BTreeMap<ListingId, u64> = BTreeMap::new();
        for (listing, quantity) in &place.items {
            *quantities.entry(*listing).or_default() += u64::from(*quantity);
        }
        let (count, max) = (quantities.len(), ITEMS_MAX);
        match count {
            0 => return Err(Rejection::Empty),
            count if count > max => return Err(Rejection::TooManyItems { count, max }),
            _ => {}
        }
        let (mut items, mut total) = (Vec::new(), Some(0_i64));
        for (listing, quantity) in quantities {
            let item = self.check_item(listing, quantity)?;
            let price = item.price.0.checked_mul(i64::from(item.quantity));
            total = total.zip(price).and_then(|(sum, price)| sum.checked_add(price));
            items.push(item);
        }
        let total = total.ok_or(Rejection::TotalTooLarge)?;
        within_reach(self.sites.values().filter(|site| site.active), place.destination)?;
        Ok((items, Cents(total)))
    }

    fn check_item(&self, id: ListingId, quantity: u64) -> Result<OrderItem, Rejection> {
        let listing = self.catalog.find(id).filter(|listing| listing.active);
        let listing = listing.ok_or(Rejection::UnknownListing(id))?;
        let fits = u32::try_from(quantity).ok().filter(|n| (1..=QUANTITY_MAX).contains(n));
        let max = QUANTITY_MAX;
        let range = Rejection::QuantityOutOfRange { listing: id, quantity, max };
        let quantity = fits.ok_or(range)?;
        Ok(OrderItem { listing: id, product: listing.product, quantity, price: listing.price })
    }

    fn begin(
        &mut self,
        place: &Place,
        items: Vec<OrderItem>,
        total: Cents,
        out: &mut Outbox<Store>,
    ) {
        let order = OrderId(self.order_last.0 + 1);
        self.order_last = order;
        let of = Use { order, body_hash: place.body_hash };
        self.keys.insert(place.account, &place.idempotency_key, of);
        let lines: Vec<Line> =
            items.iter().map(|item| Line::new(item.listing, item.quantity)).collect();
        let parcels =
            planner::split(&lines, place.destination, &self.sites, |warehouse, listing| {
                self.seems_available(warehouse, listing)
            });
        let mut packages = BTreeMap::new();
        for parcel in parcels {
            let package = PackageId(self.package_last.0 + 1);
            self.package_last = package;
            self.pending_of.insert(package, order);
            self.ask(package, parcel.warehouse, &parcel.lines, out);
            packages.insert(package, self.plan(place, order, parcel));
        }
        let unanswered = packages.len();
        let pending =
            Pending { place: place.clone(), again: Vec::new(), items, total, packages, unanswered };
        self.pending.insert(order, pending);
    }

    fn plan(&self, place: &Place, order: OrderId, parcel: planner::Parcel) -> Plan {
        Plan {
            order,
            account: place.account,
            email: place.email.clone(),
            carrier_account: place.carrier_account.clone(),
            destination: place.destination,
            warehouse: parcel.warehouse,
            things: self.catalog.things(&parcel.lines),
            lines: parcel.lines,
            granted: false,
            pack_after: self.pack_after,
        }
    }

    fn ask(
        &mut self,
        package: PackageId,
        warehouse: WarehouseId,
        lines: &[Line],
        out: &mut Outbox<Store>,
    ) {
        for line in lines {
            *self.asked.entry((warehouse, line.listing)).or_default() += i64::from(line.quantity);
        }
        let (ticket, lines) = (self.ticket, lines.to_vec());
        let letter = WarehouseLetter::Reserve { ticket, package, lines };
        out.tell(Letter::Warehouse(warehouse, letter));
    }

    fn reserved(
        &mut self,
        package: PackageId,
        granted: bool,
        now: SimTime,
        out: &mut Outbox<Store>,
    ) {
        let Some(order) = self.pending_of.remove(&package) else { return };
        let Some(pending) = self.pending.get_mut(&order) else { return };
        let Some(plan) = pending.packages.get_mut(&package) else { return };
        plan.granted = granted;
        pending.unanswered -= 1;
        for line in &plan.lines {
            let key = (plan.warehouse, line.listing);
            if let Some(asked) = self.asked.get_mut(&key) {
                *asked -= i64::from(line.quantity);
                if *asked <= 0 {
                    self.asked.remove(&key);
                }
            }
        }
        self.finish_if_answered(order, now, out);
    }

    /// Every warehouse has answered: the order is saved, in one piece.
    fn finish_if_answered(&mut self, order: OrderId, now: SimTime, out: &mut Outbox<Store>) {
        if self.pending.get(&order).is_none_or(|pending| pending.unanswered > 0) {
            return;
        }
        let Some(pending) = self.pending.remove(&order) else { return };
        if pending.place.only_in_stock && pending.packages.values().any(|plan| !plan.granted) {
            return self.turn_away(pending, out);
        }
        let Pending { place, again, items, total, packages, .. } = pending;
        let answer = PlaceAnswer::Placed(answer_of(order, total, now, &packages));
        out.emit(Output::Answer { reply: place.reply, answer });
        for reply in again {
            out.emit(Output::Answer { reply, answer: PlaceAnswer::Repeated { order } });
        }
        for (package, plan) in &packages {
            let opened = PackageLetter::Opened(Box::new(plan.clone()));
            out.tell(Letter::Package(*package, opened));
            // After the package itself, so that it exists when its pieces come.
            if !plan.granted {
                let (package, lines) = (*package, plan.lines.clone());
                let letter = WarehouseLetter::BackOrder { package, lines };
                out.tell(Letter::Warehouse(plan.warehouse, letter));
            }
        }
        out.save(Record::OrderPlaced(Box::new(OrderPlaced {
            order,
            account: place.account,
            email: place.email,
            idempotency_key: place.idempotency_key,
            body_hash: place.body_hash,
            destination: place.destination,
            carrier_account: place.carrier_account,
            items,
            total,
            packages: packages.into_iter().collect(),
            at: now,
        })));
    }

    /// Some of it would come later, which the buyer does not want: nothing is kept for it.
    fn turn_away(&mut self, pending: Pending, out: &mut Outbox<Store>) {
        let Pending { place, again, packages, .. } = pending;
        self.keys.forget(place.account, &place.idempotency_key);
        for (package, plan) in packages.into_iter().filter(|(_, plan)| plan.granted) {
            out.tell(Letter::Warehouse(plan.warehouse, WarehouseLetter::Released { package }));
        }
        for reply in std::iter::once(place.reply).chain(again) {
            let answer = PlaceAnswer::Rejected(Rejection::NotInStock);
            out.emit(Output::Answer { reply, answer });
        }
    }

    fn seems_available(&self, warehouse: WarehouseId, listing: ListingId) -> i64 {
        let key = (warehouse, listing);
        let level = self.levels.get(&key).copied().unwrap_or(0);
        level - self.asked.get(&key).copied().unwrap_or(0)
    }

    fn take_levels(&mut self, warehouse: WarehouseId, levels: &[(ListingId, i64)]) {
        self.levels.extend(levels.iter().map(|(listing, level)| ((warehouse, *listing), *level)));
    }

    fn check_wish(&self, wish: &Replenish) -> Result<(), ReplenishRefusal> {
        match self.sites.get(&wish.warehouse) {
            None => return Err(ReplenishRefusal::UnknownWarehouse(wish.warehouse)),
            Some(site) if !site.active => return Err(ReplenishRefusal::Inactive(wish.warehouse)),
            Some(_) => {}
        }
        let unknown = wish.lines.iter().find(|line| self.catalog.find(line.listing).is_none());
        if let Some(line) = unknown {
            return Err(ReplenishRefusal::UnknownListing(line.listing));
        }
        let fits = |line: &Line| (1..=BUY_MAX).contains(&line.quantity);
        let count_fits = (1..=ITEMS_MAX).contains(&wish.lines.len());
        if count_fits && merged(&wish.lines).iter().all(fits) {
            return Ok(());
        }
        Err(ReplenishRefusal::OutOfRange { max: BUY_MAX, lines_max: ITEMS_MAX })
    }
}

/// What is ordered, where it costs what the buyer was told.
fn at_the_price(
    place: &Place,
    (items, total): (Vec<OrderItem>, Cents),
) -> Result<(Vec<OrderItem>, Cents), Rejection> {
    match place.expected_total {
        Some(expected) if expected != total => Err(Rejection::PriceChanged { expected, total }),
        Some(_) | None => Ok((items, total)),
    }
}

fn within_reach<'a>(
    sites: impl Iterator<Item = &'a Site>,
    destination: Point,
) -> Result<(), Rejection> {
    let distances = sites.map(|site| site.at.distance(destination));
    let (distance, max) = (distances.min().ok_or(Rejection::NoWarehouse)?, REACH_MAX);
    if distance > max { Err(Rejection::TooFar { distance, max }) } else { Ok(()) }
}

/// The lines with each listing once.
fn merged(lines: &[Line]) -> Vec<Line> {
    let mut quantities: BTreeMap<ListingId, u32> = BTreeMap::new();
    for line in lines {
        let quantity = quantities.entry(line.listing).or_default();
        *quantity = quantity.saturating_add(line.quantity);
    }
    quantities.into_iter().map(|(listing, quantity)| Line::new(listing, quantity)).collect()
}

fn answer_of(
    order: OrderId,
    total: Cents,
    placed_at: SimTime,
    packages: &BTreeMap<PackageId, Plan>,
) -> PlacedOrder {
    let package = |(id, plan): (&PackageId, &Plan)| PlacedPackage {
        id: *id,
        warehouse: plan.warehouse,
        status: PackageStatus::Created,
        in_stock: plan.granted,
        lines: plan.lines.clone(),
    };
    let packages = packages.iter().map(package).collect();
    PlacedOrder { order, total, placed_at, packages }
}
