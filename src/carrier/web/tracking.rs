//! Tracking for people and programs: a page with a timeline that stays current,
//! the same as JSON, and as a stream of events.
//!
//! Who ordered a shipment is shown to nobody who has only its number.

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
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::{self, error::RecvError};

use super::{AppState, frame::Frame};
use crate::{
    basis::{PackageId, Point, SimTime},
    carrier::{
        db::{TrackedShipment, leg, track},
        model::ShipmentStage,
    },
    db::DbError,
    runtime::Permit,
    web::{Closing, Kind, Params, Problem, page},
};

const COMMENT_EVERY: Duration = Duration::from_secs(15);
const COME_BACK_AFTER: Duration = Duration::from_secs(3);
/// No tracking number is longer, however it is typed.
const TYPED_CHARS_MAX: usize = 64;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/track", get(search))
        .route("/track/{number}", get(tracking_page))
        .route("/api/v1/track/{number}", get(tracking_json))
        .route("/api/v1/track/{number}/events", get(events))
}

/// A shipment as programs see it.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct TrackingView {
    tracking_number: String,
    shipment_id: i64,
    status: &'static str,
    warehouse_id: i32,
    destination: Place,
    truck_id: Option<i32>,
    /// Where its truck is on its way, while it has one.
    truck: Option<TruckView>,
    history: Vec<Step>,
}

/// A truck that drives, first along x and then along y, or stands where `to` is null.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct TruckView {
    from: Place,
    to: Option<Place>,
    since: String,
    /// As the latest deliveries went; null before the first.
    units_per_second: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Place {
    x: i32,
    y: i32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Step {
    status: &'static str,
    at: String,
}

impl From<&TrackedShipment> for TrackingView {
    fn from(shipment: &TrackedShipment) -> Self {
        let step =
            |(stage, at): &(ShipmentStage, SimTime)| Step { status: stage.name(), at: iso(*at) };
        Self {
            tracking_number: shipment.tracking_number.clone(),
            shipment_id: shipment.shipment.0,
            status: shipment.stage.name(),
            warehouse_id: shipment.warehouse.0,
            destination: shipment.destination.into(),
            truck_id: shipment.truck.map(|truck| truck.0),
            truck: None,
            history: shipment.history.iter().map(step).collect(),
        }
    }
}

impl From<Point> for Place {
    fn from(Point { x, y }: Point) -> Self {
        Self { x, y }
    }
}

impl TrackingView {
    /// The shipment, with its truck where it has one now.
    async fn of(state: &AppState, shipment: &TrackedShipment) -> Result<Self, DbError> {
        let mut view = Self::from(shipment);
        if view.truck_id.is_some() && !view.is_final() {
            let leg = leg(&state.db, shipment.shipment).await?;
            view.truck = leg.map(|leg| TruckView {
                from: leg.from.into(),
                to: leg.to.map(Place::from),
                since: iso(leg.since),
                units_per_second: leg.units_per_s,
            });
        }
        Ok(view)
    }

    fn is_final(&self) -> bool {
        self.status == ShipmentStage::Delivered.name()
    }
}

impl TrackedShipment {
    /// When it was delivered, ISO 8601.
    pub(super) fn delivered_at(&self) -> Option<String> {
        let delivered = self.history.iter().find(|(stage, _)| *stage == ShipmentStage::Delivered);
        delivered.map(|(_, at)| iso(*at))
    }
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
}

/// One station of the timeline.
struct Stop {
    stage: &'static str,
    words: &'static str,
    at: Option<String>,
    is_current: bool,
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
    let view = TrackingView::from(&shipment);
    Ok(page(&TrackPage { frame, stops: stops(&view), view }))
}

async fn tracking_json(
    State(state): State<AppState>,
    Path(number): Path<String>,
) -> Result<Json<TrackingView>, Problem> {
    let shipment = found(&state, &number).await?;
    Ok(Json(TrackingView::of(&state, &shipment).await?))
}

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

fn stops(view: &TrackingView) -> Vec<Stop> {
    let at = |stage: &str| {
        let step = view.history.iter().find(|step| step.status == stage);
        step.map(|step| step.at.clone())
    };
    let stop = |stage: ShipmentStage| Stop {
        stage: stage.name(),
        words: words(stage),
        at: at(stage.name()),
        is_current: stage.name() == view.status,
    };
    ShipmentStage::ALL.into_iter().map(stop).collect()
}

fn words(stage: ShipmentStage) -> &'static str {
    match stage {
        ShipmentStage::Created => "Waiting for a truck",
        ShipmentStage::Dispatched => "Truck on its way",
        ShipmentStage::AtWarehouse => "Truck at the warehouse",
        ShipmentStage::Delivering => "Out for delivery",
        ShipmentStage::Delivered => "Delivered",
    }
}

fn iso(at: SimTime) -> String {
    let micros = i64::try_from(at.micros()).unwrap_or(i64::MAX);
    jiff::Timestamp::from_microsecond(micros).unwrap_or(jiff::Timestamp::MAX).to_string()
}

/// `2026-01-02T03:04:05.6Z` as `03:04:05 UTC`.
fn clock(iso: &str) -> String {
    format!("{} UTC", iso.get(11..19).unwrap_or(iso))
}
