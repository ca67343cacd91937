//! The names under which the APIs' descriptions know types: in a description one name is one
//! type, and of two types with one name the one would silently stand for the other.
//!
//! What a description says of a type is not looked at.

use std::collections::BTreeMap;

use super::rules::{Breach, Source, WINGS};

const DERIVE: &str = "#[derive(";

/// Each wing has a description of its own; what all of them share is in each.
pub fn breaches(sources: &[Source]) -> Vec<Breach> {
    let mut found = Vec::new();
    for wing in WINGS {
        let mut first: BTreeMap<String, String> = BTreeMap::new();
        let rooms = [format!("src/{wing}"), "src/web".to_owned()];
        for source in sources.iter().filter(|source| rooms.iter().any(|room| source.is_in(room))) {
            for (line, name) in names(source.code()) {
                let place = source.place(line);
                if let Some(other) = first.insert(name.clone(), place) {
                    let rule = format!("the description knows another type as `{name}`: {other}");
                    found.push(source.breach(line, rule));
                }
            }
        }
    }
    found
}

/// Lines and names of the types that a source describes.
fn names(code: &str) -> Vec<(usize, String)> {
    let begins = code.match_indices(DERIVE);
    let described = begins.filter_map(|(at, _)| {
        let (derived, rest) = code[at + DERIVE.len()..].split_once(')')?;
        let is_described = derived.split(',').any(|name| name.trim() == "ToSchema");
        let line = code[..at].matches('\n').count() + 1;
        is_described.then(|| name_of(rest)).flatten().map(|name| (line, name))
    });
    described.collect()
}

/// What a type is called, from behind its derives on: by itself, or as its attribute says.
fn name_of(item: &str) -> Option<String> {
    let kinds = ["struct ", "enum "];
    let (at, kind) = kinds.iter().filter_map(|kind| Some((item.find(kind)?, kind))).min()?;
    let given = item[..at].split_once("schema(as = ").map(|(_, name)| name);
    let name = given.unwrap_or(&item[at + kind.len()..]);
    let is_end = |c: char| !c.is_alphanumeric() && c != '_';
    Some(name.split(is_end).next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> usize {
        let sources: Vec<Source> =
            files.iter().map(|(path, text)| Source::new(path, text)).collect();
        breaches(&sources).len()
    }

    #[test]
    fn two_types_of_one_name_in_one_description_are_found() {
        let plain = "#[derive(Debug, ToSchema)]\npub struct Truck {\n}\n";
        let renamed =
            "#[derive(\n    Debug,\n    ToSchema,\n)]\n#[schema(as = Truck)]\nenum Other<T> {}\n";
        let silent = "#[derive(Debug)]\nstruct Truck;\n#[derive(ToSchema)]\nstruct Cart;\n";
        assert_eq!(found(&[("src/store/a.rs", plain), ("src/store/b.rs", renamed)]), 1);
        assert_eq!(found(&[("src/store/a.rs", plain), ("src/store/b.rs", silent)]), 0);
        assert_eq!(found(&[("src/store/a.rs", plain), ("src/carrier/b.rs", renamed)]), 0);
        // In the description of each.
        assert_eq!(found(&[("src/web/a.rs", plain), ("src/web/b.rs", renamed)]), WINGS.len());
        assert_eq!(found(&[("src/web/a.rs", plain), ("src/world/b.rs", renamed)]), 1);
    }
}
