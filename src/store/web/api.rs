//! The JSON API, version 1, and its description as OpenAPI.
//!
//! Programs only: it takes bearer tokens and looks at no cookie. The routes are in
//! the folders of the parts, each beside its description.

use axum::Router;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use super::{AppState, cart, catalog, notices, orders, people, reviews, running, selling};
use crate::web::{
    ProblemBody,
    openapi::{self, BearerToken},
};

pub(super) fn routes() -> Router<AppState> {
    let (router, description) = OpenApiRouter::with_openapi(Description::openapi())
        .merge(catalog::api::routes())
        .merge(cart::api::routes())
        .merge(notices::api::routes())
        .merge(orders::api::routes())
        .merge(people::api::routes())
        .merge(reviews::api::routes())
        .merge(selling::api::routes())
        .merge(running::api::routes())
        .split_for_parts();
    router.merge(openapi::described(description))
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "waybill store",
        description = "Order goods in a simulated world and follow them to the doorstep. Every refusal is an RFC 9457 problem that says what to do."
    ),
    components(schemas(ProblemBody<'static>)),
    modifiers(&BearerToken)
)]
struct Description;
