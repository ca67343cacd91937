//! The cart's page and its buttons.

use askama::Template;
use axum::{
    Router,
    extract::State,
    http::header,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;

use super::{
    changes::{self, How},
    checkout,
    lines::{self, Cart},
    owner::{Owner, Shopper},
    spot,
};
use crate::{
    basis::ListingId,
    store::web::{AppState, frame::Frame, orders},
    web::{self, FormBody, Params, PathId, Problem},
};

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/cart", get(cart).post(put))
        .route("/cart/clear", post(clear))
        .route("/cart/{listing}", post(change))
        .route("/checkout", get(checkout::show).post(checkout::submit))
        .route("/checkout/map.svg", get(spot::map))
}

/// What has just happened, for a word about it.
#[derive(Debug, Default, Deserialize)]
pub struct Said {
    added: Option<String>,
    /// An order that was put in again.
    again: Option<i64>,
}

#[derive(Template)]
#[template(path = "store/cart.html")]
struct CartPage {
    frame: Frame,
    cart: Cart,
    added: bool,
    /// Products of an order that can not be bought again.
    gone: Vec<String>,
    problem: Option<Problem>,
}

async fn cart(
    State(state): State<AppState>,
    Shopper { frame, owner, .. }: Shopper,
    Params(said): Params<Said>,
) -> Result<Response, Problem> {
    let gone = match (said.again, &frame.person) {
        (Some(order), Some(person)) => orders::again::gone(&state, person.account, order).await?,
        _ => Vec::new(),
    };
    let cart = lines::of_owner(&state, owner.as_ref()).await?;
    let added = said.added.is_some() && !cart.items.is_empty();
    Ok(web::page(&CartPage { frame, cart, added, gone, problem: None }))
}

/// The form of a product's page.
#[derive(Debug, Deserialize)]
pub struct Put {
    #[serde(default)]
    listing_id: String,
    #[serde(default)]
    quantity: String,
}

fn number(field: &str, text: &str) -> Result<i64, Problem> {
    let not_a_number = |_| Problem::invalid_field(field, "must be a whole number");
    text.trim().parse().map_err(not_a_number)
}

async fn put(
    State(state): State<AppState>,
    shopper: Shopper,
    FormBody(form): FormBody<Put>,
) -> Result<Response, Problem> {
    let wish = || {
        let listing = number("listing_id", &form.listing_id)?;
        let quantity = changes::check_quantity(number("quantity", &form.quantity)?)?;
        Ok::<_, Problem>((ListingId(listing), quantity))
    };
    let (owner, cookie) = match shopper.owner.clone() {
        Some(owner) => (owner, None),
        None => {
            let (owner, cookie) = Owner::newcomer(shopper.caller.is_secure);
            (owner, Some((header::SET_COOKIE, cookie)))
        }
    };
    let put = match wish() {
        Ok(pieces) => changes::put(&state, &owner, &[pieces], How::Added).await,
        Err(problem) => Err(problem),
    };
    match put {
        Ok(()) => {
            let mut answer = Redirect::to("/cart?added").into_response();
            answer.headers_mut().extend(cookie);
            Ok(answer)
        }
        Err(problem) => show_again(&state, shopper, problem).await,
    }
}

/// The buttons of a line.
#[derive(Debug, Deserialize)]
pub struct Change {
    #[serde(default)]
    quantity: String,
    remove: Option<String>,
}

async fn change(
    State(state): State<AppState>,
    shopper: Shopper,
    PathId(listing): PathId,
    FormBody(form): FormBody<Change>,
) -> Result<Response, Problem> {
    let Some(owner) = shopper.owner.clone() else {
        return Ok(Redirect::to("/cart").into_response());
    };
    let quantity = number("quantity", &form.quantity);
    let changed = match (form.remove, quantity) {
        (Some(_), _) | (None, Ok(0)) => {
            changes::remove(&state, &owner, ListingId(listing)).await.map(|_| ())
        }
        (None, Ok(quantity)) => match changes::check_quantity(quantity) {
            Ok(n) => changes::put(&state, &owner, &[(ListingId(listing), n)], How::Set).await,
            Err(problem) => Err(problem),
        },
        (None, Err(problem)) => Err(problem),
    };
    match changed {
        Ok(()) => Ok(Redirect::to("/cart").into_response()),
        Err(problem) => show_again(&state, shopper, problem).await,
    }
}

async fn clear(State(state): State<AppState>, shopper: Shopper) -> Result<Response, Problem> {
    if let Some(owner) = &shopper.owner {
        changes::clear(&state, owner).await?;
    }
    Ok(Redirect::to("/cart").into_response())
}

async fn show_again(
    state: &AppState,
    shopper: Shopper,
    problem: Problem,
) -> Result<Response, Problem> {
    let cart = lines::of_owner(state, shopper.owner.as_ref()).await?;
    let (frame, status) = (shopper.frame, problem.status());
    let problem = Some(problem);
    let page = CartPage { frame, cart, added: false, gone: Vec::new(), problem };
    Ok((status, web::page(&page)).into_response())
}
