//! The page of the store's actors, and one of each kind.

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::get,
};

use crate::{
    store::web::{AppState, frame::Frame, roles::SignedAdmin, running},
    web::{
        self, Closing, Problem,
        running::{
            actors::{self, ActorTree, KindOfActor},
            live,
        },
    },
};

const BASE: &str = "/admin";

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/admin/actors", get(tree))
        .route("/admin/actors/{kind}", get(kind))
        .route("/admin/actor-events", get(events))
}

#[derive(Template)]
#[template(path = "store/admin/actors.html")]
struct TreePage {
    frame: Frame,
    tree: ActorTree,
    base: &'static str,
}

async fn tree(
    State(state): State<AppState>,
    SignedAdmin { frame, .. }: SignedAdmin,
) -> Result<Response, Problem> {
    let tree = actors::tree(state.shop.actors())?;
    Ok(web::page(&TreePage { frame, tree, base: BASE }))
}

#[derive(Template)]
#[template(path = "store/admin/actor_kind.html")]
struct KindPage {
    frame: Frame,
    seen: KindOfActor,
    base: &'static str,
}

async fn kind(
    State(state): State<AppState>,
    SignedAdmin { frame, .. }: SignedAdmin,
    Path(kind): Path<String>,
) -> Result<Response, Problem> {
    let seen = running::kind_of_actor(&state, &kind)?;
    Ok(web::page(&KindPage { frame, seen, base: BASE }))
}

async fn events(
    State(state): State<AppState>,
    SignedAdmin { .. }: SignedAdmin,
    closing: Closing,
) -> Result<Response, Problem> {
    let followers = state.admin_followers.clone();
    live::part(&followers, state, closing, |state| async move {
        actors::as_part(&actors::tree(state.shop.actors()).ok()?, BASE)
    })
}
