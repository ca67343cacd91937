//! What lies where, what runs out, and having warehouses buy.

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};
use waybill::{
    basis::{ListingId, WarehouseId},
    store::model::Output,
};

use super::{hang_up, offer, patch, pot, seller};
use crate::{
    store_web::site::{Answer, Ask, Site},
    support::on_each_database,
};

/// What a warehouse can promise of a listing, as the models would say.
fn publish(site: &Site, warehouse: i32, listing: i64, level: i64) {
    let levels = vec![(ListingId(listing), level)];
    let output = Output::Stock { warehouse: WarehouseId(warehouse), levels };
    assert!(site.shop.take(output).is_none());
}

async fn buy(site: &Site, token: &str, listing: i64, key: &str, body: &Value) -> Answer {
    let path = format!("/api/v1/selling/listings/{listing}/purchases");
    site.ask(Ask::post(&path, body).token(token).header("idempotency-key", key)).await
}

#[tokio::test]
async fn stock_is_told_by_warehouse() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = seller(&site, "Stockers").await;
        let id = offer(&site, &token, &pot("Pot")).await;
        site.sql(&format!(
            "INSERT INTO store.stock VALUES (1, {id}, 50), (2, {id}, 3);
            INSERT INTO store.purchases (warehouse_id, id, requested_us, arrived_us)
                VALUES (2, 901, 1, NULL), (2, 902, 2, NULL), (2, 900, 1, 5);
            INSERT INTO store.purchase_items VALUES (2, 900, {id}, 8), (2, 901, {id}, 30), (2, 902, {id}, 12)"
        ))
        .await;
        publish(&site, 1, id, 45);
        publish(&site, 2, id, -6);
        let path = format!("/api/v1/selling/listings/{id}");
        let listing = site.ask(Ask::get(&path).token(&token)).await.json();
        assert_eq!((&listing["available"], &listing["is_low"]), (&json!(45), &json!(true)));
        let level = |nth: usize| {
            let level = &listing["stock"][nth];
            ["on_hand", "promised", "available", "on_order"].map(|name| level[name].as_i64().unwrap())
        };
        assert_eq!(listing["stock"].as_array().unwrap().len(), 4);
        assert_eq!(level(0), [50, 5, 45, 0]);
        assert_eq!(level(1), [3, 9, -6, 42]);
        assert_eq!(level(2), [0, 0, 0, 0]);

        publish(&site, 2, id, 40);
        let listing = site.ask(Ask::get(&path).token(&token)).await.json();
        assert_eq!(listing["is_low"], false, "each has what it should keep");
        let low = site.ask(Ask::get("/api/v1/selling/listings?show=low").token(&token)).await;
        assert_eq!(low.json()["items"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn a_purchase_is_followed_until_it_has_arrived() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = seller(&site, "Buyers").await;
        let id = offer(&site, &token, &pot("Pot")).await;
        let asked = buy(&site, &token, id, "k", &json!({"warehouse_id": 3, "quantity": 70})).await;
        assert_eq!(asked.status, 201, "{}", asked.text);
        let purchase = asked.json();
        assert_eq!((&purchase["progress"], &purchase["by_hand"]), (&json!("requested"), &json!(true)));
        assert_eq!((&purchase["warehouse"], &purchase["quantity"]), (&json!("South Mill"), &json!(70)));
        let path = format!("/api/v1/selling/listings/{id}/purchases");
        let progress = async || {
            let list = site.ask(Ask::get(&path).token(&token)).await.json();
            list["items"][0]["progress"].as_str().unwrap().to_owned()
        };
        let number = &purchase["id"];
        let of_it = format!("WHERE warehouse_id = 3 AND id = {number}");
        site.sql(&format!("UPDATE store.purchases SET seq = 9 {of_it}")).await;
        assert_eq!(progress().await, "bought");
        site.sql(&format!("UPDATE store.purchases SET arrived_us = 1, arrived_seq = 2 {of_it}")).await;
        assert_eq!(progress().await, "arrived");

        site.sql(&format!(
            "INSERT INTO store.purchases (warehouse_id, id, requested_us) VALUES (1, 900, 5), (2, 900, 5), (1, 901, 4);
            INSERT INTO store.purchase_items VALUES (1, 900, {id}, 1), (2, 900, {id}, 1), (1, 901, {id}, 1)"
        ))
        .await;
        let (mut all, mut next) = (Vec::new(), String::new());
        loop {
            let part = site.ask(Ask::get(&format!("{path}?limit=1{next}")).token(&token)).await.json();
            let item = &part["items"][0];
            all.push((item["warehouse_id"].as_i64().unwrap(), item["by_hand"].as_bool().unwrap()));
            let Some(cursor) = part["next"].as_str() else { break };
            next = format!("&cursor={cursor}");
        }
        assert_eq!(all, [(3, true), (2, false), (1, false), (1, false)]);
    })
    .await;
}

