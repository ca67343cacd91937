//! A party of counters, with letters that misbehave on demand.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI32, Ordering},
    },
    time::Duration,
};

use tokio::sync::{Semaphore, watch};
use tokio_postgres::Transaction;
use waybill::{
    basis::SimTime,
    db::{Claim, Db, DbError},
    runtime::{
        Clock, Disk, Durable, Edge, LedgerSettings, Office, OfficeSettings, Outbox, Party,
        Resident, Service,
    },
};

pub struct Toy;

/// A counter's name.
pub type Name = i64;

#[derive(Debug)]
pub struct Letter {
    pub to: Name,
    pub body: Body,
}

#[derive(Debug)]
pub enum Body {
    /// Makes the counter where there is none.
    Open,
    Add(i64),
    /// Takes from this counter and adds to another, which must exist.
    Transfer {
        to: Name,
        amount: i64,
    },
    /// Two records in one group.
    AddTwice(i64),
    /// Adds, and panics as often as the fuse says before it does.
    Fused {
        by: i64,
        fuse: Fuse,
    },
    /// Adds in a commit that waits for the gate.
    Gated {
        by: i64,
        gate: Gate,
    },
    /// A record that the database refuses while the fuse burns.
    Refused {
        by: i64,
        fuse: Fuse,
    },
    /// Leaves; its row stays where `forget` is not set.
    Leave,
}

#[derive(Debug, Clone)]
pub struct Fuse(pub Arc<AtomicI32>);

impl Fuse {
    pub fn burning(times: i32) -> Self {
        Self(Arc::new(AtomicI32::new(times)))
    }

    fn burns(&self) -> bool {
        self.0.fetch_sub(1, Ordering::SeqCst) > 0
    }
}

impl PartialEq for Fuse {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

#[derive(Debug, Clone)]
pub struct Gate(pub Arc<Semaphore>);

impl Gate {
    pub fn closed() -> Self {
        Self(Arc::new(Semaphore::new(0)))
    }

    pub fn open(&self) {
        self.0.add_permits(1_000);
    }
}

impl PartialEq for Gate {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    Opened(Name),
    Added { to: Name, by: i64 },
    Left(Name),
    Gate(Gate),
    Refused(Fuse),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    Total(Name, i64),
    Nobody(Name),
    /// Everybody that was restored.
    Restored(usize),
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Totals(pub BTreeMap<Name, i64>);

impl Disk<Toy> for Totals {
    fn apply(&mut self, record: &Record) {
        match record {
            Record::Opened(name) => {
                self.0.entry(*name).or_default();
            }
            Record::Added { to, by } => *self.0.entry(*to).or_default() += by,
            Record::Left(name) => {
                self.0.remove(name);
            }
            Record::Gate(_) | Record::Refused(_) => {}
        }
    }
}

pub struct Counter {
    name: Name,
    total: i64,
    has_left: bool,
}

impl Resident<Toy> for Counter {
    fn handle(&mut self, _: SimTime, letter: &Letter, out: &mut Outbox<Toy>) {
        assert!(!self.has_left, "a letter to one who has left");
        match &letter.body {
            Body::Open => out.save(Record::Opened(self.name)),
            Body::Add(by) => self.add(*by, out),
            Body::Transfer { to, amount } => {
                self.add(-amount, out);
                out.tell(Letter { to: *to, body: Body::Add(*amount) });
            }
            Body::AddTwice(by) => {
                self.add(*by, out);
                self.add(*by, out);
            }
            Body::Fused { by, fuse } => {
                self.add(*by, out);
                assert!(!fuse.burns(), "as asked for");
            }
            Body::Gated { by, gate } => {
                out.save(Record::Gate(gate.clone()));
                self.add(*by, out);
            }
            Body::Refused { by, fuse } => {
                self.add(*by, out);
                out.save(Record::Refused(fuse.clone()));
            }
            Body::Leave => {
                self.has_left = true;
                out.save(Record::Left(self.name));
            }
        }
    }

    fn next_wake(&self) -> Option<SimTime> {
        None
    }

    fn wake(&mut self, _: SimTime, _: &mut Outbox<Toy>) {}

    fn is_finished(&self) -> bool {
        self.has_left
    }
}

impl Counter {
    fn add(&mut self, by: i64, out: &mut Outbox<Toy>) {
        self.total += by;
        out.save(Record::Added { to: self.name, by });
        out.emit(Output::Total(self.name, self.total));
    }
}

impl Party for Toy {
    const NAME: &'static str = "toy";
    type Address = Name;
    type Letter = Letter;
    type Record = Record;
    type Output = Output;
    type Resident = Counter;
    type Disk = Totals;

    fn address(letter: &Letter) -> Name {
        letter.to
    }

    fn kind(address: &Name) -> &'static str {
        if address % 2 == 0 { "even" } else { "odd" }
    }

    fn kinds() -> &'static [&'static str] {
        &["even", "odd"]
    }

    fn found(letter: &Letter, _: SimTime) -> Option<Counter> {
        let newcomer = Counter { name: letter.to, total: 0, has_left: false };
        matches!(letter.body, Body::Open).then_some(newcomer)
    }

    fn bounce(letter: &Letter, _: SimTime, out: &mut Outbox<Self>) {
        out.emit(Output::Nobody(letter.to));
    }

