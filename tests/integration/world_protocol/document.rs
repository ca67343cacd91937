//! What a program can read in the specification: its examples in bytes and the
//! numbers of its rules.

use std::{fs, path::Path};

pub struct Document {
    pub text: String,
    pub examples: Vec<Example>,
}

/// A frame: `# from -> to: subject`, and rows of bytes with what they mean.
pub struct Example {
    pub line: usize,
    pub from: String,
    pub to: String,
    /// A message, or `heartbeat` or `closed`.
    pub subject: String,
    pub bytes: Vec<u8>,
    /// The rows as they are written.
    pub text: String,
}

/// In each row, before what they mean.
pub const BYTES_IN_ROW: usize = 16;
pub const BYTES_COLUMNS: usize = 3 * BYTES_IN_ROW + 1;

impl Document {
    pub fn read() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/world-protocol.md");
        let text = fs::read_to_string(path).unwrap();
        let (mut examples, mut at) = (Vec::new(), 0);
        while let Some(begin) = text[at..].find("```hex\n").map(|found| at + found + 7) {
            let end = begin + text[begin..].find("```").expect("an end of the block");
            at = begin;
            for example in text[begin..end].split_inclusive("\n# ") {
                examples.push(Example::parse(text[..at].matches('\n').count() + 1, example));
                at += example.len();
            }
        }
        Self { text, examples }
    }

    /// The numbers where they are given: `<a id="W-ACK-1">`.
    pub fn rules(&self) -> impl Iterator<Item = &str> {
        self.text.split("<a id=\"").skip(1).filter_map(|rest| rest.split('"').next())
    }

    /// Where a rule comes from, such as `S, L`; of its first part where they differ.
    pub fn origin(&self, rule: &str) -> &str {
        let begin = format!("**{rule}** (");
        let at = self.text.find(&begin).unwrap_or_else(|| panic!("no origin of {rule}"));
        self.text[at + begin.len()..].split([')', ';']).next().unwrap()
    }

    /// The numbers wherever they are named.
    pub fn references(&self) -> impl Iterator<Item = &str> {
        let is_of_number = |c: char| c.is_ascii_alphanumeric() || c == '-';
        self.text.split(move |c| !is_of_number(c)).filter(|word| is_rule(word))
    }
}

/// `W-ACK-1` is one; `W-ACK` is a group of them.
fn is_rule(word: &str) -> bool {
    let Some((group, number)) = word.strip_prefix("W-").and_then(|rest| rest.split_once('-'))
    else {
        return false;
    };
    group.chars().all(|c| c.is_ascii_uppercase()) && number.parse::<u32>().is_ok()
}

impl Example {
    /// The title with or without its `# `, and perhaps that of the next one.
    fn parse(line: usize, text: &str) -> Self {
        let (title, text) = text.split_once('\n').unwrap();
        let (title, text) = (title.trim_start_matches("# "), text.trim_end_matches("# "));
        let (way, subject) = title.split_once(": ").expect("a subject");
        let (from, to) = way.split_once(" -> ").expect("a direction");
        let (from, to, subject) = (from.to_owned(), to.to_owned(), subject.to_owned());
        let bytes = text.lines().flat_map(bytes_of_row).collect();
        Self { line, from, to, subject, bytes, text: text.to_owned() }
    }
}

fn bytes_of_row(row: &str) -> impl Iterator<Item = u8> {
    let columns = row.get(..BYTES_COLUMNS).unwrap_or(row);
    columns.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).expect("a byte"))
}
