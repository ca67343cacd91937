//! Which store or carrier is tried, and as whom.

use std::{io::IsTerminal, time::Duration};

use clap::Args;

use super::{ConformOptions, Levels};
use crate::{
    cli::options::WebhookOptions,
    conform::{Findings, PeerSubject, carrier, store},
};

#[derive(Debug, Args)]
#[command(next_help_heading = "A store or a carrier")]
pub(super) struct PeerOptions {
    /// Tries the store at this address, as a carrier
    #[arg(long, env = "WAYBILL_STORE", value_name = "URL", num_args = 0..=1)]
    #[arg(default_missing_value = "http://127.0.0.1:8080")]
    pub(super) store: Option<String>,
    /// Tries the carrier whose entrances are below this address, as a store
    #[arg(long, env = "WAYBILL_CARRIER", value_name = "URL", num_args = 0..=1)]
    #[arg(default_missing_value = "http://127.0.0.1:8081/api")]
    pub(super) carrier: Option<String>,
    /// Where the party posts to us: a store was started with --carrier-url http://ADDR/api, a
    /// carrier with --store-url http://ADDR. Without it, what needs shipments is skipped
    #[arg(long, env = "WAYBILL_LISTEN", value_name = "ADDR")]
    listen: Option<String>,
    /// The token of an account that may order at the store [default: a new account]
    #[arg(long, env = "WAYBILL_STORE_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    store_token: Option<String>,
    /// The warehouse that we have in the carrier's world; it is added where it is not there
    #[arg(long, env = "WAYBILL_WAREHOUSE", value_name = "ID", default_value_t = 9001)]
    warehouse: i32,
    /// The world to bring the store to, or in which the carrier is [default: of a store a new one,
    /// of a carrier the one that it tells]
    #[arg(long, env = "WAYBILL_WORLD_ID", value_name = "N")]
    #[arg(value_parser = clap::value_parser!(i64).range(1..))]
    world_id: Option<i64>,
    #[command(flatten)]
    webhooks: WebhookOptions,
}

impl PeerOptions {
    /// Whether a store or a carrier is tried, and not a world.
    pub(super) fn are_meant(&self) -> bool {
        self.store.is_some() || self.carrier.is_some()
    }
}

/// The store first, then the carrier, where both are given.
pub(super) async fn try_them(options: &ConformOptions) -> anyhow::Result<Findings> {
    let PeerOptions { store, carrier, listen, .. } = &options.peers;
    anyhow::ensure!(
        listen.is_none() || store.is_none() || carrier.is_none(),
        "--listen is where one party posts to us: try the store and the carrier one after the other"
    );
    let of_store = match store {
        Some(url) => {
            let subject = subject(options, url, &options.ups)?;
            Some(Box::pin(store::run(&named(subject, "store"))).await?)
        }
        None => None,
    };
    let of_carrier = match carrier {
        Some(url) => {
            let subject = subject(options, url, &options.amazon)?;
            Some(Box::pin(carrier::run(&named(subject, "carrier"))).await?)
        }
        None => None,
    };
    let both = of_store.into_iter().chain(of_carrier).reduce(Findings::and);
    both.ok_or_else(|| anyhow::anyhow!("neither --store nor --carrier is given"))
}

/// Where both are tried, each has the names that are its own.
fn named(mut subject: PeerSubject, side: &str) -> PeerSubject {
    let is_ours = |name: &String| name.split('.').next() == Some(side);
    if subject.only.iter().any(is_ours) {
        subject.only.retain(is_ours);
    }
    subject
}

fn subject(options: &ConformOptions, url: &str, world: &str) -> anyhow::Result<PeerSubject> {
    let peers = &options.peers;
    Ok(PeerSubject {
        url: url.to_owned(),
        listen: peers.listen.clone(),
        keys: peers.webhooks.keys()?,
        world: world.to_owned(),
        world_id: peers.world_id,
        store_token: peers.store_token.clone(),
        warehouse: peers.warehouse,
        only: options.only.clone(),
        with_ours: options.level == Levels::All,
        patience: Duration::from_secs_f64(options.patience),
        jobs: usize::from(options.jobs),
        show_progress: std::io::stderr().is_terminal(),
    })
}
