//! The ear: the entrances of the store or carrier that we play. It writes down what is posted
//! there, and answers well unless a check wants it to answer otherwise.
//!
//! What should be posted is for the checks. It takes no batches, which no peer has to.

mod answers;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::Context as _;
use axum::body::{Body, Bytes, to_bytes};
use http::{HeaderMap, Request, Response};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{net::TcpListener, sync::watch, time::timeout};
use tokio_util::task::AbortOnDropHandle;

use crate::{
    conform::{
        check::{Failure, Verdict},
        trace::Trace,
    },
    wire::signature::{Claim, ID_HEADER, Keys, SIGNATURE_HEADER, TIMESTAMP_HEADER},
};

/// Of a message to us; the longest have a few hundred.
const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// What is remembered at most; then the oldest is forgotten.
const HEARD_MAX: usize = 50_000;

/// Whose entrances these are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::conform) enum Role {
    Store,
    Carrier,
}

/// How a message is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::conform) enum Manner {
    Well,
    /// The connection ends, and no answer comes.
    Lost,
    /// HTTP status and code of the dialect.
    Refused(u16, u16),
}

/// A message as it came.
#[derive(Debug, Clone)]
pub(in crate::conform) struct Heard {
    pub(in crate::conform) path: String,
    /// `message_type`, or the last part of a flat entrance's path.
    pub(in crate::conform) kind: String,
    pub(in crate::conform) whole: Value,
    /// The `webhook-id`, where it has one.
    pub(in crate::conform) id: Option<String>,
    /// Whether the signature is right; true where none was agreed.
    pub(in crate::conform) is_signed: bool,
}

/// Messages that are answered in other ways than well, one after the other.
struct Plan {
    is_meant: Box<dyn Fn(&Heard) -> bool + Send>,
    manners: VecDeque<Manner>,
}

/// Running entrances; closed when dropped.
pub(in crate::conform) struct Desk {
    shared: Arc<Shared>,
    _serving: AbortOnDropHandle<()>,
}

struct Shared {
    role: Role,
    keys: Keys,
    book: Mutex<Book>,
    count: watch::Sender<usize>,
}

#[derive(Default)]
struct Book {
    heard: VecDeque<Heard>,
    plans: Vec<Plan>,
}

impl Desk {
    pub(in crate::conform) async fn open(
        addr: &str,
        role: Role,
        keys: Keys,
    ) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(addr).await;
        let listener = listener.with_context(|| format!("listening on {addr} (--listen)"))?;
        let (book, count) = (Mutex::default(), watch::Sender::new(0));
        let shared = Arc::new(Shared { role, keys, book, count });
        let serving = tokio::spawn(serve(listener, Arc::clone(&shared)));
        Ok(Self { shared, _serving: AbortOnDropHandle::new(serving) })
    }

    /// The next messages that are meant are answered so; later ones well.
    pub(in crate::conform) fn answer(
        &self,
        is_meant: impl Fn(&Heard) -> bool + Send + 'static,
        manners: &[Manner],
    ) {
        let plan =
            Plan { is_meant: Box::new(is_meant), manners: manners.iter().copied().collect() };
        self.shared.lock().plans.push(plan);
    }

    /// All that was heard and is meant.
    pub(in crate::conform) fn heard(&self, is_meant: impl Fn(&Heard) -> bool) -> Vec<Heard> {
        self.shared.lock().heard.iter().filter(|heard| is_meant(heard)).cloned().collect()
    }

    /// Waits until so many were heard, now or before; gives them.
    pub(in crate::conform) async fn wait_for(
        &self,
        trace: &Trace,
        patience: Duration,
        what: &str,
        count: usize,
        is_meant: impl Fn(&Heard) -> bool,
    ) -> Verdict<Vec<Heard>> {
        let mut changes = self.shared.count.subscribe();
        let waiting = async {
            loop {
                let found = self.heard(&is_meant);
                if found.len() >= count || changes.changed().await.is_err() {
                    return found;
                }
            }
        };
        let found = timeout(patience, waiting).await;
        let found = found.unwrap_or_else(|_| self.heard(&is_meant));
        for heard in &found {
            trace.received("we", &format!("POST {} {}", heard.path, heard.whole));
        }
        if found.len() >= count {
            return Ok(found);
        }
        let received = format!("{} of {count} within {} s", found.len(), patience.as_secs_f64());
        Err(Failure::new(what, received))
    }

    /// Listens for a while: what is heard in the end.
    pub(in crate::conform) async fn heard_after(
        &self,
        span: Duration,
        is_meant: impl Fn(&Heard) -> bool,
    ) -> Vec<Heard> {
        tokio::time::sleep(span).await;
        self.heard(is_meant)
    }
}

