//! Buying in one step: quantity, destination, order.
//!
//! A hidden key makes the second click of a double click the same order.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::placing::{self, NewItem, NewOrder, NewPlace, NotPlaced, Wish};
use crate::{
    store::web::{
        AppState,
        catalog::{
            pages::product::show,
            products::{self, Product},
        },
        frame::{Frame, to_login},
        reviews::pages::Query,
    },
    web::{FieldError, FormBody, Kind, PathId, Problem},
};

/// The form as it was sent, so that it can be shown again.
#[derive(Debug, Clone, Deserialize)]
pub struct BuyForm {
    #[serde(default)]
    pub listing_id: String,
    #[serde(default)]
    pub quantity: String,
    #[serde(default)]
    pub x: String,
    #[serde(default)]
    pub y: String,
    #[serde(default)]
    pub key: String,
}

impl BuyForm {
    /// One piece of the cheapest offer that is in stock.
    pub fn fresh(product: &Product) -> Self {
        let in_stock = product.offers.iter().find(|offer| offer.stock > 0);
        let offer = in_stock.or(product.offers.first());
        Self {
            listing_id: offer.map(|offer| offer.listing_id.to_string()).unwrap_or_default(),
            quantity: "1".to_owned(),
            x: String::new(),
            y: String::new(),
            key: new_key(),
        }
    }

    fn read(&self, product: &Product) -> Result<Wish, Problem> {
        let mut errors = Vec::new();
        let mut number = |field: &str, text: &str| {
            text.trim().parse::<i64>().unwrap_or_else(|_| {
                let detail = "must be a whole number".to_owned();
                errors.push(FieldError { field: field.to_owned(), detail });
                0
            })
        };
        let (quantity, x, y) =
            (number("quantity", &self.quantity), number("x", &self.x), number("y", &self.y));
        let listing_id = number("listing_id", &self.listing_id);
        if !errors.is_empty() {
            return Err(Problem::invalid(errors));
        }
        if !product.offers.iter().any(|offer| offer.listing_id.0 == listing_id) {
            return Err(Problem::invalid_field("listing_id", "is gone; choose another offer"));
        }
        let items = vec![NewItem { listing_id, quantity }];
        NewOrder {
            items,
            destination: NewPlace { x, y },
            carrier_account: None,
            expected_total_cents: None,
            only_in_stock: false,
        }
        .check()
    }
}

fn new_key() -> String {
    format!("page-{:032x}", rand::random::<u128>())
}

pub async fn buy(
    State(state): State<AppState>,
    frame: Frame,
    PathId(id): PathId,
    FormBody(form): FormBody<BuyForm>,
) -> Result<Response, Problem> {
    let Some(person) = frame.person.clone() else {
        return Ok(to_login(&format!("/products/{id}")));
    };
    let product = products::find_one(&state, id).await?;
    let placed = match form.read(&product) {
        Ok(wish) => placing::place(&state, &person, &form.key, wish).await,
        Err(problem) => Err(NotPlaced::Problem(problem)),
    };
    match placed {
        Ok(placed) => Ok(Redirect::to(&format!("/orders/{}", placed.order.id)).into_response()),
        Err(refused) => show_again(&state, frame, product, form, refused).await,
    }
}

async fn show_again(
    state: &AppState,
    frame: Frame,
    product: Product,
    mut form: BuyForm,
    refused: NotPlaced,
) -> Result<Response, Problem> {
    let problem = match refused {
        NotPlaced::KeyUsed(order) => {
            form.key = new_key();
            let detail = format!(
                "This page has placed order {order} before. Press the button again for another order."
            );
            Problem::new(Kind::Conflict, detail)
        }
        other => other.into(),
    };
    // A key that was spoilt on the way would be refused for ever.
    if placing::check_key(&form.key).is_err() {
        form.key = new_key();
    }
    let status: StatusCode = problem.status();
    let page = show(state, frame, product, &Query::default(), (form, Some(problem))).await?;
    Ok((status, page).into_response())
}
