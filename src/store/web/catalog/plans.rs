//! How the database goes about what pages ask, in a shop of some size: along indexes, never
//! through all of a large table.
//!
//! Plans, not times.

use serde_json::Value;

use super::{
    products, search,
    search::Wanted,
    sellers,
    sorting::{Cursor, Sort},
    tally::keep_tally,
};
use crate::{
    basis::{AccountId, Cents, OrderId, ProductId, SellerId},
    db::{Db, DbTarget, Schema, migrate},
    store::{
        demo::{self, Scale},
        model::Letter,
        shop::{Inside, Shop, ShopSettings},
        web::{
            AppState, WebSettings,
            orders::{
                contents,
                history::{self, Filter},
                views,
            },
            reviews::{
                Subject,
                reading::{self, ReviewSort},
                writing,
            },
        },
    },
    web::statement::plans::SEEN,
};

/// Those that grow with the shop.
const LARGE: [&str; 17] = [
    "orders",
    "order_items",
    "packages",
    "package_items",
    "products",
    "listings",
    "reviews",
    "review_votes",
    "accounts",
    "stock",
    "purchases",
    "purchase_items",
    "replenishments",
    "seller_orders",
    "seller_days",
    "sales",
    "notices",
];

struct Nobody;

impl Inside for Nobody {
    fn post(&self, _: Letter) {}

    fn is_healthy(&self) -> bool {
        true
    }
}

