//! Searching, filtering and sorting the catalog, by page and by program, and what the pages
//! of products and sellers say.

use std::{collections::BTreeSet, time::Duration};

use axum::http::StatusCode;
use serde_json::Value;
use waybill::{
    basis::{ListingId, WarehouseId},
    store::model::Output,
};

use super::site::{Ask, Site};
use crate::support::on_each_database;

fn page(path: &str) -> Ask {
    Ask::get(path).header("accept", "text/html")
}

/// A shelf of its own: five products whose numbers are known.
const SHELF: &str = "
    INSERT INTO store.sellers (id, name) VALUES (901, 'Crème & Co');
    INSERT INTO store.products (id, category, name, description) VALUES
        (901, 'Éprouvé', 'Crème brûlée dish', 'Stoneware, four pieces.'),
        (902, 'Éprouvé', 'Blue kettle', 'Pours creme and everything else.'),
        (903, 'Éprouvé', 'Straße map of Ørsted', 'Folds. O''Brien''s best.'),
        (904, 'Éprouvé', 'Whisk', 'Beats.'),
        (905, 'Éprouvé', 'Never offered crème', 'Nobody has it.');
    INSERT INTO store.listings (product_id, seller_id, price_cents, active) VALUES
        (901, 901, 1500, true), (901, 1, 1200, true), (902, 901, 3000, true),
        (903, 1, 900, true), (904, 901, 2000, true), (905, 901, 1, false);
    UPDATE store.products SET sold = 10 WHERE id = 904;
    UPDATE store.products SET sold = 5 WHERE id = 902;
    UPDATE store.products SET ratings = '{0,0,0,0,9}' WHERE id = 903;
    UPDATE store.products SET ratings = '{0,0,0,9,0}' WHERE id = 901;
    UPDATE store.products SET ratings = '{9,0,0,0,0}' WHERE id = 904;
    UPDATE store.products SET in_stock = true WHERE id IN (901, 904);";

impl Site {
    /// The ids that a list of products has, in its order, over all of its parts.
    async fn ids(&self, query: &str) -> Vec<i64> {
        let (mut ids, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/api/v1/products?limit=2&{query}{cursor}");
            let answer = self.get(&path).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text);
            let part = answer.json();
            ids.extend(part["items"].as_array().unwrap().iter().map(|p| p["id"].as_i64().unwrap()));
            let Some(next) = part["next"].as_str() else { return ids };
            cursor = format!("&cursor={next}");
        }
    }

    /// Asks until an answer is as it should be.
    async fn until(&self, path: &str, is_right: impl Fn(&Value) -> bool) {
        let tries = async {
            while !is_right(&self.get(path).await.json()) {
                tokio::time::sleep(Duration::from_millis(30)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), tries).await.expect("it never came");
    }
}

#[tokio::test]
async fn words_are_found_in_any_order_by_their_beginnings_whatever_case_and_accents() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        site.run(SHELF).await;
        for (typed, found) in [
            ("creme", vec![901, 902]),
            ("CR%C3%88ME", vec![901, 902]),
            ("dish+brul", vec![901]),
            ("brul%C3%A9e+CRE", vec![901]),
            ("eprouve+whisk", vec![904]),
            ("strasse", vec![903]),
            ("orsted+MAP", vec![903]),
            ("o%E2%80%99briens", vec![903]),
            ("rulee", vec![]),
            ("creme+whisk", vec![]),
            ("%27%3A*%29%20%7C%20%21%26", vec![]),
        ] {
            let ids = site.ids(&format!("category=%C3%89prouv%C3%A9&q={typed}")).await;
            assert_eq!(ids, found, "{typed}");
        }
        // What nobody offers is not for sale, and so not found.
        assert!(!site.ids("q=never").await.contains(&905));
        let nul = site.get("/api/v1/products?q=%00&category=%00").await;
        assert_eq!(nul.json()["items"], serde_json::json!([]));
    })
    .await;
}

