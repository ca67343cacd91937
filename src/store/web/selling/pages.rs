//! Selling, for people: the way in, the name, and what the other pages share.

mod dashboard;
mod listing;
mod listings;
mod offering;
mod orders;

use askama::Template;
use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};

use super::{
    Seller,
    sellers::{self, SellerName},
};
use crate::{
    store::web::{
        AppState,
        caller::Caller,
        frame::Frame,
        roles::{Signed, SignedSeller},
    },
    web::{self, FormBody, Params, Problem},
};

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/selling", get(dashboard_or_way_in).post(found))
        .route("/selling/name", get(name_form).post(rename))
        .merge(listings::routes())
        .merge(listing::routes())
        .merge(offering::routes())
        .merge(orders::routes())
}

#[derive(Template)]
#[template(path = "store/selling/start.html")]
struct StartPage {
    frame: Frame,
    name: String,
    problem: Option<Problem>,
}

async fn dashboard_or_way_in(
    State(state): State<AppState>,
    Signed { person, frame }: Signed,
    Params(period): Params<super::figures::Period>,
) -> Result<Response, Problem> {
    match person.seller {
        Some(seller) => dashboard::show(&state, frame, seller, period).await,
        None => Ok(web::page(&StartPage { frame, name: String::new(), problem: None })),
    }
}

async fn found(
    State(state): State<AppState>,
    Signed { person, frame }: Signed,
    caller: Caller,
    FormBody(wish): FormBody<SellerName>,
) -> Result<Response, Problem> {
    let name = wish.name.clone();
    match sellers::found(&state, &person, &caller, wish).await {
        Ok(_) => Ok(Redirect::to("/selling").into_response()),
        Err(problem) => {
            let status = problem.status();
            let page = StartPage { frame, name, problem: Some(problem) };
            Ok((status, web::page(&page)).into_response())
        }
    }
}

#[derive(Template)]
#[template(path = "store/selling/name.html")]
struct NamePage {
    frame: Frame,
    name: String,
    problem: Option<Problem>,
}

async fn name_form(
    State(state): State<AppState>,
    SignedSeller { seller, frame, .. }: SignedSeller,
) -> Result<Response, Problem> {
    let name = sellers::find(&state, seller).await?.name;
    Ok(web::page(&NamePage { frame, name, problem: None }))
}

async fn rename(
    State(state): State<AppState>,
    SignedSeller { person, seller: id, frame }: SignedSeller,
    caller: Caller,
    FormBody(wish): FormBody<SellerName>,
) -> Result<Response, Problem> {
    let name = wish.name.clone();
    match sellers::rename(&state, &Seller { person, id, caller }, wish).await {
        Ok(_) => Ok(Redirect::to("/selling").into_response()),
        Err(problem) => {
            let status = problem.status();
            let page = NamePage { frame, name, problem: Some(problem) };
            Ok((status, web::page(&page)).into_response())
        }
    }
}

/// A form's field as a number; what is none is complained of.
fn number(errors: &mut Vec<web::FieldError>, field: &str, text: &str) -> Option<i64> {
    let number = text.trim().parse::<i64>().ok();
    if number.is_none() {
        let detail = "must be a whole number".to_owned();
        errors.push(web::FieldError { field: field.to_owned(), detail });
    }
    number
}
