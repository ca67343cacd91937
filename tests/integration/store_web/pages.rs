//! The pages for people.

use axum::{body::to_bytes, http::Method};
use waybill::store::model::PackageStatus;

use super::site::{Answer, Ask, Site};
use crate::support::on_each_database;

const HTML: &str = "text/html,application/xhtml+xml";

fn page(path: &str) -> Ask {
    Ask::get(path).header("accept", HTML)
}

/// The session that an answer opened.
fn session(answer: &Answer) -> String {
    let cookie = answer.header("set-cookie");
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    cookie.strip_prefix("waybill_session=").unwrap().split(';').next().unwrap().to_owned()
}

async fn log_in(site: &Site, next: &str) -> Answer {
    let (email, password) = (site.demo.buyer.email, &site.demo.buyer.password);
    site.ask(Ask::form("/login", &format!("email={email}&password={password}&next={next}"))).await
}

/// The value of a hidden field.
fn hidden<'a>(text: &'a str, name: &str) -> &'a str {
    let start = format!("name=\"{name}\" value=\"");
    let (_, rest) = text.split_once(&start).unwrap_or_else(|| panic!("no {name} in {text}"));
    rest.split('"').next().unwrap()
}

#[tokio::test]
async fn a_visitor_finds_logs_in_buys_and_follows() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let home = site.ask(page("/")).await;
        assert!(home.text.contains("href=\"/catalog?category=Kitchen\""), "{}", home.text);
        let catalog = site.ask(page("/catalog")).await;
        assert!(catalog.text.contains("More</a>"));
        let found = site.ask(page("/catalog?q=KITE+delta")).await;
        assert!(found.text.contains("Kite, delta") && !found.text.contains("Enamel stock pot"));
        let nothing = site.ask(page("/catalog?q=%25%25")).await;
        assert!(nothing.text.contains("Nothing here"));
        let old = site.ask(page("/?category=Kitchen&q=pot")).await;
        let moved = (old.status, old.header("location"));
        assert_eq!(moved, (308, "/catalog?q=pot&category=Kitchen"));
        let kitchen = site.ask(page("/catalog?category=Kitchen&max=40")).await;
        assert!(kitchen.text.contains("Enamel stock pot") && !kitchen.text.contains("Plush bear"));

        let stranger = site.ask(page("/products/1")).await;
        assert!(stranger.text.contains("/login?next=/products/1"));
        let login = log_in(&site, "/products/1").await;
        assert_eq!((login.status, login.header("location")), (303, "/products/1"));
        let cookie = session(&login);

        let product = site.ask(page("/products/1").cookie(&cookie)).await;
        let key = hidden(&product.text, "key");
        let fields = format!("key={key}&listing_id=1&quantity=2&x=3&y=-4");
        let buy = || Ask::form("/products/1", &fields).cookie(&cookie);
        let (first, second) = (site.ask(buy()).await, site.ask(buy()).await);
        assert_eq!((first.status, second.status), (303, 303));
        assert_eq!(first.header("location"), second.header("location"));

        let path = first.header("location");
        let order = site.ask(page(path).cookie(&cookie)).await;
        assert_eq!(order.status, 200);
        assert!(order.text.contains("2 × Enamel stock pot"), "{}", order.text);
        assert!(order.text.contains("aria-live") && order.text.contains("/assets/live.js"));
        let list = site.ask(page("/orders").cookie(&cookie)).await;
        assert!(list.text.contains(path));
        let events = site.send(Ask::get(&format!("{path}/events")).cookie(&cookie).build()).await;
        assert_eq!(events.headers()["content-type"], "text/event-stream");

        let out = site.ask(Ask::form("/logout", "").cookie(&cookie)).await;
        assert!(out.header("set-cookie").contains("Max-Age=0"));
        let after = site.ask(page(path).cookie(&cookie)).await;
        assert_eq!(after.status, 303);
        assert!(after.header("location").starts_with("/login?next=/orders/"));
    })
    .await;
}

#[tokio::test]
async fn other_peoples_orders_do_not_exist() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = site.token("a@x.example").await;
        let id = site.place(&token, "k").await;
        let cookie = session(&log_in(&site, "/").await);
        for path in [format!("/orders/{id}"), format!("/orders/{id}/events")] {
            let foreign = site.ask(page(&path).cookie(&cookie)).await;
            assert_eq!(foreign.status, 404);
            assert!(foreign.header("content-type").starts_with("text/html"));
        }
        let events = site.ask(Ask::get(&format!("/orders/{id}/events"))).await;
        assert_eq!(events.status, 401);
    })
    .await;
}

