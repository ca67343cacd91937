//! The trucks of the present world, and what each has delivered.
//!
//! A trip is not a row of its own: it follows from the shipment that it was made for. One that
//! was given up leaves no trace, and one that its store has not been told of is not over.

use tokio_postgres::Row;

use super::load::moment;
use crate::{
    basis::{PackageId, Point, SimTime, TruckId, WarehouseId, WorldId},
    db::{Db, DbError},
};

/// A truck, and what it is out for.
#[derive(Debug, Clone, PartialEq)]
pub struct SeenTruck {
    pub id: TruckId,
    /// `idle`, `to_warehouse`, `at_warehouse`, `delivering`.
    pub stage: String,
    /// Where it last stood.
    pub at: Point,
    pub load: Option<Load>,
}

/// The shipment that a truck fetches or carries.
#[derive(Debug, Clone, PartialEq)]
pub struct Load {
    pub shipment: PackageId,
    pub warehouse: WarehouseId,
    pub destination: Point,
    /// Where the truck goes; None where it stands, or where nobody has been there yet.
    pub goal: Option<Point>,
    /// Since when it does what it does.
    pub since: SimTime,
}

/// A trip that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trip {
    pub shipment: PackageId,
    pub warehouse: WarehouseId,
    /// Where the warehouse is.
    pub from: Option<Point>,
    pub to: Point,
    pub dispatched_at: Option<SimTime>,
    pub arrived_at: Option<SimTime>,
    pub delivering_at: Option<SimTime>,
    pub delivered_at: SimTime,
}

impl Trip {
    /// From the warehouse to the door, where the warehouse is known.
    pub fn distance(&self) -> Option<u64> {
        Some(self.from?.distance(self.to))
    }
}

/// Where a list of trips ended: the next one is older.
pub type TripKey = (SimTime, PackageId);

/// So many trucks of the world after that one, by number.
pub async fn trucks(
    db: &Db,
    world: WorldId,
    after: Option<TruckId>,
    limit: i64,
) -> Result<Vec<SeenTruck>, DbError> {
    let after = after.map_or(i32::MIN, |truck| truck.0);
    let from = i64::from(after) + i64::from(after != i32::MIN);
    let sql = format!("{TRUCKS} WHERE t.world = $1 AND t.id >= $2::int8 ORDER BY t.id LIMIT $3");
    let client = db.client().await?;
    let statement = client.prepare_cached(&sql).await?;
    let rows = client.query(&statement, &[&world.0, &from, &limit]).await?;
    Ok(rows.iter().map(truck_in).collect())
}

/// One of them.
pub async fn truck(db: &Db, world: WorldId, id: TruckId) -> Result<Option<SeenTruck>, DbError> {
    let sql = format!("{TRUCKS} WHERE t.world = $1 AND t.id = $2");
    let client = db.client().await?;
    let statement = client.prepare_cached(&sql).await?;
    let row = client.query_opt(&statement, &[&world.0, &id.0]).await?;
    Ok(row.as_ref().map(truck_in))
}

const TRUCKS: &str = "SELECT t.id, t.x, t.y, t.stage, s.id AS shipment, s.warehouse,
        s.x AS to_x, s.y AS to_y, w.x AS at_x, w.y AS at_y,
        s.dispatched_at, s.arrived_at, s.delivering_at
    FROM carrier.trucks t
    LEFT JOIN carrier.shipments s ON s.id = t.shipment
    LEFT JOIN carrier.warehouses w ON (w.world, w.id) = (t.world, s.warehouse)";

fn truck_in(row: &Row) -> SeenTruck {
    let stage: String = row.get("stage");
    let load = load_in(row, &stage);
    let at = Point::new(row.get("x"), row.get("y"));
    SeenTruck { id: TruckId(row.get("id")), stage, at, load }
}

fn load_in(row: &Row, stage: &str) -> Option<Load> {
    let shipment = row.get::<_, Option<i64>>("shipment").map(PackageId)?;
    let destination = place(row, "to_x", "to_y")?;
    let (goal, since) = match stage {
        "to_warehouse" => (place(row, "at_x", "at_y"), moment(row, "dispatched_at")),
        "delivering" => (Some(destination), moment(row, "delivering_at")),
        _ => (None, moment(row, "arrived_at")),
    };
    let warehouse = WarehouseId(row.get("warehouse"));
    Some(Load { shipment, warehouse, destination, goal, since: since.unwrap_or_default() })
}

