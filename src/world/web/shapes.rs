//! What is seen, as programs get it and pages are made of it. Moments are
//! microseconds of the world's own time, which stands still while the simulator
//! is down.
//!
//! Ids and places are the world's; nothing is computed here but words.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    basis::{Point, SimTime, WorldId},
    world::model::{
        self as model, MapView, PackageStatus, PackageView, ShelfView, Side, SideView, Summary,
        TruckView, WarehouseView,
    },
};

/// A world at a glance.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = World)]
pub(super) struct WorldShape {
    pub(super) id: i64,
    pub(super) now_us: u64,
    /// Simulated seconds in a second.
    pub(super) simspeed: u32,
    pub(super) warehouses: usize,
    pub(super) trucks: usize,
    pub(super) products: usize,
    /// How many packages have each status; `delivered` are all there ever were.
    #[schema(value_type = BTreeMap<String, u64>)]
    pub(super) packages: BTreeMap<&'static str, u64>,
    pub(super) amazon: SideShape,
    pub(super) ups: SideShape,
}

/// One side of a world. Counts begin with the process.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Side)]
pub(super) struct SideShape {
    pub(super) connected: bool,
    /// Messages to it that it has not acked.
    pub(super) unacked: usize,
    /// Messages taken in.
    pub(super) received: u64,
    /// Messages dropped by flakiness.
    pub(super) dropped: u64,
    /// Messages sent.
    pub(super) sent: u64,
    /// Commands done or refused.
    pub(super) commands: u64,
    /// Commands that had come before.
    pub(super) duplicates: u64,
    /// Events sent again.
    pub(super) resent: u64,
    /// Commands refused, by kind.
    #[schema(value_type = BTreeMap<String, u64>)]
    pub(super) errors: BTreeMap<&'static str, u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Place)]
pub(super) struct PlaceShape {
    pub(super) x: i32,
    pub(super) y: i32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Truck)]
pub(super) struct TruckShape {
    pub(super) id: i32,
    /// `IDLE`, `TRAVELING`, `ARRIVE WAREHOUSE`, `LOADING` or `DELIVERING`.
    #[schema(value_type = String)]
    pub(super) status: &'static str,
    pub(super) x: i32,
    pub(super) y: i32,
    /// Where it is going, while it moves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) way: Option<WayShape>,
    /// Where it stands, or is going.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) warehouse_id: Option<i32>,
    /// Deliveries before it.
    pub(super) stops: usize,
    /// The package of the next one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_package_id: Option<i64>,
}

/// First along x, then along y, at an even pace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Way)]
pub(super) struct WayShape {
    pub(super) from: PlaceShape,
    pub(super) to: PlaceShape,
    pub(super) set_off_us: u64,
    pub(super) arrival_us: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Warehouse)]
pub(super) struct WarehouseShape {
    pub(super) id: i32,
    pub(super) x: i32,
    pub(super) y: i32,
    /// Products that it has, or had.
    pub(super) products: usize,
    /// Pieces of all of them.
    pub(super) pieces: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Shelf)]
pub(super) struct ShelfShape {
    pub(super) product_id: i64,
    /// Cut where it is long.
    pub(super) description: String,
    pub(super) pieces: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Package)]
pub(super) struct PackageShape {
    pub(super) id: i64,
    #[schema(value_type = String)]
    pub(super) status: &'static str,
    /// Null, like what follows, where it was delivered too long ago to be remembered.
    pub(super) warehouse_id: Option<i32>,
    pub(super) truck_id: Option<i32>,
    /// Where it goes or was brought, where that is known.
    pub(super) destination: Option<PlaceShape>,
    pub(super) contents: Vec<ContentShape>,
    /// Further products, which are not listed.
    pub(super) more_contents: usize,
    /// When it came to each status.
    pub(super) history: Vec<StepShape>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Content)]
pub(super) struct ContentShape {
    pub(super) product_id: i64,
    /// Cut where it is long.
    pub(super) description: String,
    pub(super) count: i32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Step)]
pub(super) struct StepShape {
    #[schema(value_type = String)]
    pub(super) status: &'static str,
    pub(super) at_us: u64,
}

/// What moves, as the events of a map have it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Map)]
pub(super) struct MapShape {
    pub(super) world: WorldShape,
    /// The first thousand by id.
    pub(super) warehouses: Vec<WarehouseShape>,
    /// The first thousand by id.
    pub(super) trucks: Vec<TruckShape>,
}

