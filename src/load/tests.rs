//! The load tester against a store of a few lines that is often full.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};

use super::*;

/// Orders by idempotency key, and how often each was looked up.
#[derive(Default)]
struct Shop {
    tries: BTreeMap<String, u32>,
    orders: BTreeMap<String, i64>,
    looks: BTreeMap<i64, u32>,
}

type Shared = Arc<Mutex<Shop>>;

/// Every order finds the house full once, and is taken the second time.
async fn place(
    State(shop): State<Shared>,
    headers: HeaderMap,
    Json(order): Json<Value>,
) -> Response {
    if order["items"][0]["listing_id"] == 13 {
        let problem = json!({ "detail": "Listing 13 is not on offer." });
        return (StatusCode::UNPROCESSABLE_ENTITY, Json(problem)).into_response();
    }
    let key = headers["idempotency-key"].to_str().expect("text").to_owned();
    let mut shop = shop.lock().expect("lock");
    let tries = shop.tries.entry(key.clone()).or_default();
    *tries += 1;
    if *tries == 1 {
        return (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "0")]).into_response();
    }
    let next = shop.orders.len() as i64 + 1;
    let id = *shop.orders.entry(key).or_insert(next);
    (StatusCode::CREATED, Json(order_json(id, "created"))).into_response()
}

/// An order is delivered when it is looked at the second time.
async fn look_up(State(shop): State<Shared>, Path(id): Path<i64>) -> Json<Value> {
    let mut shop = shop.lock().expect("lock");
    let looks = shop.looks.entry(id).or_default();
    *looks += 1;
    Json(order_json(id, if *looks > 1 { "delivered" } else { "packing" }))
}

fn order_json(id: i64, status: &str) -> Value {
    json!({ "id": id, "status": status, "packages": [{ "id": 1 }, { "id": 2 }] })
}

async fn start_shop(listing: i64) -> (String, Shared) {
    let shop = Shared::default();
    let products = json!({ "items": [{ "offers": [{ "listing_id": listing }] }], "next": null });
    let token = (StatusCode::CREATED, Json(json!({ "token": "secret" })));
    let router = Router::new()
        .route("/api/v1/accounts", post(|| std::future::ready(StatusCode::CREATED)))
        .route("/api/v1/tokens", post(move || std::future::ready(token.clone())))
        .route("/api/v1/products", get(move || std::future::ready(Json(products.clone()))))
        .route("/api/v1/orders", post(place))
        .route("/api/v1/orders/{id}", get(look_up))
        .with_state(Arc::clone(&shop));
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", socket.local_addr().expect("address"));
    tokio::spawn(async move { axum::serve(socket, router).await });
    (url, shop)
}

fn settings(store_url: String) -> LoadSettings {
    LoadSettings { store_url, orders: 20, concurrency: 4, accounts: 2, ..LoadSettings::default() }
}

#[tokio::test]
async fn a_full_house_is_tried_again_under_the_same_key_and_orders_are_followed_to_the_end() {
    let (url, shop) = start_shop(7).await;
    let report = run(LoadSettings { until: Until::Delivered, ..settings(url) }).await.expect("run");
    assert!(report.is_complete(), "{report}");
    assert_eq!((report.placing.placed, report.placing.busy_answers), (20, 20), "{report}");
    let delivery = report.delivery.expect("followed");
    assert_eq!((delivery.delivered_orders, delivery.delivered_packages), (20, 40));
    assert_eq!(shop.lock().expect("lock").orders.len(), 20, "one order a key");
}

#[tokio::test]
async fn a_refusal_is_reported_with_its_sentence_and_not_tried_again() {
    let (url, _) = start_shop(13).await;
    let report = run(settings(url)).await.expect("run");
    assert!(!report.is_complete());
    assert_eq!(report.placing.failed.get("422 Listing 13 is not on offer."), Some(&20), "{report}");
}
