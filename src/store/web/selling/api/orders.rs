//! What was sold, and tables of it, for programs.

use axum::{Json, extract::State, response::Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    basis::OrderId,
    store::web::{
        AppState,
        roles::BearerSeller,
        selling::{
            export::{self, Span},
            sold::{self, Fulfilment, SoldOrder, Wanted},
        },
    },
    web::{Params, Part, PathId, Problem, ProblemBody},
};

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(one))
        .routes(routes!(orders_csv))
        .routes(routes!(listings_csv))
}

/// Orders, and where the next ones are.
#[derive(Debug, Serialize, ToSchema)]
struct SoldOrders {
    items: Vec<SoldOrder>,
    /// The cursor of the next part; null at the end.
    next: Option<String>,
}

/// Orders with something of mine, the newest first
#[utoipa::path(get, path = "/api/v1/selling/orders", tag = "selling", security(("token" = [])),
    params(Wanted, Part),
    responses(
        (status = 200, description = "Orders with my items", body = SoldOrders),
        (status = 403, description = "You are not a seller", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn list(
    State(state): State<AppState>,
    BearerSeller { seller, .. }: BearerSeller,
    Params(wanted): Params<Wanted>,
    Params(part): Params<Part>,
) -> Result<Json<SoldOrders>, Problem> {
    let (before, limit) = (part.cursor()?, part.limit()?);
    let (items, next) = sold::find(&state, seller, &wanted, before, limit).await?;
    Ok(Json(SoldOrders { items, next: next.map(|id| id.to_string()) }))
}

/// One order, as far as it is of mine
#[utoipa::path(get, path = "/api/v1/selling/orders/{id}", tag = "selling", security(("token" = [])),
    params(("id" = i64, Path, description = "The order's id")),
    responses(
        (status = 200, description = "My items, their packages and where they go", body = Fulfilment),
        (status = 403, description = "You are not a seller", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 404, description = "Nothing in such an order is yours", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn one(
    State(state): State<AppState>,
    BearerSeller { seller, .. }: BearerSeller,
    PathId(id): PathId,
) -> Result<Json<Fulfilment>, Problem> {
    Ok(Json(sold::find_one(&state, seller, OrderId(id)).await?))
}

/// What was sold in a period, as CSV
///
/// A line for each item. Amounts are dollars. A text that a spreadsheet would take for a formula
/// has an apostrophe in front.
#[utoipa::path(get, path = "/api/v1/selling/export/orders", tag = "selling", security(("token" = [])),
    params(Span),
    responses(
        (status = 200, description = "RFC 4180, UTF-8, with a line of names", body = String, content_type = "text/csv"),
        (status = 403, description = "You are not a seller", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 422, description = "The period is not acceptable", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn orders_csv(
    State(state): State<AppState>,
    BearerSeller { seller, .. }: BearerSeller,
    Params(span): Params<Span>,
) -> Result<Response, Problem> {
    export::orders(state, seller, span.moments()?).await
}

/// My listings with their stock, as CSV
#[utoipa::path(get, path = "/api/v1/selling/export/listings", tag = "selling", security(("token" = [])),
    responses(
        (status = 200, description = "RFC 4180, UTF-8, with a line of names", body = String, content_type = "text/csv"),
        (status = 403, description = "You are not a seller", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn listings_csv(
    State(state): State<AppState>,
    BearerSeller { seller, .. }: BearerSeller,
) -> Result<Response, Problem> {
    export::listings(state, seller).await
}
