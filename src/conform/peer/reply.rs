//! What the party under test has answered, and how it is judged.
//!
//! It is read as JSON and not as our types, so that what is wrong about it can be shown.

use serde_json::Value;

use crate::conform::check::{Failure, Verdict, that};

/// An answer over HTTP.
#[derive(Debug, Clone)]
pub(in crate::conform) struct Reply {
    pub(in crate::conform) status: u16,
    /// Null where the body is not JSON.
    pub(in crate::conform) body: Value,
    pub(in crate::conform) text: String,
}

impl Reply {
    pub(in crate::conform) fn new(status: u16, bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes).into_owned();
        Self { status, body: serde_json::from_slice(bytes).unwrap_or_default(), text }
    }

    /// In an envelope its payload's field, else the body's.
    pub(in crate::conform) fn field(&self, name: &str) -> &Value {
        let payload = &self.body["payload"];
        if payload.is_object() { &payload[name] } else { &self.body[name] }
    }

    pub(in crate::conform) fn code(&self) -> Option<i64> {
        self.field("code").as_i64()
    }

    pub(in crate::conform) fn acks(&self) -> Vec<i64> {
        let acks = self.field("acks").as_array();
        acks.into_iter().flatten().filter_map(Value::as_i64).collect()
    }

    /// Whether it says that the message was done.
    pub(in crate::conform) fn is_good(&self) -> bool {
        let flat = self.body.get("success").and_then(Value::as_bool);
        let enveloped = (self.body["message_type"] != "Error")
            .then(|| self.field("status") != "fail" && self.body["payload"].is_object());
        self.status == 200 && flat.or(enveloped).unwrap_or(false)
    }

    pub(in crate::conform) fn is_refusal(&self) -> bool {
        !self.is_good() && (400..600).contains(&self.status) && self.status != 503
            || self.body.get("success") == Some(&Value::Bool(false))
    }

    /// Fails unless the message was done.
    pub(in crate::conform) fn expect_good(&self, what: &str) -> Verdict {
        that(self.is_good(), || Failure::new(format!("{what}: 200, and success"), self.shown()))
    }

    /// Fails unless the message was refused, in words and not by a failure.
    pub(in crate::conform) fn expect_refusal(&self, what: &str) -> Verdict {
        that(self.is_refusal(), || Failure::new(format!("{what}: a refusal"), self.shown()))
    }

    pub(in crate::conform) fn expect_code(&self, what: &str, code: i64) -> Verdict {
        self.expect_refusal(what)?;
        that(self.code() == Some(code), || {
            Failure::new(format!("{what}: a refusal with code {code}"), self.shown())
        })
    }

    /// One of a batch's answers has no HTTP status of its own.
    pub(in crate::conform) fn expect_refusal_in_batch(&self, what: &str, code: i64) -> Verdict {
        that(!self.is_good() && self.code() == Some(code), || {
            Failure::new(format!("{what}: a refusal with code {code}"), self.shown())
        })
    }

    pub(in crate::conform) fn expect_status(&self, what: &str, status: u16) -> Verdict {
        that(self.status == status, || Failure::new(format!("{what}: HTTP {status}"), self.shown()))
    }

    /// Fails unless it was answered at all but by a failure of the party's.
    pub(in crate::conform) fn expect_no_failure(&self, what: &str) -> Verdict {
        that(self.status < 500, || {
            Failure::new(format!("{what}: no failure (HTTP 5xx)"), self.shown())
        })
    }

    pub(in crate::conform) fn expect_ack(&self, what: &str, seq: i64) -> Verdict {
        that(self.acks() == [seq], || Failure::new(format!("{what}: acks [{seq}]"), self.shown()))
    }

    /// Fails unless it has an envelope's three fields, and a word about success or the reason.
    pub(in crate::conform) fn expect_envelope(&self, kind: &str) -> Verdict {
        let is_whole = self.body["message_type"] == kind
            && self.body["timestamp"].as_str().is_some_and(is_moment)
            && self.body["payload"].is_object();
        that(is_whole, || {
            let expected = format!("message_type {kind}, a timestamp in ISO 8601, a payload");
            Failure::new(expected, self.shown())
        })
    }

    /// Fails unless it is `{"success", "message", "acks"}`.
    pub(in crate::conform) fn expect_flat(&self, success: bool) -> Verdict {
        let has_words = ["message", "error"].iter().any(|name| self.body[*name].is_string());
        let is_whole = self.body["success"] == success && has_words && self.body["acks"].is_array();
        that(is_whole, || {
            let expected = format!("success: {success}, a message, acks: […]");
            Failure::new(expected, self.shown())
        })
    }

    pub(in crate::conform) fn shown(&self) -> String {
        let text: String = self.text.chars().take(300).collect();
        format!("HTTP {} {text}", self.status)
    }
}

/// ISO 8601, with a zone or without.
pub(in crate::conform) fn is_moment(text: &str) -> bool {
    text.parse::<jiff::Timestamp>().is_ok() || text.parse::<jiff::civil::DateTime>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_good_or_refused_in_either_form() {
        let of = |status, text: &str| Reply::new(status, text.as_bytes());
        let ack = r#"{"message_type":"Acknowledgement","timestamp":"2026-01-02T03:04:05",
            "payload":{"status":"success","code":200,"message":"","acks":[4]}}"#;
        assert!(of(200, ack).is_good() && !of(200, ack).is_refusal());
        assert!(of(200, ack).expect_envelope("Acknowledgement").is_ok());
        assert_eq!(of(200, ack).acks(), [4]);
        let error = r#"{"message_type":"Error","timestamp":"2026-01-02T03:04:05.5Z",
            "payload":{"status":"fail","code":2000,"message":"no"}}"#;
        assert!(of(400, error).expect_code("it", 2000).is_ok() && !of(400, error).is_good());
        assert!(of(400, error).expect_code("it", 1000).is_err());
        let flat = r#"{"success":false,"error":"no","message":"no","acks":[]}"#;
        assert!(of(200, flat).is_refusal() && of(400, flat).expect_flat(false).is_ok());
        assert!(of(200, r#"{"success":true,"message":"","acks":[]}"#).is_good());
        for neither in [of(503, error), of(200, "OK"), of(302, "")] {
            assert!(!neither.is_good() && !neither.is_refusal(), "{neither:?}");
        }
    }

    #[test]
    fn a_moment_may_have_a_zone_or_none() {
        for good in ["2026-01-02T03:04:05", "2026-01-02T03:04:05.123456", "2026-01-02T03:04:05Z"] {
            assert!(is_moment(good), "{good}");
        }
        assert!(!is_moment("yesterday") && !is_moment("1700000000"));
    }
}
