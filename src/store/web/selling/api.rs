//! Selling, for programs.

mod listings;
mod orders;

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Seller,
    figures::{self, Figures, Period},
    sellers::{self, SellerName, SellerView},
};
use crate::{
    store::web::{
        AppState,
        caller::Caller,
        roles::{Bearer, BearerSeller},
    },
    web::{JsonBody, Params, Problem, ProblemBody},
};

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(found, overview, rename))
        .merge(listings::routes())
        .merge(orders::routes())
}

/// Become a seller
///
/// An account sells under one name.
#[utoipa::path(post, path = "/api/v1/selling", tag = "selling", security(("token" = [])),
    request_body = SellerName,
    responses(
        (status = 201, description = "You are a seller", body = SellerView),
        (status = 409, description = "You are one already, or the name is taken", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 422, description = "The name is not acceptable", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn found(
    State(state): State<AppState>,
    Bearer(person): Bearer,
    caller: Caller,
    JsonBody(wish): JsonBody<SellerName>,
) -> Result<Response, Problem> {
    let seller = sellers::found(&state, &person, &caller, wish).await?;
    Ok((StatusCode::CREATED, Json(seller)).into_response())
}

/// A seller, and how it is doing.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SellingOverview)]
struct Overview {
    seller: SellerView,
    figures: Figures,
}

/// How I am doing as a seller
#[utoipa::path(get, path = "/api/v1/selling", tag = "selling", security(("token" = [])), params(Period),
    responses(
        (status = 200, description = "Sales by day, best sellers, what runs out, what waits", body = Overview),
        (status = 403, description = "You are not a seller", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn overview(
    State(state): State<AppState>,
    BearerSeller { seller, .. }: BearerSeller,
    Params(period): Params<Period>,
) -> Result<Json<Overview>, Problem> {
    let days = period.days()?;
    let (seller, figures) =
        (sellers::find(&state, seller).await?, figures::find(&state, seller, days).await?);
    Ok(Json(Overview { seller, figures }))
}

/// Sell under another name
#[utoipa::path(patch, path = "/api/v1/selling", tag = "selling", security(("token" = [])),
    request_body = SellerName,
    responses(
        (status = 200, description = "The name is yours", body = SellerView),
        (status = 403, description = "You are not a seller", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 409, description = "The name is taken", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 422, description = "The name is not acceptable", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn rename(
    State(state): State<AppState>,
    BearerSeller { person, seller: id }: BearerSeller,
    caller: Caller,
    JsonBody(wish): JsonBody<SellerName>,
) -> Result<Json<SellerView>, Problem> {
    Ok(Json(sellers::rename(&state, &Seller { person, id, caller }, wish).await?))
}
