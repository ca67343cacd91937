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
