//! Windows into the worlds: pages for people, JSON for programs, all of it
//! read-only.
//!
//! It asks the worlds and shows what they answer. Nothing that happens in a
//! world can be caused from here.
//!
//! ```text
//! /api/v1/…, /openapi.json   programs: JSON, problem+json
//! everything else            people: pages, complete without scripts
//! ```

mod api;
mod live;
mod lookout;
mod map;
mod messages;
mod pages;
mod shapes;

use std::{net::SocketAddr, sync::Arc};

use axum::Router;

use self::{live::Live, lookout::Lookout};
use super::model::{View, WorldParty};
use crate::{
    runtime::{Replies, Service},
    web::{Guarded, Wording, assets, guard},
};

/// What every handler can reach; cheap to clone.
#[derive(Clone)]
pub(super) struct AppState {
    lookout: Lookout,
    live: Live,
    doors: Doors,
}

/// Where clients connect, for those who wonder why nobody is there.
#[derive(Clone, Copy)]
pub(super) struct Doors {
    pub(super) amazon: SocketAddr,
    pub(super) ups: SocketAddr,
}

impl AppState {
    pub(super) fn new(
        service: Service<WorldParty>,
        looks: Arc<Replies<View>>,
        doors: Doors,
    ) -> Self {
        let lookout = Lookout::new(service, looks);
        Self { live: Live::new(lookout.clone()), lookout, doors }
    }
}

/// Everything that can be seen, behind its guard.
pub(super) fn router(state: AppState) -> Router {
    let wording = Wording::Problem { page: Some(pages::problem_page) };
    let guarded = Guarded { wording, ..Guarded::default() };
    guard(api::routes().merge(pages::routes()).merge(assets()).with_state(state), guarded)
}
