//! People, for programs.

mod access;
mod account;
mod admin;

use utoipa_axum::router::OpenApiRouter;

use crate::store::web::AppState;

pub fn routes() -> OpenApiRouter<AppState> {
    account::routes().merge(access::routes()).merge(admin::routes())
}
