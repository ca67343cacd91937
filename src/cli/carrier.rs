//! `waybill carrier`: the carrier alone.

mod staff;

use std::{net::SocketAddr, path::Path};

use anyhow::Context;
use clap::{Args, Subcommand};

use super::{
    house::{House, explain_bind, say},
    options::{DatabaseOptions, FrontOptions, WatchOptions, WebhookOptions, loopback},
    part::{Boxed, Part},
};
use crate::{
    carrier::{
        self, CarrierSettings, demo,
        model::{StoreStatus, WorldStatus},
        web::PublicSettings,
    },
    db::{Claim, Db, Schema, migrate},
    runtime::ServiceFailure,
    telemetry::Readiness,
    web::PublicUrl,
};

/// Runs the carrier alone: trucks in a world, shipments from a store, tracking for people.
///
/// It makes a world, or joins one, and tells the store which. While the world or the store can not
/// be reached it keeps what it knows and goes on when they are back.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct CarrierCommand {
    #[command(subcommand)]
    other: Option<Other>,
    #[command(flatten)]
    fleet: FleetOptions,
    #[command(flatten)]
    front: FrontOptions,
    #[command(flatten)]
    carrier: CarrierOptions,
    #[command(flatten)]
    webhooks: WebhookOptions,
    #[command(flatten)]
    database: DatabaseOptions,
    #[command(flatten)]
    watch: WatchOptions,
}

