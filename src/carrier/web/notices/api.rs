//! Notices, for programs.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    follow,
    list::{self, Bell, Notice, Wanted},
};
use crate::{
    carrier::web::{AppState, roles::Bearer},
    web::{Closing, Kind, Params, Part, PathId, Problem},
};

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(notices))
        .routes(routes!(notice_read))
        .routes(routes!(notices_read))
        .routes(routes!(notice_events))
}

/// Notices, the newest first, and where the next ones are.
#[derive(Debug, Serialize, ToSchema)]
struct Notices {
    items: Vec<Notice>,
    /// The cursor of the next part; null at the end.
    next: Option<String>,
}

/// Which notices.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Only those that were not read.
    #[serde(default)]
    unread: bool,
}

/// My notices
///
/// The latest 200 are kept.
#[utoipa::path(get, path = "/api/v1/notices", tag = "notices", security(("token" = [])), params(Part, Which),
    responses((status = 200, description = "What has happened to my packages", body = Notices)))]
async fn notices(
    State(state): State<AppState>,
    Bearer(person): Bearer,
    Params(part): Params<Part>,
    Params(Which { unread }): Params<Which>,
) -> Result<Json<Notices>, Problem> {
    let wanted = Wanted { before: part.cursor()?, only_unread: unread, limit: part.limit()? };
    let (items, next) = list::of_account(&state, person.account, wanted).await?;
    Ok(Json(Notices { items, next: next.map(|id| id.to_string()) }))
}

/// Mark a notice of mine as read
#[utoipa::path(post, path = "/api/v1/notices/{id}/read", tag = "notices", security(("token" = [])),
    params(("id" = i64, Path, description = "The notice's id")),
    responses((status = 200, description = "It is read", body = Notice)))]
async fn notice_read(
    State(state): State<AppState>,
    Bearer(person): Bearer,
    PathId(id): PathId,
) -> Result<Json<Notice>, Problem> {
    let nothing = || Problem::new(Kind::NotFound, "You have no such notice (any more).");
    list::mark_read(&state, person.account, id).await?.map(Json).ok_or_else(nothing)
}

/// Mark all notices of mine as read
#[utoipa::path(post, path = "/api/v1/notices/read", tag = "notices", security(("token" = [])),
    responses((status = 204, description = "They are read")))]
async fn notices_read(
    State(state): State<AppState>,
    Bearer(person): Bearer,
) -> Result<StatusCode, Problem> {
    list::mark_all_read(&state, person.account).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Follow my notices
///
/// Server-sent events named `notices`; the data of each says how many are unread and which is
/// the newest, first as it is now, then after each change.
#[utoipa::path(get, path = "/api/v1/notices/events", tag = "notices", security(("token" = [])),
    responses((status = 200, description = "Events", body = Bell, content_type = "text/event-stream")))]
async fn notice_events(
    State(state): State<AppState>,
    Bearer(person): Bearer,
    closing: Closing,
) -> Result<Response, Problem> {
    follow(state, person.account, closing).await
}
