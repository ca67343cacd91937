//! My packages, for programs.

use axum::{
    Json,
    extract::{Path, State},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    contents::{self, Item},
    list::{self, Package, Standing, Wanted},
    owned,
    redirecting::redirect,
};
use crate::{
    carrier::{
        db::TrackedShipment,
        web::{
            AppState,
            roles::Bearer,
            tracking::view::{Place, TrackingView},
        },
    },
    web::{JsonBody, Params, Part, Problem, ProblemBody},
};

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(packages))
        .routes(routes!(package))
        .routes(routes!(redirect_package))
}

/// Which packages.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Which {
    /// A tracking number.
    #[serde(default)]
    #[param(max_length = 64)]
    q: String,
    #[serde(default)]
    #[param(inline)]
    standing: Standing,
}

/// Packages, the newest first, and where the next ones are.
#[derive(Debug, Serialize, ToSchema)]
struct Packages {
    items: Vec<Package>,
    /// The cursor of the next part; null at the end.
    next: Option<String>,
}

/// My packages
///
/// Those that stores have sent with my user name since I have it.
#[utoipa::path(get, path = "/api/v1/packages", tag = "packages", security(("token" = [])), params(Which, Part),
    responses((status = 200, description = "Packages, the newest first", body = Packages)))]
async fn packages(
    State(state): State<AppState>,
    Bearer(person): Bearer,
    Params(Which { q, standing }): Params<Which>,
    Params(part): Params<Part>,
) -> Result<Json<Packages>, Problem> {
    let (before, limit) = (part.cursor()?, part.limit()?);
    let wanted = Wanted { number: &q, standing, before, limit };
    let (items, next) = list::of_account(&state, person.account, wanted).await?;
    Ok(Json(Packages { items, next: next.map(|cursor| cursor.to_string()) }))
}

/// A package of mine, with what is in it.
#[derive(Debug, Serialize, ToSchema)]
struct PackageView {
    #[serde(flatten)]
    shipment: TrackingView,
    /// What is in it; null: its store does not say at present.
    items: Option<Vec<Item>>,
}

impl PackageView {
    async fn of(state: &AppState, shipment: &TrackedShipment) -> Result<Self, Problem> {
        let items = contents::of(state, shipment.shipment).await?;
        Ok(Self { shipment: TrackingView::of(state, shipment).await?, items })
    }
}

/// A package of mine
///
/// The staff may look at any.
#[utoipa::path(get, path = "/api/v1/packages/{number}", tag = "packages", security(("token" = [])),
    params(("number" = String, Path, description = "The tracking number")),
    responses(
        (status = 200, description = "The package", body = PackageView),
        (status = 404, description = "You have no such package", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn package(
    State(state): State<AppState>,
    Bearer(person): Bearer,
    Path(number): Path<String>,
) -> Result<Json<PackageView>, Problem> {
    let shipment = owned::find(&state, &person, &number).await?;
    Ok(Json(PackageView::of(&state, &shipment).await?))
}

/// Where it shall go.
#[derive(Debug, Deserialize, ToSchema)]
struct NewDestination {
    #[schema(example = 3)]
    x: i32,
    #[schema(example = -7)]
    y: i32,
}

/// Send a package of mine elsewhere
///
/// Until it leaves the warehouse; the same place again is no error. The answer is a promise. Its
/// store learns of the place with the news of the delivery.
#[utoipa::path(post, path = "/api/v1/packages/{number}/redirect", tag = "packages", security(("token" = [])),
    params(("number" = String, Path, description = "The tracking number")),
    request_body = NewDestination,
    responses(
        (status = 200, description = "It goes there", body = Place),
        (status = 404, description = "You have no such package", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 409, description = "It is out for delivery already, or delivered", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 422, description = "Too far away", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn redirect_package(
    State(state): State<AppState>,
    Bearer(person): Bearer,
    Path(number): Path<String>,
    JsonBody(NewDestination { x, y }): JsonBody<NewDestination>,
) -> Result<Json<Place>, Problem> {
    let (shipment, place) = (owned::find(&state, &person, &number).await?, Place { x, y });
    redirect(&state, &shipment, place.into()).await?;
    Ok(Json(place))
}
