//! Two processes on one database: the second waits, and takes over from a first
//! that was killed, with everything that it had promised.
//!
//! Only a real PostgreSQL has room for two.

use std::{net::TcpListener, sync::Arc, time::Duration};

use super::{ANY_PORT, FAST, books::Books, shoppers::Shoppers};
use crate::support::{
    TestDb,
    up::{Starting, Up, UpOptions, tail},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_process_waits_and_takes_over_from_one_that_was_killed() {
    let Some(database) = TestDb::real().await else { return };
    let arguments = ["--simspeed", FAST, "--trucks", "20"];
    let (data_dir, target) = (database.dir(), &database.target);
    let mut options = UpOptions { data_dir, target, store_addr: ANY_PORT, arguments: &arguments };
    let first = Up::start(&options).await;
    let shoppers = Arc::new(Shoppers::register(&first.store, 2).await);
    shoppers.place_all(5, 5).await;

    options.store_addr = first.store_addr();
    let watched = free_addr();
    let second = Starting::spawn(&options, &["--metrics-addr", &watched]);
    waits(&watched).await;
    let impatient = free_addr();
    let third = Starting::spawn(&options, &["--metrics-addr", &impatient]);
    waits(&impatient).await;
    third.stop().await;

    // The first goes on as if nobody waited.
    shoppers.place_all(10, 5).await;
    first.kill().await;
    let second = second.ready().await;
    shoppers.place_all(15, 5).await;
    let delivered = shoppers.all_delivered(15).await;
    assert!(delivered, "{:?}; {}", shoppers.undelivered().await, tail(data_dir));
    second.stop().await;
    Books::read(&database.open().await).await.balance(15);
    database.remove().await;
}

/// An address that nobody has at present.
fn free_addr() -> String {
    TcpListener::bind(ANY_PORT).unwrap().local_addr().unwrap().to_string()
}

/// Returns when the process that is watched there says that it waits for another.
async fn waits(addr: &str) {
    let url = format!("http://{addr}/readyz");
    let asked = async {
        loop {
            let answer = reqwest::get(&url).await;
            if let Ok(answer) = answer {
                assert!(!answer.status().is_success(), "ready beside another");
                let text = answer.text().await.unwrap_or_default();
                if text.contains("waits for another process") && text.contains("waybill world") {
                    return;
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    assert!(tokio::time::timeout(super::PATIENCE, asked).await.is_ok(), "never waited");
}
