//! The cart, for programs: always the account's.
//!
//! To order what is in it, send its items to `POST /api/v1/orders`.

use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    changes::{self, How},
    estimate::{self, Estimate},
    lines::{self, Cart},
    owner::Owner,
};
use crate::{
    basis::{ListingId, Point},
    store::web::{AppState, roles::Bearer},
    web::{JsonBody, Kind, Params, PathId, Problem},
};

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(cart, clear))
        .routes(routes!(put, remove))
        .routes(routes!(estimate))
        .routes(routes!(add))
}

/// My cart
#[utoipa::path(get, path = "/api/v1/cart", tag = "cart", security(("token" = [])),
    responses((status = 200, description = "What is in it, at today's prices", body = Cart)))]
async fn cart(
    State(state): State<AppState>,
    Bearer(person): Bearer,
) -> Result<Json<Cart>, Problem> {
    let owner = Owner::Account(person.account);
    Ok(Json(lines::of_owner(&state, Some(&owner)).await?))
}

/// So many pieces.
#[derive(Debug, Deserialize, ToSchema)]
struct Quantity {
    #[schema(example = 2, minimum = 1, maximum = 10000)]
    quantity: i64,
}

/// So many pieces of a listing.
#[derive(Debug, Deserialize, ToSchema)]
struct More {
    #[schema(example = 1)]
    listing_id: i64,
    #[schema(example = 2, minimum = 1, maximum = 10000)]
    quantity: i64,
}

/// Put something into my cart
///
/// Adds to what there is of it, up to 10,000 pieces.
#[utoipa::path(post, path = "/api/v1/cart/items", tag = "cart", security(("token" = [])),
    request_body = More,
    responses((status = 200, description = "The cart after that", body = Cart)))]
async fn add(
    State(state): State<AppState>,
    Bearer(person): Bearer,
    JsonBody(More { listing_id, quantity }): JsonBody<More>,
) -> Result<Json<Cart>, Problem> {
    let owner = Owner::Account(person.account);
    let pieces = (ListingId(listing_id), changes::check_quantity(quantity)?);
    changes::put(&state, &owner, &[pieces], How::Added).await?;
    Ok(Json(lines::of_owner(&state, Some(&owner)).await?))
}

/// Have so many pieces of a listing in my cart
#[utoipa::path(put, path = "/api/v1/cart/items/{listing_id}", tag = "cart", security(("token" = [])),
    params(("listing_id" = i64, Path, description = "The listing")), request_body = Quantity,
    responses((status = 200, description = "The cart after that", body = Cart)))]
async fn put(
    State(state): State<AppState>,
    Bearer(person): Bearer,
    PathId(listing): PathId,
    JsonBody(Quantity { quantity }): JsonBody<Quantity>,
) -> Result<Json<Cart>, Problem> {
    let owner = Owner::Account(person.account);
    let pieces = (ListingId(listing), changes::check_quantity(quantity)?);
    changes::put(&state, &owner, &[pieces], How::Set).await?;
    Ok(Json(lines::of_owner(&state, Some(&owner)).await?))
}

/// Take a listing out of my cart
#[utoipa::path(delete, path = "/api/v1/cart/items/{listing_id}", tag = "cart", security(("token" = [])),
    params(("listing_id" = i64, Path, description = "The listing")),
    responses((status = 204, description = "It is not in there any more")))]
async fn remove(
    State(state): State<AppState>,
    Bearer(person): Bearer,
    PathId(listing): PathId,
) -> Result<StatusCode, Problem> {
    let owner = Owner::Account(person.account);
    let nothing = || Problem::new(Kind::NotFound, "That is not in your cart.");
    let was_in = changes::remove(&state, &owner, ListingId(listing)).await?;
    was_in.then_some(StatusCode::NO_CONTENT).ok_or_else(nothing)
}

/// Empty my cart
#[utoipa::path(delete, path = "/api/v1/cart", tag = "cart", security(("token" = [])),
    responses((status = 204, description = "It is empty")))]
async fn clear(
    State(state): State<AppState>,
    Bearer(person): Bearer,
) -> Result<StatusCode, Problem> {
    changes::clear(&state, &Owner::Account(person.account)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Where to.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct To {
    #[param(example = 3)]
    x: i32,
    #[param(example = -7)]
    y: i32,
}

/// When what is in my cart would come
///
/// A guess, by the stock of this moment and by the packages that came last.
#[utoipa::path(get, path = "/api/v1/cart/estimate", tag = "cart", security(("token" = [])), params(To),
    responses((status = 200, description = "From where it would come, and when", body = Estimate)))]
async fn estimate(
    State(state): State<AppState>,
    Bearer(person): Bearer,
    Params(To { x, y }): Params<To>,
) -> Result<Json<Estimate>, Problem> {
    let owner = Owner::Account(person.account);
    let cart = lines::of_owner(&state, Some(&owner)).await?;
    Ok(Json(estimate::of(&state, &cart, Point::new(x, y)).await?))
}
