//! How a seller is doing: what is counted, and that it is counted right.

use axum::http::StatusCode;
use serde_json::{Value, json};
use waybill::{
    basis::{ListingId, WarehouseId},
    store::model::Output,
};

use super::{offer, order, pot, seller};
use crate::{
    store_web::site::{Ask, Site},
    support::on_each_database,
};

async fn figures(site: &Site, token: &str, days: i64) -> Value {
    let path = format!("/api/v1/selling?days={days}");
    site.ask(Ask::get(&path).token(token)).await.json()["figures"].clone()
}

/// What the triggers have kept, as text.
async fn kept(site: &Site) -> String {
    let client = site.db.client().await.unwrap();
    let select = "SELECT coalesce(string_agg(line, E'\\n' ORDER BY line), '') FROM (
        SELECT 'order ' || (s.*)::text AS line FROM store.seller_orders s
        UNION ALL SELECT 'day ' || (d.*)::text FROM store.seller_days d WHERE units <> 0 OR orders <> 0
        UNION ALL SELECT 'sale ' || (v.*)::text FROM store.sales v WHERE units <> 0) lines";
    client.query_one(select, &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn sales_are_counted_by_day_and_what_was_cancelled_is_not() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = seller(&site, "Tea").await;
        let pot_id = offer(&site, &token, &pot("Pot")).await;
        let cup_id = offer(&site, &token, &pot("Cup")).await;
        let empty = figures(&site, &token, 30).await;
        assert_eq!((&empty["orders"], &empty["revenue_cents"]), (&json!(0), &json!(0)));
        assert_eq!(empty["days"].as_array().unwrap().len(), 30);
        assert_eq!(empty["best"], json!([]));
        assert_eq!(empty["low"].as_array().unwrap().len(), 2, "nothing is there of either");

        // The site places everything in 2023; the days that are looked at end today.
        let days_ago = async |order: i64, listing: i64, days: i64, quantity: i64| {
            site.sql(&format!(
                "INSERT INTO store.orders SELECT {order}, 1, 'e', 'k', '', 0, 0, NULL, 100,
                    (extract(epoch FROM date_trunc('day', now() AT TIME ZONE 'UTC') - interval '{days} days')
                        * 1000000)::bigint + 3600000000;
                INSERT INTO store.packages (id, order_id, warehouse_id, status, granted, created_us)
                    VALUES ({order}0, {order}, 1, 'created', true, 5);
                INSERT INTO store.package_items VALUES ({order}0, {listing}, 1, {quantity});
                INSERT INTO store.order_items (order_id, listing_id, product_id, quantity, price_cents)
                    VALUES ({order}, {listing}, 1, {quantity}, 500)"
            ))
            .await;
        };
        days_ago(501, pot_id, 0, 1).await;
        days_ago(502, cup_id, 0, 4).await;
        days_ago(503, pot_id, 6, 2).await;
        days_ago(504, pot_id, 8, 5).await;
        days_ago(505, cup_id, 100, 9).await;
        let week = figures(&site, &token, 7).await;
        assert_eq!((&week["orders"], &week["units"], &week["revenue_cents"]), (&json!(3), &json!(7), &json!(3_500)));
        let today = &week["days"][6];
        assert_eq!((&today["orders"], &today["revenue_cents"]), (&json!(2), &json!(2_500)));
        assert_eq!(week["days"][0]["units"], 2);
        assert_eq!(week["waiting"], 5);
        let best: Vec<_> = week["best"].as_array().unwrap().iter().map(|it| it["name"].clone()).collect();
        assert_eq!(best, ["Pot", "Cup"]);
        assert_eq!(figures(&site, &token, 90).await["orders"], 4);

        site.sql("UPDATE store.packages SET status = 'cancelled' WHERE id = 5020").await;
        site.sql("UPDATE store.packages SET status = 'packed' WHERE id = 5010").await;
        let week = figures(&site, &token, 7).await;
        assert_eq!((&week["orders"], &week["units"], &week["revenue_cents"]), (&json!(2), &json!(3), &json!(1_500)));
        assert_eq!((&week["waiting"], &week["moving"]), (&json!(3), &json!(1)));
        for days in ["0", "8", "-7", "x"] {
            let path = format!("/api/v1/selling?days={days}");
            let refused = site.ask(Ask::get(&path).token(&token)).await;
            refused.assert_problem(StatusCode::BAD_REQUEST);
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_kept_step_by_step_is_what_a_recount_finds() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let (tea, cups) = (seller(&site, "Tea").await, seller(&site, "Cups").await);
        let pot_id = offer(&site, &tea, &pot("Pot")).await;
        let cup_id = offer(&site, &cups, &pot("Cup")).await;
        for nth in 0..6 {
            order(&site, &tea, &format!("k{nth}"), &[pot_id, cup_id, 1 + nth]).await;
        }
        site.sql(
            "INSERT INTO store.packages (id, order_id, warehouse_id, status, granted, created_us)
                VALUES (21, 2, 2, 'created', true, 5), (31, 3, 2, 'created', false, 5);
            UPDATE store.package_items SET package_id = 21 WHERE package_id = 20 AND listing_id > 100;
            UPDATE store.package_items SET package_id = 31 WHERE package_id = 30 AND listing_id < 100",
        )
        .await;
        for (status, which) in [
            ("packing", "id IN (10, 20, 30, 40)"),
            ("packed", "id IN (10, 20)"),
            ("cancelled", "id IN (21, 31, 50)"),
            ("delivering", "id = 20"),
            ("delivered", "id IN (10, 20)"),
            ("delivered", "id IN (10, 20)"),
        ] {
            site.sql(&format!("UPDATE store.packages SET status = '{status}' WHERE {which}")).await;
        }
        let step_by_step = kept(&site).await;
        assert!(step_by_step.contains(",delivered,") && step_by_step.contains(",cancelled,"), "{step_by_step}");
        site.sql("SELECT store.recount_sales()").await;
        assert_eq!(kept(&site).await, step_by_step);
    })
    .await;
}

