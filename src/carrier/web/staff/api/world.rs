//! The connection to the world, and the store.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    carrier::{
        model::LinkName,
        web::{
            AppState,
            roles::BearerStaff,
            staff::{
                peers::{self, StoreView, Unacked},
                world::{self, Connection, Speed, WorldView},
            },
        },
    },
    web::{JsonBody, Params, Part, Problem, ProblemBody, people::Caller},
};

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(the_world))
        .routes(routes!(connect, disconnect))
        .routes(routes!(speed))
        .routes(routes!(unacked_by_the_world))
        .routes(routes!(the_store))
        .routes(routes!(unacked_by_the_store))
}

/// How things stand with the world
#[utoipa::path(get, path = "/api/v1/staff/world", tag = "staff", security(("token" = [])),
    responses((status = 200, description = "At this moment", body = WorldView)))]
async fn the_world(
    State(state): State<AppState>,
    _staff: BearerStaff,
) -> Result<Json<WorldView>, Problem> {
    Ok(Json(world::find(&state).await?))
}

/// Connect to a world: the present one, a given one, or a new one
///
/// It is answered when the wish is durable; how the connection fares is told by the world's
/// status. The store is told of the world as soon as the carrier is in it.
#[utoipa::path(put, path = "/api/v1/staff/world/connection", tag = "staff", security(("token" = [])),
    request_body = Connection,
    responses(
        (status = 200, description = "As it is now", body = WorldView),
        (status = 409, description = "Trucks are out in the present world", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn connect(
    State(state): State<AppState>,
    BearerStaff(person): BearerStaff,
    caller: Caller,
    JsonBody(to): JsonBody<Connection>,
) -> Result<Json<WorldView>, Problem> {
    world::connect(&state, &person, &caller, to).await?;
    Ok(Json(world::find(&state).await?))
}

/// Disconnect from the world
///
/// The carrier stays disconnected, over restarts too, until staff connects it. Shipments are
/// taken and wait.
#[utoipa::path(delete, path = "/api/v1/staff/world/connection", tag = "staff", security(("token" = [])),
    responses((status = 200, description = "As it is now", body = WorldView)))]
async fn disconnect(
    State(state): State<AppState>,
    BearerStaff(person): BearerStaff,
    caller: Caller,
) -> Result<Json<WorldView>, Problem> {
    world::disconnect(&state, &person, &caller).await?;
    Ok(Json(world::find(&state).await?))
}

/// Set the world's speed
///
/// It is told to the world now, and again on each connection, until it is null. Others may set
/// another meanwhile, and a world may keep one of its own.
#[utoipa::path(put, path = "/api/v1/staff/world/speed", tag = "staff", security(("token" = [])),
    request_body = Speed,
    responses((status = 200, description = "As it is now", body = WorldView)))]
async fn speed(
    State(state): State<AppState>,
    BearerStaff(person): BearerStaff,
    caller: Caller,
    JsonBody(speed): JsonBody<Speed>,
) -> Result<Json<WorldView>, Problem> {
    world::set_speed(&state, &person, &caller, speed).await?;
    Ok(Json(world::find(&state).await?))
}

/// Messages that are not acked, the oldest first, and where the next ones are.
#[derive(Debug, Serialize, ToSchema)]
struct UnackedByPeers {
    items: Vec<Unacked>,
    /// The cursor of the next part; null at the end.
    next: Option<String>,
}

async fn unacked(
    state: &AppState,
    link: LinkName,
    part: &Part,
) -> Result<Json<UnackedByPeers>, Problem> {
    let (items, next) = peers::unacked(state, link, part.cursor()?, part.limit()?).await?;
    Ok(Json(UnackedByPeers { items, next: next.map(|seq| seq.to_string()) }))
}

/// Commands that the world has not acked
#[utoipa::path(get, path = "/api/v1/staff/world/unacked", tag = "staff", security(("token" = [])), params(Part),
    responses((status = 200, description = "The oldest first", body = UnackedByPeers)))]
async fn unacked_by_the_world(
    State(state): State<AppState>,
    _staff: BearerStaff,
    Params(part): Params<Part>,
) -> Result<Json<UnackedByPeers>, Problem> {
    unacked(&state, LinkName::World, &part).await
}

/// How things stand with the store
#[utoipa::path(get, path = "/api/v1/staff/store", tag = "staff", security(("token" = [])),
    responses((status = 200, description = "At this moment", body = StoreView)))]
async fn the_store(
    State(state): State<AppState>,
    _staff: BearerStaff,
) -> Result<Json<StoreView>, Problem> {
    Ok(Json(peers::store(&state).await?))
}

/// Messages that the store has not acked
#[utoipa::path(get, path = "/api/v1/staff/store/unacked", tag = "staff", security(("token" = [])), params(Part),
    responses((status = 200, description = "The oldest first", body = UnackedByPeers)))]
async fn unacked_by_the_store(
    State(state): State<AppState>,
    _staff: BearerStaff,
    Params(part): Params<Part>,
) -> Result<Json<UnackedByPeers>, Problem> {
    unacked(&state, LinkName::Store, &part).await
}
