//! A warehouse: promises what is there, buys what is missing.
//!
//! It packs nothing itself; a package whose pieces are promised sees to that.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use super::{
    catalog::{Catalog, Line},
    disk::StoreDisk,
    letters::{
        DeskLetter, Errand, Letter, LinkLetter, PackageLetter, PeerLetter, Task, Ticket,
        WarehouseLetter,
    },
    outputs::{Note, Output, ReplenishRefusal},
    party::Store,
    records::{Record, Step},
    shelf::{BUY_MAX, Shelf},
    status::PackageStatus,
};
use crate::{
    basis::{
        ListingId, PackageId, ProductId, PurchaseId, Seq, SimTime, TruckId, WarehouseId, WorldId,
    },
    link::Backoff,
    runtime::{Outbox, ReplyId},
    wire::amazon::{Command, Thing},
};

/// Listings in one purchase at most.
const LINES_MAX: usize = 100;

const BUY_AGAIN: Backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(60));

/// Keeps the stock of one place.
#[derive(Debug)]
pub struct Warehouse {
    id: WarehouseId,
    /// Else it buys only what packages wait for.
    is_active: bool,
    catalog: Arc<Catalog>,
    shelf: Shelf,
    purchases: BTreeMap<PurchaseId, Purchase>,
    purchase_last: PurchaseId,
    /// Packed, and no truck has come for them.
    awaiting_truck: BTreeSet<PackageId>,
    /// The last truck that came for whatever is packed.
    truck: Option<TruckId>,
}

/// Pieces on their way.
#[derive(Debug)]
struct Purchase {
    lines: Vec<Line>,
    things: Vec<Thing>,
    backoff: Backoff,
    /// Set where the world refused it.
    again_at: Option<SimTime>,
}

impl Warehouse {
    /// One with empty shelves.
    pub fn new(id: WarehouseId, catalog: Arc<Catalog>) -> Self {
        Self {
            id,
            is_active: true,
            catalog,
            shelf: Shelf::default(),
            purchases: BTreeMap::new(),
            purchase_last: PurchaseId(0),
            awaiting_truck: BTreeSet::new(),
            truck: None,
        }
    }

    pub fn restore(disk: &StoreDisk, id: WarehouseId, catalog: &Arc<Catalog>) -> Self {
        let mut warehouse = Self::new(id, Arc::clone(catalog));
        warehouse.is_active = disk.sites.get(&id).is_none_or(|site| site.active);
        warehouse.shelf = Shelf::restore(disk, id);
        warehouse.purchase_last = disk.purchase_last.get(&id).copied().unwrap_or(PurchaseId(0));
        warehouse.truck = disk.trucks.get(&id).copied();
        for ((at, purchase), row) in &disk.purchases {
            if *at == id {
                let purchase_again = warehouse.purchase(row.lines.clone());
                warehouse.purchases.insert(*purchase, purchase_again);
            }
        }
        let waits = |row: &super::disk::PackageRow| {
            row.plan.warehouse == id && row.status == PackageStatus::Packed && !row.truck_here
        };
        let awaiting = disk.packages.iter().filter(|(_, row)| waits(row));
        warehouse.awaiting_truck = awaiting.map(|(package, _)| *package).collect();
        warehouse
    }

    /// Says what is there, grants what can be granted, and buys what is outstanding.
    pub fn open(&mut self, now: SimTime, out: &mut Outbox<Store>) {
        // The link knows which of these are under way already.
        for (purchase, row) in &self.purchases {
            out.tell(self.buy_letter(*purchase, &row.things));
        }
        let all: Vec<ListingId> = self.shelf.listings().collect();
        self.grant_and_buy(&all, now, out);
        self.publish(&all, out);
    }

