//! The cart and the checkout: of visitors and accounts, once and twice, as prices and offers
//! change.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use waybill::{
    basis::{ListingId, WarehouseId},
    store::model::Output,
};

use super::site::{Answer, Ask, Site};
use crate::support::on_each_database;

const HTML: &str = "text/html,application/xhtml+xml";
const PASSWORD: &str = "correct horse battery";

fn page(path: &str) -> Ask {
    Ask::get(path).header("accept", HTML)
}

/// What a form's answer sets a cookie to.
fn cookie(answer: &Answer, name: &str) -> String {
    let start = format!("{name}=");
    let set = answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    let found = set.filter_map(|text| text.strip_prefix(&start)).next();
    let found = found.unwrap_or_else(|| panic!("no {name} in {answer:?}"));
    found.split(';').next().unwrap().to_owned()
}

/// The value of a hidden field.
fn hidden(text: &str, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let (_, rest) = text.split_once(&start).unwrap_or_else(|| panic!("no {name} in {text}"));
    rest.split('"').next().unwrap().to_owned()
}

/// A new account: its session's cookie and its token.
async fn member(site: &Site, email: &str) -> (String, String) {
    let token = site.token(email).await;
    let fields = format!("email={email}&password={}", PASSWORD.replace(' ', "+"));
    (cookie(&site.ask(Ask::form("/login", &fields)).await, "waybill_session"), token)
}

fn visitor(ask: Ask, cart: &str) -> Ask {
    ask.header("cookie", &format!("waybill_cart={cart}"))
}

async fn put(site: &Site, token: &str, listing: i64, quantity: i64) -> Value {
    let more = json!({"listing_id": listing, "quantity": quantity});
    let answer = site.ask(Ask::post("/api/v1/cart/items", &more).token(token)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

async fn cart(site: &Site, token: &str) -> Value {
    site.ask(Ask::get("/api/v1/cart").token(token)).await.json()
}

/// Listing and quantity of each line.
fn lines(cart: &Value) -> Vec<(i64, i64)> {
    let line = |line: &Value| (line["listing_id"].as_i64(), line["quantity"].as_i64());
    let lines = cart["items"].as_array().unwrap().iter().map(line);
    lines.map(|(listing, quantity)| (listing.unwrap(), quantity.unwrap())).collect()
}

async fn execute(site: &Site, statement: &str) {
    site.db.client().await.unwrap().batch_execute(statement).await.unwrap();
}

fn stock(site: &Site, listing: i64, pieces: i64) {
    let levels = vec![(ListingId(listing), pieces)];
    assert!(site.shop.take(Output::Stock { warehouse: WarehouseId(1), levels }).is_none());
}

#[tokio::test]
async fn a_visitors_cart_becomes_the_accounts_at_login_once() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = site.token("a@x.example").await;
        put(&site, &token, 1, 2).await;
        let first = site.ask(Ask::form("/cart", "listing_id=1&quantity=3")).await;
        assert_eq!((first.status, first.header("location")), (303, "/cart?added"));
        assert!(first.header("set-cookie").contains("HttpOnly; SameSite=Lax"), "{first:?}");
        let secret = cookie(&first, "waybill_cart");
        let second = visitor(Ask::form("/cart", "listing_id=2&quantity=1"), &secret);
        assert!(site.ask(second).await.header("set-cookie").is_empty(), "the same cart");
        let shown = site.ask(visitor(page("/cart"), &secret)).await;
        assert!(shown.text.contains("Cart, 4 in it"), "{}", shown.text);
        assert!(shown.text.contains("Log in and check out"), "{}", shown.text);

        let fields = format!("email=a@x.example&password={}", PASSWORD.replace(' ', "+"));
        let login = site.ask(visitor(Ask::form("/login", &fields), &secret)).await;
        assert_eq!(cookie(&login, "waybill_cart"), "", "the cookie is taken away");
        assert_eq!(lines(&cart(&site, &token).await), [(1, 5), (2, 1)]);
        // Whoever still has the cookie has nothing, and gives nothing.
        site.ask(visitor(Ask::form("/login", &fields), &secret)).await;
        assert_eq!(lines(&cart(&site, &token).await), [(1, 5), (2, 1)]);
        assert!(site.ask(visitor(page("/cart"), &secret)).await.text.contains("Nothing in here"));
    })
    .await;
}

