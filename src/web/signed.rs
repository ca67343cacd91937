//! Entrances that take nothing but what a peer has signed, and the headers of what we sign.
//!
//! How a signature is made is in `wire`; here are the clock and the headers.

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};

use super::{Kind, Problem};
use crate::wire::signature::{
    Claim, ID_HEADER, Keys, SIGNATURE_HEADER, TIMESTAMP_HEADER, Unsigned,
};

/// Lets only signed messages in, where there is a secret; others end with 401.
///
/// The guard around it bounds the bodies.
pub fn signed<S: Clone + Send + Sync + 'static>(routes: Router<S>, keys: Keys) -> Router<S> {
    if keys.is_empty() {
        return routes;
    }
    routes.layer(middleware::from_fn(move |request, next| check(keys.clone(), request, next)))
}

async fn check(keys: Keys, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        let detail = "The body ended too soon. Send it again.";
        return Problem::new(Kind::BadRequest, detail).into_response();
    };
    match keys.verify(claim(&parts.headers), &body, now_s()) {
        Ok(()) => next.run(Request::from_parts(parts, Body::from(body))).await,
        Err(why) => {
            let path = parts.uri.path();
            tracing::warn!(path, %why, "a message is not the peer's, or not signed as agreed");
            refuse(why).into_response()
        }
    }
}

fn refuse(why: Unsigned) -> Problem {
    let detail = format!(
        "Messages are signed here as Standard Webhooks has it, with a shared secret: {why}."
    );
    Problem::new(Kind::Unsigned, detail)
}

fn claim(headers: &HeaderMap) -> Claim<'_> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    Claim {
        id: text(ID_HEADER),
        timestamp: text(TIMESTAMP_HEADER),
        signatures: text(SIGNATURE_HEADER),
    }
}

/// The headers of a JSON body that we post: its signature, where there is a secret.
///
/// `id`: of the message, where it has one; else this post has one of its own.
pub fn headers_of_post(keys: &Keys, id: Option<String>, body: &Bytes) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if keys.is_empty() {
        return headers;
    }
    let timestamp_s = now_s();
    let id = id.unwrap_or_else(|| format!("post-{:032x}", rand::random::<u128>()));
    let signature = keys.sign(&id, timestamp_s, body);
    let signed = [
        (ID_HEADER, id),
        (TIMESTAMP_HEADER, timestamp_s.to_string()),
        (SIGNATURE_HEADER, signature),
    ];
    for (name, value) in signed {
        // Digits, letters and dashes all of them.
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    headers
}

fn now_s() -> i64 {
    jiff::Timestamp::now().as_second()
}
