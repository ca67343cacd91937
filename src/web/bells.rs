//! Wakes those who follow their notices, each when there is news for its account.
//!
//! It holds no notice: who is woken reads how things stand.

use std::{
    collections::HashMap,
    convert::Infallible,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::response::{
    IntoResponse, Response,
    sse::{Event, KeepAlive, Sse},
};
use futures_util::stream;
use serde::Serialize;
use tokio::sync::watch;

use super::Closing;
use crate::basis::AccountId;

const COMMENT_EVERY: Duration = Duration::from_secs(15);
const COME_BACK_AFTER: Duration = Duration::from_secs(3);

/// Pages and programs that follow notices at once.
const FOLLOWERS_MAX: usize = 4_096;
/// Of one account: whoever has more pages open has them wait.
const FOLLOWERS_OF_ONE_MAX: usize = 32;

/// Those who follow their notices.
#[derive(Debug, Clone, Default)]
pub struct Bells {
    rung: Arc<Mutex<Rung>>,
}

#[derive(Debug, Default)]
struct Rung {
    by_account: HashMap<AccountId, watch::Sender<u64>>,
    followers: usize,
}

/// One who follows, until dropped.
#[derive(Debug)]
pub struct Following {
    account: AccountId,
    rings: watch::Receiver<u64>,
    bells: Bells,
}

impl Bells {
    /// Follows an account's notices from now on; None when too many follow already.
    pub fn follow(&self, account: AccountId) -> Option<Following> {
        let mut rung = self.lock();
        let of_this = rung.by_account.get(&account).map_or(0, watch::Sender::receiver_count);
        if rung.followers >= FOLLOWERS_MAX || of_this >= FOLLOWERS_OF_ONE_MAX {
            return None;
        }
        rung.followers += 1;
        let sender = rung.by_account.entry(account).or_default();
        Some(Following { account, rings: sender.subscribe(), bells: self.clone() })
    }

    /// There is news for these.
    pub fn ring(&self, accounts: impl IntoIterator<Item = AccountId>) {
        let rung = self.lock();
        for sender in accounts.into_iter().filter_map(|account| rung.by_account.get(&account)) {
            sender.send_modify(|rings| *rings += 1);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Rung> {
        self.rung.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Following {
    /// A stream of server-sent events named `notices`: how things stand, `first` as it is now and
    /// then as `read` says whenever there is news, so that a client never adds up what it missed.
    /// It ends where nothing can be read, and who wants more comes back.
    pub fn events<T, F>(
        self,
        closing: Closing,
        first: T,
        read: impl Fn() -> F + Send + 'static,
    ) -> Response
    where
        T: Serialize + Send + 'static,
        F: Future<Output = Option<T>> + Send + 'static,
    {
        let closing: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(closing.closed());
        let feed = (self, closing, Some(first), read);
        let events = stream::unfold(feed, |(mut following, mut closing, unsaid, read)| async {
            let now = match unsaid {
                Some(first) => first,
                None => {
                    tokio::select! {
                        () = following.next() => {}
                        () = &mut closing => return None,
                    }
                    read().await?
                }
            };
            let event = Event::default().event("notices").retry(COME_BACK_AFTER);
            let event = event.json_data(now).ok()?;
            Some((Ok::<_, Infallible>(event), (following, closing, None, read)))
        });
        Sse::new(events).keep_alive(KeepAlive::new().interval(COMMENT_EVERY)).into_response()
    }

    /// Returns when there is news that was not followed yet.
    pub async fn next(&mut self) {
        if self.rings.changed().await.is_err() {
            // The sender lives as long as its followers; without one there is no news.
            std::future::pending().await
        }
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let mut rung = self.bells.lock();
        rung.followers -= 1;
        // The receiver of this one still counts.
        let is_last = |sender: &watch::Sender<u64>| sender.receiver_count() <= 1;
        if rung.by_account.get(&self.account).is_some_and(is_last) {
            rung.by_account.remove(&self.account);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_follower_is_woken_for_its_account_and_leaves_nothing_behind() {
        let bells = Bells::default();
        let mut following = bells.follow(AccountId(7)).unwrap();
        bells.ring([AccountId(6)]);
        assert!(!following.rings.has_changed().unwrap());
        bells.ring([AccountId(7), AccountId(7)]);
        following.next().await;
        assert!(!following.rings.has_changed().unwrap(), "two rings at once are one");
        drop(following);
        let rung = bells.lock();
        assert!(rung.by_account.is_empty() && rung.followers == 0);
    }

    #[test]
    fn one_account_does_not_take_everybodys_place() {
        let bells = Bells::default();
        let follow = |account| bells.follow(AccountId(account));
        let held: Vec<_> = (0..FOLLOWERS_OF_ONE_MAX).map(|_| follow(1).unwrap()).collect();
        assert!(follow(1).is_none());
        assert!(follow(2).is_some());
        drop(held);
        assert!(follow(1).is_some());
    }
}
