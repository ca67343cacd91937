//! What people and stores look up: shipments with their history, and counts for metrics.
//!
//! Not needed to go on: the models do not know it.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::Row;

use super::load::moment;
use crate::{
    basis::{PackageId, Point, SimTime, TruckId, WarehouseId},
    carrier::model::{ShipmentStage, shipment_of},
    db::{Db, DbError},
};

/// A shipment as its tracking page shows it: nothing of who ordered it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackedShipment {
    pub shipment: PackageId,
    pub tracking_number: String,
    pub stage: ShipmentStage,
    pub warehouse: WarehouseId,
    pub destination: Point,
    pub truck: Option<TruckId>,
    /// The stages that were reached and when, in order.
    pub history: Vec<(ShipmentStage, SimTime)>,
}

/// The shipment under a tracking number, as somebody may type it.
pub async fn track(db: &Db, typed: &str) -> Result<Option<TrackedShipment>, DbError> {
    // A number that was mistyped costs no query.
    let Some(shipment) = shipment_of(typed) else { return Ok(None) };
    Ok(track_all(db, &BTreeSet::from([shipment])).await?.remove(&shipment))
}

/// Those of these shipments that there are: one query, however many it is asked for.
pub async fn track_all(
    db: &Db,
    shipments: &BTreeSet<PackageId>,
) -> Result<BTreeMap<PackageId, TrackedShipment>, DbError> {
    if shipments.is_empty() {
        return Ok(BTreeMap::new());
    }
    let ids: Vec<i64> = shipments.iter().map(|shipment| shipment.0).collect();
    let client = db.client().await?;
    let sql = "SELECT id, tracking_number, stage, warehouse, x, y, truck, created_at,
                      dispatched_at, arrived_at, delivering_at, delivered_at
               FROM carrier.shipments WHERE id = ANY($1)";
    let statement = client.prepare_cached(sql).await?;
    let rows = client.query(&statement, &[&ids]).await?;
    rows.iter().map(|row| Ok((PackageId(row.get("id")), tracked(row)?))).collect()
}

/// How many shipments are in each stage; the finished ones are left out.
pub async fn shipments_by_stage(db: &Db) -> Result<Vec<(ShipmentStage, i64)>, DbError> {
    let client = db.client().await?;
    let sql = "SELECT stage, count(*) FROM carrier.shipments WHERE NOT is_finished GROUP BY stage";
    let rows = client.query(sql, &[]).await?;
    rows.iter().map(|row| Ok((stage(row)?, row.get(1)))).collect()
}

fn tracked(row: &Row) -> Result<TrackedShipment, DbError> {
    let columns = [
        (ShipmentStage::Created, "created_at"),
        (ShipmentStage::Dispatched, "dispatched_at"),
        (ShipmentStage::AtWarehouse, "arrived_at"),
        (ShipmentStage::Delivering, "delivering_at"),
        (ShipmentStage::Delivered, "delivered_at"),
    ];
    let reached =
        columns.into_iter().filter_map(|(stage, column)| Some((stage, moment(row, column)?)));
    Ok(TrackedShipment {
        shipment: PackageId(row.get("id")),
        tracking_number: row.get("tracking_number"),
        stage: stage(row)?,
        warehouse: WarehouseId(row.get("warehouse")),
        destination: Point::new(row.get("x"), row.get("y")),
        truck: row.get::<_, Option<i32>>("truck").map(TruckId),
        history: reached.collect(),
    })
}

pub(super) fn stage(row: &Row) -> Result<ShipmentStage, DbError> {
    let name: &str = row.get("stage");
    ShipmentStage::named(name).ok_or_else(|| DbError::BadRow {
        table: "carrier.shipments",
        reason: format!("stage {name} is not known"),
    })
}
