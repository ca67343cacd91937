//! Tracking for people and programs: a page with a timeline that stays current,
//! the same as JSON, and as a stream of events.
//!
//! Who ordered a shipment, and what is in it, is shown to nobody who has only its number.

pub mod map;
pub mod view;

use std::{convert::Infallible, pin::Pin, time::Duration};

use askama::Template;
use axum::{
    Json, Router,
    extract::{Path, State},
    response::{
        IntoResponse as _, Redirect, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::get,
};
use futures_util::stream;
use serde::Deserialize;
use tokio::sync::broadcast::{self, error::RecvError};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::{
    map::ParcelMap,
    view::{Stop, TrackingView},
};
use super::{AppState, frame::Frame};
use crate::{
    basis::PackageId,
    carrier::db::{TrackedShipment, track},
    runtime::Permit,
    web::{Closing, Kind, Params, Problem, ProblemBody, page},
};

const COMMENT_EVERY: Duration = Duration::from_secs(15);
const COME_BACK_AFTER: Duration = Duration::from_secs(3);
/// No tracking number is longer, however it is typed.
const TYPED_CHARS_MAX: usize = 64;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/track", get(search)).route("/track/{number}", get(tracking_page))
}

pub(super) fn api_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(tracking_json)).routes(routes!(events))
}

#[derive(Debug, Deserialize)]
struct SearchParams {
    number: Option<String>,
}

#[derive(Template)]
#[template(path = "carrier/search.html")]
struct SearchPage<'a> {
    frame: Frame,
    typed: &'a str,
    is_unknown: bool,
}

#[derive(Template)]
#[template(path = "carrier/track.html")]
struct TrackPage {
    frame: Frame,
    view: TrackingView,
    stops: Vec<Stop>,
    map: Option<ParcelMap>,
}

async fn search(frame: Frame, Params(SearchParams { number }): Params<SearchParams>) -> Response {
    let typed = number.as_deref().map(str::trim).filter(|typed| !typed.is_empty());
    let Some(typed) = typed else {
        return page(&SearchPage { frame, typed: "", is_unknown: false });
    };
    let plain: String = typed.chars().filter(char::is_ascii_alphanumeric).take(64).collect();
    if plain.is_empty() {
        return not_found(frame, typed);
    }
    Redirect::to(&format!("/track/{plain}")).into_response()
}

async fn tracking_page(
    State(state): State<AppState>,
    frame: Frame,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    let Some(shipment) = find(&state, &number).await? else { return Ok(not_found(frame, &number)) };
    let view = TrackingView::of(&state, &shipment).await?;
    let map = ParcelMap::of(&view, jiff::Timestamp::now());
    Ok(page(&TrackPage { frame, stops: view.stops(), view, map }))
}

/// Follow a shipment by its tracking number
///
/// For everybody who has the number: it tells nothing of who ordered it or what is in it.
#[utoipa::path(get, path = "/api/v1/track/{number}", tag = "tracking",
    params(("number" = String, Path, description = "The tracking number, as somebody may type it")),
    responses(
        (status = 200, description = "The shipment", body = TrackingView),
        (status = 404, description = "No shipment has this number", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn tracking_json(
    State(state): State<AppState>,
    Path(number): Path<String>,
) -> Result<Json<TrackingView>, Problem> {
    let shipment = found(&state, &number).await?;
    Ok(Json(TrackingView::of(&state, &shipment).await?))
}

/// Follow a shipment live
///
/// Server-sent events named `shipment`; the data of each is the whole shipment, first as it is
/// now, then after each change, to the delivery.
#[utoipa::path(get, path = "/api/v1/track/{number}/events", tag = "tracking",
    params(("number" = String, Path, description = "The tracking number")),
    responses(
        (status = 200, description = "Events", body = TrackingView, content_type = "text/event-stream"),
        (status = 404, description = "No shipment has this number", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn events(
    State(state): State<AppState>,
    Path(number): Path<String>,
    closing: Closing,
) -> Result<Response, Problem> {
    let busy =
        || Problem::new(Kind::Busy, "Too many shipments are watched at once. Try again soon.");
    let permit = state.watchers.enter().ok_or_else(busy)?;
    // First listen, then read: so nothing falls between.
    let changes = state.edge.changes();
    let shipment = found(&state, &number).await?;
    let feed = Feed {
        shipment: shipment.shipment,
        view: TrackingView::of(&state, &shipment).await?,
        unsaid: true,
        changes,
        closing: Box::pin(closing.closed()),
        state,
        _permit: permit,
    };
    let events = stream::unfold(feed, |mut feed| async {
        let event = feed.next().await?;
        Some((Ok::<_, Infallible>(event), feed))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(COMMENT_EVERY)).into_response())
}

/// One watcher's stream: each event is the whole shipment, so that nothing has
/// to be added up.
struct Feed {
    state: AppState,
    shipment: PackageId,
    view: TrackingView,
    unsaid: bool,
    changes: broadcast::Receiver<PackageId>,
    closing: Pin<Box<dyn Future<Output = ()> + Send>>,
    _permit: Permit,
}

impl Feed {
    /// The next event; None ends the stream, and who wants more comes back.
    async fn next(&mut self) -> Option<Event> {
        while !self.unsaid {
            if self.view.is_final() {
                return None;
            }
            tokio::select! {
                change = self.changes.recv() => match change {
                    Ok(shipment) if shipment != self.shipment => {}
                    Ok(_) | Err(RecvError::Lagged(_)) => self.look().await?,
                    Err(RecvError::Closed) => return None,
                },
                () = &mut self.closing => return None,
            }
        }
        self.unsaid = false;
        let event = Event::default().event("shipment").retry(COME_BACK_AFTER);
        event.json_data(&self.view).ok()
    }

    async fn look(&mut self) -> Option<()> {
        let read = track(&self.state.db, &self.view.tracking_number).await.ok()??;
        let view = TrackingView::of(&self.state, &read).await.ok()?;
        self.unsaid = view != self.view;
        self.view = view;
        Some(())
    }
}

async fn find(state: &AppState, typed: &str) -> Result<Option<TrackedShipment>, Problem> {
    if typed.chars().count() > TYPED_CHARS_MAX {
        return Ok(None);
    }
    Ok(track(&state.db, typed).await?)
}

async fn found(state: &AppState, typed: &str) -> Result<TrackedShipment, Problem> {
    let nothing = || {
        let detail = "No shipment has this tracking number. Check it for a mistyped digit.";
        Problem::new(Kind::NotFound, detail)
    };
    find(state, typed).await?.ok_or_else(nothing)
}

fn not_found(frame: Frame, typed: &str) -> Response {
    let typed: String = typed.chars().take(TYPED_CHARS_MAX).collect();
    let mut response = page(&SearchPage { frame, typed: &typed, is_unknown: true });
    *response.status_mut() = axum::http::StatusCode::NOT_FOUND;
    response
}
