//! Making an account and proving to be its owner.
//!
//! What an account may do is each handler's to check.

use garde::rules::email::Email;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{passwords, sessions::Person};
use crate::{
    basis::AccountId,
    store::web::AppState,
    web::{FieldError, Kind, Problem},
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

/// How an account's owner proves to be it.
#[derive(Deserialize, ToSchema)]
pub struct Credentials {
    #[schema(example = "buyer@example.org")]
    pub email: String,
    pub password: String,
}

/// Makes an account, unless something is wrong with it.
pub async fn register(state: &AppState, new: NewAccount) -> Result<Person, Problem> {
    let NewAccount { email, password, first_name, last_name } = new;
    let (email, first_name, last_name) = (email.trim(), first_name.trim(), last_name.trim());
    check(email, &password, [("first_name", first_name), ("last_name", last_name)])?;
    let hash = state.passwords.hash(password).await?;
    let client = state.db.client().await?;
    let insert = "INSERT INTO store.accounts (email, password_hash, first_name, last_name)
        VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING id";
    let statement = client.prepare_cached(insert).await?;
    let row = client.query_opt(&statement, &[&email, &hash, &first_name, &last_name]).await?;
    let taken = || {
        let detail = "There is an account with this e-mail address. Log in, or use another one.";
        Problem::new(Kind::Conflict, detail)
    };
    let account = AccountId(row.ok_or_else(taken)?.get(0));
    tracing::info!(%account, "an account was made");
    let (email, first_name) = (email.into(), first_name.into());
    Ok(Person { account, email, first_name, seller: None, is_admin: false })
}

fn check(email: &str, password: &str, names: [(&str, &str); 2]) -> Result<(), Problem> {
    let mut errors = Vec::new();
    let mut complain = |field: &str, detail: String| {
        errors.push(FieldError { field: field.to_owned(), detail });
    };
    if email.len() > 254 || email.chars().any(char::is_control) || email.validate_email().is_err() {
        complain("email", "must be an e-mail address, like name@example.org".to_owned());
    }
    if let Some(detail) = weakness(password, email) {
        complain("password", detail);
    }
    for (field, name) in names {
        if !(1..=100).contains(&name.chars().count()) || name.chars().any(char::is_control) {
            complain(field, "must have 1 to 100 characters, all of them printable".to_owned());
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid(errors)) }
}

fn weakness(password: &str, email: &str) -> Option<String> {
    let (min, max) = (passwords::LENGTH_MIN, passwords::LENGTH_MAX);
    let first = password.chars().next();
    if !(min..=max).contains(&password.chars().count()) {
        return Some(format!("must have {min} to {max} characters"));
    }
    if password.chars().all(|c| Some(c) == first) || password.eq_ignore_ascii_case(email) {
        return Some("is too easy to guess; several unrelated words make a good one".to_owned());
    }
    None
}

/// Whose these credentials are; wrong ones are 401, without saying what is wrong.
pub async fn log_in(state: &AppState, given: Credentials) -> Result<Person, Problem> {
    let Credentials { email, password } = given;
    let known = find(state, email.trim()).await?;
    let (person, hash) = known.map_or((None, None), |(person, hash)| (Some(person), Some(hash)));
    let usable = password.chars().count() <= passwords::LENGTH_MAX;
    let right = usable && state.passwords.verify(password, hash).await?;
    let wrong = || Problem::new(Kind::Unauthorized, "E-mail address and password do not match.");
    person.filter(|_| right).ok_or_else(wrong)
}

async fn find(state: &AppState, email: &str) -> Result<Option<(Person, String)>, Problem> {
    if email.contains('\0') {
        return Ok(None);
    }
    let client = state.db.client().await?;
    let select = format!(
        "SELECT {}, a.password_hash FROM store.accounts a WHERE lower(a.email) = lower($1)",
        Person::COLUMNS
    );
    let statement = client.prepare_cached(&select).await?;
    let row = client.query_opt(&statement, &[&email]).await?;
    Ok(row.map(|row| (Person::read(&row), row.get(5))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(email: &str, password: &str, first: &str) -> Vec<String> {
        let checked = check(email, password, [("first_name", first), ("last_name", "B")]);
        let errors = checked.err().map(|problem| problem.errors().to_vec()).unwrap_or_default();
        errors.into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn every_field_that_is_wrong_is_named() {
        assert!(complaints("a@b.example", "long enough", "A").is_empty());
        assert_eq!(complaints("a@", "short", ""), ["email", "password", "first_name"]);
        assert_eq!(complaints("a@b.example", "aaaaaaaaaa", "A\0"), ["password", "first_name"]);
        assert_eq!(complaints("a@b.example", &"x1".repeat(65), "A"), ["password"]);
    }
}
