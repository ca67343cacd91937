//! The carrier over real sockets: a small world and a small store on the other ends.

mod neighbours;
mod owners;

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Request,
};
use futures_util::FutureExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use self::neighbours::{Store, World};
use super::*;
use crate::{
    basis::PackageId, carrier::model::tracking_number, db::DbTarget, web::headers_of_post,
    wire::signature::Secret,
};

/// For what takes milliseconds unless something is broken.
const PATIENCE: Duration = Duration::from_secs(60);

struct TestApp {
    db: Db,
    running: Running,
    world: World,
    store: Arc<Store>,
    http: reqwest::Client,
    _dir: tempfile::TempDir,
}

impl TestApp {
    async fn start(takes_batches: bool) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let db = Db::open(&DbTarget::Embedded(dir.path().join("db")), 1).await.unwrap();
        let (world, store) = (World::open().await, Store::open(takes_batches).await);
        let running = start(db.clone(), settings(&world, &store)).await.unwrap();
        Self { db, running, world, store, http: reqwest::Client::new(), _dir: dir }
    }

    async fn restart(self) -> Self {
        let Self { db, running, world, store, http, _dir } = self;
        running.stop().await;
        let running = start(db.clone(), settings(&world, &store)).await.unwrap();
        Self { db, running, world, store, http, _dir }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.running.addr())
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let sent = self.http.post(self.url(path)).json(body).send().await.unwrap();
        (sent.status().as_u16(), sent.json().await.unwrap_or_default())
    }

    async fn text(&self, path: &str) -> (u16, String) {
        let got = self.http.get(self.url(path)).header("accept", "text/html").send().await.unwrap();
        (got.status().as_u16(), got.text().await.unwrap())
    }

    async fn status(&self, shipment: i64) -> Value {
        let body = envelope("ShipmentStatusRequest", json!({ "shipment_id": shipment }), None);
        self.post("/api/shipment_status", &body).await.1
    }

    /// Whether the shipment is not finished as far as is committed.
    async fn is_under_way(&self, shipment: i64) -> bool {
        let sql = "SELECT NOT is_finished FROM carrier.shipments AS s WHERE s.id = $1";
        let client = self.db.client().await.unwrap();
        client.query_one(sql, &[&shipment]).await.unwrap().get(0)
    }

    /// How often shipments were looked up: the pool has one session.
    async fn lookups(&self) -> i64 {
        let sql = "SELECT coalesce(sum(generic_plans + custom_plans), 0)::bigint
            FROM pg_prepared_statements
            WHERE statement LIKE 'SELECT id, tracking_number,%FROM carrier.shipments WHERE id =%'";
        self.db.client().await.unwrap().query_one(sql, &[]).await.unwrap().get(0)
    }

    async fn until_delivered(&self, shipment: i64) {
        let delivered = async {
            while !self.store.has_heard("ShipmentDelivered", shipment) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, delivered).await.expect("delivered in time");
    }

    async fn until_arrived(&self, shipment: i64) {
        let arrived = async {
            while !self.store.has_heard("TruckArrived", shipment) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, arrived).await.expect("the truck comes in time");
    }
}

fn settings(world: &World, store: &Store) -> CarrierSettings {
    CarrierSettings::for_testing(world.addr(), store.url())
}

fn envelope(kind: &str, payload: Value, seq: Option<i64>) -> Value {
    let mut body = json!({ "message_type": kind, "timestamp": "2026-01-02T03:04:05" });
    body["payload"] = payload;
    if let Some(seq) = seq {
        body["sequence_number"] = json!(seq);
        body["sender"] = json!("store-1");
    }
    body
}

fn order(shipment: i64, seq: Option<i64>) -> Value {
    let payload = json!({
        "user_id": "1", "email": "ann@example.org", "shipment_id": shipment, "warehouse_id": 2,
        "destination_x": 9, "destination_y": "-9",
    });
    envelope("ShipmentCreated", payload, seq)
}

