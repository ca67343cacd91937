//! Where the carrier reports to: the dialect's entrances, single, flat and batched.
//!
//! Bodies become messages or refusals here; what they mean is for the models.
//! Only a question for a shipment's details is answered here, from the database.

use std::collections::BTreeSet;

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::Value;

use super::{db::details, shop::Shop};
use crate::{
    basis::PackageId,
    db::Db,
    runtime::Admission,
    web::{
        Guarded, Problem, Wording, guard_part, signed, tapped, timestamp, with_and_without_slash,
    },
    wire::{
        dialect::{
            Answer, BATCH_PATH_AT_STORE, Content, Envelope, EnvelopeKind, FlatKind, Refusal,
            ToStore, code, parse_batch_to_store, parse_flat, parse_to_store, render_answer,
            render_answers, render_flat_answer,
        },
        signature::Keys,
    },
};

/// Of one message; the longest have a few hundred.
const MESSAGE_BYTES_MAX: usize = 64 * 1024;
/// Of a batch of as many messages as are taken at once.
const BATCH_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Single messages that are under way at once.
const MESSAGES_AT_ONCE_MAX: usize = 256;
/// Batches that are under way at once; a carrier of ours posts one at a time.
const BATCHES_AT_ONCE_MAX: usize = 16;

const RETRY_AFTER_S: &str = "1";

#[derive(Clone)]
struct Entrance {
    shop: Shop,
    db: Db,
    messages: Admission,
    batches: Admission,
}

/// What came: each message is good or refused.
type Messages = Vec<Result<Envelope<ToStore>, Refusal>>;

/// All entrances for the carrier, behind a guard that speaks the dialect; with keys they take
/// only what is signed.
pub fn router(shop: Shop, db: Db, keys: Keys, guarded: Guarded) -> Router {
    use EnvelopeKind as E;
    use FlatKind as F;
    let guarded = Guarded { wording: Wording::Own(in_dialect), ..guarded };
    let single = with_and_without_slash([
        ("/set_worldid", flat(F::SetWorld)),
        ("/api/webhooks/truck-dispatched", enveloped(E::TruckDispatched)),
        ("/api/webhooks/truck-arrived", enveloped(E::TruckArrived)),
        ("/api/webhooks/shipment-delivered", enveloped(E::ShipmentDelivered)),
        ("/api/webhooks/shipment-detail-request", enveloped(E::PackageDetailRequest)),
        ("/api/ups/truck-arrived", flat(F::TruckArrived)),
        ("/api/ups/package-delivered", flat(F::PackageDelivered)),
        ("/api/ups/tracking", flat(F::Tracking)),
        ("/api/ups/status-update", flat(F::StatusUpdate)),
        ("/api/world/event", flat(F::WorldEvent)),
    ]);
    let tap = shop.tap().clone();
    let bounds = |body_bytes_max, in_flight_max| Guarded {
        body_bytes_max,
        in_flight_max,
        ..guarded.clone()
    };
    let single = signed(tapped(single, &tap, "carrier"), keys.clone());
    let single = guard_part(single, bounds(MESSAGE_BYTES_MAX, MESSAGES_AT_ONCE_MAX));
    let batch = Router::new().route(BATCH_PATH_AT_STORE, post(batched));
    let batch = signed(tapped(batch, &tap, "carrier"), keys);
    let batch = guard_part(batch, bounds(BATCH_BYTES_MAX, BATCHES_AT_ONCE_MAX));
    let messages = Admission::new(MESSAGES_AT_ONCE_MAX);
    let batches = Admission::new(BATCHES_AT_ONCE_MAX);
    single.merge(batch).with_state(Entrance { shop, db, messages, batches })
}

/// A refusal of the guard's, in the form of the entrance.
fn in_dialect(problem: &Problem, path: &str) -> Value {
    let is_passing =
        problem.status().is_server_error() || problem.status() == StatusCode::REQUEST_TIMEOUT;
    let code = if is_passing { code::INTERNAL } else { code::MALFORMED };
    let path = path.trim_end_matches('/');
    let is_flat =
        ["/set_worldid", "/api/world/event"].contains(&path) || path.starts_with("/api/ups/");
    let form = if is_flat { Form::Flat } else { Form::Enveloped };
    form.render(&refusal(Refusal::new(code, problem.detail()))).1
}