#[tokio::test]
async fn a_spoilt_form_comes_back_with_what_was_typed() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let cookie = session(&log_in(&site, "/").await);
        for (fields, complaint) in [
            ("key=k&listing_id=1&quantity=0&x=3&y=-4", "Quantity"),
            ("key=k&listing_id=1&quantity=1&x=here&y=-4", "Destination x"),
            ("key=k&listing_id=1&quantity=1&x=99999999999&y=-4", "Destination x"),
            ("key=k&listing_id=100&quantity=1&x=1&y=-4", "Offer"),
            ("listing_id=1&quantity=1&x=1&y=-4", "Idempotency-Key"),
        ] {
            let again = site.ask(Ask::form("/products/1", fields).cookie(&cookie)).await;
            assert!((400..500).contains(&again.status), "{fields}");
            let alert = again.text.split("role=\"alert\"").nth(1).unwrap();
            assert!(alert.contains(complaint), "{fields}: {alert}");
            assert!(again.text.contains("value=\"-4\""));
            assert!(!hidden(&again.text, "key").is_empty());
        }
        let wrong = site.ask(Ask::form("/login", "email=%22%3E%3Cb%3E&password=wrong+one")).await;
        assert_eq!(wrong.status, 401);
        assert!(wrong.text.contains("do not match") && !wrong.text.contains("\"><b>"));
        let taken = "email=BUYER@demo.example&password=long+enough&first_name=A&last_name=B";
        let taken = site.ask(Ask::form("/register", taken)).await;
        assert_eq!(taken.status, 409);
        let new = "email=new@x.example&password=long+enough&first_name=A&last_name=B&next=/orders";
        let new = site.ask(Ask::form("/register", new)).await;
        assert_eq!((new.status, new.header("location")), (303, "/orders"));
        session(&new);
    })
    .await;
}

#[tokio::test]
async fn a_used_form_asks_before_it_orders_something_else() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let cookie = session(&log_in(&site, "/").await);
        let buy = async |quantity: u32, key: &str| {
            let fields = format!("key={key}&listing_id=1&quantity={quantity}&x=3&y=-4");
            site.ask(Ask::form("/products/1", &fields).cookie(&cookie)).await
        };
        assert_eq!(buy(1, "page-1").await.status, 303);
        let other = buy(2, "page-1").await;
        assert_eq!(other.status, 409);
        let key = hidden(&other.text, "key").to_owned();
        assert_ne!(key, "page-1");
        assert_eq!(buy(2, &key).await.status, 303);
    })
    .await;
}

#[tokio::test]
async fn no_other_site_sends_forms_or_takes_visitors_away() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let cookie = session(&log_in(&site, "/").await);
        let fields = "key=k&listing_id=1&quantity=1&x=3&y=-4";
        for (name, value) in [
            ("origin", "https://elsewhere.example"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            for path in ["/products/1", "/logout", "/login", "/register"] {
                let ask = Ask::form(path, fields).cookie(&cookie).header(name, value);
                assert_eq!(site.ask(ask).await.status, 403, "{path} {name}: {value}");
            }
        }
        let ours = Ask::form("/products/1", fields).cookie(&cookie);
        let ours = site.ask(ours.header("origin", "http://shop.test")).await;
        assert_eq!(ours.status, 303);
        for next in ["https://elsewhere.example", "//elsewhere.example", "/%5Celsewhere.example"] {
            assert_eq!(log_in(&site, next).await.header("location"), "/");
            let path = format!("/login?next={next}");
            assert_eq!(site.ask(page(&path).cookie(&cookie)).await.header("location"), "/");
        }
    })
    .await;
}

