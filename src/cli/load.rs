//! `waybill load`: the load tester's options.

use std::{io::IsTerminal, time::Duration};

use anyhow::bail;
use clap::{Args, Subcommand};

use super::house::say;
use crate::{
    basis::WorldId,
    load::{
        self, LoadSettings, Until,
        world::{self, WorldLoadSettings},
    },
};

/// Places orders through a store's API as fast as it takes them, and reports rates and latencies.
///
/// It opens accounts of its own at the store. Each of the concurrent buyers places its next order
/// when the one before is answered; an answer 503 is tried again after the time it asks for, under
/// the same idempotency key. Ends with 1 unless every order was placed and, where they are
/// followed, ended.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct LoadOptions {
    #[command(subcommand)]
    other: Option<Other>,
    /// The store
    #[arg(long, env = "WAYBILL_STORE_URL", value_name = "URL")]
    #[arg(default_value = "http://127.0.0.1:8080")]
    store_url: String,
    /// Orders to place
    #[arg(long, env = "WAYBILL_ORDERS", value_name = "N", default_value_t = 1000)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    orders: u64,
    /// Buyers at the same time, each with a connection
    #[arg(long, env = "WAYBILL_CONCURRENCY", value_name = "C", default_value_t = 64)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..))]
    concurrency: u16,
    /// Accounts that the buyers share
    #[arg(long, env = "WAYBILL_ACCOUNTS", value_name = "K", default_value_t = 8)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..))]
    accounts: u16,
    /// How far orders are followed
    #[arg(long, env = "WAYBILL_UNTIL", value_enum, default_value = "placed")]
    until: Until,
    /// Seconds for which one order is tried again, or followed
    #[arg(long, env = "WAYBILL_PATIENCE", value_name = "SECONDS", default_value_t = 120)]
    patience: u64,
    /// Destinations lie within this distance of the origin on each axis
    #[arg(long, env = "WAYBILL_REACH", value_name = "UNITS", default_value_t = 20)]
    #[arg(value_parser = clap::value_parser!(i32).range(0..=1_000_000))]
    reach: i32,
    /// Prints the report as one JSON object
    #[arg(long, env = "WAYBILL_JSON")]
    json: bool,
}

/// What else than a store can be loaded.
#[derive(Debug, Subcommand)]
enum Other {
    World(WorldLoadOptions),
}

/// Packs on one connection as fast as a world simulator acks, and reports rates and round trips.
///
/// It makes a world of its own there and buys what it packs. Every command is a new package, so the
/// world has to remember each one. Ends with 1 unless every command was acked and done.
#[derive(Debug, Args)]
struct WorldLoadOptions {
    /// The simulator's port for stores
    #[arg(long, env = "WAYBILL_AMAZON", value_name = "HOST:PORT")]
    #[arg(default_value = "127.0.0.1:23456")]
    amazon: String,
    /// Commands to send
    #[arg(long, env = "WAYBILL_COMMANDS", value_name = "N", default_value_t = 100_000)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    commands: u64,
    /// Commands in one message
    #[arg(long, env = "WAYBILL_BATCH", value_name = "N", default_value_t = 100)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=100_000))]
    batch: u32,
    /// Commands that wait for their ack, or for their package to be ready, at most
    #[arg(long, env = "WAYBILL_WINDOW", value_name = "N", default_value_t = 10_000)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    window: u32,
    /// A world of an earlier run, to go on in; else one is made
    #[arg(long, env = "WAYBILL_WORLD", value_name = "ID")]
    world: Option<i64>,
    /// Packages that are in the world before the measured ones: they are made first, or in a
    /// world of an earlier run looked for
    #[arg(long, env = "WAYBILL_IDLE_PACKAGES", value_name = "N", default_value_t = 0)]
    #[arg(value_parser = clap::value_parser!(u64).range(..=100_000_000))]
    idle_packages: u64,
    /// Other worlds to make first, and to leave alone
    #[arg(long, env = "WAYBILL_IDLE_WORLDS", value_name = "N", default_value_t = 0)]
    idle_worlds: u16,
    /// Other connections to keep open meanwhile, each to a world of its own
    #[arg(long, env = "WAYBILL_IDLE_CONNECTIONS", value_name = "N", default_value_t = 0)]
    idle_connections: u16,
    /// Seconds for which the world may be silent
    #[arg(long, env = "WAYBILL_PATIENCE", value_name = "SECONDS", default_value_t = 30)]
    patience: u64,
    /// Prints the report as one JSON object
    #[arg(long, env = "WAYBILL_JSON")]
    json: bool,
}

pub(super) async fn run(options: LoadOptions) -> anyhow::Result<()> {
    match options.other {
        Some(Other::World(other)) => load_world(&other).await,
        None => load_store(options).await,
    }
}

async fn load_world(options: &WorldLoadOptions) -> anyhow::Result<()> {
    let settings = WorldLoadSettings {
        amazon_addr: options.amazon.clone(),
        commands: options.commands,
        batch: options.batch as usize,
        window: options.window as usize,
        patience: Duration::from_secs(options.patience),
        world: options.world.map(WorldId),
        idle_packages: options.idle_packages,
        idle_worlds: usize::from(options.idle_worlds),
        idle_connections: usize::from(options.idle_connections),
        show_progress: !options.json && std::io::stderr().is_terminal(),
    };
    let report = Box::pin(world::run(&settings)).await?;
    if options.json {
        say(&serde_json::to_string(&report)?);
    } else {
        say(report.to_string().trim_end());
    }
    Ok(())
}

async fn load_store(options: LoadOptions) -> anyhow::Result<()> {
    let report = load::run(LoadSettings {
        store_url: options.store_url,
        orders: options.orders,
        concurrency: usize::from(options.concurrency),
        accounts: usize::from(options.accounts),
        until: options.until,
        patience: Duration::from_secs(options.patience),
        reach: options.reach,
        show_progress: !options.json && std::io::stderr().is_terminal(),
    });
    let report = Box::pin(report).await?;
    if options.json {
        say(&serde_json::to_string(&report)?);
    } else {
        say(report.to_string().trim_end());
    }
    if !report.is_complete() {
        bail!("not every order was placed and ended; the report says why");
    }
    Ok(())
}
