//! The pages for people: server-rendered, complete without scripts.
//!
//! A page shows and asks; what it shows comes from the same places as the API.

mod buying;
mod following;
mod people;
mod showing;

use askama::Template;
use axum::{
    Router,
    extract::FromRequestParts,
    http::{HeaderValue, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use tower_http::set_header::SetResponseHeaderLayer;

use super::{
    AppState,
    orders::Status,
    sessions::{Person, Visitor},
};
use crate::{store::model::PackageStatus, web::Problem};

pub(super) fn routes() -> Router<AppState> {
    let fresh = HeaderValue::from_static("private, no-cache");
    Router::new()
        .route("/", get(showing::catalog))
        .route("/products/{id}", get(showing::product).post(buying::buy))
        .route("/products/{id}/picture.svg", get(showing::picture))
        .route("/register", get(people::register_form).post(people::register))
        .route("/login", get(people::login_form).post(people::log_in))
        .route("/logout", post(people::log_out))
        .route("/orders", get(following::orders))
        .route("/orders/{id}", get(following::order))
        .route("/orders/{id}/events", get(following::events))
        .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, fresh))
}

/// What is around every page: who looks at it, and what everybody should know.
pub(super) struct Frame {
    person: Option<Person>,
    notices: Vec<&'static str>,
    /// This page's address, to come back to.
    here: String,
}

impl FromRequestParts<AppState> for Frame {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let Visitor(person) = Visitor::from_request_parts(parts, state).await?;
        let here = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        Ok(Self { person, notices: notices(state), here })
    }
}

impl Frame {
    /// This page's address for the links to log in.
    fn login_next(&self) -> String {
        form_encoded(&self.here)
    }
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
fn to_login(here: &str) -> Response {
    let next: String = form_encoded(here);
    Redirect::to(&format!("/login?next={next}")).into_response()
}

/// For a value within a query.
fn form_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
        match plain {
            true => encoded.push(char::from(byte)),
            false => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// A status in the words of people.
fn words(status: &Status) -> &'static str {
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

/// A problem's fields in the words of the forms.
fn label(field: &str) -> &str {
    match field {
        "items[0].quantity" | "quantity" => "Quantity",
        "items[0].listing_id" | "listing_id" => "Offer",
        "items" => "Order",
        "destination.x" | "x" => "Destination x",
        "destination.y" | "y" => "Destination y",
        "email" => "E-mail",
        "password" => "Password",
        "first_name" => "First name",
        "last_name" => "Last name",
        other => other,
    }
}

#[derive(Template)]
#[template(path = "store/problem.html")]
struct ProblemPage<'a> {
    problem: &'a Problem,
}

/// A problem as a page of the store.
pub(super) fn problem_page(problem: &Problem) -> String {
    ProblemPage { problem }.render().unwrap_or_else(|_| problem.title().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_survives_the_way_through_the_login() {
        assert_eq!(form_encoded("/orders/7?a=b&c"), "/orders/7%3Fa%3Db%26c");
    }
}
