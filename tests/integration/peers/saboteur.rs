//! A saboteur: stands between the tester and a real store or carrier, over real sockets and in
//! both directions, and breaks one rule of their protocol on purpose.
//!
//! Which rule, and how, is told to it; what it does not break it passes on as it is.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::Value;
use waybill::web::headers_of_post;

use super::party::keys;

/// Which way a request goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From the tester to the party.
    In,
    /// From the party to the tester.
    Out,
}

/// A request, which may be changed.
#[derive(Debug, Clone)]
pub struct Call {
    pub way: Way,
    pub method: Method,
    pub path: String,
    pub headers: HeaderMap,
    /// Null where it is not JSON; then the bytes are passed on as they are.
    pub body: Value,
}

/// An answer, which may be changed.
#[derive(Debug, Clone)]
pub struct Back {
    pub status: u16,
    pub body: Value,
}

/// What becomes of a request.
pub enum Deed {
    Pass,
    /// It goes no further.
    Answer(u16, Value),
    /// It is passed on, and once more after that.
    Twice,
    /// It is passed on, and this after it, the same way or the other.
    AndThen(Way, &'static str, Value),
}

pub type Before = Box<dyn FnMut(&mut Call) -> Deed + Send>;
pub type After = Box<dyn FnMut(&Call, &mut Back) + Send>;

/// Both ends of it.
pub struct Mischief {
    pub before: Before,
    pub after: After,
    /// Whether it signs what is passed on, whoever sent it.
    pub signs: bool,
}

impl Mischief {
    pub fn none() -> Self {
        Self { before: Box::new(|_| Deed::Pass), after: Box::new(|_, _| {}), signs: false }
    }

    pub fn before(before: impl FnMut(&mut Call) -> Deed + Send + 'static) -> Self {
        Self { before: Box::new(before), ..Self::none() }
    }

    pub fn after(after: impl FnMut(&Call, &mut Back) + Send + 'static) -> Self {
        Self { after: Box::new(after), ..Self::none() }
    }
}

/// Open for as long as the process.
#[derive(Clone)]
pub struct Saboteur {
    inner: Arc<Inner>,
    /// Where the tester finds the party.
    pub front: SocketAddr,
    /// Where the party finds the tester.
    pub back: SocketAddr,
}

struct Inner {
    http: reqwest::Client,
    mischief: Mutex<Mischief>,
    party: Mutex<SocketAddr>,
    tester: Mutex<SocketAddr>,
    /// Until the tester has looked for something to order, or has greeted a carrier, it behaves:
    /// he shall be let in.
    lies_in_wait: AtomicBool,
}

impl Saboteur {
    /// Before a party that is not open yet.
    pub async fn open() -> Self {
        let nobody = SocketAddr::from(([127, 0, 0, 1], 9));
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .pool_max_idle_per_host(0)
            .build()
            .unwrap();
        let inner = Arc::new(Inner {
            http,
            mischief: Mutex::new(Mischief::none()),
            party: Mutex::new(nobody),
            tester: Mutex::new(nobody),
            lies_in_wait: AtomicBool::new(false),
        });
        let front = listen(Way::In, Arc::clone(&inner)).await;
        let back = listen(Way::Out, Arc::clone(&inner)).await;
        Self { inner, front, back }
    }

    pub fn stand_before(&self, party: SocketAddr) {
        *self.inner.party.lock().unwrap() = party;
    }

    /// From the moment on at which a tester who listens there has prepared himself.
    pub fn misbehave_later(&self, tester: SocketAddr, mischief: Mischief) {
        self.misbehave(tester, mischief);
        self.inner.lies_in_wait.store(true, Ordering::SeqCst);
    }

    /// From now on, for a tester who listens there.
    pub fn misbehave(&self, tester: SocketAddr, mischief: Mischief) {
        self.inner.lies_in_wait.store(false, Ordering::SeqCst);
        *self.inner.tester.lock().unwrap() = tester;
        *self.inner.mischief.lock().unwrap() = mischief;
    }
}

async fn listen(way: Way, inner: Arc<Inner>) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let site = Router::new().fallback(pass).with_state((way, inner));
    tokio::spawn(async move { axum::serve(listener, site).await });
    addr
}

async fn pass(State((way, inner)): State<(Way, Arc<Inner>)>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, 64 << 20).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let whole: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let mut call =
        Call { way, method: head.method, path, headers: head.headers, body: whole.clone() };
    let is_quiet = inner.lies_in_wait.load(Ordering::SeqCst);
    if call.path.starts_with("/api/v1/products") || call.path == "/api/shipment_loaded" {
        inner.lies_in_wait.store(false, Ordering::SeqCst);
    }
    let deed =
        if is_quiet { Deed::Pass } else { (inner.mischief.lock().unwrap().before)(&mut call) };
    if let Deed::Answer(status, body) = deed {
        return respond(&Back { status, body });
    }
    let bytes = if call.body == whole { bytes } else { Bytes::from(call.body.to_string()) };
    let must_sign = inner.mischief.lock().unwrap().signs || call.body != whole;
    let Some(mut back) = inner.forward(&call, bytes.clone(), must_sign).await else {
        // An answer that is lost stays lost.
        return broken();
    };
    match deed {
        Deed::Twice => drop(inner.forward(&call, bytes, must_sign).await),
        Deed::AndThen(way, path, body) => {
            let method = Method::POST;
            let more = Call { way, method, path: path.to_owned(), body, ..call.clone() };
            let bytes = Bytes::from(more.body.to_string());
            inner.forward(&more, bytes, true).await;
        }
        Deed::Pass | Deed::Answer(..) => {}
    }
    if !is_quiet {
        (inner.mischief.lock().unwrap().after)(&call, &mut back);
    }
    respond(&back)
}

impl Inner {
    async fn forward(&self, call: &Call, bytes: Bytes, must_sign: bool) -> Option<Back> {
        let to = match call.way {
            Way::In => *self.party.lock().unwrap(),
            Way::Out => *self.tester.lock().unwrap(),
        };
        let mut headers = call.headers.clone();
        for name in [
            header::HOST,
            header::CONTENT_LENGTH,
            header::TRANSFER_ENCODING,
            header::ACCEPT_ENCODING,
        ] {
            headers.remove(name);
        }
        if must_sign {
            let id = headers.get("webhook-id").map(|id| id.to_str().unwrap().to_owned());
            headers.extend(headers_of_post(&keys(), id, &bytes));
        }
        let url = format!("http://{to}{}", call.path);
        let request = self.http.request(call.method.clone(), url).headers(headers).body(bytes);
        let answer = request.send().await.ok()?;
        let status = answer.status().as_u16();
        let text = answer.bytes().await.ok()?;
        Some(Back { status, body: serde_json::from_slice(&text).unwrap_or_default() })
    }
}

fn respond(back: &Back) -> Response {
    let status = StatusCode::from_u16(back.status).unwrap();
    (status, axum::Json(back.body.clone())).into_response()
}

/// Ends the connection in the middle of the answer.
fn broken() -> Response {
    let cut = futures_util::stream::once(async { Err::<Bytes, _>(std::io::Error::other("cut")) });
    Response::new(Body::from_stream(cut))
}
