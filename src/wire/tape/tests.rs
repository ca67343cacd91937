//! The last messages, and what is found in them.

use prost::Message as _;
use serde_json::Value as Json;

use super::*;
use crate::wire::proto::amazon as pb;

fn heard(link: &'static str, way: Way, form: Form, name: &'static str, bytes: Vec<u8>) -> Heard {
    Heard { link, way, form, name: Cow::Borrowed(name), bytes: bytes.into() }
}

fn pack(package: i64, seq: i64) -> Heard {
    let topack = pb::APack { whnum: 1, things: vec![], shipid: package, seqnum: seq };
    let message = pb::ACommands { topack: vec![topack], acks: vec![7], ..Default::default() };
    heard("world", Way::Sent, Form::Proto, "ACommands", message.encode_to_vec())
}

fn delivered(package: &str) -> Heard {
    let body = format!(
        r#"{{"message_type":"ShipmentDelivered","sequence_number":3,"payload":{{"shipment_id":{package}}}}}"#
    );
    let name = "POST /api/webhooks/shipment-delivered";
    heard("carrier", Way::Received, Form::Json, name, body.into_bytes())
}

fn tape(messages_max: usize, bytes_max: usize) -> Tape {
    Tape::new(TapeLimits { messages_max, bytes_max })
}

fn ids(messages: &[Taped]) -> Vec<u64> {
    messages.iter().map(|message| message.id).collect()
}

#[test]
fn the_newest_are_kept_within_both_bounds_and_read_from_either_end() {
    let mut tape = tape(4, usize::MAX);
    for n in 1..=6 {
        tape.note(SimTime(n), pack(n as i64, 1));
    }
    assert_eq!((tape.len(), tape.id_last()), (4, 6));
    assert_eq!(ids(&tape.before(None, 9)), [6, 5, 4, 3]);
    assert_eq!(ids(&tape.before(Some(5), 1)), [4]);
    assert!(tape.before(Some(1), 9).is_empty());
    assert_eq!(ids(&tape.after(4, 9)), [5, 6]);
    assert_eq!(ids(&tape.after(0, 2)), [3, 4], "what is forgotten is left out");
    assert!(tape.after(u64::MAX, 2).is_empty());

    let mut small = self::tape(100, 5_000);
    for _ in 0..50 {
        let body = format!("\"{}\"", "x".repeat(1_000)).into_bytes();
        small.note(SimTime(1), heard("carrier", Way::Sent, Form::Json, "POST /", body));
    }
    assert_eq!(small.len(), 4, "4 of 1,002 bytes and what each takes besides");
}

#[test]
fn a_very_long_message_is_cut_between_two_fields_and_can_still_be_read() {
    let query = |seqnum| pb::AQuery { packageid: 7, seqnum };
    let queries = (1..100_000).map(query).collect();
    let long = pb::ACommands { queries, ..Default::default() }.encode_to_vec();
    let mut tape = Tape::new(TapeLimits::default());
    tape.note(SimTime(1), heard("world", Way::Sent, Form::Proto, "ACommands", long.clone()));
    let kept = tape.before(None, 1).remove(0);
    assert!(kept.is_cut() && kept.whole_bytes == long.len());
    assert!(kept.show().seqs.contains(&1) && !kept.show().seqs.contains(&99_999));
}

#[test]
fn what_a_message_is_about_is_found_in_both_protocols() {
    let mut tape = tape(9, usize::MAX);
    tape.note(SimTime(1), pack(12, 5));
    tape.note(SimTime(2), delivered("\"12\""));
    let shown: Vec<Shown> = tape.after(0, 9).iter().map(Taped::show).collect();
    assert_eq!(shown[0].kinds, ["acks".to_owned(), "topack".to_owned()].into());
    assert_eq!(shown[0].seqs, [5, 7].into());
    assert_eq!(shown[1].kinds, ["ShipmentDelivered".to_owned()].into());
    assert_eq!(shown[1].seqs, [3].into());
    for shown in shown {
        assert_eq!(shown.packages, [12].into());
    }
}

#[test]
fn a_filter_admits_by_each_of_its_parts() {
    let mut tape = tape(9, usize::MAX);
    tape.note(SimTime(10), pack(12, 5));
    tape.note(SimTime(20), delivered("13"));
    let admitted = |filter: TapeFilter| {
        let messages = tape.after(0, 9);
        let wanted = messages.iter().filter(|message| filter.admit(message).is_some());
        wanted.map(|message| message.id).collect::<Vec<_>>()
    };
    let any = TapeFilter::default;
    assert_eq!(admitted(any()), [1, 2]);
    assert_eq!(admitted(TapeFilter { link: Some("carrier".to_owned()), ..any() }), [2]);
    assert_eq!(admitted(TapeFilter { way: Some(Way::Sent), ..any() }), [1]);
    assert_eq!(admitted(TapeFilter { kind: Some("TOPACK".to_owned()), ..any() }), [1]);
    assert_eq!(admitted(TapeFilter { kind: Some("delivered".to_owned()), ..any() }), [2]);
    assert_eq!(admitted(TapeFilter { package: Some(13), ..any() }), [2]);
    assert_eq!(admitted(TapeFilter { seq: Some(7), ..any() }), [1]);
    assert_eq!(admitted(TapeFilter { since: Some(SimTime(20)), ..any() }), [2]);
    assert_eq!(admitted(TapeFilter { until: Some(SimTime(20)), ..any() }), [1]);
    let neither = TapeFilter { package: Some(12), way: Some(Way::Received), ..any() };
    assert!(admitted(neither).is_empty());
}

#[test]
fn bytes_that_are_no_message_are_shown_as_that() {
    let mut tape = tape(9, usize::MAX);
    tape.note(SimTime(1), heard("world", Way::Received, Form::Proto, "AResponses", vec![0xff; 3]));
    tape.note(SimTime(1), heard("carrier", Way::Received, Form::Json, "POST /", b"<b>".to_vec()));
    let shown: Vec<Shown> = tape.after(0, 9).iter().map(Taped::show).collect();
    assert!(shown[0].text.starts_with("These bytes are no AResponses"), "{}", shown[0].text);
    assert_eq!((shown[1].text.as_str(), &shown[1].json), ("<b>", &Json::Null));
}
