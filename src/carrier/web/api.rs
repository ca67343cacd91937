//! The JSON API, version 1, and its description as OpenAPI.
//!
//! Programs only: it takes bearer tokens and looks at no cookie. The routes are in the folders
//! of the parts, each beside its description.

use axum::Router;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use super::{AppState, staff};
use crate::web::{
    ProblemBody,
    openapi::{self, BearerToken},
};

pub(super) fn routes() -> Router<AppState> {
    let described = OpenApiRouter::with_openapi(Description::openapi());
    let (router, description) = described.merge(staff::api::routes()).split_for_parts();
    router.merge(openapi::described(description))
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "waybill carrier",
        description = "Run the carrier of a simulated world. Every refusal is an RFC 9457 problem that says what to do."
    ),
    components(schemas(ProblemBody<'static>)),
    modifiers(&BearerToken)
)]
struct Description;
