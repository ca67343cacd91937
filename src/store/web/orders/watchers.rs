//! Hands each change to those who follow its order, and to nobody else.
//!
//! One task reads all changes; without it every open page would read every
//! package's.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::broadcast::{self, error::RecvError};

use crate::{basis::OrderId, store::model::PackageChange};

/// Pages and programs that follow orders at once.
const FOLLOWERS_MAX: usize = 4_096;
/// Changes of one order that a follower may fall behind.
const BEHIND_MAX: usize = 64;

/// Those who follow orders.
#[derive(Clone)]
pub struct Watchers {
    orders: Arc<Mutex<Orders>>,
}

#[derive(Default)]
struct Orders {
    by_id: HashMap<OrderId, broadcast::Sender<News>>,
    followers: usize,
}

/// What a follower hears.
#[derive(Debug, Clone)]
pub enum News {
    Changed(Arc<PackageChange>),
    /// Something was missed: read the order again.
    Missed,
}

/// One who follows one order, until dropped.
pub struct Following {
    order: OrderId,
    news: broadcast::Receiver<News>,
    watchers: Watchers,
}

impl Watchers {
    pub fn start(changes: broadcast::Receiver<Arc<PackageChange>>) -> Self {
        let watchers = Self { orders: Arc::default() };
        tokio::spawn(watchers.clone().pass_on(changes));
        watchers
    }

    /// Follows an order from now on; None when too many follow already.
    pub fn follow(&self, order: OrderId) -> Option<Following> {
        let mut orders = self.lock();
        if orders.followers >= FOLLOWERS_MAX {
            return None;
        }
        orders.followers += 1;
        let sender =
            orders.by_id.entry(order).or_insert_with(|| broadcast::Sender::new(BEHIND_MAX));
        Some(Following { order, news: sender.subscribe(), watchers: self.clone() })
    }

    async fn pass_on(self, mut changes: broadcast::Receiver<Arc<PackageChange>>) {
        loop {
            match changes.recv().await {
                Ok(change) => self.tell(change),
                Err(RecvError::Lagged(_)) => self.tell_all(),
                Err(RecvError::Closed) => return self.lock().by_id.clear(),
            }
        }
    }

    fn tell(&self, change: Arc<PackageChange>) {
        if let Some(followers) = self.lock().by_id.get(&change.order) {
            // The last one may be leaving.
            let _ = followers.send(News::Changed(change));
        }
    }

    fn tell_all(&self) {
        for followers in self.lock().by_id.values() {
            let _ = followers.send(News::Missed);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Orders> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Following {
    /// The next news; None when there will be no more.
    pub async fn next(&mut self) -> Option<News> {
        match self.news.recv().await {
            Ok(news) => Some(news),
            Err(RecvError::Lagged(_)) => Some(News::Missed),
            Err(RecvError::Closed) => None,
        }
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let mut orders = self.watchers.lock();
        orders.followers -= 1;
        // The receiver of this one still counts.
        if orders.by_id.get(&self.order).is_some_and(|sender| sender.receiver_count() <= 1) {
            orders.by_id.remove(&self.order);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        basis::{PackageId, SimTime, WarehouseId},
        store::model::{PackageStatus, outputs::Change},
    };

    fn change(order: i64) -> Arc<PackageChange> {
        Arc::new(PackageChange {
            seq: None,
            order: OrderId(order),
            package: PackageId(order),
            warehouse: WarehouseId(1),
            change: Change::Status,
            status: PackageStatus::Packed,
            tracking_number: None,
            truck: None,
            at: SimTime(1),
            since: None,
        })
    }

    #[tokio::test]
    async fn a_follower_hears_of_its_order_only_and_leaves_nothing_behind() {
        let changes = broadcast::Sender::new(8);
        let watchers = Watchers::start(changes.subscribe());
        let mut following = watchers.follow(OrderId(7)).unwrap();
        changes.send(change(6)).unwrap();
        changes.send(change(7)).unwrap();
        let Some(News::Changed(heard)) = following.next().await else { panic!("nothing heard") };
        assert_eq!(heard.order, OrderId(7));
        drop(following);
        assert!(watchers.lock().by_id.is_empty());
        assert_eq!(watchers.lock().followers, 0);
    }

    #[tokio::test]
    async fn who_falls_behind_is_told_to_read_again() {
        let changes = broadcast::Sender::new(4);
        let receiver = changes.subscribe();
        for _ in 0..10 {
            changes.send(change(7)).unwrap();
        }
        let watchers = Watchers { orders: Arc::default() };
        let mut following = watchers.follow(OrderId(7)).unwrap();
        tokio::spawn(watchers.clone().pass_on(receiver));
        assert!(matches!(following.next().await, Some(News::Missed)));
    }
}
