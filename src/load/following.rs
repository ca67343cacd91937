//! Watchers: they look an order up now and then until it has ended.
//!
//! Orders are looked at in the order in which they were placed, so that most
//! need one look, when they have ended already, and the store is not asked
//! about each of them all the time. What they measure is therefore the rate of
//! deliveries, not the time of a single one.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::{Mutex, mpsc::UnboundedReceiver};

use super::{
    api,
    connection::Connection,
    placing::{Follow, Shopping},
    report::Delivery,
};

const WATCHERS: usize = 4;
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Follows every order that comes in, until it ends or patience does.
pub(super) async fn follow(
    shop: Arc<Shopping>,
    placed: UnboundedReceiver<Follow>,
    patience: Duration,
) -> Delivery {
    let placed = Arc::new(Mutex::new(placed));
    let watchers = (0..WATCHERS).map(|_| {
        let watcher = Watcher {
            connection: shop.api.connect(),
            shop: Arc::clone(&shop),
            placed: Arc::clone(&placed),
            patience,
        };
        tokio::spawn(watcher.watch())
    });
    let watchers: Vec<_> = watchers.collect();
    let mut total = Delivery::default();
    for watcher in watchers {
        match watcher.await {
            Ok(seen) => total.add(&seen),
            Err(error) => tracing::error!(%error, "a watcher of orders failed"),
        }
    }
    total
}

struct Watcher {
    shop: Arc<Shopping>,
    connection: Connection,
    placed: Arc<Mutex<UnboundedReceiver<Follow>>>,
    patience: Duration,
}

impl Watcher {
    async fn watch(mut self) -> Delivery {
        let mut seen = Delivery::default();
        while let Some(order) = self.next().await {
            self.until_it_ends(&order, &mut seen).await;
        }
        seen
    }

    async fn next(&self) -> Option<Follow> {
        self.placed.lock().await.recv().await
    }

    async fn until_it_ends(&mut self, follow: &Follow, seen: &mut Delivery) {
        let account = &self.shop.accounts[follow.account];
        let started = Instant::now();
        loop {
            let found = api::look_up(&mut self.connection, account, follow.order).await;
            if let Ok(order) = &found
                && seen.count(order, self.shop.started.elapsed())
            {
                return;
            }
            if started.elapsed() > self.patience {
                let said = found.map_or_else(|e| format!("{e:#}"), |order| order.status);
                tracing::warn!(order = follow.order, said, "not followed any longer");
                seen.unfinished += 1;
                return;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}
