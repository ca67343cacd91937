//! The world over real sockets and a real database.

mod client;
mod farewells;
mod hostile;
mod windows;

use bytes::Bytes;
use client::{AmazonClient, UpsClient};

use super::*;
use crate::{
    basis::{PackageId, Point, ProductId, TruckId, WarehouseId, WorldId},
    db::DbTarget,
    wire::{amazon, amazon::Thing, ups},
};

const WAREHOUSE: WarehouseId = WarehouseId(1);
const TRUCK: TruckId = TruckId(0);
const PACKAGE: PackageId = PackageId(7);

async fn database(dir: &tempfile::TempDir) -> Db {
    let target = DbTarget::Embedded(dir.path().to_owned());
    Db::open(&target, 1).await.expect("the embedded database")
}

fn things() -> Vec<Thing> {
    vec![Thing { product: ProductId(5), description: "tea".into(), count: 3 }]
}

fn buy() -> amazon::Command {
    amazon::Command::Buy { warehouse: WAREHOUSE, things: things() }
}

fn pack() -> amazon::Command {
    amazon::Command::Pack { warehouse: WAREHOUSE, things: things(), package: PACKAGE }
}

fn load() -> amazon::Command {
    amazon::Command::Load { warehouse: WAREHOUSE, truck: TRUCK, package: PACKAGE }
}

fn pickup() -> ups::Command {
    ups::Command::Pickup { truck: TRUCK, warehouse: WAREHOUSE }
}

fn deliver() -> ups::Command {
    ups::Command::Deliver { truck: TRUCK, packages: vec![(PACKAGE, Point::new(8, 8))] }
}