fn loaded(shipment: i64) -> Value {
    envelope("ShipmentLoaded", json!({ "shipment_id": shipment.to_string() }), None)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shipment_goes_from_order_to_doorstep_over_real_sockets() {
    let app = TestApp::start(true).await;
    let (status, answer) = app.post("/api/shipment", &order(5, Some(1))).await;
    let number = tracking_number(PackageId(5));
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["payload"]["tracking_number"], json!(number));
    assert_eq!(answer["payload"]["acks"], json!([1]));
    assert_eq!(app.post("/api/shipment", &order(5, Some(1))).await.1["payload"], answer["payload"]);
    let (status, refusal) = app.post("/api/shipment", &order(5, None)).await;
    assert_eq!((status, &refusal["payload"]["code"]), (400, &json!(1002)));
    app.until_arrived(5).await;
    let events =
        app.http.get(app.url(&format!("/api/v1/track/{number}/events"))).send().await.unwrap();
    assert_eq!(app.post("/api/amazon/message", &loaded(5)).await.0, 200);
    app.until_delivered(5).await;
    let told =
        tokio::time::timeout(PATIENCE, events.text()).await.expect("the stream ends").unwrap();
    assert!(told.contains("\"status\":\"delivered\""), "{told}");
    let heard = app.store.heard(5);
    let mut sorted = heard.clone();
    sorted.dedup();
    let expected =
        ["Tracking", "TruckDispatched", "TruckArrived", "StatusUpdate", "ShipmentDelivered"];
    assert_eq!(sorted, expected);
    assert!(app.store.worlds() >= 1);
    let report = app.status(5).await;
    assert_eq!(report["payload"]["status"], "delivered");
    assert!(report["payload"]["actual_delivery"].is_string(), "{report}");
    app.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_follow_a_shipment_by_its_number_as_they_type_it() {
    let app = TestApp::start(true).await;
    app.post("/api/shipment", &order(6, Some(1))).await;
    let number = tracking_number(PackageId(6));
    let (status, page) =
        app.text(&format!("/track?number=%20{}-{}", &number[..5], &number[5..])).await;
    assert_eq!(status, 200);
    assert!(page.contains(&number) && page.contains("Waiting for a truck"), "{page}");
    assert!(!page.contains("ann@example.org"), "who ordered is nobody's business");
    let json: Value = app
        .http
        .get(app.url(&format!("/api/v1/track/{number}")))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!((&json["shipment_id"], &json["destination"]["y"]), (&json!(6), &json!(-9)));
    let (status, page) = app.text("/track/%3Cscript%3E").await;
    assert_eq!(status, 404);
    assert!(page.contains("No shipment has") && !page.contains("<script>"), "{page}");
    assert_eq!(app.text("/").await.0, 200);
    assert_eq!(app.text("/assets/track.js").await.0, 200);
    let (status, page) = app.text("/nowhere").await;
    assert_eq!(status, 404);
    assert!(page.contains("<h1>"), "a page for people: {page}");
    assert_eq!(app.http.get(app.url("/api/v1/track/WB1")).send().await.unwrap().status(), 404);
    app.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_without_batches_hears_everything_message_by_message() {
    let app = TestApp::start(false).await;
    for shipment in 1..=3 {
        app.post("/api/shipment", &order(shipment, None)).await;
    }
    for shipment in 1..=3 {
        app.until_arrived(shipment).await;
        assert_eq!(app.post("/api/shipment_loaded", &loaded(shipment)).await.0, 200);
        app.until_delivered(shipment).await;
        let mut heard = app.store.heard(shipment);
        heard.dedup();
        assert_eq!(heard.len(), 5, "{heard:?}");
    }
    app.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_in_the_middle_and_a_lost_world_change_nothing() {
    let mut app = TestApp::start(true).await;
    for shipment in 1..=12 {
        app.post("/api/shipment", &order(shipment, Some(shipment))).await;
    }
    app.until_arrived(1).await;
    app = app.restart().await;
    app.world.cut();
    for shipment in 1..=12 {
        app.until_arrived(shipment).await;
        assert_eq!(app.post("/api/shipment_loaded", &loaded(shipment)).await.0, 200);
        if shipment == 6 {
            app = app.restart().await;
        }
    }
    for shipment in 1..=12 {
        app.until_delivered(shipment).await;
        assert_eq!(app.world.deliveries_of(shipment), 1);
    }
    assert_eq!(app.world.worlds_made(), 1);
    app.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_answered_in_its_order_with_good_and_bad_side_by_side() {
    let app = TestApp::start(true).await;
    let batch = json!([
        order(8, Some(1)),
        { "message_type": "ShipmentLoaded", "payload": {} },
        envelope("ShipmentStatusRequest", json!({ "shipment_id": 8 }), Some(2)),
        envelope("ShipmentLoaded", json!({ "shipment_id": 404 }), Some(3)),
    ]);
    let (status, answers) = app.post("/api/messages", &batch).await;
    assert_eq!(status, 200);
    let kinds: Vec<_> = answers.as_array().unwrap().iter().map(|a| &a["message_type"]).collect();
    assert_eq!(kinds, ["Acknowledgement", "Error", "ShipmentStatusResponse", "Error"]);
    assert_eq!(answers[1]["payload"]["code"], 1001);
    assert_eq!(answers[2]["payload"]["shipment_id"], 8);
    assert_eq!(answers[3]["payload"]["code"], 2000);
    assert_eq!(answers[3]["payload"]["acks"], json!([3]));
    app.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_of_questions_about_finished_shipments_costs_one_query() {
    let app = TestApp::start(true).await;
    for shipment in [1, 2] {
        app.post("/api/shipment", &order(shipment, None)).await;
        app.until_arrived(shipment).await;
        app.post("/api/shipment_loaded", &loaded(shipment)).await;
        app.until_delivered(shipment).await;
        // From then on the models know it no more.
        while app.is_under_way(shipment).await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    let question = |shipment: i64| {
        envelope("ShipmentStatusRequest", json!({ "shipment_id": 1 + shipment % 2 }), None)
    };
    let batch: Value = (0..40).map(question).collect();
    let (status, answers) = app.post("/api/messages", &batch).await;
    assert_eq!((status, answers.as_array().unwrap().len()), (200, 40));
    for answer in answers.as_array().unwrap() {
        assert_eq!(answer["payload"]["status"], "delivered");
        assert!(answer["payload"]["truck_id"].is_number(), "{answer}");
        assert!(answer["payload"]["actual_delivery"].is_string(), "{answer}");
    }
    assert_eq!(app.lookups().await, 1);
    app.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_secret_only_what_is_signed_is_taken_and_what_is_posted_is_signed() {
    let keys = Keys::from_iter([Secret::parse("a secret of words").unwrap()]);
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(&DbTarget::Embedded(dir.path().join("db")), 1).await.unwrap();
    let (world, store) = (World::open().await, Store::open(true).await);
    let settings = CarrierSettings { webhook_keys: keys.clone(), ..settings(&world, &store) };
    let running = start(db, settings).await.unwrap();
    let http = reqwest::Client::new();
    let question = envelope("ShipmentStatusRequest", json!({ "shipment_id": 5 }), None);
    for (path, body) in [
        ("/api/shipment_status", question.to_string()),
        ("/api/amazon/message", question.to_string()),
        ("/api/messages", json!([question]).to_string()),
    ] {
        let url = format!("http://{}{path}", running.addr());
        let body = Bytes::from(body);
        let unsigned = http.post(&url).body(body.clone()).send().await.unwrap();
        assert_eq!(unsigned.status(), 401, "{path}");
        let words: Value = unsigned.json().await.unwrap();
        assert_eq!(words["message_type"], "Error", "{words}");
        let headers = headers_of_post(&keys, None, &body);
        let signed = http.post(&url).headers(headers.clone()).body(body.clone());
        assert_ne!(signed.send().await.unwrap().status(), 401, "{path}");
        let changed = http.post(&url).headers(headers).body(format!("{question} "));
        assert_eq!(changed.send().await.unwrap().status(), 401, "{path}");
    }
    let told = async {
        while store.worlds() == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, told).await.expect("it is told the world in time");
    let signatures = store.signatures();
    assert!(signatures.iter().all(|signature| signature.starts_with("v1,")), "{signatures:?}");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_keeps_its_place_until_it_is_answered_also_where_the_store_hangs_up() {
    let app = TestApp::start(true).await;
    let (service, edge) = (app.running.service.clone(), Arc::clone(&app.running.edge));
    let people = (Proving::new(app.db.clone(), None).unwrap(), PublicSettings::default());
    let state = AppState::new(app.db.clone(), service, edge, 1, people);
    let site = router(state, Keys::default());
    // The only connection: nothing is committed, so nothing is answered.
    let _stalled = app.db.client().await.unwrap();
    let request =
        |path: &str, body: &Value| Request::post(path).body(Body::from(body.to_string())).unwrap();
    let batch = json!([order(7, Some(7))]);
    for (path, body, places) in
        [("/api/shipment", &order(5, Some(5)), 1), ("/api/messages", &batch, 16)]
    {
        for _ in 0..places {
            let hung_up = site.clone().oneshot(request(path, body)).now_or_never();
            assert!(hung_up.is_none(), "{path}: there is a place, and nobody answers");
        }
        let refused = site.clone().oneshot(request(path, body)).await.unwrap();
        assert_eq!(refused.status(), 503, "{path}");
        assert!(refused.headers().contains_key("retry-after"), "{path}");
        let words = to_bytes(refused.into_body(), usize::MAX).await.unwrap();
        let words: Value = serde_json::from_slice(&words).unwrap();
        assert_eq!(words["message_type"], "Error", "{path}: {words}");
        let message = words["payload"]["message"].as_str().unwrap();
        assert!(message.contains("too many messages are under way"), "{path}: {message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_message_is_refused_and_writes_nothing() {
    let app = TestApp::start(true).await;
    let huge = format!("\"{}\"", "x".repeat(10 * 1024 * 1024));
    let mut far = order(1, None);
    far["payload"]["destination_x"] = json!(i64::from(i32::MAX) + 1);
    let far = far.to_string();
    let wrong = loaded(1).to_string();
    let cases: [(&str, &str, u16, u64); 7] = [
        ("/api/shipment", "{", 400, 1000),
        ("/api/shipment", "{}", 400, 1001),
        ("/api/shipment", &far, 400, 1000),
        ("/api/shipment", &wrong, 400, 1000),
        ("/api/shipment_loaded", &wrong, 400, 2000),
        ("/api/shipment", &huge, 413, 1000),
        ("/api/messages", &huge, 413, 1000),
    ];
    for (path, body, status, code) in cases {
        let sent = app.http.post(app.url(path)).body(body.to_owned()).send().await.unwrap();
        assert_eq!(sent.status().as_u16(), status, "{path}");
        let answer: Value = sent.json().await.unwrap();
        assert_eq!(answer["payload"]["code"], json!(code), "{path}: {answer}");
        assert!(answer["payload"]["message"].as_str().is_some_and(|words| !words.is_empty()));
    }
    for path in ["/api/shipment", "/api/messages"] {
        let sent = app.http.put(app.url(path)).send().await.unwrap();
        assert_eq!(sent.status(), 405);
        let answer: Value = sent.json().await.unwrap();
        assert_eq!(answer["message_type"], "Error", "{path}: {answer}");
        assert_eq!(answer["payload"]["code"], 1000, "{path}: {answer}");
    }
    for path in ["/track", "/api/v1/track/WB1"] {
        for (body, status) in [("", 405), (huge.as_str(), 413)] {
            let sent = app.http.post(app.url(path)).body(body.to_owned()).send().await.unwrap();
            assert_eq!(sent.status().as_u16(), status, "{path}");
            assert_eq!(sent.headers()["content-type"], "application/problem+json");
        }
    }
    assert_eq!(app.http.post(app.url("/api/nothing")).send().await.unwrap().status(), 404);
    let counts = shipments_by_stage(&app.db).await.unwrap();
    assert_eq!(counts, []);
    app.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_settings_are_refused_with_what_would_be_right() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(&DbTarget::Embedded(dir.path().join("db")), 1).await.unwrap();
    for url in ["store:8080", "", "ftp://store", "https://store"] {
        let settings = CarrierSettings { store_url: url.to_owned(), ..CarrierSettings::default() };
        let Err(error) = start(db.clone(), settings).await else { panic!("{url} was taken") };
        assert!(format!("{error:#}").contains("should look like"), "{error:#}");
    }
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let carrier_addr = taken.local_addr().unwrap();
    let settings = CarrierSettings { carrier_addr, ..CarrierSettings::default() };
    let Err(error) = start(db, settings).await else { panic!("the port was taken twice") };
    assert!(format!("{error:#}").contains("can not listen on"), "{error:#}");
}
