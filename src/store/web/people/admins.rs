//! Who is an admin, and that there is always one.
//!
//! The first one is made by a command, who has the database; then admins make each other.

use anyhow::{Context, bail};
use deadpool_postgres::Transaction;
use serde_json::json;

use super::{
    audit::{self, Author, Deed},
    sessions::Person,
};
use crate::{
    basis::AccountId,
    db::Db,
    web::{
        Kind, Problem,
        people::{self, passwords},
    },
};

/// What an admin is called in the audit log who has no account: the command line.
const COMMAND: &str = "command line";

/// One at a time changes who is an admin: of two who dismiss each other one stays.
pub async fn lock_roles(tx: &Transaction<'_>) -> Result<(), tokio_postgres::Error> {
    tx.execute("SELECT pg_advisory_xact_lock(727001204)", &[]).await.map(drop)
}

/// Fails where this account is the last admin who can do anything. Under the lock.
pub async fn keep_one(tx: &Transaction<'_>, account: AccountId) -> Result<(), Problem> {
    if is_last(tx, account).await? {
        let detail = "This is the last admin. Make another account an admin first.";
        return Err(Problem::new(Kind::Conflict, detail));
    }
    Ok(())
}

async fn is_last(tx: &Transaction<'_>, account: AccountId) -> Result<bool, tokio_postgres::Error> {
    let last = "SELECT EXISTS (SELECT FROM store.accounts
            WHERE id = $1 AND is_admin AND suspended_at IS NULL)
        AND NOT EXISTS (SELECT FROM store.accounts
            WHERE id <> $1 AND is_admin AND suspended_at IS NULL)";
    tx.query_one(last, &[&account.0]).await?.try_get(0)
}

/// An admin to be, as the command line tells.
pub struct NewAdmin<'a> {
    pub email: &'a str,
    pub first_name: &'a str,
    pub last_name: &'a str,
}

/// Whether there is an account with this e-mail address.
pub async fn exists(db: &Db, email: &str) -> anyhow::Result<bool> {
    let client = db.client().await?;
    let select = "SELECT EXISTS (SELECT FROM store.accounts WHERE lower(email) = lower($1))";
    Ok(client.query_one(select, &[&email]).await?.try_get(0)?)
}

/// Makes an account that is an admin.
pub async fn create(db: &Db, new: NewAdmin<'_>, password: &str) -> anyhow::Result<AccountId> {
    let NewAdmin { email, first_name, last_name } = new;
    let checked = people::check(email, password, [first_name, last_name]);
    let [first_name, last_name] = checked.map_err(|problem| refusal(&problem))?;
    let hash = passwords::hash(password)?;
    let mut client = db.client().await?;
    let tx = client.transaction().await?;
    let insert =
        "INSERT INTO store.accounts (email, password_hash, first_name, last_name, is_admin)
        VALUES ($1, $2, $3, $4, true) ON CONFLICT DO NOTHING RETURNING id";
    let row = tx.query_opt(insert, &[&email, &hash, &first_name, &last_name]).await?;
    let id: i64 =
        row.context("an account with this e-mail address was made meanwhile")?.try_get(0)?;
    note(&tx, "account.admin_created", id).await?;
    tx.commit().await?;
    Ok(AccountId(id))
}

/// Makes an account that exists an admin; its password stays as it is.
pub async fn promote(db: &Db, email: &str) -> anyhow::Result<AccountId> {
    let mut client = db.client().await?;
    let tx = client.transaction().await?;
    let update = "UPDATE store.accounts SET is_admin = true, suspended_at = NULL
        WHERE lower(email) = lower($1) RETURNING id";
    let row = tx.query_opt(update, &[&email]).await?.context("there is no such account")?;
    note(&tx, "account.admin_granted", row.try_get(0)?).await?;
    tx.commit().await?;
    Ok(AccountId(row.try_get(0)?))
}

/// Makes an admin an account like any other; the last one too, for the command can make one.
pub async fn revoke(db: &Db, email: &str) -> anyhow::Result<AccountId> {
    let mut client = db.client().await?;
    let tx = client.transaction().await?;
    lock_roles(&tx).await?;
    let update = "UPDATE store.accounts SET is_admin = false
        WHERE lower(email) = lower($1) AND is_admin RETURNING id";
    let Some(row) = tx.query_opt(update, &[&email]).await? else {
        bail!("no admin has the e-mail address {email}; see them on the page /admin/accounts");
    };
    note(&tx, "account.admin_revoked", row.try_get(0)?).await?;
    tx.commit().await?;
    Ok(AccountId(row.try_get(0)?))
}

async fn note(tx: &Transaction<'_>, action: &'static str, id: i64) -> anyhow::Result<()> {
    let author = Author { account: None, name: COMMAND, address: None };
    let subject = format!("account {id}");
    audit::write::<Person>(tx, author, Deed { action, subject: &subject, detail: json!({}) })
        .await?;
    Ok(())
}

fn refusal(problem: &Problem) -> anyhow::Error {
    let errors = problem.errors().iter().map(|error| format!("{} {}", error.field, error.detail));
    anyhow::anyhow!(errors.collect::<Vec<_>>().join("; "))
}
