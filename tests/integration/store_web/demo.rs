//! The demo's goods and accounts.

use std::{collections::BTreeMap, os::unix::fs::PermissionsExt};

use waybill::store::demo;

use super::site::Site;
use crate::support::on_each_database;

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
        assert_eq!(counts, [200, 16, 6, 4, 12, 0]);

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
