//! `waybill conform`: which program is tried, which rules, and how it is told.

mod peers;

use std::{io::IsTerminal, process::ExitCode, time::Duration};

use clap::{Args, ValueEnum};

use self::peers::PeerOptions;
use super::house::say;
use crate::conform::{
    Findings, Level, Listed, Needs, carrier, store,
    world::{self, WorldSubject},
};

/// Nothing could be tried.
const COULD_NOT_RUN: u8 = 2;

/// Tries a world simulator, a store or a carrier, any one of the protocols, on their rules.
///
/// A world, which is the default: connects to both ports as a stranger and makes many worlds there.
/// A lossy world is asked again; a few checks depend on nothing being lost, and say so in the list.
/// With --store a carrier is played to a store, and with --carrier a store to a carrier: what needs
/// no shipment is tried on a party in its ordinary state; with --listen, where the party was told to
/// post, everything is. Ends with 0 where every rule is kept, 1 where one is not, 2 where nothing
/// could be tried.
#[derive(Debug, Args)]
pub(super) struct ConformOptions {
    /// The simulator's port for stores; with --carrier of its world, to bring goods there
    #[arg(long, env = "WAYBILL_AMAZON", value_name = "HOST:PORT")]
    #[arg(default_value = "127.0.0.1:23456")]
    amazon: String,
    /// The simulator's port for carriers; with --store of a simulator to make a world at, with trucks
    #[arg(long, env = "WAYBILL_UPS", value_name = "HOST:PORT")]
    #[arg(default_value = "127.0.0.1:12345")]
    ups: String,
    /// Names the checks with their levels and rules, and tries nothing
    #[arg(long, env = "WAYBILL_LIST")]
    list: bool,
    /// Only the check of that name, or the group, such as amazon.pack; may be given several times
    #[arg(long, env = "WAYBILL_ONLY", value_name = "NAME", value_delimiter = ',')]
    only: Vec<String>,
    /// Which rules: what is documented of the original, or our own readings and additions as well
    #[arg(long, env = "WAYBILL_LEVEL", value_enum, default_value = "all")]
    level: Levels,
    /// How the outcome is told
    // The log has a `format` of its own, which goes along with every command.
    #[arg(long = "format", env = "WAYBILL_FORMAT", value_enum, default_value = "text")]
    told_as: Format,
    /// Seconds to wait for any one thing; the original, and a world with a tick, speak every 6 s only
    #[arg(long, env = "WAYBILL_PATIENCE", value_name = "SECONDS", default_value_t = 30.0)]
    #[arg(value_parser = seconds)]
    patience: f64,
    /// Checks at the same time
    #[arg(long, env = "WAYBILL_JOBS", value_name = "N", default_value_t = 16)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=1000))]
    jobs: u16,
    /// The simulator's own flakiness; checks that depend on no loss are skipped unless it is 0
    #[arg(long, env = "WAYBILL_FLAKINESS", value_name = "PERCENT", default_value_t = 0)]
    #[arg(value_parser = clap::value_parser!(u8).range(0..=99))]
    flakiness: u8,
    /// The simulator heeds no simspeed; checks that depend on one that they set are skipped
    #[arg(long, env = "WAYBILL_SPEED_IS_FIXED")]
    speed_is_fixed: bool,
    /// The simulator's time-out for silence (the original's is 600), to try that one as well
    #[arg(long, env = "WAYBILL_IDLE_TIMEOUT", value_name = "SECONDS", value_parser = seconds)]
    idle_timeout: Option<f64>,
    #[command(flatten)]
    peers: PeerOptions,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Levels {
    Must,
    All,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Junit,
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    let is_usable = (0.1..=100_000.0).contains(&seconds);
    is_usable.then_some(seconds).ok_or_else(|| "not between 0.1 and 100000".to_owned())
}

pub(super) async fn run(options: ConformOptions) -> ExitCode {
    let outcome = if options.list { list(&options) } else { Box::pin(try_it(options)).await };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {}", super::one_line(&error));
        ExitCode::from(COULD_NOT_RUN)
    })
}

async fn try_it(options: ConformOptions) -> anyhow::Result<ExitCode> {
    let format = options.told_as;
    let findings = if options.peers.are_meant() {
        Box::pin(peers::try_them(&options)).await?
    } else {
        Box::pin(try_world(options)).await?
    };
    say(&told(&findings, format)?);
    Ok(if findings.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn try_world(options: ConformOptions) -> anyhow::Result<Findings> {
    let subject = WorldSubject {
        amazon: options.amazon,
        ups: options.ups,
        only: options.only,
        with_ours: options.level == Levels::All,
        patience: Duration::from_secs_f64(options.patience),
        jobs: usize::from(options.jobs),
        flakiness: options.flakiness,
        is_speed_fixed: options.speed_is_fixed,
        idle_timeout: options.idle_timeout.map(Duration::from_secs_f64),
        show_progress: std::io::stderr().is_terminal(),
    };
    Box::pin(world::run(&subject)).await
}

fn told(findings: &Findings, format: Format) -> anyhow::Result<String> {
    Ok(match format {
        Format::Text => findings.to_string().trim_end().to_owned(),
        Format::Json => serde_json::to_string_pretty(findings)?,
        Format::Junit => findings.to_junit()?.trim_end().to_owned(),
    })
}

fn listed(options: &ConformOptions) -> anyhow::Result<Vec<Listed>> {
    let (only, with_ours) = (&options.only, options.level == Levels::All);
    match (&options.peers.store, &options.peers.carrier) {
        (None, None) => world::list(only, with_ours),
        (Some(_), None) => store::list(only, with_ours),
        (None, Some(_)) => carrier::list(only, with_ours),
        (Some(_), Some(_)) => {
            Ok([store::list(only, with_ours)?, carrier::list(only, with_ours)?].concat())
        }
    }
}

fn list(options: &ConformOptions) -> anyhow::Result<ExitCode> {
    for Listed { name, level, needs, of, rule } in listed(options)? {
        let needs = needs.iter().map(|needs| match needs {
            Needs::NoLoss => " [depends on no loss]",
            Needs::Speed => " [depends on a speed that it sets]",
            Needs::IdleTimeout => " [takes --idle-timeout]",
            Needs::Shipments => " [takes --listen]",
            Needs::World => " [takes --listen and a world]",
            Needs::Greeting => " [takes --listen at the start]",
            Needs::Secret => " [takes --webhook-secret]",
        });
        let needs: String = needs.collect();
        let level = match level {
            Level::Must => "must",
            Level::Ours => "ours",
        };
        say(&format!("{level}  {name:<36} {rule}{needs} ({})", of.join(", ")));
    }
    Ok(ExitCode::SUCCESS)
}
