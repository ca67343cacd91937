//! An admin in front of the whole system: the world is left and joined again, and told how
//! fast to be.

use std::{path::Path, sync::Arc, time::Duration};

use reqwest::Method;
use serde_json::{Value, json};
use waybill::db::Db;

use super::{ANY_PORT, PATIENCE, shoppers::Shoppers};
use crate::support::{
    TestDb,
    up::{Up, UpOptions, tail},
};

const EMAIL: &str = "admin@shop.test";
const PASSWORD: &str = "correct horse battery";
const POLL: Duration = Duration::from_millis(50);

/// An admin's program.
struct Admin {
    store: String,
    token: String,
}

impl Admin {
    async fn register(store: &str) {
        let account =
            json!({"email": EMAIL, "password": PASSWORD, "first_name": "A", "last_name": "B"});
        let url = format!("{store}/api/v1/accounts");
        let made = reqwest::Client::new().post(url).json(&account).send().await.unwrap();
        assert_eq!(made.status(), 201);
    }

    async fn appoint(db: &Db) {
        let sql = "UPDATE store.accounts SET is_admin = true WHERE email = $1";
        assert_eq!(db.client().await.unwrap().execute(sql, &[&EMAIL]).await.unwrap(), 1);
    }

    async fn sign_in(store: &str) -> Self {
        let credentials = json!({"email": EMAIL, "password": PASSWORD});
        let url = format!("{store}/api/v1/tokens");
        let answer = reqwest::Client::new().post(url).json(&credentials).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        Self { store: store.to_owned(), token: answer["token"].as_str().unwrap().to_owned() }
    }

    async fn ask(&self, method: Method, path: &str, body: &Value) -> Value {
        let url = format!("{}/api/v1/admin/{path}", self.store);
        let ask = reqwest::Client::new().request(method, url).bearer_auth(&self.token);
        let answer = ask.json(body).send().await.unwrap().error_for_status().unwrap();
        answer.json().await.unwrap()
    }

    async fn world(&self) -> Value {
        self.ask(Method::GET, "world", &Value::Null).await
    }

    /// Asks until it is so.
    async fn until(&self, data_dir: &Path, is_so: impl Fn(&Value) -> bool) {
        let wait = async {
            while !is_so(&self.world().await) {
                tokio::time::sleep(POLL).await;
            }
        };
        let came = tokio::time::timeout(PATIENCE, wait).await;
        assert!(came.is_ok(), "{}; {}", self.world().await, tail(data_dir));
    }
}

/// The speed of world 1, as one sees who looks into it.
async fn speed(up: &Up) -> Value {
    let seen = reqwest::get(format!("{}/api/v1/worlds/1", up.world)).await.unwrap();
    let seen: Value = seen.error_for_status().unwrap().json().await.unwrap();
    seen["simspeed"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_wait_while_an_admin_has_left_the_world_and_go_on_as_fast_as_he_says() {
    for database in TestDb::each().await {
        let (data_dir, target) = (database.dir(), &database.target);
        let arguments = ["--simspeed", "100", "--trucks", "8"];
        let options = UpOptions { data_dir, target, store_addr: ANY_PORT, arguments: &arguments };
        let up = Up::start(&options).await;
        Admin::register(&up.store).await;
        up.stop().await;
        let db = database.open().await;
        Admin::appoint(&db).await;
        db.close();
        drop(db);

        let up = Up::start(&options).await;
        let admin = Admin::sign_in(&up.store).await;
        let left = admin.ask(Method::DELETE, "world/connection", &Value::Null).await;
        assert_eq!((&left["held"], &left["world_id"]), (&json!(true), &json!(1)));
        admin.until(data_dir, |world| world["connected"] == false).await;
        let shoppers = Arc::new(Shoppers::register(&up.store, 1).await);
        shoppers.place_all(3, 1).await;
        up.kill().await;

        let up = Up::start(&options).await;
        let admin = Admin::sign_in(&up.store).await;
        let world = admin.world().await;
        assert_eq!((&world["held"], &world["connected"]), (&json!(true), &json!(false)));
        assert_eq!(world["packages_under_way"], 3, "orders wait");
        let fast = json!({"simspeed": 20_000});
        admin.ask(Method::PUT, "world/speed", &fast).await;
        admin.ask(Method::PUT, "world/connection", &json!({})).await;
        admin.until(data_dir, |world| world["packages_under_way"] == 0).await;
        admin.until(data_dir, |world| world["simspeed_told"] == true).await;
        assert_eq!(speed(&up).await, 20_000);

        let messages = admin.ask(Method::GET, "messages?kind=simspeed", &Value::Null).await;
        assert_eq!(messages["items"][0]["message"]["simspeed"], 20_000, "{messages}");
        let actors = admin.ask(Method::GET, "actors", &Value::Null).await;
        let handled = |it: &Value| it["handled"].as_u64().is_some_and(|count| count > 0);
        assert!(actors["keepers"].as_array().unwrap().iter().all(handled), "{actors}");
        up.stop().await;
        database.remove().await;
    }
}
