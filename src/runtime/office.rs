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
        Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, SystemTime},
};

use ractor::{Actor, ActorRef, ActorRuntime, ActorStatus, MessagingErr};
use tokio::{sync::watch, task::AbortHandle};

use super::{
    Clock, Durable, Edge, Ledger, LedgerSettings, Outbox,
    actor::{Keeper, KindMetrics, Post, ResidentActor, Steward},
    ledger::WriterTask,
};
use crate::db::Db;

pub(super) const SHARDS: usize = 16;

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

type Book<P> = HashMap<<P as super::Party>::Address, Housed<P>>;

/// Somebody who lives here: the actor, and how many letters are in its mailbox.
pub(super) struct Housed<P: super::Party> {
    actor: ActorRef<Post<P>>,
    queued: Arc<AtomicU32>,
}

impl<P: super::Party> Clone for Housed<P> {
    fn clone(&self) -> Self {
        Self { actor: self.actor.clone(), queued: Arc::clone(&self.queued) }
    }
}

impl<P: super::Party> Housed<P> {
    pub(super) fn queued(&self) -> usize {
        // A letter that was taken out before it was counted is one too few for a moment.
        self.queued.load(Ordering::Relaxed).cast_signed().max(0).cast_unsigned() as usize
    }
}

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
    /// Letters that came before everybody was in: they wait, so that none is
    /// taken for a letter to nobody. None once the doors are open.
    lobby: Mutex<Option<Vec<P::Letter>>>,
    opened_at: SystemTime,
    is_open: AtomicBool,
    closing: AtomicBool,
    failure: watch::Sender<Option<ServiceFailure>>,
    writer: AbortHandle,
}

