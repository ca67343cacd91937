//! One order: its packages, their way on the map, its receipt, and buying it again.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    basis::{OrderId, WarehouseId},
    store::{
        model::PackageStatus,
        web::{
            AppState,
            cart::estimate,
            frame::Frame,
            orders::{
                again, amending,
                contents::{self, Line},
                depots::{self, Depot},
                events::find_own,
                placing::NewPlace,
                route::{self, OrderMap, Route},
                views::{OrderView, PackageView},
            },
            people::sessions::Person,
            roles::Signed,
        },
    },
    web::{self, FormBody, Params, PathId, Problem},
};

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

/// What has just happened, for a word about it.
#[derive(Debug, Default, Deserialize)]
pub struct Said {
    placed: Option<String>,
    /// What became of a wish to cancel it or to send it elsewhere.
    amended: Option<String>,
}

#[derive(Template)]
#[template(path = "store/order.html")]
struct OrderPage {
    frame: Frame,
    order: OrderView,
    lines: Vec<Line>,
    depots: BTreeMap<WarehouseId, Depot>,
    map: Option<OrderMap>,
    placed: bool,
    amended: Option<String>,
    /// Where to send it instead, as it was typed.
    x: String,
    y: String,
    problem: Option<Problem>,
}

impl OrderPage {
    fn word(&self) -> Option<&'static str> {
        Some(match self.amended.as_deref()? {
            "cancelled" => "It is cancelled.",
            "moved" => "The address is changed.",
            "asked" => {
                "The carrier was asked to bring it there, and has not answered yet. This page will say what it answers."
            }
            "partly" => "It was too late for some of the packages: look at each for how far it is.",
            _ => return None,
        })
    }

    fn can_be_cancelled(&self) -> bool {
        self.order.packages.iter().any(|package| package.status.0 == PackageStatus::Created)
    }

    fn can_be_sent_elsewhere(&self) -> bool {
        let is_here = |package: &PackageView| package.status.0 < PackageStatus::Delivering;
        self.order.packages.iter().any(is_here)
    }

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

    fn depot(&self, id: &WarehouseId) -> String {
        self.depots.get(id).map_or_else(|| format!("Warehouse {id}"), |depot| depot.name.clone())
    }

    fn route(&self, package: &PackageView) -> Option<&Route> {
        self.map.as_ref()?.routes.iter().find(|route| route.package == package.id)
    }
}

struct Stop {
    event: &'static str,
    words: &'static str,
    at: Option<Timestamp>,
    is_current: bool,
    is_done: bool,
}

pub async fn show(
    State(state): State<AppState>,
    Signed { person, frame }: Signed,
    PathId(id): PathId,
    Params(said): Params<Said>,
) -> Result<Response, Problem> {
    let page = page(&state, (&person, frame), id).await?;
    Ok(web::page(&OrderPage { placed: said.placed.is_some(), amended: said.amended, ..page }))
}

async fn page(
    state: &AppState,
    (person, frame): (&Person, Frame),
    id: i64,
) -> Result<OrderPage, Problem> {
    let order = find_own(state, person.account, OrderId(id)).await?;
    let lines = contents::lines(state, order.id).await?;
    let depots = depots::all(state).await?;
    // Where nothing moves any more, no pace is needed.
    let pace_us = if order.is_final() { None } else { estimate::pace_us(state).await? };
    let pace_us = pace_us.unwrap_or(route::PACE_US);
    let map = route::map(&order, &depots, (pace_us, Timestamp::now()));
    let (x, y) = (order.destination.x.to_string(), order.destination.y.to_string());
    let (placed, amended, problem) = (false, None, None);
    Ok(OrderPage { frame, order, lines, depots, map, placed, amended, x, y, problem })
}

pub async fn cancel(
    State(state): State<AppState>,
    Signed { person, frame }: Signed,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    match amending::cancel(&state, person.account, OrderId(id)).await {
        Ok(amended) if amended.is_whole() => Ok(said(id, "cancelled")),
        Ok(_) => Ok(said(id, "partly")),
        Err(problem) => {
            let page = page(&state, (&person, frame), id).await?;
            Ok(refused(page, problem))
        }
    }
}

/// Where to send it instead.
#[derive(Debug, Deserialize)]
pub struct Elsewhere {
    #[serde(default)]
    x: String,
    #[serde(default)]
    y: String,
}

impl Elsewhere {
    fn read(&self) -> Result<NewPlace, Problem> {
        let number = |field: &str, text: &str| {
            let wrong = |_| Problem::invalid_field(field, "must be a whole number");
            text.trim().parse::<i64>().map_err(wrong)
        };
        Ok(NewPlace { x: number("x", &self.x)?, y: number("y", &self.y)? })
    }
}

pub async fn redirect(
    State(state): State<AppState>,
    Signed { person, frame }: Signed,
    PathId(id): PathId,
    FormBody(form): FormBody<Elsewhere>,
) -> Result<Response, Problem> {
    let redirected = match form.read() {
        Ok(to) => amending::redirect(&state, person.account, OrderId(id), &to).await,
        Err(problem) => Err(problem),
    };
    match redirected {
        Ok(amended) if !amended.is_whole() => Ok(said(id, "partly")),
        Ok(amended) if amended.is_pending() => Ok(said(id, "asked")),
        Ok(_) => Ok(said(id, "moved")),
        Err(problem) => {
            let page = page(&state, (&person, frame), id).await?;
            Ok(refused(OrderPage { x: form.x, y: form.y, ..page }, problem))
        }
    }
}

fn said(order: i64, what: &str) -> Response {
    Redirect::to(&format!("/orders/{order}?amended={what}")).into_response()
}

/// The page with what went wrong.
fn refused(page: OrderPage, problem: Problem) -> Response {
    let (status, problem) = (problem.status(), Some(problem));
    (status, web::page(&OrderPage { problem, ..page })).into_response()
}

#[derive(Template)]
#[template(path = "store/receipt.html")]
struct ReceiptPage {
    frame: Frame,
    order: OrderView,
    lines: Vec<Line>,
    email: String,
}

pub async fn receipt(
    State(state): State<AppState>,
    Signed { person, frame }: Signed,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let order = find_own(&state, person.account, OrderId(id)).await?;
    let lines = contents::lines(&state, order.id).await?;
    Ok(web::page(&ReceiptPage { frame, order, lines, email: person.email.to_string() }))
}

pub async fn again(
    State(state): State<AppState>,
    Signed { person, .. }: Signed,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    again::again(&state, person.account, OrderId(id)).await?;
    // The cart says what is not offered any more.
    Ok(Redirect::to(&format!("/cart?added&again={id}")).into_response())
}
