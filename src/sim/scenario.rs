//! Faults of every kind on everybody, then repair, then everything must end well.
//!
//! ```text
//!   0 s          ordering           60 s                         100 s   repair        rest
//!   ├─ orders at random moments ─────┤                              │      │             │
//!   ├─ lossy links, crashes, cuts, breaks, stalls, failing residents ┤ ─────┴── run ──────┴─ check
//! ```

use std::time::Duration;

use serde::Serialize;

use super::{
    Dice, Keep, Setup, System,
    engine::Agenda,
    invariants,
    network::{FaultCounts, Host, Link, LinkFaults},
    shoppers::DoubtOutcome,
};
use crate::{
    basis::SimTime,
    store::model::{CancelOutcome, RedirectOutcome},
};

/// Faults come until then.
const FAULTS_UNTIL: Duration = Duration::from_secs(100);
/// How long a repaired system may take to come to rest.
const REST_WITHIN: Duration = Duration::from_secs(3_600);
/// What is double or late after the rest would show within this.
const AFTERMATH: Duration = Duration::from_secs(40);

/// A run to be made.
#[derive(Debug, Clone)]
pub struct Scenario {
    pub setup: Setup,
    /// False: nothing goes wrong.
    pub faults: bool,
}

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    pub seed: u64,
    pub orders: usize,
    pub packages: usize,
    pub delivered: usize,
    pub cancelled: usize,
    /// Changes of address that were made.
    pub redirected: usize,
    /// Second thoughts that came too late.
    pub too_late: usize,
    /// Changes of address that the carrier had not decided about when somebody was told.
    pub pending: usize,
    /// Asked for more than once before the answer came.
    pub asked_again: usize,
    /// Moments at which something happened.
    pub steps: u64,
    pub virtual_s: f64,
    pub faults: FaultCounts,
    /// Empty: all is well.
    pub violations: Vec<String>,
}

impl Scenario {
    /// 200 orders under faults, which depend on the seed, as does everything else.
    pub fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed, 100);
        let mut setup = Setup::new(seed);
        setup.simspeed = [100, 200, 1_000, 5_000].get(dice.below(4)).copied().unwrap_or(100);
        setup.flakiness = dice.below(41) as u8;
        setup.trucks = dice.whole(3, 12) as u32;
        setup.pack_after =
            Duration::from_secs([0, 1, 4, 10].get(dice.below(4)).copied().unwrap_or(0));
        Self { setup, faults: true }
    }

    /// Runs it to its end.
    pub fn run(&self, keep: Keep) -> (Outcome, System) {
        let mut system = System::new(&self.setup, keep);
        if self.faults {
            self.make_trouble(&mut system);
            system.repair();
        }
        let rested = come_to_rest(&mut system);
        let mut violations = invariants::violations(&system);
        if !rested {
            violations.insert(0, format!("no rest within {REST_WITHIN:?} after the repair"));
        }
        (self.outcome(&system, violations), system)
    }

    fn make_trouble(&self, system: &mut System) {
        let mut dice = Dice::new(self.setup.seed, 101);
        for link in Link::ALL {
            system.set_faults(link, link_faults(&mut dice));
        }
        let mut troubles = draw_troubles(&mut dice);
        while let Some(moment) = troubles.next_moment() {
            let moment = SimTime::from_micros(moment);
            system.run_for(moment.since(system.now()));
            if let Some(trouble) = troubles.next(moment.micros()) {
                trouble.strike(system);
            }
        }
        system.run_for((SimTime::ZERO + FAULTS_UNTIL).since(system.now()));
    }

    fn outcome(&self, system: &System, violations: Vec<String>) -> Outcome {
        let history = system.history();
        let wishes = system.shoppers().wishes();
        Outcome {
            seed: self.setup.seed,
            orders: history.orders.len(),
            packages: history.orders.values().map(|order| order.packages.len()).sum(),
            delivered: history.delivered_at_store.len(),
            cancelled: history.cancelled.len(),
            redirected: history.redirected.values().map(Vec::len).sum(),
            too_late: count_doubts(system, |outcome| {
                use DoubtOutcome::{Cancel, Redirect};
                let is_late_cancel = matches!(outcome, Cancel(CancelOutcome::TooLate { .. }));
                is_late_cancel || matches!(outcome, Redirect(RedirectOutcome::TooLate { .. }))
            }),
            pending: count_doubts(system, |outcome| {
                *outcome == DoubtOutcome::Redirect(RedirectOutcome::Pending)
            }),
            asked_again: wishes.iter().filter(|wish| wish.attempts > 1).count(),
            steps: system.steps(),
            virtual_s: system.now().since(SimTime::ZERO).as_secs_f64(),
            faults: system.faults(),
            violations,
        }
    }
}

