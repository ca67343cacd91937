//! Running the shop, for admins' programs.

mod looking;
pub(super) mod warehouses;
mod world;

use utoipa_axum::router::OpenApiRouter;

use crate::store::web::AppState;

pub fn routes() -> OpenApiRouter<AppState> {
    warehouses::routes().merge(world::routes()).merge(looking::routes())
}
