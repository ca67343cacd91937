//! The load tester: buyers that place orders through the store's API as fast as
//! it takes them, and watch until they are delivered.
//!
//! It knows the store only by its API, so it measures any store that has the
//! same one. It is a closed loop: each buyer places the next order when the one
//! before is answered, so a store that slows down also slows the load.
//!
//! ```text
//! open shop ──▶ placing: C buyers, a connection each ──▶ ids ──▶ following: a few watchers
//!                              └── tallies ──▶ report ◀──────────────┘
//! ```

mod api;
mod connection;
mod following;
mod placing;
mod report;
mod tally;
pub mod world;

use std::{sync::Arc, time::Duration};

use anyhow::{Context, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::mpsc;

pub use api::{Account, Api, Placed};
pub use report::{Delivery, Placing, Report};

/// How far orders are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Until {
    /// Until the store has answered that they are placed.
    Placed,
    /// Until every package is delivered.
    Delivered,
}

/// What to do to which store.
#[derive(Debug, Clone)]
pub struct LoadSettings {
    pub store_url: String,
    pub orders: u64,
    pub concurrency: usize,
    pub accounts: usize,
    pub until: Until,
    /// One order is tried again, or followed, for no longer than this.
    pub patience: Duration,
    /// Destinations lie within this distance of the origin on each axis.
    pub reach: i32,
    pub show_progress: bool,
}

impl Default for LoadSettings {
    fn default() -> Self {
        Self {
            store_url: "http://127.0.0.1:8080".to_owned(),
            orders: 1_000,
            concurrency: 64,
            accounts: 8,
            until: Until::Placed,
            patience: Duration::from_secs(120),
            reach: 20,
            show_progress: false,
        }
    }
}

/// Runs the whole thing.
pub async fn run(settings: LoadSettings) -> anyhow::Result<Report> {
    ensure!(settings.orders > 0, "--orders must be at least 1");
    ensure!(settings.concurrency > 0, "--concurrency must be at least 1");
    let api = Api::new(&settings.store_url)?;
    let accounts = api.open_accounts(settings.accounts.max(1)).await?;
    let listings = api.listings().await.context("reading the catalog")?;
    ensure!(!listings.is_empty(), "the store sells nothing; start it with --demo");
    let shop = Arc::new(placing::Shopping::new(api, accounts, listings, &settings));

    let (placed, to_follow) = mpsc::unbounded_channel();
    let progress = progress(&settings);
    let follow = (settings.until == Until::Delivered)
        .then(|| tokio::spawn(following::follow(Arc::clone(&shop), to_follow, settings.patience)));
    let placing = placing::place_all(&shop, &settings, placed, &progress).await;
    progress.finish_and_clear();
    let delivery = match follow {
        Some(follow) => Some(follow.await.context("the watchers of orders failed")?),
        None => None,
    };
    Ok(Report { placing: placing?, delivery })
}

fn progress(settings: &LoadSettings) -> ProgressBar {
    if !settings.show_progress {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(settings.orders);
    let style = "{bar:40} {pos}/{len} orders placed, {per_sec}, {eta} left";
    match ProgressStyle::with_template(style) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

#[cfg(test)]
mod tests;