#[tokio::test]
async fn a_new_account_keeps_what_its_visitor_put_in() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let put = site.ask(Ask::form("/cart", "listing_id=1&quantity=3")).await;
        let secret = cookie(&put, "waybill_cart");
        let new = "email=new@x.example&password=long+enough+words&first_name=A&last_name=B";
        let made = site.ask(visitor(Ask::form("/register", new), &secret)).await;
        let session = cookie(&made, "waybill_session");
        let shown = site.ask(page("/cart").cookie(&session)).await;
        assert!(shown.text.contains("Cart, 3 in it"), "{}", shown.text);
        assert!(shown.text.contains("To the checkout"), "{}", shown.text);
    })
    .await;
}

#[tokio::test]
async fn quantities_are_added_changed_capped_and_taken_out() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let (session, token) = member(&site, "a@x.example").await;
        put(&site, &token, 1, 9_999).await;
        assert_eq!(lines(&put(&site, &token, 1, 5).await), [(1, 10_000)]);
        let set = Ask::new(Method::PUT, "/api/v1/cart/items/1")
            .header("content-type", "application/json")
            .body(json!({"quantity": 4}).to_string());
        assert_eq!(lines(&site.ask(set.token(&token)).await.json()), [(1, 4)]);
        let form = |fields: &str| Ask::form("/cart/1", fields).cookie(&session);
        assert_eq!(site.ask(form("quantity=7")).await.status, 303);
        assert_eq!(lines(&cart(&site, &token).await), [(1, 7)]);
        for bad in ["quantity=-1", "quantity=10001", "quantity=many", "quantity="] {
            let refused = site.ask(form(bad)).await;
            assert_eq!(refused.status, 422, "{bad}");
            assert!(refused.text.contains("role=\"alert\""), "{bad} {}", refused.text);
        }
        assert_eq!(lines(&cart(&site, &token).await), [(1, 7)]);
        assert_eq!(site.ask(form("quantity=0")).await.status, 303);
        assert_eq!(lines(&cart(&site, &token).await), []);
        put(&site, &token, 1, 1).await;
        put(&site, &token, 2, 1).await;
        let remove = || Ask::new(Method::DELETE, "/api/v1/cart/items/1").token(&token);
        assert_eq!(site.ask(remove()).await.status, 204);
        site.ask(remove()).await.assert_problem(StatusCode::NOT_FOUND);
        assert_eq!(
            site.ask(Ask::new(Method::DELETE, "/api/v1/cart").token(&token)).await.status,
            204
        );
        assert_eq!(cart(&site, &token).await, json!({"items": [], "pieces": 0, "total_cents": 0}));
    })
    .await;
}

#[tokio::test]
async fn what_can_not_be_put_in_is_refused_with_words() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = site.token("a@x.example").await;
        execute(&site, "UPDATE store.listings SET active = false WHERE id = 3").await;
        for (listing, quantity) in [(999_999, 1), (3, 1), (1, 0), (1, -5), (1, 10_001)] {
            let more = json!({"listing_id": listing, "quantity": quantity});
            let refused = site.ask(Ask::post("/api/v1/cart/items", &more).token(&token)).await;
            refused.assert_problem(StatusCode::UNPROCESSABLE_ENTITY);
        }
        let strange = site.ask(Ask::form("/cart", "listing_id=999999&quantity=1")).await;
        assert_eq!(strange.status, 422);
        assert!(strange.text.contains("is not offered"), "{}", strange.text);
        assert!(strange.header("set-cookie").is_empty(), "nothing was put in");
        site.ask(Ask::get("/api/v1/cart")).await.assert_problem(StatusCode::UNAUTHORIZED);
    })
    .await;
}

