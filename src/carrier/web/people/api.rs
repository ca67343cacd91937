//! People, for programs.

mod access;
mod account;

use utoipa_axum::router::OpenApiRouter;

use crate::carrier::web::AppState;

pub fn routes() -> OpenApiRouter<AppState> {
    account::routes().merge(access::routes())
}
