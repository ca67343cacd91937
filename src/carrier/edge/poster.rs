//! Posts to the store: a batch where it takes batches, else message by message.
//!
//! Whether and when to post again is for the model.

use std::{collections::BTreeMap, slice, time::Duration};

use axum::body::Bytes;
use futures_util::{StreamExt as _, stream};
use serde_json::Value;
use tokio::time::Instant;

use crate::{
    basis::PackageId,
    telemetry::Tap,
    web::{headers_of_post, timestamp},
    wire::{
        dialect::{
            Answer, BATCH_PATH_AT_STORE, Batches, Content, DetailReport, Envelope, NoAnswer,
            ToStore, code, parse_answer, parse_answers, post_id, single_post_to_store,
            to_store_value,
        },
        signature::Keys,
        tape::{Form, Heard, Way},
    },
};

const CONNECT_WITHIN: Duration = Duration::from_secs(3);
const ANSWER_WITHIN: Duration = Duration::from_secs(15);
/// Somebody looks at a page meanwhile.
const DETAIL_WITHIN: Duration = Duration::from_secs(3);
/// Of a post message by message none is begun later, so that the post ends before
/// the peer gives it up.
const BEGIN_WITHIN: Duration = Duration::from_secs(25);
/// Shipments whose messages are posted at the same time to a store without batches.
const SINGLE_POSTS_AT_ONCE: usize = 16;
/// Of an answer; a batch's answers are some hundred bytes each.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A client of one store.
pub(super) struct Poster {
    http: reqwest::Client,
    store_url: String,
    keys: Keys,
    tap: Tap,
    batches: Batches,
}

/// A client with deadlines that follows nobody elsewhere, neither a redirect nor a proxy
/// of the environment's.
pub(in crate::carrier) fn http_client() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .connect_timeout(CONNECT_WITHIN)
        .timeout(ANSWER_WITHIN)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
}

impl Poster {
    pub(super) fn new(http: reqwest::Client, store_url: &str, keys: Keys, tap: Tap) -> Self {
        let batches = Batches::default();
        Self { http, store_url: store_url.to_owned(), keys, tap, batches }
    }

    pub(super) fn store_url(&self) -> &str {
        &self.store_url
    }

    /// An answer for each message, or why there is none.
    pub(super) async fn post(
        &self,
        envelopes: &[Envelope<ToStore>],
    ) -> Result<Vec<Answer>, String> {
        if let [envelope @ Envelope { message: ToStore::SetWorld { .. }, .. }] = envelopes {
            // It is told at each start and after each failure: maybe the store is another one.
            self.batches.forget();
            let answer = self.post_single(envelope).await.map_err(|error| error.to_string())?;
            return Ok(vec![answer]);
        }
        if self.batches.are_worth_trying() {
            match self.post_batch(envelopes).await {
                Err(NoAnswer::NoSuchEntrance { .. }) => {
                    tracing::info!("the store takes no batches; posting message by message");
                    self.batches.refused();
                }
                other => return other.map_err(|error| error.to_string()),
            }
        }
        self.post_one_by_one(envelopes).await
    }

    async fn post_batch(&self, envelopes: &[Envelope<ToStore>]) -> Result<Vec<Answer>, NoAnswer> {
        let timestamp = timestamp();
        let body = envelopes.iter().map(|envelope| to_store_value(envelope, &timestamp)).collect();
        let (status, body) = self.send(BATCH_PATH_AT_STORE, post_id(envelopes), &body).await?;
        parse_answers(status, &body, envelopes.len())
    }

    async fn post_single(&self, envelope: &Envelope<ToStore>) -> Result<Answer, NoAnswer> {
        let (path, body) = single_post_to_store(envelope, &timestamp());
        let (status, body) = self.send(path, post_id(slice::from_ref(envelope)), &body).await?;
        parse_answer(status, &body)
    }

    /// What the store says is in a shipment. A question and no news: nobody numbers it, and who
    /// wants to know asks again.
    pub(super) async fn ask_detail(&self, shipment: PackageId) -> Result<DetailReport, String> {
        let message = ToStore::DetailRequest { shipment };
        let envelope = Envelope { seq: None, sender: None, message };
        let asking = tokio::time::timeout(DETAIL_WITHIN, self.post_single(&envelope)).await;
        let answer = asking.map_err(|_| format!("no answer within {DETAIL_WITHIN:?}"))?;
        match answer.map_err(|error| error.to_string())?.outcome {
            Ok(Content::Detail(report)) if report.shipment == shipment => Ok(report),
            Ok(_) => Err("an answer to something else".to_owned()),
            Err(refusal) => Err(refusal.message),
        }
    }

