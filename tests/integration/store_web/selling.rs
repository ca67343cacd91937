//! Selling: who may, what reaches the desk, what sellers see of orders, and the tables they
//! take away.
//!
//! What the desk and the warehouses make of it is for the models' tests.

mod figures;
mod listings;
mod orders;
mod pages;
mod stock;

use std::{future::Future, task::Poll};

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use waybill::store::model::{Letter, Listing, letters::CatalogChange};

use super::site::{Answer, Ask, Site};
use crate::support::on_each_database;

/// A new account that sells under this name: its token.
async fn seller(site: &Site, name: &str) -> String {
    let token = site.token(&format!("{}@sellers.example", name.replace(' ', "."))).await;
    let founded = found(site, &token, name).await;
    assert_eq!(founded.status, 201, "{}", founded.text);
    token
}

async fn found(site: &Site, token: &str, name: &str) -> Answer {
    site.ask(Ask::post("/api/v1/selling", &json!({"name": name})).token(token)).await
}

fn patch(path: &str, body: &Value) -> Ask {
    Ask::new(Method::PATCH, path).header("content-type", "application/json").body(body.to_string())
}

/// A product that is new.
fn pot(name: &str) -> Value {
    let product = json!({"name": name, "category": "Kitchen", "description": "Holds tea."});
    json!({"product": product, "price_cents": 1_250})
}

/// A new listing's id.
async fn offer(site: &Site, token: &str, body: &Value) -> i64 {
    let made = site.ask(Ask::post("/api/v1/selling/listings", body).token(token)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.json()["id"].as_i64().unwrap()
}

/// What the desk was told last of a listing.
fn told(site: &Site, id: i64) -> Option<Listing> {
    let letters = site.told.lock().unwrap();
    let listings = letters.iter().rev().filter_map(|letter| match letter {
        Letter::Catalog(CatalogChange::Listing(listing)) => Some(listing),
        _ => None,
    });
    listings.into_iter().find(|listing| listing.id.0 == id).cloned()
}

/// Asks, and hangs up when the answer has been waited for so often; whether it had come.
pub async fn hang_up(site: &Site, ask: Ask, waits: usize) -> bool {
    let mut answer = Box::pin(site.send(ask.build()));
    let mut waited = 0;
    std::future::poll_fn(|context| {
        if answer.as_mut().poll(context).is_ready() {
            return Poll::Ready(true);
        }
        waited += 1;
        if waited > waits { Poll::Ready(false) } else { Poll::Pending }
    })
    .await
}

/// Orders so many pieces of each of these; the order's id.
async fn order(site: &Site, token: &str, key: &str, listings: &[i64]) -> i64 {
    let item = |id: &i64| json!({"listing_id": id, "quantity": 2});
    let items: Vec<Value> = listings.iter().map(item).collect();
    let body = json!({"items": items, "destination": {"x": 3, "y": -4}});
    let ask = Ask::post("/api/v1/orders", &body).token(token).header("idempotency-key", key);
    let placed = site.ask(ask).await;
    assert_eq!(placed.status, 201, "{}", placed.text);
    placed.json()["id"].as_i64().unwrap()
}

#[tokio::test]
async fn anybody_becomes_a_seller_once_under_a_name_of_its_own() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let (one, other) = (site.token("a@x.example").await, site.token("b@x.example").await);
        let before = site.ask(Ask::get("/api/v1/selling").token(&one)).await;
        before.assert_problem(StatusCode::FORBIDDEN);
        site.ask(Ask::post("/api/v1/selling", &json!({"name": "Nobody"})))
            .await
            .assert_problem(StatusCode::UNAUTHORIZED);
        let founded = found(&site, &one, "  Tea   & Co ").await;
        assert_eq!((founded.status, &founded.json()["name"]), (201, &json!("Tea & Co")));
        let overview = site.ask(Ask::get("/api/v1/selling").token(&one)).await;
        assert_eq!(overview.status, 200, "known at once: {}", overview.text);
        found(&site, &one, "Another").await.assert_problem(StatusCode::CONFLICT);
        found(&site, &other, "TEA & CO").await.assert_problem(StatusCode::CONFLICT);
        for bad in ["", "  ", "a\0b", "a\u{202e}b", &"n".repeat(61)] {
            let refused = found(&site, &other, bad).await;
            let problem = refused.assert_problem(StatusCode::UNPROCESSABLE_ENTITY);
            assert_eq!(problem["errors"][0]["field"], "name");
        }
        assert_eq!(found(&site, &other, &"ž".repeat(60)).await.status, 201);

        let rename = async |name: &str| {
            site.ask(patch("/api/v1/selling", &json!({"name": name})).token(&other)).await
        };
        rename("tea & co").await.assert_problem(StatusCode::CONFLICT);
        assert_eq!(rename("Cups").await.json()["name"], "Cups");
        assert_eq!(rename("CUPS").await.json()["name"], "CUPS", "its own in other letters");
        let overview = site.ask(Ask::get("/api/v1/selling").token(&other)).await;
        assert_eq!(overview.json()["seller"]["name"], "CUPS");
    })
    .await;
}

