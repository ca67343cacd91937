//! Changes to products and listings: committed first, then told to the desk.
//!
//! A change runs to its end even where nobody waits for it any more. Where the process dies
//! between the two, nothing is lost: the desk reads the listings when it starts.
//!
//! ```text
//! commit ─▶ read what is committed ─▶ tell the desk ─▶ read again ─▶ the same? done : tell again
//! ```
//!
//! So the desk ends with the last of several changes at once, though each tells on its own:
//! whoever told last has read after that, and would have told again had it not been the last.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio_postgres::{error::SqlState, types::ToSql};
use utoipa::ToSchema;

use super::{
    Seller,
    listings::{self, ListingView},
    terms::{ListingEdit, NewProduct, ProductEdit, Terms, below_level},
};
use crate::{
    basis::{ListingId, ProductId},
    db::Transaction,
    store::{
        db::one_listing,
        web::{
            AppState,
            finishing::to_the_end,
            people::audit::{self, Deed},
        },
    },
    web::{FieldError, Kind, Problem},
};

/// Listings of one seller at most: the desk has all of them in memory.
const LISTINGS_MAX: i64 = 100_000;
/// Tries to read what was committed, about a minute of them.
const TELL_TRIES: u32 = 10;

/// An offer of a product that there is, or of a new one: one of `product_id` and `product`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct NewListing {
    /// A product that others made.
    #[schema(example = 1)]
    pub product_id: Option<i64>,
    pub product: Option<NewProduct>,
    #[schema(example = 2499, minimum = 1, maximum = 100000000)]
    pub price_cents: i64,
    /// Whether warehouses that have had it buy by themselves; yes, where left out.
    pub auto_reorder: Option<bool>,
    #[schema(example = 40, minimum = 0, maximum = 100000)]
    pub reorder_level: Option<i64>,
    #[schema(example = 200, minimum = 0, maximum = 1000000)]
    pub reorder_target: Option<i64>,
}

pub const LEVEL: i64 = 40;
pub const TARGET: i64 = 200;

enum Which {
    Known(ProductId),
    New(NewProduct),
}

/// Makes a listing, and its product where that is new.
pub async fn create(
    state: &AppState,
    by: &Seller,
    new: NewListing,
) -> Result<ListingView, Problem> {
    let (which, terms) = check(new)?;
    let (seller, own, task_state) = (by.id, by.clone(), state.clone());
    let id = to_the_end(async move {
        let mut client = task_state.db.client().await?;
        let tx = client.transaction().await?;
        let id = insert(&tx, &own, &which, &terms).await?;
        let committed = tx.commit().await;
        drop(client);
        tell_desk(&task_state, id).await;
        committed?;
        Ok(id)
    })
    .await?;
    listings::find_own(state, seller, id).await
}

fn check(new: NewListing) -> Result<(Which, Terms), Problem> {
    let mut errors = Vec::new();
    let edit = ListingEdit {
        price_cents: Some(new.price_cents),
        auto_reorder: Some(new.auto_reorder.unwrap_or(true)),
        reorder_level: Some(new.reorder_level.unwrap_or(LEVEL)),
        reorder_target: Some(new.reorder_target.unwrap_or(TARGET)),
        active: Some(true),
    };
    let terms = edit.check(&mut errors);
    let which = match (new.product_id, new.product) {
        (Some(id), None) => Which::Known(ProductId(id)),
        (None, Some(product)) => Which::New(product.check(&mut errors)),
        (Some(_), Some(_)) | (None, None) => {
            let detail = "give either this or product".to_owned();
            errors.push(FieldError { field: "product_id".to_owned(), detail });
            Which::Known(ProductId(0))
        }
    };
    if errors.is_empty() { Ok((which, terms)) } else { Err(Problem::invalid(errors)) }
}

