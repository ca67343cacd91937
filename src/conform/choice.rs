//! Which checks there are, and which of them are chosen by name and level.
//!
//! What they try is theirs.

use anyhow::bail;

use super::check::{Check, Level, Needs};

/// A check as it is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    pub name: &'static str,
    pub level: Level,
    pub needs: &'static [Needs],
    /// What it tries of the specification.
    pub of: &'static [&'static str],
    pub rule: &'static str,
}

/// Those that are named, or belong to a group that is; all where none is named.
pub(super) fn chosen<S>(
    all: Vec<Check<S>>,
    only: &[String],
    with_ours: bool,
) -> anyhow::Result<Vec<Check<S>>> {
    for name in only {
        if !all.iter().any(|check| check.is_named(name)) {
            bail!("no check and no group of checks is called {name:?}; --list names them");
        }
    }
    let is_chosen = |check: &Check<S>| {
        (only.is_empty() || only.iter().any(|name| check.is_named(name)))
            && (with_ours || check.level == Level::Must)
    };
    Ok(all.into_iter().filter(is_chosen).collect())
}

pub(super) fn listed<S>(checks: Vec<Check<S>>) -> Vec<Listed> {
    let listed =
        |Check { name, level, needs, of, rule, .. }| Listed { name, level, needs, of, rule };
    checks.into_iter().map(listed).collect()
}

/// What holds for every list of checks.
#[cfg(test)]
pub(super) fn assert_well_formed<S>(checks: &[Check<S>]) {
    let names: std::collections::BTreeSet<_> = checks.iter().map(|check| check.name).collect();
    assert_eq!(names.len(), checks.len(), "a name is given twice");
    for Check { name, rule, .. } in checks {
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-".contains(c);
        assert!(name.contains('.') && name.chars().all(is_plain), "{name}");
        assert!(rule.ends_with('.') && rule.len() > 20, "{name}: {rule}");
    }
    for group in names.iter().filter_map(|name| name.rsplit_once('.')).map(|(group, _)| group) {
        assert!(!names.contains(group), "{group} is a group and a check");
    }
}