#[tokio::test]
async fn what_was_not_looked_through_is_not_said_to_be_well() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = seller(&site, "Many").await;
        let oldest = offer(&site, &token, &pot("Pot")).await;
        site.sql(&format!(
            "INSERT INTO store.products (id, category, name, description)
                SELECT n, 'Many', 'Marble ' || n, '' FROM generate_series(5001, 7000) n;
            INSERT INTO store.listings (id, product_id, seller_id, price_cents)
                SELECT n, n, (SELECT seller_id FROM store.listings WHERE id = {oldest}), 100
                FROM generate_series(5001, 7000) n"
        ))
        .await;
        let levels = (5_001..=7_000).map(|id| (ListingId(id), 400)).collect();
        let output = Output::Stock { warehouse: WarehouseId(1), levels };
        assert!(site.shop.take(output).is_none());
        let dashboard = async || {
            let page = Ask::get("/selling").header("accept", "text/html");
            site.ask(page.cookie(&site.session("Many@sellers.example").await)).await.text
        };
        let seen = figures(&site, &token, 7).await;
        assert_eq!((&seen["low"], &seen["low_has_more"]), (&json!([]), &json!(true)));
        let page = dashboard().await;
        assert!(page.contains("None of your newest 2000 listings is"), "{page}");
        assert!(!page.contains("every warehouse has"), "{page}");

        site.sql(&format!("UPDATE store.listings SET active = false WHERE id IN ({oldest}, 7000)"))
            .await;
        let seen = figures(&site, &token, 7).await;
        assert_eq!((&seen["low"], &seen["low_has_more"]), (&json!([]), &json!(false)));
        assert!(dashboard().await.contains("every warehouse has"));
    })
    .await;
}

#[tokio::test]
async fn amounts_beyond_all_measure_do_not_hold_up_the_books() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = seller(&site, "Rich").await;
        let id = offer(&site, &token, &pot("Crown")).await;
        site.sql(&format!(
            "INSERT INTO store.orders SELECT n, 1, 'e', 'k', '', 0, 0, NULL, 100,
                (extract(epoch FROM now()) * 1000000)::bigint FROM generate_series(1, 3) n;
            INSERT INTO store.order_items (order_id, listing_id, product_id, quantity, price_cents)
                SELECT n, {id}, 1, 2147483647, 9223372036854775807 FROM generate_series(1, 3) n"
        ))
        .await;
        let week = figures(&site, &token, 7).await;
        assert_eq!((&week["orders"], &week["revenue_cents"]), (&json!(3), &json!(i64::MAX)));
    })
    .await;
}