    fn restore(disk: Totals, _: SimTime, out: &mut Outbox<Self>) -> Vec<(Name, Counter)> {
        out.emit(Output::Restored(disk.0.len()));
        let counter = |(name, total)| (name, Counter { name, total, has_left: false });
        disk.0.into_iter().map(counter).collect()
    }
}

impl Durable for Toy {
    async fn load(db: &Db) -> Result<Totals, DbError> {
        let sql = "SELECT name, total FROM toy.counters";
        let rows = db.client().await?.query(sql, &[]).await?;
        Ok(Totals(rows.iter().map(|row| (row.get(0), row.get(1))).collect()))
    }

    async fn persist(
        tx: &Transaction<'_>,
        records: &[Record],
    ) -> Result<(), tokio_postgres::Error> {
        for record in records {
            match record {
                Record::Opened(name) => {
                    let sql = "INSERT INTO toy.counters VALUES ($1, 0) ON CONFLICT DO NOTHING";
                    tx.execute(sql, &[name]).await?;
                }
                Record::Added { to, by } => {
                    let add = "UPDATE toy.counters SET total = total + $2 WHERE name = $1";
                    let log = "INSERT INTO toy.log (name, by) VALUES ($1, $2)";
                    tx.execute(add, &[to, by]).await?;
                    tx.execute(log, &[to, by]).await?;
                }
                Record::Left(name) => {
                    tx.execute("DELETE FROM toy.counters WHERE name = $1", &[name]).await?;
                }
                Record::Gate(gate) => gate.0.acquire().await.unwrap().forget(),
                Record::Refused(fuse) if fuse.burns() => {
                    tx.execute("INSERT INTO toy.log (name, by) VALUES (1, NULL)", &[]).await?;
                }
                Record::Refused(_) => {}
            }
        }
        Ok(())
    }
}

/// Keeps every output, in the order in which it left.
#[derive(Default)]
pub struct Ear {
    heard: Mutex<Vec<Output>>,
    count: watch::Sender<usize>,
}

impl Edge<Toy> for Ear {
    fn perform(&self, outputs: Vec<Output>) {
        let mut heard = self.heard.lock().unwrap();
        heard.extend(outputs);
        self.count.send_replace(heard.len());
    }
}

impl Ear {
    pub fn heard(&self) -> Vec<Output> {
        self.heard.lock().unwrap().clone()
    }

    /// Returns as soon as this has left.
    pub async fn hears(&self, output: Output) {
        self.until(|heard| heard.contains(&output), &format!("{output:?}")).await;
    }

    pub async fn until(&self, is_so: impl Fn(&[Output]) -> bool, what: &str) {
        let mut count = self.count.subscribe();
        let wait = async {
            loop {
                count.borrow_and_update();
                if is_so(&self.heard()) {
                    return;
                }
                count.changed().await.unwrap();
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(60), wait).await;
        assert!(waited.is_ok(), "waited in vain for {what}; heard {:?}", self.heard());
    }
}

/// A running party of counters.
pub struct Running {
    pub service: Service<Toy>,
    pub ear: Arc<Ear>,
}

impl Running {
    pub async fn start(db: &Db) -> Self {
        Self::start_with(db, settings()).await
    }

    pub async fn start_with(db: &Db, settings: OfficeSettings) -> Self {
        Self::start_claiming(db, Claim::new(db, Toy::NAME), settings).await
    }

    pub async fn start_claiming(db: &Db, claim: Claim, settings: OfficeSettings) -> Self {
        let (db, clock) = (db.clone(), Clock::since_epoch());
        let start = Service::start(db, claim, clock, settings, |_| Arc::new(Ear::default()));
        let (service, ear) = start.await.unwrap();
        Self { service, ear }
    }

    pub fn post(&self, to: Name, body: Body) {
        self.service.post(Letter { to, body });
    }

    pub fn office(&self) -> Office<Toy> {
        self.service.office().unwrap()
    }
}

pub fn settings() -> OfficeSettings {
    OfficeSettings {
        ledger: LedgerSettings { queue_max: 64, batch_max: 16 },
        restart_backoff: Duration::from_millis(1),
        ..OfficeSettings::default()
    }
}

/// The toy's tables, with the very ledger that the real parties have.
pub async fn migrate(db: &Db) {
    let ledger = include_str!("../../../migrations/store/V1__ledger.sql").replace("store.", "toy.");
    let sql = format!(
        "CREATE SCHEMA toy; {ledger}
         CREATE TABLE toy.counters (name bigint PRIMARY KEY, total bigint NOT NULL);
         CREATE TABLE toy.log (id bigserial PRIMARY KEY, name bigint NOT NULL, by bigint NOT NULL);"
    );
    db.client().await.unwrap().batch_execute(&sql).await.unwrap();
}

/// Everything ever added, in the order of its commits.
pub async fn log(db: &Db) -> Vec<(Name, i64)> {
    let sql = "SELECT name, by FROM toy.log ORDER BY id";
    let rows = db.client().await.unwrap().query(sql, &[]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

pub async fn totals(db: &Db) -> Vec<(Name, i64)> {
    Toy::load(db).await.unwrap().0.into_iter().collect()
}
