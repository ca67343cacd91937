//! What a carrier or a buyer may ask about packages, read from the tables, and the wish
//! of whoever starts the store.
//!
//! Not what the models need to go on: that is loaded elsewhere.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use crate::{
    basis::{AccountId, OrderId, PackageId, Point, ProductId, WarehouseId},
    db::{Db, DbError},
    store::model::PackageStatus,
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
    let sql = "SELECT p.id, p.order_id, p.warehouse_id,
             coalesce(p.destination_x, o.destination_x), coalesce(p.destination_y, o.destination_y)
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

/// The packages of an account's order and what is committed of them; None where the account
/// has no such order.
pub(in crate::store) async fn packages_of(
    db: &Db,
    account: AccountId,
    order: OrderId,
) -> Result<Option<BTreeMap<PackageId, PackageStatus>>, DbError> {
    let sql = "SELECT p.id, p.status FROM store.packages p JOIN store.orders o ON o.id = p.order_id
         WHERE o.id = $1 AND o.account_id = $2";
    let rows = db.client().await?.query(sql, &[&order.0, &account.0]).await?;
    let package = |row: &tokio_postgres::Row| {
        let word: &str = row.get(1);
        let reason = || format!("the status {word:?}");
        let unknown = || DbError::BadRow { table: "store.packages", reason: reason() };
        Ok((PackageId(row.get(0)), PackageStatus::parse(word).ok_or_else(unknown)?))
    };
    let packages = rows.iter().map(package).collect::<Result<BTreeMap<_, _>, DbError>>()?;
    Ok((!packages.is_empty()).then_some(packages))
}

/// The packages of an account's order that may be on a truck, with the carrier's numbers.
pub(in crate::store) async fn tracked_of(
    db: &Db,
    account: AccountId,
    order: OrderId,
) -> Result<Vec<(PackageId, String)>, DbError> {
    let sql = "SELECT p.id, p.tracking_number
         FROM store.packages p JOIN store.orders o ON o.id = p.order_id
         WHERE o.id = $1 AND o.account_id = $2 AND p.tracking_number IS NOT NULL
             AND p.status NOT IN ('delivered', 'cancelled') ORDER BY p.id";
    let rows = db.client().await?.query(sql, &[&order.0, &account.0]).await?;
    Ok(rows.iter().map(|row| (PackageId(row.get(0)), row.get(1))).collect())
}

/// Notes, for the models that will be restored, how long a package can be cancelled.
pub(in crate::store) async fn note_pack_after(db: &Db, span: Duration) -> Result<(), DbError> {
    let span_ms = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
    let sql = "UPDATE store.settings SET pack_after_ms = $1";
    db.client().await?.execute(sql, &[&span_ms]).await?;
    Ok(())
}
