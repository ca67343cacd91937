//! What each wording says when a request is too large, too slow, one too many, or fails.
//!
//! Through the layers alone; the sites' own routes are tried over sockets elsewhere.

use std::convert::Infallible;

use axum::{
    body::{Body, Bytes, to_bytes},
    http::StatusCode,
    routing::{get, post},
};
use futures_util::{StreamExt, stream};
use serde_json::json;
use tower::ServiceExt;

use super::*;

const SHORT: Duration = Duration::from_millis(50);

fn own(problem: &Problem, path: &str) -> Value {
    json!({ "own": problem.detail(), "path": path })
}

fn guarded(wording: Wording) -> Guarded {
    Guarded {
        deadline: 4 * SHORT,
        body_within: SHORT,
        body_bytes_max: 1_000,
        in_flight_max: 1,
        hosts: Hosts::default(),
        cors: Cors::default(),
        wording,
    }
}

fn site(wording: Wording) -> Router {
    let routes = Router::new()
        .route("/echo", post(|body: Bytes| async { body }))
        .route("/panic", post(|| async { panic!("on purpose") as &'static str }))
        .route("/hang", get(std::future::pending::<()>));
    guard(routes, guarded(wording))
}

fn request(method: Method, path: &str, body: Body) -> Request {
    Request::builder().method(method).uri(path).body(body).unwrap()
}

async fn ask(site: &Router, request: Request) -> (StatusCode, HeaderMap, Bytes) {
    let (parts, body) = site.clone().oneshot(request).await.unwrap().into_parts();
    (parts.status, parts.headers, to_bytes(body, usize::MAX).await.unwrap())
}

fn never_ending() -> Body {
    let begun = stream::iter([Ok::<_, std::io::Error>("begun")]);
    Body::from_stream(begun.chain(stream::pending()))
}

fn broken_off() -> Body {
    let cut = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    Body::from_stream(stream::iter([Ok("begun"), Err(cut)]))
}

/// Requests that the guard answers itself, and how.
fn refused() -> Vec<(Request, StatusCode)> {
    let huge = || Body::from("x".repeat(10 * 1024 * 1024));
    let in_pieces = Body::from_stream(stream::iter(vec![Ok::<_, Infallible>("x".repeat(100)); 11]));
    let mut permitted = request(Method::POST, "/echo", huge());
    permitted.headers_mut().insert(header::EXPECT, HeaderValue::from_static("100-continue"));
    let mut foreign = request(Method::POST, "/echo", Body::from("x"));
    foreign.headers_mut().insert(header::ORIGIN, HeaderValue::from_static("http://other.example"));
    vec![
        (request(Method::POST, "/echo", huge()), StatusCode::PAYLOAD_TOO_LARGE),
        (
            request(Method::POST, "/echo", Body::from("x".repeat(40_000_000))),
            StatusCode::PAYLOAD_TOO_LARGE,
        ),
        (request(Method::POST, "/echo", in_pieces), StatusCode::PAYLOAD_TOO_LARGE),
        (permitted, StatusCode::PAYLOAD_TOO_LARGE),
        (request(Method::POST, "/echo", never_ending()), StatusCode::REQUEST_TIMEOUT),
        (request(Method::POST, "/echo", broken_off()), StatusCode::BAD_REQUEST),
        (request(Method::GET, "/echo", Body::empty()), StatusCode::METHOD_NOT_ALLOWED),
        (request(Method::GET, "/nowhere", Body::empty()), StatusCode::NOT_FOUND),
        (request(Method::POST, "/panic", Body::empty()), StatusCode::INTERNAL_SERVER_ERROR),
        (request(Method::GET, "/hang", Body::empty()), StatusCode::SERVICE_UNAVAILABLE),
        (foreign, StatusCode::FORBIDDEN),
    ]
}

#[tokio::test]
async fn whatever_is_refused_is_a_problem() {
    let site = site(Wording::Problem { page: None });
    for (request, status) in refused() {
        let (answered, headers, body) = ask(&site, request).await;
        assert_eq!(answered, status, "{body:?}");
        assert_eq!(headers[header::CONTENT_TYPE], "application/problem+json");
        let problem: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(problem["status"], status.as_u16());
        assert!(
            problem["detail"].as_str().is_some_and(|detail| detail.ends_with('.')),
            "{problem}"
        );
    }
}

#[tokio::test]
async fn a_dialect_says_the_same_in_its_own_words() {
    let site = site(Wording::Own(own));
    for (request, status) in refused() {
        let path = request.uri().path().to_owned();
        let (answered, headers, body) = ask(&site, request).await;
        assert_eq!(answered, status, "{body:?}");
        assert_eq!(headers[header::CONTENT_TYPE], "application/json");
        let words: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(words["path"], path);
        assert!(words["own"].as_str().is_some_and(|detail| !detail.is_empty()), "{words}");
    }
    let (_, headers, _) = ask(&site, request(Method::GET, "/echo", Body::empty())).await;
    assert_eq!(headers[header::ALLOW], "POST");
}

#[tokio::test]
async fn what_is_within_bounds_passes_unchanged() {
    let site = site(Wording::Own(own));
    let pieces = vec![Ok::<_, Infallible>("y".repeat(100)); 10];
    for body in [Body::from("y".repeat(1_000)), Body::from_stream(stream::iter(pieces))] {
        let (status, _, body) = ask(&site, request(Method::POST, "/echo", body)).await;
        assert_eq!((status, body.len()), (StatusCode::OK, 1_000));
    }
}

#[tokio::test]
async fn one_request_too_many_is_asked_to_come_back() {
    let site = site(Wording::Problem { page: None });
    let first = tokio::spawn(site.clone().oneshot(request(Method::POST, "/echo", never_ending())));
    tokio::task::yield_now().await;
    let (status, headers, _) = ask(&site, request(Method::POST, "/echo", Body::from("x"))).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(headers.contains_key(header::RETRY_AFTER));
    first.await.unwrap().unwrap();
    let (status, ..) = ask(&site, request(Method::POST, "/echo", Body::from("x"))).await;
    assert_eq!(status, StatusCode::OK);
}

fn from(headers: &[(&'static str, &'static str)]) -> HeaderMap {
    let pair = |&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value));
    headers.iter().map(pair).collect()
}

#[test]
fn a_form_from_another_site_is_told_from_ours() {
    let host = ("host", "shop.example:8080");
    assert!(is_from_here(&Hosts::default(), &from(&[host])));
    assert!(is_from_here(&Hosts::default(), &from(&[host, ("sec-fetch-site", "same-origin")])));
    assert!(is_from_here(
        &Hosts::default(),
        &from(&[host, ("origin", "http://shop.example:8080")])
    ));
    assert!(!is_from_here(&Hosts::default(), &from(&[host, ("sec-fetch-site", "cross-site")])));
    assert!(!is_from_here(&Hosts::default(), &from(&[host, ("sec-fetch-site", "same-site")])));
    assert!(!is_from_here(&Hosts::default(), &from(&[host, ("origin", "http://other.example")])));
    assert!(!is_from_here(&Hosts::default(), &from(&[host, ("origin", "null")])));
}

#[tokio::test]
async fn a_page_of_another_name_is_not_served() {
    let hosts = Hosts::only(&["https://shop.example".parse().unwrap()]);
    let guarded = Guarded { hosts, ..guarded(Wording::Problem { page: None }) };
    let site = guard(Router::new().route("/", get(|| async { "in" })), guarded);
    let asked = |host| {
        let mut request = request(Method::GET, "/", Body::empty());
        request.headers_mut().insert(header::HOST, HeaderValue::from_static(host));
        request
    };
    for host in ["shop.example", "127.0.0.1:8080", "localhost:1"] {
        assert_eq!(ask(&site, asked(host)).await.0, StatusCode::OK, "{host}");
    }
    let (status, _, body) = ask(&site, asked("rebound.example")).await;
    assert_eq!(status, StatusCode::MISDIRECTED_REQUEST, "{body:?}");
}
