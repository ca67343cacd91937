//! A program of somebody's: it prepares what a flow is not about.

use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::person::PATIENCE;

pub const PASSWORD: &str = "sieve-lantern-orbit-41";

/// Somebody's program, with a token.
pub struct Api {
    client: Client,
    store: String,
    token: String,
}

impl Api {
    /// Of somebody new.
    pub async fn register(store: &str, email: &str) -> Self {
        let account = json!({
            "email": email, "password": PASSWORD, "first_name": "Ann", "last_name": "Ott",
        });
        let api = Self { client: Client::new(), store: store.to_owned(), token: String::new() };
        api.ask(Method::POST, "accounts", &account).await;
        Self::sign_in(store, email).await
    }

    pub async fn sign_in(store: &str, email: &str) -> Self {
        let mut api = Self { client: Client::new(), store: store.to_owned(), token: String::new() };
        let credentials = json!({ "email": email, "password": PASSWORD });
        let answer = api.ask(Method::POST, "tokens", &credentials).await;
        api.token = answer["token"].as_str().unwrap().to_owned();
        api
    }

    /// What is answered, which is never a refusal.
    pub async fn ask(&self, method: Method, path: &str, body: &Value) -> Value {
        let request = self.client.request(method, format!("{}/api/v1/{path}", self.store));
        let key = format!("{:032x}", rand::random::<u128>());
        let mut request = request.header("idempotency-key", key).json(body);
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    /// Reads it until it is so.
    pub async fn until(&self, path: &str, is_so: impl Fn(&Value) -> bool) {
        let wait = async {
            while !is_so(&self.ask(Method::GET, path, &Value::Null).await) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let came = tokio::time::timeout(PATIENCE, wait).await;
        assert!(came.is_ok(), "{path}: {}", self.ask(Method::GET, path, &Value::Null).await);
    }

    /// Sells something new that is nowhere yet and that nobody buys to keep: its product.
    pub async fn offer(&self, name: &str) -> i64 {
        self.ask(Method::POST, "selling", &json!({ "name": "Ott & Co" })).await;
        let product = json!({ "name": name, "category": "Toys", "description": "It floats." });
        let offer = json!({
            "product": product, "price_cents": 250, "auto_reorder": false,
            "reorder_level": 0, "reorder_target": 0,
        });
        let made = self.ask(Method::POST, "selling/listings", &offer).await;
        made["product_id"].as_i64().unwrap()
    }
}
