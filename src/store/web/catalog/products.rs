//! What is for sale, as the database has it; the stock is the shop's to tell.

use serde::Serialize;
use utoipa::ToSchema;

use super::picture::Sitter;
use crate::{
    basis::{Cents, ListingId, ProductId},
    store::web::AppState,
    web::Problem,
};

/// Words of a search beyond this many are ignored.
const WORDS_MAX: usize = 6;

/// A product with everybody's offers of it, the cheapest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Product {
    #[schema(value_type = i64)]
    pub id: ProductId,
    pub name: String,
    pub category: String,
    pub description: String,
    /// Of the cheapest offer.
    #[schema(value_type = i64)]
    pub price_cents: Cents,
    pub offers: Vec<Offer>,
}

/// A seller's offer of a product.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Offer {
    /// What an order names.
    #[schema(value_type = i64)]
    pub listing_id: ListingId,
    pub seller: String,
    #[schema(value_type = i64)]
    pub price_cents: Cents,
    /// Pieces that can be sent at once; more can be ordered and come later.
    pub stock: i64,
}

/// Which products to look for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    pub after: i64,
    pub category: Option<String>,
    pub words: String,
    pub limit: i64,
}

/// Products in the order of their ids, and the cursor of what follows.
pub async fn find(
    state: &AppState,
    wanted: &Wanted,
) -> Result<(Vec<Product>, Option<i64>), Problem> {
    let client = state.db.client().await?;
    let select = "SELECT id, name, category, description FROM store.products p
        WHERE id > $1 AND ($2::text IS NULL OR category = $2)
        AND name || ' ' || category || ' ' || description ILIKE ALL ($3::text[])
        AND EXISTS (SELECT FROM store.listings l WHERE l.product_id = p.id AND l.active)
        ORDER BY id LIMIT $4";
    let statement = client.prepare_cached(select).await?;
    let (patterns, one_more) = (patterns(&wanted.words), wanted.limit + 1);
    let category = wanted.category.as_deref().map(without_nul);
    let mut rows =
        client.query(&statement, &[&wanted.after, &category, &patterns, &one_more]).await?;
    let more = rows.len() as i64 > wanted.limit;
    rows.truncate(usize::try_from(wanted.limit).unwrap_or(0));
    let products = with_offers(state, &client, &rows).await?;
    let next = products.last().filter(|_| more).map(|product| product.id.0);
    Ok((products, next))
}

/// One product, if it is for sale.
pub async fn find_one(state: &AppState, id: i64) -> Result<Option<Product>, Problem> {
    let client = state.db.client().await?;
    let select = "SELECT id, name, category, description FROM store.products p
        WHERE id = $1
        AND EXISTS (SELECT FROM store.listings l WHERE l.product_id = p.id AND l.active)";
    let statement = client.prepare_cached(select).await?;
    let rows = client.query(&statement, &[&id]).await?;
    Ok(with_offers(state, &client, &rows).await?.pop())
}

/// What a product's picture is drawn from.
pub async fn sitter(state: &AppState, id: i64) -> Result<Option<Sitter>, Problem> {
    let client = state.db.client().await?;
    let select = "SELECT category, name, picture_seed FROM store.products WHERE id = $1";
    let statement = client.prepare_cached(select).await?;
    let row = client.query_opt(&statement, &[&id]).await?;
    Ok(row.map(|row| Sitter { category: row.get(0), name: row.get(1), seed: row.get(2) }))
}

/// All categories with something for sale, by name.
pub async fn categories(state: &AppState) -> Result<Vec<String>, Problem> {
    let client = state.db.client().await?;
    let select = "SELECT DISTINCT category FROM store.products p
        WHERE EXISTS (SELECT FROM store.listings l WHERE l.product_id = p.id AND l.active)
        ORDER BY category";
    let statement = client.prepare_cached(select).await?;
    let rows = client.query(&statement, &[]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

async fn with_offers(
    state: &AppState,
    client: &crate::db::Client,
    rows: &[tokio_postgres::Row],
) -> Result<Vec<Product>, Problem> {
    let ids: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
    let select = "SELECT l.product_id, l.id, s.name, l.price_cents
        FROM store.listings l JOIN store.sellers s ON s.id = l.seller_id
        WHERE l.product_id = ANY ($1) AND l.active ORDER BY l.product_id, l.price_cents, l.id";
    let statement = client.prepare_cached(select).await?;
    let offers = client.query(&statement, &[&ids]).await?;
    Ok(rows.iter().map(|row| product(state, row, &offers)).collect())
}

fn product(state: &AppState, row: &tokio_postgres::Row, offers: &[tokio_postgres::Row]) -> Product {
    let id: i64 = row.get(0);
    // Sorted by product; a page has a few hundred at most.
    let mine = offers.iter().filter(|offer| offer.get::<_, i64>(0) == id);
    let offers: Vec<_> = mine
        .map(|offer| {
            let listing_id = ListingId(offer.get(1));
            let (seller, price_cents) = (offer.get(2), Cents(offer.get(3)));
            Offer { listing_id, seller, price_cents, stock: state.shop.stock(listing_id) }
        })
        .collect();
    Product {
        id: ProductId(id),
        name: row.get(1),
        category: row.get(2),
        description: row.get(3),
        price_cents: offers.first().map_or(Cents(0), |offer| offer.price_cents),
        offers,
    }
}

/// Each word anywhere, whatever it looks like to LIKE.
fn patterns(words: &str) -> Vec<String> {
    let words = words.split_whitespace().take(WORDS_MAX);
    words.map(|word| format!("%{}%", escape(&without_nul(word)))).collect()
}

fn escape(word: &str) -> String {
    word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// PostgreSQL's texts have no NUL.
fn without_nul(text: &str) -> String {
    text.replace('\0', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_that_mean_something_to_the_database_mean_themselves() {
        assert_eq!(patterns("50% a_b c\\"), ["%50\\%%", "%a\\_b%", "%c\\\\%"]);
        assert_eq!(patterns("a b c d e f g h").len(), WORDS_MAX);
        assert!(patterns("  ").is_empty());
    }
}
