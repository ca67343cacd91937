//! Every door of the store over real sockets: what is too large, too slow, broken or
//! of another kind gets the refusal that its peer can read, and writes nothing.

use std::{net::SocketAddr, time::Duration};

use reqwest::{Client, Method, RequestBuilder, header};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use waybill::{store::shop::ShopSettings, web::Guarded};

use super::site::{Ask, Site, order};
use crate::support::on_each_database;

/// How a door's refusals look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Problem,
    Envelope,
    Flat,
}

const DOORS: [(&str, Form); 7] = [
    ("/api/v1/accounts", Form::Problem),
    ("/api/v1/orders", Form::Problem),
    ("/login", Form::Problem),
    ("/api/webhooks/truck-arrived", Form::Envelope),
    ("/api/webhooks/messages", Form::Envelope),
    ("/api/ups/tracking", Form::Flat),
    ("/set_worldid", Form::Flat),
];

impl Form {
    /// Checks that it is a refusal in this form, with words.
    #[track_caller]
    fn assert_refusal(self, content_type: &str, body: &Value) {
        let (kind, words) = match self {
            Self::Problem => ("application/problem+json", &body["detail"]),
            Self::Envelope => {
                assert_eq!(body["message_type"], "Error", "{body}");
                assert_eq!(body["payload"]["status"], "fail", "{body}");
                assert!(body["payload"]["code"].as_i64() >= Some(1000), "{body}");
                ("application/json", &body["payload"]["message"])
            }
            Self::Flat => {
                assert_eq!(body["success"], false, "{body}");
                ("application/json", &body["error"])
            }
        };
        assert_eq!(content_type, kind, "{body}");
        assert!(words.as_str().is_some_and(|words| words.len() > 10), "{body}");
    }
}

#[tokio::test]
async fn every_door_refuses_in_words_that_its_peer_reads() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let door = site.serve().await;
        let client = Client::new();
        let before = site.rows().await;
        for (path, form) in DOORS {
            let url = format!("http://{}{path}", door.address());
            let post = || client.post(&url).header(header::CONTENT_TYPE, "application/json");
            let huge = format!("{{\"a\": \"{}\"}}", "x".repeat(10 * 1024 * 1024));
            refused(post().body(huge), 413, form).await;
            refused(client.request(Method::PUT, &url), 405, form).await;
            let foreign = post().header(header::ORIGIN, "http://other.example").body("{}");
            refused(foreign, 403, form).await;
        }
        for (path, form) in DOORS.into_iter().filter(|(path, _)| *path != "/api/v1/orders") {
            let url = format!("http://{}{path}", door.address());
            let post = |kind: &str| client.post(&url).header(header::CONTENT_TYPE, kind);
            let (broken, misnamed) = match path {
                // A form, which no JSON is.
                "/login" => (415, 415),
                _ if form == Form::Problem => (400, 415),
                // Not everybody names what he sends; what counts is what it is.
                _ => (400, 400),
            };
            refused(post("application/json").body("{\"a\": ["), broken, form).await;
            refused(post("application/json").body([0xff, 0xfe, 0x00].to_vec()), broken, form).await;
            refused(post("text/plain").body("{\"a\": 1"), misnamed, form).await;
        }
        assert_eq!(site.rows().await, before);
        door.close().await;
    })
    .await;
}

