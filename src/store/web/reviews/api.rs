//! Reviews, for programs.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Subject,
    reading::{self, Review, ReviewSort},
    writing::{self, NewReview},
};
use crate::{
    basis::{AccountId, ProductId, ReviewId, SellerId},
    store::web::{
        AppState,
        roles::{Bearer, MaybeBearer},
    },
    web::{JsonBody, Params, Part, PathId, Problem, ProblemBody},
};

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(of_product))
        .routes(routes!(review_product, withdraw_of_product))
        .routes(routes!(of_seller))
        .routes(routes!(review_seller, withdraw_of_seller))
        .routes(routes!(mine))
        .routes(routes!(helps, helps_not))
}

/// Reviews, and where the next ones are.
#[derive(Debug, Serialize, ToSchema)]
struct Reviews {
    items: Vec<Review>,
    /// The cursor of the next part; null at the end.
    next: Option<String>,
}

/// How many find a review helpful.
#[derive(Debug, Serialize, ToSchema)]
struct Votes {
    #[schema(example = 3, minimum = 0)]
    helpful: i32,
}

/// In which order.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Order {
    /// The order; a cursor holds for the order that it came from.
    #[serde(default)]
    #[param(inline)]
    sort: ReviewSort,
}

async fn list(
    state: &AppState,
    subject: Subject,
    viewer: Option<AccountId>,
    order: &Order,
    part: &Part,
) -> Result<Json<Reviews>, Problem> {
    subject.name(state).await?;
    let from = (order.sort, part.cursor()?);
    let (items, next) = reading::of(state, subject, viewer, from, part.limit()?).await?;
    Ok(Json(Reviews { items, next: next.map(|next| next.to_string()) }))
}

async fn write(
    state: &AppState,
    account: AccountId,
    subject: Subject,
    new: &NewReview,
) -> Result<Response, Problem> {
    let written = writing::write(state, account, subject, new).await?;
    let status = if written.is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(written.review)).into_response())
}

