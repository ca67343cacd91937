//! Buyers: each has a connection and places one order after another.
//!
//! An order whose answer got lost, or that found the house full, is placed
//! again under the same idempotency key; its latency counts from the first try.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use indicatif::ProgressBar;
use serde_json::json;
use tokio::sync::mpsc::UnboundedSender;

use super::{
    LoadSettings,
    api::{self, Account, Api, Attempt, Placed},
    connection::Connection,
    report::Placing,
    tally::Tally,
};

const BROKEN_PAUSE: Duration = Duration::from_millis(200);

/// An order to be watched.
#[derive(Debug)]
pub(super) struct Follow {
    pub account: usize,
    pub order: i64,
}

/// What buyers and watchers share.
pub(super) struct Shopping {
    pub api: Api,
    pub accounts: Vec<Account>,
    pub started: Instant,
    listings: Vec<i64>,
    run: u64,
    orders: u64,
    next: AtomicU64,
    patience: Duration,
    reach: i32,
}

impl Shopping {
    pub fn new(
        api: Api,
        accounts: Vec<Account>,
        listings: Vec<i64>,
        settings: &LoadSettings,
    ) -> Self {
        Self {
            api,
            accounts,
            started: Instant::now(),
            listings,
            run: rand::random(),
            orders: settings.orders,
            next: AtomicU64::new(0),
            patience: settings.patience,
            reach: settings.reach.saturating_abs(),
        }
    }

    fn take_number(&self) -> Option<u64> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        (number < self.orders).then_some(number)
    }

    fn order(&self) -> Bytes {
        let listing = self.listings[rand::random_range(0..self.listings.len())];
        let along = || rand::random_range(-self.reach..=self.reach);
        let order = json!({
            "items": [{ "listing_id": listing, "quantity": 1 }],
            "destination": { "x": along(), "y": along() },
        });
        Bytes::from(order.to_string())
    }
}

/// Places all orders; returns when the last is answered.
pub(super) async fn place_all(
    shop: &Arc<Shopping>,
    settings: &LoadSettings,
    placed: UnboundedSender<Follow>,
    progress: &ProgressBar,
) -> anyhow::Result<Placing> {
    let started = Instant::now();
    let buyers = (0..settings.concurrency).map(|number| {
        let buyer = Buyer {
            shop: Arc::clone(shop),
            account: number % shop.accounts.len(),
            connection: shop.api.connect(),
            placed: placed.clone(),
            progress: progress.clone(),
        };
        tokio::spawn(buyer.buy())
    });
    let buyers: Vec<_> = buyers.collect();
    drop(placed);
    let mut total = Tally::new()?;
    for buyer in buyers {
        total.add(&buyer.await??)?;
    }
    Ok(Placing::of(&total, settings.orders, started.elapsed()))
}

struct Buyer {
    shop: Arc<Shopping>,
    account: usize,
    connection: Connection,
    placed: UnboundedSender<Follow>,
    progress: ProgressBar,
}

impl Buyer {
    async fn buy(mut self) -> anyhow::Result<Tally> {
        let mut tally = Tally::new()?;
        while let Some(number) = self.shop.take_number() {
            let started = Instant::now();
            match self.place(number, started, &mut tally).await {
                Ok(placed) => {
                    tally.placed_after(started.elapsed());
                    let _ = self.placed.send(Follow { account: self.account, order: placed.id });
                }
                Err(reason) => tally.failed(reason),
            }
            self.progress.inc(1);
        }
        Ok(tally)
    }

    async fn place(
        &mut self,
        number: u64,
        started: Instant,
        tally: &mut Tally,
    ) -> Result<Placed, String> {
        let shop = Arc::clone(&self.shop);
        let key = format!("load-{:016x}-{number}", shop.run);
        let (order, account) = (shop.order(), &shop.accounts[self.account]);
        loop {
            let attempt = api::place(&mut self.connection, account, &key, order.clone()).await;
            let (pause, said) = match attempt {
                Ok(Attempt::Placed(placed)) => return Ok(placed),
                Ok(Attempt::Refused(reason)) => return Err(reason),
                Ok(Attempt::Busy { retry_after_s }) => {
                    tally.busy += 1;
                    (Duration::from_secs(retry_after_s), "503, still".to_owned())
                }
                Err(error) => {
                    tally.broken += 1;
                    (BROKEN_PAUSE, format!("no answer: {error:#}"))
                }
            };
            if started.elapsed() + pause > shop.patience {
                return Err(format!("{said} after {} s", shop.patience.as_secs()));
            }
            tokio::time::sleep(pause).await;
        }
    }
}
