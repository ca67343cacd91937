//! Becoming a seller, and the name one sells under.
//!
//! Any account may; who an account is, is not decided here.

use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio_postgres::error::SqlState;
use utoipa::ToSchema;

use super::Seller;
use crate::{
    basis::SellerId,
    store::web::{
        AppState,
        caller::Caller,
        catalog::sellers::tenths,
        people::{
            audit::{self, Deed},
            sessions::Person,
        },
    },
    web::{Kind, Problem, text},
};

pub const NAME_LENGTH_MAX: usize = 60;

/// Under which name to sell.
#[derive(Debug, Deserialize, ToSchema)]
pub struct SellerName {
    /// Shown beside every offer; no two sellers have the same, whatever the case.
    #[schema(example = "Blue Kettle Trading", min_length = 1, max_length = 60)]
    pub name: String,
}

/// A seller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SellerAccount)]
pub struct SellerView {
    #[schema(value_type = i64)]
    pub id: SellerId,
    pub name: String,
    #[schema(value_type = String, format = DateTime)]
    pub since: jiff::Timestamp,
    /// What buyers think; null while nobody has said it.
    pub rating: Option<Rating>,
}

/// The average of reviews.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SellerRating)]
pub struct Rating {
    /// Hundredths of a star, 100 to 500.
    pub hundredths: i32,
    pub reviews: i32,
}

impl Rating {
    /// `4.3`.
    pub fn stars(&self) -> String {
        tenths(self.hundredths)
    }
}

const COLUMNS: &str = "id, name, created_at, rating_hundredths, rating_count";

/// Makes an account a seller.
pub async fn found(
    state: &AppState,
    person: &Person,
    caller: &Caller,
    wish: SellerName,
) -> Result<SellerView, Problem> {
    let name = read(&wish)?;
    let mut client = state.db.client().await?;
    let tx = client.transaction().await?;
    let insert = format!(
        "INSERT INTO store.sellers (name, account_id) VALUES ($1, $2)
        ON CONFLICT DO NOTHING RETURNING {COLUMNS}"
    );
    let statement = tx.prepare_cached(&insert).await?;
    let Some(row) = tx.query_opt(&statement, &[&name, &person.account.0]).await? else {
        let mine = "SELECT EXISTS (SELECT FROM store.sellers WHERE account_id = $1)";
        let statement = tx.prepare_cached(mine).await?;
        let is_seller = tx.query_one(&statement, &[&person.account.0]).await?.get(0);
        return Err(if is_seller { is_seller_already() } else { is_taken() });
    };
    let seller = view(&row);
    let subject = format!("seller {}", seller.id);
    let deed = Deed { action: "seller.founded", subject: &subject, detail: json!({"name": name}) };
    audit::note(&tx, person, caller, deed).await?;
    tx.commit().await?;
    state.sessions.forget_account(person.account);
    Ok(seller)
}

/// Gives a seller another name; its offers are under it from now on.
pub async fn rename(
    state: &AppState,
    by: &Seller,
    wish: SellerName,
) -> Result<SellerView, Problem> {
    let name = read(&wish)?;
    let mut client = state.db.client().await?;
    let tx = client.transaction().await?;
    let old =
        format!("SELECT {COLUMNS} FROM store.sellers WHERE id = $1 AND account_id = $2 FOR UPDATE");
    let statement = tx.prepare_cached(&old).await?;
    let row = tx.query_opt(&statement, &[&by.id.0, &by.person.account.0]).await?;
    let old = view(&row.ok_or_else(is_gone)?);
    if old.name == name {
        return Ok(old);
    }
    let update = "UPDATE store.sellers SET name = $2 WHERE id = $1";
    let statement = tx.prepare_cached(update).await?;
    tx.execute(&statement, &[&by.id.0, &name]).await.map_err(|error| {
        let taken = error.code() == Some(&SqlState::UNIQUE_VIOLATION);
        if taken { is_taken() } else { error.into() }
    })?;
    let subject = format!("seller {}", by.id);
    let detail = json!({"name": {"from": old.name, "to": name}});
    let deed = Deed { action: "seller.renamed", subject: &subject, detail };
    audit::note(&tx, &by.person, &by.caller, deed).await?;
    tx.commit().await?;
    Ok(SellerView { name, ..old })
}

/// Who somebody is as a seller.
pub async fn find(state: &AppState, id: SellerId) -> Result<SellerView, Problem> {
    let client = state.db.client().await?;
    let select = format!("SELECT {COLUMNS} FROM store.sellers WHERE id = $1");
    let statement = client.prepare_cached(&select).await?;
    let row = client.query_opt(&statement, &[&id.0]).await?;
    Ok(view(&row.ok_or_else(is_gone)?))
}

fn view(row: &tokio_postgres::Row) -> SellerView {
    let reviews: i32 = row.get(4);
    let rating = Rating { hundredths: row.get(3), reviews };
    SellerView {
        id: SellerId(row.get(0)),
        name: row.get(1),
        since: row.get(2),
        rating: (reviews > 0).then_some(rating),
    }
}

fn read(wish: &SellerName) -> Result<String, Problem> {
    text::line(&wish.name, NAME_LENGTH_MAX).map_err(|why| Problem::invalid_field("name", why))
}

fn is_taken() -> Problem {
    Problem::new(Kind::Conflict, "Another seller has this name, or one like it. Choose another.")
}

fn is_seller_already() -> Problem {
    Problem::new(Kind::Conflict, "You are a seller already. Your name can be changed.")
}

fn is_gone() -> Problem {
    Problem::new(Kind::Forbidden, "This is for sellers. Become one in your account first.")
}
