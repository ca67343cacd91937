//! What happens to carts: something is put in, changed, taken out, merged, ordered.
//!
//! Whatever changes several lines holds their cart's row, so that two at once are one after the
//! other.

use deadpool_postgres::Transaction;

use super::owner::{KEPT_DAYS, Owner};
use crate::{
    basis::{AccountId, ListingId, OrderId},
    store::web::AppState,
    web::{Kind, Problem},
};

/// Different listings in a cart at most: as many as in an order.
pub const LINES_MAX: i64 = 100;
/// Pieces of one listing at most.
pub const QUANTITY_MAX: i32 = 10_000;
/// Carts of visitors at most; the oldest go.
const VISITORS_MAX: i64 = 100_000;

/// How a quantity is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// So many more, up to what a cart takes.
    Added,
    /// So many, whatever there was.
    Set,
}

/// A quantity that a cart takes.
pub fn check_quantity(quantity: i64) -> Result<i32, Problem> {
    let fits = i32::try_from(quantity).ok().filter(|n| (1..=QUANTITY_MAX).contains(n));
    let detail = format!("must be a whole number from 1 to {QUANTITY_MAX}");
    fits.ok_or_else(|| Problem::invalid_field("quantity", detail))
}

/// Puts pieces of listings into a cart, at today's prices; all of them or none.
pub async fn put(
    state: &AppState,
    owner: &Owner,
    pieces: &[(ListingId, i32)],
    how: How,
) -> Result<(), Problem> {
    let mut client = state.db.client().await?;
    let tx = client.transaction().await?;
    let cart = open(&tx, owner).await?;
    let added = match how {
        How::Added => "LEAST($4, i.quantity + excluded.quantity)",
        How::Set => "LEAST($4, excluded.quantity)",
    };
    let insert = format!(
        "INSERT INTO store.cart_items AS i (cart_id, listing_id, quantity, price_cents)
        SELECT $1, l.id, $3, l.price_cents FROM store.listings l
        WHERE l.id = $2 AND l.active
        ON CONFLICT (cart_id, listing_id)
        DO UPDATE SET quantity = {added}, price_cents = excluded.price_cents"
    );
    let statement = tx.prepare_cached(&insert).await?;
    for (listing, quantity) in pieces {
        let params: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
            [&cart, &listing.0, quantity, &QUANTITY_MAX];
        if tx.execute(&statement, &params).await? == 0 {
            return Err(Problem::invalid_field("listing_id", "is not offered (any more)"));
        }
    }
    let count = "SELECT count(*) FROM store.cart_items WHERE cart_id = $1";
    let statement = tx.prepare_cached(count).await?;
    if tx.query_one(&statement, &[&cart]).await?.try_get::<_, i64>(0)? > LINES_MAX {
        let detail = format!(
            "A cart holds {LINES_MAX} different offers at most. Order what is in it, or take something out."
        );
        return Err(Problem::new(Kind::Conflict, detail));
    }
    Ok(tx.commit().await?)
}

/// Takes a listing out; whether it was in.
pub async fn remove(state: &AppState, owner: &Owner, listing: ListingId) -> Result<bool, Problem> {
    let client = state.db.client().await?;
    let delete = "DELETE FROM store.cart_items i USING store.carts c
        WHERE c.id = i.cart_id AND (c.account_id = $1 OR c.hash = $2) AND i.listing_id = $3";
    let statement = client.prepare_cached(delete).await?;
    let params: [&(dyn tokio_postgres::types::ToSql + Sync); 3] =
        [&owner.account(), &owner.hash(), &listing.0];
    Ok(client.execute(&statement, &params).await? > 0)
}

/// Takes everything out.
pub async fn clear(state: &AppState, owner: &Owner) -> Result<(), Problem> {
    let client = state.db.client().await?;
    let delete = "DELETE FROM store.carts WHERE account_id = $1 OR hash = $2";
    let statement = client.prepare_cached(delete).await?;
    client.execute(&statement, &[&owner.account(), &owner.hash()]).await?;
    Ok(())
}

