//! How the carrier stands, in one answer.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    basis::WorldId,
    carrier::web::{
        AppState,
        roles::BearerStaff,
        staff::{
            fleet::{self, TrucksInState},
            peers::{self, StoreView},
            shipments::{self, ShipmentsInState},
            world::{self, WorldView},
        },
    },
    web::Problem,
};

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(how_it_stands))
}

/// The carrier at this moment.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = CarrierOverview)]
pub struct Overview {
    /// False: the database takes no writes at present, and so no shipments are taken.
    pub ledger: bool,
    pub world: WorldView,
    pub store: StoreView,
    pub trucks: Vec<TrucksInState>,
    /// Those that are not finished.
    pub shipments: Vec<ShipmentsInState>,
}

pub async fn find(state: &AppState) -> Result<Overview, Problem> {
    let world = world::find(state).await?;
    let trucks = match world.world_id {
        Some(id) => fleet::counts(state, WorldId(id)).await?,
        None => Vec::new(),
    };
    Ok(Overview {
        ledger: state.service.is_healthy(),
        store: peers::store(state).await?,
        trucks,
        shipments: shipments::counts(state).await?,
        world,
    })
}

/// How the carrier stands
#[utoipa::path(get, path = "/api/v1/staff/overview", tag = "staff", security(("token" = [])),
    responses((status = 200, description = "At this moment", body = Overview)))]
async fn how_it_stands(
    State(state): State<AppState>,
    _staff: BearerStaff,
) -> Result<Json<Overview>, Problem> {
    Ok(Json(find(&state).await?))
}
