//! Answers <-> text, in the envelope and flat.
//!
//! A stranger's answer is read by its HTTP status where its body says nothing;
//! whether to ask again is for the model.

use serde_json::{Value, json};

use super::{Answer, Content, DetailReport, Refusal, StatusReport, code, fields::Fields};
use crate::basis::{OrderId, ProductId};

const OK: u16 = 200;
const BAD_REQUEST: u16 = 400;
const INTERNAL_SERVER_ERROR: u16 = 500;

/// Why a response is no answer to the message; sending it again may give one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    /// 404 or 405 without words of the dialect.
    #[error("the peer has no such entrance (HTTP {status})")]
    NoSuchEntrance { status: u16 },
    #[error("the peer refuses our signature (HTTP {status}): both sides need the same secret")]
    Unsigned { status: u16 },
    #[error("the peer can not answer now (HTTP {status})")]
    Unavailable { status: u16 },
    #[error("the peer's answer can not be understood: {reason}")]
    Unintelligible { reason: String },
}

/// HTTP status and body of an answer to an envelope. `timestamp`: ISO 8601.
pub fn render_answer(answer: &Answer, timestamp: &str) -> (u16, Value) {
    let (status, kind, mut payload) = match &answer.outcome {
        Ok(content) => {
            let (kind, payload) = content_payload(content);
            (OK, kind, payload)
        }
        Err(refusal) => {
            let payload =
                json!({ "status": "fail", "code": refusal.code, "message": refusal.message });
            (status_of(refusal), "Error", payload)
        }
    };
    if !answer.acks.is_empty() {
        payload["acks"] = json!(answer.acks);
    }
    (status, json!({ "message_type": kind, "timestamp": timestamp, "payload": payload }))
}

/// HTTP status and body of an answer to a flat message.
pub fn render_flat_answer(answer: &Answer) -> (u16, Value) {
    let acks = &answer.acks;
    match &answer.outcome {
        Ok(Content::Acknowledged { message, .. }) => {
            (OK, json!({ "success": true, "message": message, "acks": acks }))
        }
        Ok(Content::Status(_) | Content::Detail(_)) => {
            (OK, json!({ "success": true, "message": "", "acks": acks }))
        }
        Err(Refusal { code, message }) => {
            let body = json!({
                "success": false, "message": message, "error": message, "code": code, "acks": acks,
            });
            (status_of(&Refusal::new(*code, "")), body)
        }
    }
}

/// Body of the answer to a batch, which is always a 200: each message has its own outcome.
pub fn render_answers(answers: &[Answer], timestamp: &str) -> Value {
    answers.iter().map(|answer| render_answer(answer, timestamp).1).collect()
}

/// Reads the answer to one message, in an envelope, flat, or by its HTTP status alone.
pub fn parse_answer(status: u16, body: &[u8]) -> Result<Answer, NoAnswer> {
    match serde_json::from_slice::<Value>(body) {
        // Of the sender and not of the message: that is not lost by it.
        _ if is_unsigned(status) => Err(failure_of(status)),
        Ok(value) if value.is_object() => read_answer(status, &value),
        Ok(_) | Err(_) => wordless(status),
    }
}

/// Reads the answers to a batch of `expected` messages.
pub fn parse_answers(status: u16, body: &[u8], expected: usize) -> Result<Vec<Answer>, NoAnswer> {
    if !is_good(status) {
        return Err(failure_of(status));
    }
    let unintelligible = |reason: String| NoAnswer::Unintelligible { reason };
    let value: Value =
        serde_json::from_slice(body).map_err(|error| unintelligible(error.to_string()))?;
    let answers = value.as_array().ok_or_else(|| unintelligible("not an array".to_owned()))?;
    if answers.len() != expected {
        let given = answers.len();
        return Err(unintelligible(format!("{given} answers to {expected} messages")));
    }
    answers.iter().map(|answer| read_answer(status, answer)).collect()
}

fn status_of(refusal: &Refusal) -> u16 {
    if refusal.code == code::INTERNAL { INTERNAL_SERVER_ERROR } else { BAD_REQUEST }
}

fn content_payload(content: &Content) -> (&'static str, Value) {
    match content {
        Content::Acknowledged { message, tracking_number } => {
            let mut payload = json!({ "status": "success", "code": 200, "message": message });
            if let Some(number) = tracking_number {
                payload["tracking_number"] = json!(number);
            }
            ("Acknowledgement", payload)
        }
        Content::Status(report) => ("ShipmentStatusResponse", status_payload(report)),
        Content::Detail(report) => ("ShipmentDetailResponse", detail_payload(report)),
    }
}

fn status_payload(report: &StatusReport) -> Value {
    json!({
        "shipment_id": report.shipment,
        "tracking_number": report.tracking_number,
        "status": report.status,
        "estimated_delivery": report.estimated_delivery,
        "actual_delivery": report.actual_delivery,
        "truck_id": report.truck,
        "truck_status": report.truck_status,
    })
}

fn detail_payload(report: &DetailReport) -> Value {
    let item = |(product, description, quantity): &(ProductId, String, u32)| json!({ "product_id": product, "description": description, "quantity": quantity });
    let mut payload = json!({
        "shipment_id": report.shipment,
        "warehouse_id": report.warehouse,
        "destination_x": report.destination.x,
        "destination_y": report.destination.y,
        "items": report.items.iter().map(item).collect::<Vec<_>>(),
    });
    if let Some(order) = report.order {
        payload["order_id"] = json!(order);
    }
    payload
}

