//! Accounts and tokens, for programs.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::accounts::{self, Credentials, NewAccount};
use crate::{
    basis::AccountId,
    store::web::AppState,
    web::{JsonBody, Problem, ProblemBody},
};

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(register)).routes(routes!(log_in))
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
