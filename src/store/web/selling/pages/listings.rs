//! The list of what a seller offers.

use askama::Template;
use axum::{Router, extract::State, response::Response, routing::get};
use serde::Deserialize;

use crate::{
    store::web::{
        AppState,
        frame::Frame,
        roles::SignedSeller,
        selling::listings::{self, ListingView, Show, Wanted},
    },
    web::{self, Params, Problem, words::form_encoded},
};

const PAGE: i64 = 25;

pub fn routes() -> Router<AppState> {
    Router::new().route("/selling/listings", get(list))
}

#[derive(Debug, Deserialize)]
struct Before {
    before: Option<i64>,
}

#[derive(Template)]
#[template(path = "store/selling/listings.html")]
struct ListingsPage {
    frame: Frame,
    show: Show,
    q: String,
    listings: Vec<ListingView>,
    first: bool,
    next: Option<i64>,
}

impl ListingsPage {
    fn tabs(&self) -> Vec<(&'static str, String, bool)> {
        let words = |show| match show {
            Show::All => "All",
            Show::Active => "Offered",
            Show::Ended => "Ended",
            Show::Low => "Running out",
        };
        let tab = |show| (words(show), address(show, &self.q, None), show == self.show);
        Show::ALL.into_iter().map(tab).collect()
    }

    fn address(&self, before: Option<i64>) -> String {
        address(self.show, &self.q, before)
    }
}

fn address(show: Show, q: &str, before: Option<i64>) -> String {
    let show = (show != Show::All).then(|| format!("show={}", show.as_str()));
    let q = (!q.is_empty()).then(|| format!("q={}", form_encoded(q)));
    let before = before.map(|before| format!("before={before}"));
    let parts: Vec<_> = [show, q, before].into_iter().flatten().collect();
    let mark = if parts.is_empty() { "" } else { "?" };
    format!("/selling/listings{mark}{}", parts.join("&"))
}

async fn list(
    State(state): State<AppState>,
    SignedSeller { seller, frame, .. }: SignedSeller,
    Params(wanted): Params<Wanted>,
    Params(Before { before }): Params<Before>,
) -> Result<Response, Problem> {
    let (listings, next) = listings::find(&state, seller, &wanted, before, PAGE).await?;
    let Wanted { show, q } = wanted;
    let q: String = q.chars().take(200).collect();
    Ok(web::page(&ListingsPage { frame, show, q, listings, first: before.is_none(), next }))
}
