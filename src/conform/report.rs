//! What was found, for people, for programs (JSON) and for build servers (JUnit).
//!
//! A failure tells the rule, what was expected, what came instead, and the
//! conversation that led to it.

use std::{fmt, time::Duration};

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use serde::Serialize;

use super::check::{Check, Level, Needs};

/// All of it.
#[derive(Debug, Clone, Serialize)]
pub struct Findings {
    /// What was tried, such as `world at HOST:PORT (amazon) and HOST:PORT (ups)`.
    pub subject: String,
    pub passed: usize,
    pub failed: usize,
    pub skipped: usize,
    pub seconds: f64,
    pub checks: Vec<Finding>,
}

/// What one check found.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    pub name: &'static str,
    pub group: &'static str,
    pub level: Level,
    pub needs: &'static [Needs],
    /// What was tried of the specification.
    pub of: &'static [&'static str],
    pub rule: &'static str,
    #[serde(flatten)]
    pub outcome: Outcome,
    pub seconds: f64,
    /// What was sent (`->`) and received (`<-`), in order.
    pub transcript: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "outcome")]
pub enum Outcome {
    Passed,
    Failed { expected: String, received: String },
    Skipped { why: String },
}

impl Finding {
    pub(super) fn of<S>(check: &Check<S>, outcome: Outcome) -> Self {
        Self {
            name: check.name,
            group: check.group(),
            level: check.level,
            needs: check.needs,
            of: check.of,
            rule: check.rule,
            outcome,
            seconds: 0.0,
            transcript: Vec::new(),
        }
    }

    pub fn has_passed(&self) -> bool {
        self.outcome == Outcome::Passed
    }

    pub fn has_failed(&self) -> bool {
        matches!(self.outcome, Outcome::Failed { .. })
    }
}

impl Findings {
    pub(super) fn new(subject: String, seconds: f64, checks: Vec<Finding>) -> Self {
        let count = |of: fn(&Finding) -> bool| checks.iter().filter(|it| of(it)).count();
        let (passed, failed) = (count(Finding::has_passed), count(Finding::has_failed));
        let skipped = checks.len() - passed - failed;
        Self { subject, passed, failed, skipped, seconds, checks }
    }

    /// Of two parties that were tried one after the other.
    pub fn and(self, other: Self) -> Self {
        let subject = format!("{} and {}", self.subject, other.subject);
        let checks = self.checks.into_iter().chain(other.checks).collect();
        Self::new(subject, self.seconds + other.seconds, checks)
    }

    /// As build servers read it: a suite for each group.
    pub fn to_junit(&self) -> anyhow::Result<String> {
        let mut report = Report::new(format!("waybill conform: {}", self.subject));
        report.set_time(Duration::from_secs_f64(self.seconds));
        for findings in self.checks.chunk_by(|one, next| one.group == next.group) {
            let mut suite = TestSuite::new(findings[0].group);
            suite.add_test_cases(findings.iter().map(test_case));
            report.add_test_suite(suite);
        }
        Ok(report.to_string()?)
    }
}

fn test_case(finding: &Finding) -> TestCase {
    let mut status = match &finding.outcome {
        Outcome::Passed => TestCaseStatus::success(),
        Outcome::Failed { .. } => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Outcome::Skipped { .. } => TestCaseStatus::skipped(),
    };
    match &finding.outcome {
        Outcome::Passed => {}
        Outcome::Failed { expected, received } => {
            status.set_message(finding.rule).set_type(finding.level.name());
            status.set_description(format!("expected: {expected}\nreceived: {received}"));
        }
        Outcome::Skipped { why } => {
            status.set_message(why.as_str());
        }
    }
    let mut case = TestCase::new(finding.name, status);
    case.set_classname(finding.group).set_time(Duration::from_secs_f64(finding.seconds));
    if !finding.transcript.is_empty() {
        case.set_system_out(finding.transcript.join("\n"));
    }
    case
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { subject, passed, failed, skipped, seconds, checks } = self;
        writeln!(f, "{subject}")?;
        checks.iter().try_for_each(|finding| finding.fmt(f))?;
        let of_ours = checks.iter().filter(|it| it.has_failed() && it.level == Level::Ours).count();
        write!(f, "{} checks in {seconds:.1} s: {passed} passed, {failed} failed", checks.len())?;
        if of_ours > 0 {
            write!(f, " ({of_ours} of them rules of ours, which the original need not keep)")?;
        }
        if *skipped > 0 {
            write!(f, ", {skipped} skipped")?;
        }
        writeln!(f)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, level, of, rule, .. } = self;
        match &self.outcome {
            Outcome::Passed => writeln!(f, "ok    {name}"),
            Outcome::Skipped { why } => writeln!(f, "skip  {name}: {why}"),
            Outcome::Failed { expected, received } => {
                writeln!(f, "FAIL  {name} ({})", level.name())?;
                writeln!(f, "      rule      {rule} ({})", of.join(", "))?;
                writeln!(f, "      expected  {}", indented(expected))?;
                writeln!(f, "      received  {}", indented(received))?;
                self.transcript.iter().try_for_each(|line| writeln!(f, "      | {line}"))
            }
        }
    }
}

fn indented(text: &str) -> String {
    text.replace('\n', "\n                ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conform::check::Course;

    fn findings() -> Findings {
        let run: fn(()) -> Course = |()| Box::pin(async { Ok(()) });
        let check = |name, level| Check {
            name,
            level,
            of: &["W-ACK-1"],
            rule: "It <holds>.",
            needs: &[],
            run,
        };
        let failed =
            Outcome::Failed { expected: "a\u{1}&".to_owned(), received: "b\nc".to_owned() };
        let mut checks = vec![
            Finding::of(&check("one.a", Level::Must), Outcome::Passed),
            Finding::of(&check("one.b", Level::Ours), failed),
            Finding::of(&check("two.a", Level::Must), Outcome::Skipped { why: "no".to_owned() }),
        ];
        checks[1].transcript = vec!["0 ms ups -> <x>".to_owned()];
        Findings::new("a world".to_owned(), 1.25, checks)
    }

    #[test]
    fn people_read_the_failure_and_what_led_to_it() {
        let text = findings().to_string();
        for line in [
            "ok    one.a",
            "FAIL  one.b (ours)",
            "      expected  a\u{1}&",
            "      received  b\n                c",
            "      | 0 ms ups -> <x>",
            "skip  two.a: no",
            "3 checks in 1.2 s: 1 passed, 1 failed (1 of them rules of ours, which the original need not keep), 1 skipped",
        ] {
            assert!(text.contains(&format!("{line}\n")), "{line:?} is not in\n{text}");
        }
    }

    #[test]
    fn programs_read_the_outcome_of_each_check() {
        let json = serde_json::to_value(findings()).unwrap();
        assert_eq!((&json["passed"], &json["failed"]), (&1.into(), &1.into()));
        assert_eq!(json["checks"][1]["outcome"], "failed");
        assert_eq!(json["checks"][1]["received"], "b\nc");
        assert_eq!(json["checks"][1]["level"], "ours");
        assert_eq!(json["checks"][2]["why"], "no");
    }

    #[test]
    fn build_servers_read_well_formed_xml_whatever_was_received() {
        let xml = findings().to_junit().unwrap();
        assert!(xml.contains(r#"tests="3" skipped="1" failures="1" errors="0""#), "{xml}");
        assert!(xml.contains("expected: a&amp;\nreceived: b"), "{xml}");
        assert!(xml.contains("It &lt;holds&gt;."), "{xml}");
    }
}
