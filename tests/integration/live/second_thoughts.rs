//! Cancelling and sending elsewhere through all that there is: API, models, database and,
//! over signed posts, the real carrier.

use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{ANY_PORT, PATIENCE};
use crate::support::{
    TestDb,
    up::{Up, UpOptions, tail},
};

struct Buyer {
    client: Client,
    store: String,
    token: String,
}

impl Buyer {
    async fn register(store: &str) -> Self {
        let mut buyer =
            Self { client: Client::new(), store: store.to_owned(), token: String::new() };
        let account = json!({
            "email": "ann@example.org", "password": "correct horse battery",
            "first_name": "Ann", "last_name": "Ott",
        });
        assert_eq!(buyer.ask(Method::POST, "accounts", &account).await.0, 201);
        let (status, token) = buyer.ask(Method::POST, "tokens", &account).await;
        assert_eq!(status, 201, "{token}");
        buyer.token = token["token"].as_str().unwrap().to_owned();
        buyer
    }

    async fn ask(&self, method: Method, path: &str, body: &Value) -> (u16, Value) {
        let request = self.client.request(method, format!("{}/api/v1/{path}", self.store));
        let key = format!("{:032x}", rand::random::<u128>());
        let request = request.bearer_auth(&self.token).header("idempotency-key", key).json(body);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    async fn place(&self) -> i64 {
        let order = json!({
            "items": [{ "listing_id": 1, "quantity": 1 }], "destination": { "x": 3, "y": -4 },
        });
        let (status, order) = self.ask(Method::POST, "orders", &order).await;
        assert_eq!(status, 201, "{order}");
        order["id"].as_i64().unwrap()
    }

    async fn cancel(&self, order: i64) -> (u16, Value) {
        self.ask(Method::POST, &format!("orders/{order}/cancel"), &Value::Null).await
    }

    async fn redirect(&self, order: i64, x: i32) -> (u16, Value) {
        let path = format!("orders/{order}/destination");
        self.ask(Method::PUT, &path, &json!({ "x": x, "y": 8 })).await
    }

    /// Waits until the order's truck is seen on its way.
    async fn sees_a_truck(&self, order: i64) -> bool {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            let path = format!("orders/{order}/trucks");
            let (status, trucks) = self.ask(Method::GET, &path, &Value::Null).await;
            assert_eq!(status, 200, "{trucks}");
            if trucks["items"][0]["from"]["x"].is_number() {
                return true;
            }
            sleep(Duration::from_millis(50)).await;
        }
        false
    }

    /// Waits until the carrier has given the order's package a number.
    async fn is_announced(&self, order: i64) -> bool {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            let (_, read) = self.ask(Method::GET, &format!("orders/{order}"), &Value::Null).await;
            if read["packages"][0]["tracking_number"].is_string() {
                return true;
            }
            sleep(Duration::from_millis(50)).await;
        }
        false
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_package_is_cancelled_until_it_is_packed_and_redirected_until_its_truck_leaves() {
    for database in TestDb::each().await {
        let (data_dir, target) = (database.dir(), &database.target);
        // A world so slow that nothing is packed, let alone delivered, in the test's time.
        let slow = ["--simspeed", "1", "--pack-seconds", "100000", "--buy-seconds", "1"];
        let patient = [&slow[..], &["--pack-after", "3600"]].concat();
        let mut options = UpOptions { data_dir, target, store_addr: ANY_PORT, arguments: &patient };
        let up = Up::start(&options).await;
        options.store_addr = up.store_addr();
        let buyer = Buyer::register(&up.store).await;
        let (dropped, kept) = (buyer.place().await, buyer.place().await);
        let outcomes = [buyer.cancel(dropped).await, buyer.cancel(dropped).await];
        for (status, body) in outcomes {
            assert_eq!((status, &body["packages"][0]["outcome"]), (200, &json!("cancelled")));
        }
        assert_eq!(buyer.redirect(kept, 7).await.0, 200, "the store decides alone");
        up.stop().await;

        // The time to think better of it is over.
        options.arguments = &slow;
        let up = Up::start(&options).await;
        assert!(buyer.is_announced(kept).await, "{}", tail(data_dir));
        let (status, problem) = buyer.cancel(kept).await;
        assert_eq!(status, 409, "{problem}");
        let (status, answer) = buyer.redirect(kept, 9).await;
        assert_eq!((status, &answer["packages"][0]["outcome"]), (200, &json!("changed")));
        assert!(buyer.sees_a_truck(kept).await, "{}", tail(data_dir));
        up.stop().await;

        let db = database.open().await;
        let client = db.client().await.unwrap();
        let agreed = "SELECT p.order_id, p.destination_x, s.x FROM carrier.shipments s
            JOIN store.packages p ON p.id = s.id";
        let rows = client.query(agreed, &[]).await.unwrap();
        let rows: Vec<(i64, i32, i32)> =
            rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect();
        assert_eq!(rows, [(kept, 9, 9)], "the carrier never heard of the other");
        drop(client);
        drop(db);
        database.remove().await;
    }
}
