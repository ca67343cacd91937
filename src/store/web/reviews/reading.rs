//! Reviews as others read them, a part at a time.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;
use utoipa::ToSchema;

use super::Subject;
use crate::web::statement::Statement;
use crate::{
    basis::{AccountId, ProductId, ReviewId, SellerId},
    store::web::AppState,
    web::Problem,
};

/// An order of reviews.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReviewSort {
    /// What helped most people first.
    #[default]
    Helpful,
    /// The newest first.
    Newest,
    /// The most stars first.
    Highest,
    /// The fewest stars first.
    Lowest,
}

impl ReviewSort {
    pub const ALL: [(Self, &'static str, &'static str); 4] = [
        (Self::Helpful, "helpful", "Most helpful"),
        (Self::Newest, "newest", "Newest"),
        (Self::Highest, "highest", "Most stars"),
        (Self::Lowest, "lowest", "Fewest stars"),
    ];

    pub fn name(self) -> &'static str {
        let entry = Self::ALL.iter().find(|(sort, ..)| *sort == self);
        entry.map_or("helpful", |(_, name, _)| name)
    }

    fn key(self) -> &'static str {
        match self {
            Self::Helpful => "r.helpful",
            Self::Newest => "r.id",
            Self::Highest | Self::Lowest => "r.stars",
        }
    }
}

impl FromStr for ReviewSort {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let entry = Self::ALL.iter().find(|(_, name, _)| *name == text);
        entry.map(|(sort, ..)| *sort).ok_or(())
    }
}

/// Where a part ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    key: i32,
    id: i64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.key, self.id)
    }
}

impl FromStr for Cursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (key, id) = text.split_once('.').ok_or(())?;
        Ok(Self { key: key.parse().map_err(|_| ())?, id: id.parse().map_err(|_| ())? })
    }
}

/// A review of a product or of a seller, by somebody who received something of it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Review {
    #[schema(value_type = i64, example = 1)]
    pub id: ReviewId,
    /// What it is of, where that is a product.
    #[schema(value_type = Option<i64>, example = 1)]
    pub product_id: Option<ProductId>,
    /// What it is of, where that is a seller.
    #[schema(value_type = Option<i64>)]
    pub seller_id: Option<SellerId>,
    /// The name of that product or seller.
    #[schema(example = "Enamel stock pot, 5 litres")]
    pub subject: String,
    #[schema(example = 4, minimum = 1, maximum = 5)]
    pub stars: i16,
    #[schema(example = "Does what it should", max_length = 120)]
    pub title: String,
    #[schema(max_length = 5000)]
    pub text: String,
    /// The first name of who wrote it.
    #[schema(example = "Ada")]
    pub author: String,
    /// How many found it helpful.
    #[schema(minimum = 0)]
    pub helpful: i32,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub edited_at: Option<Timestamp>,
    /// Whether whoever asks wrote it.
    pub is_mine: bool,
    /// Whether whoever asks found it helpful.
    pub is_helpful_to_me: bool,
}

const COLUMNS: &str = "r.id, r.product_id, r.seller_id,
    coalesce((SELECT p.name FROM store.products p WHERE p.id = r.product_id),
        (SELECT s.name FROM store.sellers s WHERE s.id = r.seller_id)) AS subject,
    r.stars, r.title, r.text,
    (SELECT a.first_name FROM store.accounts a WHERE a.id = r.account_id) AS author, r.helpful, r.created_at, r.edited_at, r.account_id";

impl Review {
    fn read(row: &Row, viewer: Option<AccountId>) -> Self {
        Self {
            id: ReviewId(row.get(0)),
            product_id: row.get::<_, Option<i64>>(1).map(ProductId),
            seller_id: row.get::<_, Option<i64>>(2).map(SellerId),
            subject: row.get(3),
            stars: row.get(4),
            title: row.get(5),
            text: row.get(6),
            author: row.get(7),
            helpful: row.get(8),
            created_at: row.get(9),
            edited_at: row.get(10),
            is_mine: viewer.is_some_and(|viewer| viewer.0 == row.get::<_, i64>(11)),
            is_helpful_to_me: row.get("voted"),
        }
    }

    /// The page of what it is of.
    pub fn page(&self) -> String {
        match (self.product_id, self.seller_id) {
            (Some(product), _) => Subject::Product(product).page(),
            (None, Some(seller)) => Subject::Seller(seller).page(),
            (None, None) => "/".to_owned(),
        }
    }

