//! How many packages and orders are in which state when a store begins.
//!
//! For the gauges alone; what goes on is taken up by `load`.

use tokio_postgres::Row;

use crate::{
    basis::{OrderId, PackageId},
    db::{Client, Db, DbError},
    store::model::{OrderTally, PackageStatus},
};

/// What the tables hold, counted.
#[derive(Debug, Default)]
pub(in crate::store) struct Census {
    pub(in crate::store) packages: Vec<(PackageStatus, i64)>,
    pub(in crate::store) orders: Vec<(PackageStatus, i64)>,
    /// Of the orders that are not ended.
    pub(in crate::store) under_way: OrderTally,
}

impl Census {
    pub(in crate::store) async fn take(db: &Db) -> Result<Self, DbError> {
        let client = db.client().await?;
        let packages = "SELECT status, count(*) FROM store.packages GROUP BY status";
        Ok(Self {
            packages: count(&client, packages).await?,
            orders: count(&client, ORDERS).await?,
            under_way: under_way(&client).await?,
        })
    }
}

/// As [`PackageStatus::of_order`]: the least advanced that is not cancelled; cancelled where all are.
const ORDERS: &str = "SELECT status, count(*) FROM (
        SELECT DISTINCT ON (order_id) status FROM store.packages
        ORDER BY order_id, store.package_rank(status)
    ) orders GROUP BY status";

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
