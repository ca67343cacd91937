//! How the shop stands, and the carrier's own page.

use askama::Template;
use axum::{Router, extract::State, response::Response, routing::get};
use serde::Deserialize;

use crate::{
    store::{
        model::outputs::LinkName,
        web::{
            AppState,
            frame::Frame,
            roles::SignedAdmin,
            running::{
                overview::{self, Overview},
                peers::{CarrierView, Unacked},
                world,
            },
        },
    },
    web::{self, Params, Problem},
};

pub fn routes() -> Router<AppState> {
    Router::new().route("/admin", get(overview_page)).route("/admin/carrier", get(carrier_page))
}

#[derive(Template)]
#[template(path = "store/admin/overview.html")]
struct OverviewPage {
    frame: Frame,
    seen: Overview,
}

async fn overview_page(
    State(state): State<AppState>,
    SignedAdmin { frame, .. }: SignedAdmin,
) -> Result<Response, Problem> {
    let seen = overview::find(&state).await?;
    Ok(web::page(&OverviewPage { frame, seen }))
}

/// Where to go on in a list of what is not acked.
#[derive(Debug, Deserialize)]
pub struct After {
    pub after: Option<i64>,
}

#[derive(Template)]
#[template(path = "store/admin/carrier.html")]
struct CarrierPage {
    frame: Frame,
    carrier: CarrierView,
    unacked: Vec<Unacked>,
    next: Option<i64>,
    path: &'static str,
}

async fn carrier_page(
    State(state): State<AppState>,
    SignedAdmin { frame, .. }: SignedAdmin,
    Params(After { after }): Params<After>,
) -> Result<Response, Problem> {
    let carrier = overview::carrier(&state).await?;
    let (unacked, next) = world::unacked(&state, LinkName::Carrier, after, 50).await?;
    Ok(web::page(&CarrierPage { frame, carrier, unacked, next, path: "/admin/carrier" }))
}
