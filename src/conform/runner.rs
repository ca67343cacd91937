//! Runs checks a few at a time, each with a limit, and gathers what was found.
//!
//! What a check does is not known here.

use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, stream};
use indicatif::{ProgressBar, ProgressStyle};

use super::{
    check::{Check, Failure},
    report::{Finding, Outcome},
    trace::Trace,
};

/// How checks are run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    /// Checks at the same time.
    pub(super) jobs: usize,
    /// One check takes no longer; its own waits are shorter.
    pub(super) limit: Duration,
    pub(super) show_progress: bool,
}

/// Runs all of them; the findings are in the order of the checks. `skip` may give
/// a reason why a check says nothing here.
pub(super) async fn run<S>(
    checks: Vec<Check<S>>,
    plan: Plan,
    stage: impl Fn(&Check<S>, Trace) -> S,
    skip: impl Fn(&Check<S>) -> Option<&'static str>,
) -> Vec<Finding> {
    let progress = progress(&plan, checks.len());
    let runs = checks.into_iter().enumerate().map(|(place, check)| {
        let (stage, skip, progress) = (&stage, &skip, &progress);
        async move {
            progress.set_message(check.name);
            let finding = match skip(&check) {
                Some(why) => Finding::of(&check, Outcome::Skipped { why: why.to_owned() }),
                None => try_one(&check, stage, plan.limit).await,
            };
            progress.inc(1);
            (place, finding)
        }
    });
    let mut found: Vec<_> = stream::iter(runs).buffer_unordered(plan.jobs.max(1)).collect().await;
    progress.finish_and_clear();
    found.sort_unstable_by_key(|(place, _)| *place);
    found.into_iter().map(|(_, finding)| finding).collect()
}

async fn try_one<S>(
    check: &Check<S>,
    stage: impl Fn(&Check<S>, Trace) -> S,
    limit: Duration,
) -> Finding {
    let (trace, started) = (Trace::default(), Instant::now());
    let verdict = tokio::time::timeout(limit, (check.run)(stage(check, trace.clone()))).await;
    let outcome = match verdict {
        Ok(Ok(())) => Outcome::Passed,
        Ok(Err(Failure { expected, received })) => Outcome::Failed { expected, received },
        Err(_) => Outcome::Failed {
            expected: check.rule.to_owned(),
            received: format!("nothing decisive within {} s", limit.as_secs_f64()),
        },
    };
    let seconds = started.elapsed().as_secs_f64();
    Finding { seconds, transcript: trace.lines(), ..Finding::of(check, outcome) }
}

fn progress(plan: &Plan, checks: usize) -> ProgressBar {
    if !plan.show_progress {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(checks as u64);
    match ProgressStyle::with_template("{bar:40} {pos}/{len} checks, {elapsed}  {msg}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