async fn insert(
    tx: &Transaction<'_>,
    by: &Seller,
    which: &Which,
    terms: &Terms,
) -> Result<ListingId, Problem> {
    let count = "SELECT count(*) FROM store.listings WHERE seller_id = $1";
    let statement = tx.prepare_cached(count).await?;
    if tx.query_one(&statement, &[&by.id.0]).await?.get::<_, i64>(0) >= LISTINGS_MAX {
        let detail = format!("A seller has {LISTINGS_MAX} listings at most. Change one of yours.");
        return Err(Problem::new(Kind::Conflict, detail));
    }
    let (product, is_new) = match which {
        Which::Known(product) => (*product, false),
        Which::New(product) => (insert_product(tx, by, product).await?, true),
    };
    let insert = "INSERT INTO store.listings
            (product_id, seller_id, price_cents, reorder, reorder_level, reorder_target)
        SELECT id, $2, $3, $4, $5, $6 FROM store.products WHERE id = $1
        ON CONFLICT (product_id, seller_id) DO NOTHING RETURNING id";
    let statement = tx.prepare_cached(insert).await?;
    let Terms { price_cents, auto_reorder, reorder_level, reorder_target, .. } = terms;
    let params: [&(dyn ToSql + Sync); 6] =
        [&product.0, &by.id.0, price_cents, auto_reorder, reorder_level, reorder_target];
    let Some(row) = tx.query_opt(&statement, &params).await? else {
        return Err(not_inserted(tx, by, product).await?);
    };
    let id = ListingId(row.get(0));
    let detail = json!({"product": product, "is_new": is_new, "price_cents": price_cents});
    note(tx, by, "listing.created", &format!("listing {id}"), detail).await?;
    Ok(id)
}

async fn not_inserted(
    tx: &Transaction<'_>,
    by: &Seller,
    product: ProductId,
) -> Result<Problem, Problem> {
    let select = "SELECT id FROM store.listings WHERE product_id = $1 AND seller_id = $2";
    let statement = tx.prepare_cached(select).await?;
    let row = tx.query_opt(&statement, &[&product.0, &by.id.0]).await?;
    let Some(row) = row else {
        return Ok(Problem::invalid_field("product_id", "is no product; search for what there is"));
    };
    let detail = format!("You offer this product already, as listing {}.", row.get::<_, i64>(0));
    Ok(Problem::new(Kind::Conflict, detail))
}

async fn insert_product(
    tx: &Transaction<'_>,
    by: &Seller,
    product: &NewProduct,
) -> Result<ProductId, Problem> {
    let insert =
        "INSERT INTO store.products (category, name, description, picture_seed, created_by)
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING id";
    let statement = tx.prepare_cached(insert).await?;
    let NewProduct { name, category, description } = product;
    let seed = i64::from(rand::random::<u32>());
    let params: [&(dyn ToSql + Sync); 5] = [category, name, description, &seed, &by.id.0];
    let row = tx.query_opt(&statement, &params).await?;
    let twice = || {
        let detail = "You have made a product of this name already: it is among your listings.";
        Problem::new(Kind::Conflict, detail)
    };
    Ok(ProductId(row.ok_or_else(twice)?.get(0)))
}

/// Changes price, reordering, and whether it is offered at all.
pub async fn edit(
    state: &AppState,
    by: &Seller,
    id: ListingId,
    edit: ListingEdit,
) -> Result<ListingView, Problem> {
    let mut errors = Vec::new();
    let terms = edit.check(&mut errors);
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let (seller, own, task_state) = (by.id, by.clone(), state.clone());
    to_the_end(async move {
        let mut client = task_state.db.client().await?;
        let tx = client.transaction().await?;
        if !update(&tx, &own, id, &terms).await? {
            return Ok(());
        }
        let committed = tx.commit().await;
        drop(client);
        tell_desk(&task_state, id).await;
        Ok(committed?)
    })
    .await?;
    listings::find_own(state, seller, id).await
}

