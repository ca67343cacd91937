//! Saved addresses, in the browser: one page with all of them and the form for a new one.

use askama::Template;
use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Deserialize;

use super::book::{self, Address, NewAddress};
use crate::{
    basis::AccountId,
    carrier::web::{AppState, frame::Frame, roles::Signed},
    web::{self, FieldError, FormBody, Kind, Params, Problem},
};

pub fn routes() -> Router<AppState> {
    Router::new().route("/addresses", get(addresses).post(change_addresses))
}

#[derive(Deserialize)]
struct Which {
    /// The one to change, by its id.
    edit: Option<i64>,
}

/// What a button or the form asks for.
#[derive(Debug, Clone, Default, Deserialize)]
struct AddressForm {
    /// An address's id, to delete it.
    delete: Option<String>,
    /// An address's id, to change it; empty: a new one.
    #[serde(default)]
    id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    x: String,
    #[serde(default)]
    y: String,
    /// A box that was ticked.
    is_default: Option<String>,
}

#[derive(Template)]
#[template(path = "carrier/addresses.html")]
struct AddressesPage {
    frame: Frame,
    addresses: Vec<Address>,
    form: AddressForm,
    problem: Option<Problem>,
}

async fn addresses(
    State(state): State<AppState>,
    Signed { person, frame }: Signed,
    Params(Which { edit }): Params<Which>,
) -> Result<Response, Problem> {
    let addresses = book::of_account(&state, person.account).await?;
    let edited = addresses.iter().find(|address| Some(address.id) == edit);
    let form = edited.map(AddressForm::of).unwrap_or_default();
    Ok(web::page(&AddressesPage { frame, addresses, form, problem: None }))
}

async fn change_addresses(
    State(state): State<AppState>,
    Signed { person, frame }: Signed,
    FormBody(form): FormBody<AddressForm>,
) -> Result<Response, Problem> {
    match form.carry_out(&state, person.account).await {
        Ok(()) => Ok(Redirect::to("/addresses").into_response()),
        Err(problem) => {
            let addresses = book::of_account(&state, person.account).await?;
            let told = Some(problem.clone());
            let page = AddressesPage { frame, addresses, form, problem: told };
            Ok(web::refused(&problem, &page))
        }
    }
}

impl AddressForm {
    fn of(address: &Address) -> Self {
        Self {
            delete: None,
            id: address.id.to_string(),
            name: address.name.clone(),
            x: address.place.x.to_string(),
            y: address.place.y.to_string(),
            is_default: address.is_default.then(|| "yes".to_owned()),
        }
    }

    async fn carry_out(&self, state: &AppState, account: AccountId) -> Result<(), Problem> {
        if let Some(id) = &self.delete {
            return book::remove(state, account, number_of(id)?).await;
        }
        let new = self.read()?;
        if self.id.is_empty() {
            book::add(state, account, &new).await.map(drop)
        } else {
            book::change(state, account, number_of(&self.id)?, &new).await.map(drop)
        }
    }

    fn read(&self) -> Result<NewAddress, Problem> {
        let mut errors = Vec::new();
        let mut number = |field: &str, text: &str| {
            text.trim().parse::<i32>().unwrap_or_else(|_| {
                let detail = "must be a whole number".to_owned();
                errors.push(FieldError { field: field.to_owned(), detail });
                0
            })
        };
        let (x, y) = (number("x", &self.x), number("y", &self.y));
        let (name, is_default) = (self.name.clone(), self.is_default.is_some());
        if errors.is_empty() {
            Ok(NewAddress { name, x, y, is_default })
        } else {
            Err(Problem::invalid(errors))
        }
    }
}

fn number_of(id: &str) -> Result<i64, Problem> {
    let none = |_| Problem::new(Kind::NotFound, "You have no such address (any more).");
    id.parse().map_err(none)
}
