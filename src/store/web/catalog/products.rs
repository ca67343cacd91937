//! Products as the database has them, and their offers; the stock is the shop's to tell.
//!
//! Which ones somebody looks for is decided in `search`.

use std::collections::BTreeMap;

use serde::Serialize;
use tokio_postgres::Row;
use utoipa::ToSchema;

use super::{picture::Sitter, sellers::Rating, words::any_of};
use crate::web::statement::Statement;
use crate::{
    basis::{Cents, ListingId, ProductId, SellerId, WarehouseId},
    db::Client,
    store::web::AppState,
    web::{Kind, Problem},
};

/// Categories shown at most.
const CATEGORIES_MAX: i64 = 200;
/// Offers of one product shown at most.
const OFFERS_MAX: i64 = 100;

/// A product at a glance.
#[derive(Debug, Clone)]
pub struct Card {
    pub id: ProductId,
    pub name: String,
    pub category: String,
    pub description: String,
    /// None where nobody offers it.
    pub price: Option<Cents>,
    pub in_stock: bool,
    pub rating: Rating,
}

/// What [`Card::read`] reads of products p.
pub const CARD: &str = "p.id, p.name, p.category, p.description, p.price_cents, p.in_stock,
    p.ratings, p.rating_hundredths";

impl Card {
    pub fn read(row: &Row) -> Self {
        Self {
            id: ProductId(row.get(0)),
            name: row.get(1),
            category: row.get(2),
            description: row.get(3),
            price: row.get::<_, Option<i64>>(4).map(Cents),
            in_stock: row.get(5),
            rating: Rating::read(row, "ratings", "rating_hundredths"),
        }
    }
}

/// A product with everybody's offers of it, the cheapest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Product {
    #[schema(value_type = i64, example = 1)]
    pub id: ProductId,
    #[schema(example = "Enamel stock pot, 5 litres")]
    pub name: String,
    #[schema(example = "Kitchen")]
    pub category: String,
    pub description: String,
    /// Of the cheapest offer; null where nobody offers it at present.
    #[schema(value_type = Option<i64>, example = 3490)]
    pub price_cents: Option<Cents>,
    pub rating: Rating,
    /// 100 at most.
    pub offers: Vec<Offer>,
}

/// A seller's offer of a product.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Offer {
    /// What an order names.
    #[schema(value_type = i64, example = 1)]
    pub listing_id: ListingId,
    #[schema(value_type = i64, example = 1)]
    pub seller_id: SellerId,
    #[schema(example = "Blue Kettle Trading")]
    pub seller: String,
    pub seller_rating: Rating,
    #[schema(value_type = i64, example = 3490)]
    pub price_cents: Cents,
    /// Pieces that can be sent at once; more can be ordered and come later.
    #[schema(example = 120)]
    pub stock: i64,
}

/// A warehouse that has a product on its shelves.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Holding {
    #[schema(value_type = i32, example = 1)]
    pub warehouse_id: WarehouseId,
    #[schema(example = "North Quay")]
    pub name: String,
    pub x: i32,
    pub y: i32,
    /// Pieces that can be sent at once, of all offers.
    pub pieces: i64,
}

/// One product, for sale or not.
pub async fn find_one(state: &AppState, id: i64) -> Result<Product, Problem> {
    let client = state.db.client().await?;
    let select = format!("SELECT {CARD} FROM store.products p WHERE p.id = $1");
    let statement = client.prepare_cached(&select).await?;
    let rows = client.query(&statement, &[&id]).await?;
    let cards = rows.iter().map(Card::read).collect();
    let nothing =
        || Problem::new(Kind::NotFound, "There is no such product. The catalog has what there is.");
    with_offers(state, &client, cards).await?.pop().ok_or_else(nothing)
}

/// The cards with their offers.
pub async fn with_offers(
    state: &AppState,
    client: &Client,
    cards: Vec<Card>,
) -> Result<Vec<Product>, Problem> {
    let ids: Vec<i64> = cards.iter().map(|card| card.id.0).collect();
    let select =
        "SELECT l.product_id, l.id, s.id, s.name, s.ratings, s.rating_hundredths, l.price_cents
        FROM unnest($1::bigint[]) AS wanted (id)
        CROSS JOIN LATERAL (SELECT * FROM store.listings l
            WHERE l.product_id = wanted.id AND l.active ORDER BY l.price_cents, l.id LIMIT $2) l
        JOIN store.sellers s ON s.id = l.seller_id
        ORDER BY l.price_cents, l.id";
    let statement = client.prepare_cached(select).await?;
    let mut offers: BTreeMap<i64, Vec<Offer>> = BTreeMap::new();
    for row in client.query(&statement, &[&ids, &OFFERS_MAX]).await? {
        offers.entry(row.get(0)).or_default().push(offer(state, &row));
    }
    let product = |card: Card| {
        let offers = offers.remove(&card.id.0).unwrap_or_default();
        let price_cents = offers.first().map(|offer| offer.price_cents);
        let Card { id, name, category, description, rating, .. } = card;
        Product { id, name, category, description, price_cents, rating, offers }
    };
    Ok(cards.into_iter().map(product).collect())
}

fn offer(state: &AppState, row: &Row) -> Offer {
    let listing_id = ListingId(row.get(1));
    Offer {
        listing_id,
        seller_id: SellerId(row.get(2)),
        seller: row.get(3),
        seller_rating: Rating::read(row, "ratings", "rating_hundredths"),
        price_cents: Cents(row.get(6)),
        stock: state.shop.stock(listing_id),
    }
}

