//! The list of orders and an order's page: found by state, time and words; bought again,
//! printed, cancelled, sent elsewhere.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::site::{Ask, Site};
use crate::support::on_each_database;

async fn log_in(site: &Site, email: &str) -> String {
    let fields = format!("email={email}&password=correct+horse+battery");
    let answer = site.ask(Ask::form("/login", &fields)).await;
    let cookie = answer.header("set-cookie");
    cookie.strip_prefix("waybill_session=").unwrap().split(';').next().unwrap().to_owned()
}

async fn execute(site: &Site, statement: &str) {
    site.db.client().await.unwrap().batch_execute(statement).await.unwrap();
}

async fn found(site: &Site, token: &str, query: &str) -> Vec<i64> {
    let answer = site.ask(Ask::get(&format!("/api/v1/orders?{query}")).token(token)).await;
    assert_eq!(answer.status, 200, "{query} {}", answer.text);
    let items = answer.json()["items"].as_array().unwrap().clone();
    items.iter().map(|order| order["id"].as_i64().unwrap()).collect()
}

async fn buy(site: &Site, token: &str, key: &str, listing: i64) -> i64 {
    let body = json!({"items": [{"listing_id": listing, "quantity": 1}], "destination": {"x": 3, "y": -4}});
    let ask = Ask::post("/api/v1/orders", &body).token(token).header("idempotency-key", key);
    site.ask(ask).await.json()["id"].as_i64().unwrap()
}

#[tokio::test]
async fn orders_are_found_by_state_time_number_and_words() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let (mine, others) = (site.token("a@x.example").await, site.token("b@x.example").await);
        let (pot, kite) = (buy(&site, &mine, "1", 1).await, buy(&site, &mine, "2", 2).await);
        let gone = buy(&site, &mine, "3", 1).await;
        let foreign = buy(&site, &others, "1", 1).await;
        execute(
            &site,
            &format!(
                "UPDATE store.products SET name = 'Kite, delta' WHERE id =
                    (SELECT product_id FROM store.listings WHERE id = 2);
                UPDATE store.packages SET status = 'delivered' WHERE order_id = {kite};
                UPDATE store.packages SET status = 'cancelled' WHERE order_id = {gone};
                UPDATE store.packages SET tracking_number = 'WB-' || order_id;
                UPDATE store.orders SET placed_us = placed_us + 86400000000 * 40 WHERE id = {gone}"
            ),
        )
        .await;
        for (query, expected) in [
            ("", vec![gone, kite, pot]),
            ("state=under_way", vec![pot]),
            ("state=delivered", vec![kite]),
            ("state=cancelled", vec![gone]),
            ("q=DELTA+kite", vec![kite]),
            ("q=100%25", vec![]),
            ("from=2023-11-14&to=2023-11-14", vec![kite, pot]),
            ("from=2023-11-15", vec![gone]),
            ("to=2023-11-13", vec![]),
            ("to=2023-12-31&state=cancelled", vec![gone]),
        ] {
            assert_eq!(found(&site, &mine, query).await, expected, "{query}");
        }
        assert_eq!(found(&site, &mine, &format!("q=WB-{pot}")).await, [pot]);
        assert_eq!(found(&site, &mine, &format!("q=%23{kite}")).await, [kite]);
        assert_eq!(found(&site, &mine, &format!("q=WB-{foreign}")).await, [] as [i64; 0]);
        assert_eq!(found(&site, &mine, &format!("q={foreign}")).await, [] as [i64; 0]);
        for bad in ["state=lost", "from=yesterday", "to=2023-02-30", "q=%00"] {
            let refused = site.ask(Ask::get(&format!("/api/v1/orders?{bad}")).token(&mine)).await;
            refused.assert_problem(StatusCode::BAD_REQUEST);
        }
    })
    .await;
}