#[tokio::test]
async fn two_at_once_are_one_seller_and_one_name() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let (a, b) = (site.token("a@x.example").await, site.token("b@x.example").await);
        let (one, two) = tokio::join!(found(&site, &a, "First"), found(&site, &a, "Second"));
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409], "one account, one seller");
        let c = site.token("c@x.example").await;
        let (one, two) = tokio::join!(found(&site, &b, "Name"), found(&site, &c, "name"));
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409], "one name, one seller");
    })
    .await;
}

#[tokio::test]
async fn what_sellers_did_is_in_the_audit_log() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = seller(&site, "Auditors").await;
        let id = offer(&site, &token, &pot("Pot")).await;
        let path = format!("/api/v1/selling/listings/{id}");
        for body in [json!({"price_cents": 999}), json!({"active": false}), json!({"active": true})] {
            assert_eq!(site.ask(patch(&path, &body).token(&token)).await.status, 200);
        }
        // The same again changes nothing.
        site.ask(patch(&path, &json!({"price_cents": 999})).token(&token)).await;
        let client = site.db.client().await.unwrap();
        let select = "SELECT action, subject, detail #>> '{price_cents,from}' FROM store.audit
            WHERE who = 'Auditors@sellers.example' AND action !~ '^(account|session|token)' ORDER BY id";
        let rows = client.query(select, &[]).await.unwrap();
        let deeds: Vec<(String, Option<String>)> =
            rows.iter().map(|row| (row.get(0), row.get(2))).collect();
        let plain = |action: &str| (action.to_owned(), None);
        let expected = [
            plain("seller.founded"),
            plain("listing.created"),
            ("listing.changed".to_owned(), Some("1250".to_owned())),
            plain("listing.ended"),
            plain("listing.restarted"),
        ];
        assert_eq!(deeds, expected);
        assert_eq!(rows[2].get::<_, &str>(1), format!("listing {id}"));
    })
    .await;
}

#[tokio::test]
async fn only_sellers_get_in_and_each_route_says_so() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let buyer = site.token("buyer@x.example").await;
        let gets = [
            "/api/v1/selling",
            "/api/v1/selling/listings",
            "/api/v1/selling/listings/1",
            "/api/v1/selling/listings/1/purchases",
            "/api/v1/selling/orders",
            "/api/v1/selling/orders/1",
            "/api/v1/selling/export/orders",
            "/api/v1/selling/export/listings",
        ];
        let edit = json!({"price_cents": 1});
        let writes = || {
            [
                patch("/api/v1/selling", &json!({"name": "x"})),
                Ask::post("/api/v1/selling/listings", &pot("Pot")),
                patch("/api/v1/selling/listings/1", &edit),
                patch("/api/v1/selling/products/1", &json!({})),
                Ask::post(
                    "/api/v1/selling/listings/1/purchases",
                    &json!({"warehouse_id": 1, "quantity": 1}),
                )
                .header("idempotency-key", "k"),
            ]
        };
        let rows = site.rows().await;
        for path in gets {
            site.get(path).await.assert_problem(StatusCode::UNAUTHORIZED);
            site.ask(Ask::get(path).token(&buyer)).await.assert_problem(StatusCode::FORBIDDEN);
        }
        for ask in writes() {
            site.ask(ask).await.assert_problem(StatusCode::UNAUTHORIZED);
        }
        for ask in writes() {
            site.ask(ask.token(&buyer)).await.assert_problem(StatusCode::FORBIDDEN);
        }
        assert_eq!(site.rows().await, rows);
        assert!(site.told.lock().unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_seller_whose_account_is_gone_is_managed_by_nobody() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = seller(&site, "Gone").await;
        let id = offer(&site, &token, &pot("Pot")).await;
        site.sql("DELETE FROM store.accounts WHERE email = 'Gone@sellers.example'").await;
        let heir = site.token("Gone@sellers.example").await;
        for path in ["/api/v1/selling", "/api/v1/selling/listings"] {
            site.ask(Ask::get(path).token(&heir)).await.assert_problem(StatusCode::FORBIDDEN);
        }
        found(&site, &heir, "Gone").await.assert_problem(StatusCode::CONFLICT);
        assert_eq!(found(&site, &heir, "Heir").await.status, 201);
        let path = format!("/api/v1/selling/listings/{id}");
        site.ask(Ask::get(&path).token(&heir)).await.assert_problem(StatusCode::NOT_FOUND);
    })
    .await;
}
