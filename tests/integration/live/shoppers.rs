//! People who order through the API, and try again until they are answered.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

use super::PATIENCE;

const PASSWORD: &str = "correct horse battery";
const AGAIN_AFTER: Duration = Duration::from_millis(100);

pub struct Shoppers {
    client: Client,
    store: String,
    tokens: Vec<String>,
    listings: Vec<i64>,
    next: AtomicUsize,
    /// By the number of the order among ours: the store's id of it.
    placed: Mutex<BTreeMap<usize, i64>>,
    placed_count: watch::Sender<usize>,
}

impl Shoppers {
    pub async fn register(store: &str, count: usize) -> Self {
        let client = Client::builder().timeout(Duration::from_secs(20)).build().unwrap();
        let mut shoppers = Self {
            client,
            store: store.to_owned(),
            tokens: Vec::new(),
            listings: Vec::new(),
            next: AtomicUsize::new(0),
            placed: Mutex::new(BTreeMap::new()),
            placed_count: watch::Sender::new(0),
        };
        for number in 0..count {
            let token = shoppers.token(number).await;
            shoppers.tokens.push(token);
        }
        shoppers.listings = shoppers.offers().await;
        shoppers
    }

    /// Places orders, so many at a time, until so many are accepted in all.
    pub async fn place_all(self: &std::sync::Arc<Self>, orders: usize, at_a_time: usize) {
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..at_a_time {
            let this = std::sync::Arc::clone(self);
            tasks.spawn(async move {
                while let Some(number) = this.next_below(orders) {
                    this.place(number).await;
                }
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.unwrap();
        }
    }

    /// None where all have been begun.
    fn next_below(&self, orders: usize) -> Option<usize> {
        let relaxed = Ordering::Relaxed;
        let next = |number: usize| (number < orders).then_some(number + 1);
        self.next.fetch_update(relaxed, relaxed, next).ok()
    }

    pub async fn placed_at_least(&self, count: usize) {
        let mut placed = self.placed_count.subscribe();
        let wait = placed.wait_for(|placed| *placed >= count);
        assert!(tokio::time::timeout(PATIENCE, wait).await.is_ok(), "never placed {count} orders");
    }

    /// Whether every order is delivered before patience ends.
    pub async fn all_delivered(&self, orders: usize) -> bool {
        assert_eq!(self.placed.lock().unwrap().len(), orders);
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            if self.undelivered().await.is_empty() {
                return true;
            }
            sleep(Duration::from_millis(500)).await;
        }
        false
    }

    /// Orders that are not delivered, as the store tells them, a few at most.
    pub async fn undelivered(&self) -> Vec<Value> {
        let orders: Vec<(usize, i64)> =
            self.placed.lock().unwrap().iter().map(|(number, id)| (*number, *id)).collect();
        let mut found = Vec::new();
        for (number, id) in orders {
            let url = format!("{}/api/v1/orders/{id}", self.store);
            let order = self.answered(|| self.as_shopper(self.client.get(&url), number)).await;
            if order["status"] != "delivered" {
                found.push(order);
            }
            if found.len() == 3 {
                break;
            }
        }
        found
    }

    /// The same key with the same body is the same order; with another it is refused.
    pub async fn repeat_one_order(&self) {
        let first = self.placed.lock().unwrap()[&0];
        assert_eq!(self.answered(|| self.order(0)).await["id"], first);
        let url = format!("{}/api/v1/orders", self.store);
        let other = self.as_shopper(self.client.post(url), 0).header("idempotency-key", "order-0");
        let body = json!({
            "items": [{ "listing_id": self.listings[0], "quantity": 77 }],
            "destination": { "x": 1, "y": 1 },
        });
        assert_eq!(other.json(&body).send().await.unwrap().status(), StatusCode::CONFLICT);
    }

    async fn place(&self, number: usize) {
        let order = self.answered(|| self.order(number)).await;
        let id = order["id"].as_i64().unwrap();
        let mut placed = self.placed.lock().unwrap();
        placed.insert(number, id);
        self.placed_count.send_replace(placed.len());
    }

    /// Always the same for a number, so that it can be sent again.
    fn order(&self, number: usize) -> RequestBuilder {
        let listing = |nth: usize| self.listings[(number * 7 + nth * 11) % self.listings.len()];
        let mut items = vec![json!({ "listing_id": listing(0), "quantity": 1 + number % 5 })];
        if number.is_multiple_of(3) && listing(1) != listing(0) {
            items.push(json!({ "listing_id": listing(1), "quantity": 2 }));
        }
        let place = |n: usize| i64::try_from(n).unwrap() - 40;
        let body = json!({
            "items": items,
            "destination": { "x": place(number * 13 % 80), "y": place(number * 29 % 80) },
        });
        let request = self.client.post(format!("{}/api/v1/orders", self.store));
        let key = format!("order-{number}");
        self.as_shopper(request, number).header("idempotency-key", key).json(&body)
    }

    fn as_shopper(&self, request: RequestBuilder, number: usize) -> RequestBuilder {
        request.bearer_auth(&self.tokens[number % self.tokens.len()])
    }

    /// Sends until there is a good answer: a store that is gone or busy is asked again.
    async fn answered(&self, request: impl Fn() -> RequestBuilder) -> Value {
        let until = Instant::now() + PATIENCE;
        loop {
            let trouble = match request().send().await {
                Ok(answer) if answer.status().is_success() => match answer.json().await {
                    Ok(value) => return value,
                    Err(error) => error.to_string(),
                },
                Ok(answer) if answer.status().is_client_error() => {
                    let (status, url) = (answer.status(), answer.url().clone());
                    panic!("{url}: {status}: {}", answer.text().await.unwrap_or_default());
                }
                Ok(answer) => answer.status().to_string(),
                Err(error) => error.to_string(),
            };
            assert!(Instant::now() < until, "no answer: {trouble}");
            sleep(AGAIN_AFTER).await;
        }
    }

    async fn token(&self, number: usize) -> String {
        let email = format!("shopper{number}@example.org");
        let person = json!({
            "email": email, "password": PASSWORD, "first_name": "Shopper", "last_name": "Number",
        });
        let accounts = format!("{}/api/v1/accounts", self.store);
        self.answered(|| self.client.post(&accounts).json(&person)).await;
        let credentials = json!({ "email": email, "password": PASSWORD });
        let tokens = format!("{}/api/v1/tokens", self.store);
        let answer = self.answered(|| self.client.post(&tokens).json(&credentials)).await;
        answer["token"].as_str().unwrap().to_owned()
    }

    async fn offers(&self) -> Vec<i64> {
        let url = format!("{}/api/v1/products?limit=40", self.store);
        let products = self.answered(|| self.client.get(&url)).await;
        let of_product = |product: &Value| product["offers"].as_array().cloned().unwrap();
        let offers = products["items"].as_array().unwrap().iter().flat_map(of_product);
        let listings: Vec<i64> =
            offers.map(|offer| offer["listing_id"].as_i64().unwrap()).collect();
        assert!(listings.len() >= 20, "{products}");
        listings
    }
}
