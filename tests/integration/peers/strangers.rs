//! A carrier as others have written it, of strict habits: our store goes along with them.
//!
//! Its habits are those of a program that works with the dialect's own store.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, Uri},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Instant, sleep},
};
use waybill::{
    store::{self, StoreSettings, demo},
    world::{self, WorldSettings},
};

use crate::support::TestDb;

const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Default)]
struct Stranger {
    /// What was taken, by path: how often each was asked, and the last payload.
    taken: Mutex<BTreeMap<String, (u32, Value)>>,
    refused: Mutex<Vec<String>>,
}

impl Stranger {
    fn has(&self, path: &str) -> Option<Value> {
        self.taken.lock().unwrap().get(path).map(|(_, payload)| payload.clone())
    }

    async fn wait_for(&self, path: &str) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(payload) = self.has(path) {
                return payload;
            }
            let refused = self.refused.lock().unwrap().join("; ");
            assert!(Instant::now() < deadline, "{path} was never taken; refused: {refused}");
            sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Six digits, no zone, and nothing else.
fn is_strict_moment(text: &str) -> bool {
    let form = "dddd-dd-ddTdd:dd:dd.dddddd";
    text.len() == form.len()
        && text.bytes().zip(form.bytes()).all(|(byte, form)| match form {
            b'd' => byte.is_ascii_digit(),
            other => byte == other,
        })
}

async fn hear(State(me): State<Arc<Stranger>>, uri: Uri, body: Json<Value>) -> Response {
    let (path, message) = (uri.path().to_owned(), body.0);
    let refuse = |status: u16, why: Value| {
        me.refused.lock().unwrap().push(format!("{path}: {message}: {why}"));
        (StatusCode::from_u16(status).unwrap(), Json(why)).into_response()
    };
    if !["/api/shipment", "/api/address_change"].contains(&path.as_str()) {
        // As its framework says it.
        return refuse(404, json!({ "status": 404, "error": "Not Found", "path": path }));
    }
    if !message["timestamp"].as_str().is_some_and(is_strict_moment) {
        return refuse(400, json!({ "status": 400, "error": "Bad Request", "path": path }));
    }
    let error = |code: u16, words: &str| {
        let payload = json!({ "status": "fail", "code": code, "message": words });
        json!({ "message_type": "Error", "timestamp": "2026-01-02T03:04:05Z", "payload": payload })
    };
    let asked = {
        let mut taken = me.taken.lock().unwrap();
        let asked = taken.entry(format!("asked {path}")).or_default();
        asked.0 += 1;
        asked.0
    };
    // All trucks are out at first; and its HTTP status is 500 whatever is wrong.
    if path == "/api/shipment" && asked == 1 {
        return refuse(500, error(2001, "No available trucks for pickup"));
    }
    if path == "/api/address_change" && !message["payload"]["shipment_id"].is_string() {
        return refuse(500, error(1001, "Missing required fields"));
    }
    me.taken.lock().unwrap().insert(path, (asked, message["payload"].clone()));
    let payload = json!({ "status": "success", "code": 200, "message": "done" });
    let answer = json!({
        "message_type": "Acknowledgement", "timestamp": "2026-01-02T03:04:05Z", "payload": payload,
    });
    Json(answer).into_response()
}

/// A buyer with an order, through the API.
struct Buyer {
    http: reqwest::Client,
    store: String,
    token: String,
}

impl Buyer {
    async fn register(store: String) -> Self {
        let http = reqwest::Client::new();
        let password = "correct horse battery";
        let person = json!({
            "email": "ann@example.org", "password": password, "first_name": "Ann", "last_name": "A",
        });
        http.post(format!("{store}/api/v1/accounts")).json(&person).send().await.unwrap();
        let credentials = json!({ "email": "ann@example.org", "password": password });
        let token = http.post(format!("{store}/api/v1/tokens")).json(&credentials).send().await;
        let token: Value = token.unwrap().json().await.unwrap();
        Self { http, store, token: token["token"].as_str().unwrap().to_owned() }
    }