/// Which warehouses have some of it; the fullest first.
pub async fn holdings(state: &AppState, product: &Product) -> Result<Vec<Holding>, Problem> {
    let mut pieces: BTreeMap<WarehouseId, i64> = BTreeMap::new();
    for offer in &product.offers {
        for (warehouse, level) in state.shop.stock_by_warehouse(offer.listing_id) {
            *pieces.entry(warehouse).or_default() += level;
        }
    }
    let ids: Vec<i32> = pieces.keys().map(|warehouse| warehouse.0).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let client = state.db.client().await?;
    let select = "SELECT id, name, x, y FROM store.warehouses WHERE id = ANY ($1)";
    let statement = client.prepare_cached(select).await?;
    let rows = client.query(&statement, &[&ids]).await?;
    let holding = |row: &Row| {
        let warehouse_id = WarehouseId(row.get(0));
        let (name, x, y) = (row.get(1), row.get(2), row.get(3));
        Holding {
            warehouse_id,
            name,
            x,
            y,
            pieces: pieces.get(&warehouse_id).copied().unwrap_or(0),
        }
    };
    let mut holdings: Vec<Holding> = rows.iter().map(holding).collect();
    holdings.sort_by_key(|holding| (-holding.pieces, holding.warehouse_id));
    Ok(holdings)
}

/// What a product's picture is drawn from.
pub async fn sitter(state: &AppState, id: i64) -> Result<Option<Sitter>, Problem> {
    let client = state.db.client().await?;
    let select = "SELECT category, name, picture_seed FROM store.products WHERE id = $1";
    let statement = client.prepare_cached(select).await?;
    let row = client.query_opt(&statement, &[&id]).await?;
    Ok(row.map(|row| Sitter { category: row.get(0), name: row.get(1), seed: row.get(2) }))
}

/// All categories with something for sale, by name, each with its most sold product.
///
/// It jumps from one to the next along an index, whatever is in them.
pub async fn categories(client: &Client) -> Result<Vec<(String, ProductId)>, Problem> {
    let select = "WITH RECURSIVE shelf (category, nth) AS (
            (SELECT category, 1 FROM store.products WHERE price_cents IS NOT NULL
                ORDER BY category LIMIT 1)
            UNION ALL
            SELECT (SELECT p.category FROM store.products p
                WHERE p.price_cents IS NOT NULL AND p.category > shelf.category
                ORDER BY p.category LIMIT 1), nth + 1
            FROM shelf WHERE shelf.category IS NOT NULL AND nth < $1)
        SELECT shelf.category, first.id FROM shelf CROSS JOIN LATERAL (
            SELECT p.id FROM store.products p
            WHERE p.category = shelf.category AND p.price_cents IS NOT NULL
            ORDER BY p.sold DESC, p.id DESC LIMIT 1) first
        ORDER BY store.folded(shelf.category), shelf.nth";
    let statement = client.prepare_cached(select).await?;
    let nth_max = i32::try_from(CATEGORIES_MAX).unwrap_or(i32::MAX);
    let rows = client.query(&statement, &[&nth_max]).await?;
    Ok(rows.iter().map(|row| (row.get(0), ProductId(row.get(1)))).collect())
}

/// Products of the same category: first those of a like name, then those of a like price.
pub async fn related(client: &Client, product: &Product, limit: i64) -> Result<Vec<Card>, Problem> {
    let statement = client.prepare_cached("SELECT store.folded($1)").await?;
    let folded: String = client.query_one(&statement, &[&product.name]).await?.get(0);
    let mut rows = Vec::new();
    if let Some(words) = any_of(&folded) {
        rows = alike(product, &words, limit).query(client).await?;
    }
    if (rows.len() as i64) < limit {
        rows.extend(like_priced(product, limit).query(client).await?);
    }
    let mut cards: Vec<Card> = Vec::new();
    for card in rows.iter().map(Card::read) {
        if cards.iter().all(|known| known.id != card.id) && (cards.len() as i64) < limit {
            cards.push(card);
        }
    }
    Ok(cards)
}

fn alike(product: &Product, words: &str, limit: i64) -> Statement {
    let mut statement = Statement::new(&format!("SELECT {CARD} FROM store.products p"));
    statement.push(" WHERE p.price_cents IS NOT NULL AND p.category = ").text(&product.category);
    statement.push(" AND p.name_words @@ to_tsquery('simple', ").text(words);
    statement.push(") AND p.id <> ").number(product.id.0);
    statement.push(" ORDER BY p.sold DESC, p.id DESC LIMIT ").number(limit);
    statement
}

/// The next dearer and the next cheaper ones, the nearest price first.
fn like_priced(product: &Product, limit: i64) -> Statement {
    let price = product.price_cents.map_or(0, |price| price.0);
    let mut statement = Statement::new(&format!("SELECT {CARD} FROM ("));
    for (nth, (beyond, way)) in [(">=", "ASC"), ("<", "DESC")].into_iter().enumerate() {
        statement.push(if nth == 0 {
            "(SELECT p.* FROM store.products p"
        } else {
            " UNION ALL (SELECT p.* FROM store.products p"
        });
        statement
            .push(" WHERE p.price_cents IS NOT NULL AND p.category = ")
            .text(&product.category);
        statement.push(&format!(" AND p.price_cents {beyond} ")).number(price);
        statement.push(" AND p.id <> ").number(product.id.0);
        statement.push(&format!(" ORDER BY p.price_cents {way}, p.id {way} LIMIT ")).number(limit);
        statement.push(")");
    }
    statement.push(") p ORDER BY abs(p.price_cents - ").number(price);
    statement.push("), p.id LIMIT ").number(limit);
    statement
}