fn place(row: &Row, x: &str, y: &str) -> Option<Point> {
    let (x, y): (Option<i32>, Option<i32>) = (row.get(x), row.get(y));
    Some(Point::new(x?, y?))
}

/// How many trucks of the world do what, by the names of what they do.
pub async fn trucks_by_stage(db: &Db, world: WorldId) -> Result<Vec<(String, i64)>, DbError> {
    let sql = "SELECT stage, count(*) FROM carrier.trucks WHERE world = $1
        GROUP BY stage ORDER BY stage";
    let client = db.client().await?;
    let statement = client.prepare_cached(sql).await?;
    let rows = client.query(&statement, &[&world.0]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// Where the warehouses of the world are that trucks have been at, the first so many.
pub async fn warehouses(
    db: &Db,
    world: WorldId,
    limit: i64,
) -> Result<Vec<(WarehouseId, Point)>, DbError> {
    let sql = "SELECT id, x, y FROM carrier.warehouses WHERE world = $1 ORDER BY id LIMIT $2";
    let client = db.client().await?;
    let statement = client.prepare_cached(sql).await?;
    let rows = client.query(&statement, &[&world.0, &limit]).await?;
    let read = |row: &Row| (WarehouseId(row.get(0)), Point::new(row.get(1), row.get(2)));
    Ok(rows.iter().map(read).collect())
}

/// Grid units a second, as the median of the latest deliveries; None where there were none.
pub async fn pace(db: &Db, world: WorldId) -> Result<Option<f64>, DbError> {
    let client = db.client().await?;
    let statement = client.prepare_cached(PACE).await?;
    Ok(client.query_one(&statement, &[&world.0]).await?.get(0))
}

const PACE: &str = "SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY speed) FROM (
        SELECT (abs(d.x::float8 - p.x) + abs(d.y::float8 - p.y)) * 1000000
            / (d.delivered_at - d.delivering_at) AS speed
        FROM (SELECT * FROM carrier.shipments WHERE is_finished ORDER BY id DESC LIMIT 20) d
        JOIN carrier.warehouses p ON (p.world, p.id) = (d.world, d.warehouse)
        WHERE d.world = $1 AND d.delivered_at > d.delivering_at) AS latest
    WHERE speed > 0";

/// So many trips of the truck before that one, the latest first.
pub async fn trips(
    db: &Db,
    (world, truck): (WorldId, TruckId),
    before: Option<TripKey>,
    limit: i64,
) -> Result<Vec<Trip>, DbError> {
    let (at, id) = before.unwrap_or((SimTime::from_micros(i64::MAX as u64), PackageId(i64::MAX)));
    let at = i64::try_from(at.micros()).unwrap_or(i64::MAX);
    let client = db.client().await?;
    let statement = client.prepare_cached(TRIPS).await?;
    let rows = client.query(&statement, &[&world.0, &truck.0, &at, &id.0, &limit]).await?;
    Ok(rows.iter().map(trip_in).collect())
}

pub(super) const TRIPS: &str = "SELECT s.id, s.warehouse, s.x, s.y, w.x AS from_x, w.y AS from_y,
        s.dispatched_at, s.arrived_at, s.delivering_at, s.delivered_at
    FROM carrier.shipments s
    LEFT JOIN carrier.warehouses w ON (w.world, w.id) = (s.world, s.warehouse)
    WHERE s.is_finished AND s.world = $1 AND s.truck = $2 AND (s.delivered_at, s.id) < ($3, $4)
    ORDER BY s.delivered_at DESC, s.id DESC LIMIT $5";

fn trip_in(row: &Row) -> Trip {
    Trip {
        shipment: PackageId(row.get("id")),
        warehouse: WarehouseId(row.get("warehouse")),
        from: place(row, "from_x", "from_y"),
        to: Point::new(row.get("x"), row.get("y")),
        dispatched_at: moment(row, "dispatched_at"),
        arrived_at: moment(row, "arrived_at"),
        delivering_at: moment(row, "delivering_at"),
        delivered_at: moment(row, "delivered_at").unwrap_or_default(),
    }
}