#[tokio::test]
async fn names_come_before_descriptions_and_parts_neither_repeat_nor_skip() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        site.run(SHELF).await;
        // 902 sells more, but has the word in its description only.
        let named = site.ids("q=creme").await;
        let place = |id: i64| named.iter().position(|found| *found == id).unwrap();
        assert!(place(901) < place(902), "{named:?}");
        let all = "INSERT INTO store.products (id, category, name, description, sold)
                SELECT n, 'Many', CASE WHEN n % 3 = 0 THEN 'Zebra ' ELSE '' END || n, 'zebra', n % 4
                FROM generate_series(1001, 1021) AS t (n);
            INSERT INTO store.listings (product_id, seller_id, price_cents)
                SELECT n, 1, 100 + n % 5 FROM generate_series(1001, 1021) AS t (n)";
        site.run(all).await;
        let whole: BTreeSet<i64> = (1001..=1021).collect();
        for sort in ["relevance", "popular", "newest", "price_up", "price_down", "rating"] {
            let ids = site.ids(&format!("q=zebra&sort={sort}")).await;
            assert_eq!(ids.len(), 21, "{sort}: {ids:?}");
            assert_eq!(ids.iter().copied().collect::<BTreeSet<_>>(), whole, "{sort}");
        }
        let ids = site.ids("q=zebra").await;
        assert!(ids[..7].iter().all(|id| id % 3 == 0) && ids[7..].iter().all(|id| id % 3 != 0));
        assert!(ids[..7].is_sorted_by_key(|id| (-(id % 4), -id)), "{ids:?}");
    })
    .await;
}

#[tokio::test]
async fn each_filter_leaves_what_it_says_and_each_order_is_one() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        site.run(SHELF).await;
        for (query, found) in [
            ("sort=popular", vec![904, 902, 903, 901]),
            ("sort=newest", vec![904, 903, 902, 901]),
            ("sort=price_up", vec![903, 901, 904, 902]),
            ("sort=price_down", vec![902, 904, 901, 903]),
            ("sort=rating", vec![903, 901, 902, 904]),
            ("price_min_cents=1200&sort=price_up", vec![901, 904, 902]),
            ("price_max_cents=1200&sort=price_up", vec![903, 901]),
            ("price_min_cents=1201&price_max_cents=2999", vec![904]),
            ("price_min_cents=5&price_max_cents=4", vec![]),
            ("rating_min=4&sort=price_up", vec![903, 901]),
            ("rating_min=5", vec![903]),
            ("in_stock=true&sort=price_up", vec![901, 904]),
            ("seller_id=901&sort=price_up", vec![901, 904, 902]),
            ("seller_id=1&sort=price_up", vec![903, 901]),
            ("seller_id=424242", vec![]),
        ] {
            let ids = site.ids(&format!("category=%C3%89prouv%C3%A9&{query}")).await;
            assert_eq!(ids, found, "{query}");
        }
        for bad in [
            "rating_min=0",
            "rating_min=6",
            "price_min_cents=-1",
            "price_max_cents=x",
            "sort=colour",
            "seller_id=x",
            "in_stock=perhaps",
            "cursor=1.2",
        ] {
            let answer = site.get(&format!("/api/v1/products?{bad}")).await;
            answer.assert_problem(StatusCode::BAD_REQUEST);
        }
    })
    .await;
}

#[tokio::test]
async fn a_page_of_results_says_what_it_is_and_how_to_change_it() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        site.run(SHELF).await;
        let path = "/catalog?q=creme&category=%C3%89prouv%C3%A9&min=10&seller=901&stock=1";
        let shown = site.ask(page(path)).await;
        assert_eq!(shown.status, 200);
        for words in [
            "1 product<",
            "Crème brûlée dish",
            "Results for “creme” in Éprouvé",
            "Without from $10.00",
            "Without Crème &#38; Co",
            "href=\"/catalog?q=creme&#38;category=%C3%89prouv%C3%A9&#38;stock=1&#38;seller=901\"",
        ] {
            assert!(shown.text.contains(words), "{words}: {}", shown.text);
        }
        assert!(!shown.text.contains("Blue kettle") && !shown.text.contains("More</a>"));
        let nothing = site.ask(page("/catalog?q=creme+whisk&max=5")).await;
        assert!(nothing.text.contains("0 products") && nothing.text.contains("Nothing here"));
        assert!(nothing.text.contains("Search without filters"), "{}", nothing.text);

        let first = site.ask(page("/catalog?sort=price_up")).await;
        let more = first.text.split("href=\"").find(|part| part.contains("rel=\"next\"")).unwrap();
        let more = more.split('"').next().unwrap().replace("&#38;", "&");
        assert!(more.starts_with("/catalog?sort=price_up&after="), "{more}");
        let second = site.ask(page(&more)).await;
        assert!(second.text.contains("Back to the first page"));
        let tile = |text: &str| text.split("href=\"/products/").nth(1).unwrap()[..4].to_owned();
        assert_ne!(tile(&first.text), tile(&second.text));

        for bad in ["/catalog?after=x", "/catalog?min=cheap", "/catalog?rating=9"] {
            let answer = site.ask(page(bad)).await;
            assert_eq!(answer.status, 400, "{bad}");
            assert!(answer.text.contains("The address can not be used"), "{bad}");
        }
    })
    .await;
}

