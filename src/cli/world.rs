//! `waybill world`: the world simulator alone, and what can be done at one.

mod init;

use std::{net::SocketAddr, time::Duration};

use clap::{Args, Subcommand};

use super::{
    files::allow_connections,
    house::{House, explain_bind},
    options::{DatabaseOptions, WatchOptions, at_least_one, loopback, seconds},
    part::{Boxed, Part},
};
use crate::{
    db::{Claim, Schema},
    runtime::ServiceFailure,
    telemetry::Readiness,
    world::{self, Bounds, WorldSettings},
};

/// Runs the world simulator alone: warehouses, trucks and packages on a grid.
///
/// Stores connect to one port and carriers to the other, with the protocol of the course's
/// simulator; any number of worlds, one of each side in a world. What it has acknowledged is kept
/// over restarts.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct WorldCommand {
    #[command(subcommand)]
    other: Option<Other>,
    #[command(flatten)]
    world: WorldOptions,
    #[command(flatten)]
    limits: WorldLimits,
    #[command(flatten)]
    database: DatabaseOptions,
    #[command(flatten)]
    watch: WatchOptions,
}

/// What can be done at a simulator that runs.
#[derive(Debug, Subcommand)]
enum Other {
    Init(init::InitOptions),
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
    /// Where to look into the worlds, with a browser or a program; read-only
    #[arg(long, env = "WAYBILL_WORLD_HTTP_ADDR", value_name = "ADDR", default_value_t = loopback(8082))]
    world_http_addr: SocketAddr,
    /// Simulated seconds that pass in a second, until a client says otherwise
    #[arg(long, env = "WAYBILL_SIMSPEED", value_name = "N", default_value_t = 100)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=90_000_000))]
    simspeed: u32,
    /// Run at this speed whatever clients say about it; --simspeed means nothing then
    #[arg(long, env = "WAYBILL_FIXED_SPEED", value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=90_000_000))]
    fixed_speed: Option<u32>,
    /// Speak to each client only every so many seconds, counted from its connect, and say
    /// everything in one message then: 6 is the original's rhythm
    #[arg(long, env = "WAYBILL_TICK", value_name = "SECONDS", value_parser = seconds)]
    tick: Option<Duration>,
    /// Percentage of incoming requests that are dropped, to try out what clients do then
    #[arg(long, env = "WAYBILL_FLAKINESS", value_name = "PERCENT", default_value_t = 0)]
    #[arg(value_parser = clap::value_parser!(u8).range(0..=99))]
    flakiness: u8,
    /// Seed of the dice that drop requests
    #[arg(long, env = "WAYBILL_SEED", value_name = "N", default_value_t = defaults().seed)]
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
    /// Simulated seconds for a truck to move one grid unit
    #[arg(long, env = "WAYBILL_MOVE_SECONDS", value_name = "N", default_value_t = defaults().move_s)]
    move_seconds: u32,
}

/// How much of it strangers may use.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(super) struct WorldLimits {
    /// A client that sends nothing for so many seconds, not even a heartbeat, is disconnected
    #[arg(long, env = "WAYBILL_IDLE_TIMEOUT", value_name = "SECONDS", value_parser = seconds)]
    #[arg(default_value = "600")]
    idle_timeout: Duration,
    /// Clients that are connected at a time at most; one more is turned away
    #[arg(long, env = "WAYBILL_CONNECTIONS_MAX", value_name = "N")]
    #[arg(value_parser = at_least_one(), default_value_t = defaults().connections_max)]
    connections_max: usize,
    /// The longest message that is read; one that announces more ends its connection
    #[arg(long, env = "WAYBILL_MESSAGE_BYTES_MAX", value_name = "BYTES")]
    #[arg(value_parser = at_least_one(), default_value_t = defaults().message_bytes_max)]
    message_bytes_max: usize,
    /// Bytes of messages that have come in part, over all clients, at most; past it, the client
    /// that has been at its message for the longest is disconnected
    #[arg(long, env = "WAYBILL_PARTIAL_BYTES_MAX", value_name = "BYTES")]
    #[arg(value_parser = at_least_one(), default_value_t = defaults().partial_bytes_max)]
    partial_bytes_max: usize,
    /// Worlds at most; past it a client has to join one that there is
    #[arg(long, env = "WAYBILL_WORLDS_MAX", value_name = "N")]
    #[arg(value_parser = at_least_one(), default_value_t = defaults().worlds_max)]
    worlds_max: usize,
    /// Packages of one world that are not delivered yet at most; one more is refused
    #[arg(long, env = "WAYBILL_PACKAGES_MAX", value_name = "N")]
    #[arg(value_parser = at_least_one(), default_value_t = defaults().bounds.packages_max)]
    packages_max: usize,
    /// Messages that one side of a world has not acked at most; past it, nothing more is done
    /// for that side until it acks some
    #[arg(long, env = "WAYBILL_UNACKED_MAX", value_name = "N")]
    #[arg(value_parser = at_least_one(), default_value_t = defaults().bounds.unacked_max)]
    unacked_max: usize,
}

fn defaults() -> WorldSettings {
    WorldSettings::default()
}