#[tokio::test]
async fn the_list_keeps_its_filter_from_page_to_page() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = site.token("a@x.example").await;
        let session = log_in(&site, "a@x.example").await;
        let empty = site.ask(Ask::get("/orders").cookie(&session)).await;
        assert!(empty.text.contains("No orders here"), "{}", empty.text);
        for key in 0..25 {
            buy(&site, &token, &key.to_string(), 1).await;
        }
        let page = site.ask(Ask::get("/orders?state=under_way&q=").cookie(&session)).await.text;
        assert!(page.contains("/orders?state=under_way&#38;before=6"), "{page}");
        assert!(page.contains("<option value=\"under_way\" selected>"), "{page}");
        let older =
            site.ask(Ask::get("/orders?state=under_way&before=6").cookie(&session)).await.text;
        assert!(older.contains("href=\"/orders/5\"") && !older.contains("href=\"/orders/6\""));
        assert!(older.contains("href=\"/orders?state=under_way\""), "{older}");
        let none = site.ask(Ask::get("/orders?state=delivered").cookie(&session)).await.text;
        assert!(none.contains("No order matches"), "{none}");
        let bad = site.ask(Ask::get("/orders?from=soon").cookie(&session)).await;
        assert_eq!(bad.status, 400);
        assert!(bad.text.contains("role=\"alert\"") && bad.text.contains("value=\"soon\""));
    })
    .await;
}

#[tokio::test]
async fn a_search_among_many_orders_goes_on_where_it_stopped() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = site.token("a@x.example").await;
        let first = buy(&site, &token, "k", 1).await;
        execute(
            &site,
            "INSERT INTO store.orders (id, account_id, email, idempotency_key, body_hash,
                    destination_x, destination_y, total_cents, placed_us)
                SELECT n, account_id, email, 'k' || n, body_hash, 1, 1, 100, placed_us + n
                FROM store.orders, generate_series(1001, 3500) n WHERE id = 1;
            INSERT INTO store.packages (id, order_id, warehouse_id, status, granted, created_us)
                SELECT n, n, 1, 'delivered', true, 0 FROM generate_series(1001, 3500) n",
        )
        .await;
        let (mut path, mut seen, mut parts) = ("state=under_way".to_owned(), Vec::new(), 0);
        loop {
            let answer = site.ask(Ask::get(&format!("/api/v1/orders?{path}")).token(&token)).await;
            let part = answer.json();
            parts += 1;
            let items = part["items"].as_array().unwrap();
            seen.extend(items.iter().map(|order| order["id"].as_i64().unwrap()));
            let Some(next) = part["next"].as_str() else { break };
            path = format!("state=under_way&cursor={next}");
        }
        assert_eq!((seen, parts), (vec![first], 3));
    })
    .await;
}

