//! The JSON API, version 1, and its description as OpenAPI.
//!
//! Programs only: it takes bearer tokens and looks at no cookie.

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::{Deserialize, Serialize};
use utoipa::{
    IntoParams, Modify, OpenApi, ToSchema,
    openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};

use super::{
    AppState,
    accounts::{self, Credentials, NewAccount},
    catalog::{self, Product, Wanted},
    events::{find_own, follow},
    orders::{self, OrderView},
    placing::{self, NewOrder},
    sessions::Bearer,
};
use crate::{
    basis::{AccountId, OrderId},
    web::{Closing, JsonBody, Kind, Params, PathId, Problem, ProblemBody},
};

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/api/v1/accounts", post(register))
        .route("/api/v1/tokens", post(log_in))
        .route("/api/v1/products", get(products))
        .route("/api/v1/orders", post(place).get(my_orders))
        .route("/api/v1/orders/{id}", get(order))
        .route("/api/v1/orders/{id}/events", get(order_events))
        .route("/openapi.json", get(description))
}

/// An account that was made.
#[derive(Debug, Serialize, ToSchema)]
struct Account {
    #[schema(value_type = i64)]
    id: AccountId,
    email: String,
}

/// Make an account
#[utoipa::path(post, path = "/api/v1/accounts", tag = "accounts",
    request_body = NewAccount,
    responses(
        (status = 201, description = "The account was made", body = Account),
        (status = 409, description = "The e-mail address has one", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 422, description = "A field is not acceptable", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn register(
    State(state): State<AppState>,
    JsonBody(new): JsonBody<NewAccount>,
) -> Result<Response, Problem> {
    let person = accounts::register(&state, new).await?;
    let account = Account { id: person.account, email: person.email.to_string() };
    Ok((StatusCode::CREATED, Json(account)).into_response())
}

/// A token; it is shown this once.
#[derive(Serialize, ToSchema)]
struct Token {
    token: String,
    #[schema(value_type = String, format = DateTime)]
    expires_at: jiff::Timestamp,
}

/// Get a token for an account
#[utoipa::path(post, path = "/api/v1/tokens", tag = "accounts",
    request_body = Credentials,
    responses(
        (status = 201, description = "Send it as Authorization: Bearer …", body = Token),
        (status = 401, description = "E-mail address and password do not match", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn log_in(
    State(state): State<AppState>,
    JsonBody(credentials): JsonBody<Credentials>,
) -> Result<Response, Problem> {
    let person = accounts::log_in(&state, credentials).await?;
    let (token, expires_at) = state.sessions.open(person.account).await?;
    let unkept = [(header::CACHE_CONTROL, "no-store")];
    Ok((StatusCode::CREATED, unkept, Json(Token { token, expires_at })).into_response())
}

/// Which part of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Part {
    /// How many at most, 1 to 100.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<i64>,
    /// The `next` of the part before.
    cursor: Option<String>,
}

impl Part {
    fn limit(&self) -> Result<i64, Problem> {
        let limit = self.limit.unwrap_or(20);
        let wrong = || Problem::new(Kind::BadRequest, "limit must be a number from 1 to 100.");
        (1..=100).contains(&limit).then_some(limit).ok_or_else(wrong)
    }

    fn cursor(&self) -> Result<Option<i64>, Problem> {
        let wrong = |_| Problem::new(Kind::BadRequest, "cursor must be the next of an answer.");
        self.cursor.as_deref().map(str::parse).transpose().map_err(wrong)
    }
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
async fn products(
    State(state): State<AppState>,
    Params(part): Params<Part>,
) -> Result<Json<Products>, Problem> {
    let (after, limit) = (part.cursor()?.unwrap_or(0), part.limit()?);
    let wanted = Wanted { after, limit, ..Wanted::default() };
    let (items, next) = catalog::find(&state, &wanted).await?;
    Ok(Json(Products { items, next: next.map(|id| id.to_string()) }))
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
        (status = 409, description = "The key was used for something else", body = ProblemBody<'static>, content_type = "application/problem+json"),
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
    let mut answer =
        (StatusCode::CREATED, [(header::LOCATION, location)], Json(placed.order)).into_response();
    if placed.repeated {
        let name = HeaderName::from_static("idempotency-replayed");
        answer.headers_mut().insert(name, HeaderValue::from_static("true"));
    }
    Ok(answer)
}

fn idempotency_key(headers: &HeaderMap) -> Result<&str, Problem> {
    let detail = "Send the header Idempotency-Key with a value of your own, new for each order (a UUID, say): with it an order that is sent twice is placed once.";
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
#[utoipa::path(get, path = "/api/v1/orders", tag = "orders", security(("token" = [])), params(Part),
    responses(
        (status = 200, description = "Orders with their packages", body = Orders),
        (status = 401, description = "No token, or an unknown one", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn my_orders(
    State(state): State<AppState>,
    Bearer(person): Bearer,
    Params(part): Params<Part>,
) -> Result<Json<Orders>, Problem> {
    let (before, limit) = (part.cursor()?, part.limit()?);
    let (items, next) = orders::of_account(&state, person.account, before, limit).await?;
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

#[derive(OpenApi)]
#[openapi(
    info(
        title = "waybill store",
        description = "Order goods in a simulated world and follow them to the doorstep. Every refusal is an RFC 9457 problem that says what to do."
    ),
    paths(register, log_in, products, place, my_orders, order, order_events),
    components(schemas(ProblemBody<'static>)),
    modifiers(&BearerToken)
)]
struct Description;

/// How the description says that a token is needed.
struct BearerToken;

impl Modify for BearerToken {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = api.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}

async fn description() -> Json<utoipa::openapi::OpenApi> {
    Json(Description::openapi())
}