#[tokio::test]
async fn json_under_another_name_is_heard_where_the_dialect_is_spoken() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let message = json!({
            "message_type": "PackageDetailRequest",
            "timestamp": "2026-01-01T00:00:00Z",
            "payload": { "shipment_id": "999" },
        });
        let path = "/api/webhooks/shipment-detail-request";
        for kind in ["text/plain", "application/x-www-form-urlencoded"] {
            let ask = Ask::new(Method::POST, path).header("content-type", kind);
            let answer = site.ask(ask.body(message.to_string())).await;
            assert_eq!(answer.json()["payload"]["code"], 2000, "{answer:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_body_that_does_not_come_to_an_end_holds_no_door_open() {
    on_each_database(async |db| {
        let guarded = Guarded { body_within: Duration::from_millis(200), ..Guarded::default() };
        let site = Site::open_guarded(db, ShopSettings::default(), guarded).await;
        let door = site.serve().await;
        for (path, form) in DOORS {
            let (status, content_type, body) = dribble(door.address(), path).await;
            assert_eq!(status, 408, "{path} {body}");
            form.assert_refusal(&content_type, &body);
        }
        door.close().await;
    })
    .await;
}

#[tokio::test]
async fn bad_input_is_refused_with_what_to_do_and_writes_no_row() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let (mine, others) = (site.token("a@x.example").await, site.token("b@x.example").await);
        let foreign = site.place(&others, "theirs").await;
        let keyed = |body: &Value| {
            Ask::post("/api/v1/orders", body).token(&mine).header("idempotency-key", "k")
        };
        let with = |change: &dyn Fn(&mut Value)| {
            let mut body = order();
            change(&mut body);
            keyed(&body)
        };
        let quantity = |q: i64| with(&|body| body["items"][0]["quantity"] = json!(q));
        let x = |x: i64| with(&|body| body["destination"]["x"] = json!(x));
        let theirs = format!("/api/v1/orders/{foreign}");
        let cases = [
            ("an unknown product", with(&|b| b["items"][0]["listing_id"] = json!(999_999)), 422),
            ("no pieces", quantity(0), 422),
            ("less than none", quantity(-1), 422),
            ("too many", quantity(1_000_000_000), 422),
            ("a place right of the grid", x(1 << 31), 422),
            ("a place left of the grid", x(-(1 << 31) - 1), 422),
            ("ten megabytes", keyed(&json!({ "pad": "x".repeat(10 * 1024 * 1024) })), 413),
            ("broken JSON", keyed(&order()).body("{\"items\": ["), 400),
            ("no token", Ask::post("/api/v1/orders", &order()).header("idempotency-key", "k"), 401),
            ("a token of nobody's", Ask::get(&theirs).token(&"0".repeat(64)), 401),
            ("no token of ours", Ask::get(&theirs).token("Bearer"), 401),
            ("somebody else's order", Ask::get(&theirs).token(&mine), 404),
            ("its events", Ask::get(&format!("{theirs}/events")).token(&mine), 404),
        ];
        let before = site.rows().await;
        for (what, ask, status) in cases {
            let answer = site.ask(ask).await;
            assert_eq!(answer.status, status, "{what}: {}", answer.text);
            let problem = answer.assert_problem(status.try_into().unwrap());
            assert!(problem["detail"].as_str().unwrap().len() > 20, "{what}: {problem}");
            assert!(problem["type"].as_str().unwrap().starts_with("urn:waybill:problem:"));
        }
        assert_eq!(site.rows().await, before);
        let good = site.ask(keyed(&order())).await;
        assert_eq!(good.status, 201, "the key was not used up: {}", good.text);
        assert_ne!(site.rows().await, before);
    })
    .await;
}

async fn refused(request: RequestBuilder, status: u16, form: Form) {
    let answer = request.send().await.unwrap();
    let (answered, url) = (answer.status().as_u16(), answer.url().clone());
    let content_type = answer.headers()[header::CONTENT_TYPE].to_str().unwrap().to_owned();
    let text = answer.text().await.unwrap();
    assert_eq!(answered, status, "{url} {text}");
    form.assert_refusal(&content_type, &serde_json::from_str(&text).expect(&text));
}

/// Announces a body, sends a byte of it and waits.
async fn dribble(address: SocketAddr, path: &str) -> (u16, String, Value) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: shop.test\r\ncontent-type: application/json\r\ncontent-length: 100\r\nconnection: close\r\n\r\n{{"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").expect(&answer);
    let content_type = head.lines().find_map(|line| line.strip_prefix("content-type: "));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, content_type.unwrap().to_owned(), serde_json::from_str(body).expect(&answer))
}