/// What else can be done with a carrier than to run it.
#[derive(Debug, Subcommand)]
enum Other {
    Staff(staff::StaffCommand),
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Carrier")]
pub(super) struct FleetOptions {
    /// Where the store and people reach the carrier
    #[arg(long, env = "WAYBILL_CARRIER_ADDR", value_name = "ADDR", default_value_t = loopback(8081))]
    pub carrier_addr: SocketAddr,
    /// The carrier as people reach it, such as https://carrier.example; several with commas, the
    /// usual one first. Without it its pages answer on this machine and by numeric addresses only
    #[arg(long, env = "WAYBILL_CARRIER_PUBLIC_URL", value_name = "URL", value_delimiter = ',')]
    carrier_public_url: Vec<PublicUrl>,
    /// Trucks to bring into a world
    #[arg(long, env = "WAYBILL_TRUCKS", value_name = "N", default_value_t = 8)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub trucks: u32,
}

impl FleetOptions {
    pub fn public(&self, front: &FrontOptions) -> PublicSettings {
        PublicSettings {
            urls: self.carrier_public_url.clone(),
            trusted_proxies: front.trusted_proxies(),
            limits: front.limits(),
        }
    }
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Carrier")]
struct CarrierOptions {
    /// Host and port of the world, on its side for carriers
    #[arg(
        long,
        env = "WAYBILL_WORLD_ADDR",
        value_name = "ADDR",
        default_value = "127.0.0.1:12345"
    )]
    world_addr: String,
    /// The world to join, by number; `new` is the one of last time, or a new one
    #[arg(long, env = "WAYBILL_WORLD_ID", value_name = "N|new", default_value = "new")]
    #[arg(value_parser = world_id)]
    world_id: WorldChoice,
    /// The store's address
    #[arg(long, env = "WAYBILL_STORE_URL", value_name = "URL")]
    #[arg(default_value = "http://127.0.0.1:8080")]
    store_url: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WorldChoice {
    New,
    Join(i64),
}

fn world_id(text: &str) -> Result<WorldChoice, String> {
    match text.parse::<i64>() {
        _ if text == "new" => Ok(WorldChoice::New),
        Ok(id) if id > 0 => Ok(WorldChoice::Join(id)),
        _ => Err("a world's number counts from 1; or write new".to_owned()),
    }
}

pub(super) async fn run(mut command: CarrierCommand) -> anyhow::Result<()> {
    match command.other.take() {
        Some(Other::Staff(staff)) => staff::run(staff).await,
        None => serve(command).await,
    }
}

async fn serve(command: CarrierCommand) -> anyhow::Result<()> {
    let webhook_keys = command.webhooks.keys()?;
    let mut house = House::open(&command.database, &command.watch).await?;
    let CarrierOptions { world_addr, world_id, store_url } = command.carrier;
    let settings = CarrierSettings {
        carrier_addr: command.fleet.carrier_addr,
        world_addr,
        world_id: match world_id {
            WorldChoice::New => None,
            WorldChoice::Join(id) => Some(id),
        },
        trucks: command.fleet.trucks,
        store_url,
        webhook_keys,
        public: command.fleet.public(&command.front),
        ..CarrierSettings::default()
    };
    let Some([claim]) = house.claim([Schema::Carrier]).await? else {
        house.stop().await;
        return Ok(());
    };
    match start(&house, claim, settings).await {
        Ok(running) => {
            let (carrier, metrics) = (running.addr(), house.metrics_addr());
            house.add(running);
            let line = format!(
                "waybill carrier is ready: carrier http://{carrier}/track metrics http://{metrics}/metrics"
            );
            house.run(line).await
        }
        Err(error) => {
            house.stop().await;
            Err(error)
        }
    }
}

/// Starts the carrier in a house, and registers what its readiness depends on.
pub(super) async fn start(
    house: &House,
    claim: Claim,
    settings: CarrierSettings,
) -> anyhow::Result<carrier::Running> {
    let listeners = [("--carrier-addr", settings.carrier_addr)];
    let running = Box::pin(carrier::start_with(claim, settings)).await;
    let running = running.map_err(|error| explain_bind(error, &listeners))?;
    watch(&house.readiness, &running);
    Ok(running)
}

/// Makes the demo's customer in an empty carrier, and says once how to log in.
pub(super) async fn seed(db: &Db, data_dir: &Path) -> anyhow::Result<()> {
    migrate(db, Schema::Carrier).await?;
    let seeded = demo::seed_if_empty(db, data_dir).await.context("making the demo's customer")?;
    let Some(customer) = seeded else { return Ok(()) };
    say(&format!("demo account of the carrier, kept in {}:", customer.file.display()));
    say(&format!("  {}  {}", customer.email, customer.password));
    Ok(())
}

fn watch(readiness: &Readiness, running: &carrier::Running) {
    let service = running.service().clone();
    readiness.register_now("carrier", move || {
        let ready = service.is_healthy().then(|| "runs".to_owned());
        ready.ok_or_else(|| "its database does not take writes at present".to_owned())
    });
    let status = running.world_status();
    readiness.register_now("carrier to world", move || match &*status.borrow() {
        WorldStatus::Connected { world } => Ok(format!("in world {world}")),
        WorldStatus::Connecting => Err("connecting".to_owned()),
        WorldStatus::Refused { reason } => Err(format!("refused: {reason}")),
        WorldStatus::Unreachable { reason } => Err(format!("unreachable: {reason}")),
        WorldStatus::Disconnected => Ok("disconnected by staff".to_owned()),
    });
    let status = running.store_status();
    readiness.register_now("carrier to store", move || match &*status.borrow() {
        StoreStatus::Reachable => Ok("reachable".to_owned()),
        StoreStatus::Unknown => Err("nothing was posted yet".to_owned()),
        StoreStatus::Unreachable { reason } => Err(format!("unreachable: {reason}")),
        StoreStatus::WorldRefused { reason } => Err(format!("it refuses our world: {reason}")),
    });
}

impl Part for carrier::Running {
    fn name(&self) -> &'static str {
        "the carrier"
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
    use super::*;

    #[test]
    fn a_world_is_new_or_a_number_from_one() {
        assert_eq!(world_id("new"), Ok(WorldChoice::New));
        assert_eq!(world_id("7"), Ok(WorldChoice::Join(7)));
        assert!(world_id("0").is_err() && world_id("old").is_err());
    }
}
