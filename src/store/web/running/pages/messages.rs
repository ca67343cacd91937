//! The page of what was said to the peers.

use askama::Template;
use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};

use crate::{
    store::web::{AppState, frame::Frame, roles::SignedAdmin, running::PEERS},
    web::{
        self, Closing, Params, Problem,
        running::{
            live,
            messages::{self, Before, MessagesAt, MessagesSeen, Wanted, Wish},
        },
    },
};

const HERE: MessagesAt = MessagesAt { base: "/admin", peers: &PEERS, parcel: "Package" };

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/admin/messages", get(show))
        .route("/admin/messages/events", get(events))
        .route("/admin/messages/export", get(export))
}

#[derive(Template)]
#[template(path = "store/admin/messages.html")]
struct MessagesPage {
    frame: Frame,
    seen: MessagesSeen,
}

async fn show(
    State(state): State<AppState>,
    SignedAdmin { frame, .. }: SignedAdmin,
    Params(wanted): Params<Wanted>,
    Params(Before { before }): Params<Before>,
) -> Result<Response, Problem> {
    let seen = MessagesSeen::look(HERE, state.shop.tap(), wanted, before).await?;
    Ok((seen.status(), web::page(&MessagesPage { frame, seen })).into_response())
}

async fn events(
    State(state): State<AppState>,
    SignedAdmin { .. }: SignedAdmin,
    Params(wanted): Params<Wanted>,
    closing: Closing,
) -> Result<Response, Problem> {
    let filter = wanted.filter(&PEERS)?;
    live::messages(&state.admin_followers, state.shop.tap(), filter, closing, messages::as_item)
}

async fn export(
    State(state): State<AppState>,
    SignedAdmin { .. }: SignedAdmin,
    Params(wanted): Params<Wanted>,
    Params(wish): Params<Wish>,
) -> Result<Response, Problem> {
    Ok(messages::export(state.shop.tap(), wanted.filter(&PEERS)?, wish.format))
}