fn count_doubts(system: &System, is_such: impl Fn(&DoubtOutcome) -> bool) -> usize {
    let outcomes = system.shoppers().doubts().iter().filter_map(|doubt| doubt.outcome.as_ref());
    outcomes.filter(|outcome| is_such(outcome)).count()
}

/// Something that happens to the system.
#[derive(Debug, Clone, Copy)]
enum Trouble {
    Crash(Host),
    Start(Host),
    Cut(Link, Duration),
    Break(Link),
    Fail(Host),
    Stall(Host, Duration),
}

impl Trouble {
    fn strike(self, system: &mut System) {
        match self {
            Self::Crash(host) => system.machine(host).crash(),
            Self::Start(host) => system.machine(host).start(),
            Self::Cut(link, span) => system.cut(link, span),
            Self::Break(link) => system.break_connections(link),
            Self::Fail(host) => system.machine(host).fail_one(),
            Self::Stall(host, span) => system.machine(host).stall(span),
        }
    }
}

fn link_faults(dice: &mut Dice) -> LinkFaults {
    let mut probability = |choices: &[f64]| dice.pick(choices).copied().unwrap_or(0.0);
    LinkFaults {
        loss: probability(&[0.02, 0.1, 0.3]),
        duplication: probability(&[0.02, 0.1, 0.3]),
        reordering: probability(&[0.02, 0.1, 0.3]),
        delay_most: Duration::from_millis(dice.whole(1, 60) as u64),
        straggle_most: Duration::from_millis(dice.whole(100, 8_000) as u64),
        ..LinkFaults::default()
    }
}

fn draw_troubles(dice: &mut Dice) -> Agenda<Trouble> {
    let mut agenda = Agenda::new();
    let whenever = |dice: &mut Dice| dice.span(Duration::ZERO, FAULTS_UNTIL);
    let mut add = |at: Duration, trouble| agenda.send_at((SimTime::ZERO + at).micros(), trouble);
    for host in Host::PARTIES {
        for _ in 0..dice.whole(2, 5) {
            let at = whenever(dice);
            let down = dice.span(Duration::from_millis(1), Duration::from_secs(6));
            add(at, Trouble::Crash(host));
            add(at + down, Trouble::Start(host));
            if dice.chance(0.3) {
                // Again, while it is just getting up.
                let soon = at + down + dice.span(Duration::ZERO, Duration::from_millis(30));
                add(soon, Trouble::Crash(host));
                add(soon + down, Trouble::Start(host));
            }
        }
        for _ in 0..dice.whole(2, 6) {
            add(whenever(dice), Trouble::Fail(host));
        }
        for _ in 0..dice.whole(1, 3) {
            let span = dice.span(Duration::from_millis(10), Duration::from_secs(4));
            add(whenever(dice), Trouble::Stall(host, span));
        }
    }
    for link in Link::ALL {
        for _ in 0..dice.whole(1, 3) {
            let span = dice.span(Duration::from_millis(100), Duration::from_secs(10));
            add(whenever(dice), Trouble::Cut(link, span));
        }
    }
    for link in [Link::StoreWorld, Link::CarrierWorld] {
        for _ in 0..dice.whole(1, 4) {
            add(whenever(dice), Trouble::Break(link));
        }
    }
    agenda
}

/// Waits until nothing is left to do, and a while longer. False where that never comes.
fn come_to_rest(system: &mut System) -> bool {
    if !wait_for_rest(system) {
        return false;
    }
    system.run_for(AFTERMATH);
    // Somebody may have asked in this very moment whether the others are still there.
    wait_for_rest(system)
}

fn wait_for_rest(system: &mut System) -> bool {
    let deadline = system.now() + REST_WITHIN;
    while !is_at_rest(system) {
        if system.now() >= deadline {
            return false;
        }
        system.run_for(Duration::from_secs(1));
    }
    true
}

fn is_at_rest(system: &System) -> bool {
    let (store, carrier) = (system.store_disk(), system.carrier_disk());
    system.shoppers().are_answered()
        && store.packages.is_empty()
        && store.purchases.is_empty()
        && carrier.shipments.is_empty()
        && system.unacked().iter().all(|(_, count)| *count == 0)
}
