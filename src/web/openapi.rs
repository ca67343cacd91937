//! A site's API described: `/openapi.json` for programs, `/docs` for people.
//!
//! What is described is beside each route.

use std::sync::Arc;

use axum::{Json, Router, routing::get};
use utoipa::{
    Modify,
    openapi::{
        ContentBuilder, OpenApi, Ref, RefOr, ResponseBuilder,
        path::Operation,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use super::{Docs, page};

/// The description, with what all operations have in common.
pub fn described<S: Clone + Send + Sync + 'static>(mut description: OpenApi) -> Router<S> {
    for path in description.paths.paths.values_mut() {
        let methods = [&mut path.get, &mut path.post, &mut path.put, &mut path.patch];
        methods.into_iter().chain([&mut path.delete]).flatten().for_each(may_be_refused);
    }
    // One that is no JSON, which it always is, would be an empty page.
    let docs = Arc::new(Docs::of(&serde_json::to_value(&description).unwrap_or_default()));
    Router::new()
        .route("/openapi.json", get(async move || Json(description)))
        .route("/docs", get(async move || page(&*docs)))
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

/// How the description says that a token is needed.
pub struct BearerToken;

impl Modify for BearerToken {
    fn modify(&self, api: &mut OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = api.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}
