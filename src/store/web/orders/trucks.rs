//! Where the trucks of an order are, for those who draw them: its page, and programs.
//!
//! Where the carrier does not say it, the page guesses; nobody guesses here.

use axum::{Json, extract::State};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{events::find_own, views::Place};
use crate::{
    basis::{AccountId, OrderId, PackageId, Point},
    store::{
        trucks::TruckLeg,
        web::{
            AppState,
            roles::{Bearer, Visitor},
        },
    },
    web::{Kind, PathId, Problem, ProblemBody},
};

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(trucks))
}

/// The trucks that fetch or carry an order's packages.
#[derive(Debug, Serialize, ToSchema)]
pub struct Trucks {
    items: Vec<Truck>,
}

/// A truck that drives at an even pace, first along x and then along y, or stands.
#[derive(Debug, Serialize, ToSchema)]
struct Truck {
    #[schema(value_type = i64)]
    package_id: PackageId,
    from: Place,
    /// Null where it stands.
    to: Option<Place>,
    /// Since when it drives or stands.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    /// As the carrier's latest deliveries went; null before the first.
    units_per_second: Option<f64>,
}

/// Where the trucks of an order of mine are
///
/// As far as the carrier tells, a second old at most; a package without a truck, or whose
/// carrier does not say, is not in the list.
#[utoipa::path(get, path = "/api/v1/orders/{id}/trucks", tag = "orders", security(("token" = [])),
    params(("id" = i64, Path, description = "The order's id")),
    responses(
        (status = 200, description = "The trucks", body = Trucks),
        (status = 401, description = "No token, or an unknown one", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 404, description = "There is no such order of yours", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn trucks(
    State(state): State<AppState>,
    Bearer(person): Bearer,
    PathId(id): PathId,
) -> Result<Json<Trucks>, Problem> {
    find(&state, person.account, OrderId(id)).await
}

/// The same for the order's page, with the browser's cookie for a token.
pub async fn for_page(
    State(state): State<AppState>,
    Visitor(person): Visitor,
    PathId(id): PathId,
) -> Result<Json<Trucks>, Problem> {
    let nobody = || Problem::new(Kind::Unauthorized, "Log in to follow your orders.");
    find(&state, person.ok_or_else(nobody)?.account, OrderId(id)).await
}

async fn find(
    state: &AppState,
    account: AccountId,
    order: OrderId,
) -> Result<Json<Trucks>, Problem> {
    let order = find_own(state, account, order).await?.id;
    let legs = state.shop.trucks_of(&state.db, account, order).await?;
    let place = |Point { x, y }| Place { x, y };
    let truck = |(package_id, leg): (PackageId, TruckLeg)| Truck {
        package_id,
        from: place(leg.from),
        to: leg.to.map(place),
        since: leg.since,
        units_per_second: leg.units_per_s,
    };
    Ok(Json(Trucks { items: legs.into_iter().map(truck).collect() }))
}
