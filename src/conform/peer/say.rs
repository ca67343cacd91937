//! Messages as JSON, written by hand: a stranger has no types of ours.

use serde_json::{Value, json};

use crate::web::timestamp;

/// `{"message_type", "timestamp", "payload"}`.
pub(in crate::conform) fn envelope(kind: &str, payload: Value) -> Value {
    let mut message = json!({ "message_type": kind, "timestamp": timestamp() });
    message["payload"] = payload;
    message
}

/// The same message with a number of its sender's.
pub(in crate::conform) fn numbered(mut message: Value, sender: &str, seq: i64) -> Value {
    let name = if message.get("message_type").is_some() { "sequence_number" } else { "seqnum" };
    message[name] = json!(seq);
    message["sender"] = json!(sender);
    message
}

/// Every id in it as a decimal string.
pub(in crate::conform) fn with_text_ids(mut message: Value) -> Value {
    fn walk(value: &mut Value) {
        let Some(fields) = value.as_object_mut() else { return };
        for (name, field) in fields {
            if field.is_i64() && name != "seqnum" {
                *field = Value::String(field.to_string());
            }
            walk(field);
        }
    }
    walk(&mut message);
    message
}

/// The same message without one of its fields.
pub(in crate::conform) fn without(message: &Value, field: &str) -> Value {
    let mut message = message.clone();
    if let Some(fields) = message.as_object_mut() {
        fields.remove(field);
    }
    if let Some(payload) = message.get_mut("payload").and_then(Value::as_object_mut) {
        payload.remove(field);
    }
    message
}

/// The same message with another value of a field in its payload.
pub(in crate::conform) fn with(message: &Value, field: &str, value: Value) -> Value {
    let mut message = message.clone();
    if message.get("payload").is_some_and(Value::is_object) {
        message["payload"][field] = value;
    } else {
        message[field] = value;
    }
    message
}

/// A name of a sender that nobody had before.
pub(in crate::conform) fn new_sender() -> String {
    format!("conform-{:016x}", rand::random::<u64>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_changed_where_it_is_meant() {
        let message = envelope("A", json!({ "shipment_id": 5, "email": "a" }));
        assert_eq!(with_text_ids(message.clone())["payload"]["shipment_id"], "5");
        assert!(without(&message, "email")["payload"].get("email").is_none());
        assert!(without(&message, "message_type").get("message_type").is_none());
        assert_eq!(with(&message, "email", json!(7))["payload"]["email"], 7);
        let flat = json!({ "shipment_id": 5 });
        assert!(without(&flat, "shipment_id").get("shipment_id").is_none());
        assert_eq!(with(&flat, "shipment_id", json!([]))["shipment_id"], json!([]));
        assert_eq!(numbered(flat, "me", 3)["seqnum"], 3);
        assert_eq!(numbered(message, "me", 3)["sequence_number"], 3);
    }
}
