//! A message that was kept, decoded: its text, its fields, and what it is about.
//!
//! Nothing is validated: it shows what was said, right or wrong.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::{Form, Taped};
use crate::wire::inspect::{Inspected, inspect};

/// Deeper than any message of the protocols.
const DEPTH_MAX: usize = 16;

/// A message as people and programs read it.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// In protobuf's text format, or as JSON on several lines.
    pub text: String,
    /// Its fields; null where the bytes are no such message.
    pub json: Json,
    /// What is in it: the protocol's names of the fields, or of the JSON messages.
    pub kinds: BTreeSet<String>,
    /// The packages that it names.
    pub packages: BTreeSet<i64>,
    /// The trucks that it names.
    pub trucks: BTreeSet<i64>,
    /// The sequence numbers that it bears, acks among them.
    pub seqs: BTreeSet<i64>,
}

impl Shown {
    pub(super) fn new(message: &Taped) -> Self {
        let (text, json) = match message.form {
            Form::Mark => (String::new(), Json::Null),
            Form::Proto => of_proto(message),
            Form::Json => of_json(message),
        };
        let mut shown = Self {
            text,
            json: Json::Null,
            kinds: BTreeSet::new(),
            packages: BTreeSet::new(),
            trucks: BTreeSet::new(),
            seqs: BTreeSet::new(),
        };
        if let (Form::Proto, Json::Object(fields)) = (message.form, &json) {
            shown.kinds.extend(fields.keys().cloned());
        }
        shown.walk(&json, DEPTH_MAX);
        shown.json = json;
        shown
    }

    fn walk(&mut self, value: &Json, depth: usize) {
        if depth == 0 {
            return;
        }
        match value {
            Json::Array(items) => items.iter().for_each(|item| self.walk(item, depth - 1)),
            Json::Object(fields) => {
                for (key, value) in fields {
                    self.note(key, value);
                    self.walk(value, depth - 1);
                }
            }
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
        }
    }

    fn note(&mut self, key: &str, value: &Json) {
        match key {
            "shipid" | "packageid" | "shipment_id" => self.packages.extend(number(value)),
            "truckid" | "truck_id" => self.trucks.extend(number(value)),
            "seqnum" | "originseqnum" | "sequence_number" => self.seqs.extend(number(value)),
            "acks" => {
                let acks = value.as_array().into_iter().flatten();
                self.seqs.extend(acks.filter_map(number));
            }
            "message_type" => self.kinds.extend(value.as_str().map(str::to_owned)),
            _ => {}
        }
    }
}

/// Ids come as numbers or as decimal strings.
fn number(value: &Json) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

fn of_proto(message: &Taped) -> (String, Json) {
    match inspect(&message.name, &message.bytes) {
        Ok(Inspected { text, json }) => (text.trim().to_owned(), json),
        Err(reason) => (format!("These bytes are no {}: {reason}.", message.name), Json::Null),
    }
}

fn of_json(message: &Taped) -> (String, Json) {
    match serde_json::from_slice::<Json>(&message.bytes) {
        Ok(json) => (serde_json::to_string_pretty(&json).unwrap_or_default(), json),
        // As it came; a page escapes it.
        Err(_) => (String::from_utf8_lossy(&message.bytes).into_owned(), Json::Null),
    }
}
