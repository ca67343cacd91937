//! What was said to the peers, the actors, and what staff has done.

use axum::{
    Json,
    extract::{Path, State},
    response::Response,
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    carrier::web::{
        AppState,
        people::Person,
        roles::BearerStaff,
        staff::{PEERS, actors},
    },
    web::{
        Closing, Params, Part, Problem,
        people::audit::reading::{self, Noted},
        running::{
            actors::{ActorTree, KindOfActor},
            live,
            messages::{self, LinkMessages, MessageView, Wanted, Wish},
        },
    },
};

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(the_messages))
        .routes(routes!(message_events))
        .routes(routes!(message_file))
        .routes(routes!(actor_tree))
        .routes(routes!(kind_of_actor))
        .routes(routes!(audit_log))
}

/// The last messages to and from world and store
///
/// Bodies only, since the start of the process: the last 20,000, or 16 MiB of them.
#[utoipa::path(get, path = "/api/v1/staff/messages", tag = "staff", security(("token" = [])), params(Wanted, Part),
    responses((status = 200, description = "The newest first", body = LinkMessages)))]
async fn the_messages(
    State(state): State<AppState>,
    _staff: BearerStaff,
    Params(wanted): Params<Wanted>,
    Params(part): Params<Part>,
) -> Result<Json<LinkMessages>, Problem> {
    let (filter, before, limit) = (wanted.filter(&PEERS)?, part.cursor()?, part.limit()?);
    let (items, next) = messages::page(state.edge.tap(), filter, before, limit).await?;
    Ok(Json(LinkMessages { items, next: next.map(|id| id.to_string()) }))
}

/// Follow the messages
///
/// Server-sent events named `message`, one for each new message; where too many come at once,
/// `left_out` instead of the older ones.
#[utoipa::path(get, path = "/api/v1/staff/messages/events", tag = "staff", security(("token" = [])), params(Wanted),
    responses((status = 200, description = "Events", body = MessageView, content_type = "text/event-stream")))]
async fn message_events(
    State(state): State<AppState>,
    _staff: BearerStaff,
    Params(wanted): Params<Wanted>,
    closing: Closing,
) -> Result<Response, Problem> {
    let render = |view: &MessageView| serde_json::to_string(view).unwrap_or_default();
    let filter = wanted.filter(&PEERS)?;
    live::messages(&state.followers, state.edge.tap(), filter, closing, render)
}

/// The messages as a file
#[utoipa::path(get, path = "/api/v1/staff/messages/export", tag = "staff", security(("token" = [])), params(Wanted, Wish),
    responses((status = 200, description = "All that are wanted, the oldest first", content(
        (String = "application/x-ndjson"), (String = "text/csv")))))]
async fn message_file(
    State(state): State<AppState>,
    _staff: BearerStaff,
    Params(wanted): Params<Wanted>,
    Params(wish): Params<Wish>,
) -> Result<Response, Problem> {
    Ok(messages::export(state.edge.tap(), wanted.filter(&PEERS)?, wish.format))
}

/// The carrier's actors
#[utoipa::path(get, path = "/api/v1/staff/actors", tag = "staff", security(("token" = [])),
    responses((status = 200, description = "The tree, a keeper for each kind", body = ActorTree)))]
async fn actor_tree(
    State(state): State<AppState>,
    _staff: BearerStaff,
) -> Result<Json<ActorTree>, Problem> {
    Ok(Json(actors::tree(&state)?))
}

/// A kind of actor and its busiest
#[utoipa::path(get, path = "/api/v1/staff/actors/{kind}", tag = "staff", security(("token" = [])),
    params(("kind" = String, Path, description = "As in the tree: dispatcher, truck, shipment, world_link, store_peer")),
    responses((status = 200, description = "The kind", body = KindOfActor)))]
async fn kind_of_actor(
    State(state): State<AppState>,
    _staff: BearerStaff,
    Path(kind): Path<String>,
) -> Result<Json<KindOfActor>, Problem> {
    Ok(Json(actors::kind(&state, &kind)?))
}

/// What was done, the newest first, and where the next ones are.
#[derive(Debug, Serialize, ToSchema)]
struct StaffDeeds {
    items: Vec<Noted>,
    /// The cursor of the next part; null at the end.
    next: Option<String>,
}

/// The audit log
#[utoipa::path(get, path = "/api/v1/staff/audit", tag = "staff", security(("token" = [])), params(reading::Wanted, Part),
    responses((status = 200, description = "The newest first", body = StaffDeeds)))]
async fn audit_log(
    State(state): State<AppState>,
    _staff: BearerStaff,
    Params(wanted): Params<reading::Wanted>,
    Params(part): Params<Part>,
) -> Result<Json<StaffDeeds>, Problem> {
    let (before, limit) = (part.cursor()?, part.limit()?);
    let (items, next) = reading::read::<Person>(&state.db, &wanted, before, limit).await?;
    Ok(Json(StaffDeeds { items, next: next.map(|id| id.to_string()) }))
}
