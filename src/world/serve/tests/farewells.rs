//! How connections end, and how they do not.

use super::*;
use crate::{basis::Seq, wire::Commands};

const QUERY: amazon::Command = amazon::Command::Query { package: PACKAGE };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_closes_its_sending_side_hears_what_it_asked_for_before() {
    let dir = tempfile::tempdir().unwrap();
    let world = start(database(&dir).await, WorldSettings::for_testing()).await.unwrap();
    let (mut amazon, _ups, id) = both_sides(&world).await;
    amazon.ask(1, buy()).await;
    amazon.event().await;
    for seq in 2..=20 {
        amazon.ask(seq, QUERY).await;
    }
    amazon.send_no_more().await;
    assert!(amazon.is_hung_up().await);
    assert_eq!(amazon.acked(), (1..=20).collect::<Vec<_>>());
    // Its side is free, and nothing is held against who comes next.
    let mut next = AmazonClient::open(world.amazon_addr()).await;
    next.join_when_free(id).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_came_right_behind_a_connect_is_done_though_nothing_more_can_come() {
    let dir = tempfile::tempdir().unwrap();
    let world = start(database(&dir).await, WorldSettings::for_testing()).await.unwrap();
    let (amazon, _ups, id) = both_sides(&world).await;
    drop(amazon);
    let mut refused = 0;
    loop {
        let mut amazon = AmazonClient::open(world.amazon_addr()).await;
        amazon.send_join(Some(id), Vec::new()).await;
        amazon.ask(1, buy()).await;
        amazon.send_no_more().await;
        if amazon.connected().await.is_good() {
            assert!(amazon.is_hung_up().await);
            assert_eq!(amazon.acked(), [1], "after {refused} refusals");
            break;
        }
        refused += 1;
        assert!(refused < 1_000, "its side is never free");
    }
    let mut amazon = AmazonClient::open(world.amazon_addr()).await;
    amazon.join_when_free(id).await;
    assert_eq!(
        amazon.event().await,
        amazon::Event::Arrived { warehouse: WAREHOUSE, things: things() }
    );
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_can_not_be_read_is_not_silent() {
    let dir = tempfile::tempdir().unwrap();
    let target = DbTarget::Embedded(dir.path().to_owned());
    let db = Db::open(&target, 4).await.expect("the embedded database");
    let settings = WorldSettings {
        idle: Duration::from_millis(500),
        unanswered_bytes_max: 1,
        ..WorldSettings::for_testing()
    };
    let world = start(db.clone(), settings).await.unwrap();
    let mut amazon = AmazonClient::open(world.amazon_addr()).await;
    assert!(amazon.join(None, Vec::new()).await.is_good());

    // The embedded database does one thing after the other.
    let other = db.client().await.unwrap();
    let long = tokio::spawn(async move { other.batch_execute("SELECT pg_sleep(3)").await });
    for seq in 1..=20 {
        amazon.ask(seq, QUERY).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(!long.is_finished(), "the database was not kept busy");
    let everything: Vec<i64> = (1..=20).collect();
    while amazon.acked() != everything {
        amazon.event().await;
        // Nothing but the queries keeps it.
        amazon.send(Commands { acks: vec![Seq(99)], ..Commands::default() }).await;
    }
    world.stop().await;
}
