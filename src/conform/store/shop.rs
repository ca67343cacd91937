//! A buyer at the store under test, through its JSON API: orders, and reads what became of them.
//!
//! A store of others may have no such API; then nobody orders.

use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, bail};
use axum::body::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use serde_json::{Value, json};

use crate::{
    conform::{
        check::{Failure, Verdict},
        peer::{Caller, Reply},
        trace::Trace,
    },
    web::headers_of_post,
    wire::signature::Keys,
};

/// Destinations are within so many units of the middle, each way.
const SPAN: u32 = 2_001;

/// Somebody who may order, and what he orders.
pub(super) struct Shop {
    caller: Caller,
    bearer: String,
    listing: i64,
    next_place: AtomicU32,
}

/// An order, which is known by where it goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Order {
    pub(super) id: i64,
    pub(super) to: (i64, i64),
}

impl Shop {
    /// With an account's token, or as a new account.
    pub(super) async fn open(caller: &Caller, token: Option<&str>) -> anyhow::Result<Self> {
        let caller = caller.unsigned();
        let bearer = match token {
            Some(token) => token.to_owned(),
            None => register(&caller).await?,
        };
        let bearer = format!("Bearer {bearer}");
        let listing = listing(&caller).await?;
        Ok(Self { caller, bearer, listing, next_place: AtomicU32::new(rand::random()) })
    }

    /// Where nothing was ordered to before.
    pub(super) fn next_place(&self) -> (i64, i64) {
        let nth = self.next_place.fetch_add(1, Ordering::Relaxed);
        let place = |of: u32| i64::from(of % SPAN) - i64::from(SPAN / 2);
        (place(nth), place(nth / SPAN))
    }

    /// Orders one piece of something.
    pub(super) async fn order_to(&self, trace: &Trace, to: (i64, i64)) -> Verdict<Order> {
        let body = json!({
            "items": [{ "listing_id": self.listing, "quantity": 1 }],
            "destination": { "x": to.0, "y": to.1 },
        });
        let reply = self.send(trace, Method::POST, "/api/v1/orders", &body).await?;
        match reply.body["id"].as_i64() {
            Some(id) if reply.status == 201 => Ok(Order { id, to }),
            _ => Err(Failure::new("an order is taken by the store's API", reply.shown())),
        }
    }

    /// The only package of an order.
    pub(super) async fn package(&self, trace: &Trace, order: Order) -> Verdict<Value> {
        let path = format!("/api/v1/orders/{}", order.id);
        let reply = self.send(trace, Method::GET, &path, &Value::Null).await?;
        Ok(reply.body["packages"][0].clone())
    }

    pub(super) async fn redirect(
        &self,
        trace: &Trace,
        order: Order,
        (x, y): (i64, i64),
    ) -> Verdict<Reply> {
        let path = format!("/api/v1/orders/{}/destination", order.id);
        self.send(trace, Method::PUT, &path, &json!({ "x": x, "y": y })).await
    }

    async fn send(
        &self,
        trace: &Trace,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Verdict<Reply> {
        let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        let mut headers = json_headers(&body);
        if let Ok(bearer) = HeaderValue::from_str(&self.bearer) {
            headers.insert(header::AUTHORIZATION, bearer);
        }
        let key = format!("conform-{:032x}", rand::random::<u128>());
        if let Ok(key) = HeaderValue::from_str(&key) {
            headers.insert(HeaderName::from_static("idempotency-key"), key);
        }
        self.caller.send(trace, method, path, headers, body).await
    }
}

fn json_headers(body: &Bytes) -> HeaderMap {
    headers_of_post(&Keys::default(), None, body)
}

async fn register(caller: &Caller) -> anyhow::Result<String> {
    let email = format!("conform-{:016x}@example.org", rand::random::<u64>());
    let password = format!("{:032x}", rand::random::<u128>());
    let person = json!({
        "email": email, "password": password, "first_name": "Conformance", "last_name": "Tester",
    });
    ask(caller, "/api/v1/accounts", &person).await?;
    let credentials = json!({ "email": email, "password": password });
    let token = ask(caller, "/api/v1/tokens", &credentials).await?;
    token["token"].as_str().map(str::to_owned).context("the store gives no token")
}

async fn ask(caller: &Caller, path: &str, body: &Value) -> anyhow::Result<Value> {
    // What is said here is a secret, so it is in nobody's story.
    let body = Bytes::from(body.to_string());
    let headers = json_headers(&body);
    let reply = caller.send(&Trace::default(), Method::POST, path, headers, body).await;
    let reply = reply.map_err(|failure| anyhow::anyhow!("{path}: {}", failure.received))?;
    if reply.status != 201 {
        bail!("{path} answers with HTTP {}", reply.status);
    }
    Ok(reply.body)
}

/// Of what there is most.
async fn listing(caller: &Caller) -> anyhow::Result<i64> {
    let (path, none) = ("/api/v1/products?limit=50", Bytes::new());
    let reply = caller.send(&Trace::default(), Method::GET, path, HeaderMap::new(), none).await;
    let reply = reply.map_err(|failure| anyhow::anyhow!("{path}: {}", failure.received))?;
    let products = reply.body["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    let offers = products.iter().filter_map(|product| product["offers"].as_array()).flatten();
    let most = offers.max_by_key(|offer| offer["stock"].as_i64().unwrap_or(0));
    let listing = most.and_then(|offer| offer["listing_id"].as_i64());
    listing.context("the store has nothing to order; start it with --demo")
}
