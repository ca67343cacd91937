//! The trucks: where each is, what it has aboard, what it has done.
//!
//! Where a truck is on its way the world alone knows; who shows it works that out.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::present_world;
use crate::{
    basis::{PackageId, Point, SimTime, TruckId, WorldId},
    carrier::{
        db::fleet::{self, SeenTruck, Trip, TripKey},
        web::AppState,
    },
    web::{Kind, Problem, moments::timestamp, words::number},
};

/// Trucks and warehouses that the map shows at most.
pub const MAPPED_MAX: i64 = 2_000;

/// A place on the grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = FleetPlace)]
pub struct Place {
    pub x: i32,
    pub y: i32,
}

impl From<Point> for Place {
    fn from(Point { x, y }: Point) -> Self {
        Self { x, y }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, {}", self.x, self.y)
    }
}

/// A truck.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = FleetTruck)]
pub struct TruckView {
    pub id: i32,
    /// idle, to_warehouse, at_warehouse or delivering.
    pub status: String,
    /// Where it last stood.
    pub at: Place,
    /// Where it drives to from there, first along x and then along y; null where it stands, or
    /// where it is not known yet.
    pub to: Option<Place>,
    /// Since when it does what it does.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
    /// What it fetches or carries.
    pub shipment_id: Option<i64>,
    pub warehouse_id: Option<i32>,
    /// Where its shipment shall be brought.
    pub destination: Option<Place>,
}

impl From<SeenTruck> for TruckView {
    fn from(SeenTruck { id, stage, at, load }: SeenTruck) -> Self {
        let load = load.as_ref();
        Self {
            id: id.0,
            status: stage,
            at: at.into(),
            to: load.and_then(|load| load.goal).map(Place::from),
            since: load.map(|load| timestamp(load.since)),
            shipment_id: load.map(|load| load.shipment.0),
            warehouse_id: load.map(|load| load.warehouse.0),
            destination: load.map(|load| load.destination.into()),
        }
    }
}

impl TruckView {
    /// What it does, in words.
    pub fn words(&self) -> &'static str {
        words(&self.status)
    }

    /// Its colour, as on the other maps.
    pub fn class(&self) -> &'static str {
        match self.status.as_str() {
            "to_warehouse" => "traveling",
            "at_warehouse" => "waiting",
            "delivering" => "delivering",
            _ => "idle",
        }
    }

    /// What comes next for it.
    pub fn plan(&self) -> String {
        let (warehouse, door) = (self.warehouse_id, self.destination);
        let door = door.map(|door| door.to_string()).unwrap_or_default();
        match (self.status.as_str(), self.shipment_id, warehouse) {
            ("to_warehouse", Some(shipment), Some(warehouse)) => {
                format!("Fetch shipment {shipment} at warehouse {warehouse}, bring it to {door}")
            }
            ("at_warehouse", Some(shipment), _) => {
                format!("Wait until shipment {shipment} is loaded, bring it to {door}")
            }
            ("delivering", Some(shipment), _) => format!("Bring shipment {shipment} to {door}"),
            _ => "Nothing: it waits for a shipment".to_owned(),
        }
    }
}

/// What a truck does, in words.
pub fn words(stage: &str) -> &'static str {
    match stage {
        "to_warehouse" => "On its way to a warehouse",
        "at_warehouse" => "At a warehouse",
        "delivering" => "Delivering",
        _ => "Idle",
    }
}

/// A warehouse that trucks have been at.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = FleetWarehouse)]
pub struct WarehouseView {
    pub id: i32,
    pub at: Place,
}

/// All that the map shows.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Fleet {
    pub world_id: Option<i64>,
    /// How many trucks do what.
    pub counts: Vec<TrucksInState>,
    /// As the latest deliveries went; null before the first.
    pub units_per_second: Option<f64>,
    pub trucks: Vec<TruckView>,
    pub warehouses: Vec<WarehouseView>,
}

/// So many trucks.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TrucksInState {
    pub status: String,
    pub trucks: i64,
}

impl Fleet {
    pub fn total(&self) -> i64 {
        self.counts.iter().map(|it| it.trucks).sum()
    }

    pub fn total_in_words(&self) -> String {
        number(&self.total())
    }

    pub fn missing_in_words(&self) -> String {
        number(&self.missing())
    }

    /// Trucks that are not on the map.
    pub fn missing(&self) -> i64 {
        self.total() - i64::try_from(self.trucks.len()).unwrap_or(0)
    }
}