impl WorldShape {
    pub(super) fn new(id: WorldId, summary: &Summary) -> Self {
        let Summary { now, simspeed, population, sides } = summary;
        let count = |status: PackageStatus| (status.name(), population.packages[status as usize]);
        let side = |side| SideShape::from(&sides[side as usize]);
        Self {
            id: id.0,
            now_us: now.micros(),
            simspeed: *simspeed,
            warehouses: population.warehouses,
            trucks: population.trucks,
            products: population.products,
            packages: PackageStatus::ALL.into_iter().map(count).collect(),
            amazon: side(Side::Amazon),
            ups: side(Side::Ups),
        }
    }

    /// Packages that are not delivered.
    pub(super) fn under_way(&self) -> u64 {
        let count = |status: &PackageStatus| self.packages_of(*status);
        PackageStatus::ALL[..PackageStatus::DELIVERED].iter().map(count).sum()
    }

    pub(super) fn packages_of(&self, status: PackageStatus) -> u64 {
        self.packages.get(status.name()).copied().unwrap_or_default()
    }
}

impl From<&SideView> for SideShape {
    fn from(side: &SideView) -> Self {
        let SideView { is_connected, unacked, tally } = side;
        Self {
            connected: *is_connected,
            unacked: *unacked,
            received: tally.received,
            dropped: tally.dropped,
            sent: tally.sent,
            commands: tally.commands,
            duplicates: tally.duplicates,
            resent: tally.resent,
            errors: tally.refused.clone(),
        }
    }
}

impl From<Point> for PlaceShape {
    fn from(Point { x, y }: Point) -> Self {
        Self { x, y }
    }
}

impl From<&TruckView> for TruckShape {
    fn from(truck: &TruckView) -> Self {
        let way = |way: model::Way| WayShape {
            from: way.from.into(),
            to: way.to.into(),
            set_off_us: way.set_off.micros(),
            arrival_us: way.arrival.micros(),
        };
        Self {
            id: truck.id.0,
            status: truck.status,
            x: truck.at.x,
            y: truck.at.y,
            way: truck.way.map(way),
            warehouse_id: truck.warehouse.map(|it| it.0),
            stops: truck.stops,
            next_package_id: truck.next_stop.map(|it| it.0),
        }
    }
}

impl From<&WarehouseView> for WarehouseShape {
    fn from(warehouse: &WarehouseView) -> Self {
        let WarehouseView { id, at, products, pieces } = *warehouse;
        let pieces = i64::try_from(pieces).unwrap_or(i64::MAX);
        Self { id: id.0, x: at.x, y: at.y, products, pieces }
    }
}

impl From<ShelfView> for ShelfShape {
    fn from(ShelfView { product, description, pieces }: ShelfView) -> Self {
        Self { product_id: product.0, description, pieces }
    }
}

impl From<PackageView> for PackageShape {
    fn from(PackageView { id, status, past }: PackageView) -> Self {
        let mut shape = Self {
            id: id.0,
            status: status.name(),
            warehouse_id: None,
            truck_id: None,
            destination: None,
            contents: Vec::new(),
            more_contents: 0,
            history: Vec::new(),
        };
        let Some(past) = past else { return shape };
        let content = |it: model::ContentView| ContentShape {
            product_id: it.product.0,
            description: it.description,
            count: it.count,
        };
        let step = |(status, at): (PackageStatus, SimTime)| StepShape {
            status: status.name(),
            at_us: at.micros(),
        };
        shape.warehouse_id = Some(past.warehouse.0);
        shape.truck_id = past.truck.map(|it| it.0);
        shape.destination = past.destination.map(PlaceShape::from);
        shape.contents = past.contents.into_iter().map(content).collect();
        shape.more_contents = past.more;
        shape.history = past.history.into_iter().map(step).collect();
        shape
    }
}

impl PackageShape {
    /// Whether more is known of it than that it was delivered.
    pub(super) fn is_remembered(&self) -> bool {
        !self.history.is_empty()
    }
}

impl MapShape {
    pub(super) fn new(id: WorldId, map: &MapView) -> Self {
        Self {
            world: WorldShape::new(id, &map.summary),
            warehouses: map.warehouses.items.iter().map(WarehouseShape::from).collect(),
            trucks: map.trucks.items.iter().map(TruckShape::from).collect(),
        }
    }
}
