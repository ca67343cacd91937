//! Notices: who is told what, once, and what was read.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use futures_util::StreamExt;
use serde_json::Value;
use waybill::{
    basis::{Cents, OrderId, PackageId, SimTime, WarehouseId},
    runtime::ReplyId,
    store::model::{Output, PackageStatus, PlaceAnswer, PlacedOrder, outputs::PlacedPackage},
};

use super::site::{Ask, Site};
use crate::support::on_each_database;

const WITHIN: Duration = Duration::from_secs(60);

/// The account's notices, once there are so many.
async fn notices(site: &Site, token: &str, count: usize) -> Vec<Value> {
    let look = async || {
        let answer = site.ask(Ask::get("/api/v1/notices?limit=100").token(token)).await;
        answer.json()["items"].as_array().unwrap().clone()
    };
    let wait = async {
        loop {
            let found = look().await;
            if found.len() >= count {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let found = tokio::time::timeout(WITHIN, wait).await;
    let found = match found {
        Ok(found) => found,
        Err(_) => panic!("not {count} but {:?}", look().await),
    };
    assert_eq!(found.len(), count, "{found:?}");
    found
}

fn kinds(notices: &[Value]) -> Vec<&str> {
    notices.iter().map(|notice| notice["kind"].as_str().unwrap()).collect()
}

async fn log_in(site: &Site, email: &str) -> String {
    let fields = format!("email={email}&password=correct+horse+battery");
    let answer = site.ask(Ask::form("/login", &fields)).await;
    let cookie = answer.header("set-cookie");
    cookie.strip_prefix("waybill_session=").unwrap().split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_buyer_is_told_what_matters_of_a_package_once() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let (mine, others) = (site.token("a@x.example").await, site.token("b@x.example").await);
        let id = site.place(&mine, "k").await;
        for status in [
            PackageStatus::Packing,
            PackageStatus::Packed,
            PackageStatus::Loading,
            PackageStatus::Loaded,
            PackageStatus::Delivering,
        ] {
            site.change(id, status, 5);
            site.change(id, status, 5);
        }
        let told = notices(&site, &mine, 2).await;
        assert_eq!(kinds(&told), ["delivering", "packed"]);
        let text = format!("Package {} of order {id} is out for delivery.", id * 10);
        assert_eq!(
            (told[0]["text"].as_str().unwrap(), &told[0]["is_read"]),
            (&*text, &false.into())
        );
        site.change(id, PackageStatus::Delivered, 9);
        assert_eq!(kinds(&notices(&site, &mine, 3).await)[0], "delivered");
        assert_eq!(notices(&site, &others, 0).await, [] as [Value; 0]);
    })
    .await;
}

#[tokio::test]
async fn a_seller_is_told_of_what_was_sold_and_not_of_the_way() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let (buyer, seller) = (site.token("a@x.example").await, site.token("s@x.example").await);
        let manage = "UPDATE store.sellers SET account_id = (
                SELECT id FROM store.accounts WHERE email = 's@x.example')
            WHERE id = (SELECT seller_id FROM store.listings WHERE id = 1)";
        site.db.client().await.unwrap().execute(manage, &[]).await.unwrap();
        let id = site.place(&buyer, "k").await;
        assert_eq!(site.place(&buyer, "k").await, id, "a repeat sells nothing");
        site.change(id, PackageStatus::Packed, 5);
        assert_eq!(kinds(&notices(&site, &buyer, 1).await), ["packed"]);
        assert_eq!(kinds(&notices(&site, &seller, 1).await), ["sold"]);
    })
    .await;
}

#[tokio::test]
async fn a_seller_is_told_though_the_buyer_has_hung_up() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let seller = site.token("s@x.example").await;
        let manage = "UPDATE store.sellers SET account_id = (
                SELECT id FROM store.accounts WHERE email = 's@x.example')
            WHERE id = (SELECT seller_id FROM store.listings WHERE id = 1)";
        site.db.client().await.unwrap().execute(manage, &[]).await.unwrap();
        let buyer = site.token("a@x.example").await;
        let id = site.place(&buyer, "k").await;
        assert_eq!(notices(&site, &seller, 1).await.len(), 1);
        site.execute("DELETE FROM store.notices").await;
        // The same answer, for which nobody waits.
        let package = PlacedPackage {
            id: PackageId(id * 10),
            warehouse: WarehouseId(1),
            status: PackageStatus::Created,
            in_stock: true,
            lines: Vec::new(),
        };
        let (order, total, placed_at) = (OrderId(id), Cents(1), SimTime(1));
        let order = PlacedOrder { order, total, placed_at, packages: vec![package] };
        let (reply, answer) = (ReplyId(u64::MAX), PlaceAnswer::Placed(order));
        assert!(site.shop.take(Output::Answer { reply, answer }).is_none());
        assert_eq!(kinds(&notices(&site, &seller, 1).await), ["sold"]);
    })
    .await;
}

