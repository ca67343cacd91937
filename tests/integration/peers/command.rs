//! `waybill conform --store` and `--carrier` as a user runs them: what is printed, and how it ends.
//!
//! What the checks find is not tested here.

use std::process::Output;

use tokio::process::Command;

use super::party::{CarrierUnderTest, SECRET, StoreUnderTest, free};
use crate::support::TestDb;

async fn conform(arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waybill"));
    command.arg("conform").args(arguments).env("WAYBILL_WEBHOOK_SECRET", SECRET);
    let Output { status, stdout, stderr } = command.output().await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_and_a_carrier_in_their_ordinary_state_are_tried_together() {
    let (one, other) = (TestDb::embedded(), TestDb::embedded());
    let store = StoreUnderTest::open(&one.open().await, free()).await;
    let carrier = CarrierUnderTest::open(&other.open().await, free()).await;
    let both = ["--store", &store.url, "--carrier", &carrier.url];
    let (code, out, err) = conform(&both).await;
    assert_eq!(code, 0, "{out}{err}");
    assert!(
        out.contains("ok    store.batch.order\n") && out.contains("ok    carrier.batch.order\n")
    );
    assert!(out.contains("skip  carrier.created.taken: it takes --listen ADDR"), "{out}");
    assert!(!out.contains(SECRET), "a secret is shown");

    let json = ["--store", &store.url, "--only", "store.answer", "--format", "json"];
    let (code, out, _) = conform(&json).await;
    let findings: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &findings["failed"]), (0, &0.into()), "{out}");
    let transcript = findings["checks"][0]["transcript"].as_array().unwrap();
    assert!(transcript.iter().any(|line| line.as_str().unwrap().contains("we <- HTTP 400")));
    let junit = ["--carrier", &carrier.url, "--only", "carrier.shape", "--format", "junit"];
    let (code, out, _) = conform(&junit).await;
    assert!(code == 0 && out.starts_with("<?xml") && out.contains(r#"failures="0""#), "{out}");

    // A store is no carrier.
    let (code, out, _) = conform(&["--carrier", &store.url, "--only", "carrier.answer"]).await;
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("FAIL  carrier.answer.unknown-code (must)"), "{out}");
    store.stop().await;
    carrier.stop().await;
}

#[tokio::test]
async fn where_nothing_could_be_tried_it_says_why() {
    let nobody = format!("http://{}", free());
    let (code, _, err) = conform(&["--store", &nobody]).await;
    assert!(code == 2 && err.contains("does it run there?"), "{err}");
    let (code, _, err) = conform(&["--carrier", "ftp://x"]).await;
    assert!(code == 2 && err.contains("--carrier is \"ftp://x\""), "{err}");
    let (code, _, err) = conform(&["--store", &nobody, "--only", "carrier.answer"]).await;
    assert!(code == 2 && err.contains("--list"), "{err}");
    let both = ["--store", &nobody, "--carrier", &nobody, "--listen", "127.0.0.1:0"];
    let (code, _, err) = conform(&both).await;
    assert!(code == 2 && err.contains("one after the other"), "{err}");
}

#[tokio::test]
async fn the_lists_tell_what_each_check_takes_and_need_nobody() {
    let (code, out, _) = conform(&["--list", "--store", "--only", "store.arrived"]).await;
    assert_eq!(code, 0);
    let line = out.lines().find(|line| line.contains("store.arrived.early")).unwrap();
    assert!(line.starts_with("must  ") && line.contains("[takes --listen and a world]"), "{line}");
    let (_, must, _) = conform(&["--list", "--carrier", "--level", "must"]).await;
    assert!(must.lines().all(|line| line.starts_with("must  carrier.")), "{must}");
    assert!(must.lines().count() >= 25);
}