impl WorldOptions {
    pub(super) fn settings(&self) -> WorldSettings {
        WorldSettings {
            amazon_addr: self.amazon_addr,
            ups_addr: self.ups_addr,
            http_addr: self.world_http_addr,
            simspeed: self.simspeed,
            fixed_speed: self.fixed_speed,
            tick: self.tick,
            flakiness: self.flakiness,
            seed: self.seed,
            buy_s: self.buy_seconds,
            pack_s: self.pack_seconds,
            load_s: self.load_seconds,
            move_s: self.move_seconds,
            ..WorldSettings::default()
        }
    }
}

impl WorldLimits {
    fn settings(&self, world: &WorldOptions) -> WorldSettings {
        let settings = world.settings();
        let bounds = Bounds {
            packages_max: self.packages_max,
            unacked_max: self.unacked_max,
            ..settings.bounds
        };
        WorldSettings {
            idle: self.idle_timeout,
            connections_max: self.connections_max,
            message_bytes_max: self.message_bytes_max,
            partial_bytes_max: self.partial_bytes_max,
            worlds_max: self.worlds_max,
            bounds,
            ..settings
        }
    }
}

pub(super) async fn run(command: WorldCommand) -> anyhow::Result<()> {
    if let Some(Other::Init(options)) = command.other {
        return Box::pin(init::run(options)).await;
    }
    let mut house = House::open(&command.database, &command.watch).await?;
    let Some([claim]) = house.claim([Schema::World]).await? else {
        house.stop().await;
        return Ok(());
    };
    let settings = command.limits.settings(&command.world);
    match start(&house, claim, settings).await {
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
    settings: WorldSettings,
) -> anyhow::Result<world::Running> {
    allow_connections(settings.connections_max);
    let listeners = [
        ("--amazon-addr", settings.amazon_addr),
        ("--ups-addr", settings.ups_addr),
        ("--world-http-addr", settings.http_addr),
    ];
    let running = Box::pin(world::start_with(claim, settings)).await;
    let running = running.map_err(|error| explain_bind(error, &listeners))?;
    watch(&house.readiness, &running);
    Ok(running)
}

/// Its doors and windows, for the line that says ready.
pub(super) fn addresses(running: &world::Running) -> String {
    let (amazon, ups) = (running.amazon_addr(), running.ups_addr());
    format!("world {amazon} (amazon) {ups} (ups) http://{}", running.http_addr())
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

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, FromArgMatches, Parser};

    use super::*;

    #[derive(Debug, Parser)]
    struct Alone {
        #[command(flatten)]
        world: WorldCommand,
    }

    fn settings(line: &str) -> Result<WorldSettings, clap::Error> {
        // What is set around the tests is not asked.
        let command = Alone::command().mut_args(|argument| argument.env(None::<&str>));
        let words = std::iter::once("world").chain(line.split_whitespace());
        let WorldCommand { world, limits, .. } =
            Alone::from_arg_matches(&command.try_get_matches_from(words)?)?.world;
        Ok(limits.settings(&world))
    }

    #[test]
    fn without_options_the_settings_are_the_documented_ones() {
        let settings = settings("").unwrap();
        assert_eq!(settings.rules(), WorldSettings::default().rules());
        assert_eq!((settings.amazon_addr.port(), settings.ups_addr.port()), (23456, 12345));
        assert_eq!(settings.idle, Duration::from_secs(600));
    }

    #[test]
    fn every_option_reaches_the_rules() {
        let rules = settings(
            "--simspeed 7 --tick 6 --flakiness 99 --seed 5 --buy-seconds 1 --pack-seconds 2
             --load-seconds 3 --move-seconds 4 --idle-timeout 0.5 --worlds-max 6
             --packages-max 8 --unacked-max 9",
        );
        let rules = rules.unwrap().rules();
        let (pace, link, bounds) = (rules.physics.pace, rules.link, rules.physics.bounds);
        assert_eq!((pace.simspeed, pace.is_speed_fixed), (7, false));
        assert_eq!((pace.buy_s, pace.pack_s, pace.load_s, pace.move_s), (1, 2, 3, 4));
        assert_eq!((link.tick_ms, link.flakiness, link.seed), (Some(6_000), 99, 5));
        assert_eq!((link.idle_ms, rules.worlds_max), (500, 6));
        assert_eq!((bounds.packages_max, bounds.unacked_max), (8, 9));
        let limits = "--connections-max 3 --message-bytes-max 4 --partial-bytes-max 5";
        let limits = settings(limits).unwrap();
        assert_eq!((limits.connections_max, limits.message_bytes_max), (3, 4));
        assert_eq!(limits.partial_bytes_max, 5);
    }

    #[test]
    fn a_fixed_speed_goes_before_the_other() {
        let pace = settings("--fixed-speed 500 --simspeed 7").unwrap().rules().physics.pace;
        assert_eq!((pace.simspeed, pace.is_speed_fixed), (500, true));
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_the_option_named() {
        for line in [
            "--flakiness 100",
            "--simspeed 0",
            "--fixed-speed 0",
            "--tick 0",
            "--tick x",
            "--worlds-max 0",
        ] {
            let error = settings(line).unwrap_err().to_string();
            assert!(error.contains(line.split(' ').next().unwrap()), "{error}");
        }
    }
}
