//! Products and listings: made, changed, ended, and told to the desk.

use axum::http::StatusCode;
use serde_json::{Value, json};
use waybill::basis::Cents;

use super::{offer, patch, pot, seller, told};
use crate::{
    store_web::site::{Ask, Site},
    support::on_each_database,
};

#[tokio::test]
async fn a_new_product_is_for_sale_and_the_desk_knows() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = seller(&site, "Potters").await;
        let ask = Ask::post("/api/v1/selling/listings", &pot("  Clay \n pot ")).token(&token);
        let made = site.ask(ask).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let listing = made.json();
        let id = listing["id"].as_i64().unwrap();
        assert_eq!(made.header("location"), format!("/api/v1/selling/listings/{id}"));
        assert_eq!(listing["name"], "Clay pot");
        assert_eq!(listing["is_my_product"], true);
        assert_eq!(
            (&listing["reorder_level"], &listing["reorder_target"]),
            (&json!(40), &json!(200))
        );
        let known = told(&site, id).unwrap();
        assert_eq!(
            (known.name.as_str(), known.price, known.active),
            ("Clay pot", Cents(1_250), true)
        );
        assert_eq!((known.reorder_level, known.reorder_target), (40, 200));
        let page = site.get(&format!("/products/{}", listing["product_id"])).await;
        assert!(page.text.contains("Clay pot") && page.text.contains("Potters"), "{}", page.text);

        let ask = Ask::post("/api/v1/selling/listings", &pot("CLAY POT")).token(&token);
        site.ask(ask).await.assert_problem(StatusCode::CONFLICT);
        let other = seller(&site, "Others").await;
        assert!(offer(&site, &other, &pot("Clay pot")).await > id, "another's may have its name");
    })
    .await;
}

#[tokio::test]
async fn a_product_of_others_is_offered_once_by_each() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = seller(&site, "Traders").await;
        let body = json!({"product_id": 1, "price_cents": 100, "auto_reorder": false});
        let id = offer(&site, &token, &body).await;
        let known = told(&site, id).unwrap();
        assert_eq!((known.reorder_level, known.reorder_target), (0, 0), "nothing by itself");
        let ask = || Ask::post("/api/v1/selling/listings", &body).token(&token);
        let again = site.ask(ask()).await.assert_problem(StatusCode::CONFLICT);
        assert!(again["detail"].as_str().unwrap().contains(&format!("listing {id}")), "{again}");
        let mine =
            site.ask(Ask::get(&format!("/api/v1/selling/listings/{id}")).token(&token)).await;
        assert_eq!(mine.json()["is_my_product"], false);
        let product = "/api/v1/selling/products/1";
        let edit = json!({"description": "Mine now."});
        site.ask(patch(product, &edit).token(&token)).await.assert_problem(StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn what_is_not_acceptable_is_said_and_not_kept() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = seller(&site, "Strict").await;
        let rows = site.rows().await;
        let with = |name: &str, value: Value| {
            let mut body = pot("Pot");
            body[name] = value;
            body
        };
        let product = |name: &str, value: &str| {
            let mut body = pot("Pot");
            body["product"][name] = json!(value);
            body
        };
        for (body, field) in [
            (with("price_cents", json!(0)), "price_cents"),
            (with("price_cents", json!(-1)), "price_cents"),
            (with("price_cents", json!(100_000_001)), "price_cents"),
            (with("price_cents", json!(i64::MAX)), "price_cents"),
            (with("reorder_level", json!(-1)), "reorder_level"),
            (with("reorder_level", json!(100_001)), "reorder_level"),
            (with("reorder_target", json!(1_000_001)), "reorder_target"),
            (with("reorder_target", json!(39)), "reorder_target"),
            (with("product_id", json!(1)), "product_id"),
            (json!({"price_cents": 1}), "product_id"),
            (json!({"price_cents": 1, "product_id": 987_654_321}), "product_id"),
            (product("name", ""), "name"),
            (product("name", &"n".repeat(121)), "name"),
            (product("name", "a\0b"), "name"),
            (product("category", "\u{202e}x"), "category"),
            (product("description", &"d".repeat(4_001)), "description"),
            (product("description", "a\0b"), "description"),
        ] {
            let ask = Ask::post("/api/v1/selling/listings", &body).token(&token);
            let problem = site.ask(ask).await.assert_problem(StatusCode::UNPROCESSABLE_ENTITY);
            assert_eq!(problem["errors"][0]["field"], field, "{body}: {problem}");
        }
        assert_eq!(site.rows().await, rows);
        assert!(site.told.lock().unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn changes_are_kept_and_reach_the_desk() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = seller(&site, "Changers").await;
        let id = offer(&site, &token, &pot("Pot")).await;
        let path = format!("/api/v1/selling/listings/{id}");
        let change = async |body: Value| site.ask(patch(&path, &body).token(&token)).await;

        let changed = change(json!({"price_cents": 999, "reorder_level": 5})).await.json();
        assert_eq!((&changed["price_cents"], &changed["reorder_level"]), (&json!(999), &json!(5)));
        let known = told(&site, id).unwrap();
        assert_eq!((known.price, known.reorder_level, known.reorder_target), (Cents(999), 5, 200));

        assert_eq!(change(json!({"auto_reorder": false})).await.status, 200);
        let known = told(&site, id).unwrap();
        assert_eq!((known.reorder_level, known.reorder_target), (0, 0));
        let kept = change(json!({"auto_reorder": true})).await.json();
        assert_eq!((&kept["reorder_level"], &kept["reorder_target"]), (&json!(5), &json!(200)));

        let below = change(json!({"reorder_level": 201})).await;
        let below = below.assert_problem(StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(below["errors"][0]["field"], "reorder_target");
        assert_eq!(told(&site, id).unwrap().reorder_level, 5);

        assert_eq!(change(json!({"active": false})).await.json()["active"], false);
        assert!(!told(&site, id).unwrap().active);
        let count = site.told.lock().unwrap().len();
        assert_eq!(change(json!({"active": false})).await.status, 200, "ended is ended");
        assert_eq!(change(json!({})).await.status, 200);
        assert_eq!(site.told.lock().unwrap().len(), count, "nothing new to tell");
        assert_eq!(change(json!({"active": true})).await.json()["active"], true);
        assert!(told(&site, id).unwrap().active);
    })
    .await;
}

