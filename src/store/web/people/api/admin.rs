//! Accounts and the audit log, for admins' programs.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    store::web::{
        AppState,
        caller::Caller,
        people::{
            audit::reading::{self, Noted, Wanted},
            directory::{self, AccountChange, AccountView, Standing},
            sessions::Person,
        },
        roles::BearerAdmin,
    },
    web::{JsonBody, Params, Part, PathId, Problem, ProblemBody},
};

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(accounts))
        .routes(routes!(account, change_account))
        .routes(routes!(audit_log))
}

/// Which accounts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Who {
    /// How the e-mail address or a name begins, or the account's id.
    #[serde(default)]
    #[param(max_length = 254)]
    q: String,
    #[serde(default)]
    #[param(inline)]
    standing: Standing,
}

/// Accounts, the newest first, and where the next ones are.
#[derive(Debug, Serialize, ToSchema)]
struct Accounts {
    items: Vec<AccountView>,
    /// The cursor of the next part; null at the end.
    next: Option<String>,
}

/// Accounts, the newest first
#[utoipa::path(get, path = "/api/v1/admin/accounts", tag = "admin", security(("token" = [])), params(Who, Part),
    responses((status = 200, description = "Accounts", body = Accounts)))]
async fn accounts(
    State(state): State<AppState>,
    BearerAdmin(_admin): BearerAdmin,
    Params(Who { q, standing }): Params<Who>,
    Params(part): Params<Part>,
) -> Result<Json<Accounts>, Problem> {
    let (before, limit) = (part.cursor()?, part.limit()?);
    let (items, next) = directory::list(&state, (&q, standing), before, limit).await?;
    Ok(Json(Accounts { items, next: next.map(|id| id.to_string()) }))
}

/// One account
#[utoipa::path(get, path = "/api/v1/admin/accounts/{id}", tag = "admin", security(("token" = [])),
    params(("id" = i64, Path, description = "The account's id")),
    responses(
        (status = 200, description = "The account", body = AccountView),
        (status = 404, description = "There is no such account", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn account(
    State(state): State<AppState>,
    BearerAdmin(_admin): BearerAdmin,
    PathId(id): PathId,
) -> Result<Json<AccountView>, Problem> {
    Ok(Json(directory::find(&state, id).await?))
}

/// Make an account an admin or not, suspend it or not
///
/// The sessions of an account that is suspended end at once, and its tokens open nothing as long
/// as it lasts.
#[utoipa::path(patch, path = "/api/v1/admin/accounts/{id}", tag = "admin", security(("token" = [])),
    params(("id" = i64, Path, description = "The account's id")),
    request_body = AccountChange,
    responses(
        (status = 200, description = "The account as it is now", body = AccountView),
        (status = 404, description = "There is no such account", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 409, description = "It is the last admin, or yourself", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn change_account(
    State(state): State<AppState>,
    BearerAdmin(admin): BearerAdmin,
    caller: Caller,
    PathId(id): PathId,
    JsonBody(change): JsonBody<AccountChange>,
) -> Result<Json<AccountView>, Problem> {
    Ok(Json(directory::change(&state, (&admin, &caller), id, change).await?))
}

/// What was done, the newest first, and where the next ones are.
#[derive(Debug, Serialize, ToSchema)]
struct AuditLog {
    items: Vec<Noted>,
    /// The cursor of the next part; null at the end.
    next: Option<String>,
}

/// The audit log, the newest first
#[utoipa::path(get, path = "/api/v1/admin/audit", tag = "admin", security(("token" = [])), params(Wanted, Part),
    responses((status = 200, description = "What sellers and admins did", body = AuditLog)))]
async fn audit_log(
    State(state): State<AppState>,
    BearerAdmin(_admin): BearerAdmin,
    Params(wanted): Params<Wanted>,
    Params(part): Params<Part>,
) -> Result<Json<AuditLog>, Problem> {
    let (before, limit) = (part.cursor()?, part.limit()?);
    let (items, next) = reading::read::<Person>(&state.db, &wanted, before, limit).await?;
    Ok(Json(AuditLog { items, next: next.map(|id| id.to_string()) }))
}
