//! One's own account, for programs.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    basis::AccountId,
    carrier::web::{
        AppState,
        people::{
            Proved,
            accounts::{self, NewAccount},
            leaving,
            profile::{self, NewEmail, NewProfile, Profile},
        },
        roles::{Bearer, BearerToken},
    },
    web::{
        JsonBody, Problem, ProblemBody,
        people::{Caller, Kept, NewPassword},
    },
};

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(register))
        .routes(routes!(my_account, change_account))
        .routes(routes!(change_email))
        .routes(routes!(change_password))
        .routes(routes!(delete_account))
}

/// An account that was made.
#[derive(Debug, Serialize, ToSchema)]
struct Account {
    #[schema(value_type = i64)]
    id: AccountId,
    user_name: String,
    email: String,
}

/// Make an account
#[utoipa::path(post, path = "/api/v1/accounts", tag = "accounts",
    request_body = NewAccount,
    responses(
        (status = 201, description = "The account was made", body = Account),
        (status = 409, description = "The e-mail address has one, or the user name is taken", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 422, description = "A field is not acceptable", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 429, description = "Too many were made from this address", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn register(
    State(state): State<AppState>,
    caller: Caller,
    JsonBody(new): JsonBody<NewAccount>,
) -> Result<Response, Problem> {
    let Proved { person, .. } = accounts::register(&state, &caller, new).await?;
    let (user_name, email) = (person.name.to_string(), person.email.to_string());
    let account = Account { id: person.account, user_name, email };
    let left = state.proving.limits.registrations_left(&caller);
    Ok((StatusCode::CREATED, left, Json(account)).into_response())
}

/// My account
#[utoipa::path(get, path = "/api/v1/account", tag = "accounts", security(("token" = [])),
    responses((status = 200, description = "The account of the token", body = Profile)))]
async fn my_account(
    State(state): State<AppState>,
    Bearer(person): Bearer,
) -> Result<Json<Profile>, Problem> {
    Ok(Json(profile::find(&state, &person).await?))
}

/// Change my profile
///
/// The whole of it. The user name stays: stores were told it.
#[utoipa::path(put, path = "/api/v1/account", tag = "accounts", security(("token" = [])),
    request_body = NewProfile,
    responses(
        (status = 200, description = "The account as it is now", body = Profile),
        (status = 422, description = "A field is not acceptable", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn change_account(
    State(state): State<AppState>,
    Bearer(person): Bearer,
    JsonBody(new): JsonBody<NewProfile>,
) -> Result<Json<Profile>, Problem> {
    Ok(Json(profile::change(&state, &person, &new).await?))
}

/// Change my e-mail address
#[utoipa::path(put, path = "/api/v1/account/email", tag = "accounts", security(("token" = [])),
    request_body = NewEmail,
    responses(
        (status = 204, description = "It is the new one"),
        (status = 409, description = "Another account has it", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 422, description = "The password is wrong, or it is no address", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn change_email(
    State(state): State<AppState>,
    Bearer(person): Bearer,
    caller: Caller,
    JsonBody(new): JsonBody<NewEmail>,
) -> Result<StatusCode, Problem> {
    profile::change_email(&state, &caller, &person, new).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Change my password
///
/// Every session ends, and every token but the one that is used here, unless it says otherwise.
#[utoipa::path(put, path = "/api/v1/account/password", tag = "accounts", security(("token" = [])),
    request_body = NewPassword,
    responses(
        (status = 204, description = "It is the new one"),
        (status = 422, description = "The password is wrong, or the new one too easy", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn change_password(
    State(state): State<AppState>,
    BearerToken { person, id }: BearerToken,
    caller: Caller,
    JsonBody(new): JsonBody<NewPassword>,
) -> Result<StatusCode, Problem> {
    let change = (new, Kept::Token(id));
    state.proving.change_password(&state.sessions, &caller, &person, change).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The password, said again.
#[derive(Deserialize, ToSchema)]
struct Confirmation {
    password: String,
}

/// Delete my account
///
/// For ever, with what is about its owner. What is under way is delivered. Nobody else is given
/// the user name.
#[utoipa::path(post, path = "/api/v1/account/deletion", tag = "accounts", security(("token" = [])),
    request_body = Confirmation,
    responses(
        (status = 204, description = "It is gone, and its tokens with it"),
        (status = 422, description = "The password is wrong", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn delete_account(
    State(state): State<AppState>,
    Bearer(person): Bearer,
    caller: Caller,
    JsonBody(Confirmation { password }): JsonBody<Confirmation>,
) -> Result<StatusCode, Problem> {
    leaving::leave(&state, &caller, &person, password).await?;
    Ok(StatusCode::NO_CONTENT)
}
