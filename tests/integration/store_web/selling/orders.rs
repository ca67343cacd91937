//! What sellers see of orders, and the tables they take away.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{offer, order, pot, seller};
use crate::{
    store_web::site::{Ask, Site},
    support::on_each_database,
};

async fn orders(site: &Site, token: &str, query: &str) -> Value {
    let path = format!("/api/v1/selling/orders?{query}");
    site.ask(Ask::get(&path).token(token)).await.json()
}

fn ids(part: &Value) -> Vec<i64> {
    let items = part["items"].as_array().unwrap().iter();
    items.map(|item| item["order_id"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn each_seller_sees_its_part_of_an_order_and_not_who_ordered() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let (tea, cups) = (seller(&site, "Tea").await, seller(&site, "Cups").await);
        let pot_id = offer(&site, &tea, &pot("Pot")).await;
        let cup_id = offer(&site, &cups, &pot("Cup")).await;
        let buyer = site.token("secret.buyer@x.example").await;
        let both = order(&site, &buyer, "k1", &[pot_id, cup_id]).await;
        let own = order(&site, &tea, "k2", &[cup_id]).await;

        assert_eq!(ids(&orders(&site, &tea, "").await), [both]);
        assert_eq!(ids(&orders(&site, &cups, "").await), [own, both], "a seller buys like anybody");
        let path = format!("/api/v1/selling/orders/{both}");
        let sold = site.ask(Ask::get(&path).token(&tea)).await;
        assert!(!sold.text.contains("secret.buyer") && !sold.text.contains("Cup"), "{}", sold.text);
        let sold = sold.json();
        assert_eq!(sold["destination"], json!({"x": 3, "y": -4}));
        assert_eq!(sold["total_cents"], 2_500);
        assert_eq!(sold["items"].as_array().unwrap().len(), 1);
        assert_eq!(sold["items"][0]["name"], "Pot");
        let package = &sold["packages"][0];
        assert_eq!(package["items"], json!([{"listing_id": pot_id, "quantity": 2}]));
        assert_eq!(package["history"][0]["event"], "created");

        let own = format!("/api/v1/selling/orders/{own}");
        site.ask(Ask::get(&own).token(&tea)).await.assert_problem(StatusCode::NOT_FOUND);
        let nothing = site.ask(Ask::get("/api/v1/selling/orders/99").token(&tea)).await;
        nothing.assert_problem(StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn an_orders_state_follows_the_packages_with_my_items() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let (tea, cups) = (seller(&site, "Tea").await, seller(&site, "Cups").await);
        let pot_id = offer(&site, &tea, &pot("Pot")).await;
        let cup_id = offer(&site, &cups, &pot("Cup")).await;
        let id = order(&site, &tea, "k", &[pot_id, cup_id]).await;
        // The cups come from elsewhere.
        site.sql(&format!(
            "INSERT INTO store.packages (id, order_id, warehouse_id, status, granted, created_us)
                VALUES ({id}1, {id}, 2, 'created', true, 5);
            UPDATE store.package_items SET package_id = {id}1 WHERE listing_id = {cup_id}"
        ))
        .await;
        let state = async |token: &str| {
            orders(&site, token, "").await["items"][0]["state"].as_str().unwrap().to_owned()
        };
        let step = async |package: &str, status: &str| {
            let update =
                format!("UPDATE store.packages SET status = '{status}' WHERE id = {id}{package}");
            site.sql(&update).await;
        };
        assert_eq!((state(&tea).await, state(&cups).await), ("waiting".into(), "waiting".into()));
        step("0", "packing").await;
        assert_eq!(state(&tea).await, "waiting");
        step("0", "packed").await;
        assert_eq!((state(&tea).await, state(&cups).await), ("moving".into(), "waiting".into()));
        step("0", "delivered").await;
        step("1", "cancelled").await;
        assert_eq!(
            (state(&tea).await, state(&cups).await),
            ("delivered".into(), "cancelled".into())
        );

        assert_eq!(ids(&orders(&site, &tea, "state=delivered").await), [id]);
        assert!(ids(&orders(&site, &tea, "state=waiting").await).is_empty());
        assert_eq!(ids(&orders(&site, &cups, "state=cancelled").await), [id]);
        let path = "/api/v1/selling/orders?state=lost";
        site.ask(Ask::get(path).token(&tea)).await.assert_problem(StatusCode::BAD_REQUEST);
    })
    .await;
}

#[tokio::test]
async fn orders_are_found_by_number_and_product_part_by_part() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = seller(&site, "Tea").await;
        let pot_id = offer(&site, &token, &pot("Blue pot")).await;
        let cup_id = offer(&site, &token, &pot("Blue cup")).await;
        let mut placed = Vec::new();
        for (nth, items) in
            [vec![pot_id], vec![cup_id], vec![pot_id, cup_id], vec![pot_id]].iter().enumerate()
        {
            placed.push(order(&site, &token, &format!("k{nth}"), items).await);
        }
        let [a, b, c, d] = placed[..] else { panic!("{placed:?}") };
        assert_eq!(ids(&orders(&site, &token, &format!("q=%23{b}")).await), [b]);
        assert_eq!(ids(&orders(&site, &token, "q=POT").await), [d, c, a]);
        assert_eq!(ids(&orders(&site, &token, "q=blue").await), [d, c, b, a], "each once");
        assert!(ids(&orders(&site, &token, "q=tea%00pot").await).is_empty());
        site.sql(&format!("UPDATE store.packages SET status = 'delivered' WHERE order_id = {c}"))
            .await;
        assert_eq!(ids(&orders(&site, &token, "q=pot&state=delivered").await), [c]);
        for query in ["", "&q=blue"] {
            let (mut all, mut next) = (Vec::new(), String::new());
            loop {
                let part = orders(&site, &token, &format!("limit=3{query}{next}")).await;
                all.extend(ids(&part));
                let Some(cursor) = part["next"].as_str() else { break };
                next = format!("&cursor={cursor}");
            }
            assert_eq!(all, [d, c, b, a], "{query}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_export_has_every_line_of_the_period_and_nobody_elses() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let (tea, cups) = (seller(&site, "Tea").await, seller(&site, "Cups").await);
        let pot_id = offer(&site, &tea, &pot("=cmd|'/c calc'!A1")).await;
        let cup_id = offer(&site, &cups, &pot("Cup, \"small\"")).await;
        order(&site, &tea, "k", &[pot_id, cup_id]).await;
        let day = "from=2023-11-14&to=2023-11-14";
        let path = format!("/api/v1/selling/export/orders?{day}");
        let mine = site.ask(Ask::get(&path).token(&tea)).await;
        assert!(mine.header("content-type").starts_with("text/csv"), "{mine:?}");
        assert!(mine.header("content-disposition").contains("orders.csv"));
        let lines: Vec<&str> = mine.text.split_terminator("\r\n").collect();
        assert_eq!(lines.len(), 2, "{}", mine.text);
        assert!(lines[0].starts_with("order,placed_at,state,listing,"));
        assert_eq!(
            lines[1],
            format!("1,2023-11-14T22:13:20Z,waiting,{pot_id},{},'=cmd|'/c calc'!A1,2,12.50,25.00,3,-4",
                lines[1].split(',').nth(4).unwrap())
        );
        let theirs = site.ask(Ask::get(&path).token(&cups)).await.text;
        assert!(theirs.contains(",\"Cup, \"\"small\"\"\",") && !theirs.contains("cmd"), "{theirs}");

        // More than are read at once, on another day.
        site.sql(&format!(
            "INSERT INTO store.orders SELECT n, 1, 'e', 'k', '', 0, 0, NULL, 100, 1700100000000000 + n
                FROM generate_series(1001, 1450) n;
            INSERT INTO store.order_items (order_id, listing_id, product_id, quantity, price_cents)
                SELECT n, {pot_id}, 1, 1, 100 FROM generate_series(1001, 1450) n"
        ))
        .await;
        let path = "/api/v1/selling/export/orders?from=2023-11-16&to=2023-11-16";
        let all = site.ask(Ask::get(path).token(&tea)).await.text;
        let numbers: Vec<i64> = all
            .split_terminator("\r\n")
            .skip(1)
            .map(|line| line.split(',').next().unwrap().parse().unwrap())
            .collect();
        assert_eq!(numbers, (1001..=1450).collect::<Vec<i64>>());

        let listings = site.ask(Ask::get("/api/v1/selling/export/listings").token(&cups)).await.text;
        let packed = Ask::get("/api/v1/selling/export/listings").token(&cups);
        let packed = site.ask(packed.header("accept-encoding", "gzip")).await;
        assert_eq!((packed.header("content-encoding"), &packed.text), ("gzip", &listings));
        let lines: Vec<&str> = listings.split_terminator("\r\n").collect();
        assert_eq!(lines.len(), 2, "{listings}");
        assert!(lines[1].starts_with(&format!("{cup_id},")) && lines[1].contains("12.50,true,true,40,200,0,0,0"));
        for bad in ["from=x", "from=2023-01-01&to=2025-01-01", "from=2023-02-01&to=2023-01-01"] {
            let path = format!("/api/v1/selling/export/orders?{bad}");
            let refused = site.ask(Ask::get(&path).token(&tea)).await;
            refused.assert_problem(StatusCode::UNPROCESSABLE_ENTITY);
        }
    })
    .await;
}
