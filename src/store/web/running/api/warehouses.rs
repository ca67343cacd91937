//! Warehouses.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    basis::WarehouseId,
    store::web::{
        AppState,
        caller::Caller,
        roles::BearerAdmin,
        running::warehouses::{self, NewWarehouse, StockLine, WarehouseChange, WarehouseView},
    },
    web::{JsonBody, Kind, Params, Part, PathId, Problem},
};

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(warehouse, change))
        .routes(routes!(stock))
}

/// Warehouses by number, and where the next ones are.
#[derive(Debug, Serialize, ToSchema)]
struct Warehouses {
    items: Vec<WarehouseView>,
    /// The cursor of the next part; null at the end.
    next: Option<String>,
}

/// The warehouses
#[utoipa::path(get, path = "/api/v1/admin/warehouses", tag = "admin", security(("token" = [])), params(Part),
    responses((status = 200, description = "By number", body = Warehouses)))]
async fn list(
    State(state): State<AppState>,
    _admin: BearerAdmin,
    Params(part): Params<Part>,
) -> Result<Json<Warehouses>, Problem> {
    let (items, next) = warehouses::list(&state, part.cursor()?, part.limit()?).await?;
    Ok(Json(Warehouses { items, next: next.map(|id| id.to_string()) }))
}

/// Add a warehouse
///
/// The world is told as soon as the store is connected to one.
#[utoipa::path(post, path = "/api/v1/admin/warehouses", tag = "admin", security(("token" = [])),
    request_body = NewWarehouse,
    responses(
        (status = 201, description = "It was added", body = WarehouseView),
        (status = 409, description = "The number is taken, or there are as many as there may be", body = crate::web::ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn add(
    State(state): State<AppState>,
    BearerAdmin(person): BearerAdmin,
    caller: Caller,
    JsonBody(new): JsonBody<NewWarehouse>,
) -> Result<Response, Problem> {
    let added = warehouses::add(&state, &person, &caller, new).await?;
    let location = [(header::LOCATION, format!("/api/v1/admin/warehouses/{}", added.id))];
    Ok((StatusCode::CREATED, location, Json(added)).into_response())
}

/// A warehouse
#[utoipa::path(get, path = "/api/v1/admin/warehouses/{id}", tag = "admin", security(("token" = [])),
    params(("id" = i64, Path, description = "The warehouse's number")),
    responses((status = 200, description = "The warehouse", body = WarehouseView)))]
async fn warehouse(
    State(state): State<AppState>,
    _admin: BearerAdmin,
    PathId(id): PathId,
) -> Result<Json<WarehouseView>, Problem> {
    Ok(Json(warehouses::find(&state, number(id)?).await?))
}

/// Rename a warehouse, close it, or open it
#[utoipa::path(patch, path = "/api/v1/admin/warehouses/{id}", tag = "admin", security(("token" = [])),
    params(("id" = i64, Path, description = "The warehouse's number")),
    request_body = WarehouseChange,
    responses((status = 200, description = "As it is now", body = WarehouseView)))]
async fn change(
    State(state): State<AppState>,
    BearerAdmin(person): BearerAdmin,
    PathId(id): PathId,
    caller: Caller,
    JsonBody(change): JsonBody<WarehouseChange>,
) -> Result<Json<WarehouseView>, Problem> {
    Ok(Json(warehouses::change(&state, &person, &caller, number(id)?, change).await?))
}

/// What a warehouse has, and where the next lines are.
#[derive(Debug, Serialize, ToSchema)]
struct StockLines {
    items: Vec<StockLine>,
    /// The cursor of the next part; null at the end.
    next: Option<String>,
}

/// What is in a warehouse
#[utoipa::path(get, path = "/api/v1/admin/warehouses/{id}/stock", tag = "admin", security(("token" = [])),
    params(("id" = i64, Path, description = "The warehouse's number"), Part),
    responses((status = 200, description = "By offer", body = StockLines)))]
async fn stock(
    State(state): State<AppState>,
    _admin: BearerAdmin,
    PathId(id): PathId,
    Params(part): Params<Part>,
) -> Result<Json<StockLines>, Problem> {
    let (after, limit) = (part.cursor()?, part.limit()?);
    let id = warehouses::find(&state, number(id)?).await?.id;
    let (items, next) = warehouses::inventory(&state, id, after, limit).await?;
    Ok(Json(StockLines { items, next: next.map(|id| id.to_string()) }))
}

/// No warehouse has a number beyond the protocol's.
pub(in crate::store::web::running) fn number(id: i64) -> Result<WarehouseId, Problem> {
    let nothing = |_| Problem::new(Kind::NotFound, format!("There is no warehouse {id}."));
    i32::try_from(id).map(WarehouseId).map_err(nothing)
}
