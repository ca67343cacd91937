//! The demo's goods and accounts.

use std::{collections::BTreeMap, os::unix::fs::PermissionsExt};

use waybill::{
    db::{Schema, migrate},
    store::demo,
};

use super::site::Site;
use crate::support::{TestDb, on_each_database};

#[tokio::test]
async fn an_empty_store_is_filled_once() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let scale = demo::Scale::demo(0);
        let again = demo::seed_if_empty(&site.db, site.dir.path(), scale).await.unwrap();
        assert_eq!(again, None);
        let client = site.db.client().await.unwrap();
        let counts = "SELECT
            (SELECT count(*) FROM store.products),
            (SELECT count(DISTINCT category) FROM store.products),
            (SELECT count(*) FROM store.sellers),
            (SELECT count(*) FROM store.warehouses WHERE abs(x) <= 50 AND abs(y) <= 50),
            (SELECT count(*) FROM store.purchases WHERE seq = 0 AND arrived_us IS NULL),
            (SELECT count(*) FROM store.stock)";
        let row = client.query_one(counts, &[]).await.unwrap();
        let counts: Vec<i64> = (0..6).map(|nth| row.get(nth)).collect();
        assert_eq!(counts, [200, 16, 6, 4, 10, 0]);

        let offers = "SELECT product_id, count(*), count(DISTINCT price_cents)
            FROM store.listings GROUP BY product_id";
        let offers = client.query(offers, &[]).await.unwrap();
        assert_eq!(offers.len(), 200);
        for row in offers {
            let (offers, prices): (i64, i64) = (row.get(1), row.get(2));
            assert!((1..=3).contains(&offers) && prices == offers);
        }
        let bought = "SELECT l.id, count(i.*) FROM store.listings l
            LEFT JOIN store.purchase_items i ON i.listing_id = l.id GROUP BY l.id";
        let bought = client.query(bought, &[]).await.unwrap();
        let bought: BTreeMap<i64, i64> =
            bought.iter().map(|row| (row.get(0), row.get(1))).collect();
        assert!(bought.values().all(|warehouses| (2..=3).contains(warehouses)), "{bought:?}");
    })
    .await;
}

#[tokio::test]
async fn the_passwords_are_in_a_file_for_its_owner_alone() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let file = &site.demo.file;
        let mode = std::fs::metadata(file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let text = std::fs::read_to_string(file).unwrap();
        for account in [&site.demo.buyer, &site.demo.seller] {
            assert!(text.contains(&format!("{} {}", account.email, account.password)));
        }
        assert!(!format!("{:?}", site.demo).contains(&site.demo.buyer.password));
    })
    .await;
}

/// What the past of a small shop comes to, table by table.
async fn digest(db: &waybill::db::Db) -> Vec<String> {
    let tables = [
        "sellers",
        "products",
        "listings",
        "orders",
        "order_items",
        "packages",
        "package_items",
        "purchases",
        "purchase_items",
        "reviews",
        "review_votes",
    ];
    let client = db.client().await.unwrap();
    let mut digests = Vec::new();
    for table in tables {
        let clock = if table == "sellers" { "- 'created_at'" } else { "" };
        let sql = format!(
            "SELECT md5(string_agg(md5((to_jsonb(t) {clock})::text), '' ORDER BY md5((to_jsonb(t) {clock})::text)))
            FROM store.{table} t"
        );
        let row = client.query_one(&sql, &[]).await.unwrap();
        digests.push(format!("{table} {}", row.get::<_, Option<String>>(0).unwrap()));
    }
    digests
}

