//! Saved addresses: made, changed, deleted, one of them the default.

use reqwest::Method;
use serde_json::{Value, json};

use super::site::Site;
use crate::support::on_each_database;

fn address(name: &str, x: i32, is_default: bool) -> Value {
    json!({ "name": name, "x": x, "y": -1, "is_default": is_default })
}

#[tokio::test]
async fn one_of_the_addresses_is_always_the_default() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        site.register("ada").await;
        let token = site.token("ada", None).await;
        let add = async |new: Value| {
            let answer = site.send(Method::POST, "/api/v1/addresses", &new).token(&token).send();
            let answer = answer.await;
            assert_eq!(answer.status, 201, "{}", answer.text);
            answer.json()
        };
        let default = async || {
            let list = site.get("/api/v1/addresses").token(&token).send().await.json();
            let items = list["items"].as_array().unwrap().clone();
            let defaults = items.iter().filter(|it| it["is_default"] == true);
            let names: Vec<_> =
                defaults.map(|it| it["name"].as_str().unwrap().to_owned()).collect();
            (names, items.len())
        };
        let home = add(address("Home", 1, false)).await;
        add(address("Work", 2, false)).await;
        assert_eq!(default().await, (vec!["Home".to_owned()], 2), "the first");
        let aunt = add(address("Aunt", 3, true)).await;
        assert_eq!(default().await, (vec!["Aunt".to_owned()], 3));
        let path = format!("/api/v1/addresses/{}", home["id"]);
        let change = |new: Value| site.send(Method::PUT, &path, &new).token(&token);
        let changed = change(address("Old home", i32::MIN, false)).send().await;
        assert_eq!((changed.status, &changed.json()["place"]["x"]), (200, &json!(i32::MIN)));
        assert_eq!(change(address("Work", 1, false)).send().await.status, 409, "taken");
        let path = format!("/api/v1/addresses/{}", aunt["id"]);
        assert_eq!(site.ask(Method::DELETE, &path).token(&token).send().await.status, 204);
        assert_eq!(default().await, (vec!["Old home".to_owned()], 2), "the oldest that stays");
        assert_eq!(site.ask(Method::DELETE, &path).token(&token).send().await.status, 404);
        site.stop().await;
    })
    .await;
}

#[tokio::test]
async fn addresses_are_few_named_and_their_owners() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let (ada, bob) = (site.register("ada").await, site.register("bob").await);
        let send = |fields: &str, who: &str| site.form("/addresses", fields).session(who);
        for bad in ["name=&x=1&y=2", "name=A&x=1.5&y=2", "name=A&x=&y=", "name=A&x=9999999999&y=0"]
        {
            let refused = send(bad, &ada).send().await;
            assert_eq!(refused.status, 422, "{bad}");
            assert!(refused.text.contains("role=\"alert\""));
        }
        assert_eq!(send("name=<i>Home</i>&x=1&y=2", &ada).send().await.status, 303);
        let page = site.get("/addresses").session(&ada).send().await.text;
        assert!(page.contains("&#60;i&#62;Home") && !page.contains("<i>Home"), "{page}");
        let id = site.number("SELECT id FROM carrier.addresses").await;
        for foreign in [format!("delete={id}"), format!("id={id}&name=Eve&x=0&y=0")] {
            assert_eq!(send(&foreign, &bob).send().await.status, 404, "{foreign}");
        }
        assert_eq!(send(&format!("id={id}&name=Home&x=5&y=2"), &ada).send().await.status, 303);
        let fill = "INSERT INTO carrier.addresses (account_id, name, x, y)
            SELECT (SELECT id FROM carrier.accounts WHERE name = 'ada'), 'n' || n, 0, 0
            FROM generate_series(1, 49) AS s (n)";
        site.sql(fill).await;
        assert_eq!(send("name=Another&x=0&y=0", &ada).send().await.status, 409);
        assert_eq!(send(&format!("delete={id}"), &ada).send().await.status, 303);
        assert_eq!(send("name=Another&x=0&y=0", &ada).send().await.status, 303);
        site.stop().await;
    })
    .await;
}
