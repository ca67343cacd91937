//! The rules, each a function from a source to its breaches.

use std::fmt;

/// What a pure room does not name: everything that has a will of its own.
const IMPURE: [&str; 18] = [
    "tokio",
    "ractor",
    "std::net",
    "std::fs",
    "std::env",
    "std::thread",
    "std::process",
    "Instant::now",
    "SystemTime",
    "tracing",
    "metrics",
    "tokio_postgres",
    "deadpool_postgres",
    "axum",
    "reqwest",
    "rand::rng",
    "rand::random",
    "crate::db",
];

pub const WINGS: [&str; 3] = ["world", "store", "carrier"];

/// Panics of choice, which are for tests; clippy finds them too, where it is asked.
/// The blank in the second is where its text was: a method of ours may have that name.
const CARELESS: [&str; 4] = [".unwrap()", ".expect( ", "todo!(", "unimplemented!("];

/// A file, with its comments and texts blanked out for the rules that look at code.
pub struct Source {
    path: String,
    text: String,
    /// The code outside comments, string literals and `#[cfg(test)]`.
    code: String,
    is_test: bool,
}

/// A rule that a source does not keep.
#[derive(Debug, PartialEq, Eq)]
pub struct Breach {
    path: String,
    line: usize,
    rule: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.rule)
    }
}

pub fn breaches(source: &Source) -> Vec<Breach> {
    let mut found = Vec::new();
    found.extend(has_no_first_words(source));
    found.extend(is_named_mod(source));
    if source.is_pure() {
        found.extend(names(source, &IMPURE, "is named in a pure room"));
    }
    if source.is_of_the_product() {
        found.extend(names(source, &CARELESS, "is for tests"));
    }
    found.extend(knows_another_wing(source));
    found.extend(drivers_meet(source));
    found.extend(stranger_knows_a_wing(source));
    found
}

impl Source {
    pub fn new(path: &str, text: &str) -> Self {
        // What the fuzzer uses as well is for tests all the same.
        let text = text.replace("#[cfg(any(test, fuzzing))]", "#[cfg(test)]");
        let code = without_tests(&blanked(&text));
        Self { path: path.to_owned(), text, code, is_test: false }
    }

    /// Rooms that decide, and do nothing.
    fn is_pure(&self) -> bool {
        let room = |name: &str| self.is_in(&format!("src/{name}"));
        let is_model = WINGS.iter().any(|wing| room(&format!("{wing}/model")));
        // Framing is a codec of tokio's kind, and the only one.
        let is_wire = room("wire") && !room("wire/framing");
        // The command tells people how long it took them.
        let is_sim = room("sim") && !room("sim/command");
        room("basis") || room("link") || is_wire || is_model || is_sim
    }

    fn is_of_the_product(&self) -> bool {
        self.is_in("src") && !self.is_test()
    }

    fn is_test(&self) -> bool {
        self.is_test
    }

    /// The rooms below this file that are compiled for tests only: `#[cfg(test)] mod name;`.
    pub fn test_rooms(&self) -> Vec<String> {
        let stem = self.path.trim_end_matches(".rs");
        let folder = match stem.rsplit_once('/') {
            Some((folder, "lib" | "main")) => folder,
            _ => stem,
        };
        let blanked = blanked(&self.text);
        let items = blanked.split("#[cfg(test)]").skip(1).map(|rest| &rest[..end_of_item(rest)]);
        let modules = items.filter_map(|item| item.strip_suffix(';')?.rsplit_once("mod "));
        modules.map(|(_, name)| format!("{folder}/{name}")).collect()
    }

    /// Takes note of where tests live.
    pub fn knowing(mut self, test_rooms: &[String]) -> Self {
        self.is_test = test_rooms.iter().any(|room| self.is_in(room));
        self
    }

    /// Whether its code, tests aside, names something out of this crate.
    pub fn uses(&self, name: &str) -> bool {
        let path = format!("{name}::");
        let is_path = |(at, _): (usize, &str)| {
            let before = self.code[..at].chars().next_back();
            before.is_none_or(|c| !c.is_alphanumeric() && !"_:".contains(c))
        };
        !self.is_test() && self.code.match_indices(&path).any(is_path)
    }