    /// As signs; the words stand beside them.
    pub fn signs(&self) -> String {
        signs(self.stars)
    }
}

/// Stars as signs: ★★★★☆.
pub fn signs(stars: i16) -> String {
    (1..=5).map(|nth| if nth <= stars { '★' } else { '☆' }).collect()
}

/// Reviews of something, in an order.
pub async fn of(
    state: &AppState,
    subject: Subject,
    viewer: Option<AccountId>,
    (sort, after): (ReviewSort, Option<Cursor>),
    limit: i64,
) -> Result<(Vec<Review>, Option<Cursor>), Problem> {
    let client = state.db.client().await?;
    let rows = reading(subject, viewer, (sort, after), limit + 1).query(&client).await?;
    Ok(part(&rows, viewer, limit))
}

fn reading(
    subject: Subject,
    viewer: Option<AccountId>,
    (sort, after): (ReviewSort, Option<Cursor>),
    limit: i64,
) -> Statement {
    let key = sort.key();
    let mut statement = selecting(key, viewer);
    statement.push(&format!(" WHERE r.{} = ", subject.column())).number(subject.id());
    let (beyond, way) = if sort == ReviewSort::Lowest { (">", "ASC") } else { ("<", "DESC") };
    if let Some(Cursor { key: from, id }) = after {
        statement.push(&format!(" AND ({key}, r.id) {beyond} ("));
        // Whoever goes by the id alone has it as its key, too.
        statement.number(if key == "r.id" { id } else { from.into() });
        statement.push(", ").number(id).push(")");
    }
    let by = if key == "r.id" { String::new() } else { format!("{key} {way}, ") };
    statement.push(&format!(" ORDER BY {by}r.id {way} LIMIT ")).number(limit);
    statement
}

fn selecting(key: &str, viewer: Option<AccountId>) -> Statement {
    // The id of a review may be beyond what a key holds, and is known anyway.
    let key = if key == "r.id" { "0" } else { key };
    let mut statement = Statement::new(&format!("SELECT {COLUMNS}, {key}::integer AS key, EXISTS"));
    statement
        .push(" (SELECT FROM store.review_votes v WHERE v.review_id = r.id AND v.account_id = ");
    statement.number(viewer.map_or(0, |viewer| viewer.0)).push(") AS voted");
    statement.push(" FROM store.reviews r");
    statement
}

fn part(rows: &[Row], viewer: Option<AccountId>, limit: i64) -> (Vec<Review>, Option<Cursor>) {
    let fits = usize::try_from(limit).unwrap_or(0).min(rows.len());
    let end = |row: &Row| Cursor { key: row.get("key"), id: row.get(0) };
    let next = rows[..fits].last().filter(|_| rows.len() > fits).map(end);
    (rows[..fits].iter().map(|row| Review::read(row, viewer)).collect(), next)
}

/// All that an account wrote, the newest first.
pub async fn mine(
    state: &AppState,
    account: AccountId,
    after: Option<Cursor>,
    limit: i64,
) -> Result<(Vec<Review>, Option<Cursor>), Problem> {
    let client = state.db.client().await?;
    let mut statement = selecting("r.id", Some(account));
    statement.push(" WHERE r.account_id = ").number(account.0);
    if let Some(after) = after {
        statement.push(" AND r.id < ").number(after.id);
    }
    statement.push(" ORDER BY r.id DESC LIMIT ").number(limit + 1);
    Ok(part(&statement.query(&client).await?, Some(account), limit))
}

/// What an account wrote of something, if it did.
pub async fn mine_of(
    state: &AppState,
    account: AccountId,
    subject: Subject,
) -> Result<Option<Review>, Problem> {
    let client = state.db.client().await?;
    let mut statement = selecting("r.id", Some(account));
    statement.push(" WHERE r.account_id = ").number(account.0);
    statement.push(&format!(" AND r.{} = ", subject.column())).number(subject.id());
    let rows = statement.query(&client).await?;
    Ok(rows.first().map(|row| Review::read(row, Some(account))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_are_five_signs() {
        assert_eq!([0, 3, 5].map(signs), ["☆☆☆☆☆", "★★★☆☆", "★★★★★"]);
    }

    #[test]
    fn a_cursor_is_two_numbers() {
        let cursor = Cursor { key: 4, id: 9 };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for bad in ["", "4", "x.9", "4.9.1", "9999999999.1"] {
            assert_eq!(bad.parse::<Cursor>(), Err(()), "{bad}");
        }
    }
}
