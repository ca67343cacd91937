//! Running the carrier, for staff themselves.

mod fleet;
mod links;
mod overview;
mod records;
mod shipments;
mod world;

use axum::Router;

use crate::carrier::web::AppState;

pub fn routes() -> Router<AppState> {
    overview::routes()
        .merge(fleet::routes())
        .merge(shipments::routes())
        .merge(world::routes())
        .merge(links::routes())
        .merge(records::routes())
}
