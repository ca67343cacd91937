//! Conformance of a world simulator, tried over its two ports.
//!
//! Each check makes worlds of its own, so that many run at a time and leave
//! nothing that another would meet. No simulator is imported here.
//!
//! ```text
//! stage ── town, client ──▶ a file of checks for each group ──▶ checks()
//! ```

mod client;
mod show;
mod side;
mod stage;
mod town;

mod buy;
mod close;
mod connect;
mod deliver;
mod excursion;
mod frame;
mod hostile;
mod join;
mod link;
mod load;
mod numbers;
mod pack;
mod package;
mod pickup;
mod replay;
mod speed;
mod truck;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use tokio::net::TcpStream;

use super::{
    check::{Check, Level, Needs},
    report::Findings,
    runner::{self, Plan},
};
use stage::{Stage, Target};

/// One check takes so many times the patience at most.
const PATIENCES: u32 = 12;
/// Above the world's time-out for silence.
const IDLE_MARGIN: u32 = 2;

/// Which simulator is tried, and how.
#[derive(Debug, Clone)]
pub struct WorldSubject {
    /// The simulator's port for stores, HOST:PORT.
    pub amazon: String,
    /// The simulator's port for carriers, HOST:PORT.
    pub ups: String,
    /// Names of checks or of groups of them; all where it is empty.
    pub only: Vec<String>,
    /// Whether rules of ours are tried besides the documented ones.
    pub with_ours: bool,
    /// How long to wait for any one thing that takes no simulated time.
    pub patience: Duration,
    /// Checks at the same time.
    pub jobs: usize,
    /// Percentage of requests that the simulator is said to drop.
    pub flakiness: u8,
    /// Whether the simulator is said to heed no client's simspeed.
    pub is_speed_fixed: bool,
    /// After how long it is said to close a silent connection; None: that is not tried.
    pub idle_timeout: Option<Duration>,
    pub show_progress: bool,
}

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

/// What can be tried, in order.
pub fn list(only: &[String], with_ours: bool) -> anyhow::Result<Vec<Listed>> {
    let checks = chosen(only, with_ours)?;
    let listed =
        |Check { name, level, needs, of, rule, .. }| Listed { name, level, needs, of, rule };
    Ok(checks.into_iter().map(listed).collect())
}

/// Tries it; an error where nothing could be tried.
pub async fn run(subject: &WorldSubject) -> anyhow::Result<Findings> {
    let checks = chosen(&subject.only, subject.with_ours)?;
    for addr in [&subject.amazon, &subject.ups] {
        let answer = tokio::time::timeout(subject.patience, TcpStream::connect(addr)).await;
        let answer = answer.with_context(|| format!("{addr} does not answer"))?;
        answer.with_context(|| format!("connecting to {addr}; does a world run there?"))?;
    }
    let target = Arc::new(Target { amazon: subject.amazon.clone(), ups: subject.ups.clone() });
    let idle_timeout = subject.idle_timeout.unwrap_or_default();
    let plan = Plan {
        jobs: subject.jobs,
        limit: subject.patience * PATIENCES + idle_timeout * IDLE_MARGIN,
        show_progress: subject.show_progress,
    };
    let stage = |_: &Check<Stage>, trace| Stage {
        target: Arc::clone(&target),
        patience: subject.patience,
        flakiness: subject.flakiness,
        idle_timeout,
        trace,
    };
    let started = Instant::now();
    let found = Box::pin(runner::run(checks, plan, stage, |check| skips(subject, check))).await;
    let name = format!("world at {} (amazon) {} (ups)", subject.amazon, subject.ups);
    Ok(Findings::new(name, started.elapsed().as_secs_f64(), found))
}

fn skips(subject: &WorldSubject, check: &Check<Stage>) -> Option<&'static str> {
    check.needs.iter().find_map(|needs| match needs {
        Needs::NoLoss => (subject.flakiness > 0).then_some("it depends on no request being lost"),
        Needs::Speed => subject.is_speed_fixed.then_some("it depends on a speed that it sets"),
        Needs::IdleTimeout => {
            subject.idle_timeout.is_none().then_some("it takes --idle-timeout SECONDS, and as long")
        }
    })
}

fn chosen(only: &[String], with_ours: bool) -> anyhow::Result<Vec<Check<Stage>>> {
    for name in only {
        if !checks().iter().any(|check| check.is_named(name)) {
            bail!("no check and no group of checks is called {name:?}; --list names them");
        }
    }
    let is_chosen = |check: &Check<Stage>| {
        (only.is_empty() || only.iter().any(|name| check.is_named(name)))
            && (with_ours || check.level == Level::Must)
    };
    Ok(checks().into_iter().filter(is_chosen).collect())
}

fn checks() -> Vec<Check<Stage>> {
    let groups = [
        frame::checks(),
        connect::checks(),
        join::checks(),
        link::checks(),
        replay::checks(),
        numbers::checks(),
        speed::checks(),
        buy::checks(),
        pack::checks(),
        load::checks(),
        package::checks(),
        pickup::checks(),
        deliver::checks(),
        excursion::checks(),
        truck::checks(),
        close::checks(),
        hostile::checks(),
    ];
    groups.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_check_has_a_name_of_its_own_and_a_rule_that_is_a_sentence() {
        let checks = checks();
        let names: BTreeSet<_> = checks.iter().map(|check| check.name).collect();
        assert_eq!(names.len(), checks.len());
        for Check { name, rule, .. } in &checks {
            let is_plain =
                |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-".contains(c);
            assert!(name.contains('.') && name.chars().all(is_plain), "{name}");
            assert!(rule.ends_with('.') && rule.len() > 20, "{name}: {rule}");
        }
        for group in names.iter().filter_map(|name| name.rsplit_once('.')).map(|(group, _)| group) {
            assert!(!names.contains(group), "{group} is a group and a check");
        }
    }

    #[test]
    fn a_name_that_chooses_nothing_is_an_error() {
        let only = |name: &str| list(&[name.to_owned()], true);
        assert!(only("amazon.pack").expect("a group").len() > 3);
        assert_eq!(only("amazon.pack.takes-stock").expect("a check").len(), 1);
        assert!(only("amazon.pac").expect_err("nothing").to_string().contains("--list"));
        let must = list(&[], false).expect("those of the original");
        assert!(must.iter().all(|it| it.level == Level::Must) && must.len() > 60);
    }
}
