//! A product: its pictures, its offers, where it lies, what buyers say, what is like it.

use askama::Template;
use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use crate::{
    basis::ListingId,
    store::web::{
        AppState,
        catalog::{
            picture::{self, VIEWS},
            products::{self, Card, Holding, Product},
        },
        frame::Frame,
        orders::buying::BuyForm,
        reviews::{
            Subject,
            pages::{Query, Section},
            reading::ReviewSort,
        },
    },
    web::{self, Kind, Params, PathId, Problem},
};

const RELATED: i64 = 8;

#[derive(Template)]
#[template(path = "store/product.html")]
struct ProductPage {
    frame: Frame,
    product: Product,
    holdings: Vec<Holding>,
    related: Vec<Card>,
    section: Section,
    form: BuyForm,
    problem: Option<Problem>,
}

impl ProductPage {
    fn is_chosen(&self, listing: &ListingId) -> bool {
        self.form.listing_id == listing.to_string()
    }

    fn views(&self) -> std::ops::RangeInclusive<u8> {
        1..=VIEWS
    }
}

pub async fn product(
    State(state): State<AppState>,
    frame: Frame,
    PathId(id): PathId,
    Params(query): Params<Query>,
) -> Result<Response, Problem> {
    let product = products::find_one(&state, id).await?;
    let form = BuyForm::fresh(&product);
    show(&state, frame, product, &query, (form, None)).await
}

/// The page with a form, and what is wrong with it.
pub async fn show(
    state: &AppState,
    frame: Frame,
    product: Product,
    query: &Query,
    (form, problem): (BuyForm, Option<Problem>),
) -> Result<Response, Problem> {
    let viewer = frame.person.as_ref().map(|person| person.account);
    let section = Section::read(state, Subject::Product(product.id), viewer, query).await?;
    let holdings = products::holdings(state, &product).await?;
    let client = state.db.client().await?;
    let related = products::related(&client, &product, RELATED).await?;
    drop(client);
    Ok(web::page(&ProductPage { frame, product, holdings, related, section, form, problem }))
}

#[derive(Debug, Deserialize)]
pub struct View {
    #[serde(default)]
    view: Option<u8>,
}

pub async fn picture_of(
    State(state): State<AppState>,
    PathId(id): PathId,
    Params(View { view }): Params<View>,
) -> Result<Response, Problem> {
    let nothing = || Problem::new(Kind::NotFound, "There is no such product.");
    let view = view.unwrap_or(1);
    if !(1..=VIEWS).contains(&view) {
        return Err(Problem::new(Kind::NotFound, "There is no such view of the product."));
    }
    let sitter = products::sitter(&state, id).await?.ok_or_else(nothing)?;
    let headers =
        [(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, "public, max-age=86400")];
    Ok((headers, picture::draw(&sitter, view)).into_response())
}
