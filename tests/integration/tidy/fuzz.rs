//! The fuzzer's crate against ours: it links the pure rooms in, so what they use it
//! has to name, in the same versions.
//!
//! Manifests are read as lines: a dependency is one.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// What the fuzzer needs for itself.
const OF_ITS_OWN: &str = "libfuzzer-sys";

#[test]
fn the_fuzzer_depends_on_what_the_pure_rooms_use() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let ours = dependencies(&root.join("Cargo.toml"));
    let mut its = dependencies(&root.join("fuzz/Cargo.toml"));
    assert!(its.remove(OF_ITS_OWN).is_some(), "fuzz/Cargo.toml was not understood");
    let rooms = linked(root);
    let sources = super::sources_below(root);
    let linked: Vec<_> =
        sources.iter().filter(|it| rooms.iter().any(|room| it.is_in(room))).collect();
    assert!(linked.len() > 20, "only {} sources in {rooms:?}", linked.len());

    let is_used = |name: &&String| linked.iter().any(|source| source.uses(&name.replace('-', "_")));
    let used: BTreeSet<_> = ours.keys().filter(is_used).collect();
    assert_eq!(its.keys().collect::<BTreeSet<_>>(), used, "fuzz/Cargo.toml (left) names others");
    for (name, version) in its {
        assert_eq!(Some(&version), ours.get(&name), "the version of {name} in fuzz/Cargo.toml");
    }
}

/// Names and versions in `[dependencies]`.
fn dependencies(manifest: &Path) -> BTreeMap<String, String> {
    let text = fs::read_to_string(manifest).unwrap();
    let section = text.split("\n[dependencies]\n").nth(1).unwrap().split("\n[").next().unwrap();
    let dependency = |line: &str| {
        let (name, rest) = line.split_once(" = ")?;
        Some((name.to_owned(), rest.split('"').nth(1)?.to_owned()))
    };
    section.lines().filter_map(dependency).collect()
}

/// The rooms that `fuzz/src` links to, such as `src/basis`.
fn linked(root: &Path) -> BTreeSet<String> {
    let folders = ["fuzz/src", "fuzz/src/runtime", "fuzz/src/world"];
    let entries = folders.iter().flat_map(|folder| fs::read_dir(root.join(folder)).unwrap());
    let links = entries.map(|it| it.unwrap().path()).filter(|path| path.is_symlink());
    let root = fs::canonicalize(root).unwrap();
    let room = |link: std::path::PathBuf| {
        let target = fs::canonicalize(&link).unwrap();
        let target = target.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
        target.trim_end_matches(".rs").to_owned()
    };
    links.map(room).collect()
}
