//! What is around every page of the store.
//!
//! Pages are rendered by the server and complete without scripts. What is in them
//! is in the folders of the parts.

use askama::Template;
use axum::{
    extract::FromRequestParts,
    http::request::Parts,
    response::{IntoResponse, Redirect, Response},
};

use super::{
    AppState,
    caller::Caller,
    cart::owner::{self, Owner},
    orders::views::Status,
    people::sessions::Person,
    roles::Visitor,
};
use crate::{
    store::model::PackageStatus,
    web::{Problem, words::form_encoded},
};

/// What is around every page: who looks at it, and what everybody should know.
pub struct Frame {
    pub person: Option<Person>,
    /// Pieces in the visitor's cart.
    pub cart: i64,
    /// Notices that were not read yet.
    pub unread: i64,
    pub notices: Vec<&'static str>,
    /// This page's address, to come back to.
    pub here: String,
}

impl FromRequestParts<AppState> for Frame {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let Visitor(person) = Visitor::from_request_parts(parts, state).await?;
        let Ok(caller) = Caller::from_request_parts(parts, state).await;
        let here = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let (cart, unread) = counts(state, person.as_ref(), (parts, caller.is_secure)).await?;
        Ok(Self { person, cart, unread, notices: notices(state), here })
    }
}

impl Frame {
    /// This page's address for the links to log in.
    pub fn login_next(&self) -> String {
        form_encoded(&self.here)
    }
}

/// What the header counts, in one query; none for a visitor who has put nothing in.
async fn counts(
    state: &AppState,
    person: Option<&Person>,
    (parts, is_secure): (&Parts, bool),
) -> Result<(i64, i64), Problem> {
    let owner = match person {
        Some(person) => Owner::Account(person.account),
        None => match owner::visitor(&parts.headers, is_secure) {
            Some(owner) => owner,
            None => return Ok((0, 0)),
        },
    };
    let client = state.db.client().await?;
    let select = "SELECT (SELECT coalesce(sum(i.quantity), 0)::bigint FROM store.carts c
            JOIN store.cart_items i ON i.cart_id = c.id WHERE c.account_id = $1 OR c.hash = $2),
        (SELECT count(*) FROM store.notices WHERE account_id = $1 AND NOT is_read)";
    let statement = client.prepare_cached(select).await?;
    let row = client.query_one(&statement, &[&owner.account(), &owner.hash()]).await?;
    Ok((row.try_get(0)?, row.try_get(1)?))
}

fn notices(state: &AppState) -> Vec<&'static str> {
    let ready = state.shop.readiness();
    let mut notices = Vec::new();
    if !ready.ledger {
        notices.push("The database does not answer at the moment: no orders can be taken. Those that were taken are safe.");
    }
    if !ready.world.connected {
        notices.push("Our warehouses are out of reach at the moment. Orders are taken and will go on when the connection to the world is back.");
    }
    if ready.carrier.reachable == Some(false) {
        notices.push("The carrier is out of reach at the moment. Orders are taken and will go on when it is back.");
    }
    notices
}

/// Sends a visitor to log in, and back afterwards.
pub fn to_login(here: &str) -> Response {
    let next: String = form_encoded(here);
    Redirect::to(&format!("/login?next={next}")).into_response()
}

/// A status in the words of people.
pub fn words(status: &Status) -> &'static str {
    match status.0 {
        PackageStatus::Created => "Ordered",
        PackageStatus::Packing => "Packing",
        PackageStatus::Packed => "Packed",
        PackageStatus::Loading => "Loading",
        PackageStatus::Loaded => "Loaded",
        PackageStatus::Delivering => "On its way",
        PackageStatus::Delivered => "Delivered",
        PackageStatus::Cancelled => "Cancelled",
    }
}

#[derive(Template)]
#[template(path = "store/problem.html")]
struct ProblemPage<'a> {
    problem: &'a Problem,
}

/// A problem as a page of the store.
pub fn problem_page(problem: &Problem) -> String {
    ProblemPage { problem }.render().unwrap_or_else(|_| problem.title().to_owned())
}
