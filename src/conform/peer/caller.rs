//! The mouth: posts to the party under test, in order or in ways that no order knows.
//!
//! What comes back is not judged here.

use std::{sync::Arc, time::Duration};

use axum::body::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Instant, timeout},
};

use super::reply::Reply;
use crate::{
    conform::{
        check::{Failure, Verdict},
        trace::Trace,
    },
    web::headers_of_post,
    wire::signature::Keys,
};

/// The dialect's code for what failed, or can not be done at present.
const NOT_NOW: i64 = 3000;
/// Of an answer.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A client of one party; cheap to clone.
#[derive(Clone)]
pub(in crate::conform) struct Caller {
    http: reqwest::Client,
    url: Arc<reqwest::Url>,
    pub(in crate::conform) keys: Keys,
    pub(in crate::conform) patience: Duration,
}

impl Caller {
    /// `url`: what the paths are appended to.
    pub(in crate::conform) fn new(
        url: &reqwest::Url,
        keys: Keys,
        patience: Duration,
    ) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .timeout(patience)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        Ok(Self { http, url: Arc::new(url.clone()), keys, patience })
    }

    /// The same without a secret.
    pub(in crate::conform) fn unsigned(&self) -> Self {
        Self { keys: Keys::default(), ..self.clone() }
    }

    /// Posts a message, signed as was agreed; a party that is busy is asked again.
    pub(in crate::conform) async fn post(
        &self,
        trace: &Trace,
        path: &str,
        message: &Value,
    ) -> Verdict<Reply> {
        self.post_bytes(trace, path, Bytes::from(message.to_string())).await
    }

    pub(in crate::conform) async fn post_bytes(
        &self,
        trace: &Trace,
        path: &str,
        body: Bytes,
    ) -> Verdict<Reply> {
        let headers = headers_of_post(&self.keys, None, &body);
        self.send(trace, Method::POST, path, headers, body).await
    }

    /// Sends anything under any headers.
    pub(in crate::conform) async fn send(
        &self,
        trace: &Trace,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> Verdict<Reply> {
        let deadline = Instant::now() + self.patience;
        loop {
            trace.sent("we", &format!("{method} {path} {}", shown(&body)));
            let url = format!("{}{path}", self.base());
            let request = self.http.request(method.clone(), url).headers(headers.clone());
            let reply = match read(request.body(body.clone()).send().await).await {
                Ok(reply) => reply,
                Err(why) => {
                    trace.happened("party", &why);
                    return Err(Failure::new(format!("an answer to {method} {path}"), why));
                }
            };
            trace.received("we", &reply.shown());
            // Not now: the same message may still be under way.
            let is_later = reply.status == 503 || reply.code() == Some(NOT_NOW);
            if !is_later || Instant::now() >= deadline {
                return Ok(reply);
            }
            tokio::time::sleep(self.patience / 40).await;
        }
    }

    /// Posts a message whole and hangs up without waiting for the answer.
    pub(in crate::conform) async fn post_and_vanish(
        &self,
        trace: &Trace,
        path: &str,
        message: &Value,
    ) -> Verdict {
        let body = Bytes::from(message.to_string());
        trace.sent("we", &format!("POST {path} {} and hang up", shown(&body)));
        let mut stream = self.raw(path, &body, body.len()).await?;
        let _ = stream.shutdown().await;
        Ok(())
    }

    /// Announces a message, posts half of it, and ends.
    pub(in crate::conform) async fn post_half(
        &self,
        trace: &Trace,
        path: &str,
        message: &Value,
    ) -> Verdict {
        let body = Bytes::from(message.to_string());
        let half = body.slice(..body.len() / 2);
        trace.sent("we", &format!("POST {path}, and of the body a half: {}", shown(&half)));
        let mut stream = self.raw(path, &half, body.len()).await?;
        let _ = stream.shutdown().await;
        // Whatever it says to that, it has seen it when it says it or hangs up.
        let mut rest = Vec::new();
        let _ = timeout(self.patience, stream.read_to_end(&mut rest)).await;
        Ok(())
    }

    async fn raw(&self, path: &str, body: &Bytes, announced: usize) -> Verdict<TcpStream> {
        let (host, port) =
            (self.url.host_str().unwrap_or_default(), self.url.port_or_known_default());
        let port = port.unwrap_or(80);
        let failed = |why: String| Failure::new(format!("a connection to {host}:{port}"), why);
        let stream = timeout(self.patience, TcpStream::connect((host, port))).await;
        let stream = stream.map_err(|_| failed("no answer".to_owned()))?;
        let mut stream = stream.map_err(|error| failed(error.to_string()))?;
        let mut head = format!(
            "POST {}{path} HTTP/1.1\r\nhost: {host}:{port}\r\ncontent-length: {announced}\r\n",
            self.url.path().trim_end_matches('/'),
        );
        for (name, value) in &headers_of_post(&self.keys, None, body) {
            head.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap_or_default()));
        }
        let bytes = [head.as_bytes(), b"\r\n", body].concat();
        let written = timeout(self.patience, stream.write_all(&bytes)).await;
        let written = written.map_err(|_| failed("it does not read".to_owned()))?;
        written.map_err(|error| failed(error.to_string()))?;
        Ok(stream)
    }

    fn base(&self) -> &str {
        self.url.as_str().trim_end_matches('/')
    }
}

/// The headers of a body of another type, signed as was agreed.
pub(in crate::conform) fn headers_of_type(
    keys: &Keys,
    content_type: Option<&'static str>,
    body: &Bytes,
) -> HeaderMap {
    let mut headers = headers_of_post(keys, None, body);
    match content_type {
        Some(given) => headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(given)),
        None => headers.remove(header::CONTENT_TYPE),
    };
    headers
}

async fn read(answer: Result<reqwest::Response, reqwest::Error>) -> Result<Reply, String> {
    let mut answer = answer.map_err(|error| innermost(&error))?;
    let status = answer.status().as_u16();
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| innermost(&error))? {
        body.extend_from_slice(&chunk);
        if body.len() > ANSWER_BYTES_MAX {
            return Err(format!("an answer of more than {ANSWER_BYTES_MAX} bytes"));
        }
    }
    Ok(Reply::new(status, &body))
}

fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    format!("no answer: {cause}")
}

/// The beginning, as text where it is text.
fn shown(body: &[u8]) -> String {
    let beginning = &body[..body.len().min(300)];
    let text = String::from_utf8_lossy(beginning).into_owned();
    if body.len() > beginning.len() { format!("{text}… ({} bytes)", body.len()) } else { text }
}