#[tokio::test]
async fn what_a_crash_has_lost_is_told_after_it() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = site.token("a@x.example").await;
        let id = site.place(&token, "k").await;
        site.change(id, PackageStatus::Packed, 5);
        notices(&site, &token, 1).await;
        // Packed was told, out for delivery and delivered are in the database only.
        let late = "UPDATE store.packages SET packed_us = created_us + 5,
            delivering_us = created_us + 6, delivered_us = created_us + 7";
        site.db.client().await.unwrap().execute(late, &[]).await.unwrap();
        site.start_again();
        assert_eq!(kinds(&notices(&site, &token, 3).await), ["delivered", "delivering", "packed"]);
    })
    .await;
}

#[tokio::test]
async fn two_hundred_are_kept() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = site.token("a@x.example").await;
        let id = site.place(&token, "k").await;
        let many = "INSERT INTO store.notices (account_id, kind, order_id, package_id, at_us)
            SELECT account_id, 'packed', id, 1000 + n, n FROM store.orders, generate_series(1, 250) n
            ORDER BY n";
        let client = site.db.client().await.unwrap();
        assert_eq!(client.execute(many, &[]).await.unwrap(), 250);
        drop(client);
        site.change(id, PackageStatus::Delivered, 5);
        let count = async || {
            let client = site.db.client().await.unwrap();
            let count = "SELECT count(*) FROM store.notices
                WHERE account_id = (SELECT account_id FROM store.orders)";
            client.query_one(count, &[]).await.unwrap().get::<_, i64>(0)
        };
        let swept = async {
            while count().await != 200 {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(WITHIN, swept).await.unwrap();
        let newest = notices_page(&site, &token, "").await;
        assert_eq!(newest["items"][0]["kind"], "delivered");
        // Part by part down to the oldest that is left.
        let (mut path, mut seen) = (String::new(), 0);
        loop {
            let part = notices_page(&site, &token, &path).await;
            seen += part["items"].as_array().unwrap().len();
            let Some(next) = part["next"].as_str() else { break };
            path = format!("&cursor={next}");
        }
        assert_eq!(seen, 200);
    })
    .await;
}

async fn notices_page(site: &Site, token: &str, more: &str) -> Value {
    let path = format!("/api/v1/notices?limit=90{more}");
    site.ask(Ask::get(&path).token(token)).await.json()
}

#[tokio::test]
async fn who_opens_a_notice_has_read_it_and_nobody_elses() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let (mine, others) = (site.token("a@x.example").await, site.token("b@x.example").await);
        let session = log_in(&site, "a@x.example").await;
        let empty = site.ask(Ask::get("/notices").cookie(&session)).await;
        assert!(empty.text.contains("Nothing to tell"), "{}", empty.text);
        let id = site.place(&mine, "k").await;
        site.change(id, PackageStatus::Packed, 5);
        site.change(id, PackageStatus::Delivered, 6);
        let told = notices(&site, &mine, 2).await;
        let page = site.ask(Ask::get("/notices").cookie(&session)).await.text;
        assert!(
            page.contains("Notices, 2 unread") && page.contains("has been delivered"),
            "{page}"
        );

        let number = told[0]["id"].as_i64().unwrap();
        let foreign = format!("/api/v1/notices/{number}/read");
        let ask = Ask::new(Method::POST, &foreign).token(&others);
        site.ask(ask).await.assert_problem(StatusCode::NOT_FOUND);
        let open = site.ask(Ask::form(&format!("/notices/{number}"), "").cookie(&session)).await;
        assert_eq!((open.status, open.header("location")), (303, &*format!("/orders/{id}")));
        let unread = site.ask(Ask::get("/api/v1/notices?unread=true").token(&mine)).await.json();
        assert_eq!(kinds(unread["items"].as_array().unwrap()), ["packed"]);
        let all = Ask::new(Method::POST, "/api/v1/notices/read").token(&mine);
        assert_eq!(site.ask(all).await.status, 204);
        let page = site.ask(Ask::get("/notices").cookie(&session)).await.text;
        assert!(page.contains("aria-label=\"Notices\"") && !page.contains("data-unread"), "{page}");
        for path in ["/notices", "/orders"] {
            let nobody = site.ask(Ask::get(path)).await;
            assert!(nobody.header("location").starts_with("/login"), "{nobody:?}");
        }
        site.ask(Ask::get("/notices/events")).await.assert_problem(StatusCode::UNAUTHORIZED);
    })
    .await;
}

#[tokio::test]
async fn a_page_that_is_open_hears_the_bell() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = site.token("a@x.example").await;
        let session = log_in(&site, "a@x.example").await;
        let id = site.place(&token, "k").await;
        let response = site.send(Ask::get("/notices/events").cookie(&session).build()).await;
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut chunks = response.into_body().into_data_stream();
        let mut next = async || loop {
            let chunk = tokio::time::timeout(WITHIN, chunks.next()).await.unwrap();
            let text = String::from_utf8(chunk.unwrap().unwrap().to_vec()).unwrap();
            if let Some(data) = text.lines().find_map(|line| line.strip_prefix("data: ")) {
                break serde_json::from_str::<Value>(data).unwrap();
            }
        };
        assert_eq!(next().await["unread"], 0);
        site.change(id, PackageStatus::Delivered, 5);
        let heard = next().await;
        assert_eq!((&heard["unread"], &heard["newest"]["kind"]), (&1.into(), &"delivered".into()));
        site.ask(Ask::form("/notices/read", "").cookie(&session)).await;
        assert_eq!(next().await["unread"], 0, "read in another window");
    })
    .await;
}