/// What a visitor put in becomes the account's: quantities are added up, and a visitor's
/// cart that was merged is gone, so it is merged once.
pub async fn merge(state: &AppState, visitor: &Owner, account: AccountId) -> Result<(), Problem> {
    let mut client = state.db.client().await?;
    let tx = client.transaction().await?;
    let lock = tx.prepare_cached("SELECT id FROM store.carts WHERE hash = $1 FOR UPDATE").await?;
    let Some(row) = tx.query_opt(&lock, &[&visitor.hash()]).await? else { return Ok(()) };
    let (from, to): (i64, i64) = (row.try_get(0)?, open(&tx, &Owner::Account(account)).await?);
    let insert = "INSERT INTO store.cart_items AS i
            (cart_id, listing_id, quantity, price_cents, added_at)
        SELECT $2, listing_id, quantity, price_cents, added_at
        FROM store.cart_items WHERE cart_id = $1
        ON CONFLICT (cart_id, listing_id)
        DO UPDATE SET quantity = LEAST($3, i.quantity + excluded.quantity)";
    tx.execute(&tx.prepare_cached(insert).await?, &[&from, &to, &QUANTITY_MAX]).await?;
    // What was put in last stays.
    let trim = "DELETE FROM store.cart_items WHERE cart_id = $1 AND listing_id NOT IN (
        SELECT listing_id FROM store.cart_items WHERE cart_id = $1
        ORDER BY added_at DESC, listing_id LIMIT $2)";
    tx.execute(&tx.prepare_cached(trim).await?, &[&to, &LINES_MAX]).await?;
    let delete = tx.prepare_cached("DELETE FROM store.carts WHERE id = $1").await?;
    tx.execute(&delete, &[&from]).await?;
    Ok(tx.commit().await?)
}

/// Takes out what was ordered, once for each order however often it is told.
pub async fn ordered(
    state: &AppState,
    account: AccountId,
    order: OrderId,
    items: &[(ListingId, u32)],
) -> Result<(), Problem> {
    let mut client = state.db.client().await?;
    let tx = client.transaction().await?;
    let once = "WITH old AS (
            DELETE FROM store.checkouts WHERE at < now() - make_interval(days => $2))
        INSERT INTO store.checkouts (order_id) VALUES ($1) ON CONFLICT DO NOTHING";
    if tx.execute(&tx.prepare_cached(once).await?, &[&order.0, &KEPT_DAYS]).await? == 0 {
        return Ok(());
    }
    // Before any of its lines, as everybody does.
    let hold =
        tx.prepare_cached("SELECT FROM store.carts WHERE account_id = $1 FOR UPDATE").await?;
    if tx.query_opt(&hold, &[&account.0]).await?.is_none() {
        return Ok(tx.commit().await?);
    }
    let listings: Vec<i64> = items.iter().map(|(listing, _)| listing.0).collect();
    let quantity = |(_, n): &(ListingId, u32)| i32::try_from(*n).unwrap_or(QUANTITY_MAX);
    let quantities: Vec<i32> = items.iter().map(quantity).collect();
    let taken = "FROM store.carts c, unnest($2::bigint[], $3::integer[]) AS o (listing, n)
        WHERE c.account_id = $1 AND i.cart_id = c.id AND i.listing_id = o.listing";
    let delete = format!("DELETE FROM store.cart_items i {} AND i.quantity <= o.n", using(taken));
    let statement = tx.prepare_cached(&delete).await?;
    tx.execute(&statement, &[&account.0, &listings, &quantities]).await?;
    let less = format!(
        "UPDATE store.cart_items i SET quantity = i.quantity - o.n {taken}
        AND i.quantity > o.n"
    );
    // What was left by the first statement only.
    let statement = tx.prepare_cached(&less).await?;
    tx.execute(&statement, &[&account.0, &listings, &quantities]).await?;
    Ok(tx.commit().await?)
}

/// What DELETE calls FROM.
fn using(from: &str) -> String {
    from.replacen("FROM", "USING", 1)
}

/// The owner's cart, held until the transaction ends; made where there is none.
async fn open(tx: &Transaction<'_>, owner: &Owner) -> Result<i64, Problem> {
    let touch = "UPDATE store.carts SET changed_at = now()
        WHERE account_id = $1 OR hash = $2 RETURNING id";
    let touch = tx.prepare_cached(touch).await?;
    let (account, hash) = (owner.account(), owner.hash());
    if let Some(row) = tx.query_opt(&touch, &[&account, &hash]).await? {
        return Ok(row.try_get(0)?);
    }
    let make = "INSERT INTO store.carts (account_id, hash) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    tx.execute(&tx.prepare_cached(make).await?, &[&account, &hash]).await?;
    let id = tx.query_one(&touch, &[&account, &hash]).await?.try_get(0)?;
    if hash.is_some() {
        sweep(tx, id).await?;
    }
    Ok(id)
}

/// Whoever comes newly clears away a few that are old or too many.
async fn sweep(tx: &Transaction<'_>, newest: i64) -> Result<(), Problem> {
    let delete = "DELETE FROM store.carts WHERE id IN (
        SELECT id FROM store.carts WHERE hash IS NOT NULL
            AND (changed_at < now() - make_interval(days => $1) OR id <= $2)
        ORDER BY changed_at LIMIT 20 FOR UPDATE SKIP LOCKED)";
    let statement = tx.prepare_cached(delete).await?;
    tx.execute(&statement, &[&KEPT_DAYS, &(newest - VISITORS_MAX)]).await?;
    Ok(())
}
