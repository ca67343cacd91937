//! How the carrier stands, on one page.

use askama::Template;
use axum::{Router, extract::State, response::Response, routing::get};

use crate::{
    carrier::web::{
        AppState,
        frame::Frame,
        roles::SignedStaff,
        staff::api::overview::{Overview, find},
    },
    web::{self, Problem},
};

pub fn routes() -> Router<AppState> {
    Router::new().route("/staff", get(show))
}

#[derive(Template)]
#[template(path = "carrier/staff/overview.html")]
struct OverviewPage {
    frame: Frame,
    seen: Overview,
}

async fn show(
    State(state): State<AppState>,
    SignedStaff { frame, .. }: SignedStaff,
) -> Result<Response, Problem> {
    let seen = find(&state).await?;
    Ok(web::page(&OverviewPage { frame, seen }))
}