    pub fn handle(&mut self, letter: &WarehouseLetter, now: SimTime, out: &mut Outbox<Store>) {
        match letter {
            WarehouseLetter::Reserve { ticket, package, lines } => {
                self.reserve(*ticket, *package, lines, now, out);
            }
            WarehouseLetter::Forget { from } => {
                let freed = listings_of(&self.shelf.forget(*from));
                self.grant_and_buy(&freed, now, out);
                self.publish(&freed, out);
            }
            WarehouseLetter::BackOrder { package, lines } => {
                self.shelf.back_order(*package, lines);
                let listings = listings_of(lines);
                self.grant_and_buy(&listings, now, out);
                self.publish(&listings, out);
            }
            WarehouseLetter::Taken { package, awaits_truck } => {
                self.shelf.take(*package);
                if *awaits_truck {
                    self.await_truck(*package, out);
                }
            }
            WarehouseLetter::Released { package } => {
                let freed = listings_of(&self.shelf.release(*package));
                self.grant_and_buy(&freed, now, out);
                self.publish(&freed, out);
            }
            WarehouseLetter::TruckRefused { package, truck, awaits_other } => {
                self.truck_refused(*package, *truck, *awaits_other, out);
            }
            WarehouseLetter::HasTruck { package } => {
                self.awaiting_truck.remove(package);
            }
            WarehouseLetter::Short { lines } => {
                self.make(lines.clone(), now, out);
            }
            WarehouseLetter::Arrived { things, seq, world } => {
                self.arrived(things, *seq, *world, now, out);
            }
            WarehouseLetter::BuyRefused { purchase } => self.refused(*purchase, now),
            WarehouseLetter::Replenish { reply, lines } => {
                self.replenish(*reply, lines, now, out);
            }
            WarehouseLetter::TruckArrived { truck, errand } => {
                self.truck_arrived(*truck, *errand, now, out);
            }
            WarehouseLetter::WorldChanged => self.move_to_another_world(now, out),
            WarehouseLetter::Listing(listing) => {
                Arc::make_mut(&mut self.catalog).insert(listing.clone());
                self.grant_and_buy(&[listing.id], now, out);
            }
            WarehouseLetter::Founded { site, catalog } => {
                self.catalog = Arc::clone(catalog);
                self.set_active(site.active, now, out);
            }
        }
    }

    pub fn next_wake(&self) -> Option<SimTime> {
        self.purchases.values().filter_map(|purchase| purchase.again_at).min()
    }

    /// Asks the world again for what it refused.
    pub fn wake(&mut self, now: SimTime, out: &mut Outbox<Store>) {
        for (id, purchase) in &mut self.purchases {
            if purchase.again_at.is_some_and(|at| at <= now) {
                purchase.again_at = None;
                let (warehouse, things) = (self.id, purchase.things.clone());
                out.tell(buy(warehouse, *id, things));
            }
        }
    }

    fn set_active(&mut self, is_active: bool, now: SimTime, out: &mut Outbox<Store>) {
        let was_active = std::mem::replace(&mut self.is_active, is_active);
        if is_active && !was_active {
            let all: Vec<ListingId> = self.shelf.listings().collect();
            self.buy_short(&all, now, out);
        }
    }

    fn reserve(
        &mut self,
        ticket: Ticket,
        package: PackageId,
        lines: &[Line],
        now: SimTime,
        out: &mut Outbox<Store>,
    ) {
        let granted = self.shelf.reserve(package, lines);
        let (warehouse, listings) = (self.id, listings_of(lines));
        let levels = self.levels(&listings);
        if granted {
            out.emit(Output::Stock { warehouse, levels: levels.clone() });
            self.buy_short(&listings, now, out);
        }
        let answer = DeskLetter::Reserved { ticket, warehouse, package, granted, levels };
        out.tell(Letter::Desk(answer));
    }

