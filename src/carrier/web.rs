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
    web::{Guarded, assets, guard},
};

/// People who watch a shipment at once; a further one has to reload.
const WATCHERS_MAX: usize = 512;

/// What the routes need; cheap to clone.
#[derive(Clone)]
pub(super) struct AppState {
    db: Db,
    service: Service<Carrier>,
    edge: Arc<CarrierEdge>,
    posts: Admission,
    watchers: Admission,
}

impl AppState {
    pub(super) fn new(
        db: Db,
        service: Service<Carrier>,
        edge: Arc<CarrierEdge>,
        in_flight_max: usize,
    ) -> Self {
        let (posts, watchers) = (Admission::new(in_flight_max), Admission::new(WATCHERS_MAX));
        Self { db, service, edge, posts, watchers }
    }
}

/// Every route of the carrier.
pub(super) fn router(state: AppState) -> Router {
    let pages =
        tracking::routes().route("/", get(|| async { Redirect::to("/track") })).merge(assets());
    let guarded = Guarded { page: Some(tracking::problem_page), ..Guarded::default() };
    let pages = guard(pages, guarded);
    // Outside the guard: stores are no browsers, and their batches are larger than a form.
    pages.merge(entrances::routes()).with_state(state)
}