/// The fleet at this moment, as far as a map shows it.
pub async fn find(state: &AppState) -> Result<Fleet, Problem> {
    let world = present_world(state).await?;
    let Some(id) = world else { return Ok(Fleet::nowhere()) };
    let db = &state.db;
    let trucks = fleet::trucks(db, id, None, MAPPED_MAX).await?;
    let warehouses = fleet::warehouses(db, id, MAPPED_MAX).await?.into_iter();
    Ok(Fleet {
        world_id: Some(id.0),
        counts: counts(state, id).await?,
        units_per_second: fleet::pace(db, id).await?,
        trucks: trucks.into_iter().map(TruckView::from).collect(),
        warehouses: warehouses.map(|(id, at)| WarehouseView { id: id.0, at: at.into() }).collect(),
    })
}

impl Fleet {
    fn nowhere() -> Self {
        let (counts, trucks, warehouses) = Default::default();
        Self { world_id: None, counts, units_per_second: None, trucks, warehouses }
    }
}

/// How many trucks of the present world do what.
pub async fn counts(state: &AppState, world: WorldId) -> Result<Vec<TrucksInState>, Problem> {
    let counts = fleet::trucks_by_stage(&state.db, world).await?.into_iter();
    Ok(counts.map(|(status, trucks)| TrucksInState { status, trucks }).collect())
}

/// So many trucks after that one, and where the next ones are.
pub async fn list(
    state: &AppState,
    after: Option<i32>,
    limit: i64,
) -> Result<(Vec<TruckView>, Option<i32>), Problem> {
    let Some(world) = present_world(state).await? else { return Ok((Vec::new(), None)) };
    let mut trucks =
        fleet::trucks(&state.db, world, after.map(TruckId), limit.saturating_add(1)).await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = trucks.len() > limit;
    trucks.truncate(limit);
    let next = trucks.last().filter(|_| has_more).map(|last| last.id.0);
    Ok((trucks.into_iter().map(TruckView::from).collect(), next))
}

/// A trip that is over.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TripView {
    pub shipment_id: i64,
    pub warehouse_id: i32,
    /// Where the warehouse is, where that is known.
    pub from: Option<Place>,
    pub to: Place,
    /// Grid units from the warehouse to the door.
    pub distance: Option<u64>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub dispatched_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub arrived_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub left_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    pub delivered_at: Timestamp,
}

impl From<&Trip> for TripView {
    fn from(trip: &Trip) -> Self {
        Self {
            shipment_id: trip.shipment.0,
            warehouse_id: trip.warehouse.0,
            from: trip.from.map(Place::from),
            to: trip.to.into(),
            distance: trip.distance(),
            dispatched_at: trip.dispatched_at.map(timestamp),
            arrived_at: trip.arrived_at.map(timestamp),
            left_at: trip.delivering_at.map(timestamp),
            delivered_at: timestamp(trip.delivered_at),
        }
    }
}

/// A truck with its trips, the latest first, and the cursor of the ones before.
pub async fn truck(
    state: &AppState,
    id: i64,
    before: Option<&str>,
    limit: i64,
) -> Result<(TruckView, Vec<TripView>, Option<String>), Problem> {
    let nothing = || Problem::new(Kind::NotFound, format!("The carrier has no truck {id}."));
    let truck = i32::try_from(id).map(TruckId).map_err(|_| nothing())?;
    let world = present_world(state).await?.ok_or_else(nothing)?;
    let seen = fleet::truck(&state.db, world, truck).await?.ok_or_else(nothing)?;
    let before = before.map(key_of).transpose()?;
    let mut trips = fleet::trips(&state.db, (world, truck), before, limit + 1).await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = trips.len() > limit;
    trips.truncate(limit);
    let next = trips.last().filter(|_| has_more);
    let next = next.map(|last| cursor(last.delivered_at, last.shipment));
    Ok((seen.into(), trips.iter().map(TripView::from).collect(), next))
}

/// A moment and a shipment as a cursor.
pub fn cursor(at: SimTime, shipment: PackageId) -> String {
    format!("{}_{}", at.micros(), shipment.0)
}

pub fn key_of(cursor: &str) -> Result<TripKey, Problem> {
    let wrong = || Problem::new(Kind::BadRequest, "cursor must be the next of an answer.");
    let (at, shipment) = cursor.split_once('_').ok_or_else(wrong)?;
    let at: u64 = at.parse().map_err(|_| wrong())?;
    let shipment = shipment.parse().map_err(|_| wrong())?;
    Ok((SimTime::from_micros(at), PackageId(shipment)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_and_nothing_else_is_one() {
        let key = (SimTime::from_micros(12), PackageId(-7));
        assert_eq!(key_of(&cursor(key.0, key.1)).unwrap(), key);
        for wrong in ["", "1", "1_", "_1", "a_b", "1_2_3", "-1_2", "99999999999999999999_1"] {
            assert!(key_of(wrong).is_err(), "{wrong}");
        }
    }
}
