//! The JSON API.

use std::{collections::BTreeSet, time::Duration};

use axum::http::{Method, StatusCode};
use futures_util::StreamExt;
use serde_json::{Value, json};
use waybill::store::{model::PackageStatus, shop::ShopSettings};

use super::site::{Ask, Site, order};
use crate::support::on_each_database;

#[tokio::test]
async fn an_order_is_placed_read_and_listed_by_its_owner_only() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let (mine, others) = (site.token("a@x.example").await, site.token("b@x.example").await);
        let ask =
            Ask::post("/api/v1/orders", &order()).token(&mine).header("idempotency-key", "k1");
        let placed = site.ask(ask).await;
        assert_eq!(placed.status, 201, "{}", placed.text);
        let id = placed.json()["id"].as_i64().unwrap();
        assert_eq!(placed.header("location"), format!("/api/v1/orders/{id}"));
        assert_eq!(placed.json()["status"], "created");
        let package = &placed.json()["packages"][0];
        assert_eq!(package["warehouse_id"], 1);
        assert!(package["tracking_number"].is_null() && package["truck_id"].is_null());

        let path = format!("/api/v1/orders/{id}");
        let read = site.ask(Ask::get(&path).token(&mine)).await;
        assert_eq!(read.json(), placed.json());
        let list = site.ask(Ask::get("/api/v1/orders").token(&mine)).await.json();
        assert_eq!(list["items"][0], read.json());
        assert!(list["next"].is_null());

        let events = format!("{path}/events");
        for path in [&path, &events] {
            let foreign = site.ask(Ask::get(path).token(&others)).await;
            foreign.assert_problem(StatusCode::NOT_FOUND);
            site.get(path).await.assert_problem(StatusCode::UNAUTHORIZED);
            let unknown = site.ask(Ask::get(path).token(&"0".repeat(64))).await;
            unknown.assert_problem(StatusCode::UNAUTHORIZED);
        }
        let list = site.ask(Ask::get("/api/v1/orders").token(&others)).await.json();
        assert_eq!(list["items"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn the_same_key_is_the_same_order() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = site.token("a@x.example").await;
        let ask = |body: &Value| {
            Ask::post("/api/v1/orders", body).token(&token).header("idempotency-key", "once")
        };
        let first = site.ask(ask(&order())).await;
        let second = site.ask(ask(&order())).await;
        assert_eq!((first.status, second.status), (201, 201));
        assert_eq!(first.json(), second.json());
        assert_eq!(second.header("idempotency-replayed"), "true");
        let spaced = order().to_string().replace(':', " : ");
        let third = site.ask(ask(&order()).body(spaced)).await;
        assert_eq!(third.json()["id"], first.json()["id"]);
        let mut other = order();
        other["items"][0]["quantity"] = json!(3);
        site.ask(ask(&other)).await.assert_problem(StatusCode::CONFLICT);
    })
    .await;
}

#[tokio::test]
async fn bad_orders_are_refused_and_nothing_is_written() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = site.token("a@x.example").await;
        let item = |quantity: Value| json!({"items": [{"listing_id": 1, "quantity": quantity}], "destination": {"x": 0, "y": 0}});
        let to = |x: Value| json!({"items": [{"listing_id": 1, "quantity": 1}], "destination": {"x": x, "y": 0}});
        let cases = [
            (item(json!(0)), "items[0].quantity"),
            (item(json!(-1)), "items[0].quantity"),
            (item(json!(1_000_000_000)), "items[0].quantity"),
            (item(json!(1.5)), "items[0].quantity"),
            (item(json!("two")), "items[0].quantity"),
            (to(json!(2_147_483_648_i64)), "destination.x"),
            (to(json!(-2_147_483_649_i64)), "destination.x"),
            (to(json!(1e30)), "destination.x"),
            (json!({"items": [], "destination": {"x": 0, "y": 0}}), "items"),
            (json!({"items": vec![json!({"listing_id": 1, "quantity": 1}); 101], "destination": {"x": 0, "y": 0}}), "items"),
            (json!({"items": [{"listing_id": 999_999, "quantity": 1}], "destination": {"x": 0, "y": 0}}), "items[0].listing_id"),
        ];
        for (body, field) in cases {
            let ask = Ask::post("/api/v1/orders", &body).token(&token).header("idempotency-key", "k");
            let problem = site.ask(ask).await.assert_problem(StatusCode::UNPROCESSABLE_ENTITY);
            assert_eq!(problem["errors"][0]["field"], field, "{body} {problem}");
        }
        let list = site.ask(Ask::get("/api/v1/orders").token(&token)).await.json();
        assert_eq!(list["items"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn what_is_not_an_order_at_all_is_refused() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = site.token("a@x.example").await;
        let ask = || {
            Ask::new(Method::POST, "/api/v1/orders").token(&token).header("idempotency-key", "k")
        };
        let json_type = "application/json";
        let broken = site.ask(ask().header("content-type", json_type).body("{\"items\": [")).await;
        broken.assert_problem(StatusCode::BAD_REQUEST);
        let plain = site.ask(ask().header("content-type", "text/plain").body("{}")).await;
        plain.assert_problem(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        let huge = "x".repeat(10 * 1024 * 1024);
        let huge = site.ask(ask().header("content-type", json_type).body(huge)).await;
        huge.assert_problem(StatusCode::PAYLOAD_TOO_LARGE);
        let deep = format!("{{\"items\": {}", "[".repeat(60_000));
        let deep = site.ask(ask().header("content-type", json_type).body(deep)).await;
        assert!((400..500).contains(&deep.status), "{deep:?}");

        let no_key = site.ask(Ask::post("/api/v1/orders", &order()).token(&token)).await;
        let problem = no_key.assert_problem(StatusCode::BAD_REQUEST);
        assert_eq!(problem["type"], "urn:waybill:problem:idempotency-key-missing");
        let long = Ask::post("/api/v1/orders", &order()).token(&token);
        let long = site.ask(long.header("idempotency-key", &"k".repeat(129))).await;
        long.assert_problem(StatusCode::BAD_REQUEST);

        site.ask(Ask::post("/api/v1/orders", &order()))
            .await
            .assert_problem(StatusCode::UNAUTHORIZED);
        let nowhere = site.get("/api/v1/nothing").await;
        nowhere.assert_problem(StatusCode::NOT_FOUND);
        let delete = site.ask(Ask::new(Method::DELETE, "/api/v1/orders")).await;
        delete.assert_problem(StatusCode::METHOD_NOT_ALLOWED);
        assert!(delete.header("allow").contains("POST"), "{delete:?}");
        let not_a_number = site.ask(Ask::get("/api/v1/orders/seven").token(&token)).await;
        not_a_number.assert_problem(StatusCode::NOT_FOUND);
        for bad in ["limit=0", "limit=101", "limit=x", "cursor=x"] {
            let path = format!("/api/v1/products?{bad}");
            site.get(&path).await.assert_problem(StatusCode::BAD_REQUEST);
        }
    })
    .await;
}