    /// Whether it is `room.rs` or below `room/`.
    pub fn is_in(&self, room: &str) -> bool {
        self.path.strip_prefix(room).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
    }

    /// The code outside comments, string literals and tests.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// A line of it, as people find it.
    pub fn place(&self, line: usize) -> String {
        format!("{}:{line}", self.path)
    }

    pub fn breach(&self, line: usize, rule: String) -> Breach {
        Breach { path: self.path.clone(), line, rule }
    }
}

fn has_no_first_words(source: &Source) -> Option<Breach> {
    let starts = source.text.starts_with("//! ");
    let rule = "a file begins with `//!`: what it is, and what it is not";
    (!starts).then(|| source.breach(1, rule.to_owned()))
}

fn is_named_mod(source: &Source) -> Option<Breach> {
    let rule = "a module is `name.rs` beside `name/`, not `mod.rs`";
    source.path.ends_with("/mod.rs").then(|| source.breach(1, rule.to_owned()))
}

fn names(source: &Source, words: &[&str], what: &str) -> Vec<Breach> {
    if source.is_test() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (index, line) in source.code.lines().enumerate() {
        for word in words.iter().filter(|word| contains_path(line, word)) {
            found.push(source.breach(index + 1, format!("`{word}` {what}")));
        }
    }
    found
}

fn knows_another_wing(source: &Source) -> Vec<Breach> {
    let Some(own) = WINGS.iter().find(|wing| source.is_in(&format!("src/{wing}"))) else {
        return Vec::new();
    };
    let others: Vec<String> =
        WINGS.iter().filter(|wing| *wing != own).map(|wing| format!("crate::{wing}")).collect();
    let others: Vec<&str> = others.iter().map(String::as_str).collect();
    let mut found = names(source, &others, "is another wing: what it says is on the wire");
    found.extend(names(source, &["crate::cli", "crate::sim", "crate::load"], "is above a wing"));
    found
}

/// Conformance is tried from outside, or it says nothing of other programs.
fn stranger_knows_a_wing(source: &Source) -> Vec<Breach> {
    if !source.is_in("src/conform") {
        return Vec::new();
    }
    let wings = WINGS.map(|wing| format!("crate::{wing}"));
    let wings: Vec<&str> = wings.iter().map(String::as_str).collect();
    names(source, &wings, "is what a stranger knows from the wire only")
}

fn drivers_meet(source: &Source) -> Vec<Breach> {
    let what = "is the other driver of the same contract";
    if source.is_in("src/runtime") {
        return names(source, &["crate::sim"], what);
    }
    if source.is_in("src/sim") {
        let of_actors = ["Office", "Service", "Ledger", "Durable", "Replies", "Clock"];
        return imports_of_runtime(source)
            .filter(|(_, name)| of_actors.contains(name))
            .map(|(line, name)| source.breach(line, format!("`{name}` {what}")))
            .collect();
    }
    Vec::new()
}

/// Each name that the source takes from the runtime, with its line.
fn imports_of_runtime(source: &Source) -> impl Iterator<Item = (usize, &str)> {
    let room = "crate::runtime::";
    source.code.match_indices(room).flat_map(move |(at, _)| {
        let line = source.code[..at].lines().count();
        let taken = source.code[at + room.len()..].split(';').next().unwrap_or_default();
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        taken.split(move |c| !is_word(c)).map(move |name| (line, name))
    })
}

/// Whether a line of code names a path, and not only a longer word around it.
fn contains_path(line: &str, path: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(path).any(|(at, found)| {
        let before = line[..at].chars().next_back();
        let after = line[at + found.len()..].chars().next();
        let starts_inside = path.starts_with(is_word) && before.is_some_and(is_word);
        let ends_inside = path.ends_with(is_word) && after.is_some_and(is_word);
        // A field or method may be called what it likes.
        let is_member = before == Some('.') && !path.starts_with('.');
        !starts_inside && !ends_inside && !is_member
    })
}

