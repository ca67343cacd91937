//! A check as data: what it is called, the rule that it is about, and how it
//! is tried.
//!
//! Where and when it runs is the runner's.

use std::{fmt::Debug, future::Future, pin::Pin};

use serde::Serialize;

/// One rule and how it is tried on a stage `S`.
pub struct Check<S> {
    /// `group.rule`, such as `amazon.pack.takes-stock`. Never changes: it is referred to.
    pub name: &'static str,
    pub level: Level,
    /// What it tries of the specification, such as `W-ACK-1`.
    pub of: &'static [&'static str],
    /// The rule in one sentence.
    pub rule: &'static str,
    pub needs: &'static [Needs],
    pub run: fn(S) -> Course,
}

/// A check on its way.
pub type Course = Pin<Box<dyn Future<Output = Verdict> + Send>>;

/// Whether the rule was kept.
pub type Verdict<T = ()> = Result<T, Failure>;

/// How binding a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Documented of the original: every program of the protocol keeps it.
    Must,
    /// Our reading or addition where nothing is known; others may do otherwise.
    Ours,
}

impl Level {
    pub fn name(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::Ours => "ours",
        }
    }
}

/// What must be so for a check to say anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Needs {
    /// That no request is dropped; every other check sends again what is not acked.
    NoLoss,
    /// That clients set the speed of their world.
    Speed,
    /// That it is known after how long a silent connection is closed.
    IdleTimeout,
    /// That there are shipments: orders can be placed, and what is posted about them is heard.
    Shipments,
    /// That we can be the other side of the party's world, so that goods and trucks move.
    World,
    /// That it tells us of its world while we listen.
    Greeting,
    /// That messages are signed with a secret that is given to us.
    Secret,
}

/// A rule that was not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub expected: String,
    pub received: String,
}

impl Failure {
    pub fn new(expected: impl Into<String>, received: impl Into<String>) -> Self {
        Self { expected: expected.into(), received: received.into() }
    }
}

impl<S> Check<S> {
    /// The name without its last part.
    pub fn group(&self) -> &'static str {
        self.name.rsplit_once('.').map_or(self.name, |(group, _)| group)
    }

    /// Whether it is called so, or belongs to the group of that name.
    pub fn is_named(&self, name: &str) -> bool {
        let name = name.trim_end_matches(['*', '.']);
        let rest = self.name.strip_prefix(name);
        rest.is_some_and(|rest| name.is_empty() || rest.is_empty() || rest.starts_with('.'))
    }
}

/// Fails unless both are the same.
pub fn same<T: PartialEq + Debug>(what: &str, expected: &T, received: &T) -> Verdict {
    that(expected == received, || {
        Failure::new(format!("{what}: {expected:?}"), format!("{received:?}"))
    })
}

/// Fails unless it holds.
pub fn that(holds: bool, failure: impl FnOnce() -> Failure) -> Verdict {
    if holds { Ok(()) } else { Err(failure()) }
}

/// A list of checks: `"name" Level ["W-RULE-1"] "rule" => function;`, with
/// `needs Something, Another` before the arrow where that is so.
macro_rules! checks {
    ($($name:literal $level:ident [$($of:literal),+] $rule:literal $(needs $($needs:ident),+)? => $run:path;)*) => {
        vec![$($crate::conform::check::Check {
            name: $name,
            level: $crate::conform::check::Level::$level,
            of: &[$($of),+],
            rule: $rule,
            needs: &[$($($crate::conform::check::Needs::$needs),+)?],
            run: |stage| Box::pin($run(stage)),
        }),*]
    };
}
pub(super) use checks;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_is_chosen_by_its_name_or_by_a_group_of_names() {
        let run: fn(()) -> Course = |()| Box::pin(async { Ok(()) });
        let check =
            Check { name: "a.pack.ready", level: Level::Must, of: &[], rule: "", needs: &[], run };
        assert_eq!(check.group(), "a.pack");
        for name in ["a", "a.pack", "a.pack.", "a.pack.*", "a.pack.ready", "*"] {
            assert!(check.is_named(name), "{name}");
        }
        for name in ["a.pa", "pack", "a.pack.ready.x", "b"] {
            assert!(!check.is_named(name), "{name}");
        }
    }
}
