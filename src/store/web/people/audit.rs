//! The audit log: who did what, on what, when and from which address.
//!
//! It is about what sellers and admins do, and about changes of accounts; what buyers
//! order is in the orders. It names no secret.

pub mod reading;

use std::net::IpAddr;

use deadpool_postgres::GenericClient;
use serde_json::Value;

use super::sessions::Person;
use crate::{basis::AccountId, store::web::caller::Caller};

/// Something that was done.
#[derive(Debug, Clone)]
pub struct Deed<'a> {
    /// `thing.done`, of a fixed set: `warehouse.added`, `listing.price_changed`.
    pub action: &'static str,
    /// The thing and its id: `warehouse 7`.
    pub subject: &'a str,
    /// A JSON object of what a reader needs besides: `{"price_cents": {"from": 100, "to": 120}}`.
    pub detail: Value,
}

/// Notes a deed of somebody's. Give it the transaction that does it, so that both are kept
/// or neither; where the deed is done by a model, note it as soon as the model has answered.
pub async fn note(
    client: &impl GenericClient,
    who: &Person,
    caller: &Caller,
    deed: Deed<'_>,
) -> Result<(), tokio_postgres::Error> {
    let author = Author { account: Some(who.account), name: &who.email, address: caller.address };
    write(client, author, deed).await
}

/// Who has done it.
#[derive(Debug, Clone, Copy)]
pub struct Author<'a> {
    /// None: nobody's account, but the command line.
    pub account: Option<AccountId>,
    pub name: &'a str,
    pub address: Option<IpAddr>,
}

pub async fn write(
    client: &impl GenericClient,
    author: Author<'_>,
    deed: Deed<'_>,
) -> Result<(), tokio_postgres::Error> {
    let insert = "INSERT INTO store.audit (account_id, who, action, subject, detail, address)
        VALUES ($1, $2, $3, $4, $5, $6)";
    let statement = client.prepare_cached(insert).await?;
    let (account, address) =
        (author.account.map(|it| it.0), author.address.map(|it| it.to_string()));
    let Deed { action, subject, detail } = deed;
    let row: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
        [&account, &author.name, &action, &subject, &detail, &address];
    client.execute(&statement, &row).await?;
    // Quoted, so that no text from outside makes lines of its own.
    tracing::info!(account, action, subject = ?subject, address, "noted in the audit log");
    Ok(())
}
