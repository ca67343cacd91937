//! Who is of the staff: made by a command, by whoever has the database.
//!
//! There is no page for it, and no default account.

use anyhow::{Context, bail};
use deadpool_postgres::Transaction;
use serde_json::json;

use super::{
    Person,
    accounts::{self, NewAccount},
};
use crate::{
    basis::AccountId,
    db::Db,
    web::people::audit::{self, Author, Deed},
};

/// What is called so in the audit log has no account.
const COMMAND: &str = "command line";

/// Whether there is an account with this e-mail address.
pub async fn exists(db: &Db, email: &str) -> anyhow::Result<bool> {
    let client = db.client().await?;
    let select = "SELECT EXISTS (SELECT FROM carrier.accounts WHERE lower(email) = lower($1))";
    Ok(client.query_one(select, &[&email]).await?.try_get(0)?)
}

/// Makes an account that is of the staff.
pub async fn create(db: &Db, new: &NewAccount) -> anyhow::Result<AccountId> {
    accounts::make(db, new, true).await
}

/// Takes an account that exists onto the staff; its password stays as it is.
pub async fn promote(db: &Db, email: &str) -> anyhow::Result<AccountId> {
    let update = "UPDATE carrier.accounts SET is_staff = true, suspended_at = NULL
        WHERE lower(email) = lower($1) RETURNING id";
    let changed = change(db, update, email, "account.staff_granted").await?;
    changed.context("there is no such account")
}

/// Makes somebody of the staff a customer like any other.
pub async fn revoke(db: &Db, email: &str) -> anyhow::Result<AccountId> {
    let update = "UPDATE carrier.accounts SET is_staff = false
        WHERE lower(email) = lower($1) AND is_staff RETURNING id";
    match change(db, update, email, "account.staff_revoked").await? {
        Some(account) => Ok(account),
        None => bail!("nobody of the staff has the e-mail address {email}"),
    }
}

async fn change(
    db: &Db,
    update: &str,
    email: &str,
    action: &'static str,
) -> anyhow::Result<Option<AccountId>> {
    let mut client = db.client().await?;
    let tx = client.transaction().await?;
    let row = tx.query_opt(update, &[&email]).await?;
    let Some(row) = row else { return Ok(None) };
    let account = AccountId(row.try_get(0)?);
    note(&tx, action, account).await?;
    tx.commit().await?;
    Ok(Some(account))
}

pub(super) async fn note(
    tx: &Transaction<'_>,
    action: &'static str,
    account: AccountId,
) -> anyhow::Result<()> {
    let author = Author { account: None, name: COMMAND, address: None };
    let subject = format!("account {account}");
    let deed = Deed { action, subject: &subject, detail: json!({}) };
    audit::write::<Person>(tx, author, deed).await?;
    Ok(())
}