#[tokio::test]
async fn buying_again_leaves_out_what_is_not_offered_and_says_so() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let (mine, others) = (site.token("a@x.example").await, site.token("b@x.example").await);
        let session = log_in(&site, "a@x.example").await;
        let body = json!({"items": [{"listing_id": 1, "quantity": 2}, {"listing_id": 2, "quantity": 1}],
            "destination": {"x": 3, "y": -4}});
        let ask = Ask::post("/api/v1/orders", &body).token(&mine).header("idempotency-key", "k");
        let id = site.ask(ask).await.json()["id"].as_i64().unwrap();
        execute(&site, "UPDATE store.listings SET active = false WHERE id = 2").await;
        let path = format!("/api/v1/orders/{id}/again");
        let again = site.ask(Ask::new(Method::POST, &path).token(&mine)).await.json();
        assert_eq!(again["cart"]["pieces"], 2);
        let gone = again["not_offered"][0].as_str().unwrap();
        let form = site.ask(Ask::form(&format!("/orders/{id}/again"), "").cookie(&session)).await;
        assert_eq!(form.status, 303);
        let cart = site.ask(Ask::get(form.header("location")).cookie(&session)).await.text;
        assert!(cart.contains("so it was left out") && cart.contains(gone), "{cart}");
        assert!(cart.contains("Cart, 4 in it"), "{cart}");
        let foreign = site.ask(Ask::new(Method::POST, &path).token(&others)).await;
        foreign.assert_problem(StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn an_orders_page_shows_the_way_and_prints_a_receipt() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = site.token("a@x.example").await;
        let session = log_in(&site, "a@x.example").await;
        let id = buy(&site, &token, "k", 1).await;
        let waits = site.ask(Ask::get(&format!("/orders/{id}")).cookie(&session)).await.text;
        assert!(waits.contains("data-route-map") && waits.contains("waits for a truck"), "{waits}");
        assert!(waits.contains("visibility=\"hidden\""), "no truck yet");
        execute(
            &site,
            "UPDATE store.packages SET status = 'delivered', truck_id = 7, delivering_us = created_us + 6,
                delivered_us = created_us + 9, destination_x = 8, destination_y = 9",
        )
        .await;
        let arrived = site.ask(Ask::get(&format!("/orders/{id}")).cookie(&session)).await.text;
        assert!(arrived.contains("Truck 7 has brought it to 8, 9."), "{arrived}");
        assert!(!arrived.contains("live.js") && !arrived.contains("Cancel what"), "it is over");
        let receipt = site.ask(Ask::get(&format!("/orders/{id}/receipt")).cookie(&session)).await;
        for words in ["Receipt", "a@x.example", "Total", "Enamel stock pot"] {
            assert!(receipt.text.contains(words), "{words} in {}", receipt.text);
        }
        site.token("b@x.example").await;
        let other = log_in(&site, "b@x.example").await;
        for path in ["", "/receipt"] {
            let foreign = site.ask(Ask::get(&format!("/orders/{id}{path}")).cookie(&other)).await;
            assert_eq!(foreign.status, 404, "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn second_thoughts_come_true_or_are_told_plainly_that_they_are_late() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let (mine, others) = (site.token("a@x.example").await, site.token("b@x.example").await);
        let session = log_in(&site, "a@x.example").await;
        let id = buy(&site, &mine, "k", 1).await;
        let shown = site.ask(Ask::get(&format!("/orders/{id}")).cookie(&session)).await.text;
        assert!(
            shown.contains("Cancel what is not being packed")
                && shown.contains("Send it elsewhere")
        );

        let to = |x: i64, y: i64| json!({"x": x, "y": y});
        let api = format!("/api/v1/orders/{id}/destination");
        let put = |body: &Value| {
            Ask::new(Method::PUT, &api)
                .header("content-type", "application/json")
                .body(body.to_string())
        };
        site.ask(put(&to(8, 9)).token(&others)).await.assert_problem(StatusCode::NOT_FOUND);
        let wrong = site.ask(put(&to(1 << 40, 9)).token(&mine)).await;
        wrong.assert_problem(StatusCode::UNPROCESSABLE_ENTITY);
        let moved = site.ask(put(&to(8, 9)).token(&mine)).await.json();
        assert_eq!(moved["packages"][0]["outcome"], "changed", "{moved}");
        let order = site.ask(Ask::get(&format!("/api/v1/orders/{id}")).token(&mine)).await.json();
        assert_eq!(order["packages"][0]["destination"], to(8, 9));
        let form = Ask::form(&format!("/orders/{id}/destination"), "x=a&y=2").cookie(&session);
        let refused = site.ask(form).await;
        assert!(refused.status == 422 && refused.text.contains("value=\"a\""), "{refused:?}");

        execute(&site, "UPDATE store.packages SET status = 'delivering'").await;
        let late = site.ask(put(&to(1, 1)).token(&mine)).await;
        let problem = late.assert_problem(StatusCode::CONFLICT);
        assert!(problem["detail"].as_str().unwrap().starts_with("Too late"), "{problem}");
        let form = Ask::form(&format!("/orders/{id}/destination"), "x=1&y=2").cookie(&session);
        let late = site.ask(form).await;
        assert!(late.text.contains("is out for delivery already"), "{}", late.text);
        let cancel = || Ask::form(&format!("/orders/{id}/cancel"), "").cookie(&session);
        let late = site.ask(cancel()).await;
        assert_eq!(late.status, 409);
        assert!(late.text.contains("so it could not be cancelled"), "{}", late.text);

        execute(&site, "UPDATE store.packages SET status = 'created'").await;
        let done = site.ask(cancel()).await;
        assert_eq!(done.header("location"), format!("/orders/{id}?amended=cancelled"));
        let shown = site.ask(Ask::get(done.header("location")).cookie(&session)).await.text;
        assert!(shown.contains("It is cancelled.") && shown.contains("data-status=\"cancelled\""));
        let again = format!("/api/v1/orders/{id}/cancel");
        let again = site.ask(Ask::new(Method::POST, &again).token(&mine)).await.json();
        assert_eq!(again["packages"][0]["outcome"], "cancelled", "asked twice is harmless");
    })
    .await;
}
