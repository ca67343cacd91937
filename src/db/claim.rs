//! The right to be the only one who works in a schema, and the wait for it.
//!
//! On a server it is an advisory lock, held by a connection of its own: it ends
//! with the connection, and so with the process, however that ends. It guards
//! no table. What somebody writes who has lost it and does not know yet is
//! stopped by the ledger.
//!
//! The database inside the binary has one process anyway; there the claim is
//! between the services of that process.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_postgres::Config;

use super::{
    Db, DbError,
    lock::{Locked, Session, key_of},
};

/// Between two looks whether the holder is gone.
const POLL: Duration = Duration::from_millis(500);

/// A claim to a schema; cheap to clone, and given up with the last clone.
#[derive(Clone)]
pub struct Claim {
    inner: Arc<Inner>,
}

struct Inner {
    db: Db,
    schema: &'static str,
    state: watch::Sender<State>,
    seat: Mutex<Option<Seat>>,
}

/// How it stands with a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    NotTaken,
    Waiting { holder: String },
    Held,
    Lost { reason: String },
}

/// Where claims to a database are settled.
#[derive(Clone)]
pub(super) enum Registry {
    Server(Box<Config>),
    Inside(Arc<Mutex<BTreeMap<&'static str, Arc<Semaphore>>>>),
}

/// What is kept while a claim is held.
enum Seat {
    Server(Session),
    Inside { _permit: OwnedSemaphorePermit },
}

impl Claim {
    /// A claim that nobody has asked for yet.
    pub fn new(db: &Db, schema: &'static str) -> Self {
        let (state, seat) = (watch::Sender::new(State::NotTaken), Mutex::new(None));
        Self { inner: Arc::new(Inner { db: db.clone(), schema, state, seat }) }
    }

    /// The database that it is about.
    pub fn db(&self) -> &Db {
        &self.inner.db
    }

    /// Returns when it is held; at once where it is. Waits as long as another
    /// has it, and says so once. To be called by one at a time.
    ///
    /// Fails where the database does not answer before anybody was waited for.
    pub async fn take(&self) -> Result<(), DbError> {
        if self.is(&State::Held) {
            return Ok(());
        }
        // Of a claim that was lost; its connection may still be there.
        self.swap_seat(None);
        match &self.inner.db.registry {
            Registry::Server(config) => {
                let locked = self.on_server(config).await?;
                self.held();
                // After the word that it is held, so that the word of its loss is the later one.
                let state = self.inner.state.clone();
                let session = locked.watch(move |reason| {
                    state.send_replace(State::Lost { reason });
                });
                self.swap_seat(Some(Seat::Server(session)));
            }
            Registry::Inside(seats) => {
                let permit = self.inside(seats).await?;
                self.held();
                self.swap_seat(Some(Seat::Inside { _permit: permit }));
            }
        }
        Ok(())
    }

    /// Returns, with the reason, when a claim that was held is held no longer.
    pub async fn lost(&self) -> String {
        let mut state = self.inner.state.subscribe();
        loop {
            if let State::Lost { reason } = &*state.borrow_and_update() {
                return reason.clone();
            }
            // Does not fail: the sender lives as long as this handle.
            if state.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Asks the database whether it is held still.
    pub async fn is_held_still(&self) -> bool {
        let look = match &*self.seat() {
            Some(Seat::Server(session)) => session.look(),
            Some(Seat::Inside { .. }) => return true,
            None => return false,
        };
        match look.await {
            Ok(()) => self.is(&State::Held),
            Err(reason) => {
                self.inner.state.send_replace(State::Lost { reason });
                false
            }
        }
    }

    /// Gives it up, so that the next can have it at once.
    pub async fn release(&self) {
        let seat = self.swap_seat(None);
        self.inner.state.send_replace(State::NotTaken);
        if let Some(Seat::Server(session)) = seat {
            session.end().await;
        }
    }

    /// What is, or what is missing, in a sentence.
    pub fn standing(&self) -> Result<String, String> {
        let schema = self.inner.schema;
        match &*self.inner.state.borrow() {
            State::Held => Ok(format!("this process alone works in schema {schema}")),
            State::NotTaken => Err(format!("schema {schema} is not taken")),
            State::Waiting { holder } => {
                Err(format!("waits for another process that works in schema {schema}: {holder}"))
            }
            State::Lost { reason } => Err(format!("lost its claim to schema {schema}: {reason}")),
        }
    }

    /// The lock on a server. A server that goes away while somebody is waited
    /// for is waited for too.
    async fn on_server(&self, config: &Config) -> Result<Locked, DbError> {
        loop {
            match self.try_on_server(config).await {
                Ok(locked) => return Ok(locked),
                Err(error) if matches!(&*self.inner.state.borrow(), State::Waiting { .. }) => {
                    tracing::warn!(schema = self.inner.schema, %error, "waiting for the database");
                }
                Err(error) => return Err(error),
            }
            tokio::time::sleep(POLL * 4).await;
        }
    }

    async fn try_on_server(&self, config: &Config) -> Result<Locked, DbError> {
        let schema = self.inner.schema;
        let mut candidate = super::lock::Candidate::connect(config, schema, key_of(schema)).await?;
        loop {
            candidate = match candidate.try_lock().await? {
                Ok(locked) => return Ok(locked),
                Err(candidate) => candidate,
            };
            self.waits_for(candidate.holder().await?);
            tokio::time::sleep(POLL).await;
        }
    }

    async fn inside(
        &self,
        seats: &Mutex<BTreeMap<&'static str, Arc<Semaphore>>>,
    ) -> Result<OwnedSemaphorePermit, DbError> {
        let seat = {
            let mut seats = seats.lock().unwrap_or_else(PoisonError::into_inner);
            let seat =
                seats.entry(self.inner.schema).or_insert_with(|| Arc::new(Semaphore::new(1)));
            Arc::clone(seat)
        };
        if let Ok(permit) = Arc::clone(&seat).try_acquire_owned() {
            return Ok(permit);
        }
        self.waits_for("another service of this process".to_owned());
        seat.acquire_owned().await.map_err(|error| DbError::Embedded(error.to_string()))
    }

    fn waits_for(&self, holder: String) {
        let schema = self.inner.schema;
        self.inner.state.send_if_modified(|state| {
            if !matches!(state, State::Waiting { .. }) {
                tracing::warn!(
                    schema,
                    holder,
                    "another process works in this schema: waiting until it ends"
                );
            }
            let waiting = State::Waiting { holder };
            let is_news = *state != waiting;
            *state = waiting;
            is_news
        });
    }

    fn held(&self) {
        if matches!(self.inner.state.send_replace(State::Held), State::Waiting { .. }) {
            tracing::info!(schema = self.inner.schema, "the schema is free: taking over");
        }
    }

    fn is(&self, state: &State) -> bool {
        *self.inner.state.borrow() == *state
    }

    fn swap_seat(&self, seat: Option<Seat>) -> Option<Seat> {
        std::mem::replace(&mut *self.seat(), seat)
    }

    fn seat(&self) -> std::sync::MutexGuard<'_, Option<Seat>> {
        self.inner.seat.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