#[tokio::test]
async fn the_same_key_buys_once() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = seller(&site, "Careful").await;
        let id = offer(&site, &token, &pot("Pot")).await;
        let body = json!({"warehouse_id": 1, "quantity": 5});
        let first = buy(&site, &token, id, "once", &body).await;
        let again = buy(&site, &token, id, "once", &body).await;
        assert_eq!((first.status, again.status), (201, 201));
        assert_eq!(first.json(), again.json());
        assert_eq!(again.header("idempotency-replayed"), "true");
        let other = json!({"warehouse_id": 1, "quantity": 6});
        buy(&site, &token, id, "once", &other).await.assert_problem(StatusCode::CONFLICT);
        let others = seller(&site, "Another").await;
        let theirs = offer(&site, &others, &pot("Pot")).await;
        let own = buy(&site, &others, theirs, "once", &other).await;
        assert_eq!(own.status, 201, "a key is its seller's own");
        let path = format!("/api/v1/selling/listings/{id}/purchases");
        let list = site.ask(Ask::get(&path).token(&token)).await.json();
        assert_eq!(list["items"].as_array().unwrap().len(), 1);

        let at_once = (0..8).map(|_| buy(&site, &token, id, "eight", &body));
        let answers = futures_util::future::join_all(at_once).await;
        assert!(answers.iter().any(|answer| answer.status == 201));
        assert!(answers.iter().all(|answer| matches!(answer.status, 201 | 503)), "{answers:?}");
        let list = site.ask(Ask::get(&path).token(&token)).await.json();
        assert_eq!(list["items"].as_array().unwrap().len(), 2);
    })
    .await;
}

/// Tries to hang up at every moment of a purchase.
const MANY: usize = 400;

#[tokio::test]
async fn a_key_knows_its_purchase_whenever_the_seller_hung_up() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = seller(&site, "Hasty").await;
        let id = offer(&site, &token, &pot("Pot")).await;
        let path = format!("/api/v1/selling/listings/{id}/purchases");
        let body = json!({"warehouse_id": 1, "quantity": 5});
        let (mut keys, mut outlived, mut polls) = (0, 0, 0);
        // How far each poll brings it is up to the machine: until some were begun when hung up.
        for _ in 0..MANY {
            let key = format!("k{keys}");
            let ask = Ask::post(&path, &body).token(&token).header("idempotency-key", &key);
            let was_answered = hang_up(&site, ask, polls).await;
            keys += 1;
            let again = async {
                loop {
                    let again = buy(&site, &token, id, &key, &body).await;
                    if again.status != 503 {
                        return again;
                    }
                }
            };
            let again = tokio::time::timeout(Duration::from_secs(60), again).await;
            let again = again.expect("it stays under way");
            assert_eq!(again.status, 201, "{key}: {}", again.text);
            if was_answered && outlived > 0 {
                break;
            }
            polls = if was_answered { 0 } else { polls + 1 };
            let replayed = again.header("idempotency-replayed") == "true";
            outlived += usize::from(replayed && !was_answered);
        }
        assert!(outlived > 0, "none was begun when it was hung up");
        let count = "SELECT (SELECT count(*) FROM store.purchases p
                JOIN store.purchase_items i ON (i.warehouse_id, i.purchase_id) = (p.warehouse_id, p.id)
                WHERE i.listing_id = $1),
            (SELECT count(*) FROM store.audit WHERE action = 'stock.requested')";
        let row = site.db.client().await.unwrap().query_one(count, &[&id]).await.unwrap();
        let keys = keys as i64;
        assert_eq!((row.get(0), row.get(1)), (keys, keys), "bought and noted once a key");
    })
    .await;
}

#[tokio::test]
async fn what_can_not_be_bought_is_refused_and_may_be_tried_again() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = seller(&site, "Refused").await;
        let id = offer(&site, &token, &pot("Pot")).await;
        let body = |warehouse: i64, quantity: i64| {
            json!({"warehouse_id": warehouse, "quantity": quantity})
        };
        for (body, field) in [
            (body(99, 1), "warehouse_id"),
            (body(1, 0), "quantity"),
            (body(1, -5), "quantity"),
            (body(1, 1_000_001), "quantity"),
            (body(i64::MAX, 1), "warehouse_id"),
        ] {
            let refused = buy(&site, &token, id, "k", &body).await;
            let problem = refused.assert_problem(StatusCode::UNPROCESSABLE_ENTITY);
            assert_eq!(problem["errors"][0]["field"], field, "{body}");
        }
        let path = format!("/api/v1/selling/listings/{id}/purchases");
        let keyless = site.ask(Ask::post(&path, &body(1, 1)).token(&token)).await;
        keyless.assert_problem(StatusCode::BAD_REQUEST);
        site.stall();
        buy(&site, &token, id, "k", &body(1, 7)).await.assert_problem(StatusCode::SERVICE_UNAVAILABLE);
        site.recover();
        let bought = buy(&site, &token, id, "k", &body(1, 7)).await;
        assert_eq!(bought.status, 201, "the key was not used up: {}", bought.text);
        let listing = format!("/api/v1/selling/listings/{id}");
        site.ask(patch(&listing, &json!({"active": false})).token(&token)).await;
        buy(&site, &token, id, "new", &body(1, 7)).await.assert_problem(StatusCode::CONFLICT);
        let list = site.ask(Ask::get(&path).token(&token)).await.json();
        assert_eq!(list["items"].as_array().unwrap().len(), 1);
    })
    .await;
}
