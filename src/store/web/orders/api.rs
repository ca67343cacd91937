//! Orders, for programs.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    again,
    amending::{self, Amended},
    events::{find_own, follow},
    history::{self, Filter},
    placing::{self, NewOrder, NewPlace},
    trucks,
    views::OrderView,
};
use crate::{
    basis::OrderId,
    store::web::{
        AppState,
        cart::{
            lines::{self, Cart},
            owner::Owner,
        },
        roles::Bearer,
    },
    web::{Closing, JsonBody, Kind, Params, Part, PathId, Problem, ProblemBody},
};

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(place, my_orders))
        .routes(routes!(order))
        .routes(routes!(order_events))
        .routes(routes!(buy_again))
        .routes(routes!(cancel))
        .routes(routes!(redirect))
        .merge(trucks::routes())
}

/// Place an order
///
/// The same Idempotency-Key with the same body gives the same order, however
/// often it is sent; with another body it gives 409.
#[utoipa::path(post, path = "/api/v1/orders", tag = "orders", security(("token" = [])),
    params(("Idempotency-Key" = String, Header, description = "Yours to choose, new for each order, 1 to 128 characters")),
    request_body = NewOrder,
    responses(
        (status = 201, description = "The order is durable", body = OrderView),
        (status = 400, description = "Broken JSON, or no Idempotency-Key", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 401, description = "No token, or an unknown one", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 409, description = "The key was used for something else; or it costs something else than expected; or it is not in stock, and was to be", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 415, description = "The body is not JSON", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 422, description = "A field is not acceptable", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 503, description = "Not now: try again after Retry-After with the same key", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn place(
    State(state): State<AppState>,
    Bearer(person): Bearer,
    headers: HeaderMap,
    JsonBody(new): JsonBody<NewOrder>,
) -> Result<Response, Problem> {
    let key = idempotency_key(&headers)?;
    let placed = placing::place(&state, &person, key, new.check()?).await?;
    let location = format!("/api/v1/orders/{}", placed.order.id);
    let location = [(header::LOCATION, location)];
    let left = state.limits.orders_left(person.account);
    let mut answer = (StatusCode::CREATED, location, left, Json(placed.order)).into_response();
    if placed.repeated {
        let name = HeaderName::from_static("idempotency-replayed");
        answer.headers_mut().insert(name, HeaderValue::from_static("true"));
    }
    Ok(answer)
}

/// The key of a request that must have one.
pub fn idempotency_key(headers: &HeaderMap) -> Result<&str, Problem> {
    let detail = "Send the header Idempotency-Key with a value of your own, new for each order or purchase (a UUID, say): with it one that is sent twice is made once.";
    let missing = || Problem::new(Kind::IdempotencyKeyMissing, detail);
    let key = headers.get("idempotency-key").ok_or_else(missing)?;
    placing::check_key(key.to_str().unwrap_or(""))
}

/// Orders, the newest first, and where the next ones are.
#[derive(Debug, Serialize, ToSchema)]
struct Orders {
    items: Vec<OrderView>,
    /// The cursor of the next part; null at the end.
    next: Option<String>,
}

/// My orders, the newest first
///
/// By state, time, and words: a part may hold fewer than asked for, or none, and still have a
/// next one, because each looks at so many orders and no more.
#[utoipa::path(get, path = "/api/v1/orders", tag = "orders", security(("token" = [])), params(Part, Filter),
    responses(
        (status = 200, description = "Orders with their packages", body = Orders),
        (status = 401, description = "No token, or an unknown one", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn my_orders(
    State(state): State<AppState>,
    Bearer(person): Bearer,
    Params(part): Params<Part>,
    Params(filter): Params<Filter>,
) -> Result<Json<Orders>, Problem> {
    let part = (part.cursor()?, part.limit()?);
    let (items, next) = history::find(&state, person.account, &filter, part).await?;
    Ok(Json(Orders { items, next: next.map(|id| id.to_string()) }))
}

/// One order of mine
#[utoipa::path(get, path = "/api/v1/orders/{id}", tag = "orders", security(("token" = [])),
    params(("id" = i64, Path, description = "The order's id")),
    responses(
        (status = 200, description = "The order with its packages", body = OrderView),
        (status = 401, description = "No token, or an unknown one", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 404, description = "There is no such order of yours", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn order(
    State(state): State<AppState>,
    Bearer(person): Bearer,
    PathId(id): PathId,
) -> Result<Json<OrderView>, Problem> {
    Ok(Json(find_own(&state, person.account, OrderId(id)).await?))
}

/// Follow an order of mine
///
/// Server-sent events named `order`; the data of each is the whole order, first
/// as it is now, then after each change. The stream ends when nothing more will
/// happen.
#[utoipa::path(get, path = "/api/v1/orders/{id}/events", tag = "orders", security(("token" = [])),
    params(("id" = i64, Path, description = "The order's id")),
    responses(
        (status = 200, description = "Events", body = OrderView, content_type = "text/event-stream"),
        (status = 401, description = "No token, or an unknown one", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 404, description = "There is no such order of yours", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 503, description = "Too many follow orders", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn order_events(
    State(state): State<AppState>,
    Bearer(person): Bearer,
    PathId(id): PathId,
    closing: Closing,
) -> Result<Response, Problem> {
    follow(state, person.account, OrderId(id), closing).await
}

/// What came of buying an order again.
#[derive(Debug, Serialize, ToSchema)]
struct Again {
    /// The cart, with what is still offered of it.
    cart: Cart,
    /// Names of products that are not offered any more.
    #[schema(example = json!(["Green tea"]))]
    not_offered: Vec<String>,
}

/// Put what an order of mine was for into my cart again
#[utoipa::path(post, path = "/api/v1/orders/{id}/again", tag = "orders", security(("token" = [])),
    params(("id" = i64, Path, description = "The order's id")),
    responses((status = 200, description = "The cart after that", body = Again)))]
async fn buy_again(
    State(state): State<AppState>,
    Bearer(person): Bearer,
    PathId(id): PathId,
) -> Result<Json<Again>, Problem> {
    let not_offered = again::again(&state, person.account, OrderId(id)).await?;
    let owner = Owner::Account(person.account);
    let cart = lines::of_owner(&state, Some(&owner)).await?;
    Ok(Json(Again { cart, not_offered }))
}

/// Cancel an order of mine
///
/// Cancels each package that is not being packed yet. Repeating it is harmless.
#[utoipa::path(post, path = "/api/v1/orders/{id}/cancel", tag = "orders", security(("token" = [])),
    params(("id" = i64, Path, description = "The order's id")),
    responses(
        (status = 200, description = "What became of it, package by package", body = Amended),
        (status = 409, description = "Too late for all of it", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn cancel(
    State(state): State<AppState>,
    Bearer(person): Bearer,
    PathId(id): PathId,
) -> Result<Json<Amended>, Problem> {
    Ok(Json(amending::cancel(&state, person.account, OrderId(id)).await?))
}

/// Send an order of mine elsewhere
///
/// Redirects each package that is not out for delivery yet, if the carrier agrees.
#[utoipa::path(put, path = "/api/v1/orders/{id}/destination", tag = "orders", security(("token" = [])),
    params(("id" = i64, Path, description = "The order's id")),
    request_body = NewPlace,
    responses(
        (status = 200, description = "What became of it, package by package", body = Amended),
        (status = 409, description = "Too late for all of it, or refused by the carrier", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn redirect(
    State(state): State<AppState>,
    Bearer(person): Bearer,
    PathId(id): PathId,
    JsonBody(to): JsonBody<NewPlace>,
) -> Result<Json<Amended>, Problem> {
    Ok(Json(amending::redirect(&state, person.account, OrderId(id), &to).await?))
}
