//! Which party is tried, and whether anybody is there.
//!
//! What is tried is for the sides.

use std::time::Duration;

use anyhow::Context as _;
use serde_json::Value;
use tokio::{net::TcpStream, time::timeout};

use super::Caller;
use crate::{conform::trace::Trace, wire::signature::Keys};

const UNAUTHORIZED: u16 = 401;

/// A store or a carrier, and how it is tried.
#[derive(Debug, Clone)]
pub struct PeerSubject {
    /// A store's root; what a carrier's paths are appended to.
    pub url: String,
    /// Where it posts to us, HOST:PORT; None: nothing that has to be heard is tried.
    pub listen: Option<String>,
    /// What it signs with, if it does.
    pub keys: Keys,
    /// The other side of its world: where we bring trucks (of a store) or goods (of a carrier).
    pub world: String,
    /// The world to bring the store to; None: a new one.
    pub world_id: Option<i64>,
    /// For orders at the store; None: a new account is made.
    pub store_token: Option<String>,
    /// The warehouse that shipments are fetched from.
    pub warehouse: i32,
    /// Names of checks or of groups of them; all where it is empty.
    pub only: Vec<String>,
    /// Whether rules of ours are tried besides those of every program of the dialect.
    pub with_ours: bool,
    /// How long to wait for any one thing.
    pub patience: Duration,
    /// Checks at the same time.
    pub jobs: usize,
    pub show_progress: bool,
}

/// Whether it takes what we sign, or do not sign: with the wrong secret nothing could be tried.
pub(in crate::conform) async fn is_let_in(
    caller: &Caller,
    (path, message): (&str, Value),
) -> anyhow::Result<()> {
    let reply = caller.post(&Trace::default(), path, &message).await;
    let reply = reply.map_err(|failure| anyhow::anyhow!("{path}: {}", failure.received))?;
    anyhow::ensure!(
        reply.status != UNAUTHORIZED,
        "it takes only what is signed with its secret, and ours is not: give --webhook-secret"
    );
    Ok(())
}

/// Whether somebody listens there; gives the address that paths are appended to.
pub(in crate::conform) async fn reach(
    url: &str,
    option: &str,
    patience: Duration,
) -> anyhow::Result<reqwest::Url> {
    let advice = || format!("{option} is {url:?}, but should look like http://127.0.0.1:8080");
    let parsed = reqwest::Url::parse(url).with_context(advice)?;
    anyhow::ensure!(parsed.scheme() == "http" && parsed.has_host(), advice());
    let host = parsed.host_str().unwrap_or_default();
    let port = parsed.port_or_known_default().unwrap_or(80);
    let connected = timeout(patience, TcpStream::connect((host, port))).await;
    let connected = connected.with_context(|| format!("{host}:{port} does not answer"))?;
    connected.with_context(|| format!("connecting to {host}:{port}; does it run there?"))?;
    Ok(parsed)
}
