//! Tells products what has become of their orders and their stock, every few seconds.
//!
//! Nobody waits for it: who takes orders or counts stock leaves a trace, and this follows
//! the traces, a bounded number at a time. What it has told is committed with how far it is.

use std::{sync::Arc, time::Duration};

use tokio::task::AbortHandle;
use tokio_postgres::types::Type;

use crate::db::{Client, Db, DbError};

/// Orders, and turns of stock, that are told at once; more are told at once after.
const AT_ONCE: i64 = 10_000;

/// The task that tells; it ends with the last handle.
#[derive(Clone)]
pub struct Tally {
    _task: Arc<Ending>,
}

struct Ending(AbortHandle);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Keeps telling until the handle is dropped or the database closed.
pub fn keep_tally(db: Db, every: Duration) -> Tally {
    let task = tokio::spawn(async move {
        let mut rhythm = tokio::time::interval(every);
        rhythm.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while !db.is_closed() {
            rhythm.tick().await;
            if let Err(error) = tell_all(&db).await {
                tracing::debug!(%error, "products were not told of orders and stock");
            }
        }
    });
    Tally { _task: Arc::new(Ending(task.abort_handle())) }
}

async fn tell_all(db: &Db) -> Result<(), DbError> {
    // A connection for each step: others may be waiting for the only one.
    while tell_sales(&db.client().await?).await? >= AT_ONCE {}
    while tell_stock(&db.client().await?).await? >= AT_ONCE {}
    Ok(())
}

/// How far orders were counted. They are committed in the order of their numbers, so none
/// appears later below the last that was counted.
async fn tell_sales(client: &Client) -> Result<i64, DbError> {
    let select = "SELECT c.order_last, (SELECT max(part.id) FROM (
            SELECT o.id FROM store.orders o WHERE o.id > c.order_last ORDER BY o.id LIMIT $1) part)
        FROM store.sales_counted c";
    let statement = client.prepare_cached(select).await?;
    let row = client.query_one(&statement, &[&AT_ONCE]).await?;
    let (from, Some(to)) = (row.get::<_, i64>(0), row.get::<_, Option<i64>>(1)) else {
        return Ok(0);
    };
    let update = "WITH counted AS (
            UPDATE store.sales_counted SET order_last = $2 WHERE order_last = $1 RETURNING order_last),
        sales AS (
            SELECT i.product_id, sum(i.quantity) AS pieces FROM store.order_items i
            WHERE i.order_id > $1 AND i.order_id <= $2 GROUP BY i.product_id)
        UPDATE store.products p SET sold = p.sold + sales.pieces
        FROM sales, counted WHERE p.id = sales.product_id";
    // Planned with the numbers known: a few orders are looked up, not all gone through.
    client.execute_typed(update, &[(&from, Type::INT8), (&to, Type::INT8)]).await?;
    Ok(to - from)
}

/// How many turns were followed. What they come to is read when nobody else can change it: what
/// the turns' own statement sees may be over by the time it gets at a product.
async fn tell_stock(client: &Client) -> Result<i64, DbError> {
    let update = "WITH turned AS (
            DELETE FROM store.restocked WHERE id IN (
                SELECT id FROM store.restocked ORDER BY id LIMIT $1) RETURNING listing_id)
        SELECT count(*), store.follow_offers(array_agg(DISTINCT l.product_id))
        FROM turned LEFT JOIN store.listings l ON l.id = turned.listing_id";
    let statement = client.prepare_cached(update).await?;
    Ok(client.query_one(&statement, &[&AT_ONCE]).await?.get(0))
}