#[tokio::test]
async fn many_results_are_counted_up_to_a_thousand() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let many = "INSERT INTO store.products (id, category, name, description)
                SELECT n, 'Many', 'Marble ' || n, '' FROM generate_series(2001, 3100) AS t (n);
            INSERT INTO store.listings (product_id, seller_id, price_cents)
                SELECT n, 1, 100 FROM generate_series(2001, 3100) AS t (n)";
        site.run(many).await;
        assert!(site.ask(page("/catalog?category=Many")).await.text.contains("1,000+ products"));
        let some = site.ask(page("/catalog?category=Many&q=30")).await;
        assert!(some.text.contains("100 products"), "{}", some.text);
    })
    .await;
}

#[tokio::test]
async fn a_product_shows_its_offers_by_price_and_where_it_lies() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        site.run(SHELF).await;
        let offers = "SELECT id FROM store.listings WHERE product_id = 901 ORDER BY price_cents";
        let rows = site.db.client().await.unwrap().query(offers, &[]).await.unwrap();
        let cheap = ListingId(rows[0].get(0));
        for (warehouse, level) in [(1, 30), (2, 70), (3, 0)] {
            let levels = vec![(cheap, level)];
            site.shop.take(Output::Stock { warehouse: WarehouseId(warehouse), levels });
        }
        let shown = site.ask(page("/products/901")).await;
        assert_eq!(shown.status, 200);
        let (cheaper, dearer) = (shown.text.find("$12.00"), shown.text.find("$15.00"));
        assert!(cheaper.is_some() && cheaper < dearer);
        assert!(
            shown.text.contains("100 in stock") && shown.text.contains("href=\"/sellers/901\"")
        );
        let (east, north) =
            (shown.text.find("Eastfield").unwrap(), shown.text.find("North Quay").unwrap());
        assert!(east < north && !shown.text.contains("South Mill"));
        assert!(shown.text.contains("formaction=\"/cart\""));
        // The like: of the same category, and not itself.
        let related = shown.text.split("More like this").nth(1).unwrap();
        assert!(related.contains("/products/904") && !related.contains("\"/products/901\""));

        let detail = site.get("/api/v1/products/901").await.json();
        assert_eq!(detail["price_cents"], 1_200);
        assert_eq!(detail["offers"][0]["stock"], 100);
        assert_eq!(detail["offers"][1]["seller"], "Crème & Co");
        assert_eq!(detail["rating"]["average"], 4.0);
        assert_eq!(detail["rating"]["stars"], serde_json::json!([0, 0, 0, 9, 0]));
        let places: Vec<_> = detail["warehouses"].as_array().unwrap().iter().collect();
        assert_eq!((places.len(), &places[0]["pieces"]), (2, &serde_json::json!(70)));

        let ended = site.ask(page("/products/905")).await;
        assert!(ended.status == 200 && ended.text.contains("Not for sale"));
        assert!(site.get("/api/v1/products/905").await.json()["price_cents"].is_null());
        site.get("/api/v1/products/99999").await.assert_problem(StatusCode::NOT_FOUND);
        for view in 1..=3 {
            let picture = site.get(&format!("/products/901/picture.svg?view={view}")).await;
            assert!(picture.status == 200 && picture.text.ends_with("</svg>"));
        }
        site.get("/products/901/picture.svg?view=4").await.assert_problem(StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn a_seller_has_a_page_with_its_products() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        site.run(SHELF).await;
        let shown = site.ask(page("/sellers/901")).await;
        assert!(shown.text.contains("Crème &#38; Co"), "{}", shown.text);
        assert!(shown.text.contains("Whisk") && !shown.text.contains("Straße"));
        assert!(shown.text.contains("no reviews yet") && !shown.text.contains("All of them"));
        let all = site.ask(page("/sellers/1")).await;
        assert!(all.text.contains("href=\"/catalog?seller=1\""));
        assert_eq!(site.ask(page("/sellers/4242")).await.status, 404);
        let seller = site.get("/api/v1/sellers/901").await.json();
        assert_eq!(seller["name"], "Crème & Co");
        assert!(seller["rating"]["average"].is_null());
        site.get("/api/v1/sellers/4242").await.assert_problem(StatusCode::NOT_FOUND);
        let categories = site.get("/api/v1/categories").await.json();
        let names = categories["items"].as_array().unwrap();
        assert!(names.contains(&Value::from("Éprouvé")) && names.contains(&Value::from("Kitchen")));
    })
    .await;
}

