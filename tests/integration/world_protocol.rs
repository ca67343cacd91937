//! The specification of the world's protocol, held to what it says: its bytes
//! mean what is written beside them, and a real world answers with them.
//!
//! Whether the world keeps the rules in words is tested elsewhere.

mod document;
mod play;
mod schema;

use std::collections::BTreeSet;

use prost::Message as _;
use waybill::{
    conform::world::list,
    wire::{WireError, amazon, ups},
    world::{WorldSettings, model::Refusal},
};

use document::{Document, Example};
use schema::Schema;

#[test]
fn the_bytes_of_the_example_mean_what_is_written_beside_them() {
    let (document, schema) = (Document::read(), Schema::read());
    assert!(document.examples.len() > 30, "only {} examples", document.examples.len());
    for Example { line, subject, bytes, text, .. } in &document.examples {
        let meant = schema.annotated(subject, bytes);
        assert_eq!(text, &meant, "the example in line {line}");
    }
}

#[test]
fn the_bytes_of_the_example_are_those_that_we_write() {
    for Example { line, subject, bytes, .. } in &Document::read().examples {
        let (prefix_bytes, body) = schema::split_frame(bytes);
        match rewritten(subject, body) {
            Some(again) => {
                assert_eq!(again.unwrap(), body, "the {subject} in line {line}");
                assert_eq!(prefix_bytes, 1 + usize::from(body.len() > 0x7f));
            }
            None => assert!(body.is_empty(), "line {line}: {subject} is no message"),
        }
    }
}

/// Through our types and back; None where there is nothing to read.
fn rewritten(message: &str, body: &[u8]) -> Option<Result<Vec<u8>, WireError>> {
    macro_rules! through {
        ($side:ident, $decode:ident, $encode:ident) => {
            $side::$decode(body).map(|it| $side::$encode(&it).encode_to_vec())
        };
    }
    Some(match message {
        "AConnect" => through!(amazon, decode_connect, encode_connect),
        "AConnected" => through!(amazon, decode_connected, encode_connected),
        "ACommands" => through!(amazon, decode_commands, encode_commands),
        "AResponses" => through!(amazon, decode_responses, encode_responses),
        "UConnect" => through!(ups, decode_connect, encode_connect),
        "UConnected" => through!(ups, decode_connected, encode_connected),
        "UCommands" => through!(ups, decode_commands, encode_commands),
        "UResponses" => through!(ups, decode_responses, encode_responses),
        _ => return None,
    })
}

#[test]
fn the_appendix_is_the_schema_that_we_compile() {
    let text = Document::read().text;
    for path in schema::PROTOS {
        let proto = schema::read(path);
        let (_, messages) = proto.split_once('\n').unwrap();
        assert!(text.contains(messages.trim()), "{path} is not in the appendix as it is");
    }
}

#[test]
fn the_texts_of_the_original_are_quoted_letter_by_letter() {
    let text = Document::read().text;
    for refusal in [Refusal::Unknown, Refusal::WrongState, Refusal::IdTaken] {
        assert!(text.contains(&format!("```text\n{refusal}\n```")), "{refusal}");
    }
}

#[test]
fn the_limits_and_times_are_those_that_a_world_starts_with() {
    let text = Document::read().text;
    let settings = WorldSettings::default();
    let WorldSettings { bounds, resend, buy_s, pack_s, load_s, .. } = settings;
    for (what, number) in [
        ("warehouses, trucks in a world", bounds.warehouses_max),
        ("warehouses, trucks in a world", bounds.trucks_max),
        ("products in a world", bounds.products_max),
        ("packages not yet delivered in a world", bounds.packages_max),
        ("purchases, packings, loadings and ways under way in a world", bounds.happenings_max),
        ("products on shelves in a world, once for each warehouse", bounds.shelves_max),
        (
            "descriptions in a world, and purchases on their way, in MiB each",
            bounds.text_bytes_max >> 20,
        ),
        ("runs of consecutive shipids that were delivered in a world", bounds.id_runs_max),
        ("worlds", settings.worlds_max),
        ("things in one `buy` or `topack`; bytes of a description", bounds.things_max),
        ("body of a message", settings.message_bytes_max >> 20),
        ("events of a side in flight", resend.window),
        ("events of a side unacked", bounds.unacked_max),
        ("bytes of messages of one connection being done", settings.unanswered_bytes_max),
        ("messages waiting to be written to one connection", settings.unwritten_max),
        ("connections", settings.connections_max),
        ("buy time", buy_s as usize),
        ("pack time", pack_s as usize),
        ("load time", load_s as usize),
    ] {
        let cells = format!("| {what} | {}", in_thousands(number));
        let is_there = text
            .match_indices(&cells)
            .any(|(at, _)| text[at + cells.len()..].starts_with([' ', ';']));
        assert!(is_there, "no row begins with {cells:?}");
    }
}

/// 4,000,000 and the like.
fn in_thousands(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|it| std::str::from_utf8(it).unwrap()).collect();
    groups.join(",")
}

/// Rules that no check tries: clients' own, an operator's, what only a crash or a flood shows,
/// and what is only permitted or recommended.
const UNTRIED: &[&str] = &[
    "W-FRAME-1",
    "W-CONN-6",
    "W-CONN-12",
    "W-SEQ-1",
    "W-SEQ-4",
    "W-ACK-3",
    "W-ACK-4",
    "W-ACK-6",
    "W-ACK-8",
    "W-SEND-2",
    "W-SEND-3",
    "W-SEND-6",
    "W-SEND-8",
    "W-SEND-9",
    "W-CMD-1",
    "W-CMD-4",
    "W-TIME-4",
    "W-TIME-6",
    "W-TIME-7",
    "W-TIME-8",
    "W-TIME-9",
    "W-TIME-10",
    "W-BYE-4",
    "W-BYE-7",
    "W-BYE-8",
    "W-SEC-1",
    "W-SEC-4",
    "W-SEC-5",
    "W-VER-1",
    "W-VER-2",
];

#[test]
fn each_rule_has_a_check_or_a_reason_why_there_is_none() {
    let document = Document::read();
    let rules: BTreeSet<_> = document.rules().collect();
    let checks = list(&[], true).unwrap();
    let tried: BTreeSet<_> = checks.iter().flat_map(|check| check.of).copied().collect();
    let unknown: Vec<_> = tried.difference(&rules).collect();
    assert!(unknown.is_empty(), "checks try what is no rule: {unknown:?}");
    let untried: BTreeSet<_> = rules.difference(&tried).copied().collect();
    assert_eq!(untried, UNTRIED.iter().copied().collect(), "rules without a check");
}

#[test]
fn what_must_be_kept_is_known_of_the_original() {
    let document = Document::read();
    for check in list(&[], false).unwrap() {
        let is_known = check.of.iter().any(|rule| document.origin(rule) != "O");
        assert!(is_known, "{} rests on decisions of ours: {:?}", check.name, check.of);
    }
}

#[test]
fn each_rule_has_one_number_and_what_is_referred_to_exists() {
    let document = Document::read();
    let rules: BTreeSet<_> = document.rules().collect();
    assert!(rules.len() > 100, "only {} rules", rules.len());
    assert_eq!(document.rules().count(), rules.len(), "a number is given twice");
    for reference in document.references() {
        assert!(rules.contains(reference), "there is no {reference}");
    }
}
