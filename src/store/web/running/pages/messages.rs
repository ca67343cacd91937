//! The page of what was said to the peers.

use askama::Template;
use axum::{Router, extract::State, response::Response, routing::get};
use serde::Deserialize;

use super::super::api::Wish;
use crate::{
    store::web::{
        AppState,
        frame::Frame,
        roles::SignedAdmin,
        running::{
            live,
            messages::{self, MessageView, Wanted},
        },
    },
    web::{self, Closing, Params, Problem},
    wire::tape::TapeFilter,
};

const SHOWN: i64 = 50;

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/admin/messages", get(show))
        .route("/admin/messages/events", get(events))
        .route("/admin/messages/export", get(export))
}

#[derive(Template)]
#[template(path = "store/admin/messages.html")]
struct MessagesPage {
    frame: Frame,
    wanted: Wanted,
    messages: Vec<MessageView>,
    is_first: bool,
    next: Option<u64>,
    problem: Option<Problem>,
}

#[derive(Template)]
#[template(path = "store/admin/message.html")]
struct MessagePart<'a> {
    message: &'a MessageView,
}

#[derive(Debug, Deserialize)]
struct Before {
    before: Option<u64>,
}

async fn show(
    State(state): State<AppState>,
    SignedAdmin { frame, .. }: SignedAdmin,
    Params(wanted): Params<Wanted>,
    Params(Before { before }): Params<Before>,
) -> Result<Response, Problem> {
    // What is wrong with the filter is said in the page that has it.
    let (filter, problem) = match wanted.filter() {
        Ok(filter) => (Some(filter), None),
        Err(problem) => (None, Some(problem)),
    };
    let (messages, next) = match filter {
        Some(filter) => messages::page(state.shop.tap(), filter, before, SHOWN).await?,
        None => (Vec::new(), None),
    };
    let is_first = before.is_none() && problem.is_none();
    let status = problem.as_ref().map_or(axum::http::StatusCode::OK, Problem::status);
    let page = MessagesPage { frame, wanted, messages, is_first, next, problem };
    Ok(axum::response::IntoResponse::into_response((status, web::page(&page))))
}

async fn events(
    State(state): State<AppState>,
    SignedAdmin { .. }: SignedAdmin,
    Params(wanted): Params<Wanted>,
    closing: Closing,
) -> Result<Response, Problem> {
    let render = |message: &MessageView| MessagePart { message }.render().unwrap_or_default();
    let filter: TapeFilter = wanted.filter()?;
    live::messages(&state, filter, closing, render)
}

async fn export(
    State(state): State<AppState>,
    SignedAdmin { .. }: SignedAdmin,
    Params(wanted): Params<Wanted>,
    Params(wish): Params<Wish>,
) -> Result<Response, Problem> {
    Ok(messages::export(state.shop.tap(), wanted.filter()?, wish.format))
}
