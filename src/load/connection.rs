//! One HTTP connection that is kept open, and opened again where it broke.
//!
//! No pool, no redirects, no TLS: a load tester shares its machine with what
//! it measures, so it does no more than it must.

use std::time::Duration;

use anyhow::{Context, bail};
use axum::body::{Body, to_bytes};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, Uri, header};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

const ANSWER_BYTES_MAX: usize = 4 << 20;
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// Where a server is.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    authority: String,
    /// What comes before every path, without a slash at its end.
    prefix: String,
}

/// A server's answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

pub(super) struct Connection {
    origin: Origin,
    sender: Option<SendRequest<Body>>,
}

impl Origin {
    pub fn parse(url: &str) -> anyhow::Result<Self> {
        let uri: Uri = url.parse().with_context(|| format!("{url:?} is not a URL"))?;
        if uri.scheme_str() != Some("http") {
            bail!("{url:?} must begin with http://");
        }
        let host = uri.host().context("the URL names no host")?;
        let authority = format!("{host}:{}", uri.port_u16().unwrap_or(80));
        Ok(Self { authority, prefix: uri.path().trim_end_matches('/').to_owned() })
    }
}

impl Connection {
    pub fn new(origin: &Origin) -> Self {
        Self { origin: origin.clone(), sender: None }
    }

    /// Sends one request. An error means that nothing is known of its outcome.
    pub async fn send(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&'static str, &str)],
        body: Option<Bytes>,
    ) -> anyhow::Result<Answer> {
        let exchange = self.exchange(method, path, headers, body);
        let outcome = tokio::time::timeout(ANSWER_TIMEOUT, exchange).await;
        let outcome = outcome.unwrap_or_else(|_| bail!("no answer within {ANSWER_TIMEOUT:?}"));
        if outcome.is_err() {
            self.sender = None;
        }
        outcome
    }

    async fn exchange(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&'static str, &str)],
        body: Option<Bytes>,
    ) -> anyhow::Result<Answer> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.origin.prefix))
            .header(header::HOST, &self.origin.authority);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let request = request.body(body.map_or_else(Body::empty, Body::from))?;
        let response = self.sender().await?.send_request(request).await?;
        let (parts, body) = response.into_parts();
        let body = to_bytes(Body::new(body), ANSWER_BYTES_MAX).await?;
        Ok(Answer { status: parts.status, headers: parts.headers, body })
    }

    async fn sender(&mut self) -> anyhow::Result<&mut SendRequest<Body>> {
        let usable = match self.sender.take() {
            Some(mut sender) => sender.ready().await.is_ok().then_some(sender),
            None => None,
        };
        let sender = match usable {
            Some(sender) => sender,
            None => connect(&self.origin.authority).await?,
        };
        Ok(self.sender.insert(sender))
    }
}

async fn connect(authority: &str) -> anyhow::Result<SendRequest<Body>> {
    let socket = TcpStream::connect(authority).await;
    let socket = socket.with_context(|| format!("connecting to {authority}"))?;
    socket.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(socket)).await?;
    // Its errors are the sender's too.
    tokio::spawn(async move { drop(connection.await) });
    Ok(sender)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_gives_where_to_connect_and_what_to_put_before_paths() {
        let origin = Origin::parse("http://shop.example/base/").expect("a URL");
        assert_eq!(
            (origin.authority.as_str(), origin.prefix.as_str()),
            ("shop.example:80", "/base")
        );
        assert!(Origin::parse("https://shop.example").is_err());
        assert!(Origin::parse("shop.example:8080").is_err());
    }
}
