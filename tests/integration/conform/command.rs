//! `waybill conform` as a user runs it: what it prints, and how it ends.
//!
//! What the checks find is not tested here.

use std::{net::SocketAddr, process::Output};

use tokio::process::Command;
use waybill::world::{self, WorldSettings};

use super::{
    super::support::TestDb,
    mischief,
    saboteur::{Manner, Saboteur},
};

async fn conform(amazon: SocketAddr, ups: SocketAddr, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waybill"));
    command.args(["conform", "--amazon", &amazon.to_string(), "--ups", &ups.to_string()]);
    let Output { status, stdout, stderr } = command.args(arguments).output().await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_exit_status_tells_whether_every_rule_is_kept() {
    let database = TestDb::embedded();
    let world = world::start(database.open().await, WorldSettings::for_testing()).await.unwrap();
    let (amazon, ups) = (world.amazon_addr(), world.ups_addr());

    let (code, out, _) = conform(amazon, ups, &["--only", "speed.zero,close.ups-stays"]).await;
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("ok    speed.zero\n") && out.contains("2 passed, 0 failed"), "{out}");

    let (code, out, _) = conform(amazon, ups, &["--only", "speed.zero", "--format", "json"]).await;
    let findings: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &findings["passed"]), (0, &1.into()), "{out}");
    let transcript = findings["checks"][0]["transcript"].as_array().unwrap();
    let is_sent = |line: &serde_json::Value| line.as_str().unwrap().contains("simspeed=0");
    assert!(transcript.iter().any(is_sent), "{out}");

    let zero = mischief::all().into_iter().find(|it| it.name == "zero-is-the-end").unwrap();
    let saboteur = Saboteur::before(&world, Manner::Good, (zero.make)()).await;
    let arguments = ["--only", "speed.zero", "--patience", "2", "--format", "junit"];
    let (code, out, _) = conform(saboteur.amazon, saboteur.ups, &arguments).await;
    assert_eq!(code, 1, "{out}");
    assert!(out.starts_with("<?xml") && out.contains(r#"failures="1""#), "{out}");
    world.stop().await;
}

#[tokio::test]
async fn where_nothing_could_be_tried_it_says_why() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (code, _, err) = conform(free, free, &[]).await;
    assert_eq!(code, 2, "{err}");
    assert!(err.contains(&free.to_string()), "{err}");
    let (code, _, err) = conform(free, free, &["--only", "amazon.nothing"]).await;
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("amazon.nothing") && err.contains("--list"), "{err}");
}

#[tokio::test]
async fn the_list_tells_name_level_and_rule_and_needs_no_world() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (code, out, _) = conform(free, free, &["--list", "--only", "amazon.pack"]).await;
    assert_eq!(code, 0);
    let line = out.lines().find(|line| line.contains("amazon.pack.takes-stock")).unwrap();
    assert!(line.starts_with("must  ") && line.ends_with("off the stock. (W-PACK-1)"), "{line}");
    let (_, must, _) = conform(free, free, &["--list", "--level", "must"]).await;
    let (_, all, _) = conform(free, free, &["--list"]).await;
    assert!(must.lines().all(|line| line.starts_with("must")), "{must}");
    assert!(all.lines().count() > must.lines().count() && must.lines().count() > 60);
}
