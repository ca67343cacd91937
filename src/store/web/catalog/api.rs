//! The catalog, for programs.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::products::{self, Product, Wanted};
use crate::{
    store::web::AppState,
    web::{Params, Part, Problem, ProblemBody},
};

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Products, and where the next ones are.
#[derive(Debug, Serialize, ToSchema)]
struct Products {
    items: Vec<Product>,
    /// The cursor of the next part; null at the end.
    next: Option<String>,
}

/// What is for sale
#[utoipa::path(get, path = "/api/v1/products", tag = "catalog", params(Part),
    responses(
        (status = 200, description = "Products with their offers", body = Products),
        (status = 400, description = "A parameter is not acceptable", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn list(
    State(state): State<AppState>,
    Params(part): Params<Part>,
) -> Result<Json<Products>, Problem> {
    let (after, limit) = (part.cursor()?.unwrap_or(0), part.limit()?);
    let wanted = Wanted { after, limit, ..Wanted::default() };
    let (items, next) = products::find(&state, &wanted).await?;
    Ok(Json(Products { items, next: next.map(|id| id.to_string()) }))
}