#[tokio::test]
async fn a_seed_gives_the_same_shop_and_its_books_balance() {
    let scale = demo::Scale { until_us: 1_790_000_000_000_000, ..demo::Scale::new(250, 800, 5) };
    let mut digests = Vec::new();
    for db in [TestDb::embedded(), TestDb::embedded()] {
        let opened = db.open().await;
        migrate(&opened, Schema::Store).await.unwrap();
        demo::fill(&opened, scale).await.unwrap();
        digests.push(digest(&opened).await);
        let client = opened.client().await.unwrap();
        for (what, sql) in [
            ("stars of products", "SELECT count(*) FROM store.products p WHERE ratings <> (
                SELECT array_agg((SELECT count(*)::integer FROM store.reviews r
                    WHERE r.product_id = p.id AND r.stars = s) ORDER BY s) FROM generate_series(1, 5) s)"),
            ("stars of sellers", "SELECT count(*) FROM store.sellers p WHERE ratings <> (
                SELECT array_agg((SELECT count(*)::integer FROM store.reviews r
                    WHERE r.seller_id = p.id AND r.stars = s) ORDER BY s) FROM generate_series(1, 5) s)"),
            ("votes", "SELECT count(*) FROM store.reviews r WHERE helpful <> (
                SELECT count(*) FROM store.review_votes v WHERE v.review_id = r.id)"),
            ("prices", "SELECT count(*) FROM store.products p WHERE price_cents IS DISTINCT FROM (
                SELECT min(price_cents) FROM store.listings l WHERE l.product_id = p.id AND l.active)"),
            ("pieces sold", "SELECT count(*) FROM store.products p WHERE sold <> (
                SELECT coalesce(sum(quantity), 0) FROM store.order_items i WHERE i.product_id = p.id)"),
            ("totals", "SELECT count(*) FROM store.orders o WHERE total_cents <> (
                SELECT sum(quantity * price_cents) FROM store.order_items i WHERE i.order_id = o.id)"),
            ("reviews of what was not received", "SELECT count(*) FROM store.reviews r WHERE NOT EXISTS (
                SELECT FROM store.orders o JOIN store.packages k ON k.order_id = o.id AND k.status = 'delivered'
                JOIN store.package_items i ON i.package_id = k.id JOIN store.listings l ON l.id = i.listing_id
                WHERE o.account_id = r.account_id AND (i.product_id = r.product_id OR l.seller_id = r.seller_id))"),
            ("pieces that were sent and not bought", "SELECT count(*) FROM (
                SELECT warehouse_id, listing_id, sum(quantity) FROM store.package_items i
                    JOIN store.packages k ON k.id = i.package_id GROUP BY 1, 2
                EXCEPT SELECT i.warehouse_id, listing_id, sum(quantity) FROM store.purchase_items i
                    JOIN store.purchases p ON (p.warehouse_id, p.id) = (i.warehouse_id, i.purchase_id)
                    WHERE arrived_us IS NOT NULL GROUP BY 1, 2) d"),
            ("packages that are not delivered", "SELECT count(*) FROM store.packages WHERE status <> 'delivered'"),
        ] {
            let wrong: i64 = client.query_one(sql, &[]).await.unwrap().get(0);
            assert_eq!(wrong, 0, "{what}");
        }
        let reviews: i64 =
            client.query_one("SELECT count(*) FROM store.reviews", &[]).await.unwrap().get(0);
        assert!(reviews > 150, "{reviews}");
        drop(client);
        let again = demo::fill(&opened, scale).await.unwrap_err().to_string();
        assert!(again.contains("has a shop in it already"), "{again}");
    }
    assert_eq!(digests[0], digests[1]);
}

#[tokio::test]
async fn the_past_is_over_in_the_sellers_books_too() {
    on_each_database(async |db| {
        migrate(&db, Schema::Store).await.unwrap();
        let dir = tempfile::TempDir::new().unwrap();
        demo::seed_if_empty(&db, dir.path(), demo::Scale::demo(40)).await.unwrap();
        let client = db.client().await.unwrap();
        let books = "SELECT (SELECT count(DISTINCT order_id) FROM store.seller_orders),
            (SELECT count(*) FROM store.seller_orders WHERE state <> 'delivered'),
            (SELECT count(*) FROM store.products WHERE created_by IS NOT NULL),
            (SELECT count(*) FROM pg_trigger WHERE tgrelid::regclass::text LIKE 'store.%' AND tgenabled = 'D'),
            (SELECT sum(units) FROM store.seller_days)::bigint,
            (SELECT sum(quantity) FROM store.order_items)::bigint";
        let row = client.query_one(books, &[]).await.unwrap();
        let (orders, open, made): (i64, i64, i64) = (row.get(0), row.get(1), row.get(2));
        assert_eq!((orders, open), (40, 0));
        let (disabled, booked, sold): (i64, i64, i64) = (row.get(3), row.get(4), row.get(5));
        assert_eq!((disabled, booked), (0, sold), "no trigger stays off, and nothing counts twice");
        assert!(made > 0, "somebody made what only he offers");
    })
    .await;
}
