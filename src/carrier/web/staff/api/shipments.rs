//! Shipments and the queue.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    carrier::web::{
        AppState,
        roles::BearerStaff,
        staff::shipments::{self, ShipmentView, Wanted},
    },
    web::{Params, Part, PathId, Problem},
};

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(one)).routes(routes!(queue))
}

/// Shipments, and where the next ones are.
#[derive(Debug, Serialize, ToSchema)]
struct StaffShipments {
    items: Vec<ShipmentView>,
    /// The cursor of the next part; null at the end. A filtered part may have fewer items than
    /// were asked for, or none, and a next part all the same.
    next: Option<String>,
}

/// Shipments, the highest number first
#[utoipa::path(get, path = "/api/v1/staff/shipments", tag = "staff", security(("token" = [])), params(Wanted, Part),
    responses((status = 200, description = "Those that are wanted", body = StaffShipments)))]
async fn list(
    State(state): State<AppState>,
    _staff: BearerStaff,
    Params(wanted): Params<Wanted>,
    Params(part): Params<Part>,
) -> Result<Json<StaffShipments>, Problem> {
    let (items, next) = shipments::list(&state, &wanted, part.cursor()?, part.limit()?).await?;
    Ok(Json(StaffShipments { items, next: next.map(|id| id.to_string()) }))
}

/// A shipment
#[utoipa::path(get, path = "/api/v1/staff/shipments/{id}", tag = "staff", security(("token" = [])),
    params(("id" = i64, Path, description = "The shipment's number")),
    responses((status = 200, description = "All of it", body = ShipmentView)))]
async fn one(
    State(state): State<AppState>,
    _staff: BearerStaff,
    PathId(id): PathId,
) -> Result<Json<ShipmentView>, Problem> {
    Ok(Json(shipments::find(&state, id).await?))
}

/// Shipments without a truck, who came first the first
#[utoipa::path(get, path = "/api/v1/staff/queue", tag = "staff", security(("token" = [])), params(Part),
    responses((status = 200, description = "The queue", body = StaffShipments)))]
async fn queue(
    State(state): State<AppState>,
    _staff: BearerStaff,
    Params(part): Params<Part>,
) -> Result<Json<StaffShipments>, Problem> {
    let after: Option<String> = part.cursor()?;
    let (items, next) = shipments::queue(&state, after.as_deref(), part.limit()?).await?;
    Ok(Json(StaffShipments { items, next }))
}
