//! Shipments by state, one of them, and the queue with dispatch by hand.

use askama::Template;
use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Deserialize;

use super::fleet::whole;
use crate::{
    carrier::web::{
        AppState,
        frame::Frame,
        roles::SignedStaff,
        staff::{
            shipments::{self, ShipmentView, ShipmentsInState, Wanted},
            steering::{self, Dispatch},
        },
    },
    web::{self, FormBody, Params, PathId, Problem, people::Caller},
};

const SHOWN: i64 = 50;

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/staff/shipments", get(list))
        .route("/staff/shipments/{id}", get(one))
        .route("/staff/queue", get(queue).post(dispatch))
}

#[derive(Template)]
#[template(path = "carrier/staff/shipments.html")]
struct ShipmentsPage {
    frame: Frame,
    wanted: Wanted,
    typed: String,
    shipments: Vec<ShipmentView>,
    is_first: bool,
    next: Option<i64>,
    problem: Option<Problem>,
}

#[derive(Debug, Deserialize)]
struct Looking {
    /// A shipment's number or tracking number.
    #[serde(default)]
    q: String,
    before: Option<i64>,
}

async fn list(
    State(state): State<AppState>,
    SignedStaff { frame, .. }: SignedStaff,
    Params(wanted): Params<Wanted>,
    Params(Looking { q, before }): Params<Looking>,
) -> Result<Response, Problem> {
    if let Some(id) = shipments::named(&q) {
        return Ok(Redirect::to(&format!("/staff/shipments/{id}")).into_response());
    }
    // What is wrong with the filter is said in the page that has it.
    let (found, problem) = match shipments::list(&state, &wanted, before, SHOWN).await {
        _ if !q.trim().is_empty() => {
            let detail = "must be a shipment's number or a tracking number";
            ((Vec::new(), None), Some(Problem::invalid_field("shipment", detail)))
        }
        Ok(found) => (found, None),
        Err(problem) => ((Vec::new(), None), Some(problem)),
    };
    let status = problem.as_ref().map_or(axum::http::StatusCode::OK, Problem::status);
    let ((shipments, next), is_first, typed) = (found, before.is_none(), q);
    let page = ShipmentsPage { frame, wanted, typed, shipments, is_first, next, problem };
    Ok((status, web::page(&page)).into_response())
}

#[derive(Template)]
#[template(path = "carrier/staff/shipment.html")]
struct ShipmentPage {
    frame: Frame,
    shipment: ShipmentView,
}

async fn one(
    State(state): State<AppState>,
    SignedStaff { frame, .. }: SignedStaff,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let shipment = shipments::find(&state, id).await?;
    Ok(web::page(&ShipmentPage { frame, shipment }))
}

#[derive(Template)]
#[template(path = "carrier/staff/queue.html")]
struct QueuePage {
    frame: Frame,
    waiting: Vec<ShipmentView>,
    counts: Vec<ShipmentsInState>,
    is_first: bool,
    next: Option<String>,
    form: DispatchForm,
    problem: Option<Problem>,
}

#[derive(Debug, Deserialize)]
struct After {
    after: Option<String>,
    /// The shipment to put into the form.
    #[serde(default)]
    shipment: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct DispatchForm {
    #[serde(default)]
    shipment_id: String,
    #[serde(default)]
    truck_id: String,
}

async fn queue(
    State(state): State<AppState>,
    SignedStaff { frame, .. }: SignedStaff,
    Params(After { after, shipment }): Params<After>,
) -> Result<Response, Problem> {
    let form = DispatchForm { shipment_id: shipment, ..DispatchForm::default() };
    Ok(web::page(&page(&state, frame, after.as_deref(), form, None).await?))
}

async fn page(
    state: &AppState,
    frame: Frame,
    after: Option<&str>,
    form: DispatchForm,
    problem: Option<Problem>,
) -> Result<QueuePage, Problem> {
    let (waiting, next) = shipments::queue(state, after, SHOWN).await?;
    let (counts, is_first) = (shipments::counts(state).await?, after.is_none());
    Ok(QueuePage { frame, waiting, counts, is_first, next, form, problem })
}

async fn dispatch(
    State(state): State<AppState>,
    SignedStaff { person, frame }: SignedStaff,
    caller: Caller,
    FormBody(form): FormBody<DispatchForm>,
) -> Result<Response, Problem> {
    let sent = match form.read() {
        Ok(dispatch) => steering::dispatch(&state, &person, &caller, dispatch).await,
        Err(problem) => Err(problem),
    };
    match sent {
        Ok(()) => Ok(Redirect::to("/staff/queue").into_response()),
        Err(problem) => {
            let told = Some(problem.clone());
            Ok(web::refused(&problem, &page(&state, frame, None, form, told).await?))
        }
    }
}

impl DispatchForm {
    fn read(&self) -> Result<Dispatch, Problem> {
        Ok(Dispatch {
            shipment_id: whole("shipment_id", &self.shipment_id)?,
            truck_id: whole("truck_id", &self.truck_id)?,
        })
    }
}
