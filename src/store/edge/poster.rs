//! Posts to the carrier: in batches, or one by one to a carrier that takes none.
//!
//! Whether and when to post again is the peer's business.

use std::{
    collections::BTreeMap,
    slice,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Context;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use serde_json::Value;
use tokio::{task::AbortHandle, time::Instant};

use super::Tell;
use crate::{
    store::model::{CarrierInput, Letter, PostId},
    telemetry::Tap,
    web::{headers_of_post, timestamp},
    wire::{
        dialect::{
            Answer, BATCH_PATH_AT_CARRIER, Batches, Envelope, NoAnswer, Refusal, ToCarrier, code,
            parse_answer, parse_answers, post_id, single_post_to_carrier, to_carrier_value,
            with_ids_as_text,
        },
        signature::Keys,
        tape::{Form, Heard, Way},
    },
};

const CONNECT_WITHIN: Duration = Duration::from_secs(3);
const ANSWER_WITHIN: Duration = Duration::from_secs(15);

/// Of a post message by message none is begun later, so that the post ends before
/// the peer gives it up.
const BEGIN_WITHIN: Duration = Duration::from_secs(25);

/// Single posts under way at once.
const SINGLES_MAX: usize = 8;

/// Of an answer; a batch's answers are some hundred bytes each.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The HTTP client for the carrier; cheap to clone.
#[derive(Clone)]
pub(super) struct Poster {
    base: Arc<str>,
    client: reqwest::Client,
    keys: Keys,
    tell: Tell,
    tap: Tap,
    batches: Arc<Batches>,
    under_way: Arc<Mutex<Option<AbortHandle>>>,
}

/// Why a post has no answer.
#[derive(Debug, thiserror::Error)]
enum PostError {
    #[error("{base} does not answer: {}", root(.error))]
    Http { base: Arc<str>, error: reqwest::Error },
    #[error(transparent)]
    NoAnswer(#[from] NoAnswer),
    #[error("it was not sent: one before it has no answer, or the carrier is slow")]
    Unsent,
}

impl PostError {
    /// Not so where the carrier has no entrance for such a message: that blocks no other.
    fn is_passing(&self) -> bool {
        !matches!(self, Self::NoAnswer(NoAnswer::NoSuchEntrance { .. }))
    }
}

/// A client that gives up in time.
pub(in crate::store) fn client() -> anyhow::Result<reqwest::Client> {
    reqwest::Client::builder()
        .connect_timeout(CONNECT_WITHIN)
        .timeout(ANSWER_WITHIN)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .context("the HTTP client for the carrier")
}

impl Poster {
    pub(super) fn new(
        base: &str,
        client: reqwest::Client,
        keys: Keys,
        tell: Tell,
        tap: Tap,
    ) -> Self {
        let base = base.trim_end_matches('/').into();
        let (batches, under_way) = Default::default();
        Self { base, client, keys, tell, tap, batches, under_way }
    }

    /// The post before this one ends: the peer makes one at a time, so it has given that up.
    pub(super) fn post(&self, post: PostId, envelopes: Vec<Envelope<ToCarrier>>) {
        let poster = self.clone();
        let posting = tokio::spawn(async move {
            let result = poster.send(&envelopes).await.map_err(|error| {
                poster.batches.forget();
                error.to_string()
            });
            (poster.tell)(Letter::Carrier(CarrierInput::Posted { post, result }));
        });
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(given_up) = under_way.replace(posting.abort_handle()) {
            given_up.abort();
        }
    }

    async fn send(&self, envelopes: &[Envelope<ToCarrier>]) -> Result<Vec<Answer>, PostError> {
        if self.batches.are_worth_trying() {
            match self.send_batch(envelopes).await {
                Err(PostError::NoAnswer(NoAnswer::NoSuchEntrance { status })) => {
                    tracing::info!(status, "the carrier takes no batches; posting one by one");
                    self.batches.refused();
                }
                outcome => return outcome,
            }
        }
        self.send_singly(envelopes).await
    }

    async fn send_batch(
        &self,
        envelopes: &[Envelope<ToCarrier>],
    ) -> Result<Vec<Answer>, PostError> {
        let now = timestamp();
        let batch = envelopes.iter().map(|envelope| to_carrier_value(envelope, &now)).collect();
        let (status, body) =
            self.exchange(BATCH_PATH_AT_CARRIER, post_id(envelopes), &batch).await?;
        Ok(parse_answers(status, &body, envelopes.len())?)
    }

    /// Several at a time, but one after the other for each shipment.
    async fn send_singly(
        &self,
        envelopes: &[Envelope<ToCarrier>],
    ) -> Result<Vec<Answer>, PostError> {
        let late = Instant::now() + BEGIN_WITHIN;
        let mut shipments: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (index, envelope) in envelopes.iter().enumerate() {
            shipments.entry(shipment(&envelope.message)).or_default().push(index);
        }
        // Where one has no answer the next is not sent, lest it overtake.
        let one_shipment = |indices: Vec<usize>| async move {
            let mut answers = Vec::new();
            let mut indices = indices.into_iter();
            while Instant::now() < late
                && let Some(index) = indices.next()
            {
                let answer = self.send_one(&envelopes[index]).await;
                let is_lost = answer.as_ref().err().is_some_and(PostError::is_passing);
                answers.push((index, answer));
                if is_lost {
                    break;
                }
            }
            answers.extend(indices.map(|index| (index, Err(PostError::Unsent))));
            answers
        };
        let all = stream::iter(shipments.into_values()).map(one_shipment);
        let mut answers: Vec<_> = all
            .buffer_unordered(SINGLES_MAX)
            .collect::<Vec<_>>()
            .await
            .into_iter()
            .flatten()
            .collect();
        answers.sort_by_key(|(index, _)| *index);
        collect(answers.into_iter().map(|(_, answer)| answer).collect())
    }

    async fn send_one(&self, envelope: &Envelope<ToCarrier>) -> Result<Answer, PostError> {
        let (path, message) = single_post_to_carrier(envelope, &timestamp());
        let id = post_id(slice::from_ref(envelope));
        let (status, body) = self.exchange(path, id.clone(), &message).await?;
        let answer = parse_answer(status, &body)?;
        if !misses_a_field(&answer) {
            return Ok(answer);
        }
        let (status, body) = self.exchange(path, id, &with_ids_as_text(message)).await?;
        Ok(parse_answer(status, &body)?)
    }

    async fn exchange(
        &self,
        path: &str,
        id: Option<String>,
        body: &Value,
    ) -> Result<(u16, Bytes), PostError> {
        let http = |error| PostError::Http { base: Arc::clone(&self.base), error };
        let body = Bytes::from(body.to_string());
        self.note(Way::Sent, format!("POST {path}"), body.clone());
        let headers = headers_of_post(&self.keys, id, &body);
        let request = self.client.post(format!("{}{path}", self.base)).headers(headers).body(body);
        let mut response = request.send().await.map_err(http)?;
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(http)? {
            body.extend_from_slice(&chunk);
            if body.len() > ANSWER_BYTES_MAX {
                let reason = format!("an answer of more than {ANSWER_BYTES_MAX} bytes");
                return Err(NoAnswer::Unintelligible { reason }.into());
            }
        }
        let body = Bytes::from(body);
        self.note(Way::Received, format!("{status} {path}"), body.clone());
        Ok((status, body))
    }

    fn note(&self, way: Way, name: String, bytes: Bytes) {
        let name = name.into();
        self.tap.note(Heard { link: "carrier", way, form: Form::Json, name, bytes });
    }
}

/// None is missing that we send: a stranger that says so looks for an id as a text.
fn misses_a_field(answer: &Answer) -> bool {
    let refused = answer.outcome.as_ref().err();
    answer.acks.is_empty() && refused.is_some_and(|it| it.code == code::MISSING_FIELD)
}

/// All answers where there is one at least; a message without one is tried again.
fn collect(answers: Vec<Result<Answer, PostError>>) -> Result<Vec<Answer>, PostError> {
    let none_answered = answers.iter().all(Result::is_err);
    let answer = |answer: Result<Answer, PostError>| match answer {
        Err(error) if none_answered => Err(error),
        Err(error) => {
            let outcome = Err(Refusal::new(code::INTERNAL, error.to_string()));
            Ok(Answer { outcome, acks: Vec::new() })
        }
        Ok(answer) => Ok(answer),
    };
    answers.into_iter().map(answer).collect()
}

fn shipment(message: &ToCarrier) -> crate::basis::PackageId {
    match message {
        ToCarrier::ShipmentCreated { shipment, .. }
        | ToCarrier::ShipmentLoaded { shipment }
        | ToCarrier::ShipmentStatusRequest { shipment }
        | ToCarrier::AddressChange { shipment, .. } => *shipment,
    }
}

/// The innermost reason: reqwest's own words only say that sending failed.
fn root(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    };

    use axum::{
        Json, Router,
        extract::State,
        http::{StatusCode, Uri},
        response::{IntoResponse, Response},
    };
    use serde_json::json;

    use super::*;
    use crate::{basis::PackageId, wire::dialect::render_answers};

    /// A carrier that learns to take batches.
    #[derive(Default)]
    struct Carrier {
        takes_batches: AtomicBool,
        paths: Mutex<Vec<String>>,
    }

    async fn hear(State(carrier): State<Arc<Carrier>>, uri: Uri, body: Json<Value>) -> Response {
        carrier.paths.lock().unwrap().push(uri.path().to_owned());
        let answer = Answer::done(None, "done");
        match body.0 {
            Value::Array(_) if !carrier.takes_batches.load(Ordering::Relaxed) => {
                StatusCode::NOT_FOUND.into_response()
            }
            Value::Array(all) => Json(render_answers(&vec![answer; all.len()], "")).into_response(),
            _ => Json(json!({"message_type": "Acknowledgement", "payload": {}})).into_response(),
        }
    }

    #[tokio::test]
    async fn a_carrier_that_is_replaced_by_one_that_takes_batches_gets_them() {
        let carrier = Arc::new(Carrier::default());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let site = Router::new().fallback(hear).with_state(Arc::clone(&carrier));
        let serving = tokio::spawn(async { axum::serve(listener, site).await });
        let (keys, tap) = Default::default();
        let poster = Poster::new(&base, client().unwrap(), keys, Arc::new(|_| {}), tap);
        let shipment = PackageId(1);
        let envelopes = [Envelope::unnumbered(ToCarrier::ShipmentLoaded { shipment })];
        for _ in 0..3 {
            poster.send(&envelopes).await.unwrap();
        }
        let single = "/shipment_loaded";
        let first = [BATCH_PATH_AT_CARRIER, single, single, single];
        assert_eq!(*carrier.paths.lock().unwrap(), first);
        carrier.takes_batches.store(true, Ordering::Relaxed);
        for _ in 0..100 {
            poster.send(&envelopes).await.unwrap();
        }
        let paths = carrier.paths.lock().unwrap();
        assert_eq!(paths.last().unwrap(), BATCH_PATH_AT_CARRIER);
        assert!(paths.iter().filter(|path| *path == single).count() < 100);
        serving.abort();
    }

    /// Never answers the first post, and each later one at once.
    async fn hear_the_second(State(heard): State<Arc<Mutex<u32>>>, body: Json<Value>) -> Response {
        let nth = {
            let mut heard = heard.lock().unwrap();
            *heard += 1;
            *heard
        };
        if nth == 1 {
            std::future::pending::<()>().await;
        }
        let answers = vec![Answer::done(None, "done"); body.as_array().unwrap().len()];
        Json(render_answers(&answers, "")).into_response()
    }

    #[tokio::test]
    async fn a_post_that_a_newer_one_replaces_is_dropped() {
        let heard = Arc::<Mutex<u32>>::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let site = Router::new().fallback(hear_the_second).with_state(Arc::clone(&heard));
        let serving = tokio::spawn(async { axum::serve(listener, site).await });
        let (told, mut results) = tokio::sync::mpsc::unbounded_channel();
        let tell = move |letter: Letter| {
            let Letter::Carrier(CarrierInput::Posted { post, result }) = letter else { return };
            told.send((post, result.is_ok())).unwrap();
        };
        let (keys, tap) = Default::default();
        let poster = Poster::new(&base, client().unwrap(), keys, Arc::new(tell), tap);
        let shipment = PackageId(1);
        let envelopes = vec![Envelope::unnumbered(ToCarrier::ShipmentLoaded { shipment })];
        poster.post(PostId(1), envelopes.clone());
        while *heard.lock().unwrap() == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        poster.post(PostId(2), envelopes);
        drop(poster);
        // The end of the channel is the end of both posts.
        assert_eq!(results.recv().await, Some((PostId(2), true)));
        assert_eq!(results.recv().await, None);
        serving.abort();
    }
}
