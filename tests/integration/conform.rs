//! The conformance checks against a real world, honest and sabotaged.
//!
//! What each check means is told by `waybill conform --list`.

mod command;
mod message;
mod mischief;
mod saboteur;

use std::{collections::BTreeSet, net::SocketAddr, time::Duration};

use futures_util::{StreamExt as _, stream};
use waybill::{
    conform::{
        Findings, Outcome,
        world::{WorldSubject, list, run},
    },
    world::{self, Running, WorldSettings},
};

use super::support::{TestDb, on_each_database};
use mischief::Misbehaviour;
use saboteur::Saboteur;

/// An honest world on a busy machine answers within this.
const LONG: Duration = Duration::from_secs(40);
/// A sabotaged one may never answer, and each check waits for it.
const SHORT: Duration = Duration::from_secs(2);
/// The world that a saboteur is before closes no silent connection in time.
const SILENCE: &str = "close.silence";

fn subject(amazon: SocketAddr, ups: SocketAddr) -> WorldSubject {
    WorldSubject {
        amazon: amazon.to_string(),
        ups: ups.to_string(),
        only: Vec::new(),
        with_ours: true,
        patience: LONG,
        jobs: 16,
        flakiness: 0,
        is_speed_fixed: false,
        idle_timeout: None,
        show_progress: false,
    }
}

fn of(world: &Running) -> WorldSubject {
    subject(world.amazon_addr(), world.ups_addr())
}

fn assert_all_passed(findings: &Findings) {
    assert_eq!(findings.failed, 0, "{findings}");
    assert!(findings.passed > 0, "nothing was tried");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn our_world_passes_every_check() {
    on_each_database(|db| async move {
        let world = world::start(db.clone(), WorldSettings::for_testing()).await.unwrap();
        let findings = run(&of(&world)).await.unwrap();
        assert_all_passed(&findings);
        assert_eq!(findings.skipped, 1, "the one about silence: {findings}");
        world.stop().await;
        db.close();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lossy_world_passes_every_check_that_does_not_depend_on_loss() {
    let database = TestDb::embedded();
    let settings = WorldSettings { flakiness: 20, seed: 3, ..WorldSettings::for_testing() };
    let world = world::start(database.open().await, settings).await.unwrap();
    // It asks again the sooner, the less patience it has.
    let patience = LONG / 4;
    let findings = run(&WorldSubject { flakiness: 20, patience, ..of(&world) }).await.unwrap();
    assert_all_passed(&findings);
    assert!(findings.skipped < 14, "{findings}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_world_that_drops_another_share_than_it_says_is_found() {
    let database = TestDb::embedded();
    let settings = WorldSettings { flakiness: 20, seed: 3, ..WorldSettings::for_testing() };
    let world = world::start(database.open().await, settings).await.unwrap();
    for (flakiness, failed) in [(20, 0), (60, 1)] {
        let only = vec!["link.loses-nothing".to_owned()];
        let patience = LONG / 4;
        let findings =
            run(&WorldSubject { only, flakiness, patience, ..of(&world) }).await.unwrap();
        assert_eq!((findings.failed, findings.skipped), (failed, 0), "{findings}");
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_world_with_a_tick_passes_every_check() {
    let database = TestDb::embedded();
    let tick = Some(Duration::from_millis(100));
    let settings = WorldSettings { tick, ..WorldSettings::for_testing() };
    let world = world::start(database.open().await, settings).await.unwrap();
    let findings = run(&of(&world)).await.unwrap();
    assert_all_passed(&findings);
    assert_eq!(findings.skipped, 1, "{findings}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_world_whose_speed_is_fixed_passes_every_check_that_sets_none() {
    let database = TestDb::embedded();
    let settings = WorldSettings { fixed_speed: Some(90_000_000), ..WorldSettings::for_testing() };
    let world = world::start(database.open().await, settings).await.unwrap();
    let findings = run(&WorldSubject { is_speed_fixed: true, ..of(&world) }).await.unwrap();
    assert_all_passed(&findings);
    assert!(findings.skipped < 32, "{findings}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silence_is_tried_where_the_time_out_is_told() {
    let database = TestDb::embedded();
    let idle = Duration::from_secs(1);
    let settings = WorldSettings { idle, ..WorldSettings::for_testing() };
    let world = world::start(database.open().await, settings).await.unwrap();
    let only = vec![SILENCE.to_owned()];
    let told = WorldSubject { only: only.clone(), idle_timeout: Some(idle), ..of(&world) };
    assert_all_passed(&run(&told).await.unwrap());
    // The same world breaks the rule where another time-out is said to hold.
    let longer = WorldSubject { idle_timeout: Some(idle * 4), ..told.clone() };
    assert_eq!(run(&longer).await.unwrap().failed, 1);
    let shorter = Duration::from_millis(50);
    let never = WorldSubject { idle_timeout: Some(shorter), patience: shorter, ..told };
    assert_eq!(run(&never).await.unwrap().failed, 1);
    world.stop().await;
}

#[test]
fn every_check_has_a_misbehaviour_that_it_must_find() {
    let broken: BTreeSet<&str> =
        mischief::all().iter().flat_map(|it| it.breaks).copied().chain([SILENCE]).collect();
    let listed: BTreeSet<&str> = list(&[], true).unwrap().iter().map(|it| it.name).collect();
    let missing: Vec<_> = listed.difference(&broken).collect();
    assert!(missing.is_empty(), "no world misbehaves so that these find it: {missing:?}");
    let unknown: Vec<_> = broken.difference(&listed).collect();
    assert!(unknown.is_empty(), "there are no such checks: {unknown:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_check_fails_where_its_rule_is_broken() {
    let database = TestDb::embedded();
    let settings = WorldSettings::for_testing();
    let world = world::start(database.open().await, settings).await.unwrap();
    // What is found below is the saboteur's doing, for one that breaks nothing is found nothing.
    let honest = before(&world, &mischief::none()).await;
    assert_all_passed(&run(&subject(honest.amazon, honest.ups)).await.unwrap());

    let pairs =
        mischief::all().into_iter().flat_map(|it| it.breaks.iter().map(move |name| (it, *name)));
    let tries =
        pairs.map(|(misbehaviour, check)| Box::pin(overlooked(&world, misbehaviour, check)));
    let overlooked: Vec<Option<String>> = stream::iter(tries).buffer_unordered(24).collect().await;
    let overlooked: Vec<String> = overlooked.into_iter().flatten().collect();
    assert!(overlooked.is_empty(), "overlooked:\n{}", overlooked.join("\n"));
    world.stop().await;
}

async fn before(world: &Running, misbehaviour: &Misbehaviour) -> Saboteur {
    Saboteur::before(world, misbehaviour.manner, (misbehaviour.make)()).await
}

/// What the check says where it passes although it should not. It has a saboteur
/// of its own, who may break everybody's connections.
async fn overlooked(world: &Running, misbehaviour: Misbehaviour, check: &str) -> Option<String> {
    let saboteur = before(world, &misbehaviour).await;
    let only = vec![check.to_owned()];
    let subject = WorldSubject { only, patience: SHORT, ..subject(saboteur.amazon, saboteur.ups) };
    let findings = run(&subject).await.unwrap();
    assert_eq!(findings.checks.len(), 1, "{findings}");
    if let Outcome::Failed { expected, received } = &findings.checks[0].outcome {
        println!("{} | {check} | {expected:?} | {received:?}", misbehaviour.name);
    }
    (findings.failed != 1).then(|| format!("{check} passes {}", misbehaviour.name))
}
