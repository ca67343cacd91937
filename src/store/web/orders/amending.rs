//! Second thoughts about an order, for programs: not to get it, or to get it elsewhere.
//!
//! What can still be done is for the packages to say.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::placing::NewPlace;
use crate::{
    basis::{OrderId, PackageId},
    store::{
        model::{PackageStatus, RedirectOutcome, Rejection},
        shop::{AmendError, CancelAnswer, RedirectAnswer},
        web::{AppState, roles::Bearer},
    },
    web::{JsonBody, Kind, PathId, Problem, ProblemBody},
};

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(cancel)).routes(routes!(redirect))
}

/// What was cancelled of an order.
#[derive(Debug, Serialize, ToSchema)]
struct Cancellation {
    /// cancelled, already_cancelled, or partly where some packages were too far.
    #[schema(example = "cancelled")]
    outcome: &'static str,
    /// Packages that are too far: they will come.
    too_late: Vec<TooLate>,
}

/// A package that is too far.
#[derive(Debug, Serialize, ToSchema)]
struct TooLate {
    #[schema(value_type = i64)]
    package_id: PackageId,
    #[schema(example = "packing")]
    status: &'static str,
}

/// What becomes of a change of address, package by package.
#[derive(Debug, Serialize, ToSchema)]
struct Redirection {
    packages: Vec<PackageRedirection>,
}

#[derive(Debug, Serialize, ToSchema)]
struct PackageRedirection {
    #[schema(value_type = i64)]
    package_id: PackageId,
    /// changed, pending (the carrier has not answered yet, and is asked until it does),
    /// too_late, refused (by the carrier), or replaced (by a later change of yours).
    #[schema(example = "changed")]
    outcome: &'static str,
    /// What that means, in words.
    detail: String,
}

/// Cancel an order of mine
///
/// Cancels every package of it that is not being packed yet; what is will come. Done
/// again it changes nothing.
#[utoipa::path(post, path = "/api/v1/orders/{id}/cancel", tag = "orders", security(("token" = [])),
    params(("id" = i64, Path, description = "The order's id")),
    responses(
        (status = 200, description = "Nothing of it will be sent, or not all of it", body = Cancellation),
        (status = 401, description = "No token, or an unknown one", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 404, description = "There is no such order of yours", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 409, description = "Too late: all of it is being packed, or further", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 503, description = "Not now: try again after Retry-After", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn cancel(
    State(state): State<AppState>,
    Bearer(person): Bearer,
    PathId(id): PathId,
) -> Result<Json<Cancellation>, Problem> {
    let order = OrderId(id);
    let (outcome, too_late) = match state.shop.cancel(&state.db, person.account, order).await? {
        CancelAnswer::Unknown => return Err(no_such(order)),
        CancelAnswer::TooLate { too_late } => {
            let detail = format!("It is too late to cancel order {order}: {}.", listed(&too_late));
            return Err(Problem::new(Kind::Conflict, detail));
        }
        CancelAnswer::Cancelled => ("cancelled", Vec::new()),
        CancelAnswer::AlreadyCancelled => ("already_cancelled", Vec::new()),
        CancelAnswer::Partly { too_late, .. } => ("partly", too_late),
    };
    let too_late = too_late
        .into_iter()
        .map(|(package_id, status)| TooLate { package_id, status: status.as_str() });
    Ok(Json(Cancellation { outcome, too_late: too_late.collect() }))
}

/// Send an order of mine elsewhere
///
/// Each package goes there unless it is out for delivery; the carrier has the last word
/// about those that it knows of.
#[utoipa::path(put, path = "/api/v1/orders/{id}/destination", tag = "orders", security(("token" = [])),
    params(("id" = i64, Path, description = "The order's id")),
    request_body = NewPlace,
    responses(
        (status = 200, description = "Some or all of it goes there", body = Redirection),
        (status = 202, description = "Some or all of it may go there: the carrier has not answered yet", body = Redirection),
        (status = 400, description = "Broken JSON", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 401, description = "No token, or an unknown one", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 404, description = "There is no such order of yours", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 409, description = "Too late, or the carrier refuses: all of it goes where it went", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 415, description = "The body is not JSON", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 422, description = "The place is out of reach", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 503, description = "Not now: try again after Retry-After", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn redirect(
    State(state): State<AppState>,
    Bearer(person): Bearer,
    PathId(id): PathId,
    JsonBody(place): JsonBody<NewPlace>,
) -> Result<Response, Problem> {
    let (order, to) = (OrderId(id), place.check()?);
    let packages = match state.shop.redirect(&state.db, person.account, order, to).await? {
        RedirectAnswer::Unknown => return Err(no_such(order)),
        RedirectAnswer::Rejected(why) => return Err(rejected(&why)),
        RedirectAnswer::Packages(packages) => packages,
    };
    let has = |outcome: &RedirectOutcome| packages.iter().any(|(_, other)| other == outcome);
    let status = match (has(&RedirectOutcome::Pending), has(&RedirectOutcome::Changed)) {
        (true, _) => StatusCode::ACCEPTED,
        (false, true) => StatusCode::OK,
        (false, false) => {
            let details = packages
                .iter()
                .map(|(package, outcome)| format!("package {package}: {}", words(outcome).1));
            let details: Vec<String> = details.collect();
            let detail = format!("Order {order} goes where it went; {}.", details.join("; "));
            return Err(Problem::new(Kind::Conflict, detail));
        }
    };
    let package = |(package_id, outcome): (PackageId, RedirectOutcome)| {
        let (outcome, detail) = words(&outcome);
        PackageRedirection { package_id, outcome, detail }
    };
    let packages = packages.into_iter().map(package).collect();
    Ok((status, Json(Redirection { packages })).into_response())
}

fn words(outcome: &RedirectOutcome) -> (&'static str, String) {
    match outcome {
        RedirectOutcome::Changed => ("changed", "it goes there".to_owned()),
        RedirectOutcome::Pending => {
            ("pending", "the carrier is asked, and has not answered yet".to_owned())
        }
        RedirectOutcome::TooLate { status: PackageStatus::Cancelled } => {
            ("too_late", "it is cancelled".to_owned())
        }
        RedirectOutcome::TooLate { status } => ("too_late", format!("it is {status} already")),
        RedirectOutcome::Refused { text } => ("refused", format!("the carrier refuses: {text}")),
        RedirectOutcome::Replaced => ("replaced", "a later change took its place".to_owned()),
        // Of the whole order, and said so before.
        RedirectOutcome::Rejected(_) | RedirectOutcome::NotUnderWay | RedirectOutcome::Busy => {
            ("refused", "not now".to_owned())
        }
    }
}

fn listed(too_late: &[(PackageId, PackageStatus)]) -> String {
    let one =
        |(package, status): &(PackageId, PackageStatus)| format!("package {package} is {status}");
    too_late.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn no_such(order: OrderId) -> Problem {
    let detail = format!("You have no order {order}. The list of your orders has those there are.");
    Problem::new(Kind::NotFound, detail)
}

fn rejected(why: &Rejection) -> Problem {
    match why {
        Rejection::NoWarehouse => Problem::new(Kind::Unavailable, why.to_string()),
        _ => Problem::invalid_field("destination", why.to_string()),
    }
}

impl From<AmendError> for Problem {
    fn from(error: AmendError) -> Self {
        match error {
            AmendError::Closed(_) | AmendError::Starting => Self::new(
                Kind::Unavailable,
                "It is not known yet whether that was done. Look at the order, or send it again: that is harmless.",
            ),
            AmendError::Db(error) => error.into(),
        }
    }
}
