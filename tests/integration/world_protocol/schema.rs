//! The schema as it is written, and bytes with what they mean by it.
//!
//! It shares no code with the product's protobuf, which is what it checks.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use super::document::{BYTES_COLUMNS, BYTES_IN_ROW};

pub const PROTOS: [&str; 2] = ["proto/world_amazon.proto", "proto/world_ups.proto"];

/// Of each message, its fields' names and types by number.
pub struct Schema(BTreeMap<String, BTreeMap<u64, (String, String)>>);

struct Field<'a> {
    name: &'a str,
    kind: &'a str,
    /// With its key, and its length where it has one.
    whole: &'a [u8],
    content: &'a [u8],
}

pub fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The bytes of the length, and what follows it: one frame and nothing else.
pub fn split_frame(bytes: &[u8]) -> (usize, &[u8]) {
    if bytes.is_empty() {
        return (0, bytes);
    }
    let (length, prefix_bytes) = varint(bytes);
    let body = &bytes[prefix_bytes..];
    assert_eq!(body.len() as u64, length, "the length of {bytes:02x?}");
    (prefix_bytes, body)
}

impl Schema {
    pub fn read() -> Self {
        let mut messages = BTreeMap::new();
        for text in PROTOS.map(read) {
            for message in text.split("\nmessage ").skip(1) {
                let (name, rest) = message.split_once('{').unwrap();
                let (fields, _) = rest.split_once('}').unwrap();
                let fields = fields.split(';').filter_map(|field| {
                    let words: Vec<&str> = field.split_whitespace().collect();
                    let [_, kind, name, "=", number] = words[..] else { return None };
                    Some((number.parse().unwrap(), (name.to_owned(), kind.to_owned())))
                });
                messages.insert(name.trim().to_owned(), fields.collect());
            }
        }
        Self(messages)
    }

    /// A frame in rows, each with what it means in protobuf's text format.
    pub fn annotated(&self, message: &str, bytes: &[u8]) -> String {
        let (prefix_bytes, body) = split_frame(bytes);
        let mut rows = String::new();
        if !bytes.is_empty() {
            put_rows(&bytes[..prefix_bytes], &format!("length {}", body.len()), &mut rows);
        }
        self.put_fields(message, body, "", &mut rows);
        rows
    }

    fn put_fields(&self, message: &str, body: &[u8], indent: &str, rows: &mut String) {
        for field in self.fields(message, body) {
            let Field { name, kind, whole, content } = field;
            if self.0.contains_key(kind) && whole.len() > BYTES_IN_ROW {
                let head = &whole[..whole.len() - content.len()];
                put_rows(head, &format!("{indent}{name}"), rows);
                self.put_fields(kind, content, &format!("{indent}  "), rows);
            } else {
                put_rows(whole, &format!("{indent}{}", self.in_text(&field)), rows);
            }
        }
    }

    fn in_text(&self, &Field { name, kind, content, .. }: &Field<'_>) -> String {
        match kind {
            "string" => format!("{name}: {:?}", std::str::from_utf8(content).unwrap()),
            "bool" => format!("{name}: {}", varint(content).0 == 1),
            "int32" | "int64" => format!("{name}: {}", varint(content).0.cast_signed()),
            "uint32" => format!("{name}: {}", varint(content).0),
            message => {
                let parts: Vec<String> =
                    self.fields(message, content).iter().map(|field| self.in_text(field)).collect();
                format!("{name} {{ {} }}", parts.join(" "))
            }
        }
    }

    fn fields<'a>(&'a self, message: &str, mut body: &'a [u8]) -> Vec<Field<'a>> {
        let mut fields = Vec::new();
        while !body.is_empty() {
            let (key, key_bytes) = varint(body);
            let (name, kind) = &self.0[message][&(key >> 3)];
            let (value, value_bytes) = varint(&body[key_bytes..]);
            let head_bytes = key_bytes + value_bytes;
            let (content_at, whole_bytes) = match key & 7 {
                0 => (key_bytes, head_bytes),
                2 => (head_bytes, head_bytes + usize::try_from(value).unwrap()),
                other => panic!("{message} has no field of wire type {other}"),
            };
            let (whole, rest) = body.split_at(whole_bytes);
            fields.push(Field { name, kind, whole, content: &whole[content_at..] });
            body = rest;
        }
        fields
    }
}

fn put_rows(bytes: &[u8], meaning: &str, rows: &mut String) {
    let mut meaning = Some(meaning);
    for part in bytes.chunks(BYTES_IN_ROW) {
        let hex: Vec<String> = part.iter().map(|byte| format!("{byte:02x}")).collect();
        let row = format!("{:BYTES_COLUMNS$}{}", hex.join(" "), meaning.take().unwrap_or_default());
        writeln!(rows, "{}", row.trim_end()).unwrap();
    }
}

/// A varint at the beginning, and how many bytes it takes.
fn varint(bytes: &[u8]) -> (u64, usize) {
    let end = bytes.iter().position(|byte| byte & 0x80 == 0).expect("an end of the varint");
    let low_first = bytes[..=end].iter().enumerate();
    (low_first.fold(0, |value, (nth, byte)| value | u64::from(byte & 0x7f) << (7 * nth)), end + 1)
}
