//! What a carrier may ask about packages, read from the tables.
//!
//! Not needed to go on: the models do not know it.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    basis::{OrderId, PackageId, Point, ProductId, WarehouseId},
    db::{Db, DbError},
    wire::dialect::DetailReport,
};

/// What is in these packages and where they go: two queries, however many there are.
pub(in crate::store) async fn details(
    db: &Db,
    shipments: &BTreeSet<PackageId>,
) -> Result<BTreeMap<PackageId, DetailReport>, DbError> {
    if shipments.is_empty() {
        return Ok(BTreeMap::new());
    }
    let ids: Vec<i64> = shipments.iter().map(|shipment| shipment.0).collect();
    let client = db.client().await?;
    let sql = "SELECT p.id, p.order_id, p.warehouse_id, o.destination_x, o.destination_y
         FROM store.packages p JOIN store.orders o ON o.id = p.order_id WHERE p.id = ANY($1)";
    let packages = client.query(sql, &[&ids]).await?;
    let report = |row: &tokio_postgres::Row| {
        let shipment = PackageId(row.get(0));
        let report = DetailReport {
            shipment,
            order: Some(OrderId(row.get(1))),
            warehouse: WarehouseId(row.get(2)),
            destination: Point::new(row.get(3), row.get(4)),
            items: Vec::new(),
        };
        (shipment, report)
    };
    let mut reports: BTreeMap<PackageId, DetailReport> = packages.iter().map(report).collect();
    let sql = "SELECT i.package_id, i.product_id, p.name, i.quantity
         FROM store.package_items i JOIN store.products p ON p.id = i.product_id
         WHERE i.package_id = ANY($1) ORDER BY i.package_id, i.listing_id";
    for row in client.query(sql, &[&ids]).await? {
        let quantity = u32::try_from(row.get::<_, i32>(3)).unwrap_or(0);
        if let Some(report) = reports.get_mut(&PackageId(row.get(0))) {
            report.items.push((ProductId(row.get(1)), row.get(2), quantity));
        }
    }
    Ok(reports)
}