/// The text with comments and string literals turned into spaces, line by line.
fn blanked(text: &str) -> String {
    #[derive(Clone, Copy)]
    enum In {
        Code,
        LineComment,
        BlockComment(u32),
        Text,
        RawText(usize),
    }
    let chars: Vec<char> = text.chars().collect();
    let (mut out, mut state, mut at) = (String::new(), In::Code, 0);
    while at < chars.len() {
        let rest = &chars[at..];
        let (taken, next) = match state {
            In::Code if rest.starts_with(&['/', '/']) => (2, In::LineComment),
            In::Code if rest.starts_with(&['/', '*']) => (2, In::BlockComment(1)),
            In::Code if raw_text(rest).is_some() => {
                let hashes = raw_text(rest).unwrap_or_default();
                (hashes + 2, In::RawText(hashes))
            }
            In::Code if rest[0] == '"' => (1, In::Text),
            In::Code if rest.starts_with(&['\'', '"', '\'']) => (3, In::Code),
            In::Code if rest.starts_with(&['\'', '\\', '"', '\'']) => (4, In::Code),
            In::Code => {
                out.push(rest[0]);
                at += 1;
                continue;
            }
            In::LineComment if rest[0] == '\n' => (1, In::Code),
            In::LineComment => (1, In::LineComment),
            In::BlockComment(depth) if rest.starts_with(&['/', '*']) => {
                (2, In::BlockComment(depth + 1))
            }
            In::BlockComment(1) if rest.starts_with(&['*', '/']) => (2, In::Code),
            In::BlockComment(depth) if rest.starts_with(&['*', '/']) => {
                (2, In::BlockComment(depth - 1))
            }
            In::BlockComment(depth) => (1, In::BlockComment(depth)),
            In::Text if rest[0] == '\\' => (2.min(rest.len()), In::Text),
            In::Text if rest[0] == '"' => (1, In::Code),
            In::Text => (1, In::Text),
            In::RawText(hashes) if ends_raw(rest, hashes) => (hashes + 1, In::Code),
            In::RawText(hashes) => (1, In::RawText(hashes)),
        };
        let gone = &rest[..taken];
        out.extend(gone.iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
        at += taken;
        state = next;
    }
    out
}

/// The number of hashes, where a raw text begins here.
fn raw_text(rest: &[char]) -> Option<usize> {
    if rest[0] != 'r' {
        return None;
    }
    let hashes = rest[1..].iter().take_while(|c| **c == '#').count();
    (rest.get(hashes + 1) == Some(&'"')).then_some(hashes)
}

fn ends_raw(rest: &[char], hashes: usize) -> bool {
    rest[0] == '"' && rest[1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes
}

/// The code without what follows `#[cfg(test)]`: one item, to its `;` or its last brace.
fn without_tests(code: &str) -> String {
    let (mut out, mut rest) = (String::new(), code);
    while let Some(at) = rest.find("#[cfg(test)]") {
        out.push_str(&rest[..at]);
        let item = &rest[at..];
        let end = end_of_item(item);
        out.extend(item[..end].chars().filter(|c| *c == '\n'));
        rest = &item[end..];
    }
    out.push_str(rest);
    out
}

fn end_of_item(item: &str) -> usize {
    let mut depth = 0;
    for (at, c) in item.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return at + 1,
            '}' => depth -= 1,
            ';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    item.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules_broken(path: &str, code: &str) -> Vec<String> {
        let text = format!("//! What it is.\n{code}");
        breaches(&Source::new(path, &text)).into_iter().map(|breach| breach.to_string()).collect()
    }

    fn only(path: &str, code: &str) -> String {
        let mut broken = rules_broken(path, code);
        assert_eq!(broken.len(), 1, "{broken:?}");
        broken.remove(0)
    }

    #[test]
    fn a_pure_room_that_looks_at_a_clock_is_found_with_its_line() {
        let found = only("src/store/model/order.rs", "fn f() {\n    Instant::now();\n}");
        assert_eq!(found, "src/store/model/order.rs:3: `Instant::now` is named in a pure room");
        assert!(only("src/link.rs", "use tokio::time;").contains("`tokio`"));
        assert!(only("src/wire/amazon.rs", "use tokio_postgres::Row;").contains("tokio_postgres"));
        assert!(only("src/basis/time.rs", "fn f() { tracing::info!() }").contains("tracing"));
    }

    #[test]
    fn what_only_looks_impure_is_let_pass() {
        for code in [
            "// tokio is not used here",
            "/* std::fs /* nested */ tokio */",
            "/// See `metrics`.\nstruct A;",
            "const A: &str = \"tokio\";",
            "const A: &str = r#\"say \"tokio\"\"#;",
            "fn f(self) { self.metrics; my_tokio(); tokio_like(); }",
            "#[cfg(test)]\nmod tests {\n    use tokio::time;\n    fn f() { x.unwrap() }\n}",
            "#[cfg(test)]\nmod tests;",
        ] {
            assert_eq!(rules_broken("src/store/model/order.rs", code), Vec::<String>::new());
        }
        assert!(rules_broken("src/store/edge.rs", "use tokio::time;").is_empty());
        assert!(rules_broken("src/wire/framing.rs", "use tokio_util::codec;").is_empty());
        let parent = Source::new("src/link.rs", "#[cfg(test)]\npub(crate) mod town;\nmod country;");
        assert_eq!(parent.test_rooms(), ["src/link/town"]);
        let town = Source::new("src/link/town.rs", "//! Tests.\nuse tokio::time;");
        assert!(breaches(&town.knowing(&parent.test_rooms())).is_empty());
    }

    #[test]
    fn code_after_a_test_module_is_looked_at_again() {
        let code = "#[cfg(test)]\nmod tests { fn f() {} }\nuse tokio::time;";
        assert!(only("src/link.rs", code).contains("src/link.rs:4"));
        let code = "#[cfg(test)]\nuse std::fmt;\nuse tokio::time;";
        assert!(only("src/link.rs", code).contains("src/link.rs:4"));
    }

    #[test]
    fn a_wing_that_knows_another_is_found() {
        assert!(only("src/store/edge.rs", "use crate::world::Event;").contains("another wing"));
        assert!(only("src/carrier.rs", "use crate::store;").contains("another wing"));
        assert!(only("src/world/serve.rs", "use crate::cli::Up;").contains("above a wing"));
        assert!(rules_broken("src/store/edge.rs", "use crate::store::model;").is_empty());
        assert!(rules_broken("src/store/edge.rs", "use crate::storefront::x;").is_empty());
    }

    #[test]
    fn a_stranger_that_knows_a_wing_is_found() {
        assert!(only("src/conform/world.rs", "use crate::world::Rules;").contains("a stranger"));
        assert!(rules_broken("src/conform/world.rs", "use crate::conform::world::x;").is_empty());
    }

    #[test]
    fn drivers_that_meet_are_found() {
        assert!(only("src/runtime/office.rs", "use crate::sim::Node;").contains("other driver"));
        let code = "use crate::runtime::{Party,\n    Office};";
        assert!(only("src/sim/node.rs", code).contains("`Office` is the other driver"));
        assert!(rules_broken("src/sim/node.rs", "use super::Office;").is_empty());
    }

    #[test]
    fn carelessness_and_bad_beginnings_are_found() {
        assert!(only("src/store/edge.rs", "fn f() { x.unwrap() }").contains("is for tests"));
        assert!(only("src/store/edge.rs", "fn f() { x.expect(\"y\") }").contains("is for tests"));
        assert!(rules_broken("src/store/edge.rs", "fn f() { shelf.expect(3) }").is_empty());
        assert!(only("src/cli.rs", "fn f() { todo!() }").contains("is for tests"));
        assert!(only("src/store/mod.rs", "").contains("mod.rs"));
        let bare = breaches(&Source::new("tests/a.rs", "fn f() { x.unwrap() }"));
        assert_eq!(bare.len(), 1);
        assert!(bare[0].rule.contains("begins with"));
    }
}