async fn both_sides(world: &Running) -> (AmazonClient, UpsClient, WorldId) {
    let mut ups = UpsClient::open(world.ups_addr()).await;
    let id = ups.join(None, vec![(TRUCK, Point::new(0, 0))]).await.world;
    let mut amazon = AmazonClient::open(world.amazon_addr()).await;
    let connected = amazon.join(Some(id), vec![(WAREHOUSE, Point::new(2, 3))]).await;
    assert!(connected.is_good(), "{}", connected.result);
    (amazon, ups, id)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_goes_from_purchase_to_doorstep() {
    let dir = tempfile::tempdir().unwrap();
    let db = database(&dir).await;
    let world = start(db, WorldSettings::for_testing()).await.unwrap();
    let (mut amazon, mut ups, id) = both_sides(&world).await;
    assert_eq!(id, WorldId(1));

    amazon.ask(1, buy()).await;
    let arrived = amazon.event().await;
    assert_eq!(arrived, amazon::Event::Arrived { warehouse: WAREHOUSE, things: things() });
    amazon.ask(2, pack()).await;
    assert_eq!(amazon.event().await, amazon::Event::Ready { package: PACKAGE });
    ups.ask(1, pickup()).await;
    let at = Point::new(2, 3);
    let status = ups::status::ARRIVE_WAREHOUSE.to_owned();
    assert_eq!(ups.event().await, ups::Event::Finished { truck: TRUCK, at, status });
    amazon.ask(3, load()).await;
    assert_eq!(amazon.event().await, amazon::Event::Loaded { package: PACKAGE });
    ups.ask(2, deliver()).await;
    assert_eq!(ups.event().await, ups::Event::Delivered { truck: TRUCK, package: PACKAGE });
    let (at, status) = (Point::new(8, 8), ups::status::IDLE.to_owned());
    assert_eq!(ups.event().await, ups::Event::Finished { truck: TRUCK, at, status });
    amazon.ask(4, amazon::Command::Query { package: PACKAGE }).await;
    let status = "delivered".to_owned();
    assert_eq!(amazon.event().await, amazon::Event::Status { package: PACKAGE, status });
    assert_eq!(amazon.acked(), [1, 2, 3, 4]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_missed_comes_after_a_reconnect_under_the_same_number() {
    let dir = tempfile::tempdir().unwrap();
    let db = database(&dir).await;
    let world = start(db, WorldSettings::for_testing()).await.unwrap();
    let (mut amazon, _ups, id) = both_sides(&world).await;
    amazon.keep_silent();
    amazon.ask(1, buy()).await;
    let before = amazon.numbered().await;
    drop(amazon);

    let mut amazon = AmazonClient::open(world.amazon_addr()).await;
    amazon.join_when_free(id).await;
    assert_eq!(amazon.numbered().await, before);
    // The command comes again, too, and is acked without being done again.
    amazon.ask(1, buy()).await;
    amazon.ask(2, amazon::Command::Query { package: PACKAGE }).await;
    let after = amazon.numbered().await;
    assert_eq!(after.seq, before.seq.next(), "nothing but the answer to the query");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_in_the_middle_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let db = database(&dir).await;
    let world = start(db.clone(), WorldSettings::for_testing()).await.unwrap();
    let (mut amazon, mut ups, id) = both_sides(&world).await;
    amazon.ask(1, buy()).await;
    amazon.event().await;
    amazon.keep_silent();
    amazon.ask(2, pack()).await;
    let ready = amazon.numbered().await;
    ups.ask(1, pickup()).await;
    world.stop().await;
    assert!(amazon.is_hung_up().await && ups.is_hung_up().await);

    let world = start(db.clone(), WorldSettings::for_testing()).await.unwrap();
    let mut amazon = AmazonClient::open(world.amazon_addr()).await;
    amazon.join_when_free(id).await;
    let mut ups = UpsClient::open(world.ups_addr()).await;
    ups.join_when_free(id).await;
    assert_eq!(amazon.numbered().await, ready, "the same event under the same number");
    ups.ask(1, pickup()).await;
    ups.event().await;
    amazon.ask(2, pack()).await;
    amazon.ask(3, load()).await;
    assert_eq!(amazon.event().await, amazon::Event::Loaded { package: PACKAGE });
    ups.ask(2, deliver()).await;
    assert_eq!(ups.event().await, ups::Event::Delivered { truck: TRUCK, package: PACKAGE });
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lossy_world_delivers_to_a_patient_client() {
    let dir = tempfile::tempdir().unwrap();
    let db = database(&dir).await;
    let settings = WorldSettings { flakiness: 60, seed: 4, ..WorldSettings::for_testing() };
    let world = start(db, settings).await.unwrap();
    let (mut amazon, mut ups, _) = both_sides(&world).await;
    amazon.ask_until_acked(1, buy()).await;
    amazon.event().await;
    amazon.ask_until_acked(2, pack()).await;
    amazon.event().await;
    ups.ask_until_acked(1, pickup()).await;
    ups.event().await;
    amazon.ask_until_acked(3, load()).await;
    assert_eq!(amazon.event().await, amazon::Event::Loaded { package: PACKAGE });
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_polite_client_hears_finished_and_frees_its_side() {
    let dir = tempfile::tempdir().unwrap();
    let db = database(&dir).await;
    let world = start(db, WorldSettings::for_testing()).await.unwrap();
    let (mut amazon, _ups, id) = both_sides(&world).await;
    let mut rival = AmazonClient::open(world.amazon_addr()).await;
    let refused = rival.join(Some(id), Vec::new()).await.result;
    assert!(refused.starts_with("error: world with world_id 1 is not available"), "{refused}");
    amazon.disconnect().await;
    assert!(amazon.is_finished().await && amazon.is_hung_up().await);
    rival.join_when_free(id).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_that_are_no_message_end_the_connection_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let db = database(&dir).await;
    let world = start(db, WorldSettings::for_testing()).await.unwrap();
    let (mut amazon, mut ups, _) = both_sides(&world).await;
    amazon.send_raw(&[0]).await;
    amazon.ask(1, buy()).await;
    amazon.event().await;
    amazon.send_raw(&[3, 0xff, 0xff, 0xff]).await;
    assert!(amazon.is_hung_up().await);
    ups.ask(1, pickup()).await;
    ups.event().await;
    world.stop().await;
}
