//! One at a time in a schema: who waits, who takes over, and what is left of
//! the work of the one before.

use std::time::Duration;

use waybill::{
    db::{Claim, Client, Db},
    runtime::Party,
};

use super::toy::{self, Body, Output, Running, Toy};
use crate::support::{TestDb, on_each_database};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_one_waits_without_disturbing_the_first_and_takes_over_when_it_stops() {
    on_each_database(async |db| {
        toy::migrate(&db).await;
        let first = Running::start(&db).await;
        first.post(1, Body::Open);
        let claim = Claim::new(&db, Toy::NAME);
        let second = tokio::spawn({
            let (db, claim) = (db.clone(), claim.clone());
            async move { Running::start_claiming(&db, claim, toy::settings()).await }
        });
        until(|| claim.standing().is_err_and(|why| why.contains("waits for another"))).await;
        for by in 1..=20 {
            first.post(1, Body::Add(by));
        }
        first.ear.hears(Output::Total(1, 210)).await;
        assert!(first.service.is_healthy());
        assert!(!second.is_finished(), "two at once");
        first.service.stop().await;
        assert_eq!(first.service.ended().await, Ok(()));
        let second = second.await.unwrap();
        assert!(claim.standing().is_ok(), "{:?}", claim.standing());
        second.post(1, Body::Add(1));
        second.ear.hears(Output::Total(1, 211)).await;
        assert_eq!(toy::totals(&db).await, [(1, 211)]);
        second.service.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_whose_claim_breaks_opens_anew_with_everything_that_it_said() {
    // Only on a server there is a connection to break.
    let Some(real) = TestDb::real().await else { return };
    let db = real.open().await;
    toy::migrate(&db).await;
    let running = Running::start(&db).await;
    for name in [1, 2] {
        running.post(name, Body::Open);
        running.post(name, Body::Add(10));
    }
    running.ear.hears(Output::Total(2, 10)).await;
    for round in 1..=3 {
        running.post(1, Body::Add(1));
        running.ear.hears(Output::Total(1, 10 + round)).await;
        let opened = openings(&running.ear.heard());
        assert_eq!(break_claims(&db).await, 1);
        running.ear.until(|heard| openings(heard) > opened, "another opening").await;
    }
    running.post(1, Body::Add(100));
    running.ear.hears(Output::Total(1, 113)).await;
    assert_eq!(toy::totals(&db).await, [(1, 113), (2, 10)]);
    assert!(running.service.is_healthy());
    running.service.stop().await;
    drop(db);
    real.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_who_was_replaced_writes_nothing_more_and_waits_for_its_turn() {
    let Some(real) = TestDb::real().await else { return };
    let db = real.open().await;
    toy::migrate(&db).await;
    let running = Running::start(&db).await;
    running.post(1, Body::Open);
    running.post(1, Body::Add(10));
    running.ear.hears(Output::Total(1, 10)).await;
    let other = successor(&db).await;
    assert_eq!(break_claims(&db).await, 1);
    let other = other.await.unwrap();
    // What a ledger does first; from now on the one before may not write.
    other.execute("UPDATE toy.ledger SET position = position + 1", &[]).await.unwrap();
    running.post(1, Body::Add(1_000));
    until(|| !running.service.is_healthy()).await;
    other.execute("UPDATE toy.counters SET total = total + 7", &[]).await.unwrap();
    let openings_before = openings(&running.ear.heard());
    other.execute("SELECT pg_advisory_unlock_all()", &[]).await.unwrap();
    running.ear.until(|heard| openings(heard) > openings_before, "its turn").await;
    running.post(1, Body::Add(1));
    running.ear.hears(Output::Total(1, 18)).await;
    assert_eq!(toy::totals(&db).await, [(1, 18)]);
    assert!(!running.ear.heard().contains(&Output::Total(1, 1_010)), "said, but not committed");
    running.service.stop().await;
    drop((db, other));
    real.remove().await;
}

/// Another process in the server's own queue for the lock; it is next.
async fn successor(db: &Db) -> tokio::task::JoinHandle<Client> {
    let client = db.client().await.unwrap();
    let pid: i32 = client.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0);
    let sql = format!("SELECT (classid::bigint << 32) | objid::bigint FROM pg_locks {LOCKS}");
    let key: i64 = client.query_one(&sql, &[]).await.unwrap().get(0);
    let takes = tokio::spawn(async move {
        client.execute("SELECT pg_advisory_lock($1)", &[&key]).await.unwrap();
        client
    });
    let queued = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND pid = $1";
    let observer = db.client().await.unwrap();
    while observer.query_opt(queued, &[&pid]).await.unwrap().is_none() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    takes
}

const LOCKS: &str = "WHERE locktype = 'advisory' AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

/// Ends the connections that hold a lock of this database; how many there were.
async fn break_claims(db: &Db) -> i64 {
    let sql = format!("SELECT count(pg_terminate_backend(pid)) FROM pg_locks {LOCKS}");
    db.client().await.unwrap().query_one(&sql, &[]).await.unwrap().get(0)
}

fn openings(heard: &[Output]) -> usize {
    heard.iter().filter(|output| matches!(output, Output::Restored(_))).count()
}

async fn until(is_so: impl Fn() -> bool) {
    let wait = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(60), wait).await.is_ok(), "waited in vain");
}
