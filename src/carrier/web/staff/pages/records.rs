//! The page of what staff has done.

use askama::Template;
use axum::{
    Json, Router,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};

use crate::{
    carrier::web::{AppState, frame::Frame, people::Person, roles::SignedStaff, staff::BASE},
    web::{
        self, Params, Problem,
        people::audit::reading::{self, Noted, Wanted, table},
        running::messages::Before,
    },
};

const PAGE: i64 = 50;
const EXPORT_MAX: i64 = 10_000;

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/staff/audit", get(log))
        .route("/staff/audit.json", get(as_json))
        .route("/staff/audit.csv", get(as_csv))
}

#[derive(Template)]
#[template(path = "carrier/staff/audit.html")]
struct AuditPage {
    frame: Frame,
    base: &'static str,
    wanted: Wanted,
    entries: Vec<Noted>,
    is_first: bool,
    next: Option<i64>,
}

async fn log(
    State(state): State<AppState>,
    SignedStaff { frame, .. }: SignedStaff,
    Params(wanted): Params<Wanted>,
    Params(Before { before }): Params<Before>,
) -> Result<Response, Problem> {
    let (is_first, before) =
        (before.is_none(), before.map(|id| i64::try_from(id).unwrap_or(i64::MAX)));
    let (entries, next) = reading::read::<Person>(&state.db, &wanted, before, PAGE).await?;
    Ok(web::page(&AuditPage { frame, base: BASE, wanted, entries, is_first, next }))
}

async fn as_json(
    State(state): State<AppState>,
    SignedStaff { .. }: SignedStaff,
    Params(wanted): Params<Wanted>,
) -> Result<Response, Problem> {
    let (entries, _) = reading::read::<Person>(&state.db, &wanted, None, EXPORT_MAX).await?;
    let name = [(header::CONTENT_DISPOSITION, "attachment; filename=\"audit.json\"")];
    Ok((name, Json(entries)).into_response())
}

async fn as_csv(
    State(state): State<AppState>,
    SignedStaff { .. }: SignedStaff,
    Params(wanted): Params<Wanted>,
) -> Result<Response, Problem> {
    let (entries, _) = reading::read::<Person>(&state.db, &wanted, None, EXPORT_MAX).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"audit.csv\""),
    ];
    Ok((headers, table(&entries)).into_response())
}
