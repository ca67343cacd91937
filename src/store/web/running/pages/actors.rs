//! The page of the store's actors, and one of each kind.

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::get,
};

use crate::{
    store::web::{
        AppState,
        frame::Frame,
        roles::SignedAdmin,
        running::{
            actors::{self, ActorTree, KindOfActor},
            live,
        },
    },
    web::{self, Closing, Problem},
};

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
}

/// The part of the page that is kept current.
#[derive(Template)]
#[template(path = "store/admin/actor_tree.html")]
struct TreePart<'a> {
    tree: &'a ActorTree,
}

async fn tree(
    State(state): State<AppState>,
    SignedAdmin { frame, .. }: SignedAdmin,
) -> Result<Response, Problem> {
    let tree = actors::tree(&state)?;
    Ok(web::page(&TreePage { frame, tree }))
}

#[derive(Template)]
#[template(path = "store/admin/actor_kind.html")]
struct KindPage {
    frame: Frame,
    seen: KindOfActor,
}

async fn kind(
    State(state): State<AppState>,
    SignedAdmin { frame, .. }: SignedAdmin,
    Path(kind): Path<String>,
) -> Result<Response, Problem> {
    let seen = actors::kind(&state, &kind)?;
    Ok(web::page(&KindPage { frame, seen }))
}

async fn events(
    State(state): State<AppState>,
    SignedAdmin { .. }: SignedAdmin,
    closing: Closing,
) -> Result<Response, Problem> {
    live::part(state, closing, |state| async move {
        TreePart { tree: &actors::tree(&state).ok()? }.render().ok()
    })
}
