//! Every route of the carrier, asked as everybody.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::json;
use waybill::carrier::web::people::staff;

use super::site::{Ask, Site};
use crate::support::on_each_database;

/// Whom a route answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whom {
    Everybody,
    /// Whoever is signed in, about what is his own.
    Signed,
    /// Only the owner of the package, or the staff; others learn of none.
    Owner,
}
use Whom::{Everybody, Owner, Signed};

const PAGES: [(&str, &str, Whom); 23] = [
    ("GET", "/track", Everybody),
    ("GET", "/track/{number}", Everybody),
    ("GET", "/login", Everybody),
    ("GET", "/register", Everybody),
    ("GET", "/docs", Everybody),
    ("GET", "/openapi.json", Everybody),
    ("GET", "/packages", Signed),
    ("GET", "/packages/{number}", Owner),
    ("POST", "/packages/{number}", Owner),
    ("GET", "/addresses", Signed),
    ("POST", "/addresses", Signed),
    ("GET", "/notices", Signed),
    ("POST", "/notices/read", Signed),
    ("GET", "/account", Signed),
    ("POST", "/account", Signed),
    ("GET", "/account/email", Signed),
    ("POST", "/account/email", Signed),
    ("GET", "/account/password", Signed),
    ("POST", "/account/password", Signed),
    ("GET", "/account/sessions", Signed),
    ("GET", "/account/tokens", Signed),
    ("POST", "/account/tokens", Signed),
    ("GET", "/account/delete", Signed),
];

const API: [(&str, &str, Whom); 25] = [
    ("GET", "/api/v1/track/{number}", Everybody),
    ("GET", "/api/v1/track/{number}/events", Everybody),
    ("POST", "/api/v1/accounts", Everybody),
    ("POST", "/api/v1/tokens", Everybody),
    ("GET", "/api/v1/packages", Signed),
    ("GET", "/api/v1/packages/{number}", Owner),
    ("POST", "/api/v1/packages/{number}/redirect", Owner),
    ("GET", "/api/v1/addresses", Signed),
    ("POST", "/api/v1/addresses", Signed),
    ("PUT", "/api/v1/addresses/{id}", Signed),
    ("DELETE", "/api/v1/addresses/{id}", Signed),
    ("GET", "/api/v1/notices", Signed),
    ("POST", "/api/v1/notices/{id}/read", Signed),
    ("POST", "/api/v1/notices/read", Signed),
    ("GET", "/api/v1/notices/events", Signed),
    ("GET", "/api/v1/account", Signed),
    ("PUT", "/api/v1/account", Signed),
    ("PUT", "/api/v1/account/email", Signed),
    ("PUT", "/api/v1/account/password", Signed),
    ("POST", "/api/v1/account/deletion", Signed),
    ("GET", "/api/v1/tokens", Signed),
    ("DELETE", "/api/v1/tokens/{id}", Signed),
    ("GET", "/api/v1/sessions", Signed),
    ("DELETE", "/api/v1/sessions", Signed),
    ("DELETE", "/api/v1/sessions/{id}", Signed),
];

/// What is tried: the refusals of role and owner come before those of what is sent.
fn ask(site: &Site, method: &str, path: &str, number: &str) -> Ask {
    let path = path.replace("{number}", number).replace("{id}", "999999");
    let method: Method = method.parse().unwrap();
    if path.starts_with("/api/") && method != Method::GET && method != Method::DELETE {
        return site.send(method, &path, &json!({ "x": 1, "y": 2 }));
    }
    if method == Method::POST { site.form(&path, "x=1&y=2") } else { site.ask(method, &path) }
}

/// Those whose answer never ends are looked at only where they are refused.
fn is_endless(path: &str) -> bool {
    path.ends_with("/events")
}

#[tokio::test]
async fn every_page_answers_whom_it_shall() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let (owner, other) = (site.register("ada").await, site.register("bob").await);
        let staff_member = site.register("eve").await;
        staff::promote(&site.db, "eve@x.example").await.unwrap();
        let number = site.ship(1, Some("ada")).await;
        for (method, path, whom) in PAGES {
            let as_whom = async |session: Option<&str>| {
                let ask = ask(&site, method, path, &number);
                let ask = if let Some(session) = session { ask.session(session) } else { ask };
                let answer = ask.send().await;
                (answer.status, answer.header("location").starts_with("/login"))
            };
            let place = format!("{method} {path}");
            let (status, is_sent_to_login) = as_whom(None).await;
            let is_open = whom == Everybody;
            assert_eq!(is_sent_to_login, !is_open, "{place} as a visitor: {status}");
            for (who, session) in [("owner", &owner), ("other", &other), ("staff", &staff_member)] {
                let (status, is_sent_to_login) = as_whom(Some(session)).await;
                let is_refused = whom == Owner && who == "other";
                assert_eq!(status == 404, is_refused, "{place} as {who}: {status}");
                assert!(
                    !is_sent_to_login && !matches!(status, 401 | 403 | 500..),
                    "{place} as {who}: {status}"
                );
            }
        }
        site.stop().await;
    })
    .await;
}

#[tokio::test]
async fn every_operation_answers_whom_it_shall() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        for name in ["ada", "bob", "eve"] {
            site.register(name).await;
        }
        staff::promote(&site.db, "eve@x.example").await.unwrap();
        let number = site.ship(1, Some("ada")).await;
        let reader = site.token("ada", Some(&["read"])).await;
        for (method, path, whom) in API {
            let place = format!("{method} {path}");
            let as_whom = async |token: Option<&str>| {
                let ask = ask(&site, method, path, &number);
                if let Some(token) = token { ask.token(token) } else { ask }.send().await.status
            };
            if whom == Everybody {
                if !is_endless(path) {
                    assert!(!matches!(as_whom(None).await, 401 | 403 | 404 | 500..), "{place}");
                }
                continue;
            }
            assert_eq!(as_whom(None).await, 401, "{place} without a token");
            assert_eq!(as_whom(Some(&"0".repeat(64))).await, 401, "{place} with a made-up token");
            if method != "GET" {
                assert_eq!(as_whom(Some(&reader)).await, 403, "{place} with a token to read");
            }
            if is_endless(path) {
                continue;
            }
            for name in ["ada", "bob", "eve"] {
                let status = as_whom(Some(&site.token(name, None).await)).await;
                let of_nobody = path.contains("{id}") || (whom == Owner && name == "bob");
                let is_refused = status == 404 || (of_nobody && status == 422);
                assert_eq!(is_refused, of_nobody, "{place} as {name}: {status}");
                assert!(!matches!(status, 401 | 403 | 500..), "{place} as {name}: {status}");
            }
        }
        site.stop().await;
    })
    .await;
}

#[tokio::test]
async fn every_operation_is_in_the_matrix() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let api = site.get("/openapi.json").send().await.json();
        let mut described = BTreeSet::new();
        for (path, methods) in api["paths"].as_object().unwrap() {
            let methods = methods.as_object().unwrap().keys();
            described.extend(methods.map(|method| (method.to_uppercase(), path.clone())));
        }
        let staffs = |(_, path): &(String, String)| path.starts_with("/api/v1/staff");
        described.retain(|operation| !staffs(operation));
        let known = API.map(|(method, path, _)| (method.to_owned(), path.to_owned()));
        assert_eq!(described, BTreeSet::from(known));
        site.stop().await;
    })
    .await;
}
