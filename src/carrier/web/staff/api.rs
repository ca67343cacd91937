//! Running the carrier, for staff's programs.

mod fleet;
mod links;
pub mod overview;
mod shipments;
mod world;

use utoipa_axum::router::OpenApiRouter;

use crate::carrier::web::AppState;

pub fn routes() -> OpenApiRouter<AppState> {
    overview::routes()
        .merge(fleet::routes())
        .merge(shipments::routes())
        .merge(world::routes())
        .merge(links::routes())
}
