//! Where stores post: each message alone, any at the generic entrance, many in a batch.
//!
//! The answer is sent when its effects are committed, so that it is never taken back.

use std::{collections::BTreeSet, time::Duration};

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::Value;

use super::{AppState, BATCHES_AT_ONCE_MAX};
use crate::{
    carrier::{
        db::track_all,
        model::{Letter, ShipmentStage, StoreInput},
    },
    runtime::Permit,
    telemetry::Tap,
    web::{
        Guarded, Problem, Wording, guard_part, signed, tapped, timestamp, with_and_without_slash,
    },
    wire::{
        dialect::{
            Answer, BATCH_PATH_AT_CARRIER, Content, Envelope, EnvelopeKind, Refusal, StatusReport,
            ToCarrier, code, parse_batch_to_carrier, parse_to_carrier, render_answer,
            render_answers,
        },
        signature::Keys,
    },
};

/// Of one message; the longest have a few hundred.
const MESSAGE_BYTES_MAX: usize = 64 * 1024;
/// Of a batch of as many messages as are taken at once.
const BATCH_BYTES_MAX: usize = 4 * 1024 * 1024;
/// A store that has waited so long asks again.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

const FULL: &str = "too many messages are under way; send it again";

/// `messages_max`: single messages that are under way at once. `keys`: shared with the store.
pub(super) fn routes(messages_max: usize, keys: Keys, tap: &Tap) -> Router<AppState> {
    let guarded = Guarded { wording: Wording::Own(in_dialect), ..Guarded::default() };
    let bounds = |body_bytes_max, in_flight_max| Guarded {
        body_bytes_max,
        in_flight_max,
        ..guarded.clone()
    };
    let single = with_and_without_slash([
        ("/api/shipment", post(shipment)),
        ("/api/shipment_loaded", post(shipment_loaded)),
        ("/api/shipment_status", post(shipment_status)),
        ("/api/address_change", post(address_change)),
        ("/api/amazon/message", post(any_message)),
    ]);
    let single = guard_part(
        signed(tapped(single, tap, "store"), keys.clone()),
        bounds(MESSAGE_BYTES_MAX, messages_max),
    );
    let batch = Router::new().route(&format!("/api{BATCH_PATH_AT_CARRIER}"), post(messages));
    let batch = signed(tapped(batch, tap, "store"), keys);
    single.merge(guard_part(batch, bounds(BATCH_BYTES_MAX, BATCHES_AT_ONCE_MAX)))
}

/// A refusal of the guard's.
fn in_dialect(problem: &Problem, _: &str) -> Value {
    let is_passing =
        problem.status().is_server_error() || problem.status() == StatusCode::REQUEST_TIMEOUT;
    let code = if is_passing { code::INTERNAL } else { code::MALFORMED };
    render_answer(&Answer::refused(None, code, problem.detail()), &timestamp()).1
}

async fn shipment(State(state): State<AppState>, body: Bytes) -> Response {
    enter(&state, Some(EnvelopeKind::ShipmentCreated), &body).await
}

async fn shipment_loaded(State(state): State<AppState>, body: Bytes) -> Response {
    enter(&state, Some(EnvelopeKind::ShipmentLoaded), &body).await
}

async fn shipment_status(State(state): State<AppState>, body: Bytes) -> Response {
    enter(&state, Some(EnvelopeKind::ShipmentStatusRequest), &body).await
}

async fn address_change(State(state): State<AppState>, body: Bytes) -> Response {
    enter(&state, Some(EnvelopeKind::AddressChange), &body).await
}

async fn any_message(State(state): State<AppState>, body: Bytes) -> Response {
    enter(&state, None, &body).await
}

async fn enter(state: &AppState, expected: Option<EnvelopeKind>, body: &[u8]) -> Response {
    let envelope = match parse_to_carrier(expected, body) {
        Ok(envelope) => envelope,
        Err(refusal) => return single(&refused(refusal)),
    };
    let Some(permit) = state.messages.enter() else { return busy(FULL) };
    match ask(state, vec![envelope], permit).await.as_deref() {
        Ok([answer]) => single(answer),
        Ok(_) => busy("no answer in the answer"),
        Err(reason) => busy(reason),
    }
}

