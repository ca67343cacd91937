//! A party that is kept alive: its office is opened again, from the committed
//! state, whenever a part of it can not go on.
//!
//! It is open only while this process has the claim to its schema.

use std::{
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::watch;

use super::{
    Clock, Durable, Edge, Office, OfficeSettings, PartyView, ServiceFailure,
    looking::{Failure, LastFailure},
};
use crate::db::{Claim, Db};

const REOPEN_FIRST: Duration = Duration::from_millis(100);
const REOPEN_CAP: Duration = Duration::from_secs(10);
/// How long an orderly end may take; a process is expected to be gone soon after.
const CLOSE_WITHIN: Duration = Duration::from_secs(20);
/// A service that ran this long starts counting its failures anew.
const HEALTHY_AFTER: Duration = Duration::from_secs(60);

/// A handle to a party that outlives its offices; cheap to clone.
pub struct Service<P: Durable> {
    shared: Arc<Shared<P>>,
}

struct Shared<P: Durable> {
    db: Db,
    claim: Claim,
    clock: Clock,
    settings: OfficeSettings,
    office: RwLock<Option<Office<P>>>,
    reopened: AtomicU64,
    failure: LastFailure,
    stopping: watch::Sender<bool>,
    /// None while it runs; then why it ended.
    ended: watch::Sender<Option<Result<(), ServiceFailure>>>,
}

impl<P: Durable> Clone for Service<P> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<P: Durable> Service<P> {
    /// Opens the party as soon as it has the claim to its schema, which it keeps to the end.
    /// `make_edge` gets the handle through which its edge writes letters.
    pub async fn start<E: Edge<P>>(
        db: Db,
        claim: Claim,
        clock: Clock,
        settings: OfficeSettings,
        make_edge: impl FnOnce(Self) -> Arc<E>,
    ) -> anyhow::Result<(Self, Arc<E>)> {
        let (office, ended) = (RwLock::new(None), watch::Sender::new(None));
        let stopping = watch::Sender::new(false);
        let (reopened, failure) = (AtomicU64::new(0), LastFailure::default());
        let shared =
            Shared { db, claim, clock, settings, office, reopened, failure, stopping, ended };
        let service = Self { shared: Arc::new(shared) };
        service.shared.claim.take().await?;
        let edge = make_edge(service.clone());
        let office = match service.open(Arc::clone(&edge)).await {
            Ok(office) => office,
            Err(error) => {
                service.withdraw().await;
                service.shared.claim.release().await;
                return Err(error);
            }
        };
        tokio::spawn(service.clone().keep_alive(office, Arc::clone(&edge)));
        Ok((service, edge))
    }

    /// Delivers a letter; one that comes while the party is closed is lost, like one that
    /// came the moment before. What it was about is read when the party is reopened.
    pub fn post(&self, letter: P::Letter) {
        match self.office() {
            Some(office) => office.post(letter),
            None => tracing::debug!(party = P::NAME, ?letter, "a letter while the party is closed"),
        }
    }

    pub fn now(&self) -> crate::basis::SimTime {
        self.shared.clock.now()
    }

    /// The office that is open at present.
    pub fn office(&self) -> Option<Office<P>> {
        self.shared.office.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether it runs and its database takes writes.
    pub fn is_healthy(&self) -> bool {
        let runs = |office: Office<P>| office.is_open() && !office.ledger().health().is_stalled();
        self.office().is_some_and(runs)
    }

    /// The party's actors at this moment; None while it is closed.
    pub fn look(&self) -> Option<PartyView> {
        let office = self.office()?;
        Some(PartyView {
            party: P::NAME,
            opened_at: office.opened_at(),
            reopened: self.shared.reopened.load(Ordering::Relaxed),
            failure: self.shared.failure.read(),
            ledger: office.ledger_view(),
            kinds: office.kinds(),
        })
    }

    /// Returns when the party has ended, with the reason where it could not go on.
    pub async fn ended(&self) -> Result<(), ServiceFailure> {
        let mut ended = self.shared.ended.subscribe();
        let end = ended.wait_for(Option::is_some).await.map(|end| end.clone());
        end.ok().flatten().unwrap_or(Ok(()))
    }

    /// Stops it in order: what it did is committed, then its actors end. Where
    /// the database does not answer, what nobody was told is given up.
    pub async fn stop(&self) {
        self.shared.stopping.send_replace(true);
        let _ = self.ended().await;
    }

    async fn open<E: Edge<P>>(&self, edge: Arc<E>) -> anyhow::Result<Office<P>> {
        let Shared { db, clock, settings, .. } = &*self.shared;
        let publish = |office: &Office<P>| {
            let slot = &self.shared.office;
            *slot.write().unwrap_or_else(PoisonError::into_inner) = Some(office.clone());
        };
        Office::open(db.clone(), *clock, edge, *settings, publish).await
    }

    fn take_office(&self) -> Option<Office<P>> {
        self.shared.office.write().unwrap_or_else(PoisonError::into_inner).take()
    }

    async fn keep_alive<E: Edge<P>>(self, office: Office<P>, edge: Arc<E>) {
        let end = self.live(office, edge).await;
        // Nothing of ours writes any more: the next may.
        self.shared.claim.release().await;
        self.shared.ended.send_replace(Some(end));
    }

    /// Goes on until it is stopped, or fails in a way that reopening would not mend.
    async fn live<E: Edge<P>>(
        &self,
        mut office: Office<P>,
        edge: Arc<E>,
    ) -> Result<(), ServiceFailure> {
        let mut pause = REOPEN_FIRST;
        loop {
            let opened = Instant::now();
            let failure = tokio::select! {
                failure = office.failed() => failure,
                // Another may write from now on. What is on its way into the ledger is
                // committed or refused, never both written and forgotten.
                reason = self.shared.claim.lost() => {
                    ServiceFailure { party: P::NAME, reason, is_final: false }
                }
                () = self.stopping() => {
                    self.close(&office).await;
                    return Ok(());
                }
            };
            tracing::error!(party = P::NAME, reason = %failure.reason, "the party failed");
            self.shared.failure.set(Failure::now(String::new(), &failure.reason));
            self.take_office();
            tokio::select! {
                () = office.abandon() => {}
                () = self.stopping() => {
                    office.give_up();
                    return Ok(());
                }
            }
            // Who lost the claim in the meantime has only been replaced, and may wait again.
            if failure.is_final && self.shared.claim.is_held_still().await {
                return Err(failure);
            }
            if opened.elapsed() > HEALTHY_AFTER {
                pause = REOPEN_FIRST;
            }
            let Some(reopened) = self.reopen(&mut pause, &edge).await else { return Ok(()) };
            office = reopened;
            self.shared.reopened.fetch_add(1, Ordering::Relaxed);
            tracing::info!(party = P::NAME, "the party is open again");
        }
    }

    /// None: it was stopped before it was open.
    async fn reopen<E: Edge<P>>(&self, pause: &mut Duration, edge: &Arc<E>) -> Option<Office<P>> {
        loop {
            tokio::select! {
                () = tokio::time::sleep(*pause) => {}
                () = self.stopping() => return None,
            }
            *pause = (*pause * 2).min(REOPEN_CAP);
            let taken = tokio::select! {
                taken = self.shared.claim.take() => taken,
                () = self.stopping() => return None,
            };
            if let Err(error) = taken {
                tracing::error!(party = P::NAME, %error, "the party can not be opened yet");
                continue;
            }
            // In a task of its own, so that a panic there does not end the keeping alive.
            let (service, edge) = (self.clone(), Arc::clone(edge));
            match tokio::spawn(async move { service.open(edge).await }).await {
                Ok(Ok(office)) => return Some(office),
                Ok(Err(error)) => {
                    tracing::error!(party = P::NAME, %error, "the party can not be opened yet");
                }
                Err(panic) => {
                    tracing::error!(party = P::NAME, %panic, "opening the party failed");
                }
            }
            self.withdraw().await;
        }
    }

    /// What was published of an office that did not open is not one to write to.
    async fn withdraw(&self) {
        if let Some(office) = self.take_office() {
            office.abandon().await;
        }
    }

    async fn stopping(&self) {
        let mut stopping = self.shared.stopping.subscribe();
        // The sender lives as long as this handle.
        let _ = stopping.wait_for(|stopping| *stopping).await.map(|stopping| *stopping);
    }

    async fn close(&self, office: &Office<P>) {
        self.take_office();
        if tokio::time::timeout(CLOSE_WITHIN, office.close()).await.is_err() {
            tracing::error!(
                party = P::NAME,
                "stopping without the database, which does not answer"
            );
            office.give_up();
        }
    }
}
