//! All accounts, for admins: who there is, who is an admin, who is suspended.
//!
//! What people bought is not shown here.

use deadpool_postgres::Transaction;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio_postgres::Row;
use utoipa::ToSchema;

use super::{
    admins::{self, lock_roles},
    audit::{self, Deed},
    sessions::Person,
};
use crate::web::statement::{Statement, begins_with};
use crate::{
    basis::AccountId,
    store::web::{AppState, caller::Caller},
    web::{Kind, Problem, part},
};

/// An account as admins see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AccountView {
    #[schema(example = 7)]
    pub id: i64,
    #[schema(example = "buyer@example.org")]
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub is_admin: bool,
    /// As which seller it sells, if it does.
    pub seller: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Since when it can not log in; null: it can.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub suspended_at: Option<Timestamp>,
}

/// Which accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    #[default]
    Any,
    Admin,
    Seller,
    Suspended,
}

impl Standing {
    pub const ALL: [Self; 4] = [Self::Any, Self::Admin, Self::Seller, Self::Suspended];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Admin => "admin",
            Self::Seller => "seller",
            Self::Suspended => "suspended",
        }
    }

    pub fn words(self) -> &'static str {
        match self {
            Self::Any => "Everybody",
            Self::Admin => "Admins",
            Self::Seller => "Sellers",
            Self::Suspended => "Suspended",
        }
    }

    fn condition(self) -> &'static str {
        match self {
            Self::Any => "true",
            Self::Admin => "a.is_admin",
            Self::Seller => "s.id IS NOT NULL",
            Self::Suspended => "a.suspended_at IS NOT NULL",
        }
    }
}

/// What an admin may change of an account; what is left out stays.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
pub struct AccountChange {
    pub is_admin: Option<bool>,
    /// Whether it can not log in; its sessions end.
    pub is_suspended: Option<bool>,
}

const COLUMNS: &str = "a.id, a.email, a.first_name, a.last_name, a.is_admin, s.name, a.created_at,
    a.suspended_at";

fn read(row: &Row) -> AccountView {
    AccountView {
        id: row.get(0),
        email: row.get(1),
        first_name: row.get(2),
        last_name: row.get(3),
        is_admin: row.get(4),
        seller: row.get(5),
        created_at: row.get(6),
        suspended_at: row.get(7),
    }
}

/// Accounts whose address or one of whose names begins so, or of that number; the newest
/// first. With it what to go on before, where there are more.
pub async fn list(
    state: &AppState,
    (q, standing): (&str, Standing),
    before: Option<i64>,
    limit: i64,
) -> Result<(Vec<AccountView>, Option<i64>), Problem> {
    let q = q.trim().to_lowercase();
    if q.contains('\0') {
        return Ok((Vec::new(), None));
    }
    let mut statement = Statement::new(&format!(
        "SELECT {COLUMNS} FROM store.accounts a LEFT JOIN store.sellers s ON s.account_id = a.id
        WHERE {} AND a.id < ",
        standing.condition()
    ));
    statement.number(before.unwrap_or(i64::MAX));
    if !q.is_empty() {
        let (begins, number) = (begins_with(&q), q.parse().unwrap_or(0));
        statement.push(" AND (a.id = ").number(number);
        for text in ["a.email", "a.first_name", "a.last_name"] {
            statement.push(&format!(" OR lower({text}) LIKE ")).text(&begins);
        }
        statement.push(")");
    }
    statement.push(" ORDER BY a.id DESC LIMIT ").number(limit.saturating_add(1));
    let client = state.db.client().await?;
    let rows = statement.query(&client).await?;
    Ok(part(rows.iter().map(read).collect(), limit, |account| account.id))
}

pub async fn find(state: &AppState, id: i64) -> Result<AccountView, Problem> {
    let select = format!(
        "SELECT {COLUMNS} FROM store.accounts a LEFT JOIN store.sellers s ON s.account_id = a.id
        WHERE a.id = $1"
    );
    let client = state.db.client().await?;
    let statement = client.prepare_cached(&select).await?;
    let row = client.query_opt(&statement, &[&id]).await?;
    row.as_ref().map(read).ok_or_else(no_such)
}

fn no_such() -> Problem {
    Problem::new(Kind::NotFound, "There is no such account.")
}

/// Changes what an account may do, unless that leaves the shop without an admin.
pub async fn change(
    state: &AppState,
    (admin, caller): (&Person, &Caller),
    id: i64,
    change: AccountChange,
) -> Result<AccountView, Problem> {
    let account = AccountId(id);
    if change.is_suspended == Some(true) && admin.account == account {
        return Err(Problem::new(Kind::Conflict, "You can not suspend yourself."));
    }
    let mut client = state.db.client().await?;
    let tx = client.transaction().await?;
    lock_roles(&tx).await?;
    let select = "SELECT is_admin, suspended_at IS NOT NULL FROM store.accounts WHERE id = $1";
    let row = tx.query_opt(select, &[&id]).await?.ok_or_else(no_such)?;
    let (was_admin, was_suspended): (bool, bool) = (row.get(0), row.get(1));
    if change.is_admin == Some(false) || change.is_suspended == Some(true) {
        admins::keep_one(&tx, account).await?;
    }
    let is_admin = change.is_admin.unwrap_or(was_admin);
    let is_suspended = change.is_suspended.unwrap_or(was_suspended);
    apply(&tx, id, (is_admin, is_suspended)).await?;
    let subject = format!("account {id}");
    let deeds = [
        (was_admin != is_admin, is_admin, ["account.admin_revoked", "account.admin_granted"]),
        (was_suspended != is_suspended, is_suspended, ["account.unsuspended", "account.suspended"]),
    ];
    for (_, now, actions) in deeds.into_iter().filter(|(has_changed, ..)| *has_changed) {
        let action = actions[usize::from(now)];
        let deed = Deed { action, subject: &subject, detail: json!({}) };
        audit::note(&tx, admin, caller, deed).await?;
    }
    tx.commit().await?;
    drop(client);
    state.sessions.forget_account(account);
    find(state, id).await
}

async fn apply(
    tx: &Transaction<'_>,
    id: i64,
    (is_admin, is_suspended): (bool, bool),
) -> Result<(), tokio_postgres::Error> {
    let update = "UPDATE store.accounts SET is_admin = $2,
        suspended_at = CASE WHEN $3 THEN coalesce(suspended_at, now()) END WHERE id = $1";
    tx.execute(update, &[&id, &is_admin, &is_suspended]).await?;
    if is_suspended {
        // Tokens stay, and open nothing as long as it lasts.
        tx.execute("DELETE FROM store.sessions WHERE account_id = $1", &[&id]).await?;
    }
    Ok(())
}
