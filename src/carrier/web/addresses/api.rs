//! Saved addresses, for programs.

use axum::{Json, extract::State, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::book::{self, Address, NewAddress};
use crate::{
    carrier::web::{AppState, roles::Bearer},
    web::{JsonBody, PathId, Problem, ProblemBody},
};

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(addresses, add_address))
        .routes(routes!(change_address, delete_address))
}

/// A list that is complete: its length is bounded.
#[derive(Debug, Serialize, ToSchema)]
struct Addresses {
    items: Vec<Address>,
}

/// My addresses
#[utoipa::path(get, path = "/api/v1/addresses", tag = "addresses", security(("token" = [])),
    responses((status = 200, description = "All of them, the default first", body = Addresses)))]
async fn addresses(
    State(state): State<AppState>,
    Bearer(person): Bearer,
) -> Result<Json<Addresses>, Problem> {
    Ok(Json(Addresses { items: book::of_account(&state, person.account).await? }))
}

/// Save an address
///
/// 50 at most. The first one is the default.
#[utoipa::path(post, path = "/api/v1/addresses", tag = "addresses", security(("token" = [])),
    request_body = NewAddress,
    responses(
        (status = 201, description = "It is saved", body = Address),
        (status = 409, description = "There is one of this name, or there are too many", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 422, description = "A field is not acceptable", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn add_address(
    State(state): State<AppState>,
    Bearer(person): Bearer,
    JsonBody(new): JsonBody<NewAddress>,
) -> Result<(StatusCode, Json<Address>), Problem> {
    let address = book::add(&state, person.account, &new).await?;
    Ok((StatusCode::CREATED, Json(address)))
}

/// Change an address of mine
///
/// The default stays it until another one becomes it.
#[utoipa::path(put, path = "/api/v1/addresses/{id}", tag = "addresses", security(("token" = [])),
    params(("id" = i64, Path, description = "The address's id")),
    request_body = NewAddress,
    responses(
        (status = 200, description = "As it is now", body = Address),
        (status = 404, description = "You have no such address", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 409, description = "There is another one of this name", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn change_address(
    State(state): State<AppState>,
    Bearer(person): Bearer,
    PathId(id): PathId,
    JsonBody(new): JsonBody<NewAddress>,
) -> Result<Json<Address>, Problem> {
    Ok(Json(book::change(&state, person.account, id, &new).await?))
}

/// Delete an address of mine
#[utoipa::path(delete, path = "/api/v1/addresses/{id}", tag = "addresses", security(("token" = [])),
    params(("id" = i64, Path, description = "The address's id")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, description = "You have no such address", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn delete_address(
    State(state): State<AppState>,
    Bearer(person): Bearer,
    PathId(id): PathId,
) -> Result<StatusCode, Problem> {
    book::remove(&state, person.account, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
