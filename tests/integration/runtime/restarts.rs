//! Residents that fail, and services that do.

use super::toy::{self, Body, Fuse, Output, Running};
use crate::support::on_each_database;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_panics_goes_on_from_what_is_committed_and_loses_no_letter() {
    on_each_database(async |db| {
        toy::migrate(&db).await;
        let running = Running::start(&db).await;
        for name in [1, 3] {
            running.post(name, Body::Open);
            running.post(name, Body::Add(10));
        }
        running.post(1, Body::Fused { by: 1, fuse: Fuse::burning(3) });
        running.post(1, Body::Add(100));
        running.post(3, Body::Add(5));
        running.ear.hears(Output::Total(3, 15)).await;
        running.ear.hears(Output::Total(1, 111)).await;
        assert_eq!(toy::totals(&db).await, [(1, 111), (3, 15)]);
        let restored = |output: &&Output| matches!(output, Output::Restored(_));
        assert_eq!(running.ear.heard().iter().filter(restored).count(), 1, "nobody else restarted");
        running.service.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_can_not_be_kept_alive_makes_its_service_open_anew() {
    on_each_database(async |db| {
        toy::migrate(&db).await;
        let running = Running::start(&db).await;
        for name in [1, 2] {
            running.post(name, Body::Open);
            running.post(name, Body::Add(10));
        }
        running.ear.hears(Output::Total(2, 10)).await;
        running.post(1, Body::Fused { by: 1, fuse: Fuse::burning(1_000) });
        running.ear.hears(Output::Restored(2)).await;
        running.post(1, Body::Add(1));
        running.post(2, Body::Add(2));
        running.ear.hears(Output::Total(1, 11)).await;
        running.ear.hears(Output::Total(2, 12)).await;
        assert_eq!(toy::totals(&db).await, [(1, 11), (2, 12)]);
        assert!(!running.ear.heard().iter().any(|output| matches!(output, Output::Nobody(_))));
        running.service.stop().await;
        assert_eq!(running.service.ended().await, Ok(()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_that_the_database_refuses_is_given_up_whole() {
    on_each_database(async |db| {
        toy::migrate(&db).await;
        let running = Running::start(&db).await;
        running.post(1, Body::Open);
        running.post(1, Body::Add(10));
        running.ear.hears(Output::Total(1, 10)).await;
        running.post(1, Body::Refused { by: 7, fuse: Fuse::burning(1_000) });
        running.ear.hears(Output::Restored(1)).await;
        running.post(1, Body::Add(1));
        running.ear.hears(Output::Total(1, 11)).await;
        assert_eq!(toy::log(&db).await, [(1, 10), (1, 1)]);
        assert!(!running.ear.heard().contains(&Output::Total(1, 17)), "said, but never committed");
        running.service.stop().await;
    })
    .await;
}
