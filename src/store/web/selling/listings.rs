//! A seller's listings, as the database has them; what can be promised is the shop's to tell.

use serde::{Deserialize, Serialize};
use tokio_postgres::Row;
use utoipa::{IntoParams, ToSchema};

use super::{stock, words::Words};
use crate::{
    basis::{Cents, ListingId, ProductId, SellerId},
    db::Client,
    store::web::AppState,
    web::{Kind, Problem, part},
};

/// Listings that one look for low stock goes through; the next one goes on where it ended.
pub const LOOK_MAX: i64 = 2_000;

/// An offer of mine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = OwnListing)]
pub struct ListingView {
    #[schema(value_type = i64)]
    pub id: ListingId,
    #[schema(value_type = i64)]
    pub product_id: ProductId,
    pub name: String,
    pub category: String,
    pub description: String,
    /// Whether I made the product, and may change its category and description.
    pub is_my_product: bool,
    #[schema(value_type = i64)]
    pub price_cents: Cents,
    /// False: it can not be ordered.
    pub active: bool,
    /// Whether warehouses buy by themselves.
    pub auto_reorder: bool,
    /// A warehouse with less than this left buys more ...
    pub reorder_level: i32,
    /// ... up to this.
    pub reorder_target: i32,
    /// Pieces that can be promised at present, over all warehouses.
    pub available: i64,
    /// Nothing is left, or a warehouse has less than the level.
    pub is_low: bool,
}

/// Which of my listings.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Those that can be ordered, those that have ended, or those that are running out.
    #[serde(default)]
    #[param(inline)]
    pub show: Show,
    /// Words of the product's name or category.
    #[serde(default)]
    #[param(max_length = 200)]
    pub q: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Show {
    #[default]
    All,
    Active,
    Ended,
    Low,
}

impl Show {
    pub const ALL: [Self; 4] = [Self::All, Self::Active, Self::Ended, Self::Low];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Active => "active",
            Self::Ended => "ended",
            Self::Low => "low",
        }
    }

    fn condition(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Active | Self::Low => "AND l.active",
            Self::Ended => "AND NOT l.active",
        }
    }
}

const COLUMNS: &str = "SELECT l.id, l.product_id, p.name, p.category, p.description,
    coalesce(p.created_by = l.seller_id, false), l.price_cents, l.active, l.reorder,
    l.reorder_level, l.reorder_target
    FROM store.listings l JOIN store.products p ON p.id = l.product_id";

/// A part of a seller's listings, the newest first, and the cursor of what follows.
pub async fn find(
    state: &AppState,
    seller: SellerId,
    wanted: &Wanted,
    before: Option<i64>,
    limit: i64,
) -> Result<(Vec<ListingView>, Option<i64>), Problem> {
    let before = before.unwrap_or(i64::MAX);
    let client = state.db.client().await?;
    let words = Words::read(&client, &wanted.q).await?;
    if wanted.show == Show::Low {
        return find_low(state, &client, seller, &words, before, limit).await;
    }
    let select = format!(
        "{COLUMNS} WHERE l.seller_id = $1 AND l.id < $2 {} {} ORDER BY l.id DESC LIMIT $3",
        wanted.show.condition(),
        words.condition(4)
    );
    let rows = words.query(&client, &select, &[seller.0, before, limit + 1]).await?;
    let listings = rows.iter().map(|row| view(state, row)).collect();
    Ok(part(listings, limit, |listing: &ListingView| listing.id.0))
}

/// What can be promised is known in memory only: so a bounded number of listings is looked
/// through, and a part may be short though others follow.
async fn find_low(
    state: &AppState,
    client: &Client,
    seller: SellerId,
    words: &Words,
    before: i64,
    limit: i64,
) -> Result<(Vec<ListingView>, Option<i64>), Problem> {
    let products = match words {
        Words::Any => "",
        Words::Few(_) | Words::Many(_) => "JOIN store.products p ON p.id = l.product_id",
    };
    let select = format!(
        "SELECT l.id, CASE WHEN l.reorder THEN l.reorder_level ELSE 0 END
        FROM store.listings l {products} WHERE l.seller_id = $1 AND l.id < $2 AND l.active {}
        ORDER BY l.id DESC LIMIT $3",
        words.condition(4)
    );
    let rows = words.query(client, &select, &[seller.0, before, LOOK_MAX]).await?;
    let is_low = |row: &&Row| stock::is_low(state, ListingId(row.get(0)), row.get(1));
    let limit = usize::try_from(limit).unwrap_or(0);
    let mut low: Vec<i64> =
        rows.iter().filter(is_low).take(limit + 1).map(|row| row.get(0)).collect();
    let next = if low.len() > limit {
        low.truncate(limit);
        low.last().copied()
    } else {
        let all_seen = (rows.len() as i64) < LOOK_MAX;
        rows.last().filter(|_| !all_seen).map(|row| row.get(0))
    };
    let statement = client
        .prepare_cached(&format!("{COLUMNS} WHERE l.id = ANY ($1) ORDER BY l.id DESC"))
        .await?;
    let rows = client.query(&statement, &[&low]).await?;
    Ok((rows.iter().map(|row| view(state, row)).collect(), next))
}

