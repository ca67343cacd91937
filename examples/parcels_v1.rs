//! Runs parcels-v1 from files: `parcels_v1 DIR NAME` reads `DIR/NAME.params`
//! and `DIR/NAME.orders.csv` and prints what came of it as `name=value` lines.
//!
//! `run_s` and `events_per_s` are of the event loop alone: the order table is
//! in memory and the model built before it starts, latencies are sorted after
//! it has ended.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use anyhow::Context as _;
use waybill::sim::parcels::{Parcels, parse_orders, parse_params};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [dir, name] = arguments.as_slice() else {
        eprintln!("usage: parcels_v1 DIR NAME    (reads DIR/NAME.params and DIR/NAME.orders.csv)");
        return ExitCode::FAILURE;
    };
    match report(Path::new(dir), name) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn report(dir: &Path, name: &str) -> anyhow::Result<()> {
    let (params_path, orders_path) =
        (dir.join(format!("{name}.params")), dir.join(format!("{name}.orders.csv")));
    let params = parse_params(&read(&params_path)?)
        .with_context(|| format!("{} can not be used", params_path.display()))?;
    let orders = parse_orders(&read(&orders_path)?, &params)
        .with_context(|| format!("{} can not be used", orders_path.display()))?;
    let mut parcels = Parcels::new(params, orders);
    let started = Instant::now();
    parcels.run();
    let run_s = started.elapsed().as_secs_f64();
    let report = parcels.report();
    print!("{report}");
    println!("run_s={run_s:.6}");
    println!("events_per_s={:.0}", report.events as f64 / run_s);
    Ok(())
}

fn read(path: &PathBuf) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("{} can not be read", path.display()))
}
