//! My packages: whose they are, what is in them, and sending them elsewhere.

use std::{sync::atomic::Ordering, time::Duration};

use reqwest::Method;
use serde_json::{Value, json};

use super::site::Site;
use crate::support::on_each_database;

/// For what takes milliseconds unless something is broken.
const PATIENCE: Duration = Duration::from_secs(60);

async fn numbers(site: &Site, token: &str, query: &str) -> Vec<String> {
    let list = site.get(&format!("/api/v1/packages{query}")).token(token).send().await;
    assert_eq!(list.status, 200, "{}", list.text);
    let items = list.json()["items"].as_array().unwrap().clone();
    items.iter().map(|it| it["tracking_number"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_shipment_is_whose_who_had_the_name_when_it_came_and_nobodys_later() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let before = site.ship(1, Some("ada")).await;
        let session = site.register("ada").await;
        let token = site.token("ada", None).await;
        assert_eq!(numbers(&site, &token, "").await, Vec::<String>::new(), "a name taken later");
        let mine = site.ship(2, Some(" ADA ")).await;
        site.ship(3, Some("adam")).await;
        site.ship(4, None).await;
        site.ship(5, Some("ada%' OR true --")).await;
        assert_eq!(numbers(&site, &token, "").await, std::slice::from_ref(&mine));
        for foreign in [&before, "WB123", "%00"] {
            let path = format!("/packages/{foreign}");
            assert_eq!(site.get(&path).session(&session).send().await.status, 404, "{foreign}");
            let redirect = site.form(&path, "x=1&y=1").session(&session).send().await;
            assert_eq!(redirect.status, 404, "{foreign}");
        }
        // To have an account of its name is not to have it.
        site.sql("UPDATE carrier.accounts SET name = 'adam' WHERE name = 'ada'").await;
        assert_eq!(numbers(&site, &token, "").await, [mine]);
        site.stop().await;
    })
    .await;
}

#[tokio::test]
async fn the_list_is_filtered_searched_and_read_in_parts() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let session = site.register("ada").await;
        let token = site.token("ada", None).await;
        let mut all = Vec::new();
        for shipment in [5, -3, i64::MAX, i64::MIN, 4] {
            all.push(site.ship(shipment, Some("ada")).await);
        }
        // At the same moment, so that the order is by number.
        site.sql("UPDATE carrier.shipments SET created_at = 7").await;
        let order = [2, 0, 4, 1, 3].map(|nth: usize| all[nth].clone());
        assert_eq!(numbers(&site, &token, "").await, order);
        let (mut seen, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let after = cursor.map(|it| format!("&cursor={it}")).unwrap_or_default();
            let path = format!("/api/v1/packages?limit=2{after}");
            let part = site.get(&path).token(&token).send().await.json();
            let items = part["items"].as_array().unwrap();
            seen.extend(items.iter().map(|it| it["tracking_number"].as_str().unwrap().to_owned()));
            let Some(next) = part["next"].as_str() else { break };
            cursor = Some(next.to_owned());
        }
        assert_eq!(seen, order);
        let deliver =
            "UPDATE carrier.shipments SET stage = 'delivered', delivered_at = 9 WHERE id = 5";
        site.sql(deliver).await;
        assert_eq!(numbers(&site, &token, "?standing=delivered").await, [all[0].clone()]);
        assert_eq!(numbers(&site, &token, "?standing=under_way").await.len(), 4);
        assert_eq!(numbers(&site, &token, "?standing=delivering").await.len(), 0);
        let typed = all[1].to_lowercase().replace("wb", "wb%20");
        assert_eq!(numbers(&site, &token, &format!("?q={typed}")).await, [all[1].clone()]);
        assert_eq!(numbers(&site, &token, "?q=WB1").await.len(), 0);
        let page = site.get("/packages?standing=delivered").session(&session).send().await;
        assert!(page.text.contains(&all[0]) && !page.text.contains(&all[1]), "{}", page.text);
        for bad in ["?standing=lost", "?cursor=x", "?limit=0", "?limit=101", "?cursor=1"] {
            let answer = site.get(&format!("/api/v1/packages{bad}")).token(&token).send().await;
            assert_eq!(answer.status, 400, "{bad}");
        }
        assert_eq!(site.get("/packages?before=x").session(&session).send().await.status, 400);
        site.stop().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_in_it_is_asked_once_and_shown_to_its_owner_alone() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let (ada, bob) = (site.register("ada").await, site.register("bob").await);
        let number = site.ship(1, Some("ada")).await;
        let path = format!("/packages/{number}");
        site.store.is_down.store(true, Ordering::SeqCst);
        let page = site.get(&path).session(&ada).send().await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains("The store does not say at the moment"), "{}", page.text);
        site.store.is_down.store(false, Ordering::SeqCst);
        for _ in 0..3 {
            let page = site.get(&path).session(&ada).send().await.text;
            assert!(page.contains("2 × &#60;b&#62;Kettle"), "{page}");
        }
        assert_eq!(site.store.asked.load(Ordering::SeqCst), 2, "once in vain, once for good");
        assert_eq!(site.get(&path).session(&bob).send().await.status, 404);
        assert_eq!(site.get(&path).send().await.status, 303, "a visitor logs in first");
        let tracked = format!("/track/{number}");
        for who in [None, Some(&ada)] {
            let ask = site.get(&tracked);
            let page = if let Some(who) = who { ask.session(who) } else { ask }.send().await;
            assert_eq!(page.status, 200);
            for secret in ["Kettle", "ann@example.org", ">ada<"] {
                assert!(!page.text.contains(secret), "{secret} in {}", page.text);
            }
        }
        let json = site.get(&format!("/api/v1/track/{number}")).send().await.json();
        assert_eq!((json["expected_arrival"].clone(), json.get("items")), (Value::Null, None));
        site.sql("UPDATE carrier.accounts SET is_staff = true WHERE name = 'bob'").await;
        let staff = site.token("bob", None).await;
        let seen = site.get(&format!("/api/v1{path}")).token(&staff).send().await.json();
        assert_eq!(seen["items"][0]["quantity"], 2, "{seen}");
        site.stop().await;
    })
    .await;
}