#[tokio::test]
async fn a_cart_holds_a_hundred_offers_and_not_one_more() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = site.token("a@x.example").await;
        execute(
            &site,
            "INSERT INTO store.products (id, category, name, description)
                SELECT n, 'Many', 'Thing ' || n, '' FROM generate_series(5000, 5101) n;
            INSERT INTO store.listings (id, product_id, seller_id, price_cents)
                SELECT n, n, 1, 100 FROM generate_series(5000, 5101) n",
        )
        .await;
        for listing in 5_000..5_100 {
            put(&site, &token, listing, 1).await;
        }
        let more = json!({"listing_id": 5_100, "quantity": 1});
        let refused = site.ask(Ask::post("/api/v1/cart/items", &more).token(&token)).await;
        refused.assert_problem(StatusCode::CONFLICT);
        assert_eq!(lines(&put(&site, &token, 5_099, 1).await).len(), 100, "more of one is fine");
    })
    .await;
}

#[tokio::test]
async fn two_who_put_in_at_once_lose_nothing() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = site.token("a@x.example").await;
        let puts = (0..20).map(|_| put(&site, &token, 1, 1));
        futures_util::future::join_all(puts).await;
        assert_eq!(lines(&cart(&site, &token).await), [(1, 20)]);
    })
    .await;
}

#[tokio::test]
async fn changes_since_it_was_put_in_are_said_in_words() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let (session, token) = member(&site, "a@x.example").await;
        for listing in [1, 2, 3] {
            put(&site, &token, listing, 4).await;
        }
        stock(&site, 1, 3);
        stock(&site, 2, 300);
        execute(
            &site,
            "UPDATE store.listings SET price_cents = 700 WHERE id = 2;
            UPDATE store.cart_items SET price_cents = 650 WHERE listing_id = 2;
            UPDATE store.listings SET active = false WHERE id = 3",
        )
        .await;
        let shown = site.ask(page("/cart").cookie(&session)).await.text;
        for words in [
            "3 in stock, the others come later",
            "In stock",
            "The price has risen from $6.50 to $7.00.",
            "Not offered any more: it will not be ordered.",
        ] {
            assert!(shown.contains(words), "{words} in {shown}");
        }
        let cart = cart(&site, &token).await;
        assert_eq!(cart["items"][2]["is_offered"], false);
        assert_eq!(cart["pieces"], 8, "what has ended does not count");
    })
    .await;
}

async fn checkout(site: &Site, session: &str) -> String {
    let shown = site.ask(page("/checkout").cookie(session)).await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    shown.text
}

fn submit(shown: &str, session: &str, more: &str) -> Ask {
    let (items, key) = (hidden(shown, "items"), hidden(shown, "key"));
    Ask::form("/checkout", &format!("items={items}&key={key}&{more}")).cookie(session)
}

#[tokio::test]
async fn a_double_click_is_one_order_and_empties_the_cart_once() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let (session, token) = member(&site, "a@x.example").await;
        put(&site, &token, 1, 2).await;
        put(&site, &token, 2, 1).await;
        let shown = checkout(&site, &session).await;
        // Meanwhile, in another window.
        put(&site, &token, 1, 1).await;
        let send = || site.ask(submit(&shown, &session, "x=3&y=-4&carrier_account=me"));
        let (one, other) = futures_util::join!(send(), send());
        assert_eq!((one.status, other.status), (303, 303), "{one:?} {other:?}");
        assert_eq!(one.header("location"), other.header("location"));
        assert_eq!(lines(&cart(&site, &token).await), [(1, 1)], "what was added stays");
        let orders = site.ask(Ask::get("/api/v1/orders").token(&token)).await.json();
        assert_eq!(orders["items"].as_array().unwrap().len(), 1);
        assert_eq!(orders["items"][0]["carrier_account"], "me");
        let placed = site.ask(page(one.header("location")).cookie(&session)).await;
        assert!(placed.text.contains("is placed and safe"), "{}", placed.text);
        // The next checkout goes where this one went.
        let next = checkout(&site, &session).await;
        assert_eq!(hidden_like(&next, "name=\"x\""), "3");
        // Long after, the same click is still the same order, and takes nothing out.
        put(&site, &token, 2, 1).await;
        let late = send().await;
        assert_eq!(late.header("location"), one.header("location"));
        assert_eq!(lines(&cart(&site, &token).await), [(1, 1), (2, 1)]);
    })
    .await;
}

/// The value in the tag that has this in it.
fn hidden_like<'a>(text: &'a str, attribute: &str) -> &'a str {
    let (_, rest) = text.split_once(attribute).unwrap();
    let tag = rest.split('>').next().unwrap();
    tag.split_once("value=\"").unwrap().1.split('"').next().unwrap()
}