/// Reviews of a product
#[utoipa::path(get, path = "/api/v1/products/{id}/reviews", tag = "reviews",
    params(("id" = i64, Path, description = "The product's id"), Order, Part),
    responses(
        (status = 200, description = "Reviews", body = Reviews),
        (status = 400, description = "A parameter is not acceptable", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 404, description = "There is no such product", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn of_product(
    State(state): State<AppState>,
    MaybeBearer(person): MaybeBearer,
    PathId(id): PathId,
    Params(order): Params<Order>,
    Params(part): Params<Part>,
) -> Result<Json<Reviews>, Problem> {
    let viewer = person.map(|person| person.account);
    list(&state, Subject::Product(ProductId(id)), viewer, &order, &part).await
}

/// Review a product, or change my review of it
///
/// For those who have received it: a package with it must have been delivered. Sent again, it
/// changes the review that there is.
#[utoipa::path(put, path = "/api/v1/products/{id}/review", tag = "reviews", security(("token" = [])),
    params(("id" = i64, Path, description = "The product's id")),
    request_body = NewReview,
    responses(
        (status = 200, description = "The review was changed", body = Review),
        (status = 201, description = "The review was written", body = Review),
        (status = 403, description = "You have not received it, or you sell it", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 404, description = "There is no such product", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 422, description = "A field is not acceptable", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn review_product(
    State(state): State<AppState>,
    Bearer(person): Bearer,
    PathId(id): PathId,
    JsonBody(new): JsonBody<NewReview>,
) -> Result<Response, Problem> {
    write(&state, person.account, Subject::Product(ProductId(id)), &new).await
}

/// Withdraw my review of a product
#[utoipa::path(delete, path = "/api/v1/products/{id}/review", tag = "reviews", security(("token" = [])),
    params(("id" = i64, Path, description = "The product's id")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, description = "You have not reviewed it", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn withdraw_of_product(
    State(state): State<AppState>,
    Bearer(person): Bearer,
    PathId(id): PathId,
) -> Result<StatusCode, Problem> {
    writing::withdraw(&state, person.account, Subject::Product(ProductId(id))).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Reviews of a seller
#[utoipa::path(get, path = "/api/v1/sellers/{id}/reviews", tag = "reviews",
    params(("id" = i64, Path, description = "The seller's id"), Order, Part),
    responses(
        (status = 200, description = "Reviews", body = Reviews),
        (status = 400, description = "A parameter is not acceptable", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 404, description = "There is no such seller", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn of_seller(
    State(state): State<AppState>,
    MaybeBearer(person): MaybeBearer,
    PathId(id): PathId,
    Params(order): Params<Order>,
    Params(part): Params<Part>,
) -> Result<Json<Reviews>, Problem> {
    let viewer = person.map(|person| person.account);
    list(&state, Subject::Seller(SellerId(id)), viewer, &order, &part).await
}

/// Review a seller, or change my review of one
///
/// For customers: a package with something of the seller must have been delivered.
#[utoipa::path(put, path = "/api/v1/sellers/{id}/review", tag = "reviews", security(("token" = [])),
    params(("id" = i64, Path, description = "The seller's id")),
    request_body = NewReview,
    responses(
        (status = 200, description = "The review was changed", body = Review),
        (status = 201, description = "The review was written", body = Review),
        (status = 403, description = "You have received nothing of this seller, or it is yours", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 404, description = "There is no such seller", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 422, description = "A field is not acceptable", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn review_seller(
    State(state): State<AppState>,
    Bearer(person): Bearer,
    PathId(id): PathId,
    JsonBody(new): JsonBody<NewReview>,
) -> Result<Response, Problem> {
    write(&state, person.account, Subject::Seller(SellerId(id)), &new).await
}

/// Withdraw my review of a seller
#[utoipa::path(delete, path = "/api/v1/sellers/{id}/review", tag = "reviews", security(("token" = [])),
    params(("id" = i64, Path, description = "The seller's id")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, description = "You have not reviewed this seller", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn withdraw_of_seller(
    State(state): State<AppState>,
    Bearer(person): Bearer,
    PathId(id): PathId,
) -> Result<StatusCode, Problem> {
    writing::withdraw(&state, person.account, Subject::Seller(SellerId(id))).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// My reviews, the newest first
#[utoipa::path(get, path = "/api/v1/reviews", tag = "reviews", security(("token" = [])), params(Part),
    responses((status = 200, description = "Reviews", body = Reviews)))]
async fn mine(
    State(state): State<AppState>,
    Bearer(person): Bearer,
    Params(part): Params<Part>,
) -> Result<Json<Reviews>, Problem> {
    let (after, limit) = (part.cursor()?, part.limit()?);
    let (items, next) = reading::mine(&state, person.account, after, limit).await?;
    Ok(Json(Reviews { items, next: next.map(|next| next.to_string()) }))
}

/// Say that a review helped
///
/// However often it is said, it counts once; not of one's own.
#[utoipa::path(put, path = "/api/v1/reviews/{id}/vote", tag = "reviews", security(("token" = [])),
    params(("id" = i64, Path, description = "The review's id")),
    responses(
        (status = 200, description = "It counts", body = Votes),
        (status = 403, description = "The review is your own", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 404, description = "There is no such review", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn helps(
    State(state): State<AppState>,
    Bearer(person): Bearer,
    PathId(id): PathId,
) -> Result<Json<Votes>, Problem> {
    let helpful = writing::vote(&state, person.account, ReviewId(id), true).await?;
    Ok(Json(Votes { helpful }))
}

/// Take back that a review helped
#[utoipa::path(delete, path = "/api/v1/reviews/{id}/vote", tag = "reviews", security(("token" = [])),
    params(("id" = i64, Path, description = "The review's id")),
    responses(
        (status = 200, description = "It counts no more", body = Votes),
        (status = 403, description = "The review is your own", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 404, description = "There is no such review", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn helps_not(
    State(state): State<AppState>,
    Bearer(person): Bearer,
    PathId(id): PathId,
) -> Result<Json<Votes>, Problem> {
    let helpful = writing::vote(&state, person.account, ReviewId(id), false).await?;
    Ok(Json(Votes { helpful }))
}