#[tokio::test]
async fn names_are_text_and_never_markup() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let rename = "UPDATE store.products SET name = '<script>alert(1)</script>',
            description = '<img src=x onerror=alert(1)>', category = '\"><b>' WHERE id = 1";
        site.db.client().await.unwrap().simple_query(rename).await.unwrap();
        let cookie = session(&log_in(&site, "/").await);
        let fields = "key=k&listing_id=1&quantity=1&x=3&y=-4";
        let order = site.ask(Ask::form("/products/1", fields).cookie(&cookie)).await;
        let list = "/catalog?sort=newest&q=script";
        for path in
            ["/", list, "/catalog?q=%22%3E%3Cscript%3E", "/products/1", order.header("location")]
        {
            let shown = site.ask(page(path).cookie(&cookie)).await;
            assert_eq!(shown.status, 200, "{path}");
            assert!(!shown.text.contains("<script>"), "{path}");
            assert!(!shown.text.contains("<img src=x"), "{path}");
            assert!(!shown.text.contains("\"><b>"), "{path}");
        }
        let picture = site.get("/products/1/picture.svg").await;
        assert_eq!(picture.header("content-type"), "image/svg+xml");
        assert!(picture.text.starts_with("<svg") && !picture.text.contains("<b>"));
    })
    .await;
}

#[tokio::test]
async fn every_page_is_guarded_and_needs_no_inline_script() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        for path in [
            "/",
            "/catalog?q=a",
            "/products/1",
            "/sellers/1",
            "/login",
            "/register",
            "/nothing",
            "/api/v1/products",
        ] {
            let answer = site.ask(page(path)).await;
            let policy = answer.header("content-security-policy");
            assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{path}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
            assert!(!answer.text.contains(" style=") && !answer.text.contains("<style"), "{path}");
            assert!(
                !answer.text.contains("<script>") && !answer.text.contains(" onclick"),
                "{path}"
            );
        }
        for asset in ["site.css", "catalog.css", "live.js", "once.js", "icon.svg"] {
            let path = format!("/assets/{asset}");
            let answer = site.get(&path).await;
            assert_eq!(answer.status, 200);
            let again = Ask::get(&path).header("if-none-match", answer.header("etag"));
            assert_eq!(site.ask(again).await.status, 304);
        }
    })
    .await;
}

#[tokio::test]
async fn browsers_read_problems_as_pages() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        for (path, status) in
            [("/nothing", 404), ("/products/9999", 404), ("/products/x", 404), ("/?after=x", 400)]
        {
            let answer = site.ask(page(path)).await;
            assert_eq!(answer.status, status, "{path}");
            assert!(answer.header("content-type").starts_with("text/html"), "{path}");
            assert!(answer.text.contains("To the catalog"));
        }
        let zipped = site.send(page("/nothing").header("accept-encoding", "gzip").build()).await;
        assert_eq!(zipped.headers()["content-encoding"], "gzip");
        let bytes = to_bytes(zipped.into_body(), 65_536).await.unwrap();
        assert!(bytes.starts_with(&[0x1f, 0x8b]), "it says gzip and is {bytes:?}");
        let wrong_method =
            site.ask(Ask::new(Method::DELETE, "/login").header("accept", HTML)).await;
        assert_eq!(wrong_method.status, 405);
        assert!(wrong_method.header("content-type").starts_with("text/html"));
        site.db.close();
        let gone = site.ask(page("/")).await;
        assert_eq!(gone.status, 503);
        assert!(
            gone.text.contains("database does not answer")
                && !gone.header("retry-after").is_empty()
        );
    })
    .await;
}

#[tokio::test]
async fn pages_say_that_the_world_is_away_and_orders_go_on() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let page = site.ask(page("/")).await;
        assert!(page.text.contains("Orders are taken and will go on"), "{}", page.text);
    })
    .await;
}

#[tokio::test]
async fn a_finished_order_is_shown_without_a_stream() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let cookie = session(&log_in(&site, "/").await);
        let fields = "key=k&listing_id=1&quantity=1&x=3&y=-4";
        let placed = site.ask(Ask::form("/products/1", fields).cookie(&cookie)).await;
        let done = "UPDATE store.packages SET status = 'delivered', tracking_number = 'WB-9',
            delivered_us = created_us + 90000000";
        site.db.client().await.unwrap().simple_query(done).await.unwrap();
        site.change(1, PackageStatus::Delivered, 90_000_000);
        let order = site.ask(page(placed.header("location")).cookie(&cookie)).await;
        assert!(!order.text.contains("live.js"));
        assert!(order.text.contains("href=\"http://127.0.0.1:8081/track/WB-9\""), "{}", order.text);
        let events = format!("{}/events", placed.header("location"));
        let events = site.ask(Ask::get(&events).cookie(&cookie)).await;
        assert_eq!(events.text.matches("event: order").count(), 1);
    })
    .await;
}
