//! The pages of what was said to the peers, and of who is busy.

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::get,
};

use crate::{
    carrier::web::{
        AppState,
        frame::Frame,
        roles::SignedStaff,
        staff::{BASE, PEERS, actors},
    },
    web::{
        self, Closing, Params, Problem,
        running::{
            actors::{ActorTree, KindOfActor, as_part},
            live,
            messages::{self, Before, MessagesAt, MessagesSeen, Wanted, Wish},
        },
    },
};

const HERE: MessagesAt = MessagesAt { base: BASE, peers: &PEERS, parcel: "Shipment" };

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/staff/messages", get(said))
        .route("/staff/messages/events", get(follow))
        .route("/staff/messages/export", get(export))
        .route("/staff/actors", get(tree))
        .route("/staff/actors/{kind}", get(kind))
        .route("/staff/actor-events", get(tree_events))
}

#[derive(Template)]
#[template(path = "carrier/staff/messages.html")]
struct MessagesPage {
    frame: Frame,
    seen: MessagesSeen,
}

async fn said(
    State(state): State<AppState>,
    SignedStaff { frame, .. }: SignedStaff,
    Params(wanted): Params<Wanted>,
    Params(Before { before }): Params<Before>,
) -> Result<Response, Problem> {
    let seen = MessagesSeen::look(HERE, state.edge.tap(), wanted, before).await?;
    Ok((seen.status(), web::page(&MessagesPage { frame, seen })).into_response())
}

async fn follow(
    State(state): State<AppState>,
    SignedStaff { .. }: SignedStaff,
    Params(wanted): Params<Wanted>,
    closing: Closing,
) -> Result<Response, Problem> {
    let filter = wanted.filter(&PEERS)?;
    live::messages(&state.followers, state.edge.tap(), filter, closing, messages::as_item)
}

async fn export(
    State(state): State<AppState>,
    SignedStaff { .. }: SignedStaff,
    Params(wanted): Params<Wanted>,
    Params(wish): Params<Wish>,
) -> Result<Response, Problem> {
    Ok(messages::export(state.edge.tap(), wanted.filter(&PEERS)?, wish.format))
}

#[derive(Template)]
#[template(path = "carrier/staff/actors.html")]
struct TreePage {
    frame: Frame,
    tree: ActorTree,
    base: &'static str,
}

async fn tree(
    State(state): State<AppState>,
    SignedStaff { frame, .. }: SignedStaff,
) -> Result<Response, Problem> {
    let tree = actors::tree(&state)?;
    Ok(web::page(&TreePage { frame, tree, base: BASE }))
}

#[derive(Template)]
#[template(path = "carrier/staff/actor_kind.html")]
struct KindPage {
    frame: Frame,
    seen: KindOfActor,
    base: &'static str,
}

async fn kind(
    State(state): State<AppState>,
    SignedStaff { frame, .. }: SignedStaff,
    Path(kind): Path<String>,
) -> Result<Response, Problem> {
    let seen = actors::kind(&state, &kind)?;
    Ok(web::page(&KindPage { frame, seen, base: BASE }))
}

async fn tree_events(
    State(state): State<AppState>,
    SignedStaff { .. }: SignedStaff,
    closing: Closing,
) -> Result<Response, Problem> {
    let followers = state.followers.clone();
    live::part(&followers, state, closing, |state| async move {
        as_part(&actors::tree(&state).ok()?, BASE)
    })
}
