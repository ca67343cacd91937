//! `waybill store`: the store alone.

mod admin;
mod seed;

use std::{net::SocketAddr, path::Path, time::Duration};

use anyhow::Context;
use clap::{Args, Subcommand};

use super::{
    house::{House, explain_bind, say},
    options::{
        DatabaseOptions, FrontOptions, WatchOptions, WebhookOptions, loopback, seconds_or_none,
    },
    part::{Boxed, Part},
};
use crate::{
    db::{Claim, Db, Schema, migrate},
    runtime::ServiceFailure,
    store::{
        self, StoreSettings, demo,
        model::outputs::WorldStatus,
        web::{PublicSettings, limits::LimitSettings},
    },
    telemetry::Readiness,
    web::{CorsOrigin, PublicUrl},
};

/// Runs the store alone: pages and an API for people, a world and a carrier behind it.
///
/// While the world or the carrier can not be reached it takes orders and goes on when they are
/// back. Which world it works in is told by the carrier, or by --world-id.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct StoreCommand {
    #[command(subcommand)]
    other: Option<Other>,
    #[command(flatten)]
    door: StoreDoor,
    #[command(flatten)]
    store: StoreOptions,
    #[command(flatten)]
    pace: StorePace,
    #[command(flatten)]
    webhooks: WebhookOptions,
    #[command(flatten)]
    database: DatabaseOptions,
    #[command(flatten)]
    watch: WatchOptions,
}