    /// Bought things are there: the oldest purchase of exactly these has come.
    fn arrived(
        &mut self,
        things: &[Thing],
        seq: Seq,
        world: Option<WorldId>,
        now: SimTime,
        out: &mut Outbox<Store>,
    ) {
        let warehouse = self.id;
        let counts = counts_of(things);
        let found = self.purchases.iter().find(|(_, bought)| counts_of(&bought.things) == counts);
        let Some(purchase) = found.map(|(id, _)| *id) else {
            // A repeat from before a restart, or somebody else's.
            out.emit(Output::Noted(Note::UnknownArrival { warehouse, seq }));
            return out.tell(Letter::Link(LinkLetter::Settled { seq, over: None }));
        };
        let Some(bought) = self.purchases.remove(&purchase) else { return };
        let lines = bought.lines.clone();
        out.save(Record::PurchaseArrived { warehouse, purchase, lines, world, seq, at: now });
        self.shelf.receive(&bought.lines);
        let over = Some(Task::Buy { warehouse, purchase });
        let listings = listings_of(&bought.lines);
        self.grant_and_buy(&listings, now, out);
        self.publish(&listings, out);
        out.tell(Letter::Link(LinkLetter::Settled { seq, over }));
    }

    fn refused(&mut self, purchase: PurchaseId, now: SimTime) {
        if let Some(purchase) = self.purchases.get_mut(&purchase) {
            purchase.again_at = Some(now + purchase.backoff.pause());
        }
    }

    fn replenish(&mut self, reply: ReplyId, lines: &[Line], now: SimTime, out: &mut Outbox<Store>) {
        let made = self.make(lines.to_vec(), now, out);
        let refusal = ReplenishRefusal::OutOfRange { max: BUY_MAX, lines_max: LINES_MAX };
        out.emit(Output::Replenished { reply, outcome: made.ok_or(refusal) });
    }

    fn await_truck(&mut self, package: PackageId, out: &mut Outbox<Store>) {
        match self.truck {
            Some(truck) => out.tell(Letter::Package(package, PackageLetter::TruckHere { truck })),
            None => {
                self.awaiting_truck.insert(package);
            }
        }
    }

    /// Whatever is packed may load, and whatever will be. Saved here for all of
    /// them, so that the answer follows the effect.
    fn truck_arrived(
        &mut self,
        truck: TruckId,
        errand: Errand,
        now: SimTime,
        out: &mut Outbox<Store>,
    ) {
        self.truck = Some(truck);
        out.save(Record::TruckAtWarehouse { warehouse: self.id, truck });
        for package in std::mem::take(&mut self.awaiting_truck) {
            let step = Step::TruckArrived { truck };
            out.save(Record::Stepped { package, step, at: now });
            out.tell(Letter::Package(package, PackageLetter::TruckHere { truck }));
        }
        let answer = Ok("whatever is packed here will be loaded".to_owned());
        out.tell(Letter::Peer(PeerLetter::Done { errand, answer }));
    }

    /// A truck that came for whatever is packed leaves without a word. Who finds it gone gets the
    /// next one. That is not saved: after a restart the world says so again.
    fn truck_refused(
        &mut self,
        package: PackageId,
        truck: TruckId,
        awaits_other: bool,
        out: &mut Outbox<Store>,
    ) {
        self.truck.take_if(|here| *here == truck);
        if awaits_other {
            self.await_truck(package, out);
        }
    }

    fn move_to_another_world(&mut self, now: SimTime, out: &mut Outbox<Store>) {
        self.shelf.clear();
        self.truck = None;
        for purchase in self.purchases.values_mut() {
            purchase.again_at = None;
        }
        self.open(now, out);
    }

    /// Gives what is there to those who wait, then buys what is missing.
    fn grant_and_buy(&mut self, listings: &[ListingId], now: SimTime, out: &mut Outbox<Store>) {
        for package in self.shelf.grant(listings.iter().copied()) {
            out.save(Record::Stepped { package, step: Step::Granted, at: now });
            let warehouse = self.id;
            out.tell(Letter::Package(package, PackageLetter::Granted { warehouse }));
        }
        self.buy_short(listings, now, out);
    }