    async fn order(&self) -> i64 {
        let products = self.http.get(format!("{}/api/v1/products?limit=1", self.store));
        let products: Value = products.send().await.unwrap().json().await.unwrap();
        let listing = &products["items"][0]["offers"][0]["listing_id"];
        let body = json!({
            "items": [{ "listing_id": listing, "quantity": 1 }], "destination": { "x": 3, "y": 4 },
        });
        let order = self.http.post(format!("{}/api/v1/orders", self.store)).json(&body);
        let order = order.bearer_auth(&self.token).header("idempotency-key", "first");
        let order: Value = order.send().await.unwrap().json().await.unwrap();
        order["id"].as_i64().unwrap()
    }

    async fn package(&self, order: i64) -> Value {
        let order = self.http.get(format!("{}/api/v1/orders/{order}", self.store));
        let order: Value =
            order.bearer_auth(&self.token).send().await.unwrap().json().await.unwrap();
        order["packages"][0].clone()
    }

    async fn until(&self, order: i64, field: &str, value: &Value) {
        let deadline = Instant::now() + PATIENCE;
        while self.package(order).await[field] != *value {
            assert!(Instant::now() < deadline, "{}", self.package(order).await);
            sleep(Duration::from_millis(50)).await;
        }
    }
}

/// A carrier without trucks makes it, and goes.
async fn new_world(ups: SocketAddr) -> u8 {
    let mut socket = TcpStream::connect(ups).await.unwrap();
    // UConnect { isAmazon: false }
    socket.write_all(&[2, 0x18, 0]).await.unwrap();
    let mut connected = [0; 3];
    socket.read_exact(&mut connected).await.unwrap();
    connected[2]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_strict_carrier_of_others_is_told_of_orders_and_of_changes_and_is_heard() {
    let stranger = Arc::new(Stranger::default());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let carrier = format!("http://{}/api", listener.local_addr().unwrap());
    let site = Router::new().fallback(hear).with_state(Arc::clone(&stranger));
    let serving = tokio::spawn(async { axum::serve(listener, site).await });
    let database = TestDb::embedded();
    let db = database.open().await;
    waybill::db::migrate(&db, waybill::db::Schema::Store).await.unwrap();
    demo::seed_if_empty(&db, database.dir(), demo::Scale::demo(0)).await.unwrap();
    let world = world::start(db.clone(), WorldSettings::for_testing()).await.unwrap();
    let settings = StoreSettings::for_testing(&world.amazon_addr(), &carrier);
    let store = store::start(db, settings).await.unwrap();
    let root = format!("http://{}", store.addr());
    let told = json!({ "worldid": new_world(world.ups_addr()).await });
    let told = reqwest::Client::new().post(format!("{root}/set_worldid")).json(&told).send().await;
    assert_eq!(told.unwrap().status(), StatusCode::OK);

    let buyer = Buyer::register(root.clone()).await;
    let order = buyer.order().await;
    let created = stranger.wait_for("/api/shipment").await;
    let shipment = created["shipment_id"].as_i64().unwrap();

    let to = json!({ "x": 9, "y": -9 });
    let redirect = buyer.http.put(format!("{root}/api/v1/orders/{order}/destination")).json(&to);
    redirect.bearer_auth(&buyer.token).send().await.unwrap();
    let changed = stranger.wait_for("/api/address_change").await;
    assert_eq!(changed["shipment_id"], json!(shipment.to_string()));
    buyer.until(order, "destination", &to).await;

    // Where it posts to is not what is usual either.
    let said = json!({
        "message_type": "ShipmentDelivered", "timestamp": "2026-01-02T03:04:05.123Z",
        "payload": { "shipment_id": shipment.to_string() },
    });
    let url = format!("{root}/api/ups/package-delivered/");
    let answer = buyer.http.post(url).json(&said).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "{}", answer.text().await.unwrap());
    buyer.until(order, "status", &json!("delivered")).await;
    store.stop().await;
    world.stop().await;
    serving.abort();
}
