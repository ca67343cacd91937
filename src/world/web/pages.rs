//! The pages for people: server-rendered, complete without scripts but for the motion.
//!
//! What they show comes from the same places as the API.

mod lists;
mod overview;
mod words;

use askama::Template;
use axum::{
    Router,
    http::{HeaderValue, header},
    routing::get,
};
use tower_http::set_header::SetResponseHeaderLayer;

use super::AppState;
use crate::web::Problem;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/", get(overview::worlds))
        .route("/worlds/{id}", get(overview::world))
        .route("/worlds/{id}/map", get(overview::map))
        .route("/worlds/{id}/trucks", get(lists::trucks))
        .route("/worlds/{id}/warehouses", get(lists::warehouses))
        .route("/worlds/{id}/warehouses/{warehouse}", get(lists::warehouse))
        .route("/worlds/{id}/packages", get(lists::packages))
        .route("/worlds/{id}/packages/{package}", get(lists::package))
        .route("/worlds/{id}/messages", get(lists::messages))
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-store"),
        ))
}

#[derive(Template)]
#[template(path = "world/problem.html")]
struct ProblemPage<'a> {
    problem: &'a Problem,
}

/// A problem as a page.
pub(super) fn problem_page(problem: &Problem) -> String {
    ProblemPage { problem }.render().unwrap_or_else(|_| problem.title().to_owned())
}
