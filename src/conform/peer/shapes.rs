//! What is no message, or hardly one: tried alike on a store and on a carrier.
//!
//! Each try ends with a look whether the party still is what it was. The messages are about
//! shipments that do not exist, so nothing comes of those that are understood.

use axum::body::Bytes;
use http::Method;
use serde_json::{Value, json};

use super::{Caller, Reply, caller::headers_of_type, say};
use crate::conform::{
    check::{Failure, Verdict, that},
    trace::Trace,
};

/// A stage on which one party is tried.
pub(in crate::conform) trait Party: Clone + Send + Sync + 'static {
    /// Its entrance for batches.
    const BATCHES: &'static str;

    /// Entrances that take a single message each.
    const SINGLES: &'static [&'static str];

    /// A message in an envelope about a shipment that does not exist, and where it is posted.
    fn stray(&self) -> (&'static str, Value);
    fn caller(&self) -> &Caller;
    fn trace(&self) -> &Trace;

    fn post(&self, path: &str, message: &Value) -> impl Future<Output = Verdict<Reply>> + Send {
        self.caller().post(self.trace(), path, message)
    }

    fn post_text(&self, path: &str, text: String) -> impl Future<Output = Verdict<Reply>> + Send {
        self.caller().post_bytes(self.trace(), path, Bytes::from(text))
    }
}

/// Longer than any message, and than what any party has to take.
const OVERSIZED: usize = 8 * 1024 * 1024;
const DEPTH: usize = 100_000;

/// Fails unless it answers a good message as before.
async fn is_well<S: Party>(stage: &S, after: &str) -> Verdict {
    let (path, message) = stage.stray();
    let reply = stage.post(path, &message).await?;
    reply.expect_refusal(&format!("a message about an unknown shipment, after {after}"))
}

async fn no_message<S: Party>(stage: &S, what: &str, text: String) -> Verdict {
    let (path, _) = stage.stray();
    let reply = stage.post_text(path, text).await?;
    reply.expect_refusal(what)?;
    is_well(stage, what).await
}

pub(in crate::conform) async fn not_json<S: Party>(stage: S) -> Verdict {
    for text in ["shipment 5 is loaded", "{\"message_type\": ", "\u{0}\u{1}", "<xml/>"] {
        no_message(&stage, "a body that is not JSON", text.to_owned()).await?;
    }
    Ok(())
}

pub(in crate::conform) async fn empty<S: Party>(stage: S) -> Verdict {
    for text in ["", "{}", "null", "{\"payload\": null}"] {
        no_message(&stage, "a body with nothing in it", text.to_owned()).await?;
    }
    Ok(())
}

pub(in crate::conform) async fn no_object<S: Party>(stage: S) -> Verdict {
    for text in ["[]", "7", "\"ShipmentLoaded\"", "true"] {
        no_message(&stage, "JSON that is no object", text.to_owned()).await?;
    }
    Ok(())
}

pub(in crate::conform) async fn no_payload<S: Party>(stage: S) -> Verdict {
    let (_, message) = stage.stray();
    for payload in [json!([]), json!("5"), json!(null), json!(5)] {
        let mut message = message.clone();
        message["payload"] = payload;
        no_message(&stage, "a payload that is no object", message.to_string()).await?;
    }
    Ok(())
}

pub(in crate::conform) async fn truncated<S: Party>(stage: S) -> Verdict {
    let (path, message) = stage.stray();
    stage.caller().post_half(stage.trace(), path, &message).await?;
    is_well(&stage, "a body that ends in its middle").await
}

pub(in crate::conform) async fn vanishing<S: Party>(stage: S) -> Verdict {
    let (path, message) = stage.stray();
    for _ in 0..20 {
        stage.caller().post_and_vanish(stage.trace(), path, &message).await?;
    }
    is_well(&stage, "posts by somebody who does not wait for the answers").await
}

pub(in crate::conform) async fn deep<S: Party>(stage: S) -> Verdict {
    let (path, message) = stage.stray();
    let nested = format!("{}{}", "[".repeat(DEPTH), "]".repeat(DEPTH));
    let inside = message.to_string().replacen("\"payload\":{", "\"payload\":{\"deep\":DEEP,", 1);
    for text in [nested.clone(), "{\"payload\":".repeat(DEPTH), inside.replacen("DEEP", &nested, 1)]
    {
        let reply = stage.post_text(path, text).await?;
        reply.expect_no_failure("a body that is nested 100,000 deep")?;
        is_well(&stage, "a body that is nested 100,000 deep").await?;
    }
    Ok(())
}

