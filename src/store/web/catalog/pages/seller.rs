//! A seller: what they sell, and what customers say of them.

use askama::Template;
use axum::{extract::State, response::Response};

use crate::{
    basis::SellerId,
    store::web::{
        AppState,
        catalog::{
            filters::address,
            products::Card,
            search::{self, Wanted},
            sellers::{self, Seller},
        },
        frame::Frame,
        reviews::{
            Subject,
            pages::{Query, Section},
            reading::ReviewSort,
        },
    },
    web::{self, Params, PathId, Problem},
};

const SHOWN: i64 = 8;

#[derive(Template)]
#[template(path = "store/seller.html")]
struct SellerPage {
    frame: Frame,
    seller: Seller,
    cards: Vec<Card>,
    /// Where all of their products are; None where these are all.
    more: Option<String>,
    section: Section,
}

pub async fn seller(
    State(state): State<AppState>,
    frame: Frame,
    PathId(id): PathId,
    Params(query): Params<Query>,
) -> Result<Response, Problem> {
    let seller = sellers::find(&state, SellerId(id)).await?;
    let viewer = frame.person.as_ref().map(|person| person.account);
    let section = Section::read(&state, Subject::Seller(seller.id), viewer, &query).await?;
    let wanted = Wanted { seller: Some(seller.id), ..Wanted::default() };
    let client = state.db.client().await?;
    let found = search::find(&client, &wanted, None, SHOWN).await?;
    drop(client);
    let more = found.next.map(|_| address(&wanted, None));
    Ok(web::page(&SellerPage { frame, seller, cards: found.cards, more, section }))
}