#[tokio::test]
async fn the_desk_ends_with_the_last_of_many_changes_at_once() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = seller(&site, "Hasty").await;
        let id = offer(&site, &token, &pot("Pot")).await;
        let path = format!("/api/v1/selling/listings/{id}");
        let change =
            |price: i64| site.ask(patch(&path, &json!({"price_cents": price})).token(&token));
        let answers = futures_util::future::join_all((1..=40).map(change)).await;
        assert!(answers.iter().all(|answer| answer.status == 200));
        let committed = site.ask(Ask::get(&path).token(&token)).await.json();
        let known = told(&site, id).unwrap();
        assert_eq!(json!(known.price.0), committed["price_cents"]);
    })
    .await;
}

#[tokio::test]
async fn anothers_listings_do_not_exist() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let (mine, others) = (seller(&site, "Mine").await, seller(&site, "Others").await);
        let id = offer(&site, &mine, &pot("Pot")).await;
        let listing =
            site.ask(Ask::get(&format!("/api/v1/selling/listings/{id}")).token(&mine)).await;
        let product = &listing.json()["product_id"];
        let told_before = site.told.lock().unwrap().len();
        let path = format!("/api/v1/selling/listings/{id}");
        let buy = json!({"warehouse_id": 1, "quantity": 5});
        for ask in [
            Ask::get(&path),
            patch(&path, &json!({"price_cents": 1})),
            patch(&path, &json!({"active": false})),
            patch(&format!("/api/v1/selling/products/{product}"), &json!({"category": "X"})),
            Ask::get(&format!("{path}/purchases")),
            Ask::post(&format!("{path}/purchases"), &buy).header("idempotency-key", "k"),
        ] {
            site.ask(ask.token(&others)).await.assert_problem(StatusCode::NOT_FOUND);
        }
        let after = site.ask(Ask::get(&path).token(&mine)).await;
        assert_eq!(after.json(), listing.json());
        assert_eq!(site.told.lock().unwrap().len(), told_before);
        let theirs = site.ask(Ask::get("/api/v1/selling/listings").token(&others)).await.json();
        assert_eq!(theirs["items"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn a_product_is_described_by_who_made_it_and_keeps_its_name() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = seller(&site, "Makers").await;
        let id = offer(&site, &token, &pot("Pot")).await;
        let path = format!("/api/v1/selling/listings/{id}");
        let product = site.ask(Ask::get(&path).token(&token)).await.json()["product_id"].clone();
        let product = format!("/api/v1/selling/products/{product}");
        let edit = json!({"category": "Garden", "description": "Two\r\nlines.", "name": "Other"});
        assert_eq!(site.ask(patch(&product, &edit).token(&token)).await.status, 204);
        let listing = site.ask(Ask::get(&path).token(&token)).await.json();
        assert_eq!(listing["name"], "Pot");
        assert_eq!(
            (&listing["category"], &listing["description"]),
            (&json!("Garden"), &json!("Two\nlines."))
        );
        let bad = json!({"category": "", "description": "\0"});
        let problem = site.ask(patch(&product, &bad).token(&token)).await;
        let problem = problem.assert_problem(StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(problem["errors"].as_array().unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn listings_are_found_by_words_and_state_part_by_part() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = seller(&site, "Many").await;
        let mut ids = Vec::new();
        for nth in 0..7 {
            ids.push(offer(&site, &token, &pot(&format!("Pot {nth}%"))).await);
        }
        let end = format!("/api/v1/selling/listings/{}", ids[2]);
        site.ask(patch(&end, &json!({"active": false})).token(&token)).await;
        let list = async |query: &str| {
            let path = format!("/api/v1/selling/listings?{query}");
            site.ask(Ask::get(&path).token(&token)).await.json()
        };
        let of = |part: &Value| -> Vec<i64> {
            let items = part["items"].as_array().unwrap().iter();
            items.map(|item| item["id"].as_i64().unwrap()).collect()
        };
        ids.reverse();
        let (mut all, mut next) = (Vec::new(), String::new());
        loop {
            let part = list(&format!("limit=3{next}")).await;
            all.extend(of(&part));
            let Some(cursor) = part["next"].as_str() else { break };
            next = format!("&cursor={cursor}");
        }
        assert_eq!(all, ids);
        assert_eq!(of(&list("show=ended").await), [ids[4]]);
        assert_eq!(of(&list("show=active").await).len(), 6);
        assert_eq!(of(&list("q=pot+3%25").await), [ids[3]]);
        assert!(of(&list("q=%00pan").await).is_empty());
        assert_eq!(of(&list("show=low&limit=4").await).len(), 4, "nothing is there of any");
        for bad in ["show=x", "limit=0", "limit=101", "cursor=x"] {
            let path = format!("/api/v1/selling/listings?{bad}");
            let refused = site.ask(Ask::get(&path).token(&token)).await;
            refused.assert_problem(StatusCode::BAD_REQUEST);
        }
    })
    .await;
}
