//! The one writer of a party: group commit, and the gate before the outside.
//!
//! Groups that arrive while a commit is under way are committed together by
//! the next one. The outputs of a group leave when the group is committed, in
//! order. A database that is gone is asked again until it answers; a batch
//! whose commit may or may not have happened is recognised by the ledger's
//! position and the mark of who wrote it, and never written twice.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::{mpsc, oneshot};
use tokio_postgres::Transaction;

use super::{Outbox, Party};
use crate::db::{Db, DbError};

/// A commit that takes longer counts as stalled until it ends.
const STALLED_AFTER: Duration = Duration::from_secs(5);

/// How a party's records become rows, and rows the state to restore from.
pub trait Durable: Party {
    /// Everything that [`Party::restore`] needs, as committed.
    fn load(db: &Db) -> impl Future<Output = Result<Self::Disk, DbError>> + Send;

    /// As much of it as [`Party::restore`] needs to make the resident at an address
    /// anew; the others that it makes are not used.
    fn load_for(
        db: &Db,
        _address: &Self::Address,
    ) -> impl Future<Output = Result<Self::Disk, DbError>> + Send {
        Self::load(db)
    }

    /// Writes records within a transaction, in order where order matters: a few
    /// statements over `unnest` arrays, not one a record.
    fn persist(
        tx: &Transaction<'_>,
        records: &[Self::Record],
    ) -> impl Future<Output = Result<(), tokio_postgres::Error>> + Send;
}

/// Where outputs go: sockets, waiting requests, subscribers.
pub trait Edge<P: Party>: Send + Sync + 'static {
    /// Performs outputs in order. Must not block: what can not be taken at once
    /// is dropped (links send again) or ends its connection.
    fn perform(&self, outputs: Vec<P::Output>);
}

/// Bounds of a ledger.
#[derive(Debug, Clone, Copy)]
pub struct LedgerSettings {
    /// Groups that wait for a commit at most; a full ledger holds the actors back.
    pub queue_max: usize,
    /// Groups in one commit at most.
    pub batch_max: usize,
}

impl Default for LedgerSettings {
    fn default() -> Self {
        Self { queue_max: 16_384, batch_max: 2_048 }
    }
}

enum Entry<P: Party> {
    Group {
        records: Vec<P::Record>,
        outputs: Vec<P::Output>,
    },
    Flush(oneshot::Sender<()>),
    /// The last entry: what comes after it is refused.
    Close,
}

/// The sending end of a ledger.
pub struct Ledger<P: Party> {
    entries: mpsc::Sender<Entry<P>>,
    health: Arc<LedgerHealth>,
}

/// The writing task of a ledger.
pub(super) type WriterTask = tokio::task::JoinHandle<Result<(), LedgerError>>;

impl<P: Party> Clone for Ledger<P> {
    fn clone(&self) -> Self {
        Self { entries: self.entries.clone(), health: Arc::clone(&self.health) }
    }
}

/// Whether commits succeed at present.
#[derive(Debug, Default)]
pub struct LedgerHealth {
    stalled: AtomicBool,
    committed: AtomicU64,
}

impl LedgerHealth {
    /// True while the last attempt to commit failed, or hangs.
    pub fn is_stalled(&self) -> bool {
        self.stalled.load(Ordering::Acquire)
    }

    /// Batches committed since the start.
    pub fn committed(&self) -> u64 {
        self.committed.load(Ordering::Acquire)
    }
}

