//! The store's committed state, as far as it is needed to go on.
//!
//! Packages that are delivered and orders beyond the latest are not in it.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use super::{
    catalog::{Catalog, Line, Listing, Site},
    letters::Plan,
    party::Store,
    records::{Moment, OrderPlaced, Patch, Record, RedirectionPatch},
    status::PackageStatus,
};
use crate::{
    basis::{
        AccountId, ListingId, OrderId, PackageId, Point, PurchaseId, Seq, SimTime, TruckId,
        WarehouseId, WorldId,
    },
    runtime,
};

/// Idempotency keys remembered: those of the latest orders.
pub const KEYS_MAX: usize = 1_000_000;

/// Arrivals remembered, by which a repeat is known.
pub const ARRIVALS_MAX: usize = 65_536;

/// Everything that [`restore`](crate::runtime::Party::restore) needs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StoreDisk {
    /// Who we are towards the carrier.
    pub sender: String,
    pub world: Option<WorldId>,
    /// An admin has disconnected us.
    pub world_held: bool,
    /// What an admin wants it to be.
    pub world_speed: Option<u32>,
    pub world_seq: Seq,
    pub carrier_seq: Seq,
    pub registered: BTreeSet<(WorldId, WarehouseId)>,
    pub catalog: Catalog,
    pub sites: BTreeMap<WarehouseId, Site>,
    /// Trucks that came for whatever is packed.
    pub trucks: BTreeMap<WarehouseId, TruckId>,
    pub stock: BTreeMap<(WarehouseId, ListingId), i64>,
    /// Purchases that have not arrived.
    pub purchases: BTreeMap<(WarehouseId, PurchaseId), PurchaseRow>,
    /// The last purchase of each warehouse.
    pub purchase_last: BTreeMap<WarehouseId, PurchaseId>,
    /// The numbers of the latest arrivals in this world.
    pub arrivals: BTreeSet<Seq>,
    /// The latest orders' keys, oldest first.
    pub keys: VecDeque<KeyRow>,
    pub order_last: OrderId,
    pub package_last: PackageId,
    /// How long after its placing a package can be cancelled where its pieces are there.
    pub pack_after: Duration,
    /// Packages that are neither delivered nor cancelled.
    pub packages: BTreeMap<PackageId, PackageRow>,
}

/// A purchase on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurchaseRow {
    pub lines: Vec<Line>,
    /// Zero: not bought yet, or refused.
    pub seq: Seq,
}

/// An idempotency key and what it was used for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    pub account: AccountId,
    pub key: String,
    pub order: OrderId,
    pub body_hash: [u8; 32],
}

/// A package that is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageRow {
    /// As placed; `granted` and `destination` as they are now.
    pub plan: Plan,
    pub status: PackageStatus,
    pub pack_seq: Seq,
    pub load_seq: Seq,
    pub announce_seq: Seq,
    pub loaded_seq: Seq,
    pub announced: bool,
    pub truck_here: bool,
    pub tracking_number: Option<String>,
    pub truck: Option<TruckId>,
    /// The change of address that the carrier is or will be asked for ...
    pub redirect: Option<Point>,
    /// ... under which number (zero: none yet) ...
    pub redirect_seq: Seq,
    /// ... and the one after that.
    pub redirect_next: Option<Point>,
    pub created_at: SimTime,
    pub times: [Option<SimTime>; Moment::COUNT],
}

impl PackageRow {
    /// A package as it is placed.
    pub fn new(plan: Plan, at: SimTime) -> Self {
        let mut times = [None; Moment::COUNT];
        times[Moment::Granted as usize] = plan.granted.then_some(at);
        Self {
            plan,
            status: PackageStatus::Created,
            pack_seq: Seq::ZERO,
            load_seq: Seq::ZERO,
            announce_seq: Seq::ZERO,
            loaded_seq: Seq::ZERO,
            announced: false,
            truck_here: false,
            tracking_number: None,
            truck: None,
            redirect: None,
            redirect_seq: Seq::ZERO,
            redirect_next: None,
            created_at: at,
            times,
        }
    }

    /// Changes what the patch names.
    pub fn apply(&mut self, patch: Patch) {
        let Patch { status, granted, pack_seq, load_seq, announce_seq, loaded_seq, .. } = patch;
        self.status = status.map_or(self.status, |status| status.max(self.status));
        self.plan.granted = granted.unwrap_or(self.plan.granted);
        self.pack_seq = pack_seq.unwrap_or(self.pack_seq);
        self.load_seq = load_seq.unwrap_or(self.load_seq);
        self.announce_seq = announce_seq.unwrap_or(self.announce_seq);
        self.loaded_seq = loaded_seq.unwrap_or(self.loaded_seq);
        self.announced = patch.announced.unwrap_or(self.announced);
        self.truck_here = patch.truck_here.unwrap_or(self.truck_here);
        self.tracking_number = patch.tracking_number.or(self.tracking_number.take());
        self.truck = patch.truck.or(self.truck);
        let RedirectionPatch { destination, asked, seq, queued, refusal: _ } = patch.redirection;
        self.plan.destination = destination.unwrap_or(self.plan.destination);
        self.redirect = asked.unwrap_or(self.redirect);
        self.redirect_seq = seq.unwrap_or(self.redirect_seq);
        self.redirect_next = queued.unwrap_or(self.redirect_next);
        for (time, new) in self.times.iter_mut().zip(patch.times) {
            *time = time.or(new);
        }
    }

