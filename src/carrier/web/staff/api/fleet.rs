//! The fleet.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    carrier::web::{
        AppState,
        roles::BearerStaff,
        staff::{
            fleet::{self, Fleet, TripView, TruckView},
            steering::{self, Dispatch, MoreTrucks},
        },
    },
    web::{Closing, JsonBody, Params, Part, PathId, Problem, ProblemBody, people::Caller},
};

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(whole_fleet))
        .routes(routes!(fleet_events))
        .routes(routes!(list, add))
        .routes(routes!(truck))
        .routes(routes!(dispatch))
}

/// The fleet, as a map shows it
///
/// The first 2,000 trucks, and as many warehouses that they have been at.
#[utoipa::path(get, path = "/api/v1/staff/fleet", tag = "staff", security(("token" = [])),
    responses((status = 200, description = "At this moment", body = Fleet)))]
async fn whole_fleet(
    State(state): State<AppState>,
    _staff: BearerStaff,
) -> Result<Json<Fleet>, Problem> {
    Ok(Json(fleet::find(&state).await?))
}

/// Follow the fleet
///
/// Server-sent events named `fleet`: the whole fleet, now and after each change, at most once a
/// second.
#[utoipa::path(get, path = "/api/v1/staff/fleet/events", tag = "staff", security(("token" = [])),
    responses((status = 200, description = "Events", body = Fleet, content_type = "text/event-stream")))]
async fn fleet_events(
    State(state): State<AppState>,
    _staff: BearerStaff,
    closing: Closing,
) -> Result<Response, Problem> {
    state.fleet.clone().follow(state, closing)
}

/// Trucks by number, and where the next ones are.
#[derive(Debug, Serialize, ToSchema)]
struct Trucks {
    items: Vec<TruckView>,
    /// The cursor of the next part; null at the end.
    next: Option<String>,
}

/// The trucks
#[utoipa::path(get, path = "/api/v1/staff/trucks", tag = "staff", security(("token" = [])), params(Part),
    responses((status = 200, description = "By number", body = Trucks)))]
async fn list(
    State(state): State<AppState>,
    _staff: BearerStaff,
    Params(part): Params<Part>,
) -> Result<Json<Trucks>, Problem> {
    let (items, next) = fleet::list(&state, part.cursor()?, part.limit()?).await?;
    Ok(Json(Trucks { items, next: next.map(|id| id.to_string()) }))
}

/// The trucks that were added.
#[derive(Debug, Serialize, ToSchema)]
struct AddedTrucks {
    truck_ids: Vec<i32>,
}

/// Add trucks
///
/// Answered when the wish is durable; the world has them as soon as it has greeted the carrier
/// anew.
#[utoipa::path(post, path = "/api/v1/staff/trucks", tag = "staff", security(("token" = [])),
    request_body = MoreTrucks,
    responses(
        (status = 201, description = "They will be there", body = AddedTrucks),
        (status = 409, description = "There would be too many", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn add(
    State(state): State<AppState>,
    BearerStaff(person): BearerStaff,
    caller: Caller,
    JsonBody(more): JsonBody<MoreTrucks>,
) -> Result<Response, Problem> {
    let truck_ids = steering::add(&state, &person, &caller, more).await?;
    Ok((StatusCode::CREATED, Json(AddedTrucks { truck_ids })).into_response())
}

/// A truck and its trips, the latest first, and where the ones before are.
#[derive(Debug, Serialize, ToSchema)]
struct TruckWithTrips {
    truck: TruckView,
    trips: Vec<TripView>,
    /// The cursor of the next part; null at the end.
    next: Option<String>,
}

/// A truck, what it does and what it has done
#[utoipa::path(get, path = "/api/v1/staff/trucks/{id}", tag = "staff", security(("token" = [])),
    params(("id" = i64, Path, description = "The truck's number"), Part),
    responses((status = 200, description = "The truck", body = TruckWithTrips)))]
async fn truck(
    State(state): State<AppState>,
    _staff: BearerStaff,
    PathId(id): PathId,
    Params(part): Params<Part>,
) -> Result<Json<TruckWithTrips>, Problem> {
    let before: Option<String> = part.cursor()?;
    let (truck, trips, next) = fleet::truck(&state, id, before.as_deref(), part.limit()?).await?;
    Ok(Json(TruckWithTrips { truck, trips, next }))
}

/// Send a truck for a shipment by hand
///
/// Answered when it is durable.
#[utoipa::path(post, path = "/api/v1/staff/dispatches", tag = "staff", security(("token" = [])),
    request_body = Dispatch,
    responses(
        (status = 204, description = "The truck is sent"),
        (status = 409, description = "The shipment does not wait, or the truck can not take it", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn dispatch(
    State(state): State<AppState>,
    BearerStaff(person): BearerStaff,
    caller: Caller,
    JsonBody(by_hand): JsonBody<Dispatch>,
) -> Result<StatusCode, Problem> {
    steering::dispatch(&state, &person, &caller, by_hand).await?;
    Ok(StatusCode::NO_CONTENT)
}
