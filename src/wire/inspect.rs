//! Messages for people: the bytes of one of the protocol's messages as protobuf
//! text and as JSON, under the protocol's own names.
//!
//! Nothing is validated and nothing becomes a domain type: it shows what was
//! said, right or wrong.

use std::sync::LazyLock;

use prost_reflect::{DescriptorPool, DynamicMessage, Value, text_format::FormatOptions};
use serde_json::{Map, Value as Json};

/// What the compiler made of `proto/`.
static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    DescriptorPool::decode(include_bytes!(concat!(env!("OUT_DIR"), "/world.fds")).as_slice())
        .unwrap_or_else(|error| unreachable!("made by the build, and of today: {error}"))
});

/// A message as people and programs read it.
#[derive(Debug, Clone, PartialEq)]
pub struct Inspected {
    /// Protobuf's text format, one field a line.
    pub text: String,
    /// An object of its fields.
    pub json: Json,
}

/// Decodes a message of that name, such as `ACommands`; an error says why it is none.
pub fn inspect(name: &str, bytes: &[u8]) -> Result<Inspected, String> {
    let package = if name.starts_with('A') { "world_amazon" } else { "world_ups" };
    let descriptor = POOL.get_message_by_name(&format!("{package}.{name}"));
    let descriptor = descriptor.ok_or_else(|| format!("the protocol has no {name}"))?;
    let message = DynamicMessage::decode(descriptor, bytes).map_err(|error| error.to_string())?;
    let text = message.to_text_format_with_options(&FormatOptions::new().pretty(true));
    Ok(Inspected { text, json: object(&message) })
}

fn object(message: &DynamicMessage) -> Json {
    let field = |(field, value): (prost_reflect::FieldDescriptor, &Value)| {
        (field.name().to_owned(), json(value))
    };
    Json::Object(message.fields().map(field).collect::<Map<_, _>>())
}

/// Numbers stay numbers, also those of 64 bits.
fn json(value: &Value) -> Json {
    match value {
        Value::Bool(it) => Json::from(*it),
        Value::I32(it) => Json::from(*it),
        Value::I64(it) => Json::from(*it),
        Value::U32(it) => Json::from(*it),
        Value::U64(it) => Json::from(*it),
        Value::F32(it) => Json::from(*it),
        Value::F64(it) => Json::from(*it),
        Value::EnumNumber(it) => Json::from(*it),
        Value::String(it) => Json::from(it.as_str()),
        Value::Message(it) => object(it),
        Value::List(items) => items.iter().map(json).collect(),
        // The protocol has neither.
        Value::Bytes(_) | Value::Map(_) => Json::Null,
    }
}

/// How many of the bytes the whole fields at the begin of a message take, up to `bytes_max`.
pub fn whole_fields(message: &[u8], bytes_max: usize) -> usize {
    let mut end = 0;
    while let Some(next) = end_of_field(message, end).filter(|next| *next <= bytes_max) {
        end = next;
    }
    end
}

/// Where the field that begins there ends; None where it does not, or is none.
fn end_of_field(message: &[u8], start: usize) -> Option<usize> {
    let (key, at) = varint(message, start)?;
    let end = match key & 7 {
        0 => varint(message, at)?.1,
        1 => at.checked_add(8)?,
        2 => {
            let (length, at) = varint(message, at)?;
            at.checked_add(usize::try_from(length).ok()?)?
        }
        5 => at.checked_add(4)?,
        _ => return None,
    };
    (end <= message.len()).then_some(end)
}

/// A varint, and where it ends.
fn varint(message: &[u8], start: usize) -> Option<(u64, usize)> {
    let mut value = 0_u64;
    for (index, byte) in message.get(start..)?.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, start + index + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::*;
    use crate::wire::proto::amazon as pb;

    fn commands(count: i64) -> Vec<u8> {
        let query = |seqnum| pb::AQuery { packageid: 7, seqnum };
        let queries = (1..=count).map(query).collect();
        pb::ACommands { queries, simspeed: Some(5), ..Default::default() }.encode_to_vec()
    }

    #[test]
    fn a_message_is_shown_under_the_names_of_the_protocol() {
        let shown = inspect("ACommands", &commands(1)).unwrap();
        let expected = "queries: [{\n  packageid: 7\n  seqnum: 1\n}]\nsimspeed: 5";
        assert_eq!(shown.text.trim(), expected);
        let query = serde_json::json!([{ "packageid": 7, "seqnum": 1 }]);
        assert_eq!(shown.json["queries"], query);
    }

    #[test]
    fn bytes_that_are_no_message_say_so() {
        assert!(inspect("ACommands", &[0xff; 3]).is_err());
        assert!(inspect("UNothing", &[]).is_err());
        assert_eq!(inspect("UCommands", &[]).unwrap().json, serde_json::json!({}));
    }

    #[test]
    fn a_cut_falls_between_two_fields() {
        let message = commands(1_000);
        for bytes_max in 0..100 {
            let cut = whole_fields(&message, bytes_max);
            assert!(cut <= bytes_max && bytes_max - cut < 6, "{cut} of {bytes_max}");
            inspect("ACommands", &message[..cut]).unwrap();
        }
        assert_eq!(whole_fields(&message, usize::MAX), message.len());
    }

    #[test]
    fn a_cut_of_anything_is_within_it() {
        for hostile in [
            &[0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1][..],
            &[0x80; 30],
            &[3],
            &[9, 1],
            &[0x0d, 1],
        ] {
            assert_eq!(whole_fields(hostile, 100), 0);
        }
    }
}
