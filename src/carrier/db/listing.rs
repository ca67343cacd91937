//! Shipments as staff looks through them: by stage, truck or warehouse, and those that wait.
//!
//! A filtered part of a list looks at a bounded number of shipments, so it costs the same
//! however few match; where it found none the next part begins further on.

use tokio_postgres::Row;

use super::load::moment;
use crate::{
    basis::{PackageId, Point, SimTime, TruckId, WarehouseId, WorldId},
    carrier::model::ShipmentStage,
    db::{Db, DbError},
};

/// Shipments that one part of a list looks at.
const LOOKED_AT: i64 = 2_000;

/// A shipment with all that is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenShipment {
    pub id: PackageId,
    pub tracking_number: String,
    pub stage: ShipmentStage,
    /// Its store knows that it was delivered.
    pub is_finished: bool,
    pub ride: Option<(WorldId, TruckId)>,
    pub warehouse: WarehouseId,
    pub destination: Point,
    pub user: i64,
    pub email: String,
    pub ups_account: Option<String>,
    /// Who asked for it, where he says so.
    pub sender: Option<String>,
    pub created_at: SimTime,
    pub dispatched_at: Option<SimTime>,
    pub arrived_at: Option<SimTime>,
    pub loaded_at: Option<SimTime>,
    pub delivering_at: Option<SimTime>,
    pub delivered_at: Option<SimTime>,
}

impl SeenShipment {
    /// The last truck that was sent for it and could not fetch it, while it waits for another.
    pub fn gave_up(&self) -> Option<TruckId> {
        let waits_again = self.stage == ShipmentStage::Created && self.dispatched_at.is_some();
        self.ride.filter(|_| waits_again).map(|(_, truck)| truck)
    }
}

/// Which shipments are wanted; None asks for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShipmentFilter {
    pub stage: Option<ShipmentStage>,
    pub truck: Option<TruckId>,
    pub warehouse: Option<WarehouseId>,
}

/// The wanted ones before that number, the highest first, and where the next part begins.
pub async fn shipments(
    db: &Db,
    wanted: &ShipmentFilter,
    before: Option<PackageId>,
    limit: i64,
) -> Result<(Vec<SeenShipment>, Option<PackageId>), DbError> {
    let open = wanted.stage.is_some_and(|stage| stage != ShipmentStage::Delivered);
    let sql = if open { SHIPMENTS_OPEN } else { SHIPMENTS };
    let client = db.client().await?;
    let statement = client.prepare_cached(sql).await?;
    let (stage, truck, warehouse) = (
        wanted.stage.map(ShipmentStage::name),
        wanted.truck.map(|it| it.0),
        wanted.warehouse.map(|it| it.0),
    );
    // The lowest number there is comes before none.
    let to = before.map_or(Some(i64::MAX), |before| before.0.checked_sub(1));
    let Some(to) = to else { return Ok((Vec::new(), None)) };
    let more = limit.saturating_add(1);
    let rows =
        client.query(&statement, &[&to, &LOOKED_AT, &stage, &truck, &warehouse, &more]).await?;
    let mut found = read_all(&rows)?;
    if found.len() > usize::try_from(limit).unwrap_or(usize::MAX) {
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let next = found.last().map(|last| last.id);
        return Ok((found, next));
    }
    let statement = client.prepare_cached(if open { END_OPEN } else { END }).await?;
    let end = client.query_opt(&statement, &[&to, &(LOOKED_AT - 1)]).await?;
    Ok((found, end.map(|row| PackageId(row.get(0)))))
}

const SHIPMENTS: &str = "SELECT * FROM (
        SELECT * FROM carrier.shipments WHERE id <= $1 ORDER BY id DESC LIMIT $2) AS seen
    WHERE ($3::text IS NULL OR stage = $3) AND ($4::int4 IS NULL OR truck = $4)
        AND ($5::int4 IS NULL OR warehouse = $5)
    ORDER BY id DESC LIMIT $6";
