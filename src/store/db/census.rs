//! How many packages and orders are in which state when a store begins.
//!
//! For the gauges alone; what goes on is taken up by `load`. The doors are not open before it
//! is done, so nothing is sorted: the tables are read through once, and looked into only for
//! what is under way.

use std::collections::BTreeMap;

use tokio_postgres::Row;

use crate::{
    basis::{OrderId, PackageId},
    db::{Client, Db, DbError},
    store::model::{
        OrderTally,
        PackageStatus::{self, Cancelled, Delivered},
    },
};

/// What the tables hold, counted.
#[derive(Debug, Default)]
pub(in crate::store) struct Census {
    pub(in crate::store) packages: Vec<(PackageStatus, i64)>,
    /// As [`PackageStatus::of_order`] has it.
    pub(in crate::store) orders: BTreeMap<PackageStatus, i64>,
    /// Of the orders that are not ended.
    pub(in crate::store) under_way: OrderTally,
}

impl Census {
    pub(in crate::store) async fn take(db: &Db) -> Result<Self, DbError> {
        let client = db.client().await?;
        let sql = "SELECT status, count(*) FROM store.packages GROUP BY status";
        let packages = count(&client, sql).await?;
        let under_way = under_way(&client).await?;
        let mut orders = under_way.by_status();
        let has_cancelled = packages.iter().any(|(status, _)| *status == Cancelled);
        let cancelled = if has_cancelled { one(&client, CANCELLED).await? } else { 0 };
        let all = one(&client, "SELECT count(*) FROM store.orders").await?;
        let open: i64 = orders.values().sum();
        // Nothing else is left for an order that has ended.
        orders.insert(Cancelled, cancelled);
        orders.insert(Delivered, (all - open - cancelled).max(0));
        Ok(Self { packages, orders, under_way })
    }
}

/// Orders of which nothing is left. Few packages are cancelled, so few are looked at.
const CANCELLED: &str = "SELECT count(DISTINCT order_id) FROM store.packages AS one
    WHERE status = 'cancelled' AND NOT EXISTS (
        SELECT FROM store.packages AS other
        WHERE other.order_id = one.order_id AND other.status <> 'cancelled')";

async fn one(client: &Client, sql: &str) -> Result<i64, DbError> {
    Ok(client.query_one(sql, &[]).await?.get(0))
}

async fn count(client: &Client, sql: &str) -> Result<Vec<(PackageStatus, i64)>, DbError> {
    let rows = client.query(sql, &[]).await?;
    let count = |row: &Row| Some((PackageStatus::parse(row.get(0))?, row.get(1)));
    Ok(rows.iter().filter_map(count).collect())
}

async fn under_way(client: &Client) -> Result<OrderTally, DbError> {
    let sql = "SELECT order_id, id, status FROM store.packages WHERE order_id IN (
            SELECT order_id FROM store.packages WHERE status NOT IN ('delivered', 'cancelled'))
        ORDER BY status IN ('delivered', 'cancelled')";
    let mut tally = OrderTally::default();
    for row in client.query(sql, &[]).await? {
        if let Some(status) = PackageStatus::parse(row.get(2)) {
            tally.note(OrderId(row.get(0)), PackageId(row.get(1)), status);
        }
    }
    Ok(tally)
}
