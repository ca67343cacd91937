//! A buyer's orders, and where their packages are.

use askama::Template;
use axum::{Router, extract::State, response::Response, routing::get};
use jiff::Timestamp;
use serde::Deserialize;

use super::{
    events::{find_own, follow},
    views::{self, Line, OrderView, PackageView},
};
use crate::{
    basis::OrderId,
    store::web::{
        AppState,
        frame::{Frame, to_login},
        roles::Visitor,
    },
    web::{self, Closing, Kind, Params, PathId, Problem},
};

const PAGE: i64 = 20;

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/orders", get(orders))
        .route("/orders/{id}", get(order))
        .route("/orders/{id}/events", get(events))
}

/// The stops of a package's timeline: the event and its words.
const STOPS: [(&str, &str); 7] = [
    ("created", "Ordered"),
    ("packing", "Packing"),
    ("packed", "Packed"),
    ("loading", "Loading"),
    ("loaded", "Loaded"),
    ("delivering", "On its way"),
    ("delivered", "Delivered"),
];

#[derive(Debug, Deserialize)]
pub struct Before {
    before: Option<i64>,
}

#[derive(Template)]
#[template(path = "store/orders.html")]
struct OrdersPage {
    frame: Frame,
    orders: Vec<OrderView>,
    first: bool,
    next: Option<i64>,
}

pub async fn orders(
    State(state): State<AppState>,
    frame: Frame,
    Params(Before { before }): Params<Before>,
) -> Result<Response, Problem> {
    let Some(person) = &frame.person else { return Ok(to_login("/orders")) };
    let (orders, next) = views::of_account(&state, person.account, before, PAGE).await?;
    Ok(web::page(&OrdersPage { frame, orders, first: before.is_none(), next }))
}

#[derive(Template)]
#[template(path = "store/order.html")]
struct OrderPage {
    frame: Frame,
    order: OrderView,
    lines: Vec<Line>,
}

impl OrderPage {
    fn stops(&self, package: &PackageView) -> Vec<Stop> {
        let now = package.status.0.as_str();
        let reached = STOPS.iter().rposition(|(event, _)| *event == now);
        // What was passed without a time of its own (the next message told of it) is done too.
        let stop = |(nth, (event, words))| Stop {
            event,
            words,
            at: package.when(event),
            is_current: event == now,
            is_done: reached.is_some_and(|reached| nth <= reached),
        };
        STOPS.into_iter().enumerate().map(stop).collect()
    }

    fn line(&self, listing: &crate::basis::ListingId) -> &str {
        let line = self.lines.iter().find(|line| line.listing == *listing);
        line.map_or("?", |line| line.name.as_str())
    }
}

struct Stop {
    event: &'static str,
    words: &'static str,
    at: Option<Timestamp>,
    is_current: bool,
    is_done: bool,
}

pub fn clock(at: &Timestamp) -> String {
    at.strftime("%H:%M:%S UTC").to_string()
}

pub fn date(at: &Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

pub async fn order(
    State(state): State<AppState>,
    frame: Frame,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let Some(person) = &frame.person else { return Ok(to_login(&format!("/orders/{id}"))) };
    let order = find_own(&state, person.account, OrderId(id)).await?;
    let lines = views::lines(&state, order.id).await?;
    Ok(web::page(&OrderPage { frame, order, lines }))
}

/// The page's own stream: the API's, with the browser's cookie for a token.
pub async fn events(
    State(state): State<AppState>,
    Visitor(person): Visitor,
    PathId(id): PathId,
    closing: Closing,
) -> Result<Response, Problem> {
    let nobody = || Problem::new(Kind::Unauthorized, "Log in to follow your orders.");
    let person = person.ok_or_else(nobody)?;
    follow(state, person.account, OrderId(id), closing).await
}
