//! Takes in a request's body: all of it, in time, and not too much of it.
//!
//! What is in it is the handler's business.

use std::time::Duration;

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::Request,
    http::header,
    middleware::Next,
    response::{IntoResponse, Response},
};
use bytes::BytesMut;
use futures_util::StreamExt;

use super::{Kind, Problem};

/// So much more than is allowed is read and dropped: who is still sending when the
/// connection is closed may never see why.
const DROPPED_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Hands on a request whose body is here; answers one whose body is not acceptable.
pub(super) async fn take_in(
    bytes_max: usize,
    within: Duration,
    request: Request,
    next: Next,
) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    if is_hopeless(&request, bytes_max) {
        return too_large(bytes_max).into_response();
    }
    let (parts, body) = request.into_parts();
    match tokio::time::timeout(within, collect(body, bytes_max)).await {
        Ok(Ok(bytes)) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
        Ok(Err(problem)) => problem.into_response(),
        Err(_) => too_slow(within).into_response(),
    }
}

/// Whether its headers alone say that it is too large to be even dropped, or that its
/// sender waits for permission.
fn is_hopeless(request: &Request, bytes_max: usize) -> bool {
    let announced = usize::try_from(request.body().size_hint().lower()).unwrap_or(usize::MAX);
    let asks_first = request.headers().contains_key(header::EXPECT);
    announced > bytes_max.saturating_add(if asks_first { 0 } else { DROPPED_BYTES_MAX })
}

async fn collect(body: Body, bytes_max: usize) -> Result<Bytes, Problem> {
    let mut chunks = body.into_data_stream();
    let (mut kept, mut size) = (BytesMut::new(), 0_usize);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| broken())?;
        size = size.saturating_add(chunk.len());
        if size <= bytes_max {
            kept.extend_from_slice(&chunk);
        } else if size - bytes_max > DROPPED_BYTES_MAX {
            break;
        } else {
            kept = BytesMut::new();
        }
    }
    if size > bytes_max { Err(too_large(bytes_max)) } else { Ok(kept.freeze()) }
}

pub(super) fn too_large(bytes_max: usize) -> Problem {
    let detail = format!("The body may have {} KiB at most. Send less.", bytes_max / 1024);
    Problem::new(Kind::TooLarge, detail)
}

fn too_slow(within: Duration) -> Problem {
    let detail = format!("The body did not arrive within {within:?}. Send it again.");
    Problem::new(Kind::TooSlow, detail)
}

fn broken() -> Problem {
    Problem::new(Kind::BadRequest, "The body ended before its end. Send it again.")
}