    /// When the present status began.
    pub fn since(&self) -> SimTime {
        let moment = match self.status {
            PackageStatus::Created => None,
            PackageStatus::Cancelled => Some(Moment::Cancelled),
            PackageStatus::Packing => Some(Moment::Packing),
            PackageStatus::Packed => Some(Moment::Packed),
            PackageStatus::Loading => Some(Moment::Loading),
            PackageStatus::Loaded => Some(Moment::Loaded),
            PackageStatus::Delivering => Some(Moment::Delivering),
            PackageStatus::Delivered => Some(Moment::Delivered),
        };
        moment.and_then(|moment| self.times[moment as usize]).unwrap_or(self.created_at)
    }
}

impl StoreDisk {
    /// A store with this catalog, these warehouses and this opening stock to buy.
    pub fn seeded(
        sender: &str,
        listings: impl IntoIterator<Item = Listing>,
        sites: impl IntoIterator<Item = Site>,
        opening: impl IntoIterator<Item = (WarehouseId, Vec<Line>)>,
    ) -> Self {
        let mut disk = Self { sender: sender.to_owned(), ..Self::default() };
        disk.catalog = listings.into_iter().collect();
        disk.sites = sites.into_iter().map(|site| (site.id, site)).collect();
        for (warehouse, lines) in opening {
            let last = disk.purchase_last.entry(warehouse).or_insert(PurchaseId(0));
            last.0 += 1;
            disk.purchases.insert((warehouse, *last), PurchaseRow { lines, seq: Seq::ZERO });
        }
        disk
    }

    fn place(&mut self, placed: &OrderPlaced) {
        self.order_last = self.order_last.max(placed.order);
        for (package, plan) in &placed.packages {
            self.package_last = self.package_last.max(*package);
            self.packages.insert(*package, PackageRow::new(plan.clone(), placed.at));
        }
        self.keys.push_back(KeyRow {
            account: placed.account,
            key: placed.idempotency_key.clone(),
            order: placed.order,
            body_hash: placed.body_hash,
        });
        if self.keys.len() > KEYS_MAX {
            self.keys.pop_front();
        }
    }

    fn arrive(&mut self, world: Option<WorldId>, seq: Seq) {
        if world == self.world {
            self.arrivals.insert(seq);
            if self.arrivals.len() > ARRIVALS_MAX {
                self.arrivals.pop_first();
            }
        }
    }

    fn put(&mut self, warehouse: WarehouseId, lines: &[Line], sign: i64) {
        for Line { listing, quantity } in lines {
            *self.stock.entry((warehouse, *listing)).or_default() += sign * i64::from(*quantity);
        }
    }

    fn choose_world(&mut self, world: WorldId) {
        if self.world == Some(world) {
            return;
        }
        self.leave_world();
        self.world = Some(world);
    }

    fn leave_world(&mut self) {
        if self.world.take().is_none() {
            return;
        }
        self.arrivals.clear();
        self.trucks.clear();
        self.stock.values_mut().for_each(|on_hand| *on_hand = 0);
        self.purchases.values_mut().for_each(|purchase| purchase.seq = Seq::ZERO);
    }
}

impl runtime::Disk<Store> for StoreDisk {
    fn apply(&mut self, record: &Record) {
        match record {
            Record::OrderPlaced(placed) => self.place(placed),
            Record::Stepped { package, step, at } => {
                let Some(row) = self.packages.get_mut(package) else { return };
                let mut patch = Patch::default();
                patch.add(step, *at);
                row.apply(patch);
                if row.status.is_final() {
                    self.packages.remove(package);
                }
            }
            Record::StockTaken { warehouse, lines } => self.put(*warehouse, lines, -1),
            Record::PurchaseMade { warehouse, purchase, lines, .. } => {
                let row = PurchaseRow { lines: lines.clone(), seq: Seq::ZERO };
                self.purchases.insert((*warehouse, *purchase), row);
                let last = self.purchase_last.entry(*warehouse).or_insert(*purchase);
                *last = (*last).max(*purchase);
            }
            Record::PurchaseCommanded { warehouse, purchase, seq } => {
                if let Some(row) = self.purchases.get_mut(&(*warehouse, *purchase)) {
                    row.seq = *seq;
                }
            }
            Record::PurchaseArrived { warehouse, purchase, lines, world, seq, .. } => {
                self.purchases.remove(&(*warehouse, *purchase));
                self.put(*warehouse, lines, 1);
                self.arrive(*world, *seq);
            }
            Record::TruckAtWarehouse { warehouse, truck } => {
                self.trucks.insert(*warehouse, *truck);
            }
            Record::WorldSeq(seq) => self.world_seq = self.world_seq.max(*seq),
            Record::CarrierSeq(seq) => self.carrier_seq = self.carrier_seq.max(*seq),
            Record::WorldChosen(world) => self.choose_world(*world),
            Record::WorldLeft => self.leave_world(),
            Record::WorldHeld(is_held) => self.world_held = *is_held,
            Record::WorldSpeed(speed) => self.world_speed = *speed,
            Record::Registered { world, warehouses, .. } => {
                self.registered.extend(warehouses.iter().map(|warehouse| (*world, *warehouse)));
            }
        }
    }
}
