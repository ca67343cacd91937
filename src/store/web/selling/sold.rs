//! The orders that have something of a seller's: only that part of them, and where it goes.
//!
//! Who ordered is not a seller's to know. Which order is how far is kept beside the orders.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio_postgres::{Row, types::ToSql};
use utoipa::{IntoParams, ToSchema};

use super::words::Words;
use crate::{
    basis::{Cents, ListingId, OrderId, ProductId, SellerId},
    db::Client,
    store::web::{
        AppState,
        orders::views::{self, PackageView, Place},
    },
    web::{Kind, Problem, moments::moment, part},
};

/// Products that a search goes through.
const PRODUCTS_MAX: i64 = 50;

/// How far the part of an order that is mine is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SoldState {
    /// Some of it is to be packed.
    Waiting,
    /// All of it is packed, and some is on its way.
    Moving,
    Delivered,
    /// All of it.
    Cancelled,
}

impl SoldState {
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Moving, Self::Delivered, Self::Cancelled];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Moving => "moving",
            Self::Delivered => "delivered",
            Self::Cancelled => "cancelled",
        }
    }

    pub fn words(self) -> &'static str {
        match self {
            Self::Waiting => "To be packed",
            Self::Moving => "On the way",
            Self::Delivered => "Delivered",
            Self::Cancelled => "Cancelled",
        }
    }

    /// The column takes no other words than these.
    pub fn parse(word: &str) -> Self {
        Self::ALL.into_iter().find(|state| state.as_str() == word).unwrap_or(Self::Waiting)
    }
}

/// What somebody ordered of me, as one order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SoldOrder {
    #[schema(value_type = i64)]
    pub order_id: OrderId,
    pub state: SoldState,
    #[schema(value_type = String, format = DateTime)]
    pub placed_at: Timestamp,
    /// Of my items.
    #[schema(value_type = i64)]
    pub total_cents: Cents,
    pub items: Vec<SoldItem>,
}

/// So many pieces of a listing of mine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SoldItem {
    #[schema(value_type = i64)]
    pub listing_id: ListingId,
    #[schema(value_type = i64)]
    pub product_id: ProductId,
    pub name: String,
    pub quantity: i64,
    /// Of one piece, when it was ordered.
    #[schema(value_type = i64)]
    pub price_cents: Cents,
}

impl SoldItem {
    pub fn total(&self) -> Cents {
        self.price_cents.times(u32::try_from(self.quantity).unwrap_or(0))
    }
}

/// The same with where it goes and how far each package is.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Fulfilment {
    #[serde(flatten)]
    pub order: SoldOrder,
    pub destination: Place,
    /// Those with something of mine, and of their contents what is mine.
    pub packages: Vec<PackageView>,
}

/// Which orders.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Only those that are so far.
    #[param(inline)]
    pub state: Option<SoldState>,
    /// An order's number, or words of a product's name; of many products the newest 50 count.
    #[serde(default)]
    #[param(max_length = 200)]
    pub q: String,
}

/// An order's number, as people write it.
fn number(q: &str) -> Option<i64> {
    q.trim().trim_start_matches('#').parse().ok()
}

/// A part of the orders with something of this seller's, the newest first, and the cursor of
/// what follows.
pub async fn find(
    state: &AppState,
    seller: SellerId,
    wanted: &Wanted,
    before: Option<i64>,
    limit: i64,
) -> Result<(Vec<SoldOrder>, Option<i64>), Problem> {
    let client = state.db.client().await?;
    let before = before.unwrap_or(i64::MAX);
    let rows = match number(&wanted.q) {
        Some(number) if number < before => numbered(&client, seller, wanted.state, number).await?,
        Some(_) => Vec::new(),
        None => worded(&client, seller, wanted, before, limit + 1).await?,
    };
    let (rows, next) = part(rows, limit, |row: &Row| row.get(0));
    Ok((with_items(&client, seller, &rows).await?, next))
}

async fn worded(
    client: &Client,
    seller: SellerId,
    wanted: &Wanted,
    before: i64,
    limit: i64,
) -> Result<Vec<Row>, Problem> {
    match Words::read(client, &wanted.q).await? {
        Words::Any => newest(client, seller, wanted.state, before, limit).await,
        words @ (Words::Few(_) | Words::Many(_)) => {
            of_products(client, seller, wanted.state, &words, before, limit).await
        }
    }
}

async fn newest(
    client: &Client,
    seller: SellerId,
    state: Option<SoldState>,
    before: i64,
    limit: i64,
) -> Result<Vec<Row>, Problem> {
    let condition = if state.is_some() { "AND state = $4" } else { "" };
    let select = format!(
        "SELECT order_id, state, placed_us FROM store.seller_orders
        WHERE seller_id = $1 AND order_id < $2 {condition} ORDER BY order_id DESC LIMIT $3"
    );
    let statement = client.prepare_cached(&select).await?;
    let word = state.map(SoldState::as_str);
    let mut params: Vec<&(dyn ToSql + Sync)> = vec![&seller.0, &before, &limit];
    params.extend(word.iter().map(|word| word as &(dyn ToSql + Sync)));
    Ok(client.query(&statement, &params).await?)
}

