//! A rush for the last pieces: the real store, its ledger and its database, and many who order
//! at the same moment. Nobody answers for world and carrier; that stops no order.

use std::time::Duration;

use futures_util::future::join_all;
use tempfile::TempDir;
use waybill::{
    basis::{AccountId, ListingId, Point},
    db::{Db, Schema, migrate},
    store::{
        self, StoreSettings, demo,
        model::{PlaceAnswer, Rejection},
        shop::{PlaceOrder, ShopSettings},
    },
};

use crate::support::on_each_database;

const LAST: ListingId = ListingId(1);
const BUYERS: i64 = 500;

/// A shop with 60 pieces of a listing in one warehouse, 40 in another, and no more to come.
async fn shop_with_a_hundred(db: &Db) -> store::Running {
    migrate(db, Schema::Store).await.unwrap();
    let goods = demo::Scale::demo(0);
    demo::seed_if_empty(db, TempDir::new().unwrap().path(), goods).await.unwrap();
    let last_pieces = "
        UPDATE store.listings SET reorder_level = 0, reorder_target = 0 WHERE id = 1;
        DELETE FROM store.purchase_items WHERE listing_id = 1;
        INSERT INTO store.stock (warehouse_id, listing_id, on_hand)
        SELECT id, 1, CASE row_number() OVER (ORDER BY id) WHEN 1 THEN 60 ELSE 40 END
        FROM (SELECT id FROM store.warehouses ORDER BY id LIMIT 2) w";
    db.client().await.unwrap().batch_execute(last_pieces).await.unwrap();
    let nobody = "127.0.0.1:1";
    let patient =
        ShopSettings { answer_within: Duration::from_secs(300), ..ShopSettings::default() };
    let settings = StoreSettings {
        shop: patient,
        ..StoreSettings::for_testing(&nobody, &format!("http://{nobody}/api"))
    };
    store::start(db.clone(), settings).await.unwrap()
}

fn order(buyer: i64, only_in_stock: bool) -> PlaceOrder {
    PlaceOrder {
        account: AccountId(buyer),
        email: format!("buyer{buyer}@example.org"),
        idempotency_key: format!("rush {buyer} {only_in_stock}"),
        body_hash: [0; 32],
        items: vec![(LAST, 1)],
        destination: Point::new(3, 4),
        carrier_account: None,
        expected_total: None,
        only_in_stock,
    }
}

/// Orders, packages that have their pieces, and pieces in those.
async fn books(db: &Db) -> (i64, i64, i64) {
    let client = db.client().await.unwrap();
    let select = "SELECT (SELECT count(*) FROM store.orders),
        count(DISTINCT p.id), coalesce(sum(i.quantity), 0)
        FROM store.packages p JOIN store.package_items i ON i.package_id = p.id WHERE p.granted";
    let row = client.query_one(select, &[]).await.unwrap();
    (row.get(0), row.get(1), row.get(2))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_buyers_of_the_last_hundred_pieces_buy_exactly_those() {
    on_each_database(async |db| {
        let running = shop_with_a_hundred(&db).await;
        let shop = running.shop();
        let rush = (1..=BUYERS).map(|buyer| shop.place(order(buyer, true)));
        let (mut got, mut refused) = (0, 0);
        for answer in join_all(rush).await {
            match answer.unwrap() {
                PlaceAnswer::Placed(placed) => {
                    assert!(placed.packages.iter().all(|package| package.in_stock));
                    got += 1;
                }
                PlaceAnswer::Rejected(Rejection::NotInStock) => refused += 1,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!((got, refused), (100, 400));
        assert_eq!(books(&db).await, (100, 100, 100));
        // Who can wait is not refused, and gets nobody's piece.
        let PlaceAnswer::Placed(later) = shop.place(order(1, false)).await.unwrap() else {
            panic!("a back-order was refused")
        };
        assert!(!later.packages[0].in_stock);
        running.stop().await;
        assert_eq!(books(&db).await, (101, 100, 100));
    })
    .await;
}
