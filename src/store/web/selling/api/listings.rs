//! Listings, their stock and the purchases for them, for programs.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    basis::{ListingId, ProductId},
    store::web::{
        AppState,
        caller::Caller,
        orders::api::idempotency_key,
        roles::BearerSeller,
        selling::{
            Seller,
            changing::{self, NewListing},
            listings::{self, ListingView, Wanted},
            purchases::{self, NewPurchase, PurchaseView},
            stock::{self, Level},
            terms::{ListingEdit, ProductEdit},
        },
    },
    web::{JsonBody, Params, Part, PathId, Problem, ProblemBody},
};

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(one, edit))
        .routes(routes!(edit_product))
        .routes(routes!(purchases_of, buy))
}

/// Listings, and where the next ones are.
#[derive(Debug, Serialize, ToSchema)]
struct OwnListings {
    items: Vec<ListingView>,
    /// The cursor of the next part; null at the end.
    next: Option<String>,
}

/// My listings, the newest first
///
/// With `show=low` a part may be short, or empty, though `next` says that others follow.
#[utoipa::path(get, path = "/api/v1/selling/listings", tag = "selling", security(("token" = [])),
    params(Wanted, Part),
    responses(
        (status = 200, description = "Listings with what can be promised of each", body = OwnListings),
        (status = 403, description = "You are not a seller", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn list(
    State(state): State<AppState>,
    BearerSeller { seller, .. }: BearerSeller,
    Params(wanted): Params<Wanted>,
    Params(part): Params<Part>,
) -> Result<Json<OwnListings>, Problem> {
    let (before, limit) = (part.cursor()?, part.limit()?);
    let (items, next) = listings::find(&state, seller, &wanted, before, limit).await?;
    Ok(Json(OwnListings { items, next: next.map(|id| id.to_string()) }))
}

/// Offer something
///
/// Either a product that there is (`product_id`) or a new one (`product`). The name of a new
/// product never changes: the world knows the product by it. A warehouse begins to keep the
/// listing when you have it buy some, or when somebody orders it.
#[utoipa::path(post, path = "/api/v1/selling/listings", tag = "selling", security(("token" = [])),
    request_body = NewListing,
    responses(
        (status = 201, description = "It can be ordered", body = ListingView),
        (status = 403, description = "You are not a seller", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 409, description = "You offer it already", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 422, description = "A field is not acceptable", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn create(
    State(state): State<AppState>,
    BearerSeller { person, seller: id }: BearerSeller,
    caller: Caller,
    JsonBody(new): JsonBody<NewListing>,
) -> Result<Response, Problem> {
    let listing = changing::create(&state, &Seller { person, id, caller }, new).await?;
    let location = [(header::LOCATION, format!("/api/v1/selling/listings/{}", listing.id))];
    Ok((StatusCode::CREATED, location, Json(listing)).into_response())
}

/// A listing and what lies where.
#[derive(Debug, Serialize, ToSchema)]
struct ListingWithStock {
    #[serde(flatten)]
    listing: ListingView,
    stock: Vec<Level>,
}

/// One listing of mine, with its stock by warehouse
#[utoipa::path(get, path = "/api/v1/selling/listings/{id}", tag = "selling", security(("token" = [])),
    params(("id" = i64, Path, description = "The listing's id")),
    responses(
        (status = 200, description = "The listing", body = ListingWithStock),
        (status = 403, description = "You are not a seller", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 404, description = "There is no such listing of yours", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn one(
    State(state): State<AppState>,
    BearerSeller { seller, .. }: BearerSeller,
    PathId(id): PathId,
) -> Result<Json<ListingWithStock>, Problem> {
    let listing = listings::find_own(&state, seller, ListingId(id)).await?;
    let stock = stock::by_warehouse(&state, listing.id).await?;
    Ok(Json(ListingWithStock { listing, stock }))
}

/// Change, end or restart a listing of mine
///
/// What is left out stays. An ended listing can not be ordered; what was ordered is fulfilled.
#[utoipa::path(patch, path = "/api/v1/selling/listings/{id}", tag = "selling", security(("token" = [])),
    params(("id" = i64, Path, description = "The listing's id")),
    request_body = ListingEdit,
    responses(
        (status = 200, description = "The listing as it is now", body = ListingView),
        (status = 403, description = "You are not a seller", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 404, description = "There is no such listing of yours", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 422, description = "A field is not acceptable", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn edit(
    State(state): State<AppState>,
    BearerSeller { person, seller: id }: BearerSeller,
    caller: Caller,
    PathId(listing): PathId,
    JsonBody(edit): JsonBody<ListingEdit>,
) -> Result<Json<ListingView>, Problem> {
    let by = Seller { person, id, caller };
    Ok(Json(changing::edit(&state, &by, ListingId(listing), edit).await?))
}

/// Change what a product of mine is said to be
///
/// Only who made a product may. Its name never changes.
#[utoipa::path(patch, path = "/api/v1/selling/products/{id}", tag = "selling", security(("token" = [])),
    params(("id" = i64, Path, description = "The product's id")),
    request_body = ProductEdit,
    responses(
        (status = 204, description = "It was changed"),
        (status = 403, description = "You are not a seller", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 404, description = "There is no such product of yours", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 422, description = "A field is not acceptable", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn edit_product(
    State(state): State<AppState>,
    BearerSeller { person, seller: id }: BearerSeller,
    caller: Caller,
    PathId(product): PathId,
    JsonBody(edit): JsonBody<ProductEdit>,
) -> Result<StatusCode, Problem> {
    let by = Seller { person, id, caller };
    changing::edit_product(&state, &by, ProductId(product), edit).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Purchases, and where the next ones are.
#[derive(Debug, Serialize, ToSchema)]
struct Purchases {
    items: Vec<PurchaseView>,
    /// The cursor of the next part; null at the end.
    next: Option<String>,
}

/// What was bought for a listing of mine, the newest first
#[utoipa::path(get, path = "/api/v1/selling/listings/{id}/purchases", tag = "selling", security(("token" = [])),
    params(("id" = i64, Path, description = "The listing's id"), Part),
    responses(
        (status = 200, description = "Purchases, by hand and by themselves", body = Purchases),
        (status = 403, description = "You are not a seller", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 404, description = "There is no such listing of yours", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn purchases_of(
    State(state): State<AppState>,
    BearerSeller { seller, .. }: BearerSeller,
    PathId(id): PathId,
    Params(part): Params<Part>,
) -> Result<Json<Purchases>, Problem> {
    let (before, limit) = (part.cursor()?, part.limit()?);
    let listing = listings::find_own(&state, seller, ListingId(id)).await?;
    let (items, next) = purchases::of_listing(&state, listing.id, before, limit).await?;
    Ok(Json(Purchases { items, next: next.map(|cursor| cursor.to_string()) }))
}

/// Have a warehouse buy more of a listing of mine
///
/// The same Idempotency-Key with the same body is bought once, however often it is sent; with
/// another body it gives 409. The warehouse may buy a little more, to tell two purchases apart.
#[utoipa::path(post, path = "/api/v1/selling/listings/{id}/purchases", tag = "selling", security(("token" = [])),
    params(("id" = i64, Path, description = "The listing's id"),
        ("Idempotency-Key" = String, Header, description = "Yours to choose, new for each purchase, 1 to 128 characters")),
    request_body = NewPurchase,
    responses(
        (status = 201, description = "The warehouse will see to it", body = PurchaseView),
        (status = 400, description = "Broken JSON, or no Idempotency-Key", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 403, description = "You are not a seller", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 404, description = "There is no such listing of yours", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 409, description = "The key was used for something else, or the listing has ended", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 422, description = "A field is not acceptable", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 503, description = "Not now: try again after Retry-After with the same key. Where the warehouse's answer was never heard this stays so: look at the purchases, then use a new key", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn buy(
    State(state): State<AppState>,
    BearerSeller { person, seller: id }: BearerSeller,
    caller: Caller,
    PathId(listing): PathId,
    headers: HeaderMap,
    JsonBody(new): JsonBody<NewPurchase>,
) -> Result<Response, Problem> {
    let (by, key) = (Seller { person, id, caller }, idempotency_key(&headers)?);
    let asked = purchases::ask(&state, &by, ListingId(listing), key, new).await?;
    let mut answer = (StatusCode::CREATED, Json(asked.purchase)).into_response();
    if asked.repeated {
        let value = header::HeaderValue::from_static("true");
        answer.headers_mut().insert("idempotency-replayed", value);
    }
    Ok(answer)
}
