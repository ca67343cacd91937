//! The addresses of an account: few, each with a name, one of them the default.

use deadpool_postgres::Transaction;
use serde::{Deserialize, Serialize};
use tokio_postgres::{Row, error::SqlState};
use utoipa::ToSchema;

use crate::{
    basis::AccountId,
    carrier::web::{AppState, tracking::view::Place},
    web::{Kind, Problem, text},
};

/// Of one account.
const ADDRESSES_MAX: i64 = 50;
const NAME_LENGTH_MAX: usize = 60;

/// A saved address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Address {
    #[schema(example = 7)]
    pub id: i64,
    #[schema(example = "Home", max_length = 60)]
    pub name: String,
    pub place: Place,
    pub is_default: bool,
}

/// An address as it is to be.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct NewAddress {
    #[schema(example = "Home", min_length = 1, max_length = 60)]
    pub name: String,
    #[schema(example = 3)]
    pub x: i32,
    #[schema(example = -7)]
    pub y: i32,
    /// The one before is the default no longer.
    #[serde(default)]
    pub is_default: bool,
}

const COLUMNS: &str = "id, name, x, y, is_default";

fn read(row: &Row) -> Address {
    let place = Place { x: row.get(2), y: row.get(3) };
    Address { id: row.get(0), name: row.get(1), place, is_default: row.get(4) }
}

/// All of them, the default first; their number is bounded.
pub async fn of_account(state: &AppState, account: AccountId) -> Result<Vec<Address>, Problem> {
    let client = state.db.client().await?;
    let select = format!(
        "SELECT {COLUMNS} FROM carrier.addresses WHERE account_id = $1
        ORDER BY is_default DESC, name, id"
    );
    let statement = client.prepare_cached(&select).await?;
    let rows = client.query(&statement, &[&account.0]).await?;
    Ok(rows.iter().map(read).collect())
}

/// Saves a new one; the first is the default.
pub async fn add(
    state: &AppState,
    account: AccountId,
    new: &NewAddress,
) -> Result<Address, Problem> {
    let name = checked_name(new)?;
    let mut client = state.db.client().await?;
    let tx = client.transaction().await?;
    let count = lock_and_count(&tx, account).await?;
    if count >= ADDRESSES_MAX {
        let detail =
            format!("You have {ADDRESSES_MAX} addresses, which is the most. Delete one first.");
        return Err(Problem::new(Kind::Conflict, detail));
    }
    let is_default = new.is_default || count == 0;
    if is_default {
        dethrone(&tx, account).await?;
    }
    let insert = format!(
        "INSERT INTO carrier.addresses (account_id, name, x, y, is_default)
        VALUES ($1, $2, $3, $4, $5) RETURNING {COLUMNS}"
    );
    let row = tx.query_one(&insert, &[&account.0, &name, &new.x, &new.y, &is_default]).await;
    let address = read(&row.map_err(taken_name)?);
    tx.commit().await?;
    Ok(address)
}

/// Makes one what it is to be. The default stays it until another one becomes it.
pub async fn change(
    state: &AppState,
    account: AccountId,
    id: i64,
    new: &NewAddress,
) -> Result<Address, Problem> {
    let name = checked_name(new)?;
    let mut client = state.db.client().await?;
    let tx = client.transaction().await?;
    lock_and_count(&tx, account).await?;
    let known = "SELECT FROM carrier.addresses WHERE account_id = $1 AND id = $2";
    tx.query_opt(known, &[&account.0, &id]).await?.ok_or_else(none)?;
    if new.is_default {
        dethrone(&tx, account).await?;
    }
    let update = format!(
        "UPDATE carrier.addresses SET name = $3, x = $4, y = $5, is_default = is_default OR $6
        WHERE account_id = $1 AND id = $2 RETURNING {COLUMNS}"
    );
    let values: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
        [&account.0, &id, &name, &new.x, &new.y, &new.is_default];
    let row = tx.query_one(&update, &values).await;
    let address = read(&row.map_err(taken_name)?);
    tx.commit().await?;
    Ok(address)
}

/// Deletes one; of those that stay the oldest becomes the default where the default went.
pub async fn remove(state: &AppState, account: AccountId, id: i64) -> Result<(), Problem> {
    let mut client = state.db.client().await?;
    let tx = client.transaction().await?;
    lock_and_count(&tx, account).await?;
    let delete = "DELETE FROM carrier.addresses WHERE account_id = $1 AND id = $2";
    if tx.execute(delete, &[&account.0, &id]).await? == 0 {
        return Err(none());
    }
    let heir = "UPDATE carrier.addresses SET is_default = true
        WHERE id = (SELECT min(id) FROM carrier.addresses WHERE account_id = $1)
            AND NOT EXISTS (SELECT FROM carrier.addresses WHERE account_id = $1 AND is_default)";
    tx.execute(heir, &[&account.0]).await?;
    Ok(tx.commit().await?)
}

/// One at a time changes the addresses of an account.
async fn lock_and_count(tx: &Transaction<'_>, account: AccountId) -> Result<i64, Problem> {
    let lock = "SELECT FROM carrier.accounts WHERE id = $1 FOR UPDATE";
    tx.query_opt(lock, &[&account.0]).await?.ok_or_else(crate::web::people::gone)?;
    let count = "SELECT count(*) FROM carrier.addresses WHERE account_id = $1";
    Ok(tx.query_one(count, &[&account.0]).await?.try_get(0)?)
}

async fn dethrone(tx: &Transaction<'_>, account: AccountId) -> Result<(), Problem> {
    let update = "UPDATE carrier.addresses SET is_default = false
        WHERE account_id = $1 AND is_default";
    tx.execute(update, &[&account.0]).await?;
    Ok(())
}

fn checked_name(new: &NewAddress) -> Result<String, Problem> {
    let name = text::line(&new.name, NAME_LENGTH_MAX);
    name.map_err(|detail| Problem::invalid_field("name", detail))
}

fn taken_name(error: tokio_postgres::Error) -> Problem {
    if error.code() == Some(&SqlState::UNIQUE_VIOLATION) {
        let detail = "You have an address of this name. Choose another name, or change that one.";
        return Problem::new(Kind::Conflict, detail);
    }
    error.into()
}

fn none() -> Problem {
    Problem::new(Kind::NotFound, "You have no such address (any more).")
}