/// Why a ledger gave up for good.
#[derive(Debug, thiserror::Error)]
pub(super) enum LedgerError {
    #[error(
        "another process writes to schema {schema} of this database, at position {found} where this one was at {expected}, and does not heed the lock that keeps others out; is there a pooler between that does not keep sessions, or an older waybill? Run one {schema} on a database"
    )]
    Fenced { schema: &'static str, expected: i64, found: i64 },
    #[error("the database refused a batch of records: {0}")]
    Refused(#[source] tokio_postgres::Error),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl<P: Durable> Ledger<P> {
    /// Starts the writing task; it ends when the last handle is gone, or with an error.
    /// From here on no other writer's batch is committed without this one noticing.
    pub(super) async fn start(
        db: Db,
        edge: Arc<dyn Edge<P>>,
        settings: LedgerSettings,
    ) -> Result<(Self, WriterTask), LedgerError> {
        let mark = rand::random();
        let position = begin::<P>(&db, mark).await?;
        let (entries, queue) = mpsc::channel(settings.queue_max);
        let health = Arc::new(LedgerHealth::default());
        let writer = Writer { db, edge, health: Arc::clone(&health), position, mark, settings };
        Ok((Self { entries, health }, tokio::spawn(writer.run(queue))))
    }

    /// Hands over what a call brought about, apart from its letters; waits only
    /// where the ledger is full.
    pub(super) async fn enter(&self, out: &mut Outbox<P>) {
        if out.records.is_empty() && out.outputs.is_empty() {
            return;
        }
        let records = std::mem::take(&mut out.records);
        let outputs = std::mem::take(&mut out.outputs);
        // A ledger that is gone has failed the whole service already.
        let _ = self.entries.send(Entry::Group { records, outputs }).await;
    }

    /// Returns when everything entered before is committed.
    pub async fn flush(&self) {
        let (done, wait) = oneshot::channel();
        if self.entries.send(Entry::Flush(done)).await.is_ok() {
            let _ = wait.await;
        }
    }

    /// Takes nothing more, and returns when everything entered before is committed.
    ///
    /// Without this, whoever still holds a handle could write behind the back of
    /// the next ledger, which would take it for a second process.
    pub(super) async fn close(&self) {
        let _ = self.entries.send(Entry::Close).await;
        self.entries.closed().await;
    }

    /// Entries that wait for a commit.
    pub(super) fn queued(&self) -> usize {
        self.entries.max_capacity().saturating_sub(self.entries.capacity())
    }

    pub fn health(&self) -> &Arc<LedgerHealth> {
        &self.health
    }
}

impl LedgerError {
    /// Whether going on would fight another writer, unless our claim was lost before.
    pub(super) fn is_final(&self) -> bool {
        matches!(self, Self::Fenced { .. })
    }
}

struct Writer<P: Party> {
    db: Db,
    edge: Arc<dyn Edge<P>>,
    health: Arc<LedgerHealth>,
    position: i64,
    /// Tells this writer's batches from everybody else's.
    mark: i64,
    settings: LedgerSettings,
}

impl<P: Durable> Writer<P> {
    async fn run(mut self, mut queue: mpsc::Receiver<Entry<P>>) -> Result<(), LedgerError> {
        let mut entries = Vec::new();
        let mut is_closed = false;
        while !is_closed && queue.recv_many(&mut entries, self.settings.batch_max).await > 0 {
            let mut records = Vec::new();
            let mut outputs = Vec::new();
            let mut flushed = Vec::new();
            for entry in entries.drain(..) {
                match entry {
                    _ if is_closed => break,
                    Entry::Group { records: made, outputs: held } => {
                        records.extend(made);
                        outputs.extend(held);
                    }
                    Entry::Flush(done) => flushed.push(done),
                    Entry::Close => is_closed = true,
                }
            }
            if !records.is_empty() {
                self.commit(&records).await?;
            }
            if !outputs.is_empty() {
                self.edge.perform(outputs);
            }
            for done in flushed {
                let _ = done.send(());
            }
        }
        Ok(())
    }

    async fn commit(&mut self, records: &[P::Record]) -> Result<(), LedgerError> {
        let started = Instant::now();
        let mut pause = Duration::from_millis(20);
        let mut in_doubt = false;
        loop {
            let attempt = self.watched(self.try_commit(records, in_doubt)).await;
            match attempt {
                Ok(()) => break,
                Err(Attempt::Fatal(error)) => return Err(error),
                Err(Attempt::Again(error)) => self.stalled(&error),
                Err(Attempt::InDoubt(error)) => {
                    in_doubt = true;
                    self.stalled(&error);
                }
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(1));
        }
        if self.health.stalled.swap(false, Ordering::AcqRel) {
            tracing::info!(party = P::NAME, "the database takes writes again");
        }
        self.position += 1;
        self.health.committed.fetch_add(1, Ordering::AcqRel);
        metrics::histogram!("waybill_ledger_batch_records", "party" => P::NAME)
            .record(records.len() as f64);
        metrics::histogram!("waybill_ledger_commit_seconds", "party" => P::NAME)
            .record(started.elapsed().as_secs_f64());
        Ok(())
    }

    /// Waits for an attempt, and tells the doors when it takes suspiciously long.
    async fn watched<T>(&self, attempt: impl Future<Output = T>) -> T {
        let mut attempt = std::pin::pin!(attempt);
        match tokio::time::timeout(STALLED_AFTER, &mut attempt).await {
            Ok(done) => done,
            Err(_) => {
                self.stalled("no answer yet");
                attempt.await
            }
        }
    }

    fn stalled(&self, error: &str) {
        if !self.health.stalled.swap(true, Ordering::AcqRel) {
            tracing::error!(
                party = P::NAME,
                error,
                "the database does not take writes; trying again"
            );
        }
    }

    async fn try_commit(&self, records: &[P::Record], in_doubt: bool) -> Result<(), Attempt> {
        let mut client =
            self.db.client().await.map_err(|error| Attempt::Again(error.to_string()))?;
        let advance = client.prepare_cached(&advance_sql::<P>()).await.map_err(Attempt::of)?;
        let tx = client.transaction().await.map_err(Attempt::of)?;
        let row = tx.query_one(&advance, &[&self.mark]).await.map_err(Attempt::of)?;
        let (found, last_mark) = (row.get::<_, i64>(0) - 1, row.get::<_, i64>(1));
        let expected = self.position;
        if in_doubt && found == expected + 1 && last_mark == self.mark {
            // The last attempt was committed after all; only its answer was lost.
            return Ok(());
        }
        if found != expected {
            let schema = P::NAME;
            return Err(Attempt::Fatal(LedgerError::Fenced { schema, expected, found }));
        }
        P::persist(&tx, records).await.map_err(Attempt::of)?;
        tx.commit().await.map_err(Attempt::of_commit)
    }
}

/// Takes the row's lock too, so that of two writers one waits for the other's commit.
fn advance_sql<P: Party>() -> String {
    format!(
        "UPDATE {}.ledger SET position = position + 1, previous_mark = mark, mark = $1 \
         RETURNING position, previous_mark",
        P::NAME
    )
}

/// Takes a position of its own, so that whoever wrote here before can not any more:
/// what it has under way is committed before this, or refused.
async fn begin<P: Party>(db: &Db, mark: i64) -> Result<i64, LedgerError> {
    let client = db.client().await?;
    let row = client.query_one(&advance_sql::<P>(), &[&mark]).await.map_err(DbError::from)?;
    Ok(row.get(0))
}

enum Attempt {
    /// Nothing was committed.
    Again(String),
    /// It may have been committed, and the answer lost.
    InDoubt(String),
    Fatal(LedgerError),
}

impl Attempt {
    fn of(error: tokio_postgres::Error) -> Self {
        if passes(&error) {
            Self::Again(error.to_string())
        } else {
            Self::Fatal(LedgerError::Refused(error))
        }
    }

    fn of_commit(error: tokio_postgres::Error) -> Self {
        if passes(&error) {
            Self::InDoubt(error.to_string())
        } else {
            Self::Fatal(LedgerError::Refused(error))
        }
    }
}

/// A broken connection or an overloaded server passes; what is wrong with the
/// records themselves will be wrong again.
fn passes(error: &tokio_postgres::Error) -> bool {
    match error.code() {
        // Connection exception, transaction rollback, insufficient resources, not in
        // the prerequisite state, operator intervention, system error.
        Some(state) => {
            let class = state.code().get(..2).unwrap_or_default();
            ["08", "40", "53", "55", "57", "58"].contains(&class)
        }
        None => error.is_closed() || source_is_io(error),
    }
}

fn source_is_io(error: &tokio_postgres::Error) -> bool {
    std::error::Error::source(error).is_some_and(|source| source.is::<std::io::Error>())
}