impl<P: Durable> Office<P> {
    /// Brings a party to life from its committed state. `publish` makes the
    /// office known before anybody in it can be heard outside.
    pub async fn open(
        db: Db,
        clock: Clock,
        edge: Arc<dyn Edge<P>>,
        settings: OfficeSettings,
        publish: impl FnOnce(&Self),
    ) -> anyhow::Result<Self> {
        // The ledger begins before the state is read: who wrote here before can not any more.
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
            db: db.clone(),
            clock,
            ledger,
            settings,
            kinds: kinds.collect(),
            keepers,
            steward,
            book: std::array::from_fn(|_| RwLock::new(HashMap::new())),
            hasher: RandomState::new(),
            lobby: Mutex::new(Some(Vec::new())),
            opened_at: SystemTime::now(),
            is_open: AtomicBool::new(false),
            closing: AtomicBool::new(false),
            failure,
            writer: writer.abort_handle(),
        };
        let office = Self { inner: Arc::new(inner) };
        office.watch_ledger(writer);
        // Known before the state is read: who changes a table that we only read and then
        // posts a letter about it is heard, or has changed it before we look.
        publish(&office);
        let disk = P::load(&db).await?;
        office.settle_everybody(disk).await;
        Ok(office)
    }

    /// Delivers a letter, founding its addressee where the letter calls for that.
    pub fn post(&self, letter: P::Letter) {
        let Some(letter) = self.past_the_lobby(letter) else { return };
        let address = P::address(&letter);
        if let Some(resident) = self.find(&address) {
            return self.hand_over(&resident, &address, letter);
        }
        // An empty house means nothing when everybody is being sent home.
        if self.is_closing() {
            return;
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

    /// Whether everybody is in.
    pub fn is_open(&self) -> bool {
        self.inner.is_open.load(Ordering::Acquire)
    }

    pub(super) fn opened_at(&self) -> SystemTime {
        self.inner.opened_at
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
        self.inner.closing.store(true, Ordering::SeqCst);
        let _ = tokio::time::timeout(Duration::from_secs(1), self.everybody_started()).await;
        for keeper in self.inner.keepers.values() {
            keeper.drain_children_and_wait(Some(Duration::from_secs(5))).await;
        }
        self.end().await;
    }

    pub(super) fn fail(&self, reason: String) {
        if self.is_closing() {
            return;
        }
        let failure = ServiceFailure { party: P::NAME, reason, is_final: false };
        self.inner.failure.send_if_modified(|slot| {
            let first = slot.is_none();
            slot.get_or_insert(failure);
            first
        });
    }

    /// An actor that is drained before it runs never runs at all.
    async fn everybody_started(&self) {
        for shard in 0..SHARDS {
            let is_new = |resident: &Housed<P>| resident.actor.get_status() < ActorStatus::Running;
            while self.read(shard).values().any(is_new) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    }

    /// Ends every actor at once. What they handed to the ledger is committed, so
    /// that the next office reads a state to which nothing is added behind its back.
    pub(super) async fn abandon(&self) {
        self.inner.closing.store(true, Ordering::SeqCst);
        for keeper in self.inner.keepers.values() {
            keeper.stop_children_and_wait(None, Some(Duration::from_secs(5))).await;
        }
        self.end().await;
    }

    /// Ends without waiting for the database any longer.
    pub(super) fn give_up(&self) {
        self.inner.closing.store(true, Ordering::SeqCst);
        self.inner.steward.kill();
        self.inner.writer.abort();
    }

    async fn end(&self) {
        // Whoever still acts is cut short: what it did not hand over has not happened.
        for keeper in self.inner.keepers.values() {
            let _ = keeper.kill_and_wait(Some(Duration::from_secs(1))).await;
        }
        let _ = self.inner.steward.kill_and_wait(Some(Duration::from_secs(1))).await;
        for shard in 0..SHARDS {
            self.write(shard).clear();
        }
        for metrics in self.inner.kinds.values() {
            metrics.emptied();
        }
        self.inner.ledger.close().await;
    }

    /// The letter, unless it has to wait until everybody is in.
    fn past_the_lobby(&self, letter: P::Letter) -> Option<P::Letter> {
        if self.is_open() {
            return Some(letter);
        }
        match &mut *self.inner.lobby.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(lobby) => {
                lobby.push(letter);
                None
            }
            None => Some(letter),
        }
    }

    fn is_closing(&self) -> bool {
        self.inner.closing.load(Ordering::SeqCst)
    }

    pub(super) fn leave(&self, address: &P::Address) {
        self.write(self.shard(address)).remove(address);
    }

    async fn settle_everybody(&self, disk: P::Disk) {
        let mut out = Outbox::new();
        let residents = P::restore(disk, self.now(), &mut out);
        self.inner.ledger.enter(&mut out).await;
        for (address, resident) in residents {
            self.settle(address, resident);
        }
        let early = self.inner.lobby.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.inner.is_open.store(true, Ordering::Release);
        for letter in out.letters.drain(..).chain(early.into_iter().flatten()) {
            self.post(letter);
        }
    }

    /// Gives the resident an actor; whoever lives there already stays.
    fn settle(&self, address: P::Address, resident: P::Resident) -> Option<Housed<P>> {
        let kind = P::kind(&address);
        let keeper = self.inner.keepers.get(kind)?;
        let mut book = self.write(self.shard(&address));
        if let Some(resident) = book.get(&address) {
            return Some(resident.clone());
        }
        let queued = Arc::default();
        let actor = ResidentActor::new(self.clone(), address.clone(), kind, Arc::clone(&queued));
        match ActorRuntime::spawn_linked_instant(None, actor, resident, keeper.get_cell()) {
            Ok((actor, _)) => {
                let resident = Housed { actor, queued };
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

    fn find(&self, address: &P::Address) -> Option<Housed<P>> {
        self.read(self.shard(address)).get(address).cloned()
    }

    fn hand_over(&self, resident: &Housed<P>, address: &P::Address, letter: P::Letter) {
        let metrics = self.inner.kinds.get(P::kind(address));
        if let Some(metrics) = metrics {
            metrics.arrived();
        }
        resident.queued.fetch_add(1, Ordering::Relaxed);
        let Err(refused) = resident.actor.cast(Post::Letter(letter)) else { return };
        if let Some(metrics) = metrics {
            metrics.left();
        }
        resident.queued.fetch_sub(1, Ordering::Relaxed);
        let MessagingErr::SendErr(Post::Letter(letter)) = refused else { return };
        let resident_now = self.find(address).map(|there| there.actor.get_id());
        if resident_now == Some(resident.actor.get_id()) {
            // It did not leave, it died or is being stopped. To say that nobody lives here
            // would be a lie that somebody might acknowledge; so the letter is lost, as in a crash.
            return;
        }
        self.post(letter);
    }

    pub(super) fn bounce(&self, letter: &P::Letter) {
        if self.is_closing() {
            return;
        }
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

    fn watch_ledger(&self, writer: WriterTask) {
        let failure = self.inner.failure.clone();
        tokio::spawn(async move {
            let (reason, is_final) = match writer.await {
                Ok(Ok(())) => return,
                Ok(Err(error)) => (error.to_string(), error.is_final()),
                Err(panic) => (format!("the ledger panicked: {panic}"), false),
            };
            failure.send_modify(|slot| {
                let is_final = is_final || slot.as_ref().is_some_and(|first| first.is_final);
                *slot = Some(ServiceFailure { party: P::NAME, reason, is_final });
            });
        });
    }

    fn shard(&self, address: &P::Address) -> usize {
        (self.inner.hasher.hash_one(address) % SHARDS as u64) as usize
    }

    pub(super) fn read(&self, shard: usize) -> RwLockReadGuard<'_, Book<P>> {
        self.inner.book[shard].read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, shard: usize) -> RwLockWriteGuard<'_, Book<P>> {
        self.inner.book[shard].write().unwrap_or_else(PoisonError::into_inner)
    }
}
