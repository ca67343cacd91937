//! The post office of a party: who lives where, and how a letter gets there.
//!
//! It starts everybody from the committed state, founds residents when a
//! letter calls for one, and ends the service as a whole when a part of it can
//! not be kept alive.
//!
//! ```text
//! office "store"
//! ├── ledger
//! └── steward              fails the service when a keeper fails
//!     ├── keeper "package" one for each kind; fails when a resident fails
//!     │   └── resident …   restarts in place from the committed state, with backoff
//!     └── keeper …
//! ```

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ractor::{Actor, ActorRef, ActorRuntime, MessagingErr};
use tokio::sync::watch;

use super::{
    Clock, Durable, Edge, Ledger, LedgerSettings, Outbox,
    actor::{Keeper, KindMetrics, Post, ResidentActor, Steward},
};
use crate::db::Db;

const SHARDS: usize = 16;

/// How a service treats its actors.
#[derive(Debug, Clone, Copy)]
pub struct OfficeSettings {
    pub ledger: LedgerSettings,
    /// Restarts of one resident within `restart_window` before its service is restarted.
    pub restarts_max: usize,
    pub restart_window: Duration,
    /// Before the first restart of a resident; doubles with each within the window.
    pub restart_backoff: Duration,
}

impl Default for OfficeSettings {
    fn default() -> Self {
        Self {
            ledger: LedgerSettings::default(),
            restarts_max: 5,
            restart_window: Duration::from_secs(30),
            restart_backoff: Duration::from_millis(20),
        }
    }
}

/// Why a service can not go on as it is; it can be opened again from what is committed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{party}: {reason}")]
pub struct ServiceFailure {
    pub party: &'static str,
    pub reason: String,
    /// Opening it again would not help, or would harm.
    pub is_final: bool,
}

/// A handle to a running party; cheap to clone.
pub struct Office<P: Durable> {
    pub(super) inner: Arc<Inner<P>>,
}

impl<P: Durable> Clone for Office<P> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

type Book<P> = HashMap<<P as super::Party>::Address, ActorRef<Post<P>>>;

pub(super) struct Inner<P: Durable> {
    pub(super) db: Db,
    pub(super) clock: Clock,
    pub(super) ledger: Ledger<P>,
    pub(super) settings: OfficeSettings,
    pub(super) kinds: HashMap<&'static str, KindMetrics>,
    keepers: HashMap<&'static str, ActorRef<()>>,
    steward: ActorRef<()>,
    book: [RwLock<Book<P>>; SHARDS],
    hasher: RandomState,
    closing: AtomicBool,
    failure: watch::Sender<Option<ServiceFailure>>,
}

impl<P: Durable> Office<P> {
    /// Brings a party to life from its committed state. `publish` makes the
    /// office known before the first letter is delivered.
    pub async fn open(
        db: Db,
        clock: Clock,
        edge: Arc<dyn Edge<P>>,
        settings: OfficeSettings,
        publish: impl FnOnce(&Self),
    ) -> anyhow::Result<Self> {
        let disk = P::load(&db).await?;
        let (ledger, writer) = Ledger::start(db.clone(), edge, settings.ledger).await?;
        let failure = watch::Sender::new(None);
        let (steward, _) = Actor::spawn(None, Steward::new(P::NAME, failure.clone()), ()).await?;
        let mut keepers = HashMap::new();
        for kind in P::kinds() {
            let keeper = Keeper::new(P::NAME, kind);
            let (keeper, _) = Actor::spawn_linked(None, keeper, (), steward.get_cell()).await?;
            keepers.insert(*kind, keeper);
        }
        let kinds = P::kinds().iter().map(|kind| (*kind, KindMetrics::new(P::NAME, kind)));
        let inner = Inner {
            db,
            clock,
            ledger,
            settings,
            kinds: kinds.collect(),
            keepers,
            steward,
            book: std::array::from_fn(|_| RwLock::new(HashMap::new())),
            hasher: RandomState::new(),
            closing: AtomicBool::new(false),
            failure,
        };
        let office = Self { inner: Arc::new(inner) };
        office.watch_ledger(writer);
        publish(&office);
        office.settle_everybody(disk).await;
        Ok(office)
    }

    /// Delivers a letter, founding its addressee where the letter calls for that.
    pub fn post(&self, letter: P::Letter) {
        let address = P::address(&letter);
        if let Some(resident) = self.find(&address) {
            return self.hand_over(&resident, &address, letter);
        }
        match P::found(&letter, self.now()) {
            Some(newcomer) => {
                if let Some(resident) = self.settle(address.clone(), newcomer) {
                    self.hand_over(&resident, &address, letter);
                }
            }
            None => self.bounce(&letter),
        }
    }

    pub fn now(&self) -> crate::basis::SimTime {
        self.inner.clock.now()
    }

    pub fn ledger(&self) -> &Ledger<P> {
        &self.inner.ledger
    }

    /// How many residents there are.
    pub fn population(&self) -> usize {
        (0..SHARDS).map(|shard| self.read(shard).len()).sum()
    }

