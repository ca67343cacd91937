//! The JSON API, version 1, and its description as OpenAPI.
//!
//! Programs only: it takes bearer tokens and looks at no cookie. The routes are in
//! the folders of the parts, each beside its description.

use axum::{Json, Router, routing::get};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        ContentBuilder, Ref, RefOr, ResponseBuilder,
        path::Operation,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};
use utoipa_axum::router::OpenApiRouter;

use super::{AppState, cart, catalog, notices, orders, people, reviews, running, selling};
use crate::web::{Docs, ProblemBody, page};

pub(super) fn routes() -> Router<AppState> {
    let (router, mut description) = OpenApiRouter::with_openapi(Description::openapi())
        .merge(catalog::api::routes())
        .merge(cart::api::routes())
        .merge(notices::api::routes())
        .merge(orders::api::routes())
        .merge(people::api::routes())
        .merge(reviews::api::routes())
        .merge(selling::api::routes())
        .merge(running::api::routes())
        .split_for_parts();
    for path in description.paths.paths.values_mut() {
        let methods = [&mut path.get, &mut path.post, &mut path.put, &mut path.patch];
        methods.into_iter().chain([&mut path.delete]).flatten().for_each(may_be_refused);
    }
    let docs = std::sync::Arc::new(described(&description));
    router
        .route("/openapi.json", get(async move || Json(description)))
        .route("/docs", get(async move || page(&*docs)))
}

/// The description as a page. One that is no JSON, which it always is, would be empty.
fn described(description: &utoipa::openapi::OpenApi) -> Docs {
    Docs::of(&serde_json::to_value(description).unwrap_or_default())
}

/// Whatever is asked may be refused, and every refusal has the same form.
fn may_be_refused(operation: &mut Operation) {
    let form = RefOr::Ref(Ref::from_schema_name("Problem"));
    let content = ContentBuilder::new().schema(Some(form)).build();
    let refusal = ResponseBuilder::new()
        .description("Refused; the problem says why and what to do")
        .content("application/problem+json", content);
    operation.responses.responses.insert("default".to_owned(), RefOr::T(refusal.build()));
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

/// How the description says that a token is needed.
struct BearerToken;

impl Modify for BearerToken {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = api.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}
