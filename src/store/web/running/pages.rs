//! Running the shop, for admins themselves.

mod actors;
mod messages;
mod overview;
mod warehouses;
mod world;

pub use warehouses::in_world;
pub use world::{SLIDER_MAX, slider_place};

use axum::Router;

use crate::store::web::AppState;
pub use crate::web::words::{age, moment};

pub fn routes() -> Router<AppState> {
    overview::routes()
        .merge(warehouses::routes())
        .merge(world::routes())
        .merge(messages::routes())
        .merge(actors::routes())
}