    /// Several shipments at a time, but one message after the other for each.
    async fn post_one_by_one(
        &self,
        envelopes: &[Envelope<ToStore>],
    ) -> Result<Vec<Answer>, String> {
        let late = Instant::now() + BEGIN_WITHIN;
        let mut by_shipment: BTreeMap<Option<PackageId>, Vec<usize>> = BTreeMap::new();
        for (index, envelope) in envelopes.iter().enumerate() {
            by_shipment.entry(shipment_in(&envelope.message)).or_default().push(index);
        }
        let rows = by_shipment.into_values().map(|row| self.post_row(envelopes, row, late));
        let done: Vec<_> =
            stream::iter(rows).buffer_unordered(SINGLE_POSTS_AT_ONCE).collect().await;
        let mut answers: BTreeMap<usize, Answer> = BTreeMap::new();
        let mut failure = None;
        for (row, error) in done {
            answers.extend(row);
            failure = failure.or(error);
        }
        if let (true, Some(error)) = (answers.is_empty(), failure) {
            return Err(error);
        }
        let later = || Answer::refused(None, code::INTERNAL, "no answer");
        let answer = |index| answers.remove(&index).unwrap_or_else(later);
        Ok((0..envelopes.len()).map(answer).collect())
    }

    /// Stops at the first message without an answer, so that none overtakes it, and when it is late.
    async fn post_row(
        &self,
        envelopes: &[Envelope<ToStore>],
        row: Vec<usize>,
        late: Instant,
    ) -> (Vec<(usize, Answer)>, Option<String>) {
        let mut answers = Vec::with_capacity(row.len());
        for index in row {
            if Instant::now() >= late {
                return (answers, Some("the store is slow".to_owned()));
            }
            let Some(envelope) = envelopes.get(index) else { continue };
            match self.post_single(envelope).await {
                Ok(answer) => answers.push((index, answer)),
                // Not everybody wants to know everything.
                Err(NoAnswer::NoSuchEntrance { status }) => {
                    let words = format!("the store has no entrance for it (HTTP {status})");
                    answers.push((index, Answer::refused(None, code::MALFORMED, words)));
                }
                Err(error) => return (answers, Some(error.to_string())),
            }
        }
        (answers, None)
    }

    async fn send(
        &self,
        path: &str,
        id: Option<String>,
        body: &Value,
    ) -> Result<(u16, Bytes), NoAnswer> {
        let body = Bytes::from(body.to_string());
        self.note(Way::Sent, format!("POST {path}"), body.clone());
        let headers = headers_of_post(&self.keys, id, &body);
        let url = format!("{}{path}", self.store_url);
        let failed = |error: reqwest::Error| NoAnswer::Unintelligible { reason: reason(&error) };
        let request = self.http.post(url).headers(headers).body(body);
        let mut response = request.send().await.map_err(failed)?;
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            body.extend_from_slice(&chunk);
            if body.len() > ANSWER_BYTES_MAX {
                let reason = format!("an answer of more than {ANSWER_BYTES_MAX} bytes");
                return Err(NoAnswer::Unintelligible { reason });
            }
        }
        let body = Bytes::from(body);
        self.note(Way::Received, format!("{status} {path}"), body.clone());
        Ok((status, body))
    }

    fn note(&self, way: Way, name: String, bytes: Bytes) {
        let name = name.into();
        self.tap.note(Heard { link: "store", way, form: Form::Json, name, bytes });
    }
}

/// With its causes: "error sending request" alone helps nobody.
fn reason(error: &reqwest::Error) -> String {
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        words = format!("{words}: {inner}");
        cause = inner.source();
    }
    words
}

fn shipment_in(message: &ToStore) -> Option<PackageId> {
    match message {
        ToStore::SetWorld { .. } => None,
        ToStore::TruckArrived { shipment, .. } => *shipment,
        ToStore::TruckDispatched { shipment, .. }
        | ToStore::ShipmentDelivered { shipment, .. }
        | ToStore::Tracking { shipment, .. }
        | ToStore::StatusUpdate { shipment, .. }
        | ToStore::DetailRequest { shipment } => Some(*shipment),
        // Nothing that a carrier says.
        ToStore::WorldEvent(_) => None,
    }
}
