//! The carrier's door: entrances for stores in the dialect, and tracking for people.
//!
//! What a message means is for the models; here it is let in and answered.

mod entrances;
mod tracking;

use std::sync::Arc;

use axum::{Router, response::Redirect, routing::get};

use super::{edge::CarrierEdge, model::Carrier};
use crate::{
    db::Db,
    runtime::{Admission, Service},
    web::{Guarded, Wording, assets, guard},
    wire::signature::Keys,
};

/// Batches that are under way at once; a store of ours posts one at a time.
const BATCHES_AT_ONCE_MAX: usize = 16;

/// People who watch a shipment at once; a further one has to reload.
const WATCHERS_MAX: usize = 512;

/// What the routes need; cheap to clone.
#[derive(Clone)]
pub(super) struct AppState {
    db: Db,
    service: Service<Carrier>,
    edge: Arc<CarrierEdge>,
    messages_max: usize,
    messages: Admission,
    batches: Admission,
    watchers: Admission,
}

impl AppState {
    pub(super) fn new(
        db: Db,
        service: Service<Carrier>,
        edge: Arc<CarrierEdge>,
        messages_max: usize,
    ) -> Self {
        let (messages, batches) =
            (Admission::new(messages_max), Admission::new(BATCHES_AT_ONCE_MAX));
        let watchers = Admission::new(WATCHERS_MAX);
        Self { db, service, edge, messages_max, messages, batches, watchers }
    }
}

/// Every route of the carrier. With keys its entrances take only what is signed.
pub(super) fn router(state: AppState, keys: Keys) -> Router {
    let pages =
        tracking::routes().route("/", get(|| async { Redirect::to("/track") })).merge(assets());
    let wording = Wording::Problem { page: Some(tracking::problem_page) };
    let pages = guard(pages, Guarded { wording, ..Guarded::default() });
    pages.merge(entrances::routes(state.messages_max, keys)).with_state(state)
}