/// Every node of a plan.
fn nodes<'a>(plan: &'a Value, found: &mut Vec<&'a Value>) {
    match plan {
        Value::Object(members) => {
            if members.contains_key("Node Type") {
                found.push(plan);
            }
            members.values().for_each(|value| nodes(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| nodes(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// What a plan reads from one end to the other.
fn read_through(plan: &Value) -> Vec<String> {
    let mut found = Vec::new();
    nodes(plan, &mut found);
    let all = found.iter().filter(|node| node["Node Type"] == "Seq Scan");
    let names = all.filter_map(|node| node["Relation Name"].as_str());
    names.filter(|name| LARGE.contains(name)).map(str::to_owned).collect()
}

fn uses_an_index(plan: &Value) -> bool {
    let mut found = Vec::new();
    nodes(plan, &mut found);
    found.iter().any(|node| node["Index Name"].is_string())
}

pub async fn shop(db: &Db) -> AppState {
    migrate(db, Schema::Store).await.unwrap();
    demo::fill(db, Scale::new(5_000, 20_000, 11)).await.unwrap();
    let stock =
        "INSERT INTO store.stock SELECT w, l.id, 50 FROM store.listings l, generate_series(1, 4) w
            WHERE (l.id + w) % 3 = 0;
        UPDATE store.products SET in_stock = id % 5 <> 0;
        INSERT INTO store.purchases (warehouse_id, id, requested_us, arrived_us)
            SELECT w, n, n * 1000, CASE WHEN n < 103950 THEN n * 2000 END
            FROM generate_series(1, 4) w, generate_series(100001, 104000) n;
        INSERT INTO store.purchase_items (warehouse_id, purchase_id, listing_id, quantity)
            SELECT p.warehouse_id, p.id, 1 + (p.id * 7 + p.warehouse_id) % 3000, 10
            FROM store.purchases p WHERE p.id > 100000;
        INSERT INTO store.replenishments (seller_id, key, listing_id, warehouse_id, quantity, purchase_id)
            SELECT 1 + n % 5, n::text, n, 1 + n % 4, 10, 100000 + n FROM generate_series(1, 3000) n;
        INSERT INTO store.notices (account_id, kind, order_id, package_id, at_us, is_read)
            SELECT o.account_id, 'packed', o.id, o.id, o.placed_us, o.id % 7 <> 0 FROM store.orders o;
        DELETE FROM store.restocked; VACUUM ANALYZE";
    for statement in stock.split(';') {
        db.client().await.unwrap().batch_execute(statement).await.unwrap();
    }
    let shop = Shop::new(Box::new(Nobody), ShopSettings::default());
    AppState::new(db.clone(), shop, WebSettings::default()).unwrap()
}

/// Everything that the catalog can be asked for, more or less.
fn wishes() -> Vec<Wanted> {
    let any = Wanted::default;
    let category = || Some("Café & tea".to_owned());
    let mut wishes = Vec::new();
    for (sort, ..) in Sort::ALL {
        wishes.extend([
            Wanted { sort: Some(sort), ..any() },
            Wanted { sort: Some(sort), category: category(), ..any() },
            Wanted { sort: Some(sort), words: "creme jour".to_owned(), ..any() },
            Wanted { sort: Some(sort), words: "by".to_owned(), ..any() },
            Wanted { sort: Some(sort), in_stock: true, ..any() },
            Wanted { sort: Some(sort), in_stock: true, rating_min: Some(5), ..any() },
            Wanted { sort: Some(sort), seller: Some(SellerId(3)), ..any() },
            Wanted {
                sort: Some(sort),
                price_min: Some(Cents(1_000)),
                price_max: Some(Cents(1_200)),
                category: category(),
                ..any()
            },
        ]);
    }
    wishes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_a_large_shop_are_found_along_indexes() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(&DbTarget::Embedded(dir.path().join("db")), 1).await.unwrap();
    let state = shop(&db).await;
    let seen = SEEN.scope(std::cell::RefCell::default(), async {
        ask_for_everything(&state).await;
        SEEN.with(std::cell::RefCell::take)
    });
    let mut plans = seen.await;
    assert!(plans.len() > 80, "{} statements", plans.len());
    plans.extend(prepared(&db).await);
    for wanted in ["store.folded", "WITH RECURSIVE shelf", "store.package_items", "review_votes"] {
        assert!(plans.iter().any(|(sql, _)| sql.contains(wanted)), "{wanted} was not asked");
    }
    assert_along_indexes(&plans);
}

/// Fails where a large table is read through, or nothing is looked up.
pub fn assert_along_indexes(plans: &[(String, Value)]) {
    let reads: Vec<_> = plans
        .iter()
        .filter(|(sql, plan)| {
            let is_of_a_table = sql.contains("store.") && !sql.starts_with("SELECT store.folded");
            !read_through(plan).is_empty()
                || (is_of_a_table && !uses_an_index(plan) && !is_small(sql))
        })
        .map(|(sql, plan)| format!("{sql}\n reads through {:?}: {plan:#}", read_through(plan)))
        .collect();
    assert!(reads.is_empty(), "{} statements:\n{}", reads.len(), reads.join("\n\n"));
}

/// Of tables that have a handful of rows.
fn is_small(sql: &str) -> bool {
    sql.contains("FROM store.sellers") || sql.contains("FROM store.warehouses")
}

async fn ask_for_everything(state: &AppState) {
    let client = state.db.client().await.unwrap();
    for wanted in wishes() {
        let sort = wanted.order();
        let first = search::find(&client, &wanted, None, 24).await.unwrap();
        search::count(&client, &wanted).await.unwrap();
        for tier in 0..=u8::from(sort == Sort::Relevance) {
            let after = Some(Cursor { tier, key: 900, id: 900 });
            search::find(&client, &wanted, after, 24).await.unwrap();
        }
        products::with_offers(state, &client, first.cards).await.ok();
    }
    products::categories(&client).await.unwrap();
    drop(client);
    let product = products::find_one(state, 77).await.unwrap();
    products::sitter(state, 77).await.unwrap();
    sellers::find(state, SellerId(3)).await.unwrap();
    let client = state.db.client().await.unwrap();
    products::related(&client, &product, 6).await.unwrap();
    drop(client);
    let account = AccountId(40);
    for subject in [Subject::Product(ProductId(77)), Subject::Seller(SellerId(3))] {
        for (sort, ..) in ReviewSort::ALL {
            for after in [None, "3.500".parse().ok()] {
                reading::of(state, subject, Some(account), (sort, after), 10).await.unwrap();
            }
        }
        reading::mine_of(state, account, subject).await.unwrap();
        writing::hindrance(state, account, subject).await.unwrap();
        writing::withdraw(state, account, subject).await.ok();
        subject.name(state).await.unwrap();
    }
    reading::mine(state, account, None, 10).await.unwrap();
    writing::vote(state, account, crate::basis::ReviewId(5), true).await.ok();
    history::find(state, account, &Filter::default(), (None, 20)).await.unwrap();
    let filter = Filter { q: "lamp".to_owned(), ..Filter::default() };
    history::find(state, account, &filter, (None, 20)).await.unwrap();
    views::find(state, OrderId(700)).await.unwrap();
    contents::lines(state, OrderId(700)).await.unwrap();
    // The tally, too, looks only at what is new.
    let tally = keep_tally(state.db.clone(), std::time::Duration::from_millis(10));
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    drop(tally);
}

/// The plans of what was prepared on the one connection that there is.
pub async fn prepared(db: &Db) -> Vec<(String, Value)> {
    let client = db.client().await.unwrap();
    let known = "SELECT statement FROM pg_prepared_statements
        WHERE statement LIKE '%store.%' AND statement NOT LIKE '%pg_prepared_statements%'";
    let mut plans = Vec::new();
    for row in client.query(known, &[]).await.unwrap() {
        let sql: String = row.get(0);
        let explain = format!("EXPLAIN (GENERIC_PLAN, FORMAT JSON) {sql}");
        let answer = client.simple_query(&explain).await;
        let answer = answer.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        let lines = answer.iter().filter_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        });
        let text = lines.collect::<Vec<_>>().join("\n");
        plans.push((sql, serde_json::from_str(&text).unwrap()));
    }
    plans
}
