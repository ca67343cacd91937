//! The audit log: who did what, on what, when and from which address.
//!
//! It is about what those do who run a site or sell there, and about changes of accounts. It
//! names no secret.

pub mod reading;

use std::net::IpAddr;

use deadpool_postgres::GenericClient;
use serde_json::Value;

use super::{Caller, Person};
use crate::basis::AccountId;

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
pub async fn note<P: Person>(
    client: &impl GenericClient,
    who: &P,
    caller: &Caller,
    deed: Deed<'_>,
) -> Result<(), tokio_postgres::Error> {
    let (account, name) = (Some(who.account()), who.email());
    let author = Author { account, name, address: caller.address };
    write::<P>(client, author, deed).await
}

/// Who has done it.
#[derive(Debug, Clone, Copy)]
pub struct Author<'a> {
    /// None: nobody's account, but the command line.
    pub account: Option<AccountId>,
    pub name: &'a str,
    pub address: Option<IpAddr>,
}

/// The same for whom there is no person any more, or never was.
pub async fn write<P: Person>(
    client: &impl GenericClient,
    author: Author<'_>,
    deed: Deed<'_>,
) -> Result<(), tokio_postgres::Error> {
    let insert = format!(
        "INSERT INTO {}.audit (account_id, who, action, subject, detail, address)
        VALUES ($1, $2, $3, $4, $5, $6)",
        P::SCHEMA
    );
    let statement = client.prepare_cached(&insert).await?;
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
