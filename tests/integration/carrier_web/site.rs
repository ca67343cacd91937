//! A carrier that runs on a port of its own, and a browser or a program before it.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use axum::{Json, Router, extract::State, http::StatusCode, routing::post};
use reqwest::{Client, Method, header::HeaderMap, redirect::Policy};
use serde_json::{Value, json};
use waybill::{
    basis::PackageId,
    carrier::{self, CarrierSettings, Running, model::tracking_number, web::PublicSettings},
    db::Db,
};

pub const PASSWORD: &str = "correct horse battery";

pub struct Site {
    pub db: Db,
    pub store: Arc<Store>,
    running: Running,
    client: Client,
}

/// What a store knows that says what is in a package.
#[derive(Default)]
pub struct Store {
    pub is_down: AtomicBool,
    pub asked: AtomicU32,
}

impl Site {
    pub async fn open(db: Db) -> Self {
        Self::open_to(db, PublicSettings { limits: None, ..PublicSettings::default() }).await
    }

    pub async fn open_to(db: Db, public: PublicSettings) -> Self {
        let (store, store_addr) = Store::open().await;
        // Nobody listens there: the carrier waits for its world.
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 1));
        let settings = CarrierSettings {
            public,
            ..CarrierSettings::for_testing(nowhere, format!("http://{store_addr}"))
        };
        let running = carrier::start(db.clone(), settings).await.unwrap();
        let client = Client::builder().redirect(Policy::none()).build().unwrap();
        Self { db, store, running, client }
    }

    pub async fn stop(self) {
        self.running.stop().await;
    }

    pub async fn sql(&self, statements: &str) {
        self.db.client().await.unwrap().batch_execute(statements).await.unwrap();
    }

    pub async fn number(&self, query: &str) -> i64 {
        self.db.client().await.unwrap().query_one(query, &[]).await.unwrap().get(0)
    }

    pub fn ask(&self, method: Method, path: &str) -> Ask {
        let url = format!("http://{}{path}", self.running.addr());
        Ask(self.client.request(method, url))
    }

    pub fn get(&self, path: &str) -> Ask {
        self.ask(Method::GET, path)
    }

    pub fn form(&self, path: &str, fields: &str) -> Ask {
        let ask = self.ask(Method::POST, path);
        let ask = ask.header("content-type", "application/x-www-form-urlencoded");
        Ask(ask.0.body(fields.to_owned()))
    }

    pub fn send(&self, method: Method, path: &str, body: &Value) -> Ask {
        Ask(self.ask(method, path).0.json(body))
    }

    /// A new account of this user name; its session.
    pub async fn register(&self, name: &str) -> String {
        let fields = format!(
            "user_name={name}&email={name}@x.example&password={PASSWORD}&first_name=A&last_name=B"
        );
        let answer = self.form("/register", &fields).send().await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        answer.session().expect("a session")
    }

    /// A token of an account of [`Self::register`]'s, for these scopes or all.
    pub async fn token(&self, name: &str, scopes: Option<&[&str]>) -> String {
        let email = format!("{name}@x.example");
        let asked = json!({ "email": email, "password": PASSWORD, "scopes": scopes });
        let answer = self.send(Method::POST, "/api/v1/tokens", &asked).send().await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.json()["token"].as_str().unwrap().to_owned()
    }

    /// A store asks for a shipment, for this user name at the carrier; its tracking number.
    pub async fn ship(&self, shipment: i64, account: Option<&str>) -> String {
        let mut payload = json!({
            "user_id": 1, "email": "ann@example.org", "shipment_id": shipment, "warehouse_id": 2,
            "destination_x": 9, "destination_y": -9,
        });
        if let Some(account) = account {
            payload["ups_account"] = json!(account);
        }
        let body = json!({
            "message_type": "ShipmentCreated", "timestamp": "2026-01-02T03:04:05",
            "payload": payload,
        });
        let answer = self.send(Method::POST, "/api/shipment", &body).send().await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        tracking_number(PackageId(shipment))
    }
}

impl Store {
    async fn open() -> (Arc<Self>, SocketAddr) {
        let store = Arc::new(Self::default());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let routes = Router::new()
            .route("/api/webhooks/shipment-detail-request", post(detail))
            .with_state(Arc::clone(&store));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        (store, addr)
    }
}

async fn detail(
    State(store): State<Arc<Store>>,
    Json(asked): Json<Value>,
) -> (StatusCode, Json<Value>) {
    store.asked.fetch_add(1, Ordering::SeqCst);
    if store.is_down.load(Ordering::SeqCst) {
        return (StatusCode::INTERNAL_SERVER_ERROR, Json(json!("out of order")));
    }
    let answer = json!({
        "message_type": "ShipmentDetailResponse", "timestamp": "2026-01-02T03:04:05",
        "payload": {
            "shipment_id": asked["payload"]["shipment_id"], "warehouse_id": 2,
            "destination_x": 9, "destination_y": -9,
            "items": [{ "product_id": 7, "description": "<b>Kettle</b>", "quantity": 2 }],
        },
    });
    (StatusCode::OK, Json(answer))
}

/// A request in the making.
pub struct Ask(reqwest::RequestBuilder);

impl Ask {
    pub fn header(self, name: &str, value: &str) -> Self {
        Self(self.0.header(name, value))
    }

    pub fn session(self, secret: &str) -> Self {
        self.header("cookie", &format!("waybill_carrier_session={secret}"))
    }

    pub fn token(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub async fn send(self) -> Answer {
        let response = self.0.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer { status, headers, text: response.text().await.unwrap() }
    }
}

/// An answer that was read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    /// The session that it gives the browser, if it gives one.
    pub fn session(&self) -> Option<String> {
        let rest = self.header("set-cookie").strip_prefix("waybill_carrier_session=")?;
        Some(rest.split(';').next()?.to_owned()).filter(|secret| !secret.is_empty())
    }
}