    /// Returns when the service can not go on; never where all is well.
    pub async fn failed(&self) -> ServiceFailure {
        let mut failure = self.inner.failure.subscribe();
        loop {
            if let Some(failure) = failure.borrow_and_update().clone() {
                return failure;
            }
            if failure.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Stops every actor after the letters it has, and returns when all that they did is committed.
    pub async fn close(&self) {
        self.inner.closing.store(true, Ordering::Release);
        for keeper in self.inner.keepers.values() {
            keeper.drain_children_and_wait(Some(Duration::from_secs(5))).await;
        }
        self.inner.ledger.flush().await;
        let _ = self.inner.steward.stop_and_wait(None, Some(Duration::from_secs(1))).await;
        for shard in 0..SHARDS {
            self.write(shard).clear();
        }
    }

    pub(super) fn fail(&self, reason: String) {
        if self.inner.closing.load(Ordering::Acquire) {
            return;
        }
        let failure = ServiceFailure { party: P::NAME, reason, is_final: false };
        self.inner.failure.send_if_modified(|slot| {
            let first = slot.is_none();
            slot.get_or_insert(failure);
            first
        });
    }

    /// Ends every actor at once. What they handed to the ledger is committed, so
    /// that the next office reads a state to which nothing is added behind its back.
    pub(super) async fn abandon(&self) {
        self.inner.closing.store(true, Ordering::Release);
        for keeper in self.inner.keepers.values() {
            keeper.stop_children_and_wait(None, Some(Duration::from_secs(5))).await;
            keeper.kill();
        }
        self.inner.steward.kill();
        self.inner.ledger.flush().await;
        for shard in 0..SHARDS {
            self.write(shard).clear();
        }
    }

    pub(super) fn leave(&self, address: &P::Address) {
        self.write(self.shard(address)).remove(address);
    }

    async fn settle_everybody(&self, disk: P::Disk) {
        let mut out = Outbox::new();
        let residents = P::restore(disk, self.now(), &mut out);
        for (address, resident) in residents {
            self.settle(address, resident);
        }
        self.inner.ledger.enter(&mut out).await;
        for letter in out.letters.drain(..) {
            self.post(letter);
        }
    }

    /// Gives the resident an actor; whoever lives there already stays.
    fn settle(&self, address: P::Address, resident: P::Resident) -> Option<ActorRef<Post<P>>> {
        let kind = P::kind(&address);
        let keeper = self.inner.keepers.get(kind)?;
        let mut book = self.write(self.shard(&address));
        if let Some(resident) = book.get(&address) {
            return Some(resident.clone());
        }
        let actor = ResidentActor::new(self.clone(), address.clone(), kind);
        match ActorRuntime::spawn_linked_instant(None, actor, resident, keeper.get_cell()) {
            Ok((resident, _)) => {
                book.insert(address, resident.clone());
                Some(resident)
            }
            Err(error) => {
                drop(book);
                self.fail(format!("could not start the {kind} actor at {address:?}: {error}"));
                None
            }
        }
    }

    fn find(&self, address: &P::Address) -> Option<ActorRef<Post<P>>> {
        self.read(self.shard(address)).get(address).cloned()
    }

    fn hand_over(&self, resident: &ActorRef<Post<P>>, address: &P::Address, letter: P::Letter) {
        let metrics = self.inner.kinds.get(P::kind(address));
        if let Some(metrics) = metrics {
            metrics.arrived();
        }
        let Err(refused) = resident.cast(Post::Letter(letter)) else { return };
        if let Some(metrics) = metrics {
            metrics.left();
        }
        // It has just finished: the letter comes to an empty house.
        if let MessagingErr::SendErr(Post::Letter(letter)) = refused {
            self.bounce(&letter);
        }
    }

    pub(super) fn bounce(&self, letter: &P::Letter) {
        let mut out = Outbox::new();
        P::bounce(letter, self.now(), &mut out);
        if out.is_empty() {
            tracing::debug!(party = P::NAME, ?letter, "a letter to nobody");
            return;
        }
        let office = self.clone();
        tokio::spawn(async move {
            office.inner.ledger.enter(&mut out).await;
            for letter in out.letters.drain(..) {
                office.post(letter);
            }
        });
    }

    fn watch_ledger(
        &self,
        writer: tokio::task::JoinHandle<Result<(), super::ledger::LedgerError>>,
    ) {
        let failure = self.inner.failure.clone();
        tokio::spawn(async move {
            let (reason, is_final) = match writer.await {
                Ok(Ok(())) => return,
                Ok(Err(error)) => (error.to_string(), error.is_final()),
                Err(panic) => (format!("the ledger panicked: {panic}"), false),
            };
            failure.send_replace(Some(ServiceFailure { party: P::NAME, reason, is_final }));
        });
    }

    fn shard(&self, address: &P::Address) -> usize {
        (self.inner.hasher.hash_one(address) % SHARDS as u64) as usize
    }

    fn read(&self, shard: usize) -> RwLockReadGuard<'_, Book<P>> {
        self.inner.book[shard].read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, shard: usize) -> RwLockWriteGuard<'_, Book<P>> {
        self.inner.book[shard].write().unwrap_or_else(PoisonError::into_inner)
    }
}