pub(in crate::conform) async fn oversized<S: Party>(stage: S) -> Verdict {
    let (path, message) = stage.stray();
    let padded = format!("{message}{}", " ".repeat(OVERSIZED));
    let fields = format!("{{\"message_type\":\"{}\"}}", "x".repeat(OVERSIZED));
    for text in [padded, fields] {
        // It may hang up before it has read all of that.
        if let Ok(reply) = stage.post_text(path, text).await {
            reply.expect_no_failure("a body of 8 MiB")?;
        }
        is_well(&stage, "a body of 8 MiB").await?;
    }
    Ok(())
}

pub(in crate::conform) async fn wrong_types<S: Party>(stage: S) -> Verdict {
    let (path, message) = stage.stray();
    let values =
        [json!([1]), json!({ "id": 1 }), json!(true), json!(1.5), json!("five"), json!("")];
    for value in values {
        let shown = format!("a shipment_id of {value}");
        let reply = stage.post(path, &say::with(&message, "shipment_id", value)).await?;
        reply.expect_refusal(&shown)?;
    }
    is_well(&stage, "fields of other types").await
}

pub(in crate::conform) async fn malformed_code<S: Party>(stage: S) -> Verdict {
    let (path, message) = stage.stray();
    let other = say::with(&message, "shipment_id", json!([1]));
    stage.post(path, &other).await?.expect_code("a shipment_id that is a list", 1000)?;
    let text = "no JSON".to_owned();
    stage.post_text(path, text).await?.expect_code("a body that is not JSON", 1000)
}

pub(in crate::conform) async fn huge_numbers<S: Party>(stage: S) -> Verdict {
    let (path, message) = stage.stray();
    for digits in ["9223372036854775808", "-9223372036854775809", "1e308", "1e9999"] {
        let text = say::with(&message, "shipment_id", json!("DIGITS")).to_string();
        let reply = stage.post_text(path, text.replace("\"DIGITS\"", digits)).await?;
        reply.expect_refusal(&format!("a shipment_id of {digits}"))?;
        reply.expect_no_failure(&format!("a shipment_id of {digits}"))?;
    }
    is_well(&stage, "numbers beyond 64 bits").await
}

pub(in crate::conform) async fn unknown_kind<S: Party>(stage: S) -> Verdict {
    let (path, mut message) = stage.stray();
    for kind in ["ShipmentLost", "shipmentloaded", ""] {
        message["message_type"] = json!(kind);
        let reply = stage.post(path, &message).await?;
        reply.expect_refusal(&format!("message_type {kind:?}"))?;
    }
    Ok(())
}

pub(in crate::conform) async fn extra_fields<S: Party>(stage: S) -> Verdict {
    let (path, mut message) = stage.stray();
    message["trace_id"] = json!({ "of": ["somebody", 1, null] });
    message["payload"]["colour"] = json!("blue");
    stage.post(path, &message).await?.expect_code("a message with fields nobody knows", 2000)
}

pub(in crate::conform) async fn any_timestamp<S: Party>(stage: S) -> Verdict {
    let (path, mut message) = stage.stray();
    for moment in [
        "2026-01-02T03:04:05",
        "2026-01-02T03:04:05Z",
        "2026-01-02T03:04:05.123456",
        "2026-01-02T03:04:05.123456789+02:00",
    ] {
        message["timestamp"] = json!(moment);
        let reply = stage.post(path, &message).await?;
        reply.expect_code(&format!("a message of {moment}, about an unknown shipment"), 2000)?;
    }
    Ok(())
}

pub(in crate::conform) async fn content_type<S: Party>(stage: S) -> Verdict {
    let (path, message) = stage.stray();
    let body = Bytes::from(message.to_string());
    for kind in [Some("text/plain"), Some("application/x-www-form-urlencoded"), None] {
        let headers = headers_of_type(&stage.caller().keys, kind, &body);
        let reply = stage.caller().send(stage.trace(), Method::POST, path, headers, body.clone());
        let shown = format!("JSON of the type {kind:?}");
        let reply = reply.await?;
        reply.expect_refusal(&shown)?;
        reply.expect_no_failure(&shown)?;
    }
    is_well(&stage, "other content types").await
}

pub(in crate::conform) async fn method<S: Party>(stage: S) -> Verdict {
    let (path, _) = stage.stray();
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let shown = format!("{method} {path}");
        let headers = http::HeaderMap::new();
        let reply = stage.caller().send(stage.trace(), method, path, headers, Bytes::new()).await?;
        that((400..500).contains(&reply.status), || {
            Failure::new(format!("{shown}: HTTP 4xx"), reply.shown())
        })?;
    }
    Ok(())
}
