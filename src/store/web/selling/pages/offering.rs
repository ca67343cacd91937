//! Offering something: a product that there is, or a new one.

use askama::Template;
use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Deserialize;

use super::{listing::price, number};
use crate::{
    basis::{Cents, ProductId},
    store::web::{
        AppState,
        caller::Caller,
        frame::Frame,
        roles::SignedSeller,
        selling::{
            Seller,
            changing::{self, LEVEL, NewListing, TARGET},
            listings::{self, Candidate},
            terms::NewProduct,
        },
    },
    web::{self, FormBody, Params, PathId, Problem, words::form_encoded},
};

const PAGE: i64 = 20;

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/selling/offer", get(search))
        .route("/selling/offer/new", get(new_form).post(create))
        .route("/selling/offer/{id}", get(known_form).post(offer))
}

#[derive(Debug, Deserialize)]
struct Words {
    #[serde(default)]
    q: String,
    #[serde(default)]
    after: i64,
}

#[derive(Template)]
#[template(path = "store/selling/offer.html")]
struct SearchPage {
    frame: Frame,
    q: String,
    found: Vec<Candidate>,
    next: Option<String>,
}

async fn search(
    State(state): State<AppState>,
    SignedSeller { seller, frame, .. }: SignedSeller,
    Params(Words { q, after }): Params<Words>,
) -> Result<Response, Problem> {
    let q: String = q.chars().take(200).collect();
    let (found, next) = listings::candidates(&state, seller, &q, after, PAGE).await?;
    let next = next.map(|after| format!("/selling/offer?q={}&after={after}", form_encoded(&q)));
    Ok(web::page(&SearchPage { frame, q, found, next }))
}

/// An offer in the making, as it was typed.
#[derive(Debug, Clone, Deserialize)]
struct OfferForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    category: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    price: String,
    #[serde(default)]
    auto_reorder: Option<String>,
    #[serde(default)]
    reorder_level: String,
    #[serde(default)]
    reorder_target: String,
}

impl OfferForm {
    fn fresh(price: String) -> Self {
        Self {
            name: String::new(),
            category: String::new(),
            description: String::new(),
            price,
            auto_reorder: Some("on".to_owned()),
            reorder_level: LEVEL.to_string(),
            reorder_target: TARGET.to_string(),
        }
    }

    /// An offer of `known`, or of the new product in the form.
    fn read(&self, known: Option<ProductId>) -> Result<NewListing, Problem> {
        let mut errors = Vec::new();
        let price = price(&mut errors, &self.price);
        let product = known.is_none().then(|| NewProduct {
            name: self.name.clone(),
            category: self.category.clone(),
            description: self.description.clone(),
        });
        // So that what is wrong with the product is said in the same answer.
        if let Some(product) = product.clone() {
            product.check(&mut errors);
        }
        let reorder_level = number(&mut errors, "reorder_level", &self.reorder_level);
        let reorder_target = number(&mut errors, "reorder_target", &self.reorder_target);
        if !errors.is_empty() {
            return Err(Problem::invalid(errors));
        }
        Ok(NewListing {
            product_id: known.map(|id| id.0),
            product,
            price_cents: price.unwrap_or(0),
            auto_reorder: Some(self.auto_reorder.is_some()),
            reorder_level,
            reorder_target,
        })
    }
}

#[derive(Template)]
#[template(path = "store/selling/new.html")]
struct OfferPage {
    frame: Frame,
    /// None: a new product.
    known: Option<Candidate>,
    form: OfferForm,
    problem: Option<Problem>,
}

async fn new_form(SignedSeller { frame, .. }: SignedSeller) -> Response {
    let form = OfferForm::fresh(String::new());
    web::page(&OfferPage { frame, known: None, form, problem: None })
}

async fn known_form(
    State(state): State<AppState>,
    SignedSeller { seller, frame, .. }: SignedSeller,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let known = listings::candidate_of(&state, seller, ProductId(id)).await?;
    if let Some(mine) = known.my_listing {
        return Ok(Redirect::to(&format!("/selling/listings/{mine}")).into_response());
    }
    let price = known.price_cents.map(Cents::decimal).unwrap_or_default();
    let form = OfferForm::fresh(price);
    Ok(web::page(&OfferPage { frame, known: Some(known), form, problem: None }))
}

async fn create(
    State(state): State<AppState>,
    SignedSeller { person, seller: id, frame }: SignedSeller,
    caller: Caller,
    FormBody(form): FormBody<OfferForm>,
) -> Result<Response, Problem> {
    make(&state, Seller { person, id, caller }, frame, None, form).await
}

async fn offer(
    State(state): State<AppState>,
    SignedSeller { person, seller: id, frame }: SignedSeller,
    caller: Caller,
    PathId(product): PathId,
    FormBody(form): FormBody<OfferForm>,
) -> Result<Response, Problem> {
    let known = listings::candidate_of(&state, id, ProductId(product)).await?;
    make(&state, Seller { person, id, caller }, frame, Some(known), form).await
}

async fn make(
    state: &AppState,
    by: Seller,
    frame: Frame,
    known: Option<Candidate>,
    form: OfferForm,
) -> Result<Response, Problem> {
    let made = match form.read(known.as_ref().map(|known| known.product_id)) {
        Ok(new) => changing::create(state, &by, new).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(listing) => {
            Ok(Redirect::to(&format!("/selling/listings/{}", listing.id)).into_response())
        }
        Err(problem) => {
            let status = problem.status();
            let page = OfferPage { frame, known, form, problem: Some(problem) };
            Ok((status, web::page(&page)).into_response())
        }
    }
}