#[tokio::test]
async fn another_price_than_shown_orders_nothing_and_shows_the_new_one() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let (session, token) = member(&site, "a@x.example").await;
        execute(&site, "UPDATE store.listings SET price_cents = 650 WHERE id = 2").await;
        put(&site, &token, 2, 2).await;
        let shown = checkout(&site, &session).await;
        execute(&site, "UPDATE store.listings SET price_cents = 700 WHERE id = 2").await;
        let refused = site.ask(submit(&shown, &session, "x=3&y=4")).await;
        assert_eq!(refused.status, 409);
        for words in ["this order costs $14.00 now", "risen from $6.50 to $7.00", "value=\"3\""] {
            assert!(refused.text.contains(words), "{words} in {}", refused.text);
        }
        assert_eq!(lines(&cart(&site, &token).await), [(2, 2)]);
        let placed = site.ask(submit(&refused.text, &session, "x=3&y=4")).await;
        assert_eq!(placed.status, 303, "{}", placed.text);
    })
    .await;
}

#[tokio::test]
async fn an_offer_that_ended_is_left_out_and_nothing_is_ordered_unasked() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let (session, token) = member(&site, "a@x.example").await;
        put(&site, &token, 1, 1).await;
        put(&site, &token, 2, 1).await;
        let shown = checkout(&site, &session).await;
        execute(&site, "UPDATE store.listings SET active = false WHERE id = 2").await;
        let refused = site.ask(submit(&shown, &session, "x=3&y=4")).await;
        assert_eq!(refused.status, 409);
        assert!(refused.text.contains("not offered any more"), "{}", refused.text);
        assert!(hidden(&refused.text, "items").starts_with("1:1:"), "{}", refused.text);
        assert_eq!(site.ask(submit(&refused.text, &session, "x=3&y=4")).await.status, 303);
        execute(&site, "UPDATE store.listings SET active = false WHERE id = 1").await;
        // Only what has ended is left: there is nothing to check out.
        let nothing = site.ask(page("/checkout").cookie(&session)).await;
        assert_eq!((nothing.status, nothing.header("location")), (303, "/cart"));
    })
    .await;
}

#[tokio::test]
async fn who_wants_it_at_once_or_not_at_all_is_told() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let (session, token) = member(&site, "a@x.example").await;
        put(&site, &token, 1, 2).await;
        stock(&site, 1, 1);
        let shown = checkout(&site, &session).await;
        let refused = site.ask(submit(&shown, &session, "x=3&y=4&only_in_stock=yes")).await;
        assert_eq!(refused.status, 409);
        assert!(refused.text.contains("Not all of this is in stock"), "{}", refused.text);
        assert!(refused.text.contains("value=\"yes\" checked"), "{}", refused.text);
        let body = json!({"items": [{"listing_id": 1, "quantity": 2}],
            "destination": {"x": 1, "y": 1}, "only_in_stock": true});
        let ask = Ask::post("/api/v1/orders", &body).token(&token).header("idempotency-key", "k");
        site.ask(ask).await.assert_problem(StatusCode::CONFLICT);
        assert_eq!(site.ask(submit(&refused.text, &session, "x=3&y=4")).await.status, 303);
    })
    .await;
}

#[tokio::test]
async fn a_click_on_the_map_without_a_script_fills_in_the_place() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let (session, token) = member(&site, "a@x.example").await;
        put(&site, &token, 1, 2).await;
        let shown = checkout(&site, &session).await;
        let more = "x=&y=&carrier_account=me&map.x=160&map.y=160";
        let clicked = site.ask(submit(&shown, &session, more)).await;
        assert_eq!(clicked.status, 200, "{}", clicked.text);
        let x: i32 = hidden_like(&clicked.text, "name=\"x\"").parse().unwrap();
        let y: i32 = hidden_like(&clicked.text, "name=\"y\"").parse().unwrap();
        assert!(x.abs() <= 60 && y.abs() <= 60, "{x}, {y}");
        assert!(
            clicked.text.contains(&format!("/checkout/map.svg?x={x}&#38;y={y}")),
            "{}",
            clicked.text
        );
        assert_eq!(hidden_like(&clicked.text, "name=\"carrier_account\""), "me");
        assert!(clicked.text.contains("<strong>Delivery:</strong>"), "{}", clicked.text);
        let map = site.get(&format!("/checkout/map.svg?x={x}&y={y}")).await;
        assert_eq!(map.header("content-type"), "image/svg+xml");
        assert!(map.text.contains("#a3262a"), "the place is marked");
        assert!(cart(&site, &token).await["pieces"] == 2, "nothing was ordered");
        let part = site.ask(page(&format!("/checkout?part=estimate&x={x}&y={y}")).cookie(&session));
        assert!(part.await.text.trim_start().starts_with("<p>"), "a part, no page");
    })
    .await;
}

