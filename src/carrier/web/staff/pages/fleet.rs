//! The fleet on a live map with the same in words, one truck, and more trucks.

use askama::Template;
use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Deserialize;

use crate::{
    carrier::web::{
        AppState,
        frame::Frame,
        roles::SignedStaff,
        staff::{
            fleet::{self, Fleet, TripView, TruckView},
            map::Drawing,
            steering::{self, MoreTrucks},
        },
    },
    web::{self, Closing, FormBody, Params, PathId, Problem, people::Caller},
};

/// Trucks in the page's table, and trips in a truck's.
const SHOWN: i64 = 50;

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/staff/fleet", get(show).post(add))
        .route("/staff/fleet/map", get(map))
        .route("/staff/fleet/events", get(events))
        .route("/staff/trucks/{id}", get(truck))
}

#[derive(Debug, Deserialize)]
struct After {
    after: Option<i32>,
}

#[derive(Template)]
#[template(path = "carrier/staff/fleet.html")]
struct FleetPage {
    frame: Frame,
    seen: Fleet,
    drawing: Drawing,
    trucks: Vec<TruckView>,
    is_first: bool,
    next: Option<i32>,
    form: AddForm,
    problem: Option<Problem>,
}

/// The map alone, for a page that is open.
#[derive(Template)]
#[template(path = "carrier/staff/map.html")]
struct MapPart {
    seen: Fleet,
    drawing: Drawing,
}

/// The form for more trucks, as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
struct AddForm {
    #[serde(default)]
    count: String,
    #[serde(default)]
    x: String,
    #[serde(default)]
    y: String,
}

async fn show(
    State(state): State<AppState>,
    SignedStaff { frame, .. }: SignedStaff,
    Params(After { after }): Params<After>,
) -> Result<Response, Problem> {
    Ok(web::page(&page(&state, frame, after, AddForm::default(), None).await?))
}

async fn page(
    state: &AppState,
    frame: Frame,
    after: Option<i32>,
    form: AddForm,
    problem: Option<Problem>,
) -> Result<FleetPage, Problem> {
    let seen = fleet::find(state).await?;
    let (trucks, next) = fleet::list(state, after, SHOWN).await?;
    let (drawing, is_first) = (Drawing::of(&seen), after.is_none());
    Ok(FleetPage { frame, seen, drawing, trucks, is_first, next, form, problem })
}

async fn map(
    State(state): State<AppState>,
    SignedStaff { .. }: SignedStaff,
) -> Result<Response, Problem> {
    let seen = fleet::find(&state).await?;
    Ok(web::page(&MapPart { drawing: Drawing::of(&seen), seen }))
}

async fn events(
    State(state): State<AppState>,
    SignedStaff { .. }: SignedStaff,
    closing: Closing,
) -> Result<Response, Problem> {
    state.fleet.clone().follow(state, closing)
}

async fn add(
    State(state): State<AppState>,
    SignedStaff { person, frame }: SignedStaff,
    caller: Caller,
    FormBody(form): FormBody<AddForm>,
) -> Result<Response, Problem> {
    let more = form.read();
    let added = match more {
        Ok(more) => steering::add(&state, &person, &caller, more).await.map(|_| ()),
        Err(problem) => Err(problem),
    };
    match added {
        Ok(()) => Ok(Redirect::to("/staff/fleet").into_response()),
        Err(problem) => {
            let told = Some(problem.clone());
            Ok(web::refused(&problem, &page(&state, frame, None, form, told).await?))
        }
    }
}

impl AddForm {
    fn read(&self) -> Result<MoreTrucks, Problem> {
        Ok(MoreTrucks {
            count: whole("count", &self.count)?,
            x: whole("x", &self.x)?,
            y: whole("y", &self.y)?,
        })
    }
}

/// A number as it is typed into a form.
pub fn whole<T: std::str::FromStr>(field: &str, text: &str) -> Result<T, Problem> {
    let wrong = |_| Problem::invalid_field(field, "must be a whole number that is not too large");
    text.trim().parse().map_err(wrong)
}

#[derive(Template)]
#[template(path = "carrier/staff/truck.html")]
struct TruckPage {
    frame: Frame,
    truck: TruckView,
    trips: Vec<TripView>,
    is_first: bool,
    next: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Before {
    before: Option<String>,
}

async fn truck(
    State(state): State<AppState>,
    SignedStaff { frame, .. }: SignedStaff,
    PathId(id): PathId,
    Params(Before { before }): Params<Before>,
) -> Result<Response, Problem> {
    let (truck, trips, next) = fleet::truck(&state, id, before.as_deref(), SHOWN).await?;
    let is_first = before.is_none();
    Ok(web::page(&TruckPage { frame, truck, trips, is_first, next }))
}
