//! `waybill world init` at a simulator that runs, and at ones that do not.

use std::{net::SocketAddr, process::Stdio, time::Duration};

use tokio::process::Command;
use waybill::{
    basis::{Point, TruckId, WarehouseId, WorldId},
    db::Db,
    world::{self, InitSettings, Running, WorldSettings},
};

use super::support::TestDb;

async fn on_a_world<F: Future<Output = ()>>(
    settings: WorldSettings,
    test: impl FnOnce(SocketAddr, SocketAddr) -> F,
) {
    let database = TestDb::embedded();
    let db: Db = database.open().await;
    let running: Running = world::start(db.clone(), settings).await.unwrap();
    test(running.amazon_addr(), running.ups_addr()).await;
    running.stop().await;
    db.close();
    database.remove().await;
}

fn on_any_port() -> WorldSettings {
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    WorldSettings { amazon_addr: any, ups_addr: any, http_addr: any, ..WorldSettings::default() }
}

fn visit(amazon: SocketAddr, ups: SocketAddr) -> InitSettings {
    InitSettings {
        amazon_addr: amazon.to_string(),
        ups_addr: ups.to_string(),
        world: None,
        warehouses: vec![(WarehouseId(1), Point::new(2, -3)), (WarehouseId(0), Point::new(9, 9))],
        trucks: vec![(TruckId(0), Point::new(0, 0))],
        patience: Duration::from_secs(30),
    }
}

async fn refusal(settings: &InitSettings) -> String {
    let error = world::init(settings).await.unwrap_err();
    format!("{error:#}")
}

/// Exit status, standard output, standard error.
async fn waybill(arguments: &[&str]) -> (bool, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waybill"));
    command.arg("world").arg("init").args(arguments).stdin(Stdio::null());
    let output = command.output().await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.success(), text(output.stdout), text(output.stderr))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_world_is_made_and_both_of_its_sides_are_free() {
    on_a_world(on_any_port(), |amazon, ups| async move {
        let (amazon_text, ups_text) = (amazon.to_string(), ups.to_string());
        let at = ["--amazon", &amazon_text, "--ups", &ups_text];
        let things = ["--warehouse", "1,2,-3", "--warehouse", "0,9,9", "--truck", "-1,0,0"];
        let made = waybill(&[at.as_slice(), &things].concat()).await;
        assert_eq!(made, (true, "1\n".to_owned(), String::new()));
        // Somebody else can be either side at once: what the world has is added to.
        let more = ["--world-id", "1", "--warehouse", "2,0,0", "--truck", "5,0,0"];
        let (good, id, _) = waybill(&[at.as_slice(), &more].concat()).await;
        assert!(good && id == "1\n", "{id}");
        let (good, id, complaint) = waybill(&[at.as_slice(), &more].concat()).await;
        assert!(!good && id.is_empty(), "{id}");
        let exists = "refused: error: warehouse_id/truck_id already exists.";
        assert!(complaint.contains(exists), "{complaint}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_simulator_that_speaks_now_and_then_and_drops_requests_is_left_too() {
    let tick = Some(Duration::from_millis(150));
    let settings = WorldSettings { tick, flakiness: 70, seed: 1, ..on_any_port() };
    on_a_world(settings, |amazon, ups| async move {
        let made = world::init(&visit(amazon, ups)).await.unwrap();
        let again = InitSettings {
            world: Some(made),
            warehouses: vec![(WarehouseId(7), Point::default())],
            trucks: vec![(TruckId(7), Point::default())],
            ..visit(amazon, ups)
        };
        assert_eq!(world::init(&again).await.unwrap(), made, "both sides are free");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_is_said_with_what_is_there() {
    on_a_world(on_any_port(), |amazon, ups| async move {
        let twice = vec![(TruckId(0), Point::default()); 2];
        let said = refusal(&InitSettings { trucks: twice, ..visit(amazon, ups) }).await;
        assert!(said.starts_with("world 1 is there, but without these trucks: "), "{said}");
        assert!(said.contains("already exists"), "{said}");
        let nowhere = Some(WorldId(99));
        let said = refusal(&InitSettings { world: nowhere, ..visit(amazon, ups) }).await;
        assert!(said.contains("world_id 99 is not available"), "{said}");
        let said = refusal(&visit(ups, amazon)).await;
        assert!(said.contains("isAmazon is true, and this port is for a ups"), "{said}");
    })
    .await;
}

#[tokio::test]
async fn a_simulator_that_is_not_there_or_is_none_is_named() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let said = refusal(&visit(free, free)).await;
    assert!(said.contains(&free.to_string()) && said.contains("does it run there?"), "{said}");

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let rude = listener.local_addr().unwrap();
    let hang_up = tokio::spawn(async move { drop(listener.accept().await.unwrap()) });
    let said = refusal(&visit(rude, rude)).await;
    assert!(said.contains(&rude.to_string()), "{said}");
    hang_up.await.unwrap();

    let (good, _, complaint) = waybill(&[]).await;
    assert!(!good && complaint.contains("--warehouse"), "{complaint}");
    let (good, _, complaint) = waybill(&["--truck", "1,2"]).await;
    assert!(!good && complaint.contains("ID,X,Y"), "{complaint}");
}