async fn messages(State(state): State<AppState>, body: Bytes) -> Response {
    let Some(permit) = state.batches.enter() else { return busy(FULL) };
    let parsed = match parse_batch_to_carrier(&body) {
        Ok(parsed) => parsed,
        Err(refusal) => return single(&refused(refusal)),
    };
    drop(body);
    let good = parsed.iter().filter_map(|message| message.as_ref().ok().cloned()).collect();
    let mut answers = match ask(&state, good, permit).await {
        Ok(answers) => answers.into_iter(),
        Err(reason) => return busy(reason),
    };
    let later = || Answer::refused(None, code::INTERNAL, "no answer; send it again");
    let merged: Vec<Answer> = parsed
        .into_iter()
        .map(|message| match message {
            Ok(_) => answers.next().unwrap_or_else(later),
            Err(refusal) => refused(refusal),
        })
        .collect();
    Json(render_answers(&merged, &timestamp())).into_response()
}

/// Hands the messages in and waits until what they did is committed.
///
/// To the end, also where the caller hangs up: what the models were given counts until it
/// is answered, or somebody who hangs up at once could give them any number.
async fn ask(
    state: &AppState,
    envelopes: Vec<Envelope<ToCarrier>>,
    permit: Permit,
) -> Result<Vec<Answer>, &'static str> {
    if envelopes.is_empty() {
        return Ok(Vec::new());
    }
    let state = state.clone();
    let asking = tokio::spawn(async move {
        let answers = answers_to(&state, envelopes).await;
        drop(permit);
        answers
    });
    asking.await.unwrap_or(Err("no answer; send it again"))
}

async fn answers_to(
    state: &AppState,
    envelopes: Vec<Envelope<ToCarrier>>,
) -> Result<Vec<Answer>, &'static str> {
    if !state.service.is_healthy() {
        return Err("the database takes no writes at present; send it again");
    }
    let posted = |reply| {
        state.service.post(Letter::Store(StoreInput::Received { reply, envelopes }));
    };
    let answers = state.edge.replies().ask(ANSWER_WITHIN, posted).await;
    let mut answers = answers.map_err(|_| "not done in time; send it again")?;
    complete(state, &mut answers).await;
    Ok(answers)
}

/// What is finished the models have forgotten; the database has not, and is asked once.
async fn complete(state: &AppState, answers: &mut [Answer]) {
    let finished: BTreeSet<_> = finished_in(answers).map(|report| report.shipment).collect();
    // A report without its truck is better than none.
    let found = track_all(&state.db, &finished).await.unwrap_or_default();
    for report in finished_in(answers) {
        if let Some(shipment) = found.get(&report.shipment) {
            report.truck = shipment.truck;
            report.truck_status = Some(shipment.stage.truck_status().to_owned());
            report.actual_delivery = shipment.delivered_at();
        }
    }
}

/// The reports that lack what only the database knows.
fn finished_in(answers: &mut [Answer]) -> impl Iterator<Item = &mut StatusReport> {
    answers.iter_mut().filter_map(|answer| match &mut answer.outcome {
        Ok(Content::Status(report)) => {
            let is_over = report.status == ShipmentStage::Delivered.name();
            (is_over && report.truck.is_none()).then_some(report)
        }
        _ => None,
    })
}

fn refused(Refusal { code, message }: Refusal) -> Answer {
    Answer::refused(None, code, message)
}

fn single(answer: &Answer) -> Response {
    let (status, body) = render_answer(answer, &timestamp());
    respond(status, body)
}

fn respond(status: u16, body: Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, Json(body)).into_response()
}

fn busy(reason: &str) -> Response {
    let answer = Answer::refused(None, code::INTERNAL, reason);
    let body = render_answer(&answer, &timestamp()).1;
    let retry_after = [(header::RETRY_AFTER, HeaderValue::from_static("1"))];
    (StatusCode::SERVICE_UNAVAILABLE, retry_after, Json(body)).into_response()
}