#[tokio::test]
async fn a_checkout_that_can_not_be_read_orders_nothing() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let (session, token) = member(&site, "a@x.example").await;
        put(&site, &token, 1, 2).await;
        let shown = checkout(&site, &session).await;
        for (more, field) in [
            ("x=&y=4", "Destination x"),
            ("x=3&y=far", "Destination y"),
            ("x=99999999999&y=4", "Destination x"),
            ("x=3&y=4&carrier_account=%07", "Carrier account"),
        ] {
            let refused = site.ask(submit(&shown, &session, more)).await;
            assert_eq!(refused.status, 422, "{more}");
            assert!(
                refused.text.contains(&format!("<strong>{field}</strong>")),
                "{}",
                refused.text
            );
        }
        let broken = Ask::form("/checkout", "items=1:2&key=k&x=1&y=1").cookie(&session);
        assert_eq!(site.ask(broken).await.header("location"), "/checkout");
        let zero = Ask::form("/checkout", "items=1:0:5&key=k&x=1&y=1").cookie(&session);
        assert_eq!(site.ask(zero).await.status, 422);
        let nobody = Ask::form("/checkout", "items=1:2:5&key=k&x=1&y=1");
        let nobody = site.ask(nobody.header("referer", "http://shop.test/checkout")).await;
        assert!(nobody.header("location").starts_with("/login?next=/checkout"));
        assert_eq!(lines(&cart(&site, &token).await), [(1, 2)]);
    })
    .await;
}

#[tokio::test]
async fn old_carts_of_visitors_go_when_new_ones_come() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let old = site.ask(Ask::form("/cart", "listing_id=1&quantity=3")).await;
        let old = cookie(&old, "waybill_cart");
        execute(&site, "UPDATE store.carts SET changed_at = now() - interval '31 days'").await;
        let new = site.ask(Ask::form("/cart", "listing_id=1&quantity=3")).await;
        let new = cookie(&new, "waybill_cart");
        assert!(site.ask(visitor(page("/cart"), &old)).await.text.contains("Nothing in here"));
        assert!(site.ask(visitor(page("/cart"), &new)).await.text.contains("Cart, 3 in it"));
        assert_eq!((site.rows().await["carts"], site.rows().await["cart_items"]), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn the_estimate_says_from_where_and_goes_by_what_came_last() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = site.token("a@x.example").await;
        put(&site, &token, 1, 2).await;
        stock(&site, 1, 50);
        let ask = || Ask::get("/api/v1/cart/estimate?x=0&y=0").token(&token);
        let nothing_came = site.ask(ask()).await.json();
        assert_eq!(nothing_came["packages"][0]["warehouse_id"], 1);
        assert_eq!(nothing_came["packages"][0]["in_stock"], true);
        assert_eq!(nothing_came["arrival"], Value::Null);
        for key in ["a", "b", "c"] {
            site.place(&token, key).await;
        }
        execute(
            &site,
            "UPDATE store.packages SET status = 'delivered', tracking_number = id::text,
                delivering_us = created_us + 10000000,
                delivered_us = created_us + 12000000",
        )
        .await;
        let arrival = &site.ask(ask()).await.json()["arrival"];
        assert!(arrival["from_s"].as_i64() >= Some(10), "{arrival}");
        assert!(arrival["to_s"].as_i64() >= arrival["from_s"].as_i64(), "{arrival}");
        let wrong = site.ask(Ask::get("/api/v1/cart/estimate?x=0").token(&token)).await;
        wrong.assert_problem(StatusCode::BAD_REQUEST);
    })
    .await;
}
