//! What people say about themselves: names, address, where orders go unless they say
//! otherwise.
//!
//! What is in an order stays as it was.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio_postgres::error::SqlState;
use utoipa::ToSchema;

use super::{
    accounts,
    audit::{self, Deed},
    sessions::Person,
};
use crate::{
    store::web::{AppState, caller::Caller},
    web::{
        FieldError, Problem,
        people::{NAME_LENGTH_MAX, NO_EMAIL, gone, is_email},
        text,
    },
};

const ADDRESS_LENGTH_MAX: usize = 500;
const CARRIER_ACCOUNT_LENGTH_MAX: usize = 100;

/// An account as its owner sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Profile {
    #[schema(example = 7)]
    pub id: i64,
    #[schema(example = "buyer@example.org")]
    pub email: String,
    #[schema(example = "Ada")]
    pub first_name: String,
    #[schema(example = "Buyer")]
    pub last_name: String,
    /// As its owner writes it; nothing is sent there.
    pub address: String,
    /// Where orders go unless they say otherwise.
    pub default_place: Option<Place>,
    /// The account at the carrier, unless an order says otherwise.
    pub carrier_account: Option<String>,
    pub is_admin: bool,
    /// As which seller it sells, if it does.
    pub seller_id: Option<i64>,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// A place on the world's grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = DefaultPlace)]
pub struct Place {
    #[schema(example = 3)]
    pub x: i32,
    #[schema(example = -7)]
    pub y: i32,
}

/// A profile as it is to be; what is left out is emptied.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct NewProfile {
    #[schema(example = "Ada", min_length = 1, max_length = 100)]
    pub first_name: String,
    #[schema(example = "Buyer", min_length = 1, max_length = 100)]
    pub last_name: String,
    #[serde(default)]
    #[schema(max_length = 500)]
    pub address: String,
    #[serde(default)]
    pub default_place: Option<Place>,
    #[serde(default)]
    #[schema(max_length = 100)]
    pub carrier_account: Option<String>,
}

/// Another e-mail address, which takes the password.
#[derive(Deserialize, ToSchema)]
pub struct NewEmail {
    #[schema(example = "buyer@example.org", max_length = 254)]
    pub email: String,
    pub password: String,
}

pub async fn find(state: &AppState, person: &Person) -> Result<Profile, Problem> {
    let client = state.db.client().await?;
    let select = "SELECT email, first_name, last_name, address, default_x, default_y,
        carrier_account, is_admin, created_at FROM store.accounts WHERE id = $1";
    let statement = client.prepare_cached(select).await?;
    let row = client.query_opt(&statement, &[&person.account.0]).await?;
    let row = row.ok_or_else(gone)?;
    let place = row.get::<_, Option<i32>>(4).zip(row.get::<_, Option<i32>>(5));
    Ok(Profile {
        id: person.account.0,
        email: row.get(0),
        first_name: row.get(1),
        last_name: row.get(2),
        address: row.get(3),
        default_place: place.map(|(x, y)| Place { x, y }),
        carrier_account: row.get(6),
        is_admin: row.get(7),
        seller_id: person.seller.map(|seller| seller.0),
        created_at: row.get(8),
    })
}

impl NewProfile {
    /// The same with its texts in order.
    fn check(self) -> Result<Self, Problem> {
        let mut errors = Vec::new();
        let mut checked = |field: &str, checked: Result<String, String>| {
            checked.unwrap_or_else(|detail| {
                errors.push(FieldError { field: field.to_owned(), detail });
                String::new()
            })
        };
        let first_name = checked("first_name", text::line(&self.first_name, NAME_LENGTH_MAX));
        let last_name = checked("last_name", text::line(&self.last_name, NAME_LENGTH_MAX));
        let address = match self.address.trim() {
            "" => String::new(),
            address => checked("address", text::paragraphs(address, ADDRESS_LENGTH_MAX)),
        };
        let carrier_account = match self.carrier_account.as_deref().map(str::trim) {
            None | Some("") => None,
            Some(name) => {
                Some(checked("carrier_account", text::line(name, CARRIER_ACCOUNT_LENGTH_MAX)))
            }
        };
        let default_place = self.default_place;
        let profile = Self { first_name, last_name, address, default_place, carrier_account };
        if errors.is_empty() { Ok(profile) } else { Err(Problem::invalid(errors)) }
    }
}

/// Makes a profile what it is to be.
pub async fn change(
    state: &AppState,
    person: &Person,
    new: NewProfile,
) -> Result<Profile, Problem> {
    let new = new.check()?;
    let update = "UPDATE store.accounts SET first_name = $2, last_name = $3, address = $4,
        default_x = $5, default_y = $6, carrier_account = $7 WHERE id = $1";
    let (x, y) = new.default_place.map_or((None, None), |Place { x, y }| (Some(x), Some(y)));
    let client = state.db.client().await?;
    let statement = client.prepare_cached(update).await?;
    let row: [&(dyn tokio_postgres::types::ToSql + Sync); 7] = [
        &person.account.0,
        &new.first_name,
        &new.last_name,
        &new.address,
        &x,
        &y,
        &new.carrier_account,
    ];
    client.execute(&statement, &row).await?;
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
    let update = "UPDATE store.accounts SET email = $2 WHERE id = $1";
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