#[tokio::test]
async fn an_owner_sends_a_package_elsewhere_by_form_and_by_api() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let session = site.register("ada").await;
        let token = site.token("ada", None).await;
        let number = site.ship(1, Some("ada")).await;
        let path = format!("/packages/{number}");
        let there = async || {
            let json = site.get(&format!("/api/v1/track/{number}")).send().await.json();
            json["destination"].clone()
        };
        let done = site.form(&path, "address=&x=-4&y=5").session(&session).send().await;
        let expected = format!("{path}?done=redirected");
        assert_eq!((done.status, done.header("location")), (303, expected.as_str()));
        assert_eq!(there().await, json!({ "x": -4, "y": 5 }));
        let page = site.get(&expected).session(&session).send().await.text;
        assert!(page.contains("Your package goes to -4, 5."), "{page}");

        site.form("/addresses", "name=Home&x=8&y=9").session(&session).send().await;
        let id = site.number("SELECT id FROM carrier.addresses").await;
        let saved = format!("address={id}&x=&y=");
        assert_eq!(site.form(&path, &saved).session(&session).send().await.status, 303);
        assert_eq!(there().await, json!({ "x": 8, "y": 9 }));

        let api = format!("/api/v1{path}/redirect");
        for _ in 0..2 {
            let body = json!({ "x": 1, "y": 2 });
            let done = site.send(Method::POST, &api, &body).token(&token).send().await;
            assert_eq!((done.status, done.json()), (200, body), "and the same again");
        }
        for bad in
            ["x=a&y=1", "x=&y=", "address=0&x=1&y=1", "x=2147483647&y=0", "x=99999999999&y=0"]
        {
            let refused = site.form(&path, bad).session(&session).send().await;
            assert_eq!(refused.status, 422, "{bad}");
            assert!(refused.text.contains("role=\"alert\""));
        }
        for bad in [json!({}), json!({ "x": "1", "y": 2 }), json!({ "x": 1e10, "y": 0 })] {
            let refused = site.send(Method::POST, &api, &bad).token(&token).send().await;
            assert_eq!(refused.status, 422, "{bad}");
        }
        assert_eq!(there().await, json!({ "x": 1, "y": 2 }));
        site.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_redirected_package_is_a_notice_that_is_read_once() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let (ada, bob) = (site.register("ada").await, site.register("bob").await);
        let token = site.token("ada", None).await;
        let number = site.ship(1, Some("ada")).await;
        let path = format!("/packages/{number}");
        assert_eq!(site.form(&path, "x=1&y=2").session(&ada).send().await.status, 303);
        let told = async {
            loop {
                let list = site.get("/api/v1/notices").token(&token).send().await.json();
                if let Some(notice) = list["items"].get(0) {
                    break notice.clone();
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let notice = tokio::time::timeout(PATIENCE, told).await.expect("told in time");
        assert_eq!((&notice["kind"], &notice["is_read"]), (&json!("redirected"), &json!(false)));
        let bell = site.get("/track").session(&ada).send().await.text;
        assert!(bell.contains("Notices, 1 unread"), "{bell}");
        let list = site.get("/notices").session(&ada).send().await.text;
        assert!(list.contains(&format!("Package {number} goes to another place.")), "{list}");
        let open = format!("/notices/{}", notice["id"]);
        assert_eq!(site.form(&open, "").session(&bob).send().await.status, 404);
        let opened = site.form(&open, "").session(&ada).send().await;
        assert_eq!((opened.status, opened.header("location")), (303, path.as_str()));
        let unread = site.get("/api/v1/notices?unread=true").token(&token).send().await.json();
        assert_eq!(unread["items"], json!([]));
        site.stop().await;
    })
    .await;
}