/// Whether anything is another than before.
async fn update(
    tx: &Transaction<'_>,
    by: &Seller,
    id: ListingId,
    terms: &Terms,
) -> Result<bool, Problem> {
    let columns = "price_cents, reorder, reorder_level, reorder_target, active";
    let select =
        format!("SELECT {columns} FROM store.listings WHERE id = $1 AND seller_id = $2 FOR UPDATE");
    let statement = tx.prepare_cached(&select).await?;
    let old = tx.query_opt(&statement, &[&id.0, &by.id.0]).await?;
    let old = old.ok_or_else(|| listings::no_listing(id))?;
    let update = format!(
        "UPDATE store.listings SET price_cents = coalesce($2, price_cents),
            reorder = coalesce($3, reorder), reorder_level = coalesce($4, reorder_level),
            reorder_target = coalesce($5, reorder_target), active = coalesce($6, active)
        WHERE id = $1 RETURNING {columns}"
    );
    let statement = tx.prepare_cached(&update).await?;
    let Terms { price_cents, auto_reorder, reorder_level, reorder_target, active } = terms;
    let params: [&(dyn ToSql + Sync); 6] =
        [&id.0, price_cents, auto_reorder, reorder_level, reorder_target, active];
    let new = tx.query_one(&statement, &params).await.map_err(|error| {
        let below = error.code() == Some(&SqlState::CHECK_VIOLATION);
        if below { Problem::invalid(vec![below_level()]) } else { error.into() }
    })?;
    let mut changes = Map::new();
    let mut differ = |name: &str, old: Value, new: Value| {
        if old != new {
            changes.insert(name.to_owned(), json!({"from": old, "to": new}));
        }
    };
    differ("price_cents", json!(old.get::<_, i64>(0)), json!(new.get::<_, i64>(0)));
    differ("auto_reorder", json!(old.get::<_, bool>(1)), json!(new.get::<_, bool>(1)));
    differ("reorder_level", json!(old.get::<_, i32>(2)), json!(new.get::<_, i32>(2)));
    differ("reorder_target", json!(old.get::<_, i32>(3)), json!(new.get::<_, i32>(3)));
    differ("active", json!(old.get::<_, bool>(4)), json!(new.get::<_, bool>(4)));
    if changes.is_empty() {
        return Ok(false);
    }
    let action = match (old.get(4), new.get(4)) {
        (true, false) => "listing.ended",
        (false, true) => "listing.restarted",
        (true, true) | (false, false) => "listing.changed",
    };
    note(tx, by, action, &format!("listing {id}"), Value::Object(changes)).await?;
    Ok(true)
}

/// Changes what a product of one's own is said to be. Its name never changes, and the desk
/// knows no more of it than that.
pub async fn edit_product(
    state: &AppState,
    by: &Seller,
    id: ProductId,
    edit: ProductEdit,
) -> Result<(), Problem> {
    let ProductEdit { category, description } = edit.check()?;
    let mut client = state.db.client().await?;
    let tx = client.transaction().await?;
    let update = "UPDATE store.products SET category = coalesce($3, category),
            description = coalesce($4, description)
        WHERE id = $1 AND created_by = $2";
    let statement = tx.prepare_cached(update).await?;
    if tx.execute(&statement, &[&id.0, &by.id.0, &category, &description]).await? == 0 {
        let detail = "There is no such product of yours. Only who made a product changes it.";
        return Err(Problem::new(Kind::NotFound, detail));
    }
    let what = json!({"category": category, "description": description.is_some()});
    note(&tx, by, "product.changed", &format!("product {id}"), what).await?;
    Ok(tx.commit().await?)
}

async fn note(
    tx: &Transaction<'_>,
    by: &Seller,
    action: &'static str,
    subject: &str,
    detail: Value,
) -> Result<(), Problem> {
    Ok(audit::note(tx, &by.person, &by.caller, Deed { action, subject, detail }).await?)
}

/// Tells the desk of a listing until what it was told is what is committed.
async fn tell_desk(state: &AppState, id: ListingId) {
    let (mut told, mut pause) = (None, Duration::from_millis(100));
    let mut tries = 0;
    while tries < TELL_TRIES {
        match one_listing(&state.db, id).await {
            Ok(committed) if committed == told => return,
            Ok(committed) => {
                if let Some(listing) = &committed {
                    state.shop.listing_changed(listing.clone());
                }
                told = committed;
            }
            Err(error) => {
                tracing::warn!(%error, listing = %id, "the desk can not be told yet");
                tokio::time::sleep(pause).await;
                (tries, pause) = (tries + 1, pause * 2);
            }
        }
    }
    tracing::error!(listing = %id, "the desk was not told of a change; it reads it when it starts");
}
