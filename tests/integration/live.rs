//! The whole system as a process, over sockets and a database: what a shopper
//! was promised is what the books say in the end.
//!
//! The same promises under far more faults are kept in virtual time.

mod admins;
mod books;
mod second_thoughts;
mod shoppers;
mod takeover;
mod traces;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use books::Books;
use shoppers::Shoppers;

use crate::support::{
    TestDb,
    up::{Up, UpOptions, tail},
};

const ORDERS: usize = 200;
const ANY_PORT: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);
/// A day of the world takes a few seconds.
const FAST: &str = "20000";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_orders_through_a_flaky_world_are_each_delivered_once() {
    for database in TestDb::each().await {
        let arguments = ["--simspeed", FAST, "--flakiness", "30", "--trucks", "60"];
        let (data_dir, target) = (database.dir(), &database.target);
        let options = UpOptions { data_dir, target, store_addr: ANY_PORT, arguments: &arguments };
        let up = Up::start(&options).await;
        let shoppers = Arc::new(Shoppers::register(&up.store, 8).await);
        shoppers.place_all(ORDERS, ORDERS).await;
        let delivered = shoppers.all_delivered(ORDERS).await;
        assert!(delivered, "{:?}; {}", shoppers.undelivered().await, tail(data_dir));
        shoppers.repeat_one_order().await;
        let in_state = async |state: &str| {
            up.metric(&format!("waybill_store_order_states{{status=\"{state}\"}}")).await
        };
        assert_eq!(in_state("delivered").await, ORDERS as f64);
        assert_eq!(in_state("created").await, 0.0);
        let seen = up.packages_seen().await;
        up.stop().await;
        let books = Books::read(&database.open().await).await;
        books.balance(ORDERS);
        books.agree_with(&seen);
        database.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_kills_in_the_middle_change_nothing_about_the_outcome() {
    for database in TestDb::each().await {
        let arguments = ["--simspeed", "4000", "--flakiness", "10", "--trucks", "60"];
        let (data_dir, target) = (database.dir(), &database.target);
        let mut options =
            UpOptions { data_dir, target, store_addr: ANY_PORT, arguments: &arguments };
        let mut up = Up::start(&options).await;
        // The shoppers know one address, whoever answers there.
        options.store_addr = up.store_addr();
        let shoppers = Arc::new(Shoppers::register(&up.store, 8).await);
        let placing = tokio::spawn({
            let shoppers = Arc::clone(&shoppers);
            async move { shoppers.place_all(ORDERS, 4).await }
        });
        for kill in 1..=5 {
            shoppers.placed_at_least(kill * ORDERS / 6).await;
            up.kill().await;
            up = Up::start(&options).await;
        }
        placing.await.unwrap();
        let delivered = shoppers.all_delivered(ORDERS).await;
        assert!(delivered, "{:?}; {}", shoppers.undelivered().await, tail(data_dir));
        let counted = up.metric("waybill_store_order_states{status=\"delivered\"}").await;
        assert_eq!(counted, ORDERS as f64, "counted over five starts");
        let seen = up.packages_seen().await;
        up.stop().await;
        let books = Books::read(&database.open().await).await;
        books.balance(ORDERS);
        books.agree_with(&seen);
        database.remove().await;
    }
}

/// How long everything may take before it counts as never.
const PATIENCE: Duration = Duration::from_secs(240);
