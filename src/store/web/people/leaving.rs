//! Deleting an account: what is about the person goes, what was sold stays.
//!
//! Orders name the account by its number only. Their e-mail address, which the carrier is
//! told with a parcel, stays as long as anything of the order is under way; then it goes too.
//! That is the one thing in orders which not the ledger writes: it has no more to say about
//! an order that is finished.

use serde_json::json;

use super::{
    admins::{self, lock_roles},
    audit::{self, Author, Deed},
    sessions::Person,
};
use crate::{
    db::Db,
    store::web::{AppState, caller::Caller},
    web::{Kind, Problem},
};

/// Orders that are seen to at once.
const ORDERS_AT_ONCE: i64 = 1_000;

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
    lock_roles(&tx).await?;
    admins::keep_one(&tx, person.account).await?;
    let sells =
        "SELECT EXISTS (SELECT FROM store.listings l JOIN store.sellers s ON s.id = l.seller_id
        WHERE s.account_id = $1 AND l.active)";
    if tx.query_one(sells, &[&account]).await?.get(0) {
        let detail = "You sell things still. End all your offers first, then delete the account.";
        return Err(Problem::new(Kind::Conflict, detail));
    }
    let nameless = format!("deleted account {account}");
    let forget = "UPDATE store.audit SET who = $2, address = NULL WHERE account_id = $1";
    tx.execute(forget, &[&account, &nameless]).await?;
    tx.execute("INSERT INTO store.departures (account_id) VALUES ($1)", &[&account]).await?;
    tx.execute("DELETE FROM store.accounts WHERE id = $1", &[&account]).await?;
    let author = Author { account: Some(person.account), name: &nameless, address: None };
    let subject = format!("account {account}");
    let deed = Deed { action: "account.deleted", subject: &subject, detail: json!({}) };
    audit::write::<Person>(&tx, author, deed).await?;
    tx.commit().await?;
    drop(client);
    state.sessions.forget_account(person.account);
    // What is under way keeps its address; the rest need not wait for the next round.
    if let Err(error) = forget_finished(&state.db).await {
        // The account is gone already; to say otherwise would have it tried again in vain.
        tracing::warn!(%error, "the next round takes a former account's address out of its orders");
    }
    Ok(())
}

/// Takes the addresses of those who went out of their orders that are finished; says of how many.
pub async fn forget_finished(db: &Db) -> Result<u64, crate::db::DbError> {
    let client = db.client().await?;
    let blank = "UPDATE store.orders SET email = '', carrier_account = NULL WHERE id IN (
        SELECT o.id FROM store.departures d JOIN store.orders o ON o.account_id = d.account_id
        WHERE o.email <> '' AND NOT EXISTS (SELECT FROM store.packages p
            WHERE p.order_id = o.id AND p.status NOT IN ('delivered', 'cancelled'))
        LIMIT $1)";
    let statement = client.prepare_cached(blank).await?;
    let blanked = client.execute(&statement, &[&ORDERS_AT_ONCE]).await?;
    // An order that was placed at the last moment may be committed after the account went.
    let done = "DELETE FROM store.departures d WHERE departed_at < now() - interval '1 hour'
        AND NOT EXISTS (SELECT FROM store.orders o WHERE o.account_id = d.account_id AND o.email <> '')";
    client.execute(done, &[]).await?;
    Ok(blanked)
}
