//! From where and with what a request comes, as the store wants to know it.
//!
//! Who sends it is told by the extractors of [`roles`](super::roles).

use std::{convert::Infallible, net::IpAddr};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};

use super::AppState;
use crate::web::{Peer, client_address};

const USER_AGENT_LENGTH_MAX: usize = 200;

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

impl FromRequestParts<AppState> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<Peer>().copied();
        Ok(Self {
            address: client_address(peer, &parts.headers, state.settings.public.trusted_proxies),
            user_agent: user_agent(&parts.headers),
            is_secure: state.settings.public.is_secure() || says_secure(&parts.headers),
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
