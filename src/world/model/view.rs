//! What those who look into a world may ask for, and what they are shown:
//! plain data, a page of it at most.
//!
//! A look changes nothing, and is not in the log.

use std::{collections::BTreeMap, sync::Arc};

use super::{PackageStatus, Side, Transcript};
use crate::basis::{PackageId, Point, ProductId, SimTime, TruckId, WarehouseId, WorldId};

/// Things in one answer at most.
pub const LOOK_ITEMS_MAX: usize = 1_000;

/// What somebody wants to see of a world. Lists begin after the given id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    Summary,
    /// The summary, and as many warehouses and trucks as one answer holds.
    Map,
    Trucks {
        after: Option<TruckId>,
        limit: usize,
    },
    Warehouses {
        after: Option<WarehouseId>,
        limit: usize,
    },
    /// The stock of one warehouse.
    Shelves {
        warehouse: WarehouseId,
        after: Option<ProductId>,
        limit: usize,
    },
    /// Packages that are not delivered, those of one status or all, by id.
    Packages {
        status: Option<PackageStatus>,
        after: Option<PackageId>,
        limit: usize,
    },
    /// The latest that were delivered, from the one before the `before`th on backwards.
    Delivered {
        before: Option<u64>,
        limit: usize,
    },
    Package(PackageId),
    /// The last messages of one side.
    Messages(Side),
}

/// What is shown.
#[derive(Debug, Clone, PartialEq)]
pub enum View {
    NoWorld,
    /// The world has no such warehouse or package.
    Nothing,
    /// A page of the worlds there are, and how many there are.
    Worlds(Part<WorldId, WorldId>, usize),
    Summary(Summary),
    Map(MapView),
    Trucks(Part<TruckView, TruckId>),
    Warehouses(Part<WarehouseView, WarehouseId>),
    Shelves(WarehouseView, Part<ShelfView, ProductId>),
    Packages(Part<PackageView, PackageId>),
    Delivered(Part<PackageView, u64>),
    Package(PackageView),
    Messages(Arc<Transcript>),
}

/// A part of a list, and where the next one begins, if there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<T, K> {
    pub items: Vec<T>,
    pub next: Option<K>,
}

/// A world at a glance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The world's own time.
    pub now: SimTime,
    pub simspeed: u32,
    pub population: Population,
    /// By side.
    pub sides: [SideView; 2],
}

/// How much there is in a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Population {
    pub warehouses: usize,
    pub trucks: usize,
    pub products: usize,
    /// Packages by status; the delivered ones are all there ever were.
    pub packages: [u64; PackageStatus::ALL.len()],
}

/// One side of a world, and what it has said since the process started.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SideView {
    pub is_connected: bool,
    /// Messages to it that it has not acked.
    pub unacked: usize,
    pub tally: Tally,
}

/// What is counted of one side; a restart begins anew.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// Messages taken in.
    pub received: u64,
    /// Messages dropped by flakiness.
    pub dropped: u64,
    /// Messages sent.
    pub sent: u64,
    /// Commands that were new.
    pub commands: u64,
    /// Commands that had been taken before.
    pub duplicates: u64,
    /// Events sent again.
    pub resent: u64,
    /// Commands refused, by the kind of refusal.
    pub refused: BTreeMap<&'static str, u64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapView {
    pub summary: Summary,
    pub warehouses: Part<WarehouseView, WarehouseId>,
    pub trucks: Part<TruckView, TruckId>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TruckView {
    pub id: TruckId,
    /// As a carrier is told.
    pub status: &'static str,
    pub at: Point,
    /// Where it is going, while it moves.
    pub way: Option<Way>,
    /// The warehouse where it stands, or to which it is going.
    pub warehouse: Option<WarehouseId>,
    /// Deliveries before it.
    pub stops: usize,
    /// The package of the next of them.
    pub next_stop: Option<PackageId>,
}

/// From one place to another, first along x and then along y, at an even pace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    pub from: Point,
    pub to: Point,
    pub set_off: SimTime,
    pub arrival: SimTime,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WarehouseView {
    pub id: WarehouseId,
    pub at: Point,
    /// Products that it has, or had.
    pub products: usize,
    /// Pieces of all of them.
    pub pieces: i128,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShelfView {
    pub product: ProductId,
    /// Cut where it is long.
    pub description: String,
    pub pieces: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageView {
    pub id: PackageId,
    pub status: PackageStatus,
    /// What is known of it but its status: of packages delivered long ago, nothing.
    pub past: Option<PackagePast>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackagePast {
    pub warehouse: WarehouseId,
    pub truck: Option<TruckId>,
    /// Where it goes or has arrived, where that is known.
    pub destination: Option<Point>,
    pub contents: Vec<ContentView>,
    /// Further products in it.
    pub more: usize,
    /// When it came to each status.
    pub history: Vec<(PackageStatus, SimTime)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentView {
    pub product: ProductId,
    /// Cut where it is long.
    pub description: String,
    pub count: i32,
}
