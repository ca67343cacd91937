//! `waybill world`: the world simulator alone.

use std::net::SocketAddr;

use clap::Args;

use super::{
    house::{House, explain_bind},
    options::{DatabaseOptions, WatchOptions, loopback},
    part::{Boxed, Part},
};
use crate::{
    db::{Claim, Schema},
    runtime::ServiceFailure,
    telemetry::Readiness,
    world::{self, WorldSettings},
};

/// Runs the world simulator alone: warehouses, trucks and packages on a grid.
///
/// Stores connect to one port and carriers to the other, with the protocol of the course's
/// simulator; any number of worlds, one of each side in a world. What it has acknowledged is kept
/// over restarts.
#[derive(Debug, Args)]
pub(super) struct WorldCommand {
    #[command(flatten)]
    world: WorldOptions,
    #[command(flatten)]
    database: DatabaseOptions,
    #[command(flatten)]
    watch: WatchOptions,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "World")]
pub(super) struct WorldOptions {
    /// Where stores connect
    #[arg(long, env = "WAYBILL_AMAZON_ADDR", value_name = "ADDR", default_value_t = loopback(23456))]
    amazon_addr: SocketAddr,
    /// Where carriers connect
    #[arg(long, env = "WAYBILL_UPS_ADDR", value_name = "ADDR", default_value_t = loopback(12345))]
    ups_addr: SocketAddr,
    /// Simulated seconds that pass in a second, until a client says otherwise
    #[arg(long, env = "WAYBILL_SIMSPEED", value_name = "N", default_value_t = 100)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=90_000_000))]
    simspeed: u32,
    /// Percentage of incoming requests that are dropped, to try out what clients do then
    #[arg(long, env = "WAYBILL_FLAKINESS", value_name = "PERCENT", default_value_t = 0)]
    #[arg(value_parser = clap::value_parser!(u8).range(0..=99))]
    flakiness: u8,
    /// Seed of the dice that drop requests
    #[arg(long, env = "WAYBILL_SEED", value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Simulated seconds from a purchase to its arrival
    #[arg(long, env = "WAYBILL_BUY_SECONDS", value_name = "N", default_value_t = defaults().buy_s)]
    buy_seconds: u32,
    /// Simulated seconds to pack a package
    #[arg(long, env = "WAYBILL_PACK_SECONDS", value_name = "N", default_value_t = defaults().pack_s)]
    pack_seconds: u32,
    /// Simulated seconds to load a package onto a truck
    #[arg(long, env = "WAYBILL_LOAD_SECONDS", value_name = "N", default_value_t = defaults().load_s)]
    load_seconds: u32,
}

fn defaults() -> WorldSettings {
    WorldSettings::default()
}

pub(super) async fn run(command: WorldCommand) -> anyhow::Result<()> {
    let mut house = House::open(&command.database, &command.watch).await?;
    let Some([claim]) = house.claim([Schema::World]).await? else {
        house.stop().await;
        return Ok(());
    };
    match start(&house, claim, &command.world).await {
        Ok(running) => {
            let line = format!(
                "waybill world is ready: {} metrics http://{}/metrics",
                addresses(&running),
                house.metrics_addr()
            );
            house.add(running);
            house.run(line).await
        }
        Err(error) => {
            house.stop().await;
            Err(error)
        }
    }
}

/// Starts the world in a house, and registers what its readiness depends on.
pub(super) async fn start(
    house: &House,
    claim: Claim,
    options: &WorldOptions,
) -> anyhow::Result<world::Running> {
    let settings = WorldSettings {
        amazon_addr: options.amazon_addr,
        ups_addr: options.ups_addr,
        simspeed: options.simspeed,
        flakiness: options.flakiness,
        seed: options.seed,
        buy_s: options.buy_seconds,
        pack_s: options.pack_seconds,
        load_s: options.load_seconds,
        ..WorldSettings::default()
    };
    let listeners = [("--amazon-addr", options.amazon_addr), ("--ups-addr", options.ups_addr)];
    let running = Box::pin(world::start_with(claim, settings)).await;
    let running = running.map_err(|error| explain_bind(error, &listeners))?;
    watch(&house.readiness, &running);
    Ok(running)
}

/// Its two doors, for the line that says ready.
pub(super) fn addresses(running: &world::Running) -> String {
    format!("world {} (amazon) {} (ups)", running.amazon_addr(), running.ups_addr())
}

fn watch(readiness: &Readiness, running: &world::Running) {
    let service = running.service().clone();
    readiness.register_now("world", move || {
        let ready = service.is_healthy().then(|| "runs".to_owned());
        ready.ok_or_else(|| "its database does not take writes at present".to_owned())
    });
}

impl Part for world::Running {
    fn name(&self) -> &'static str {
        "the world"
    }

    fn ended(&self) -> Boxed<'_, Result<(), ServiceFailure>> {
        Box::pin(Self::ended(self))
    }

    fn stop(self: Box<Self>) -> Boxed<'static, ()> {
        Box::pin(Self::stop(*self))
    }
}
