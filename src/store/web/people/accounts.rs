//! Making an account.
//!
//! Proving to be its owner is in [`proving`](super::proving).

use garde::rules::email::Email;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    passwords,
    sessions::{Person, Proved},
};
use crate::{
    basis::AccountId,
    store::web::{AppState, caller::Caller},
    web::{FieldError, Kind, Problem, text},
};

pub const NAME_LENGTH_MAX: usize = 100;

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
    state.limits.register(caller)?;
    let hash = state.passwords.hash(password).await?;
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

/// Checks what a new account is made of; gives its first and last name in order.
pub fn check(email: &str, password: &str, names: [&str; 2]) -> Result<[String; 2], Problem> {
    let mut errors = Vec::new();
    let mut complain = |field: &str, detail: String| {
        errors.push(FieldError { field: field.to_owned(), detail });
    };
    if !is_email(email) {
        complain("email", NO_EMAIL.to_owned());
    }
    let [first_name, last_name] = names.map(|name| text::line(name, NAME_LENGTH_MAX));
    let known = |name: &Result<String, String>| name.clone().unwrap_or_default();
    let names = [known(&first_name), known(&last_name)];
    let about = [email, &names[0], &names[1]];
    if let Some(detail) = passwords::weakness(password, &about) {
        complain("password", detail);
    }
    for (field, name) in [("first_name", first_name), ("last_name", last_name)] {
        if let Err(detail) = name {
            complain(field, detail);
        }
    }
    if errors.is_empty() { Ok(names) } else { Err(Problem::invalid(errors)) }
}

pub const NO_EMAIL: &str = "must be an e-mail address, like name@example.org";

pub fn is_email(email: &str) -> bool {
    email.len() <= 254 && !email.chars().any(char::is_control) && email.validate_email().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(email: &str, password: &str, first: &str) -> Vec<String> {
        let checked = check(email, password, [first, "B"]);
        let errors = checked.err().map(|problem| problem.errors().to_vec()).unwrap_or_default();
        errors.into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn every_field_that_is_wrong_is_named() {
        assert!(complaints("a@b.example", "long enough", "A").is_empty());
        assert_eq!(complaints("a@b.example", "rosamund9", " Rosamund "), ["password"]);
        assert_eq!(complaints("a@", "short", ""), ["email", "password", "first_name"]);
        assert_eq!(complaints("a@b.example", "aaaaaaaaaa", "A\0"), ["password", "first_name"]);
        assert_eq!(complaints("a@b.example", &"x1".repeat(65), "A"), ["password"]);
    }
}
