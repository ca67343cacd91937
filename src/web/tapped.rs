//! Notes what a peer posts and is answered, for those who read the messages.
//!
//! It changes neither, and keeps no header.

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};

use super::{Kind, Problem};
use crate::{
    telemetry::Tap,
    wire::tape::{Form, Heard, Way},
};

/// Of a post; what is before has bounded it closer.
const POST_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Of an answer; a batch's answers are some hundred bytes each.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Lets the tap hear what comes to these routes on a link, and what is answered. What is to be
/// heard of nobody, such as what is not signed, is refused by a layer around it.
pub fn tapped<S>(routes: Router<S>, tap: &Tap, link: &'static str) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    routes.layer(middleware::from_fn_with_state((tap.clone(), link), pass))
}

type Heeding = (Tap, &'static str);

async fn pass(State((tap, link)): State<Heeding>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let (head, body) = request.into_parts();
    // The guard has it in memory already, and bounded it.
    let Ok(body) = to_bytes(body, POST_BYTES_MAX).await else {
        return Problem::new(Kind::BadRequest, "The body could not be read.").into_response();
    };
    let note = |way, name: String, bytes: Bytes| {
        tap.note(Heard { link, way, form: Form::Json, name: name.into(), bytes });
    };
    note(Way::Received, format!("{} {path}", head.method), body.clone());
    let answer = next.run(Request::from_parts(head, Body::from(body))).await;
    let (head, body) = answer.into_parts();
    let Ok(body) = to_bytes(body, ANSWER_BYTES_MAX).await else {
        return Problem::new(Kind::Internal, "The answer is too long.").into_response();
    };
    note(Way::Sent, format!("{} {path}", head.status.as_u16()), body.clone());
    Response::from_parts(head, Body::from(body))
}
