//! Where a truck is on its way, as far as the carrier knows: the leg that it drives, and
//! how fast the latest ones were driven.
//!
//! The world alone knows where it is at this moment; who shows it works that out.

use tokio_postgres::Row;

use super::load::moment;
use crate::{
    basis::{PackageId, Point},
    carrier::model::Leg,
    db::{Db, DbError},
};

/// What the truck of this shipment drives; None where it has none, or none any more.
pub async fn leg(db: &Db, shipment: PackageId) -> Result<Option<Leg>, DbError> {
    let client = db.client().await?;
    let statement = client.prepare_cached(LEG).await?;
    let found = client.query_opt(&statement, &[&shipment.0]).await?;
    Ok(found.as_ref().and_then(read))
}

/// Of the latest deliveries those that took time, in the world of this one.
const LEG: &str = "SELECT t.stage, t.x, t.y, s.x AS to_x, s.y AS to_y, w.x AS at_x, w.y AS at_y,
        s.dispatched_at, s.arrived_at, s.delivering_at,
        (SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY speed) FROM (
            SELECT (abs(d.x::float8 - p.x) + abs(d.y::float8 - p.y)) * 1000000
                / (d.delivered_at - d.delivering_at) AS speed
            FROM (SELECT * FROM carrier.shipments WHERE is_finished ORDER BY id DESC LIMIT 20) d
            JOIN carrier.warehouses p ON (p.world, p.id) = (d.world, d.warehouse)
            WHERE d.world = s.world AND d.delivered_at > d.delivering_at) AS latest
        WHERE speed > 0) AS units_per_s
    FROM carrier.shipments s
    JOIN carrier.trucks t ON (t.world, t.id, t.shipment) = (s.world, s.truck, s.id)
    LEFT JOIN carrier.warehouses w ON (w.world, w.id) = (s.world, s.warehouse)
    WHERE s.id = $1";

/// Where the shipment's warehouse is; None where no truck has been there.
pub async fn depot(db: &Db, shipment: PackageId) -> Result<Option<Point>, DbError> {
    let client = db.client().await?;
    let sql = "SELECT w.x, w.y FROM carrier.shipments s CROSS JOIN carrier.settings c
        JOIN carrier.warehouses w ON (w.world, w.id) = (coalesce(s.world, c.world), s.warehouse)
        WHERE s.id = $1";
    let statement = client.prepare_cached(sql).await?;
    let found = client.query_opt(&statement, &[&shipment.0]).await?;
    Ok(found.map(|row| Point::new(row.get(0), row.get(1))))
}

fn read(row: &Row) -> Option<Leg> {
    let place = |x: &str, y: &str| {
        let (x, y): (Option<i32>, Option<i32>) = (row.get(x), row.get(y));
        Some(Point::new(x?, y?))
    };
    let from = place("x", "y")?;
    let stage: &str = row.get("stage");
    let (to, since) = match stage {
        "to_warehouse" => (place("at_x", "at_y"), moment(row, "dispatched_at")?),
        "at_warehouse" => (None, moment(row, "arrived_at")?),
        "delivering" => (place("to_x", "to_y"), moment(row, "delivering_at")?),
        _ => return None,
    };
    Some(Leg { from, to, since, units_per_s: row.get("units_per_s") })
}