#[tokio::test]
async fn accounts_are_made_once_and_guarded() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let account = |email: &str, password: &str| {
            json!({"email": email, "password": password, "first_name": "A", "last_name": "B"})
        };
        let register = async |body: Value| site.ask(Ask::post("/api/v1/accounts", &body)).await;
        assert_eq!(register(account("a@x.example", "long enough")).await.status, 201);
        let again = register(account("A@X.example", "long enough")).await;
        again.assert_problem(StatusCode::CONFLICT);
        for (email, password, field) in [
            ("b@x.example", "short", "password"),
            ("b@x.example", &"long".repeat(33), "password"),
            ("not an address", "long enough", "email"),
        ] {
            let problem = register(account(email, password)).await;
            let problem = problem.assert_problem(StatusCode::UNPROCESSABLE_ENTITY);
            assert_eq!(problem["errors"][0]["field"], field);
        }
        let missing = register(json!({"email": "b@x.example"})).await;
        missing.assert_problem(StatusCode::UNPROCESSABLE_ENTITY);

        let log_in = async |email: &str, password: &str| {
            let body = json!({"email": email, "password": password});
            site.ask(Ask::post("/api/v1/tokens", &body)).await
        };
        assert_eq!(log_in("A@x.example", "long enough").await.status, 201);
        for (email, password) in
            [("a@x.example", "long enougH"), ("nobody@x.example", "long enough"), ("a\0", "b")]
        {
            log_in(email, password).await.assert_problem(StatusCode::UNAUTHORIZED);
        }
    })
    .await;
}

#[tokio::test]
async fn the_catalog_is_read_part_by_part() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let (mut path, mut seen) = ("/api/v1/products?sort=newest&limit=30".to_owned(), Vec::new());
        loop {
            let part = site.get(&path).await.json();
            for product in part["items"].as_array().unwrap() {
                let offer = &product["offers"][0];
                assert_eq!(product["price_cents"], offer["price_cents"]);
                assert!(offer["listing_id"].is_i64() && offer["stock"].is_i64());
                assert!(offer["seller"].is_string());
                seen.push(product["id"].as_i64().unwrap());
            }
            let Some(next) = part["next"].as_str() else { break };
            path = format!("/api/v1/products?sort=newest&limit=30&cursor={next}");
        }
        assert_eq!(seen.len(), 200);
        assert!(seen.is_sorted_by(|a, b| a > b));
    })
    .await;
}

