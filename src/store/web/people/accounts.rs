//! Making an account.
//!
//! Proving to be its owner is in [`Proving`](crate::web::people::Proving).

use serde::Deserialize;
use utoipa::ToSchema;

use super::sessions::{Person, Proved};
use crate::{
    basis::AccountId,
    store::web::AppState,
    web::{
        Kind, Problem,
        people::{Caller, check},
    },
};

/// A new account.
#[derive(Deserialize, ToSchema)]
pub struct NewAccount {
    #[schema(example = "buyer@example.org", max_length = 254)]
    pub email: String,
    #[schema(min_length = 8, max_length = 128)]
    pub password: String,
    #[schema(example = "Ada", max_length = 100)]
    pub first_name: String,
    #[schema(example = "Buyer", max_length = 100)]
    pub last_name: String,
}

/// Makes an account, unless something is wrong with it.
pub async fn register(
    state: &AppState,
    caller: &Caller,
    new: NewAccount,
) -> Result<Proved, Problem> {
    let NewAccount { email, password, first_name, last_name } = new;
    let email = email.trim();
    let [first_name, last_name] = check(email, &password, [&first_name, &last_name])?;
    state.proving.limits.register(caller)?;
    let hash = state.proving.passwords.hash(password).await?;
    let client = state.db.client().await?;
    let insert = "INSERT INTO store.accounts (email, password_hash, first_name, last_name)
        VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING id";
    let statement = client.prepare_cached(insert).await?;
    let row = client.query_opt(&statement, &[&email, &hash, &first_name, &last_name]).await?;
    let account = AccountId(row.ok_or_else(taken)?.get(0));
    tracing::info!(%account, "an account was made");
    let (email, first_name) = (email.into(), first_name.into());
    let person = Person { account, email, first_name, seller: None, is_admin: false };
    Ok(Proved { person, password_hash: hash })
}

pub fn taken() -> Problem {
    let detail = "There is an account with this e-mail address. Log in, or use another one.";
    Problem::new(Kind::Conflict, detail)
}
