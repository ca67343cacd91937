//! Limits of logins, registrations and orders; the names under which the store answers.

use axum::http::{Method, StatusCode};
use serde_json::json;
use waybill::{
    db::Db,
    store::{
        shop::ShopSettings,
        web::{PublicSettings, WebSettings, limits::LimitSettings},
    },
    web::people::EntrySettings,
};

use super::site::{Answer, Ask, Site, order};
use crate::support::on_each_database;

/// Behind one proxy of ours.
async fn limited(db: Db, limits: LimitSettings) -> Site {
    let urls = vec!["https://shop.test".parse().unwrap()];
    let cors_origins = vec!["https://front.test".parse().unwrap()];
    let limits = Some(limits);
    let public = PublicSettings { urls, trusted_proxies: 1, cors_origins, limits };
    let web = WebSettings { public, ..WebSettings::default() };
    Site::open_to(db, ShopSettings::default(), web).await
}

/// The defaults but for who comes in.
fn entry(entry: EntrySettings) -> LimitSettings {
    LimitSettings { entry, ..LimitSettings::default() }
}

fn from(ask: Ask, address: &str) -> Ask {
    // What the visitor claims comes first, what our proxy has seen last.
    ask.header("x-forwarded-for", &format!("203.0.113.99, {address}"))
}

fn log_in(email: &str, password: &str) -> Ask {
    Ask::post("/api/v1/tokens", &json!({"email": email, "password": password}))
}

fn buy(token: &str, key: &str) -> Ask {
    Ask::post("/api/v1/orders", &order()).token(token).header("idempotency-key", key)
}

