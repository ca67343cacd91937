//! What a peer that behaves well answers, and one that refuses.
//!
//! Which of the two is due is not known here.

use axum::body::Body;
use http::{Response, StatusCode, header};
use serde_json::{Value, json};

use super::{Heard, Role};
use crate::{conform::peer::say::envelope, web::timestamp};

/// None: there is no such entrance, and a batch has none.
pub(super) fn kind_of(path: &str, whole: &Value) -> Option<String> {
    if !whole.is_object() || path.ends_with("/messages") {
        return None;
    }
    let last = path.trim_end_matches('/').rsplit('/').next()?;
    Some(whole["message_type"].as_str().unwrap_or(last).to_owned())
}

pub(super) fn no_such_entrance() -> Response<Body> {
    respond(StatusCode::NOT_FOUND, &json!({ "error": "there is no such entrance" }))
}

pub(super) fn good(role: Role, heard: &Heard) -> Response<Body> {
    let acks: Vec<i64> = heard.seq().into_iter().collect();
    let body = match (role, heard.kind.as_str()) {
        (Role::Store, "PackageDetailRequest") => details(heard),
        _ if is_flat(heard) => json!({ "success": true, "message": "done", "acks": acks }),
        _ => {
            let payload =
                json!({ "status": "success", "code": 200, "message": "done", "acks": acks });
            envelope("Acknowledgement", payload)
        }
    };
    respond(StatusCode::OK, &body)
}

/// A refusal without an ack: of the moment, as a stranger says it.
pub(super) fn refusal(heard: &Heard, status: u16, code: u16) -> Response<Body> {
    let words = "refused, to see what becomes of it";
    let body = if is_flat(heard) {
        json!({ "success": false, "message": words, "code": code, "acks": [] })
    } else {
        envelope("Error", json!({ "status": "fail", "code": code, "message": words }))
    };
    respond(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), &body)
}

fn is_flat(heard: &Heard) -> bool {
    !heard.whole["payload"].is_object()
}

fn details(heard: &Heard) -> Value {
    let item = json!({ "product_id": 1, "description": "tea", "quantity": 1 });
    let payload = json!({
        "shipment_id": heard.int("shipment_id"), "warehouse_id": 1, "destination_x": 0,
        "destination_y": 0, "items": [item],
    });
    json!({ "message_type": "ShipmentDetailResponse", "timestamp": timestamp(), "payload": payload })
}

fn respond(status: StatusCode, body: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let json = header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}
