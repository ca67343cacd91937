//! Proving to be an account's owner, by its password; and giving it another one.
//!
//! How somebody is known again afterwards is in [`sessions`](super::sessions).

use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{
    audit::{self, Deed},
    passwords::{self, Place},
    sessions::{Person, Proved},
};
use crate::{
    store::web::{AppState, caller::Caller, limits::Attempt},
    web::{Kind, Problem},
};

/// How an account's owner proves to be it.
#[derive(Deserialize, ToSchema)]
pub struct Credentials {
    #[schema(example = "buyer@example.org")]
    pub email: String,
    pub password: String,
}

/// A password, and the one to have in its place.
#[derive(Deserialize, ToSchema)]
pub struct NewPassword {
    pub password: String,
    #[schema(min_length = 8, max_length = 128)]
    pub new_password: String,
    /// Revoke every token too, but for the one that asks for this.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub revoke_tokens: bool,
}

fn yes() -> bool {
    true
}

/// What stays when a password changes: what asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    Session(i64),
    Token(i64),
}

/// Whose these credentials are; wrong ones are 401, without saying what is wrong, and take as
/// long as right ones.
pub async fn log_in(
    state: &AppState,
    caller: &Caller,
    given: Credentials,
) -> Result<Proved, Problem> {
    let Credentials { email, password } = given;
    let known = find(state, email.trim()).await?;
    let (place, attempt) = begin(state, caller, &email)?;
    let hash = known.as_ref().map(|owner| owner.proved.password_hash.clone());
    let right = state.passwords.verify(place, password, hash).await?;
    let Some(owner) = known.filter(|_| right) else {
        tracing::info!(address = ?caller.address, "a login failed");
        let wrong = "E-mail address and password do not match.";
        return Err(Problem::new(Kind::Unauthorized, wrong));
    };
    attempt.succeeded();
    if owner.is_suspended {
        return Err(Problem::new(Kind::Forbidden, "This account is suspended. Ask the shop why."));
    }
    Ok(owner.proved)
}

/// A try that is counted, and the place to compare in. To be called when all else is at hand:
/// whom we have to send away unheard has not guessed.
fn begin<'a>(
    state: &'a AppState,
    caller: &Caller,
    email: &str,
) -> Result<(Place, Attempt<'a>), Problem> {
    let place = state.passwords.enter()?;
    Ok((place, state.limits.begin_login(caller, email)?))
}

struct Owner {
    /// If the password is the one.
    proved: Proved,
    is_suspended: bool,
}

async fn find(state: &AppState, email: &str) -> Result<Option<Owner>, Problem> {
    // PostgreSQL has no such character.
    if email.contains('\0') {
        return Ok(None);
    }
    let client = state.db.client().await?;
    let select = format!(
        "SELECT {}, a.password_hash, a.suspended_at IS NOT NULL
        FROM store.accounts a WHERE lower(a.email) = lower($1)",
        Person::COLUMNS
    );
    let statement = client.prepare_cached(&select).await?;
    let row = client.query_opt(&statement, &[&email]).await?;
    Ok(row.map(|row| Owner {
        proved: Proved { person: Person::read(&row), password_hash: row.get(5) },
        is_suspended: row.get(6),
    }))
}

/// Has somebody who is signed in say his password again; gives its hash.
pub async fn confirm(
    state: &AppState,
    caller: &Caller,
    person: &Person,
    password: String,
) -> Result<String, Problem> {
    let hash = password_hash(state, person).await?;
    let (place, attempt) = begin(state, caller, &person.email)?;
    if !state.passwords.verify(place, password, hash.clone()).await? {
        return Err(Problem::invalid_field("password", "is not that of your account"));
    }
    attempt.succeeded();
    hash.ok_or_else(gone)
}

async fn password_hash(state: &AppState, person: &Person) -> Result<Option<String>, Problem> {
    let client = state.db.client().await?;
    let select = "SELECT password_hash FROM store.accounts WHERE id = $1";
    let statement = client.prepare_cached(select).await?;
    let row = client.query_opt(&statement, &[&person.account.0]).await?;
    Ok(row.map(|row| row.get(0)))
}

pub fn gone() -> Problem {
    Problem::new(Kind::Unauthorized, "This account is no more.")
}

/// Gives an account another password, and ends what the old one has opened.
pub async fn change_password(
    state: &AppState,
    caller: &Caller,
    person: &Person,
    (change, kept): (NewPassword, Kept),
) -> Result<(), Problem> {
    let NewPassword { password, new_password, revoke_tokens } = change;
    let old_hash = confirm(state, caller, person, password).await?;
    let names = super::profile::names(state, person).await?;
    let about = [&*person.email, &names[0], &names[1]];
    if let Some(detail) = passwords::weakness(&new_password, &about) {
        return Err(Problem::invalid_field("new_password", detail));
    }
    let hash = state.passwords.hash(new_password).await?;
    let (session, token) = match kept {
        Kept::Session(id) => (Some(id), None),
        Kept::Token(id) => (None, Some(id)),
    };
    let mut client = state.db.client().await?;
    let tx = client.transaction().await?;
    // Of two changes at once one has proved an old password.
    let update =
        "UPDATE store.accounts SET password_hash = $2 WHERE id = $1 AND password_hash = $3";
    if tx.execute(update, &[&person.account.0, &hash, &old_hash]).await? == 0 {
        let detail = "The password was changed meanwhile. Log in with the new one.";
        return Err(Problem::new(Kind::Conflict, detail));
    }
    let end = "DELETE FROM store.sessions WHERE account_id = $1 AND id IS DISTINCT FROM $2";
    tx.execute(end, &[&person.account.0, &session]).await?;
    if revoke_tokens {
        let revoke = "DELETE FROM store.tokens WHERE account_id = $1 AND id IS DISTINCT FROM $2";
        tx.execute(revoke, &[&person.account.0, &token]).await?;
    }
    let subject = format!("account {}", person.account);
    let detail = json!({ "tokens_revoked": revoke_tokens });
    let deed = Deed { action: "account.password_changed", subject: &subject, detail };
    audit::note(&tx, person, caller, deed).await?;
    tx.commit().await?;
    state.sessions.forget_account(person.account);
    Ok(())
}

#[cfg(test)]
mod tests;
