//! What was sold: the orders, one of them, and tables to take away.

use askama::Template;
use axum::{Router, extract::State, response::Response, routing::get};
use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    basis::{ListingId, OrderId},
    store::web::{
        AppState,
        frame::Frame,
        orders::views::PackageView,
        roles::SignedSeller,
        selling::{
            export::{self, Span},
            sold::{self, Fulfilment, SoldOrder, SoldState, Wanted},
        },
    },
    web::{self, Params, PathId, Problem, words::form_encoded},
};

const PAGE: i64 = 25;

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/selling/orders", get(list))
        .route("/selling/orders/{id}", get(one))
        .route("/selling/export", get(export_form))
        .route("/selling/export/orders.csv", get(orders_csv))
        .route("/selling/export/listings.csv", get(listings_csv))
}

/// As the form sends it: everything may be empty.
#[derive(Debug, Deserialize)]
struct Search {
    #[serde(default)]
    state: String,
    #[serde(default)]
    q: String,
    before: Option<i64>,
}

#[derive(Template)]
#[template(path = "store/selling/orders.html")]
struct OrdersPage {
    frame: Frame,
    state: Option<SoldState>,
    q: String,
    orders: Vec<SoldOrder>,
    first: bool,
    next: Option<i64>,
}

impl OrdersPage {
    fn tabs(&self) -> Vec<(&'static str, String, bool)> {
        let tab = |state: Option<SoldState>| {
            let words = state.map_or("All", SoldState::words);
            (words, address(state, &self.q, None), state == self.state)
        };
        std::iter::once(None).chain(SoldState::ALL.map(Some)).map(tab).collect()
    }

    fn address(&self, before: Option<i64>) -> String {
        address(self.state, &self.q, before)
    }
}

fn address(state: Option<SoldState>, q: &str, before: Option<i64>) -> String {
    let state = state.map(|state| format!("state={}", state.as_str()));
    let q = (!q.is_empty()).then(|| format!("q={}", form_encoded(q)));
    let before = before.map(|before| format!("before={before}"));
    let parts: Vec<_> = [state, q, before].into_iter().flatten().collect();
    let mark = if parts.is_empty() { "" } else { "?" };
    format!("/selling/orders{mark}{}", parts.join("&"))
}

async fn list(
    State(state): State<AppState>,
    SignedSeller { seller, frame, .. }: SignedSeller,
    Params(Search { state: word, q, before }): Params<Search>,
) -> Result<Response, Problem> {
    let so_far = SoldState::ALL.into_iter().find(|state| state.as_str() == word);
    let wanted = Wanted { state: so_far, q: q.chars().take(200).collect() };
    let (orders, next) = sold::find(&state, seller, &wanted, before, PAGE).await?;
    let Wanted { state, q } = wanted;
    Ok(web::page(&OrdersPage { frame, state, q, orders, first: before.is_none(), next }))
}

#[derive(Template)]
#[template(path = "store/selling/order.html")]
struct OrderPage {
    frame: Frame,
    sold: Fulfilment,
}

/// What may happen to a package, and its words; those that happened are shown.
const EVENTS: [(&str, &str); 11] = [
    ("created", "Ordered"),
    ("in_stock", "In stock"),
    ("packing", "Packing"),
    ("packed", "Packed"),
    ("truck_dispatched", "Truck sent"),
    ("truck_arrived", "Truck there"),
    ("loading", "Loading"),
    ("loaded", "Loaded"),
    ("delivering", "On its way"),
    ("delivered", "Delivered"),
    ("cancelled", "Cancelled"),
];

impl OrderPage {
    fn name(&self, listing: &ListingId) -> &str {
        let item = self.sold.order.items.iter().find(|item| item.listing_id == *listing);
        item.map_or("?", |item| item.name.as_str())
    }

    /// To the second: in a world that runs fast, much happens within a minute.
    fn moment(at: &Timestamp) -> String {
        at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
    }

    fn past(package: &PackageView) -> Vec<(&'static str, Timestamp)> {
        let word = |event: &str| {
            EVENTS.iter().find(|(name, _)| *name == event).map_or("?", |(_, words)| words)
        };
        package.history.iter().map(|past| (word(past.event), past.at)).collect()
    }
}

async fn one(
    State(state): State<AppState>,
    SignedSeller { seller, frame, .. }: SignedSeller,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let sold = sold::find_one(&state, seller, OrderId(id)).await?;
    Ok(web::page(&OrderPage { frame, sold }))
}

#[derive(Template)]
#[template(path = "store/selling/export.html")]
struct ExportPage {
    frame: Frame,
    from: String,
    to: String,
    problem: Option<Problem>,
}

async fn export_form(SignedSeller { frame, .. }: SignedSeller) -> Result<Response, Problem> {
    let (from, to) = Span::default().days()?;
    let (from, to) = (from.to_string(), to.to_string());
    Ok(web::page(&ExportPage { frame, from, to, problem: None }))
}

async fn orders_csv(
    State(state): State<AppState>,
    SignedSeller { seller, frame, .. }: SignedSeller,
    Params(span): Params<Span>,
) -> Result<Response, Problem> {
    use axum::response::IntoResponse;
    let problem = match span.moments() {
        Ok(moments) => return export::orders(state, seller, moments).await,
        Err(problem) => problem,
    };
    let (status, Span { from, to }) = (problem.status(), span);
    let page = ExportPage { frame, from, to, problem: Some(problem) };
    Ok((status, web::page(&page)).into_response())
}

async fn listings_csv(
    State(state): State<AppState>,
    SignedSeller { seller, .. }: SignedSeller,
) -> Result<Response, Problem> {
    export::listings(state, seller).await
}