async fn numbered(
    client: &Client,
    seller: SellerId,
    state: Option<SoldState>,
    number: i64,
) -> Result<Vec<Row>, Problem> {
    let select = "SELECT order_id, state, placed_us FROM store.seller_orders
        WHERE seller_id = $1 AND order_id = $2 AND ($3::text IS NULL OR state = $3)";
    let statement = client.prepare_cached(select).await?;
    Ok(client.query(&statement, &[&seller.0, &number, &state.map(SoldState::as_str)]).await?)
}

/// The newest of each product's orders, then the newest of those.
async fn of_products(
    client: &Client,
    seller: SellerId,
    state: Option<SoldState>,
    words: &Words,
    before: i64,
    limit: i64,
) -> Result<Vec<Row>, Problem> {
    let select = format!(
        "SELECT l.id FROM store.listings l JOIN store.products p ON p.id = l.product_id
        WHERE l.seller_id = $1 {} ORDER BY l.id DESC LIMIT $2",
        words.condition(3)
    );
    let rows = words.query(client, &select, &[seller.0, PRODUCTS_MAX]).await?;
    let listings: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
    let select = "SELECT DISTINCT found.order_id, found.state, found.placed_us
        FROM unnest($4::bigint[]) AS mine (listing_id)
        CROSS JOIN LATERAL (
            SELECT s.order_id, s.state, s.placed_us FROM store.order_items i
            JOIN store.seller_orders s ON s.seller_id = $1 AND s.order_id = i.order_id
            WHERE i.listing_id = mine.listing_id AND i.order_id < $2
            AND ($5::text IS NULL OR s.state = $5)
            ORDER BY i.order_id DESC LIMIT $3) found
        ORDER BY found.order_id DESC LIMIT $3";
    let statement = client.prepare_cached(select).await?;
    let word = state.map(SoldState::as_str);
    Ok(client.query(&statement, &[&seller.0, &before, &limit, &listings, &word]).await?)
}

async fn with_items(
    client: &Client,
    seller: SellerId,
    rows: &[Row],
) -> Result<Vec<SoldOrder>, Problem> {
    let ids: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
    let select = "SELECT i.order_id, i.listing_id, i.product_id, p.name, i.quantity, i.price_cents
        FROM store.order_items i
        JOIN store.listings l ON l.id = i.listing_id
        JOIN store.products p ON p.id = i.product_id
        WHERE i.order_id = ANY ($1) AND l.seller_id = $2 ORDER BY i.order_id, i.listing_id";
    let statement = client.prepare_cached(select).await?;
    let mut items: BTreeMap<i64, Vec<SoldItem>> = BTreeMap::new();
    for row in client.query(&statement, &[&ids, &seller.0]).await? {
        items.entry(row.get(0)).or_default().push(item(&row));
    }
    let order = |row: &Row| {
        let id: i64 = row.get(0);
        let items = items.remove(&id).unwrap_or_default();
        SoldOrder {
            order_id: OrderId(id),
            state: SoldState::parse(row.get(1)),
            placed_at: moment(row.get(2)),
            total_cents: items.iter().map(SoldItem::total).sum(),
            items,
        }
    };
    Ok(rows.iter().map(order).collect())
}

fn item(row: &Row) -> SoldItem {
    SoldItem {
        listing_id: ListingId(row.get(1)),
        product_id: ProductId(row.get(2)),
        name: row.get(3),
        quantity: i64::from(row.get::<_, i32>(4)),
        price_cents: Cents(row.get(5)),
    }
}

/// One of them with its packages; an order without anything of this seller's does not exist
/// for it.
pub async fn find_one(
    state: &AppState,
    seller: SellerId,
    id: OrderId,
) -> Result<Fulfilment, Problem> {
    let nothing = || {
        let detail = format!("There is no order {id} with anything of yours in it.");
        Problem::new(Kind::NotFound, detail)
    };
    let order = {
        let client = state.db.client().await?;
        let rows = numbered(&client, seller, None, id.0).await?;
        with_items(&client, seller, &rows).await?.pop().ok_or_else(nothing)?
    };
    let whole = views::find(state, id).await?.ok_or_else(nothing)?;
    let is_mine = |listing| order.items.iter().any(|item| item.listing_id == listing);
    let mut packages = whole.packages;
    for package in &mut packages {
        package.items.retain(|item| is_mine(item.listing_id));
    }
    packages.retain(|package| !package.items.is_empty());
    Ok(Fulfilment { order, destination: whole.destination, packages })
}

/// Orders by how far they are; counting ends at a bound.
pub async fn counts(
    client: &Client,
    seller: SellerId,
    count_max: i64,
) -> Result<(i64, i64), Problem> {
    let select = "SELECT count(*) FROM (SELECT FROM store.seller_orders
        WHERE seller_id = $1 AND state = $2 LIMIT $3) s";
    let statement = client.prepare_cached(select).await?;
    let [waiting, moving] = [SoldState::Waiting.as_str(), SoldState::Moving.as_str()];
    let waiting = client.query_one(&statement, &[&seller.0, &waiting, &count_max]).await?;
    let moving = client.query_one(&statement, &[&seller.0, &moving, &count_max]).await?;
    Ok((waiting.get(0), moving.get(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_an_orders_and_words_are_none() {
        assert_eq!(number(" #12 "), Some(12));
        for words in ["", "12 pots", "#", "99999999999999999999"] {
            assert_eq!(number(words), None, "{words}");
        }
    }
}
