//! The way of a letter through actor, ledger and database to its output, by
//! how many groups one commit may take.
//!
//! On the embedded database, or on `DATABASE_URL`, whose schema `bench` it
//! makes and drops; read the ratio between the batch sizes.

#![allow(clippy::expect_used, reason = "a bench that can not start has nothing to measure")]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tokio::{runtime::Runtime, sync::watch};
use tokio_postgres::Transaction;
use waybill::{
    basis::SimTime,
    db::{Claim, Db, DbError, DbTarget},
    runtime::{
        Clock, Disk, Durable, Edge, LedgerSettings, OfficeSettings, Outbox, Party, Resident,
        Service,
    },
};

const LETTERS: i64 = 2_048;
const RESIDENTS: i64 = 256;

enum Bench {}

/// To a resident: write a row.
#[derive(Debug)]
struct Write {
    to: i64,
}

/// A row.
#[derive(Debug, Clone, PartialEq)]
struct Row(i64);

/// It is committed.
#[derive(Debug, Clone, PartialEq)]
struct Written;

#[derive(Debug, Clone, Default)]
struct Nothing;

struct Clerk(i64);

impl Disk<Bench> for Nothing {
    fn apply(&mut self, _: &Row) {}
}

impl Resident<Bench> for Clerk {
    fn handle(&mut self, _: SimTime, _: &Write, out: &mut Outbox<Bench>) {
        out.save(Row(self.0));
        out.emit(Written);
    }

    fn next_wake(&self) -> Option<SimTime> {
        None
    }

    fn wake(&mut self, _: SimTime, _: &mut Outbox<Bench>) {}
}

impl Party for Bench {
    const NAME: &'static str = "bench";
    type Address = i64;
    type Letter = Write;
    type Record = Row;
    type Output = Written;
    type Resident = Clerk;
    type Disk = Nothing;

    fn address(letter: &Write) -> i64 {
        letter.to
    }

    fn kind(_: &i64) -> &'static str {
        "clerk"
    }

    fn kinds() -> &'static [&'static str] {
        &["clerk"]
    }

    fn found(letter: &Write, _: SimTime) -> Option<Clerk> {
        Some(Clerk(letter.to))
    }

    fn bounce(_: &Write, _: SimTime, _: &mut Outbox<Self>) {}

    fn restore(_: Nothing, _: SimTime, _: &mut Outbox<Self>) -> Vec<(i64, Clerk)> {
        Vec::new()
    }
}

impl Durable for Bench {
    async fn load(_: &Db) -> Result<Nothing, DbError> {
        Ok(Nothing)
    }

    async fn persist(tx: &Transaction<'_>, records: &[Row]) -> Result<(), tokio_postgres::Error> {
        let clerks: Vec<i64> = records.iter().map(|row| row.0).collect();
        let sql = "INSERT INTO bench.rows (clerk) SELECT unnest($1::bigint[])";
        tx.execute(sql, &[&clerks]).await.map(drop)
    }
}

/// Counts what has left.
#[derive(Default)]
struct Counter {
    count: Mutex<i64>,
    told: watch::Sender<i64>,
}

impl Edge<Bench> for Counter {
    fn perform(&self, outputs: Vec<Written>) {
        if let Ok(mut count) = self.count.lock() {
            *count += outputs.len() as i64;
            self.told.send_replace(*count);
        }
    }
}

fn group_commit(c: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let dir = tempfile::TempDir::new().expect("a folder");
    let db = runtime.block_on(open(&dir)).expect("a database");
    let mut group = c.benchmark_group("group_commit");
    group.throughput(Throughput::Elements(LETTERS as u64));
    group.sample_size(10).measurement_time(Duration::from_secs(3));
    for batch_max in [1, 8, 64, 512] {
        let ledger = LedgerSettings { batch_max, ..LedgerSettings::default() };
        let settings = OfficeSettings { ledger, ..OfficeSettings::default() };
        let claim = Claim::new(&db, Bench::NAME);
        let start = Service::start(db.clone(), claim, Clock::since_epoch(), settings, |_| {
            Arc::new(Counter::default())
        });
        let (service, counter): (Service<Bench>, _) = runtime.block_on(start).expect("a service");
        group.bench_function(BenchmarkId::from_parameter(batch_max), |b| {
            b.to_async(&runtime).iter(|| write_all(&service, &counter));
        });
        runtime.block_on(service.stop());
    }
    group.finish();
    runtime.block_on(execute(&db, "DROP SCHEMA bench CASCADE")).expect("a dropped schema");
}

async fn write_all(service: &Service<Bench>, counter: &Counter) {
    let mut told = counter.told.subscribe();
    let goal = *told.borrow() + LETTERS;
    for n in 0..LETTERS {
        service.post(Write { to: n % RESIDENTS });
    }
    let _ = told.wait_for(|count| *count >= goal).await;
}

async fn open(dir: &tempfile::TempDir) -> Result<Db, DbError> {
    let url = std::env::var("DATABASE_URL").ok();
    let db = Db::open(&DbTarget::choose(url.as_deref(), dir.path()), 4).await?;
    let ledger = include_str!("../migrations/store/V1__ledger.sql").replace("store.", "bench.");
    let rows = "CREATE TABLE bench.rows (id bigserial PRIMARY KEY, clerk bigint NOT NULL)";
    let schema = "DROP SCHEMA IF EXISTS bench CASCADE; CREATE SCHEMA bench";
    execute(&db, &format!("{schema}; {ledger} {rows}")).await?;
    Ok(db)
}

async fn execute(db: &Db, sql: &str) -> Result<(), DbError> {
    Ok(db.client().await?.batch_execute(sql).await?)
}

criterion_group!(benches, group_commit);
criterion_main!(benches);
