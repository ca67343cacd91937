//! The load tester on a world, over real sockets and on each database.

use std::{net::SocketAddr, time::Duration};

use waybill::{
    basis::WorldId,
    load::world::{WorldLoadSettings, run},
    world::{self, WorldSettings},
};

use super::support::{TestDb, on_each_database};

fn on_any_port() -> WorldSettings {
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    WorldSettings { amazon_addr: any, ups_addr: any, http_addr: any, ..WorldSettings::default() }
}

fn load(amazon: SocketAddr, commands: u64, batch: usize, window: usize) -> WorldLoadSettings {
    let (amazon_addr, patience) = (amazon.to_string(), Duration::from_secs(60));
    let settings = WorldLoadSettings::default();
    WorldLoadSettings { amazon_addr, commands, batch, window, patience, ..settings }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_command_is_acked_and_done() {
    on_each_database(|db| async move {
        let world = world::start(db.clone(), on_any_port()).await.unwrap();
        for (batch, window) in [(1, 64), (100, 500)] {
            let report = run(&load(world.amazon_addr(), 1_001, batch, window)).await.unwrap();
            assert_eq!(report.commands, 1_001);
            assert!(report.seconds_to_ready >= report.seconds);
        }
        world.stop().await;
        db.close();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_world_goes_on_after_a_restart_with_all_that_was_in_it() {
    on_each_database(|db| async move {
        let world = world::start(db.clone(), on_any_port()).await.unwrap();
        let idle = WorldLoadSettings {
            idle_packages: 2_000,
            idle_worlds: 20,
            idle_connections: 20,
            ..load(world.amazon_addr(), 500, 10, 100)
        };
        let report = run(&idle).await.unwrap();
        world.stop().await;
        let world = world::start(db.clone(), on_any_port()).await.unwrap();
        let again = WorldLoadSettings {
            world: Some(WorldId(report.world)),
            idle_packages: 2_500,
            ..load(world.amazon_addr(), 500, 10, 100)
        };
        run(&again).await.unwrap();
        let missing = WorldLoadSettings { idle_packages: 3_001, ..again };
        let error = run(&missing).await.unwrap_err().to_string();
        assert!(error.contains("package 3000 should be packed"), "{error}");
        world.stop().await;
        db.close();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_flaky_world_drops_is_sent_again() {
    let database = TestDb::embedded();
    let settings = WorldSettings { flakiness: 30, seed: 5, ..on_any_port() };
    let world = world::start(database.open().await, settings).await.unwrap();
    let report = run(&load(world.amazon_addr(), 2_000, 10, 200)).await.unwrap();
    assert!(report.resent > 200, "{report}");
    assert!(report.to_string().contains("commands again"), "{report}");
    world.stop().await;
}

#[tokio::test]
async fn a_world_that_is_not_there_is_named() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = run(&load(free, 1, 1, 1)).await.unwrap_err().to_string();
    assert!(error.contains(&free.to_string()), "{error}");
}
