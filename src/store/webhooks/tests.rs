//! A post keeps its place until it is answered, and who finds none is told so in the form
//! of the entrance.
//!
//! What else the entrances take and refuse is tried over sockets elsewhere.

use std::time::Duration;

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::Method,
};
use futures_util::FutureExt;
use serde_json::json;
use tower::ServiceExt;

use super::*;
use crate::{
    db::DbTarget,
    store::{
        model::Letter,
        shop::{Inside, ShopSettings},
    },
    web::headers_of_post,
    wire::signature::Secret,
};

/// For what takes milliseconds unless something is broken.
const PATIENCE: Duration = Duration::from_secs(60);

/// Takes letters and answers none.
struct Silent;

impl Inside for Silent {
    fn post(&self, _: Letter) {}

    fn is_healthy(&self) -> bool {
        true
    }
}

fn request(path: &str, body: &Value) -> Request {
    let body = Body::from(body.to_string());
    Request::builder().method(Method::POST).uri(path).body(body).unwrap()
}

/// The entrances of a store whose models say nothing.
async fn entrances(keys: Keys) -> (Router, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(&DbTarget::Embedded(dir.path().join("db")), 1).await.unwrap();
    let settings = ShopSettings { answer_within: 100 * PATIENCE, ..ShopSettings::default() };
    let shop = Shop::new(Box::new(Silent), settings);
    (router(shop, db, keys, Guarded::default()), dir)
}

/// Posts as often as there are places, and hangs up.
fn fill(site: &Router, places: usize, path: &str, body: &Value) {
    for _ in 0..places {
        let answer = site.clone().oneshot(request(path, body)).now_or_never();
        assert!(answer.is_none(), "there is a place, and nobody answers");
    }
}

async fn refused(site: &Router, path: &str, body: &Value) -> Value {
    let asking = site.clone().oneshot(request(path, body));
    let answer = tokio::time::timeout(PATIENCE, asking).await.expect("no place, so at once");
    let answer = answer.unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
    assert_eq!(answer.headers()[RETRY_AFTER], RETRY_AFTER_S, "{path}");
    serde_json::from_slice(&to_bytes(answer.into_body(), usize::MAX).await.unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_hangs_up_gives_no_place_to_another() {
    let (site, _dir) = entrances(Keys::default()).await;
    let world = json!({ "worldid": 1 });
    let truck = json!({
        "message_type": "TruckDispatched", "timestamp": "2026-01-02T03:04:05",
        "payload": { "truck_id": 1, "shipment_id": 1 },
    });
    let (single, batch) = ("/api/webhooks/truck-dispatched", BATCH_PATH_AT_STORE);
    fill(&site, MESSAGES_AT_ONCE_MAX, "/set_worldid", &world);
    let words = refused(&site, "/set_worldid", &world).await;
    assert_eq!(words["success"], false, "flat: {words}");
    assert!(words.get("message_type").is_none(), "flat: {words}");
    let words = refused(&site, single, &truck).await;
    assert_eq!(
        (&words["message_type"], &words["payload"]["code"]),
        (&json!("Error"), &json!(code::INTERNAL))
    );
    fill(&site, BATCHES_AT_ONCE_MAX, batch, &json!([truck]));
    let words = refused(&site, batch, &json!([truck])).await;
    assert_eq!(words["message_type"], "Error", "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_secret_only_what_is_signed_is_taken() {
    let keys = Keys::from_iter([Secret::parse("a secret of words").unwrap()]);
    let (site, _dir) = entrances(keys.clone()).await;
    let none = json!([]);
    for (path, body) in [
        ("/set_worldid", &json!({ "worldid": 1 })),
        ("/api/ups/tracking", &json!({ "shipment_id": 1, "tracking_id": "WB1" })),
        ("/api/webhooks/shipment-delivered", &json!({})),
        (BATCH_PATH_AT_STORE, &none),
    ] {
        let refused = site.clone().oneshot(request(path, body)).await.unwrap();
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED, "{path}");
        let words = to_bytes(refused.into_body(), usize::MAX).await.unwrap();
        let words: Value = serde_json::from_slice(&words).unwrap();
        let is_flat = path == "/set_worldid" || path.starts_with("/api/ups/");
        assert_eq!(words.get("success").is_some(), is_flat, "{path}: {words}");
    }
    // What is signed comes in: of nothing nothing is made.
    let body = Bytes::from(none.to_string());
    let mut signed = request(BATCH_PATH_AT_STORE, &none);
    signed.headers_mut().extend(headers_of_post(&keys, None, &body));
    assert_eq!(site.oneshot(signed).await.unwrap().status(), StatusCode::OK);
}
