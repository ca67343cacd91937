//! Deleting an account: what is about the person goes, what was carried stays on record.
//!
//! His user name is given to nobody else.

use serde_json::json;

use super::Person;
use crate::{
    carrier::web::AppState,
    web::{
        Problem,
        people::{
            Caller,
            audit::{self, Author, Deed},
        },
    },
};

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
    tx.execute("DELETE FROM carrier.accounts WHERE id = $1", &[&account]).await?;
    let author = Author { account: Some(person.account), name: &nameless, address: None };
    let subject = format!("account {account}");
    let deed = Deed { action: "account.deleted", subject: &subject, detail: json!({}) };
    audit::write::<Person>(&tx, author, deed).await?;
    tx.commit().await?;
    state.sessions.forget_account(person.account);
    Ok(())
}
