//! What orders are for, in words: names, sellers and prices as they were.
//!
//! Where it is now is not told here.

use std::collections::BTreeMap;

use tokio_postgres::Row;

use super::views::{OrderView, fetch, grouped};
use crate::{
    basis::{Cents, ListingId, OrderId},
    store::web::AppState,
    web::Problem,
};

/// A line of an order in words, for a page.
#[derive(Debug, Clone)]
pub struct Line {
    pub listing: ListingId,
    pub product: i64,
    pub name: String,
    pub seller: String,
    pub quantity: i32,
    /// For one piece, when it was ordered.
    pub price: Cents,
}

impl Line {
    pub fn total(&self) -> Cents {
        self.price.times(u32::try_from(self.quantity).unwrap_or(0))
    }
}

/// What an order is for, with names and prices.
pub async fn lines(state: &AppState, order: OrderId) -> Result<Vec<Line>, Problem> {
    let client = state.db.client().await?;
    let select = "SELECT i.listing_id, i.product_id, p.name, s.name, i.quantity, i.price_cents
        FROM store.order_items i
        JOIN store.listings l ON l.id = i.listing_id
        JOIN store.products p ON p.id = i.product_id
        JOIN store.sellers s ON s.id = l.seller_id
        WHERE i.order_id = $1 ORDER BY i.listing_id";
    let statement = client.prepare_cached(select).await?;
    let rows = client.query(&statement, &[&order.0]).await?;
    let line = |row: &Row| Line {
        listing: ListingId(row.get(0)),
        product: row.get(1),
        name: row.get(2),
        seller: row.get(3),
        quantity: row.get(4),
        price: Cents(row.get(5)),
    };
    Ok(rows.iter().map(line).collect())
}

/// What each of these orders is for, in a few words.
pub async fn in_short(
    state: &AppState,
    orders: &[OrderView],
) -> Result<BTreeMap<i64, String>, Problem> {
    let ids: Vec<i64> = orders.iter().map(|order| order.id.0).collect();
    let client = state.db.client().await?;
    let select = "SELECT i.order_id, p.name, i.quantity FROM store.order_items i
        JOIN store.products p ON p.id = i.product_id
        WHERE i.order_id = ANY ($1) ORDER BY i.order_id, i.listing_id";
    let rows = fetch(&client, select, &ids).await?;
    let pieces = |row: &Row| (row.get::<_, String>(1), row.get::<_, i32>(2));
    let orders = grouped(&rows, pieces).into_iter();
    Ok(orders.map(|(id, pieces)| (id, shortened(&pieces))).collect())
}

fn shortened(pieces: &[(String, i32)]) -> String {
    let one = |(name, n): &(String, i32)| match n {
        1 => name.clone(),
        n => format!("{n} × {name}"),
    };
    let first: Vec<_> = pieces.iter().take(2).map(one).collect();
    match pieces.len() {
        0..=2 => first.join(", "),
        more => format!("{} and {} more", first.join(", "), more - 2),
    }
}
