//! The specification of the carrier protocol, held to what it says: its examples mean what our
//! code reads and are what it writes, a running carrier answers with them, and its rules are tried.
//!
//! Whether store and carrier keep the rules in words is tested elsewhere.

use std::{collections::BTreeSet, fs, path::Path};

use axum::body::Bytes;
use serde_json::Value;
use waybill::{
    carrier::{self, CarrierSettings},
    conform::{self, Listed, store},
    web::headers_of_post,
    wire::{
        dialect::{
            ENVELOPES_MAX, FlatKind, parse_answer, parse_answers, parse_batch_to_carrier,
            parse_flat, parse_to_carrier, parse_to_store, render_answer, render_flat_answer,
            single_post_to_carrier, single_post_to_store, to_carrier_value,
        },
        signature::{Claim, Keys, Secret},
    },
};

use super::party::free;
use crate::support::TestDb;

/// `# from -> to: what`, then `POST path` or `HTTP status`, then a body.
struct Example {
    title: String,
    first: String,
    headers: Vec<(String, String)>,
    text: String,
    body: Value,
}

fn document() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/carrier-protocol.md");
    fs::read_to_string(path).unwrap()
}

fn examples() -> Vec<Example> {
    let text = document();
    let blocks = text.split("```http\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let titled = blocks.flat_map(|block| block.trim_start_matches("# ").split("\n# "));
    titled.map(example).collect()
}

fn example(text: &str) -> Example {
    let mut lines = text.lines();
    let title = lines.next().unwrap().to_owned();
    let first = lines.next().unwrap().to_owned();
    let rest: Vec<&str> = lines.collect();
    let body_at = rest.iter().position(|line| line.starts_with(['{', '['])).expect("a body");
    let header = |line: &&str| {
        let (name, value) = line.split_once(": ")?;
        Some((name.to_owned(), value.to_owned()))
    };
    let headers = rest[..body_at].iter().filter_map(header).collect();
    let text = rest[body_at..].join("\n");
    let body = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{title}: {error}"));
    Example { title, first, headers, text, body }
}

impl Example {
    fn path(&self) -> Option<&str> {
        self.first.strip_prefix("POST ")
    }

    fn status(&self) -> Option<u16> {
        self.first.strip_prefix("HTTP ").map(|status| status.parse().unwrap())
    }

    fn timestamp(&self) -> &str {
        self.body["timestamp"].as_str().unwrap_or_default()
    }
}

/// Path and body as we post them; None where it is for another reader.
fn rewritten(example: &Example) -> Option<(String, Value)> {
    let (path, text) = (example.path()?, example.text.as_bytes());
    let flat = |kind| Some(single_post_to_store(&parse_flat(kind, text).unwrap(), ""));
    let (to, body) = match path {
        "/set_worldid" => flat(FlatKind::SetWorld)?,
        "/api/ups/truck-arrived" => flat(FlatKind::TruckArrived)?,
        "/api/ups/tracking" => flat(FlatKind::Tracking)?,
        "/api/ups/status-update" => flat(FlatKind::StatusUpdate)?,
        "/api/world/event" => flat(FlatKind::WorldEvent)?,
        // We say it in an envelope.
        "/api/ups/package-delivered" => {
            parse_flat(FlatKind::PackageDelivered, text).unwrap();
            return None;
        }
        "/api/messages" => {
            let messages = parse_batch_to_carrier(text).unwrap();
            let first = messages[0].as_ref().unwrap();
            let body = to_carrier_value(first, example.body[0]["timestamp"].as_str().unwrap());
            assert_eq!(body, example.body[0], "{}", example.title);
            assert!(messages[1].is_err(), "{}", example.title);
            return None;
        }
        path if path.starts_with("/api/webhooks/") => {
            single_post_to_store(&parse_to_store(None, text).unwrap(), example.timestamp())
        }
        path => {
            let envelope = parse_to_carrier(None, text).unwrap();
            let (to, body) = single_post_to_carrier(&envelope, example.timestamp());
            let is_generic = path == "/api/amazon/message";
            return Some((if is_generic { path.to_owned() } else { format!("/api{to}") }, body));
        }
    };
    Some((to.to_owned(), body))
}

#[test]
fn the_messages_of_the_examples_are_those_that_we_read_and_write() {
    let mut count = 0;
    for example in examples().iter().filter(|example| example.path().is_some()) {
        count += 1;
        if let Some((path, body)) = rewritten(example) {
            assert_eq!(Some(path.as_str()), example.path(), "{}", example.title);
            assert_eq!(body, example.body, "{}", example.title);
        }
    }
    assert!(count >= 17, "only {count} examples of messages");
}

#[test]
fn the_answers_of_the_examples_are_those_that_we_read_and_write() {
    let mut count = 0;
    for example in &examples() {
        let Some(status) = example.status() else { continue };
        count += 1;
        if let Some(all) = example.body.as_array() {
            assert!(parse_answers(status, example.text.as_bytes(), all.len()).is_ok());
            continue;
        }
        let answer = parse_answer(status, example.text.as_bytes()).unwrap();
        let again = match example.body.get("success") {
            Some(_) => render_flat_answer(&answer),
            None => render_answer(&answer, example.timestamp()),
        };
        assert_eq!(again, (status, example.body.clone()), "{}", example.title);
    }
    assert!(count >= 9, "only {count} examples of answers");
}

#[test]
fn the_signature_of_the_example_is_right() {
    let all = examples();
    let example = all.iter().find(|example| !example.headers.is_empty()).expect("a signed one");
    let secret = example.title.strip_prefix("secret ").unwrap();
    let keys = Keys::from_iter([Secret::parse(secret).unwrap()]);
    let header = |name: &str| {
        let found = example.headers.iter().find(|(it, _)| it == name);
        found.map(|(_, value)| value.as_str()).unwrap()
    };
    let at_s: i64 = header("webhook-timestamp").parse().unwrap();
    let signature = keys.sign(header("webhook-id"), at_s, example.text.as_bytes());
    assert_eq!(signature, header("webhook-signature"));
    let claim = Claim {
        id: Some(header("webhook-id")),
        timestamp: Some(header("webhook-timestamp")),
        signatures: Some(&signature),
    };
    assert_eq!(keys.verify(claim, example.text.as_bytes(), at_s), Ok(()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_carrier_answers_as_it_is_written() {
    let database = TestDb::embedded();
    // Without a world no truck comes, so that nothing happens between two messages.
    let settings = CarrierSettings::for_testing(free(), format!("http://{}", free()));
    let carrier = carrier::start(database.open().await, settings).await.unwrap();
    let (http, mut played) = (reqwest::Client::new(), 0);
    for pair in examples().windows(2) {
        let [message, answer] = pair else { unreachable!("windows of two") };
        let is_to_carrier = message.title.starts_with("store -> carrier");
        let (Some(path), Some(status), true) = (message.path(), answer.status(), is_to_carrier)
        else {
            continue;
        };
        let body = Bytes::from(message.text.clone());
        let request = http.post(format!("http://{}{path}", carrier.addr()));
        let headers = headers_of_post(&Keys::default(), None, &body);
        let said = request.headers(headers).body(body).send().await.unwrap();
        assert_eq!(said.status().as_u16(), status, "{}", message.title);
        let said: Value = said.json().await.unwrap();
        assert_eq!(timeless(said), timeless(answer.body.clone()), "{}", message.title);
        played += 1;
    }
    assert!(played >= 6, "only {played} were played");
    carrier.stop().await;
}

fn timeless(mut body: Value) -> Value {
    match &mut body {
        Value::Array(all) => all.iter_mut().for_each(|it| *it = timeless(it.take())),
        Value::Object(fields) => drop(fields.remove("timestamp")),
        _ => {}
    }
    body
}

/// Rules that no check tries: a sender's own affair, an operator's, what only a crash or an
/// outage shows, and what is only permitted or recommended.
const UNTRIED: &[&str] = &[
    "C-HTTP-4",
    "C-HTTP-5",
    "C-ANS-5",
    "C-ANS-6",
    "C-SHIP-6",
    "C-WID-3",
    "C-NUM-5",
    "C-NUM-6",
    "C-BAT-5",
    "C-SIG-6",
    "C-RACE-9",
    "C-RACE-10",
    "C-SEC-1",
    "C-SEC-3",
    "C-SEC-4",
    "C-SEC-5",
    "C-VER-1",
    "C-VER-2",
];

fn rules(text: &str) -> Vec<&str> {
    text.split("<a id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

fn checks(with_ours: bool) -> Vec<Listed> {
    let of_a_carrier = conform::carrier::list(&[], with_ours).unwrap();
    store::list(&[], with_ours).unwrap().into_iter().chain(of_a_carrier).collect()
}

#[test]
fn each_rule_has_a_check_or_a_reason_why_there_is_none() {
    let text = document();
    let rules: BTreeSet<_> = rules(&text).into_iter().collect();
    let tried: BTreeSet<_> = checks(true).iter().flat_map(|check| check.of).copied().collect();
    let unknown: Vec<_> = tried.difference(&rules).collect();
    assert!(unknown.is_empty(), "checks try what is no rule: {unknown:?}");
    let untried: BTreeSet<_> = rules.difference(&tried).copied().collect();
    assert_eq!(untried, UNTRIED.iter().copied().collect(), "rules without a check");
}

#[test]
fn what_must_be_kept_is_no_decision_of_ours_alone() {
    let text = document();
    let origin = |rule: &str| {
        let begin = format!("**{rule}** (");
        let at = text.find(&begin).unwrap_or_else(|| panic!("no origin of {rule}"));
        text[at + begin.len()..].split([')', ';']).next().unwrap().to_owned()
    };
    for check in checks(false) {
        let is_known = check.of.iter().any(|rule| origin(rule) != "O");
        assert!(is_known, "{} rests on decisions of ours: {:?}", check.name, check.of);
    }
}

#[test]
fn each_rule_has_one_number_and_what_is_referred_to_exists() {
    let text = document();
    let all = rules(&text);
    let rules: BTreeSet<_> = all.iter().copied().collect();
    assert!(rules.len() > 60 && rules.len() == all.len(), "a number is given twice");
    let is_of_number = |c: char| c.is_ascii_alphanumeric() || c == '-';
    for word in text.split(|c| !is_of_number(c)).filter(|word| word.starts_with("C-")) {
        assert!(rules.contains(word), "there is no {word}");
    }
    assert_eq!(ENVELOPES_MAX, 4_096);
    assert!(text.contains("| messages in a batch | 4,096 |"));
}
