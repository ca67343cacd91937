//! The `sim` subcommand: runs the scenario for one seed or many and reports.

use std::time::Instant;

use super::{
    Keep,
    network::FaultCounts,
    scenario::{Outcome, Scenario},
};

/// Options of `waybill sim`.
#[derive(Debug, Clone, clap::Args)]
pub struct SimOptions {
    /// The first seed; the same seed gives the same run.
    #[arg(long, default_value_t = 1, env = "WAYBILL_SIM_SEED")]
    pub seed: u64,
    /// How many seeds to run, counting up from the first.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    pub seeds: u64,
    /// Orders in each run.
    #[arg(long, default_value_t = 200)]
    pub orders: usize,
    /// Whether anything goes wrong.
    #[arg(long, default_value = "on", value_enum)]
    pub faults: Switch,
    /// Print one JSON object a run instead of text.
    #[arg(long)]
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
        scenario.setup.orders = options.orders;
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
    println!(
        "seed {seed}: {orders} orders ({asked_again} asked for again) in {packages} packages, \
         {delivered} delivered, in {virtual_s:.0} virtual seconds ({took_s:.2} s, {steps} steps)"
    );
    println!("  faults: {}", outcome.faults);
    for violation in &outcome.violations {
        println!("  VIOLATED: {violation}");
    }
    Ok(())
}