#[tokio::test]
async fn a_product_follows_its_offers_whoever_writes_them() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        site.run(SHELF).await;
        let price = async || site.get("/api/v1/products/904").await.json()["price_cents"].clone();
        site.run(
            "INSERT INTO store.listings (product_id, seller_id, price_cents) VALUES (904, 1, 700)",
        )
        .await;
        assert_eq!(site.ids("category=%C3%89prouv%C3%A9&sort=price_up").await[0], 904);
        site.run("UPDATE store.listings SET price_cents = 5000 WHERE product_id = 904").await;
        assert_eq!(site.ids("category=%C3%89prouv%C3%A9&sort=price_down").await[0], 904);
        site.run("UPDATE store.listings SET active = false WHERE product_id = 904").await;
        assert!(price().await.is_null());
        assert!(!site.ids("category=%C3%89prouv%C3%A9").await.contains(&904));
        site.run("UPDATE store.products SET name = 'Égouttoir' WHERE id = 902").await;
        assert_eq!(site.ids("q=EGOUT").await, [902]);
        assert!(!site.ids("q=kettle").await.contains(&902));
    })
    .await;
}

#[tokio::test]
async fn stock_and_sales_reach_the_products() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        site.run(SHELF).await;
        let listing = "SELECT id FROM store.listings WHERE product_id = 903";
        let row = site.db.client().await.unwrap().query_one(listing, &[]).await.unwrap();
        let listing: i64 = row.get(0);
        let stocked = "/api/v1/products?category=%C3%89prouv%C3%A9&q=map&in_stock=true";
        let has = |count: usize| {
            move |list: &Value| list["items"].as_array().is_some_and(|items| items.len() == count)
        };
        site.run(&format!("INSERT INTO store.stock VALUES (1, {listing}, 4)")).await;
        site.until(stocked, has(1)).await;
        site.run(&format!("UPDATE store.stock SET on_hand = 0 WHERE listing_id = {listing}")).await;
        site.until(stocked, has(0)).await;

        let order = format!(
            "INSERT INTO store.orders (id, account_id, email, idempotency_key, body_hash, destination_x, destination_y, total_cents, placed_us)
                SELECT n, 1, 'e', 'k' || n, decode(repeat('00', 32), 'hex'), 0, 0, 1, 1 FROM generate_series(501, 520) AS t (n);
            INSERT INTO store.order_items SELECT n, {listing}, 903, 3, 900 FROM generate_series(501, 520) AS t (n)"
        );
        site.run(&order).await;
        site.until("/api/v1/products?category=%C3%89prouv%C3%A9&sort=popular", |list| {
            list["items"][0]["id"] == 903
        })
        .await;
        let sold = "SELECT sold FROM store.products WHERE id = 903";
        let row = site.db.client().await.unwrap().query_one(sold, &[]).await.unwrap();
        assert_eq!(row.get::<_, i64>(0), 60);
    })
    .await;
}
