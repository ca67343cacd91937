//! The code's own rules, read off its sources: what a pure room may name, which
//! room knows which, and how a file begins.
//!
//! It reads text, not syntax: a rule that needs more belongs to a lint.

mod fuzz;
mod rules;
mod schemas;

use std::{
    fs,
    path::{Path, PathBuf},
};

use rules::{Breach, Source, breaches};

#[test]
fn the_house_keeps_its_own_rules() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = sources_below(root);
    assert!(sources.len() > 30, "only {} sources below {}", sources.len(), root.display());
    let mut found: Vec<Breach> = sources.iter().flat_map(breaches).collect();
    found.extend(schemas::breaches(&sources));
    let list: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert!(found.is_empty(), "{} breaches:\n{}", found.len(), list.join("\n"));
}

fn sources_below(root: &Path) -> Vec<Source> {
    let rooms = ["src", "tests", "benches", "examples"];
    let mut files: Vec<PathBuf> =
        rooms.iter().flat_map(|room| files_in(&root.join(room))).collect();
    files.push(root.join("build.rs"));
    files.sort();
    let source = |file: PathBuf| {
        let path = file.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
        Source::new(&path, &fs::read_to_string(&file).unwrap())
    };
    let sources: Vec<Source> = files.into_iter().map(source).collect();
    let test_rooms: Vec<String> = sources.iter().flat_map(Source::test_rooms).collect();
    sources.into_iter().map(|source| source.knowing(&test_rooms)).collect()
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files = Vec::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            files.extend(files_in(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}