/// What else can be done with a store than to run it.
#[derive(Debug, Subcommand)]
enum Other {
    Admin(admin::AdminCommand),
    Seed(seed::SeedOptions),
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Store")]
pub(super) struct StoreDoor {
    /// Where people and the carrier reach the store
    #[arg(long, env = "WAYBILL_STORE_ADDR", value_name = "ADDR", default_value_t = loopback(8080))]
    pub store_addr: SocketAddr,
    /// The store as people reach it, such as https://shop.example; several with commas, the usual
    /// one first. Without it the store answers on this machine and by numeric addresses only, and
    /// its cookies are for encrypted connections only where a proxy says that they are encrypted
    #[arg(long, env = "WAYBILL_PUBLIC_URL", value_name = "URL", value_delimiter = ',')]
    public_url: Vec<PublicUrl>,
    /// Another site whose pages may use the API from a browser, with tokens and never with cookies,
    /// such as https://front.example; several with commas, * for every site
    #[arg(long, env = "WAYBILL_CORS_ORIGIN", value_name = "URL", value_delimiter = ',')]
    cors_origin: Vec<CorsOrigin>,
    #[command(flatten)]
    pub front: FrontOptions,
    #[command(flatten)]
    limits: LimitOptions,
}

/// How often one may ask for what.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
struct LimitOptions {
    /// Orders of one account
    #[arg(long, env = "WAYBILL_ORDERS_PER_SECOND", value_name = "N", default_value_t = 100)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    orders_per_second: u32,
}

impl StoreDoor {
    pub fn public(&self) -> PublicSettings {
        let LimitOptions { orders_per_second } = self.limits;
        let limits = |entry| LimitSettings { entry, orders_per_second };
        PublicSettings {
            urls: self.public_url.clone(),
            trusted_proxies: self.front.trusted_proxies(),
            cors_origins: self.cors_origin.clone(),
            limits: self.front.limits().map(limits),
        }
    }
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Store")]
pub(super) struct StorePace {
    /// How many seconds after its placing an order can still be cancelled where its goods are
    /// there; then they are packed
    #[arg(long, env = "WAYBILL_PACK_AFTER", value_name = "SECONDS", default_value = "3")]
    #[arg(value_parser = seconds_or_none)]
    pub pack_after: Duration,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Store")]
struct StoreOptions {
    /// Host and port of the world, on its side for stores
    #[arg(
        long,
        env = "WAYBILL_WORLD_ADDR",
        value_name = "ADDR",
        default_value = "127.0.0.1:23456"
    )]
    world_addr: String,
    /// The world to work in; without it the store waits until the carrier says which
    #[arg(long, env = "WAYBILL_WORLD_ID", value_name = "N")]
    #[arg(value_parser = clap::value_parser!(i64).range(1..))]
    world_id: Option<i64>,
    /// Where the carrier takes messages
    #[arg(long, env = "WAYBILL_CARRIER_URL", value_name = "URL")]
    #[arg(default_value = "http://127.0.0.1:8081/api")]
    carrier_url: String,
    /// The carrier's tracking pages as people reach them [default: beside --carrier-url]
    #[arg(long, env = "WAYBILL_TRACKING_URL", value_name = "URL")]
    tracking_url: Option<String>,
    /// Fills an empty database with demo data: goods, sellers, warehouses, accounts, a past
    #[arg(long, env = "WAYBILL_DEMO")]
    demo: bool,
    #[command(flatten)]
    past: DemoPast,
}

/// How much has happened in the demo's shop before it opens.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Store")]
pub(super) struct DemoPast {
    /// Orders of the past in the demo data, with reviews by their buyers
    #[arg(long, env = "WAYBILL_DEMO_ORDERS", value_name = "N", default_value_t = 600)]
    #[arg(value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub demo_orders: u32,
}

pub(super) async fn run(mut command: StoreCommand) -> anyhow::Result<()> {
    match command.other.take() {
        Some(Other::Admin(admin)) => admin::run(admin).await,
        Some(Other::Seed(options)) => Box::pin(seed::run(options)).await,
        None => serve(command).await,
    }
}

async fn serve(command: StoreCommand) -> anyhow::Result<()> {
    let webhook_keys = command.webhooks.keys()?;
    let mut house = House::open(&command.database, &command.watch).await?;
    let StoreOptions { world_addr, world_id, carrier_url, tracking_url, demo, past } =
        command.store;
    let settings = StoreSettings {
        store_addr: command.door.store_addr,
        world_addr,
        world_id,
        carrier_url,
        tracking_url,
        public: command.door.public(),
        pack_after: command.pace.pack_after,
        webhook_keys,
        ..StoreSettings::default()
    };
    let Some([claim]) = house.claim([Schema::Store]).await? else {
        house.stop().await;
        return Ok(());
    };
    let started = async {
        if demo {
            seed(&house.db, &command.database.data_dir, past).await?;
        }
        start(&house, claim, settings).await
    };
    match Box::pin(started).await {
        Ok(running) => {
            let (store, metrics) = (running.addr(), house.metrics_addr());
            house.add(running);
            let line = format!(
                "waybill store is ready: store http://{store} metrics http://{metrics}/metrics"
            );
            house.run(line).await
        }
        Err(error) => {
            house.stop().await;
            Err(error)
        }
    }
}

/// Starts the store in a house, and registers what its readiness depends on.
pub(super) async fn start(
    house: &House,
    claim: Claim,
    settings: StoreSettings,
) -> anyhow::Result<store::Running> {
    let listeners = [("--store-addr", settings.store_addr)];
    let running = Box::pin(store::start_with(claim, settings)).await;
    let running = running.map_err(|error| explain_bind(error, &listeners))?;
    watch(&house.readiness, &running);
    Ok(running)
}

/// Puts the demo's goods into an empty store, and says once how to log in; whether it was empty.
pub(super) async fn seed(db: &Db, data_dir: &Path, past: DemoPast) -> anyhow::Result<bool> {
    migrate(db, Schema::Store).await?;
    let scale = demo::Scale::demo(usize::try_from(past.demo_orders)?);
    let seeded = demo::seed_if_empty(db, data_dir, scale).await;
    let seeded = seeded.context("filling in the demo data")?;
    let Some(accounts) = seeded else { return Ok(false) };
    say(&format!("demo accounts, kept in {}:", accounts.file.display()));
    for account in [&accounts.buyer, &accounts.seller] {
        say(&format!("  {}  {}", account.email, account.password));
    }
    Ok(true)
}

fn watch(readiness: &Readiness, running: &store::Running) {
    let shop = running.shop().clone();
    readiness.register_now("store", move || {
        let ready = shop.readiness().ledger.then(|| "runs".to_owned());
        ready.ok_or_else(|| "its database does not take writes at present".to_owned())
    });
    let shop = running.shop().clone();
    readiness.register_now("store to world", move || world_link(&shop.world_status()));
    let shop = running.shop().clone();
    readiness.register_now("store to carrier", move || {
        let status = shop.carrier_status();
        match status.reachable {
            Some(true) => Ok("reachable".to_owned()),
            // Nothing to post, nothing to find out.
            None => Ok("not tried yet".to_owned()),
            Some(false) => Err(status.reason),
        }
    });
}

fn world_link(status: &WorldStatus) -> Result<String, String> {
    match status.world {
        // As it shall be: orders are taken and wait.
        _ if status.held => Ok("disconnected by an admin".to_owned()),
        Some(world) if status.connected => Ok(format!("in world {world}")),
        Some(world) => Err(format!("not in world {world}: {}", status.reason)),
        None => Err("nobody has said yet which world: a carrier does, or --world-id".to_owned()),
    }
}

impl Part for store::Running {
    fn name(&self) -> &'static str {
        "the store"
    }

    fn ended(&self) -> Boxed<'_, Result<(), ServiceFailure>> {
        Box::pin(Self::ended(self))
    }

    fn stop(self: Box<Self>) -> Boxed<'static, ()> {
        Box::pin(Self::stop(*self))
    }
}
