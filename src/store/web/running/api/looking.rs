//! What was said to the peers, and the actors.

use axum::{
    Json,
    extract::{Path, State},
    response::Response,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    store::web::{
        AppState,
        roles::BearerAdmin,
        running::{self, PEERS},
    },
    web::{
        Closing, Params, Part, Problem,
        running::{
            actors::{self, ActorTree, KindOfActor},
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
        .routes(routes!(actor_events))
}

/// The last messages to and from world and carrier
///
/// Bodies only, since the start of the process: the last 20,000, or 16 MiB of them.
#[utoipa::path(get, path = "/api/v1/admin/messages", tag = "admin", security(("token" = [])), params(Wanted, Part),
    responses((status = 200, description = "The newest first", body = LinkMessages)))]
async fn the_messages(
    State(state): State<AppState>,
    _admin: BearerAdmin,
    Params(wanted): Params<Wanted>,
    Params(part): Params<Part>,
) -> Result<Json<LinkMessages>, Problem> {
    let (filter, before, limit) = (wanted.filter(&PEERS)?, part.cursor()?, part.limit()?);
    let (items, next) = messages::page(state.shop.tap(), filter, before, limit).await?;
    Ok(Json(LinkMessages { items, next: next.map(|id| id.to_string()) }))
}

/// Follow the messages
///
/// Server-sent events named `message`, one for each new message; where too many come at
/// once, `left_out` instead of the older ones.
#[utoipa::path(get, path = "/api/v1/admin/messages/events", tag = "admin", security(("token" = [])), params(Wanted),
    responses((status = 200, description = "Events", body = MessageView, content_type = "text/event-stream")))]
async fn message_events(
    State(state): State<AppState>,
    _admin: BearerAdmin,
    Params(wanted): Params<Wanted>,
    closing: Closing,
) -> Result<Response, Problem> {
    let render = |view: &MessageView| serde_json::to_string(view).unwrap_or_default();
    live::messages(
        &state.admin_followers,
        state.shop.tap(),
        wanted.filter(&PEERS)?,
        closing,
        render,
    )
}

/// The messages as a file
#[utoipa::path(get, path = "/api/v1/admin/messages/export", tag = "admin", security(("token" = [])), params(Wanted, Wish),
    responses((status = 200, description = "All that are wanted, the oldest first", content(
        (String = "application/x-ndjson"), (String = "text/csv")))))]
async fn message_file(
    State(state): State<AppState>,
    _admin: BearerAdmin,
    Params(wanted): Params<Wanted>,
    Params(wish): Params<Wish>,
) -> Result<Response, Problem> {
    Ok(messages::export(state.shop.tap(), wanted.filter(&PEERS)?, wish.format))
}

/// The store's actors
#[utoipa::path(get, path = "/api/v1/admin/actors", tag = "admin", security(("token" = [])),
    responses((status = 200, description = "The tree, a keeper for each kind", body = ActorTree)))]
async fn actor_tree(
    State(state): State<AppState>,
    _admin: BearerAdmin,
) -> Result<Json<ActorTree>, Problem> {
    Ok(Json(actors::tree(state.shop.actors())?))
}

/// A kind of actor and its busiest
#[utoipa::path(get, path = "/api/v1/admin/actors/{kind}", tag = "admin", security(("token" = [])),
    params(("kind" = String, Path, description = "As in the tree: desk, warehouse, package, world_link, carrier_peer")),
    responses((status = 200, description = "The kind", body = KindOfActor)))]
async fn kind_of_actor(
    State(state): State<AppState>,
    _admin: BearerAdmin,
    Path(kind): Path<String>,
) -> Result<Json<KindOfActor>, Problem> {
    Ok(Json(running::kind_of_actor(&state, &kind)?))
}

/// Follow the actors
///
/// Server-sent events named `part`: the whole tree, whenever it is another, at most every
/// two seconds.
#[utoipa::path(get, path = "/api/v1/admin/actor-events", tag = "admin", security(("token" = [])),
    responses((status = 200, description = "Events", body = ActorTree, content_type = "text/event-stream")))]
async fn actor_events(
    State(state): State<AppState>,
    _admin: BearerAdmin,
    closing: Closing,
) -> Result<Response, Problem> {
    let followers = state.admin_followers.clone();
    live::part(&followers, state, closing, |state| async move {
        serde_json::to_string(&actors::tree(state.shop.actors()).ok()?).ok()
    })
}
