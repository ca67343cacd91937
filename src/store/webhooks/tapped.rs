//! Notes what the carrier says and is answered, for those who read the messages.
//!
//! It changes neither, and keeps no header.

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::BATCH_BYTES_MAX;
use crate::{
    telemetry::Tap,
    web::{Kind, Problem},
    wire::tape::{Form, Heard, Way},
};

/// Of an answer; a batch's answers are some hundred bytes each.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

pub(super) async fn pass(State(tap): State<Tap>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let (head, body) = request.into_parts();
    // The guard has it in memory already, and bounded it.
    let Ok(body) = to_bytes(body, BATCH_BYTES_MAX).await else {
        return Problem::new(Kind::BadRequest, "The body could not be read.").into_response();
    };
    note(&tap, Way::Received, format!("{} {path}", head.method), body.clone());
    let answer = next.run(Request::from_parts(head, Body::from(body))).await;
    let (head, body) = answer.into_parts();
    let Ok(body) = to_bytes(body, ANSWER_BYTES_MAX).await else {
        return Problem::new(Kind::Internal, "The answer is too long.").into_response();
    };
    note(&tap, Way::Sent, format!("{} {path}", head.status.as_u16()), body.clone());
    Response::from_parts(head, Body::from(body))
}

fn note(tap: &Tap, way: Way, name: String, bytes: Bytes) {
    let name = name.into();
    tap.note(Heard { link: "carrier", way, form: Form::Json, name, bytes });
}
