//! The list of notices behind the bell.

use askama::Template;
use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;

use super::{
    follow,
    list::{self, Notice, Wanted},
};
use crate::{
    carrier::web::{
        AppState,
        frame::Frame,
        roles::{Signed, Visitor},
    },
    web::{self, Closing, Kind, Params, PathId, Problem},
};

const PAGE: i64 = 50;

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/notices", get(notices))
        .route("/notices/read", post(read_all))
        .route("/notices/events", get(events))
        .route("/notices/{id}", post(open))
}

#[derive(Debug, Deserialize)]
pub struct Before {
    before: Option<i64>,
}

#[derive(Template)]
#[template(path = "carrier/notices.html")]
struct NoticesPage {
    frame: Frame,
    notices: Vec<Notice>,
    first: bool,
    next: Option<i64>,
}

async fn notices(
    State(state): State<AppState>,
    Signed { person, frame }: Signed,
    Params(Before { before }): Params<Before>,
) -> Result<Response, Problem> {
    let wanted = Wanted { before, only_unread: false, limit: PAGE };
    let (notices, next) = list::of_account(&state, person.account, wanted).await?;
    Ok(web::page(&NoticesPage { frame, notices, first: before.is_none(), next }))
}

/// Whoever opens a notice has read it.
async fn open(
    State(state): State<AppState>,
    Signed { person, .. }: Signed,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let nothing = || Problem::new(Kind::NotFound, "You have no such notice (any more).");
    let notice = list::mark_read(&state, person.account, id).await?.ok_or_else(nothing)?;
    Ok(Redirect::to(&notice.path()).into_response())
}

async fn read_all(
    State(state): State<AppState>,
    Signed { person, .. }: Signed,
) -> Result<Response, Problem> {
    list::mark_all_read(&state, person.account).await?;
    Ok(Redirect::to("/notices").into_response())
}

/// The pages' own stream: the API's, with the browser's cookie for a token.
async fn events(
    State(state): State<AppState>,
    Visitor(person): Visitor,
    closing: Closing,
) -> Result<Response, Problem> {
    let nobody = || Problem::new(Kind::Unauthorized, "Log in to follow your notices.");
    let person = person.ok_or_else(nobody)?;
    follow(state, person.account, closing).await
}
