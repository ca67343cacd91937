//! The three parties in virtual time: seeds, faults, repair, invariants.
//!
//! A failure prints its seed and the command that repeats it. `WAYBILL_SIM_SEED`
//! chooses the seed of `one_seed`, `WAYBILL_SIM_SEEDS` the number of seeds, and
//! `WAYBILL_SIM_LOG` prints the event log as it is written.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Mutex,
    time::Duration,
};

use waybill::sim::{
    Keep,
    network::FaultCounts,
    scenario::{Outcome, Scenario},
};

const TAIL_LINES: usize = 120;
const VIOLATIONS_SHOWN: usize = 12;

fn number_from_env(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// Runs a seed; where it goes wrong, again with a log, of which the end is in the error.
fn outcome_of(scenario: &Scenario) -> Result<Outcome, String> {
    let seed = scenario.setup.seed;
    let keep =
        if std::env::var_os("WAYBILL_SIM_LOG").is_some() { Keep::Print } else { Keep::Nothing };
    let run = |keep| catch_unwind(AssertUnwindSafe(|| scenario.run(keep)));
    let what = match run(keep) {
        Ok((outcome, _)) if outcome.violations.is_empty() => return Ok(outcome),
        Ok((outcome, _)) => {
            let more = outcome.violations.len().saturating_sub(VIOLATIONS_SHOWN);
            let shown = outcome.violations.iter().take(VIOLATIONS_SHOWN).cloned();
            shown.chain([format!("and {more} more")]).collect::<Vec<_>>().join("\n  ")
        }
        Err(_) => "a panic, see above".to_owned(),
    };
    let tail = match run(Keep::Tail(TAIL_LINES)) {
        Ok((_, system)) => system.journal().lines().collect::<Vec<_>>().join("\n"),
        Err(_) => {
            "(the log went down with the panic; WAYBILL_SIM_LOG=1 prints it as it goes)".to_owned()
        }
    };
    Err(format!(
        "{tail}\n\nseed {seed} went wrong:\n  {what}\nrepeat it: \
         WAYBILL_SIM_SEED={seed} cargo test --test integration sim::one_seed -- --nocapture"
    ))
}

#[test]
fn without_faults_every_order_is_delivered_or_cancelled() {
    let mut scenario = Scenario::new(1);
    scenario.faults = false;
    scenario.setup.flakiness = 0;
    scenario.setup.pack_after = Duration::from_secs(4);
    let outcome = outcome_of(&scenario).unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(outcome.orders, 200);
    assert_eq!(outcome.delivered + outcome.cancelled, outcome.packages);
    assert!(outcome.cancelled > 0 && outcome.redirected > 0, "{outcome:?}");
}

#[test]
fn one_seed() {
    let seed = number_from_env("WAYBILL_SIM_SEED", 1);
    let outcome = outcome_of(&Scenario::new(seed)).unwrap_or_else(|failure| panic!("{failure}"));
    println!("{outcome:#?}");
    assert_eq!(outcome.orders, 200);
    assert!(outcome.delivered + outcome.cancelled >= 200);
}

#[test]
fn the_same_seed_gives_the_same_log_byte_for_byte() {
    let log = |seed| {
        let mut scenario = Scenario::new(seed);
        scenario.setup.orders = 60;
        let (_, system) = scenario.run(Keep::Everything);
        system.journal().lines().collect::<Vec<_>>().join("\n")
    };
    let (first, second) = (log(7), log(7));
    if first != second {
        let differs = first.lines().zip(second.lines()).find(|(one, other)| one != other);
        panic!("two runs of one seed differ, first in {differs:?}");
    }
    assert!(first.lines().count() > 10_000, "hardly anything was logged");
    assert_ne!(first, log(8), "the seed decides nothing");
}

#[test]
fn three_hundred_seeds() {
    let seeds = number_from_env("WAYBILL_SIM_SEEDS", 300);
    let first = number_from_env("WAYBILL_SIM_SEED", 1);
    let left = Mutex::new(first..first + seeds);
    let outcomes = Mutex::new(Vec::new());
    let failures = Mutex::new(Vec::new());
    // A run is one thread; the second core takes another run.
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let seed = left.lock().unwrap().next();
                    let Some(seed) = seed else { break };
                    match outcome_of(&Scenario::new(seed)) {
                        Ok(outcome) => outcomes.lock().unwrap().push(outcome),
                        Err(failure) => failures.lock().unwrap().push((seed, failure)),
                    }
                }
            });
        }
    });
    let (outcomes, failures) = (outcomes.into_inner().unwrap(), failures.into_inner().unwrap());
    if let Some((_, failure)) = failures.first() {
        let mut bad: Vec<_> = failures.iter().map(|(seed, _)| *seed).collect();
        bad.sort_unstable();
        panic!("{failure}\n\nseeds that went wrong: {bad:?}");
    }
    let mut faults = FaultCounts::default();
    for outcome in &outcomes {
        assert_eq!(outcome.orders, 200, "seed {}", outcome.seed);
        let ended = outcome.delivered + outcome.cancelled;
        assert_eq!(ended, outcome.packages, "seed {}", outcome.seed);
        faults.add(&outcome.faults);
    }
    for (kind, count) in faults.by_name() {
        assert!(count >= seeds / 2, "{kind} struck only {count} times in {seeds} runs");
    }
    assert!(outcomes.iter().any(|outcome| outcome.asked_again > 0));
    let total = |of: fn(&Outcome) -> usize| outcomes.iter().map(of).sum::<usize>() as u64;
    let thoughts = [
        ("cancelled", total(|outcome| outcome.cancelled)),
        ("redirected", total(|outcome| outcome.redirected)),
        ("too late", total(|outcome| outcome.too_late)),
        ("pending", total(|outcome| outcome.pending)),
    ];
    for (kind, count) in thoughts {
        assert!(count >= seeds, "second thoughts were {kind} only {count} times in {seeds} runs");
    }
    println!("{seeds} seeds; {thoughts:?}; {faults}");
}
