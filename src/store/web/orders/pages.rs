//! A buyer's orders, and where their packages are.

mod order;

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use jiff::Timestamp;
use serde::Deserialize;

use super::{
    contents,
    events::follow,
    history::{self, Filter},
    trucks,
    views::OrderView,
};
use crate::{
    basis::OrderId,
    store::web::{
        AppState,
        frame::Frame,
        roles::{Signed, Visitor},
    },
    web::{self, Closing, Kind, Params, PathId, Problem, words::form_encoded},
};

const PAGE: i64 = 20;

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/orders", get(orders))
        .route("/orders/{id}", get(order::show))
        .route("/orders/{id}/events", get(events))
        .route("/orders/{id}/trucks", get(trucks::for_page))
        .route("/orders/{id}/receipt", get(order::receipt))
        .route("/orders/{id}/cancel", post(order::cancel))
        .route("/orders/{id}/destination", post(order::redirect))
        .route("/orders/{id}/again", post(order::again))
}

#[derive(Debug, Default, Deserialize)]
pub struct Before {
    before: Option<i64>,
}

#[derive(Template)]
#[template(path = "store/orders.html")]
struct OrdersPage {
    frame: Frame,
    filter: Filter,
    orders: Vec<OrderView>,
    in_short: BTreeMap<i64, String>,
    first: bool,
    next: Option<i64>,
    problem: Option<Problem>,
}

impl OrdersPage {
    fn what(&self, order: &OrderId) -> &str {
        self.in_short.get(&order.0).map_or("", String::as_str)
    }

    fn older(&self) -> Option<String> {
        self.next.map(|id| self.address(Some(id)))
    }

    /// The list's address, with the filter as it is.
    fn address(&self, before: Option<i64>) -> String {
        let Filter { state, from, to, q } = &self.filter;
        let fields = [("state", state), ("from", from), ("to", to), ("q", q)];
        let given = fields.into_iter().filter(|(_, value)| !value.is_empty());
        let given = given.map(|(name, value)| format!("{name}={}", form_encoded(value)));
        let before = before.map(|id| format!("before={id}"));
        let parts: Vec<_> = given.chain(before).collect();
        if parts.is_empty() { "/orders".to_owned() } else { format!("/orders?{}", parts.join("&")) }
    }
}

async fn orders(
    State(state): State<AppState>,
    Signed { person, frame }: Signed,
    Params(filter): Params<Filter>,
    Params(Before { before }): Params<Before>,
) -> Result<Response, Problem> {
    let first = before.is_none();
    match history::find(&state, person.account, &filter, (before, PAGE)).await {
        Ok((orders, next)) => {
            let in_short = contents::in_short(&state, &orders).await?;
            let problem = None;
            Ok(web::page(&OrdersPage { frame, filter, orders, in_short, first, next, problem }))
        }
        Err(problem) if problem.status().is_client_error() => {
            let (orders, in_short, next) = (Vec::new(), BTreeMap::new(), None);
            let (status, problem) = (problem.status(), Some(problem));
            let page = OrdersPage { frame, filter, orders, in_short, first, next, problem };
            Ok((status, web::page(&page)).into_response())
        }
        Err(problem) => Err(problem),
    }
}

pub fn clock(at: &Timestamp) -> String {
    at.strftime("%H:%M:%S UTC").to_string()
}

/// The page's own stream: the API's, with the browser's cookie for a token.
async fn events(
    State(state): State<AppState>,
    Visitor(person): Visitor,
    PathId(id): PathId,
    closing: Closing,
) -> Result<Response, Problem> {
    let nobody = || Problem::new(Kind::Unauthorized, "Log in to follow your orders.");
    let person = person.ok_or_else(nobody)?;
    follow(state, person.account, OrderId(id), closing).await
}