#[track_caller]
fn assert_limited(answer: &Answer, name: &str) {
    let problem = answer.assert_problem(StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(problem["type"], "urn:waybill:problem:too-many-requests");
    assert_told(answer, name);
}

/// Programs and pages alike say how long to wait.
#[track_caller]
fn assert_told(answer: &Answer, name: &str) {
    let seconds: u64 = answer.header("retry-after").parse().unwrap();
    assert!(seconds > 0);
    assert!(answer.header("ratelimit-policy").starts_with(&format!("\"{name}\";q=")));
    assert_eq!(answer.header("ratelimit"), format!("\"{name}\";r=0;t={seconds}"));
}

#[tokio::test]
async fn guessing_is_slowed_down_whether_there_is_an_account_or_not() {
    on_each_database(async |db| {
        let limits = entry(EntrySettings { login_failures_max: 3, ..EntrySettings::default() });
        let site = limited(db, limits).await;
        let (known, right) = (site.demo.buyer.email, site.demo.buyer.password.clone());
        let mut seen = Vec::new();
        for email in [known, "nobody@x.example"] {
            for nth in 0..3 {
                let address = format!("192.0.2.{nth}");
                let wrong = site.ask(from(log_in(email, "wrong password"), &address)).await;
                wrong.assert_problem(StatusCode::UNAUTHORIZED);
            }
            let refused = site.ask(from(log_in(email, &right), "192.0.2.77")).await;
            assert_limited(&refused, "login-failures");
            let detail = refused.json()["detail"].as_str().unwrap().to_owned();
            let (why, _) = detail.split_once(" Try again").unwrap();
            seen.push(why.to_owned());
        }
        assert_eq!(seen[0], seen[1], "nor do the words tell");
        let fields = format!("email={known}&password=wrong+password");
        let page = site.ask(from(Ask::form("/login", &fields), "192.0.2.78")).await;
        assert_eq!(page.status, 429);
        assert!(page.text.contains("too many wrong passwords"), "{}", page.text);
        assert_told(&page, "login-failures");
    })
    .await;
}

#[tokio::test]
async fn an_address_that_tries_too_often_waits_and_others_do_not() {
    on_each_database(async |db| {
        let limits = entry(EntrySettings { logins_per_minute: 2, ..EntrySettings::default() });
        let site = limited(db, limits).await;
        // More than grow back while even a slow machine hashes them.
        let mut statuses = Vec::new();
        for nth in 0..40 {
            let email = format!("nobody{nth}@x.example");
            let answer = site.ask(from(log_in(&email, "wrong password"), "192.0.2.1")).await;
            statuses.push(answer.status);
            if answer.status == 429 {
                assert_limited(&answer, "logins");
                break;
            }
        }
        assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
        let other = site.ask(from(log_in("nobody@x.example", "wrong password"), "192.0.2.2")).await;
        other.assert_problem(StatusCode::UNAUTHORIZED);
    })
    .await;
}

#[tokio::test]
async fn one_address_makes_so_many_accounts_an_hour() {
    on_each_database(async |db| {
        let limits = entry(EntrySettings { registrations_per_hour: 2, ..EntrySettings::default() });
        let site = limited(db, limits).await;
        let register = async |email: &str, address: &str| {
            let body = json!({"email": email, "password": "correct horse battery", "first_name": "A", "last_name": "B"});
            site.ask(from(Ask::post("/api/v1/accounts", &body), address)).await
        };
        assert_eq!(register("a@x.example", "192.0.2.1").await.status, 201);
        let spoilt = register("not an address", "192.0.2.1").await;
        assert_eq!(spoilt.status, 422, "what is refused anyway is not counted");
        assert_eq!(register("b@x.example", "192.0.2.1").await.status, 201);
        assert_limited(&register("c@x.example", "192.0.2.1").await, "registrations");
        assert_eq!(register("c@x.example", "192.0.2.2").await.status, 201);
    })
    .await;
}

#[tokio::test]
async fn one_account_places_so_many_orders_a_second() {
    on_each_database(async |db| {
        let limits = LimitSettings { orders_per_second: 1, ..LimitSettings::default() };
        let site = limited(db, limits).await;
        let token = site.token("a@x.example").await;
        let other = site.token("b@x.example").await;
        let place = |token: &str, nth: u32| {
            let ask = Ask::post("/api/v1/orders", &order()).token(token);
            site.ask(ask.header("idempotency-key", &format!("k{nth}")))
        };
        // More at once than a second or some let through.
        let answers = futures_util::future::join_all((0..60).map(|nth| place(&token, nth))).await;
        let (placed, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|it| it.status == 201);
        assert!(!placed.is_empty() && !refused.is_empty());
        assert_limited(refused[0], "orders");
        assert_eq!(place(&other, 0).await.status, 201);
    })
    .await;
}

#[tokio::test]
async fn the_store_answers_to_its_names_only_and_its_cookies_are_secure() {
    on_each_database(async |db| {
        let site = limited(db, LimitSettings::default()).await;
        let asked = |host: &str| {
            let request = axum::http::Request::builder().uri("/login").header("host", host);
            site.send(request.body(axum::body::Body::empty()).unwrap())
        };
        for ours in ["shop.test", "127.0.0.1:8080", "localhost"] {
            let answer = asked(ours).await;
            assert_eq!(answer.status(), 200, "{ours}");
            assert_eq!(answer.headers()["strict-transport-security"], "max-age=31536000");
        }
        assert_eq!(asked("rebound.example").await.status(), 421);

        let (email, password) = (site.demo.buyer.email, &site.demo.buyer.password);
        let fields = format!("email={email}&password={password}");
        let login = site.ask(from(Ask::form("/login", &fields), "192.0.2.1")).await;
        assert!(login.header("set-cookie").starts_with("__Host-"), "its address says https");
        // A browser that tells only the origin, through a proxy that asks under its own name.
        for (origin, status) in [("https://shop.test", 303), ("http://shop.test.evil.example", 403)]
        {
            let ask = Ask::form("/login", &fields).header("origin", origin);
            assert_eq!(site.ask(from(ask, "192.0.2.1")).await.status, status, "{origin}");
        }
    })
    .await;
}

#[tokio::test]
async fn answers_say_what_is_left() {
    on_each_database(async |db| {
        let site = limited(db, LimitSettings::default()).await;
        let account = json!({"email": "left@x.example", "password": "a long enough one",
            "first_name": "Some", "last_name": "Body"});
        let made = site.ask(from(Ask::post("/api/v1/accounts", &account), "192.0.2.1")).await;
        assert_eq!(made.status, 201, "{}", made.text);
        assert_eq!(made.header("ratelimit-policy"), "\"registrations\";q=10;w=3600");
        assert_eq!(made.header("ratelimit"), "\"registrations\";r=9;t=360");
        let entered = log_in("left@x.example", "a long enough one");
        let entered = site.ask(from(entered, "192.0.2.1")).await;
        assert_eq!(entered.header("ratelimit-policy"), "\"logins\";q=10;w=60");
        assert!(entered.header("ratelimit").starts_with("\"logins\";r=9;t="), "{entered:?}");
        let token = entered.json()["token"].as_str().unwrap().to_owned();
        let placed = site.ask(buy(&token, "a-key")).await;
        assert_eq!(placed.header("ratelimit-policy"), "\"orders\";q=100;w=1", "{placed:?}");
        assert!(placed.header("ratelimit").starts_with("\"orders\";r="), "{placed:?}");
    })
    .await;
}

#[tokio::test]
async fn pages_of_another_site_use_the_api_where_they_may() {
    on_each_database(async |db| {
        let site = limited(db, LimitSettings::default()).await;
        let (email, password) = (site.demo.buyer.email, site.demo.buyer.password.clone());
        let across = |ask: Ask, origin: &str| {
            ask.header("origin", origin).header("sec-fetch-site", "cross-site")
        };
        let preflight = |path: &str, origin: &str| {
            across(Ask::new(Method::OPTIONS, path), origin)
                .header("access-control-request-method", "POST")
                .header("access-control-request-headers", "authorization,idempotency-key")
        };
        let allowed = site.ask(preflight("/api/v1/orders", "https://front.test")).await;
        assert_eq!(allowed.header("access-control-allow-origin"), "https://front.test");
        assert!(allowed.header("access-control-allow-headers").contains("idempotency-key"));
        assert!(allowed.header("access-control-allow-methods").contains("POST"));
        assert_eq!(allowed.header("access-control-allow-credentials"), "", "no cookies");
        for (path, origin) in
            [("/api/v1/orders", "https://evil.test"), ("/account", "https://front.test")]
        {
            let refused = site.ask(preflight(path, origin)).await;
            assert_eq!(refused.header("access-control-allow-origin"), "", "{path} {origin}");
        }

        let entered = site.ask(across(log_in(email, &password), "https://front.test")).await;
        assert_eq!(entered.status, 201, "{}", entered.text);
        assert_eq!(entered.header("access-control-allow-origin"), "https://front.test");
        assert!(entered.header("access-control-expose-headers").contains("ratelimit"));
        let vary = entered.headers.get_all("vary").iter();
        let vary: Vec<_> = vary.map(|value| value.to_str().unwrap().to_lowercase()).collect();
        assert!(vary.iter().any(|value| value.contains("origin")), "for caches: {vary:?}");
        let token = entered.json()["token"].as_str().unwrap().to_owned();
        let placed = site.ask(across(buy(&token, "a-key"), "https://front.test")).await;
        assert_eq!(placed.status, 201, "{}", placed.text);
        let missing = Ask::get("/api/v1/orders/999999").token(&token);
        let missing = site.ask(across(missing, "https://front.test")).await;
        missing.assert_problem(StatusCode::NOT_FOUND);
        assert_eq!(missing.header("access-control-allow-origin"), "https://front.test");

        let other = site.ask(across(buy(&token, "b-key"), "https://evil.test")).await;
        other.assert_problem(StatusCode::FORBIDDEN);
        assert_eq!(other.header("access-control-allow-origin"), "");
        let form = site.ask(across(Ask::form("/logout", ""), "https://front.test")).await;
        assert_eq!(form.status, 403, "pages take no forms of another site");
    })
    .await;
}
