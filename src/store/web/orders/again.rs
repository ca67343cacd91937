//! Buying again what an order was for, as far as it is still offered.

use super::events::no_order;
use crate::{
    basis::{AccountId, ListingId, OrderId},
    store::web::{
        AppState,
        cart::{
            changes::{self, How},
            owner::Owner,
        },
    },
    web::Problem,
};

/// A line of the order, as it could be bought now.
struct Line {
    listing: ListingId,
    quantity: i32,
    is_offered: bool,
    name: String,
}

/// Puts it into the account's cart; gives the names of what is not offered any more.
pub async fn again(
    state: &AppState,
    account: AccountId,
    order: OrderId,
) -> Result<Vec<String>, Problem> {
    let lines = lines(state, account, order.0).await?;
    if lines.is_empty() {
        return Err(no_order(order));
    }
    let (offered, gone): (Vec<_>, Vec<_>) = lines.into_iter().partition(|line| line.is_offered);
    let pieces: Vec<_> = offered.iter().map(|line| (line.listing, line.quantity)).collect();
    if !pieces.is_empty() {
        changes::put(state, &Owner::Account(account), &pieces, How::Added).await?;
    }
    Ok(gone.into_iter().map(|line| line.name).collect())
}

/// What of an account's order is not offered any more.
pub async fn gone(
    state: &AppState,
    account: AccountId,
    order: i64,
) -> Result<Vec<String>, Problem> {
    let lines = lines(state, account, order).await?;
    Ok(lines.into_iter().filter(|line| !line.is_offered).map(|line| line.name).collect())
}

async fn lines(state: &AppState, account: AccountId, order: i64) -> Result<Vec<Line>, Problem> {
    let client = state.db.client().await?;
    let select = "SELECT i.listing_id, i.quantity, l.active, p.name
        FROM store.orders o JOIN store.order_items i ON i.order_id = o.id
        JOIN store.listings l ON l.id = i.listing_id
        JOIN store.products p ON p.id = i.product_id
        WHERE o.id = $1 AND o.account_id = $2 ORDER BY i.listing_id";
    let statement = client.prepare_cached(select).await?;
    let rows = client.query(&statement, &[&order, &account.0]).await?;
    let line = |row: &tokio_postgres::Row| Line {
        listing: ListingId(row.get(0)),
        quantity: row.get(1),
        is_offered: row.get(2),
        name: row.get(3),
    };
    Ok(rows.iter().map(line).collect())
}