/// One listing of this seller; anybody else's does not exist for it.
pub async fn find_own(
    state: &AppState,
    seller: SellerId,
    id: ListingId,
) -> Result<ListingView, Problem> {
    let client = state.db.client().await?;
    let select = format!("{COLUMNS} WHERE l.id = $1 AND l.seller_id = $2");
    let statement = client.prepare_cached(&select).await?;
    let row = client.query_opt(&statement, &[&id.0, &seller.0]).await?;
    row.map(|row| view(state, &row)).ok_or_else(|| no_listing(id))
}

pub fn no_listing(id: ListingId) -> Problem {
    let detail =
        format!("You have no listing {id}. The list of your listings has those there are.");
    Problem::new(Kind::NotFound, detail)
}

fn view(state: &AppState, row: &Row) -> ListingView {
    let (id, auto_reorder, reorder_level) = (ListingId(row.get(0)), row.get(8), row.get(9));
    let level = if auto_reorder { reorder_level } else { 0 };
    ListingView {
        id,
        product_id: ProductId(row.get(1)),
        name: row.get(2),
        category: row.get(3),
        description: row.get(4),
        is_my_product: row.get(5),
        price_cents: Cents(row.get(6)),
        active: row.get(7),
        auto_reorder,
        reorder_level,
        reorder_target: row.get(10),
        available: state.shop.stock(id),
        is_low: stock::is_low(state, id, level),
    }
}

/// A product that one could offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Candidate {
    #[schema(value_type = i64)]
    pub product_id: ProductId,
    pub name: String,
    pub category: String,
    /// My listing of it, where there is one.
    #[schema(value_type = Option<i64>)]
    pub my_listing: Option<ListingId>,
    /// The lowest price at which it is offered, where it is.
    #[schema(value_type = Option<i64>)]
    pub price_cents: Option<Cents>,
}

const CANDIDATES: &str = "SELECT p.id, p.name, p.category,
    (SELECT l.id FROM store.listings l WHERE l.product_id = p.id AND l.seller_id = $1),
    (SELECT min(l.price_cents) FROM store.listings l WHERE l.product_id = p.id AND l.active)
    FROM store.products p";

/// Products by the words of their names, by id; no words find none.
pub async fn candidates(
    state: &AppState,
    seller: SellerId,
    q: &str,
    after: i64,
    limit: i64,
) -> Result<(Vec<Candidate>, Option<i64>), Problem> {
    let client = state.db.client().await?;
    let words = Words::read(&client, q).await?;
    if words == Words::Any {
        return Ok((Vec::new(), None));
    }
    let condition = words.condition(4);
    let select = format!("{CANDIDATES} WHERE p.id > $2 {condition} ORDER BY p.id LIMIT $3");
    let rows = words.query(&client, &select, &[seller.0, after, limit + 1]).await?;
    let found = rows.iter().map(candidate).collect();
    Ok(part(found, limit, |product: &Candidate| product.product_id.0))
}

/// One product to offer.
pub async fn candidate_of(
    state: &AppState,
    seller: SellerId,
    product: ProductId,
) -> Result<Candidate, Problem> {
    let client = state.db.client().await?;
    let statement = client.prepare_cached(&format!("{CANDIDATES} WHERE p.id = $2")).await?;
    let row = client.query_opt(&statement, &[&seller.0, &product.0]).await?;
    row.as_ref().map(candidate).ok_or_else(no_product)
}

pub fn no_product() -> Problem {
    Problem::new(Kind::NotFound, "There is no such product. Search the catalog for what there is.")
}

fn candidate(row: &Row) -> Candidate {
    Candidate {
        product_id: ProductId(row.get(0)),
        name: row.get(1),
        category: row.get(2),
        my_listing: row.get::<_, Option<i64>>(3).map(ListingId),
        price_cents: row.get::<_, Option<i64>>(4).map(Cents),
    }
}