#[tokio::test]
async fn events_tell_the_state_and_every_change_and_then_end() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = site.token("a@x.example").await;
        let id = site.place(&token, "k").await;
        let path = format!("/api/v1/orders/{id}/events");
        let response = site.send(Ask::get(&path).token(&token).build()).await;
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut chunks = response.into_body().into_data_stream();
        let mut next = async || {
            let chunk = tokio::time::timeout(Duration::from_secs(20), chunks.next()).await;
            let text = String::from_utf8(chunk.unwrap()?.unwrap().to_vec()).unwrap();
            assert!(text.contains("event: order"), "{text}");
            let data = text.lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
            Some(serde_json::from_str::<Value>(data).unwrap())
        };
        assert_eq!(next().await.unwrap()["status"], "created");
        // Two in the same microsecond are two.
        site.change(id, PackageStatus::Packing, 5);
        site.change(id, PackageStatus::Packed, 5);
        assert_eq!(next().await.unwrap()["status"], "packing");
        let packed = next().await.unwrap();
        assert_eq!(packed["packages"][0]["truck_id"], 3);
        assert_eq!(packed["packages"][0]["tracking_url"], "http://127.0.0.1:8081/track/WB-7");
        site.change(id + 1, PackageStatus::Packed, 6);
        site.change(id, PackageStatus::Delivered, 9);
        let delivered = next().await.unwrap();
        assert_eq!(delivered["status"], "delivered");
        let history = delivered["packages"][0]["history"].as_array().unwrap();
        let events: Vec<_> = history.iter().map(|past| past["event"].as_str().unwrap()).collect();
        assert_eq!(events, ["created", "in_stock", "packing", "packed", "delivered"]);
        assert!(next().await.is_none());
    })
    .await;
}

#[tokio::test]
async fn a_store_that_can_not_answer_says_when_to_come_back() {
    on_each_database(async |db| {
        let settings =
            ShopSettings { answer_within: Duration::from_millis(50), ..ShopSettings::default() };
        let site = Site::open_with(db, settings).await;
        let token = site.token("a@x.example").await;
        let mut unanswered = order();
        unanswered["destination"]["x"] = json!(404_404);
        let ask = |body: &Value| {
            Ask::post("/api/v1/orders", body).token(&token).header("idempotency-key", "k")
        };
        let late = site.ask(ask(&unanswered)).await;
        late.assert_problem(StatusCode::SERVICE_UNAVAILABLE);
        assert!(late.header("retry-after").parse::<u32>().is_ok());
        site.stall();
        let stalled = site.ask(ask(&order())).await;
        stalled.assert_problem(StatusCode::SERVICE_UNAVAILABLE);
        assert!(stalled.header("retry-after").parse::<u32>().is_ok());
    })
    .await;
}

#[tokio::test]
async fn a_full_house_sends_the_next_away() {
    on_each_database(async |db| {
        let settings = ShopSettings { orders_max: 0, ..ShopSettings::default() };
        let site = Site::open_with(db, settings).await;
        let token = site.token("a@x.example").await;
        let ask =
            Ask::post("/api/v1/orders", &order()).token(&token).header("idempotency-key", "k");
        let full = site.ask(ask).await;
        full.assert_problem(StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(full.header("retry-after"), "1");
    })
    .await;
}

#[tokio::test]
async fn a_database_that_is_gone_is_a_problem_too() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        site.db.close();
        let gone = site.get("/api/v1/products").await;
        let problem = gone.assert_problem(StatusCode::SERVICE_UNAVAILABLE);
        assert!(!problem["detail"].as_str().unwrap().contains("pool"), "{problem}");
    })
    .await;
}

#[tokio::test]
async fn the_description_names_every_route_and_the_shape_of_problems() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let api = site.get("/openapi.json").await.json();
        let paths = api["paths"].as_object().unwrap();
        for path in [
            "/api/v1/accounts",
            "/api/v1/tokens",
            "/api/v1/products",
            "/api/v1/products/{id}",
            "/api/v1/products/{id}/reviews",
            "/api/v1/products/{id}/review",
            "/api/v1/categories",
            "/api/v1/sellers/{id}",
            "/api/v1/sellers/{id}/reviews",
            "/api/v1/sellers/{id}/review",
            "/api/v1/reviews",
            "/api/v1/reviews/{id}/vote",
            "/api/v1/orders",
            "/api/v1/orders/{id}",
            "/api/v1/orders/{id}/events",
        ] {
            assert!(paths.contains_key(path), "{path}");
        }
        assert!(
            api["components"]["schemas"]["Problem"]["properties"]["detail"].is_object(),
            "{api}"
        );
        assert!(api["components"]["securitySchemes"]["token"].is_object());
    })
    .await;
}

#[tokio::test]
async fn the_description_is_complete_in_itself_and_readable_as_a_page() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let api = site.get("/openapi.json").await.json();
        let text = api.to_string();
        let named: BTreeSet<_> = text
            .split("#/components/schemas/")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .collect();
        for schema in named {
            assert!(api["components"]["schemas"][schema].is_object(), "no schema {schema}");
        }
        let page = site.get("/docs").await;
        assert_eq!(page.status, 200);
        for (path, methods) in api["paths"].as_object().unwrap() {
            assert!(page.text.contains(path.as_str()), "{path} is not on the page");
            for (method, operation) in methods.as_object().unwrap() {
                let refusal = &operation["responses"]["default"]["content"];
                assert!(refusal["application/problem+json"].is_object(), "{method} {path}");
                assert!(operation["summary"].is_string(), "{method} {path} says not what it does");
            }
        }
    })
    .await;
}
