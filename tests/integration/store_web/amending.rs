//! Second thoughts over the API: what is said to each, and to whom.

use axum::http::{Method, StatusCode};
use serde_json::json;

use super::site::{Answer, Ask, Site};
use crate::support::on_each_database;

async fn cancel(site: &Site, token: &str, order: i64) -> Answer {
    let path = format!("/api/v1/orders/{order}/cancel");
    site.ask(Ask::new(Method::POST, &path).token(token)).await
}

async fn redirect(site: &Site, token: &str, order: i64, body: &str) -> Answer {
    let ask = Ask::new(Method::PUT, &format!("/api/v1/orders/{order}/destination")).token(token);
    site.ask(ask.header("content-type", "application/json").body(body.to_owned())).await
}

async fn execute(site: &Site, sql: &str) {
    site.db.client().await.unwrap().batch_execute(sql).await.unwrap();
}

#[tokio::test]
async fn an_order_is_cancelled_by_its_owner_and_once() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let (mine, others) = (site.token("a@x.example").await, site.token("b@x.example").await);
        let order = site.place(&mine, "k1").await;
        let path = format!("/api/v1/orders/{order}/cancel");
        let nobody = site.ask(Ask::new(Method::POST, &path)).await;
        nobody.assert_problem(StatusCode::UNAUTHORIZED);
        for (token, order) in [(&others, order), (&mine, 999), (&mine, -1)] {
            cancel(&site, token, order).await.assert_problem(StatusCode::NOT_FOUND);
        }
        for outcome in ["cancelled", "already_cancelled"] {
            let answer = cancel(&site, &mine, order).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            assert_eq!(answer.json(), json!({ "outcome": outcome, "too_late": [] }));
        }
        let read = site.ask(Ask::get(&format!("/api/v1/orders/{order}")).token(&mine)).await;
        assert_eq!(read.json()["status"], "cancelled");
        redirect(&site, &mine, order, r#"{"x": 9, "y": 9}"#)
            .await
            .assert_problem(StatusCode::CONFLICT);
    })
    .await;
}

#[tokio::test]
async fn what_is_being_packed_comes_and_the_rest_is_cancelled() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = site.token("a@x.example").await;
        let order = site.place(&token, "k1").await;
        let package =
            "INSERT INTO store.packages (id, order_id, warehouse_id, status, granted, created_us)
            VALUES (5, 1, 1, 'packing', true, 0), (6, 1, 1, 'delivered', true, 0)";
        execute(&site, package).await;
        let answer = cancel(&site, &token, order).await;
        let too_late = json!([
            { "package_id": 5, "status": "packing" }, { "package_id": 6, "status": "delivered" },
        ]);
        assert_eq!(answer.json(), json!({ "outcome": "partly", "too_late": too_late }));
        let problem = cancel(&site, &token, order).await.assert_problem(StatusCode::CONFLICT);
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("package 5 is packing, package 6 is delivered"), "{detail}");
    })
    .await;
}

#[tokio::test]
async fn a_change_of_address_is_told_as_it_went() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = site.token("a@x.example").await;
        let order = site.place(&token, "k1").await;
        for (x, status, outcome) in [(9, 200, "changed"), (1, 202, "pending")] {
            let answer = redirect(&site, &token, order, &format!(r#"{{"x": {x}, "y": 0}}"#)).await;
            assert_eq!(answer.status, status, "{}", answer.text);
            assert_eq!(answer.json()["packages"][0]["outcome"], outcome);
        }
        for (x, status, words) in [
            (2, StatusCode::CONFLICT, "delivering already"),
            (3, StatusCode::CONFLICT, "the carrier refuses: no <road>"),
            (4, StatusCode::UNPROCESSABLE_ENTITY, "within 8"),
            (5, StatusCode::SERVICE_UNAVAILABLE, "send it again"),
        ] {
            let answer = redirect(&site, &token, order, &format!(r#"{{"x": {x}, "y": 0}}"#)).await;
            let problem = answer.assert_problem(status);
            assert!(problem["detail"].as_str().unwrap().contains(words), "{problem}");
        }
        for (body, status) in [
            ("", StatusCode::BAD_REQUEST),
            ("{}", StatusCode::UNPROCESSABLE_ENTITY),
            (r#"{"x": 1e40, "y": 0}"#, StatusCode::UNPROCESSABLE_ENTITY),
            (r#"{"x": 2147483648, "y": 0}"#, StatusCode::UNPROCESSABLE_ENTITY),
        ] {
            redirect(&site, &token, order, body).await.assert_problem(status);
        }
        let others = site.token("b@x.example").await;
        let foreign = redirect(&site, &others, order, r#"{"x": 9, "y": 9}"#).await;
        foreign.assert_problem(StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn a_stalled_store_promises_nothing() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = site.token("a@x.example").await;
        let order = site.place(&token, "k1").await;
        site.stall();
        let answers = [
            cancel(&site, &token, order).await,
            redirect(&site, &token, order, r#"{"x": 9, "y": 9}"#).await,
        ];
        for answer in answers {
            answer.assert_problem(StatusCode::SERVICE_UNAVAILABLE);
            assert!(!answer.header("retry-after").is_empty());
        }
    })
    .await;
}