const SHIPMENTS_OPEN: &str = "SELECT * FROM (SELECT * FROM carrier.shipments
        WHERE NOT is_finished AND id <= $1 ORDER BY id DESC LIMIT $2) AS seen
    WHERE ($3::text IS NULL OR stage = $3) AND ($4::int4 IS NULL OR truck = $4)
        AND ($5::int4 IS NULL OR warehouse = $5)
    ORDER BY id DESC LIMIT $6";
/// The last one that was looked at, where there may be more behind it.
const END: &str =
    "SELECT id FROM carrier.shipments WHERE id <= $1 ORDER BY id DESC OFFSET $2 LIMIT 1";
const END_OPEN: &str = "SELECT id FROM carrier.shipments
    WHERE NOT is_finished AND id <= $1 ORDER BY id DESC OFFSET $2 LIMIT 1";

/// One shipment.
pub async fn shipment(db: &Db, id: PackageId) -> Result<Option<SeenShipment>, DbError> {
    let client = db.client().await?;
    let sql = "SELECT * FROM carrier.shipments AS one WHERE id = $1";
    let statement = client.prepare_cached(sql).await?;
    let row = client.query_opt(&statement, &[&id.0]).await?;
    row.as_ref().map(read).transpose()
}

/// Where a part of the queue ended: the next one came later.
pub type QueueKey = (SimTime, PackageId);

/// Shipments without a truck after that one, who came first the first, and where the next part
/// begins.
pub async fn waiting(
    db: &Db,
    after: Option<QueueKey>,
    limit: i64,
) -> Result<(Vec<SeenShipment>, Option<QueueKey>), DbError> {
    let (at, id) = after.unwrap_or((SimTime::ZERO, PackageId(i64::MIN)));
    let at = i64::try_from(at.micros()).unwrap_or(i64::MAX);
    let client = db.client().await?;
    let statement = client.prepare_cached(WAITING).await?;
    let rows = client.query(&statement, &[&at, &id.0, &LOOKED_AT]).await?;
    let looked_at = read_all(&rows)?;
    let is_full = i64::try_from(looked_at.len()).unwrap_or(i64::MAX) >= LOOKED_AT;
    let end = looked_at.last().filter(|_| is_full).map(key);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut waiting = looked_at.into_iter().filter(|it| it.stage == ShipmentStage::Created);
    let found: Vec<_> = waiting.by_ref().take(limit).collect();
    let next = if waiting.next().is_some() { found.last().map(key) } else { end };
    Ok((found, next))
}

pub(super) const WAITING: &str = "SELECT * FROM carrier.shipments
    WHERE NOT is_finished AND (created_at, id) > ($1, $2)
    ORDER BY created_at, id LIMIT $3";

fn key(shipment: &SeenShipment) -> QueueKey {
    (shipment.created_at, shipment.id)
}

fn read_all(rows: &[Row]) -> Result<Vec<SeenShipment>, DbError> {
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<SeenShipment, DbError> {
    let world = row.get::<_, Option<i64>>("world").map(WorldId);
    let truck = row.get::<_, Option<i32>>("truck").map(TruckId);
    Ok(SeenShipment {
        id: PackageId(row.get("id")),
        tracking_number: row.get("tracking_number"),
        stage: super::lookup::stage(row)?,
        is_finished: row.get("is_finished"),
        ride: world.zip(truck),
        warehouse: WarehouseId(row.get("warehouse")),
        destination: Point::new(row.get("x"), row.get("y")),
        user: row.get("user_id"),
        email: row.get("email"),
        ups_account: row.get("ups_account"),
        sender: row.get("sender"),
        created_at: moment(row, "created_at").unwrap_or_default(),
        dispatched_at: moment(row, "dispatched_at"),
        arrived_at: moment(row, "arrived_at"),
        loaded_at: moment(row, "loaded_at"),
        delivering_at: moment(row, "delivering_at"),
        delivered_at: moment(row, "delivered_at"),
    })
}