impl Heard {
    /// In an envelope its payload's field, else the body's.
    pub(in crate::conform) fn field(&self, name: &str) -> &Value {
        let payload = &self.whole["payload"];
        if payload.is_object() { &payload[name] } else { &self.whole[name] }
    }

    pub(in crate::conform) fn int(&self, name: &str) -> Option<i64> {
        let value = self.field(name);
        value.as_i64().or_else(|| value.as_str()?.parse().ok())
    }

    /// Its sender's number for it.
    pub(in crate::conform) fn seq(&self) -> Option<i64> {
        ["sequence_number", "seqnum"].iter().find_map(|name| self.whole[*name].as_i64())
    }

    pub(in crate::conform) fn is_about(&self, kind: &str, shipment: i64) -> bool {
        self.kind == kind && self.int("shipment_id") == Some(shipment)
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes it down, and says how it is answered.
    fn note(&self, heard: Heard) -> Manner {
        let mut book = self.lock();
        let plan = book.plans.iter_mut().find(|it| !it.manners.is_empty() && (it.is_meant)(&heard));
        let manner = plan.and_then(|plan| plan.manners.pop_front()).unwrap_or(Manner::Well);
        book.heard.push_back(heard);
        if book.heard.len() > HEARD_MAX {
            book.heard.pop_front();
        }
        drop(book);
        self.count.send_modify(|count| *count += 1);
        manner
    }

    fn is_signed(&self, headers: &HeaderMap, body: &Bytes) -> bool {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let claim = Claim {
            id: text(ID_HEADER),
            timestamp: text(TIMESTAMP_HEADER),
            signatures: text(SIGNATURE_HEADER),
        };
        let now_s = jiff::Timestamp::now().as_second();
        self.keys.is_empty() || self.keys.verify(claim, body, now_s).is_ok()
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    // With the listener ends every connection.
    let mut connections = tokio::task::JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let shared = Arc::clone(&shared);
        connections.spawn(async move {
            let service = service_fn(|request| hear(Arc::clone(&shared), request));
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

/// The end of a connection without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the answer is lost")]
struct Lost;

async fn hear(shared: Arc<Shared>, request: Request<Incoming>) -> Result<Response<Body>, Lost> {
    let (head, body) = request.into_parts();
    let path = head.uri.path().to_owned();
    let Ok(body) = to_bytes(Body::new(body), BODY_BYTES_MAX).await else { return Err(Lost) };
    let whole: Value = serde_json::from_slice(&body).unwrap_or_default();
    let Some(kind) = answers::kind_of(&path, &whole) else {
        return Ok(answers::no_such_entrance());
    };
    let id = head.headers.get(ID_HEADER).and_then(|id| id.to_str().ok()).map(str::to_owned);
    let is_signed = shared.is_signed(&head.headers, &body);
    let heard = Heard { path, kind, whole, id, is_signed };
    match shared.note(heard.clone()) {
        Manner::Well => Ok(answers::good(shared.role, &heard)),
        Manner::Refused(status, code) => Ok(answers::refusal(&heard, status, code)),
        Manner::Lost => Err(Lost),
    }
}