fn is_good(status: u16) -> bool {
    (200..300).contains(&status)
}

fn is_unsigned(status: u16) -> bool {
    matches!(status, 401 | 403)
}

fn failure_of(status: u16) -> NoAnswer {
    match status {
        404 | 405 => NoAnswer::NoSuchEntrance { status },
        _ if is_unsigned(status) => NoAnswer::Unsigned { status },
        _ => NoAnswer::Unavailable { status },
    }
}

/// A stranger may answer with nothing but its HTTP status.
fn wordless(status: u16) -> Result<Answer, NoAnswer> {
    match status {
        _ if is_good(status) => Ok(Answer::done(None, "")),
        BAD_REQUEST | 409 | 422 => Ok(Answer::refused(None, code::MALFORMED, "")),
        _ => Err(failure_of(status)),
    }
}

fn read_answer(status: u16, value: &Value) -> Result<Answer, NoAnswer> {
    let unintelligible = |refusal: Refusal| NoAnswer::Unintelligible { reason: refusal.message };
    let whole = Fields::of(value, "the answer").map_err(unintelligible)?;
    if whole.optional("success").is_some() {
        return Ok(read_flat(status, whole));
    }
    let Some(kind) = whole.optional("message_type").and_then(Value::as_str) else {
        return wordless(status);
    };
    let payload = whole.object("payload").map_err(unintelligible)?;
    let failed = payload.optional("status").and_then(Value::as_str) == Some("fail");
    let outcome = match kind {
        "ShipmentStatusResponse" => {
            Ok(Content::Status(read_status(payload).map_err(unintelligible)?))
        }
        "ShipmentDetailResponse" => {
            Ok(Content::Detail(read_detail(payload).map_err(unintelligible)?))
        }
        "Error" => Err(read_refusal(status, payload)),
        _ if failed || !is_good(status) => Err(read_refusal(status, payload)),
        _ => Ok(Content::Acknowledged {
            message: words(payload),
            tracking_number: payload.optional_text("tracking_number").ok().flatten(),
        }),
    };
    Ok(Answer { outcome, acks: payload.acks() })
}

fn read_flat(status: u16, whole: Fields<'_>) -> Answer {
    let succeeded = whole.optional("success").and_then(Value::as_bool).unwrap_or(is_good(status));
    let outcome = if succeeded {
        Ok(Content::Acknowledged { message: words(whole), tracking_number: None })
    } else {
        Err(read_refusal(status, whole))
    };
    Answer { outcome, acks: whole.acks() }
}

/// Some dialects say `error_code` and `error_message`, and some give HTTP's codes there.
fn read_refusal(status: u16, fields: Fields<'_>) -> Refusal {
    let code = fields.int("code").or_else(|_| fields.int("error_code"));
    let code = code.ok().and_then(|code| u16::try_from(code).ok());
    let code = match code {
        Some(404) => code::SHIPMENT_NOT_FOUND,
        Some(BAD_REQUEST | 422) => code::MALFORMED,
        Some(500..=599) => code::INTERNAL,
        Some(code) if code != code::UNSAID => code,
        Some(_) | None if status >= INTERNAL_SERVER_ERROR => code::INTERNAL,
        Some(_) | None if is_good(status) => code::UNSAID,
        Some(_) | None => code::MALFORMED,
    };
    Refusal::new(code, words(fields))
}

fn words(fields: Fields<'_>) -> String {
    let words = ["message", "error", "error_message"].into_iter().find_map(|name| {
        let words = fields.text(name).ok();
        words.filter(|words| !words.is_empty())
    });
    words.unwrap_or_default()
}

fn read_status(payload: Fields<'_>) -> Result<StatusReport, Refusal> {
    let truck = payload.optional("truck_id").map(|_| payload.truck()).transpose()?;
    Ok(StatusReport {
        shipment: payload.shipment()?,
        tracking_number: payload.optional_text("tracking_number")?.unwrap_or_default(),
        status: payload.text("status")?,
        truck,
        truck_status: payload.optional_text("truck_status")?,
        estimated_delivery: payload.optional_text("estimated_delivery")?,
        actual_delivery: payload.optional_text("actual_delivery")?,
    })
}

fn read_detail(payload: Fields<'_>) -> Result<DetailReport, Refusal> {
    let order = payload.optional("order_id").map(|_| payload.int("order_id")).transpose()?;
    let items = payload.required("items")?.as_array();
    let items = items.ok_or_else(|| super::fields::malformed("field items must be an array"))?;
    Ok(DetailReport {
        shipment: payload.shipment()?,
        order: order.map(OrderId),
        warehouse: payload.warehouse()?,
        destination: payload.destination()?,
        items: items.iter().map(read_item).collect::<Result<_, _>>()?,
    })
}

fn read_item(value: &Value) -> Result<(ProductId, String, u32), Refusal> {
    let item = Fields::of(value, "an item")?;
    let quantity = item.quantity()?;
    let description = item.optional_text("description")?.unwrap_or_default();
    Ok((ProductId(item.int("product_id")?), description, quantity))
}
