//! From where and with what a request comes, as a site with accounts wants to know it.
//!
//! Who sends it is told by the extractors of each site.

use std::{convert::Infallible, net::IpAddr};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};

use crate::web::{Peer, client_address};

const USER_AGENT_LENGTH_MAX: usize = 200;

/// What a site knows of its way to the public.
pub trait Fronted {
    /// Proxies of ours in front, whose `X-Forwarded-For` is believed.
    fn trusted_proxies(&self) -> usize;
    /// People reach it by encrypted connections only.
    fn is_secure(&self) -> bool;
}

/// An extractor that every request has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// None where there is no connection, as in a test.
    pub address: Option<IpAddr>,
    /// What the program says that it is; of bounded length and without control characters.
    pub user_agent: String,
    /// The visitor's side of it is encrypted.
    pub is_secure: bool,
}

impl<S: Fronted + Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<Peer>().copied();
        Ok(Self {
            address: client_address(peer, &parts.headers, state.trusted_proxies()),
            user_agent: user_agent(&parts.headers),
            is_secure: state.is_secure() || says_secure(&parts.headers),
        })
    }
}

/// Who claims it falsely gets a cookie that his browser will not send back.
fn says_secure(headers: &HeaderMap) -> bool {
    headers.get("x-forwarded-proto").is_some_and(|proto| proto == "https")
}

fn user_agent(headers: &HeaderMap) -> String {
    let text = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    let plain = text.unwrap_or_default().chars().filter(|c| !c.is_control());
    plain.take(USER_AGENT_LENGTH_MAX).collect()
}