    /// Buys up to the target what is below its reorder level; not active, what is owed.
    fn buy_short(&mut self, listings: &[ListingId], now: SimTime, out: &mut Outbox<Store>) {
        let short = |listing: &ListingId| {
            let listing = self.catalog.find(*listing)?;
            let reorder = if self.is_active { listing.reorder() } else { (0, 0) };
            let quantity = self.shelf.shortage(listing.id, reorder);
            quantity.map(|quantity| Line::new(listing.id, quantity))
        };
        let lines: Vec<Line> = listings.iter().filter_map(short).collect();
        for part in lines.chunks(LINES_MAX) {
            self.make(part.to_vec(), now, out);
        }
    }

    /// Makes a purchase and sends it on its way; None where there is nothing to buy.
    fn make(
        &mut self,
        mut lines: Vec<Line>,
        now: SimTime,
        out: &mut Outbox<Store>,
    ) -> Option<PurchaseId> {
        lines.retain(|line| (1..=BUY_MAX).contains(&line.quantity));
        if lines.is_empty() {
            return None;
        }
        self.tell_apart(&mut lines);
        self.purchase_last = PurchaseId(self.purchase_last.0 + 1);
        let (warehouse, purchase) = (self.id, self.purchase_last);
        self.shelf.expect(&lines);
        let row = self.purchase(lines.clone());
        out.save(Record::PurchaseMade { warehouse, purchase, lines, at: now });
        out.tell(self.buy_letter(purchase, &row.things));
        self.purchases.insert(purchase, row);
        Some(purchase)
    }

    /// Buys a piece more until no purchase under way is of the same things: an
    /// arrival names nothing but things, and one taken for another's would leave
    /// the other waiting for ever, or drop a command that the world never got.
    fn tell_apart(&self, lines: &mut [Line]) {
        loop {
            let counts = counts_of(&self.catalog.things(lines));
            let is_another = |bought: &Purchase| counts_of(&bought.things) != counts;
            if counts.is_empty() || self.purchases.values().all(is_another) {
                return;
            }
            let Some(line) = lines.first_mut() else { return };
            line.quantity += 1;
        }
    }

    fn purchase(&self, lines: Vec<Line>) -> Purchase {
        let things = self.catalog.things(&lines);
        Purchase { lines, things, backoff: BUY_AGAIN, again_at: None }
    }

    fn buy_letter(&self, purchase: PurchaseId, things: &[Thing]) -> Letter {
        buy(self.id, purchase, things.to_vec())
    }

    fn levels(&self, listings: &[ListingId]) -> Vec<(ListingId, i64)> {
        listings.iter().map(|listing| (*listing, self.shelf.available(*listing))).collect()
    }

    /// Tells the desk and the outside what can be promised.
    fn publish(&self, listings: &[ListingId], out: &mut Outbox<Store>) {
        if listings.is_empty() {
            return;
        }
        let (warehouse, levels) = (self.id, self.levels(listings));
        out.emit(Output::Stock { warehouse, levels: levels.clone() });
        out.tell(Letter::Desk(DeskLetter::Available { warehouse, levels }));
    }
}

fn buy(warehouse: WarehouseId, purchase: PurchaseId, things: Vec<Thing>) -> Letter {
    Letter::Link(LinkLetter::Send {
        task: Task::Buy { warehouse, purchase },
        order: None,
        command: Command::Buy { warehouse, things },
        news: None,
    })
}

fn listings_of(lines: &[Line]) -> Vec<ListingId> {
    let listings: BTreeSet<ListingId> = lines.iter().map(|line| line.listing).collect();
    listings.into_iter().collect()
}

/// What the things are, whatever their order and descriptions.
fn counts_of(things: &[Thing]) -> BTreeMap<ProductId, i64> {
    let mut counts = BTreeMap::new();
    for thing in things {
        *counts.entry(thing.product).or_default() += i64::from(thing.count);
    }
    counts
}