fn enveloped(kind: EnvelopeKind) -> axum::routing::MethodRouter<Entrance> {
    post(async move |State(entrance): State<Entrance>, body: Bytes| {
        let message = parse_to_store(Some(kind), &body);
        entrance.take_in_one(message, Form::Enveloped).await
    })
}

fn flat(kind: FlatKind) -> axum::routing::MethodRouter<Entrance> {
    post(async move |State(entrance): State<Entrance>, body: Bytes| {
        entrance.take_in_one(parse_flat(kind, &body), Form::Flat).await
    })
}

async fn batched(State(entrance): State<Entrance>, body: Bytes) -> Response {
    let messages = match parse_batch_to_store(&body) {
        Ok(messages) => messages,
        Err(refused) => return Form::Enveloped.respond(&refusal(refused)),
    };
    drop(body);
    match entrance.take_in(&entrance.batches, messages).await {
        Some(answers) => Json(render_answers(&answers, &timestamp())).into_response(),
        None => Form::Enveloped.busy(),
    }
}

/// How an entrance puts its answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Enveloped,
    Flat,
}

impl Form {
    fn render(self, answer: &Answer) -> (u16, Value) {
        match self {
            Self::Enveloped => render_answer(answer, &timestamp()),
            Self::Flat => render_flat_answer(answer),
        }
    }

    fn respond(self, answer: &Answer) -> Response {
        let (status, body) = self.render(answer);
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(body)).into_response()
    }

    /// Nothing was done, or it is not known whether: send it again.
    fn busy(self) -> Response {
        let words = "the store can not answer now; send it again";
        let (_, body) = self.render(&refusal(Refusal::new(code::INTERNAL, words)));
        let retry_after = [(RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_S))];
        (StatusCode::SERVICE_UNAVAILABLE, retry_after, Json(body)).into_response()
    }
}

impl Entrance {
    async fn take_in_one(
        &self,
        message: Result<Envelope<ToStore>, Refusal>,
        form: Form,
    ) -> Response {
        match self.take_in(&self.messages, vec![message]).await.as_deref() {
            Some([answer]) => form.respond(answer),
            Some(_) | None => form.busy(),
        }
    }

    /// Has messages done and gives their answers, if there is a place for them.
    async fn take_in(&self, places: &Admission, messages: Messages) -> Option<Vec<Answer>> {
        let permit = places.enter()?;
        let entrance = self.clone();
        // To the end, also where the caller hangs up: what the models were given counts
        // until it is answered, or somebody who hangs up at once could give them any number.
        let answering = tokio::spawn(async move {
            let answers = entrance.answer(messages).await;
            drop(permit);
            answers
        });
        answering.await.unwrap_or(None)
    }

    /// Answers in the order of the messages: events by the models, questions by
    /// the database, what is no message by saying so.
    async fn answer(&self, messages: Messages) -> Option<Vec<Answer>> {
        let mut answers: Vec<Option<Answer>> = vec![None; messages.len()];
        let (mut places, mut events, mut questions) = (Vec::new(), Vec::new(), Vec::new());
        for (place, message) in messages.into_iter().enumerate() {
            match message {
                Err(refused) => answers[place] = Some(refusal(refused)),
                Ok(Envelope { seq, message: ToStore::DetailRequest { shipment }, .. }) => {
                    questions.push((place, seq, shipment));
                }
                Ok(event) => {
                    places.push(place);
                    events.push(event);
                }
            }
        }
        let asked: BTreeSet<PackageId> = questions.iter().map(|(.., shipment)| *shipment).collect();
        let details = details(&self.db, &asked).await.ok()?;
        for (place, seq, shipment) in questions {
            let outcome = details.get(&shipment).cloned().map(Content::Detail);
            let outcome = outcome.ok_or_else(|| no_such(shipment));
            answers[place] = Some(Answer { outcome, acks: seq.into_iter().collect() });
        }
        if !events.is_empty() {
            let heard = self.shop.hear_carrier(events).await.ok()?;
            for (place, answer) in places.into_iter().zip(heard) {
                answers[place] = Some(answer);
            }
        }
        Some(answers.into_iter().flatten().collect())
    }
}

fn no_such(shipment: PackageId) -> Refusal {
    Refusal::new(code::SHIPMENT_NOT_FOUND, format!("there is no shipment {shipment}"))
}

fn refusal(refusal: Refusal) -> Answer {
    Answer { outcome: Err(refusal), acks: Vec::new() }
}

#[cfg(test)]
mod tests;
