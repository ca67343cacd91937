//! Signatures: what is tried alike on a store and on a carrier that share a secret with us.
//!
//! The messages are about shipments that do not exist.

use axum::body::Bytes;
use http::{HeaderMap, HeaderValue, Method};

use super::{Reply, shapes::Party};
use crate::{
    conform::check::Verdict,
    web::headers_of_post,
    wire::signature::{ID_HEADER, Keys, SIGNATURE_HEADER, Secret, TIMESTAMP_HEADER},
};

const UNAUTHORIZED: u16 = 401;
/// Beyond the five minutes.
const TOO_LONG_S: i64 = 400;
/// Within them.
const A_WHILE_S: i64 = 200;

/// A stray message under headers of a check's own making.
async fn post_with<S: Party>(
    stage: &S,
    headers: impl FnOnce(&Keys, &Bytes) -> HeaderMap,
) -> Verdict<Reply> {
    let (path, message) = stage.stray();
    let body = Bytes::from(message.to_string());
    let headers = headers(&stage.caller().keys, &body);
    stage.caller().send(stage.trace(), Method::POST, path, headers, body).await
}

fn signed_at(keys: &Keys, body: &Bytes, shift_s: i64) -> HeaderMap {
    let at_s = jiff::Timestamp::now().as_second() + shift_s;
    let mut headers = headers_of_post(&Keys::default(), None, body);
    put(&mut headers, ID_HEADER, "conform-1");
    put(&mut headers, TIMESTAMP_HEADER, &at_s.to_string());
    put(&mut headers, SIGNATURE_HEADER, &keys.sign("conform-1", at_s, body));
    headers
}

fn put(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn other_keys() -> Keys {
    Secret::from_bytes(&rand::random::<[u8; 32]>()).into_iter().collect()
}

pub(in crate::conform) async fn right<S: Party>(stage: S) -> Verdict {
    for shift_s in [0, A_WHILE_S, -A_WHILE_S] {
        let reply = post_with(&stage, |keys, body| signed_at(keys, body, shift_s)).await?;
        reply.expect_code(&format!("a message signed {shift_s} s from now"), 2000)?;
    }
    Ok(())
}

pub(in crate::conform) async fn unsigned<S: Party>(stage: S) -> Verdict {
    for path in S::SINGLES.iter().chain([&S::BATCHES]) {
        let (_, message) = stage.stray();
        let body = Bytes::from(message.to_string());
        let headers = headers_of_post(&Keys::default(), None, &body);
        let reply = stage.caller().send(stage.trace(), Method::POST, path, headers, body).await?;
        reply.expect_status(&format!("an unsigned message at {path}"), UNAUTHORIZED)?;
    }
    Ok(())
}

pub(in crate::conform) async fn wrong<S: Party>(stage: S) -> Verdict {
    let reply = post_with(&stage, |_, body| signed_at(&other_keys(), body, 0)).await?;
    reply.expect_status("a message signed with another secret", UNAUTHORIZED)?;
    for nonsense in ["", "v1,", "v1,AAAA", "v2,AAAA", "nonsense"] {
        let reply = post_with(&stage, |keys, body| {
            let mut headers = signed_at(keys, body, 0);
            put(&mut headers, SIGNATURE_HEADER, nonsense);
            headers
        });
        let reply = reply.await?;
        reply.expect_status(&format!("a signature of {nonsense:?}"), UNAUTHORIZED)?;
    }
    Ok(())
}

pub(in crate::conform) async fn missing_header<S: Party>(stage: S) -> Verdict {
    for name in [ID_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER] {
        let reply = post_with(&stage, |keys, body| {
            let mut headers = signed_at(keys, body, 0);
            headers.remove(name);
            headers
        });
        let reply = reply.await?;
        reply.expect_status(&format!("a message without {name}"), UNAUTHORIZED)?;
    }
    Ok(())
}

pub(in crate::conform) async fn other_body<S: Party>(stage: S) -> Verdict {
    let reply = post_with(&stage, |keys, body| {
        let other = Bytes::from(format!("{} ", String::from_utf8_lossy(body)));
        signed_at(keys, &other, 0)
    });
    reply.await?.expect_status("a signature of another body", UNAUTHORIZED)
}

pub(in crate::conform) async fn other_id<S: Party>(stage: S) -> Verdict {
    let reply = post_with(&stage, |keys, body| {
        let mut headers = signed_at(keys, body, 0);
        put(&mut headers, ID_HEADER, "conform-2");
        headers
    });
    reply.await?.expect_status("a signature of another webhook-id", UNAUTHORIZED)
}

pub(in crate::conform) async fn old<S: Party>(stage: S) -> Verdict {
    for shift_s in [-TOO_LONG_S, TOO_LONG_S] {
        let reply = post_with(&stage, |keys, body| signed_at(keys, body, shift_s)).await?;
        reply.expect_status(&format!("a message signed {shift_s} s from now"), UNAUTHORIZED)?;
    }
    Ok(())
}

pub(in crate::conform) async fn rotation<S: Party>(stage: S) -> Verdict {
    let reply = post_with(&stage, |keys, body| {
        let at_s = jiff::Timestamp::now().as_second();
        let new = other_keys().sign("conform-1", at_s, body);
        let mut headers = signed_at(keys, body, 0);
        let both = format!("{new} {}", keys.sign("conform-1", at_s, body));
        put(&mut headers, TIMESTAMP_HEADER, &at_s.to_string());
        put(&mut headers, SIGNATURE_HEADER, &both);
        headers
    });
    reply.await?.expect_code("a message signed with two secrets, one of which is known", 2000)
}
