//! The connection to the world, and the carrier.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    store::{
        model::outputs::LinkName,
        web::{
            AppState,
            caller::Caller,
            roles::BearerAdmin,
            running::{
                overview::{self, Overview},
                peers::{CarrierView, Unacked},
                world::{self, Connection, Speed, WorldView},
            },
        },
    },
    web::{JsonBody, Params, Part, Problem, ProblemBody},
};

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(how_it_stands))
        .routes(routes!(the_world))
        .routes(routes!(connect, disconnect))
        .routes(routes!(speed))
        .routes(routes!(unacked_by_the_world))
        .routes(routes!(the_carrier))
        .routes(routes!(unacked_by_the_carrier))
}

/// How the shop stands
#[utoipa::path(get, path = "/api/v1/admin/overview", tag = "admin", security(("token" = [])),
    responses((status = 200, description = "At this moment", body = Overview)))]
async fn how_it_stands(
    State(state): State<AppState>,
    _admin: BearerAdmin,
) -> Result<Json<Overview>, Problem> {
    Ok(Json(overview::find(&state).await?))
}

/// How things stand with the world
#[utoipa::path(get, path = "/api/v1/admin/world", tag = "admin", security(("token" = [])),
    responses((status = 200, description = "At this moment", body = WorldView)))]
async fn the_world(
    State(state): State<AppState>,
    _admin: BearerAdmin,
) -> Result<Json<WorldView>, Problem> {
    Ok(Json(world::find(&state).await?))
}

/// Connect to a world: the present one, a given one, or a new one
///
/// It is answered when the wish is durable; how the connection fares is told by the world's
/// status. A carrier has to be told of another world by its own operator.
#[utoipa::path(put, path = "/api/v1/admin/world/connection", tag = "admin", security(("token" = [])),
    request_body = Connection,
    responses(
        (status = 200, description = "As it is now", body = WorldView),
        (status = 409, description = "Packages are under way in the present world, or leaving it was not confirmed", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn connect(
    State(state): State<AppState>,
    BearerAdmin(person): BearerAdmin,
    caller: Caller,
    JsonBody(to): JsonBody<Connection>,
) -> Result<Json<WorldView>, Problem> {
    world::connect(&state, &person, &caller, to).await?;
    Ok(Json(world::find(&state).await?))
}

/// Disconnect from the world
///
/// The store stays disconnected, over restarts too, until an admin connects it. Orders are
/// taken and wait.
#[utoipa::path(delete, path = "/api/v1/admin/world/connection", tag = "admin", security(("token" = [])),
    responses((status = 200, description = "As it is now", body = WorldView)))]
async fn disconnect(
    State(state): State<AppState>,
    BearerAdmin(person): BearerAdmin,
    caller: Caller,
) -> Result<Json<WorldView>, Problem> {
    world::disconnect(&state, &person, &caller).await?;
    Ok(Json(world::find(&state).await?))
}

/// Set the world's speed
///
/// It is told to the world now, and again on each connection, until it is null. Others may
/// set another meanwhile, and a world may keep one of its own.
#[utoipa::path(put, path = "/api/v1/admin/world/speed", tag = "admin", security(("token" = [])),
    request_body = Speed,
    responses((status = 200, description = "As it is now", body = WorldView)))]
async fn speed(
    State(state): State<AppState>,
    BearerAdmin(person): BearerAdmin,
    caller: Caller,
    JsonBody(speed): JsonBody<Speed>,
) -> Result<Json<WorldView>, Problem> {
    world::set_speed(&state, &person, &caller, speed).await?;
    Ok(Json(world::find(&state).await?))
}

/// Messages that are not acked, the oldest first, and where the next ones are.
#[derive(Debug, Serialize, ToSchema)]
struct UnackedMessages {
    items: Vec<Unacked>,
    /// The cursor of the next part; null at the end.
    next: Option<String>,
}

async fn unacked(
    state: &AppState,
    link: LinkName,
    part: &Part,
) -> Result<Json<UnackedMessages>, Problem> {
    let (items, next) = world::unacked(state, link, part.cursor()?, part.limit()?).await?;
    Ok(Json(UnackedMessages { items, next: next.map(|seq| seq.to_string()) }))
}

/// Commands that the world has not acked
#[utoipa::path(get, path = "/api/v1/admin/world/unacked", tag = "admin", security(("token" = [])), params(Part),
    responses((status = 200, description = "The oldest first", body = UnackedMessages)))]
async fn unacked_by_the_world(
    State(state): State<AppState>,
    _admin: BearerAdmin,
    Params(part): Params<Part>,
) -> Result<Json<UnackedMessages>, Problem> {
    unacked(&state, LinkName::World, &part).await
}

/// How things stand with the carrier
#[utoipa::path(get, path = "/api/v1/admin/carrier", tag = "admin", security(("token" = [])),
    responses((status = 200, description = "At this moment", body = CarrierView)))]
async fn the_carrier(
    State(state): State<AppState>,
    _admin: BearerAdmin,
) -> Result<Json<CarrierView>, Problem> {
    Ok(Json(overview::carrier(&state).await?))
}

/// Messages that the carrier has not acked
#[utoipa::path(get, path = "/api/v1/admin/carrier/unacked", tag = "admin", security(("token" = [])), params(Part),
    responses((status = 200, description = "The oldest first", body = UnackedMessages)))]
async fn unacked_by_the_carrier(
    State(state): State<AppState>,
    _admin: BearerAdmin,
    Params(part): Params<Part>,
) -> Result<Json<UnackedMessages>, Problem> {
    unacked(&state, LinkName::Carrier, &part).await
}
