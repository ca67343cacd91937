//! What people say about themselves.
//!
//! The user name is not among it: stores were told it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio_postgres::error::SqlState;
use utoipa::ToSchema;

use super::{Person, accounts};
use crate::{
    carrier::web::AppState,
    web::{
        FieldError, Problem,
        people::{
            Caller, NAME_LENGTH_MAX, NO_EMAIL,
            audit::{self, Deed},
            gone, is_email,
        },
        text,
    },
};

/// An account as its owner sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Profile {
    #[schema(example = 7)]
    pub id: i64,
    /// What to tell stores.
    #[schema(example = "ada.b")]
    pub user_name: String,
    #[schema(example = "customer@example.org")]
    pub email: String,
    #[schema(example = "Ada")]
    pub first_name: String,
    #[schema(example = "Buyer")]
    pub last_name: String,
    pub is_staff: bool,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// A profile as it is to be.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct NewProfile {
    #[serde(default)]
    #[schema(example = "Ada", min_length = 1, max_length = 100)]
    pub first_name: String,
    #[serde(default)]
    #[schema(example = "Buyer", min_length = 1, max_length = 100)]
    pub last_name: String,
}

/// Another e-mail address, which takes the password.
#[derive(Deserialize, ToSchema)]
pub struct NewEmail {
    #[schema(example = "customer@example.org", max_length = 254)]
    pub email: String,
    pub password: String,
}

pub async fn find(state: &AppState, person: &Person) -> Result<Profile, Problem> {
    let client = state.db.client().await?;
    let select = "SELECT id, name, email, first_name, last_name, is_staff, created_at
        FROM carrier.accounts WHERE id = $1";
    let statement = client.prepare_cached(select).await?;
    let row = client.query_opt(&statement, &[&person.account.0]).await?.ok_or_else(gone)?;
    Ok(Profile {
        id: row.get(0),
        user_name: row.get(1),
        email: row.get(2),
        first_name: row.get(3),
        last_name: row.get(4),
        is_staff: row.get(5),
        created_at: row.get(6),
    })
}

/// Makes a profile what it is to be.
pub async fn change(
    state: &AppState,
    person: &Person,
    new: &NewProfile,
) -> Result<Profile, Problem> {
    let (first_name, last_name) = (&new.first_name, &new.last_name);
    let names = [("first_name", first_name), ("last_name", last_name)];
    let checked = names.map(|(field, name)| (field, text::line(name, NAME_LENGTH_MAX)));
    let errors: Vec<FieldError> = checked
        .iter()
        .filter_map(|(field, checked)| Some((field, checked.as_ref().err()?)))
        .map(|(field, detail)| FieldError { field: (*field).to_owned(), detail: detail.clone() })
        .collect();
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let [first_name, last_name] = checked.map(|(_, name)| name.unwrap_or_default());
    let client = state.db.client().await?;
    let update = "UPDATE carrier.accounts SET first_name = $2, last_name = $3 WHERE id = $1";
    let statement = client.prepare_cached(update).await?;
    client.execute(&statement, &[&person.account.0, &first_name, &last_name]).await?;
    drop(client);
    state.sessions.forget_account(person.account);
    find(state, person).await
}

/// Gives an account another e-mail address.
pub async fn change_email(
    state: &AppState,
    caller: &Caller,
    person: &Person,
    NewEmail { email, password }: NewEmail,
) -> Result<(), Problem> {
    let email = email.trim();
    if !is_email(email) {
        return Err(Problem::invalid_field("email", NO_EMAIL));
    }
    state.proving.confirm(caller, person, password).await?;
    let mut client = state.db.client().await?;
    let tx = client.transaction().await?;
    let update = "UPDATE carrier.accounts SET email = $2 WHERE id = $1";
    match tx.execute(update, &[&person.account.0, &email]).await {
        Err(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => {
            return Err(accounts::taken());
        }
        changed => changed?,
    };
    let subject = format!("account {}", person.account);
    let deed = Deed { action: "account.email_changed", subject: &subject, detail: json!({}) };
    audit::note(&tx, person, caller, deed).await?;
    tx.commit().await?;
    state.sessions.forget_account(person.account);
    Ok(())
}
