//! A party that is kept alive: its office is opened again, from the committed
//! state, whenever a part of it can not go on.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use tokio::sync::watch;

use super::{Clock, Durable, Edge, Office, OfficeSettings, ServiceFailure};
use crate::db::Db;

const REOPEN_FIRST: Duration = Duration::from_millis(100);
const REOPEN_CAP: Duration = Duration::from_secs(10);
/// A service that ran this long starts counting its failures anew.
const HEALTHY_AFTER: Duration = Duration::from_secs(60);

/// A handle to a party that outlives its offices; cheap to clone.
pub struct Service<P: Durable> {
    shared: Arc<Shared<P>>,
}

struct Shared<P: Durable> {
    db: Db,
    clock: Clock,
    settings: OfficeSettings,
    office: RwLock<Option<Office<P>>>,
    /// None while it runs; then why it ended.
    ended: watch::Sender<Option<Result<(), ServiceFailure>>>,
}

impl<P: Durable> Clone for Service<P> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<P: Durable> Service<P> {
    /// Opens the party. `make_edge` gets the handle through which its edge writes letters.
    pub async fn start<E: Edge<P>>(
        db: Db,
        clock: Clock,
        settings: OfficeSettings,
        make_edge: impl FnOnce(Self) -> Arc<E>,
    ) -> anyhow::Result<(Self, Arc<E>)> {
        let (office, ended) = (RwLock::new(None), watch::Sender::new(None));
        let service = Self { shared: Arc::new(Shared { db, clock, settings, office, ended }) };
        let edge = make_edge(service.clone());
        let office = service.open(Arc::clone(&edge)).await?;
        tokio::spawn(service.clone().keep_alive(office, Arc::clone(&edge)));
        Ok((service, edge))
    }

    /// Delivers a letter; one that comes while the party is being reopened is
    /// lost, like one that came the moment before.
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
        self.office().is_some_and(|office| !office.ledger().health().is_stalled())
    }

    /// Returns when the party has ended, with the reason where it could not go on.
    pub async fn ended(&self) -> Result<(), ServiceFailure> {
        let mut ended = self.shared.ended.subscribe();
        let end = ended.wait_for(Option::is_some).await.map(|end| end.clone());
        end.ok().flatten().unwrap_or(Ok(()))
    }

    /// Stops it in order: what it did is committed, then its actors end.
    pub async fn stop(&self) {
        self.shared.ended.send_if_modified(|ended| {
            let first = ended.is_none();
            ended.get_or_insert(Ok(()));
            first
        });
        if let Some(office) = self.take_office() {
            office.close().await;
        }
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

    async fn keep_alive<E: Edge<P>>(self, mut office: Office<P>, edge: Arc<E>) {
        let mut pause = REOPEN_FIRST;
        let mut ended = self.shared.ended.subscribe();
        loop {
            let opened = std::time::Instant::now();
            let failure = tokio::select! {
                failure = office.failed() => failure,
                _ = ended.wait_for(Option::is_some) => return,
            };
            tracing::error!(party = P::NAME, reason = %failure.reason, "the party failed");
            self.take_office();
            office.abandon().await;
            if failure.is_final {
                self.shared.ended.send_replace(Some(Err(failure)));
                return;
            }
            if opened.elapsed() > HEALTHY_AFTER {
                pause = REOPEN_FIRST;
            }
            office = loop {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(REOPEN_CAP);
                if self.shared.ended.borrow().is_some() {
                    return;
                }
                match self.open(Arc::clone(&edge)).await {
                    Ok(office) => break office,
                    Err(error) => {
                        tracing::error!(party = P::NAME, %error, "the party can not be opened yet");
                    }
                }
            };
            tracing::info!(party = P::NAME, "the party is open again");
        }
    }
}
