//! The `sim` subcommand: runs the scenario for one seed or many and reports.

use std::time::Instant;

use super::{
    Keep,
    network::FaultCounts,
    scenario::{Outcome, Scenario},
};

/// Runs world, store and carrier in virtual time, under faults, and checks what must be true.
///
/// The same models as live, on one thread and one seed: links that lose, double, delay and
/// reorder, crashes and restarts of each party, failing parts, stalled databases; then repair,
/// and then every order must be delivered or cancelled, once. Ends with 1 where an invariant was
/// violated; the same seed gives the same run.
#[derive(Debug, Clone, clap::Args)]
pub struct SimOptions {
    /// The first seed
    #[arg(long, env = "WAYBILL_SEED", value_name = "SEED", default_value_t = 1)]
    pub seed: u64,
    /// Seeds to run, counting up from the first
    #[arg(long, env = "WAYBILL_SEEDS", value_name = "N", default_value_t = 1)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    pub seeds: u64,
    /// Orders in each run
    #[arg(long, env = "WAYBILL_ORDERS", value_name = "N", default_value_t = 200)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub orders: u32,
    /// Whether anything goes wrong
    #[arg(long, env = "WAYBILL_FAULTS", value_enum, default_value = "on")]
    pub faults: Switch,
    /// Print a JSON object for each run instead of text
    #[arg(long, env = "WAYBILL_JSON")]
    pub json: bool,
}

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Switch {
    On,
    Off,
}

/// Runs the seeds and prints what came of each; an error where an invariant was violated.
pub fn run(options: &SimOptions) -> anyhow::Result<()> {
    let mut faults = FaultCounts::default();
    let mut bad = Vec::new();
    for seed in (0..options.seeds).map(|nth| options.seed.wrapping_add(nth)) {
        let mut scenario = Scenario::new(seed);
        scenario.setup.orders = options.orders as usize;
        scenario.faults = options.faults == Switch::On;
        let started = Instant::now();
        let (outcome, _) = scenario.run(Keep::Nothing);
        print(&outcome, started.elapsed().as_secs_f64(), options.json)?;
        faults.add(&outcome.faults);
        if !outcome.violations.is_empty() {
            bad.push(seed);
        }
    }
    if options.seeds > 1 && !options.json {
        println!("faults in all: {faults}");
    }
    anyhow::ensure!(bad.is_empty(), "invariants were violated with seeds {bad:?}");
    Ok(())
}

fn print(outcome: &Outcome, took_s: f64, json: bool) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string(outcome)?);
        return Ok(());
    }
    let Outcome { seed, orders, packages, delivered, asked_again, steps, virtual_s, .. } = outcome;
    let Outcome { cancelled, redirected, too_late, .. } = outcome;
    println!(
        "seed {seed}: {orders} orders ({asked_again} asked for again) in {packages} packages, \
         {delivered} delivered, {cancelled} cancelled, {redirected} sent elsewhere, {too_late} too \
         late, in {virtual_s:.0} virtual seconds ({took_s:.2} s, {steps} steps)"
    );
    println!("  faults: {}", outcome.faults);
    for violation in &outcome.violations {
        println!("  VIOLATED: {violation}");
    }
    Ok(())
}
