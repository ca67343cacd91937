//! Tokens and sessions of one's own, for programs.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    carrier::web::{
        AppState,
        people::{Scope, Scopes, TokenWish},
        roles::Bearer,
    },
    web::{
        JsonBody, Kind, PathId, Problem, ProblemBody,
        people::{
            Caller, Credentials,
            sessions::{self, Issued, SessionView},
        },
    },
};

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(new_token, my_tokens))
        .routes(routes!(revoke_token))
        .routes(routes!(my_sessions, end_sessions))
        .routes(routes!(end_session))
}

/// How to get a token: by the account's password.
#[derive(Deserialize, ToSchema)]
struct NewToken {
    #[schema(example = "customer@example.org")]
    email: String,
    password: String,
    /// What for, to tell it from others later.
    #[serde(default)]
    #[schema(max_length = 100, example = "doorbell")]
    name: String,
    /// What it may be used for; left out or null: everything that the account may do.
    #[serde(default)]
    #[schema(example = json!(["read", "change"]), min_items = 1, max_items = 3)]
    scopes: Option<Vec<Scope>>,
    /// How long it is good for.
    #[serde(default = "month")]
    #[schema(minimum = 1, maximum = 365, default = 30)]
    days: i32,
}

fn month() -> i32 {
    30
}

/// A token; it is shown this once.
#[derive(Serialize, ToSchema)]
struct Token {
    id: i64,
    token: String,
    #[schema(value_type = String, format = DateTime)]
    expires_at: jiff::Timestamp,
}

/// Get a token for an account
#[utoipa::path(post, path = "/api/v1/tokens", tag = "access",
    request_body = NewToken,
    responses(
        (status = 201, description = "Send it as Authorization: Bearer …", body = Token),
        (status = 401, description = "E-mail address and password do not match", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 422, description = "A field is not acceptable", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 429, description = "Too many tries from this address or for this account", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn new_token(
    State(state): State<AppState>,
    caller: Caller,
    JsonBody(new): JsonBody<NewToken>,
) -> Result<Response, Problem> {
    let NewToken { email, password, name, scopes, days } = new;
    let wish = TokenWish { name, scopes: scopes.map(Scopes::some).unwrap_or_default(), days };
    let wish = wish.check()?;
    let proved = state.proving.log_in(&caller, Credentials { email, password }).await?;
    let Issued { id, token, expires_at } = state.sessions.issue(&proved, &wish).await?;
    let unkept = [(header::CACHE_CONTROL, "no-store")];
    let left = state.proving.limits.logins_left(&caller);
    Ok((StatusCode::CREATED, unkept, left, Json(Token { id, token, expires_at })).into_response())
}

/// A token of a program.
#[derive(Serialize, ToSchema)]
struct TokenView {
    #[schema(example = 7)]
    id: i64,
    /// What for, in its owner's words.
    #[schema(max_length = 100, example = "doorbell")]
    name: String,
    /// What it may be used for; null: everything that its account may do.
    scopes: Option<Vec<Scope>>,
    #[schema(value_type = String, format = DateTime)]
    created_at: jiff::Timestamp,
    /// The last use, within some minutes; null: never.
    #[schema(value_type = Option<String>, format = DateTime)]
    used_at: Option<jiff::Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    expires_at: jiff::Timestamp,
}

impl From<sessions::TokenView<Scope>> for TokenView {
    fn from(token: sessions::TokenView<Scope>) -> Self {
        let sessions::TokenView { id, name, scopes, created_at, used_at, expires_at } = token;
        let scopes = scopes.listed().map(<[Scope]>::to_vec);
        Self { id, name, scopes, created_at, used_at, expires_at }
    }
}

/// A list that is complete: its length is bounded.
#[derive(Serialize, ToSchema)]
struct Tokens {
    items: Vec<TokenView>,
}

/// My tokens, the newest first
#[utoipa::path(get, path = "/api/v1/tokens", tag = "access", security(("token" = [])),
    responses((status = 200, description = "Those that have not ended", body = Tokens)))]
async fn my_tokens(
    State(state): State<AppState>,
    Bearer(person): Bearer,
) -> Result<Json<Tokens>, Problem> {
    let tokens = state.sessions.tokens_of(person.account).await?;
    Ok(Json(Tokens { items: tokens.into_iter().map(TokenView::from).collect() }))
}

/// Revoke a token of mine
#[utoipa::path(delete, path = "/api/v1/tokens/{id}", tag = "access", security(("token" = [])),
    params(("id" = i64, Path, description = "The token's id")),
    responses(
        (status = 204, description = "It opens nothing any more"),
        (status = 404, description = "There is no such token of yours", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn revoke_token(
    State(state): State<AppState>,
    Bearer(person): Bearer,
    PathId(id): PathId,
) -> Result<StatusCode, Problem> {
    ended(state.sessions.revoke_token(person.account, id).await?, "token")
}

/// A list that is complete: its length is bounded.
#[derive(Serialize, ToSchema)]
struct Sessions {
    items: Vec<SessionView>,
}

/// Browsers in which I am logged in, the one used last first
#[utoipa::path(get, path = "/api/v1/sessions", tag = "access", security(("token" = [])),
    responses((status = 200, description = "Those that have not ended", body = Sessions)))]
async fn my_sessions(
    State(state): State<AppState>,
    Bearer(person): Bearer,
) -> Result<Json<Sessions>, Problem> {
    Ok(Json(Sessions { items: state.sessions.sessions_of(person.account).await? }))
}

/// Log me out everywhere
#[utoipa::path(delete, path = "/api/v1/sessions", tag = "access", security(("token" = [])),
    responses((status = 204, description = "No browser is logged in")))]
async fn end_sessions(
    State(state): State<AppState>,
    Bearer(person): Bearer,
) -> Result<StatusCode, Problem> {
    state.sessions.end_other_sessions(person.account, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Log me out in one browser
#[utoipa::path(delete, path = "/api/v1/sessions/{id}", tag = "access", security(("token" = [])),
    params(("id" = i64, Path, description = "The session's id")),
    responses(
        (status = 204, description = "It is logged out"),
        (status = 404, description = "There is no such session of yours", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn end_session(
    State(state): State<AppState>,
    Bearer(person): Bearer,
    PathId(id): PathId,
) -> Result<StatusCode, Problem> {
    ended(state.sessions.end_session(person.account, id).await?, "session")
}

fn ended(found: bool, what: &str) -> Result<StatusCode, Problem> {
    let none = || Problem::new(Kind::NotFound, format!("There is no such {what} of yours."));
    found.then_some(StatusCode::NO_CONTENT).ok_or_else(none)
}
