//! The JSON API, version 1, and its description as OpenAPI.
//!
//! Programs only: it takes bearer tokens and looks at no cookie. The routes are in
//! the folders of the parts, each beside its description.

use axum::Router;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use super::{AppState, addresses, notices, packages, people, staff, tracking};
use crate::web::{
    ProblemBody,
    openapi::{self, BearerToken},
};

/// For everybody who has a number, under whatever name he reaches us: stores ask here, too.
pub(super) fn tracking_routes() -> Router<AppState> {
    tracking::api_routes().split_for_parts().0
}

/// All others, and the description of all.
pub(super) fn routes() -> Router<AppState> {
    let (router, mut description) = OpenApiRouter::with_openapi(Description::openapi())
        .merge(packages::api::routes())
        .merge(addresses::api::routes())
        .merge(notices::api::routes())
        .merge(people::api::routes())
        .merge(staff::api::routes())
        .split_for_parts();
    description.merge(tracking::api_routes().split_for_parts().1);
    router.merge(openapi::described(description))
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "waybill carrier",
        description = "Follow packages in a simulated world, send them elsewhere, and run the carrier. Every refusal is an RFC 9457 problem that says what to do. What stores post is described in docs/carrier-protocol.md."
    ),
    components(schemas(ProblemBody<'static>)),
    modifiers(&BearerToken)
)]
struct Description;
