//! Conformance of a world simulator, tried over its two ports.
//!
//! Each check makes worlds of its own, so that many run at a time and leave
//! nothing that another would meet. No simulator is imported here.
//!
//! ```text
//! stage ── town, client ──▶ a file of checks for each group ──▶ checks()
//! ```

mod client;
pub(super) mod escort;
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

use anyhow::Context as _;
use tokio::net::TcpStream;

pub use super::choice::Listed;
use super::{
    check::{Check, Needs},
    choice::{chosen, listed},
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

/// What can be tried, in order.
pub fn list(only: &[String], with_ours: bool) -> anyhow::Result<Vec<Listed>> {
    Ok(listed(chosen(checks(), only, with_ours)?))
}

/// Tries it; an error where nothing could be tried.
pub async fn run(subject: &WorldSubject) -> anyhow::Result<Findings> {
    let checks = chosen(checks(), &subject.only, subject.with_ours)?;
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
        Needs::Shipments | Needs::World | Needs::Greeting | Needs::Secret => {
            Some("it is not about a world")
        }
    })
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
    use super::*;
    use crate::conform::{check::Level, choice::assert_well_formed};

    #[test]
    fn each_check_has_a_name_of_its_own_and_a_rule_that_is_a_sentence() {
        assert_well_formed(&checks());
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
