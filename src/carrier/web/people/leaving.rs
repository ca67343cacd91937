//! Deleting an account: what is about the person goes, what was carried stays on record.
//!
//! His user name is given to nobody else.

use serde_json::json;

use super::Person;
use crate::{
    carrier::web::AppState,
    db::{Db, DbError},
    web::{
        Problem,
        people::{
            Caller,
            audit::{self, Author, Deed},
        },
    },
};

/// Shipments that are seen to at once.
const SHIPMENTS_AT_ONCE: i64 = 1_000;

/// Deletes the account of somebody who says his password again.
pub async fn leave(
    state: &AppState,
    caller: &Caller,
    person: &Person,
    password: String,
) -> Result<(), Problem> {
    state.proving.confirm(caller, person, password).await?;
    let account = person.account.0;
    let mut client = state.db.client().await?;
    let tx = client.transaction().await?;
    let nameless = format!("deleted account {account}");
    let forget = "UPDATE carrier.audit SET who = $2, address = NULL WHERE account_id = $1";
    tx.execute(forget, &[&account, &nameless]).await?;
    tx.execute("INSERT INTO carrier.departures (account_id) VALUES ($1)", &[&account]).await?;
    tx.execute("DELETE FROM carrier.accounts WHERE id = $1", &[&account]).await?;
    let author = Author { account: Some(person.account), name: &nameless, address: None };
    let subject = format!("account {account}");
    let deed = Deed { action: "account.deleted", subject: &subject, detail: json!({}) };
    audit::write::<Person>(&tx, author, deed).await?;
    tx.commit().await?;
    drop(client);
    state.sessions.forget_account(person.account);
    // What is under way keeps its addressee; the rest need not wait for the next round.
    if let Err(error) = forget_finished(&state.db).await {
        // The account is gone already; to say otherwise would have it tried again in vain.
        tracing::warn!(%error, "the next round takes a former account out of its shipments");
    }
    Ok(())
}

/// Takes those who went out of their shipments that are finished.
///
/// That is the one thing in shipments which not the ledger writes: it has no more to say about
/// one that is finished.
pub async fn forget_finished(db: &Db) -> Result<(), DbError> {
    let client = db.client().await?;
    let blank = "UPDATE carrier.shipments SET email = '', ups_account = NULL, account_id = NULL
        WHERE id IN (SELECT s.id FROM carrier.departures d
            JOIN carrier.shipments s ON s.account_id = d.account_id
            WHERE s.is_finished LIMIT $1)";
    client.execute(blank, &[&SHIPMENTS_AT_ONCE]).await?;
    // A shipment that came in at the last moment may be committed after the account went.
    let done = "DELETE FROM carrier.departures d WHERE departed_at < now() - interval '1 hour'
        AND NOT EXISTS (SELECT FROM carrier.shipments s WHERE s.account_id = d.account_id)";
    client.execute(done, &[]).await?;
    Ok(())
}
