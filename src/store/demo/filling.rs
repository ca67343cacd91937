//! A made-up shop into the tables, many rows a statement.
//!
//! What the triggers would count row by row is counted here and written with the rows; a
//! test compares.

use std::collections::BTreeMap;

use anyhow::Context;
use tokio_postgres::{
    Transaction,
    types::{ToSql, Type},
};

use super::{
    history::{About, History, Order, Review},
    range::Range,
    scale::Scale,
};

/// Rows a statement.
const AT_ONCE: usize = 10_000;
/// Lines of a purchase at most.
const PURCHASE_LINES: usize = 100;

/// The buyers: an account's number and e-mail address by place.
pub(super) type Buyers = Vec<(i64, String)>;

type Column = (Box<dyn ToSql + Sync + Send>, Type);

async fn run<const N: usize>(
    tx: &Transaction<'_>,
    sql: &str,
    columns: [Column; N],
) -> anyhow::Result<()> {
    let columns: Vec<(&(dyn ToSql + Sync), Type)> =
        columns.iter().map(|(values, of)| (&**values as &(dyn ToSql + Sync), of.clone())).collect();
    let first = sql.split_whitespace().take(4).collect::<Vec<_>>().join(" ");
    tx.execute_typed(sql, &columns).await.with_context(|| format!("{first} …"))?;
    Ok(())
}

fn int8(values: impl Iterator<Item = i64>) -> Column {
    (Box::new(values.collect::<Vec<_>>()), Type::INT8_ARRAY)
}

fn int4(values: impl Iterator<Item = i32>) -> Column {
    (Box::new(values.collect::<Vec<_>>()), Type::INT4_ARRAY)
}

fn text(values: impl Iterator<Item = String>) -> Column {
    (Box::new(values.collect::<Vec<_>>()), Type::TEXT_ARRAY)
}

/// A place in a list as a number in the tables.
fn id(place: usize) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX).saturating_add(1)
}

/// How many reviews give which number of stars.
fn stars_of(history: &History, count: usize, of: impl Fn(About) -> Option<usize>) -> Vec<[i32; 5]> {
    let mut stars = vec![[0; 5]; count];
    for review in &history.reviews {
        if let Some(place) = of(review.about) {
            stars[place][review.stars - 1] += 1;
        }
    }
    stars
}

/// Sellers, products and listings, with what the past has made of them.
pub(super) async fn range(
    tx: &Transaction<'_>,
    range: &Range,
    history: &History,
    reorder: (i32, i32),
    since_us: i64,
) -> anyhow::Result<()> {
    let stars = stars_of(history, range.sellers.len(), |about| match about {
        About::Seller(seller) => Some(seller),
        About::Product(_) => None,
    });
    let star = |nth: usize| int4(stars.iter().map(move |stars| stars[nth]));
    let sellers = "INSERT INTO store.sellers (id, name, ratings)
        SELECT id, name, ARRAY[one, two, three, four, five]
        FROM unnest($1, $2, $3, $4, $5, $6, $7) AS s (id, name, one, two, three, four, five)";
    let names = text(range.sellers.iter().cloned());
    let ids = int8((0..range.sellers.len()).map(id));
    run(tx, sellers, [ids, names, star(0), star(1), star(2), star(3), star(4)]).await?;
    products(tx, range, history, since_us).await?;
    for (part, offers) in range.listings.chunks(AT_ONCE).enumerate() {
        let listings = "INSERT INTO store.listings
                (id, product_id, seller_id, price_cents, reorder_level, reorder_target)
            SELECT *, $5[1], $5[2] FROM unnest($1, $2, $3, $4)";
        let first = part * AT_ONCE;
        let columns = [
            int8((first..first + offers.len()).map(id)),
            int8(offers.iter().map(|offer| id(offer.product))),
            int8(offers.iter().map(|offer| id(offer.seller))),
            int8(offers.iter().map(|offer| offer.price_cents)),
            int4([reorder.0, reorder.1].into_iter()),
        ];
        run(tx, listings, columns).await?;
    }
    Ok(())
}

async fn products(
    tx: &Transaction<'_>,
    range: &Range,
    history: &History,
    since_us: i64,
) -> anyhow::Result<()> {
    let stars = stars_of(history, range.products.len(), |about| match about {
        About::Product(product) => Some(product),
        About::Seller(_) => None,
    });
    let (mut sold, mut prices) = (vec![0_i64; stars.len()], vec![i64::MAX; stars.len()]);
    for (listing, pieces) in history.orders.iter().flat_map(|order| &order.lines) {
        sold[range.listings[*listing].product] += i64::from(*pieces);
    }
    for listing in &range.listings {
        prices[listing.product] = prices[listing.product].min(listing.price_cents);
    }
    let insert = "INSERT INTO store.products
            (id, category, name, description, picture_seed, price_cents, sold, ratings, created_at)
        SELECT id, category, name, description, id, price, sold, ARRAY[one, two, three, four, five],
            to_timestamp(($11)[1] / 1000000.0)
        FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $12) AS p
            (id, category, name, description, price, sold, one, two, three, four, five)";
    for (part, products) in range.products.chunks(AT_ONCE).enumerate() {
        let places = part * AT_ONCE..part * AT_ONCE + products.len();
        let star = |nth: usize| int4(stars[places.clone()].iter().map(move |stars| stars[nth]));
        let columns = [
            int8(places.clone().map(id)),
            text(products.iter().map(|product| product.category.to_owned())),
            text(products.iter().map(|product| product.name.clone())),
            text(products.iter().map(|product| product.description.clone())),
            int8(prices[places.clone()].iter().copied()),
            int8(sold[places.clone()].iter().copied()),
            star(0),
            star(1),
            star(2),
            star(3),
            int8([since_us].into_iter()),
            star(4),
        ];
        run(tx, insert, columns).await?;
    }
    Ok(())
}

/// Accounts that nobody can log in to: their hash is the hash of no password.
pub(super) async fn buyers(
    tx: &Transaction<'_>,
    first: i64,
    count: usize,
) -> anyhow::Result<Buyers> {
    const TRADES: [&str; 16] = [
        "Baker", "Brewer", "Carter", "Cooper", "Dyer", "Fletcher", "Gardener", "Glazier", "Joiner",
        "Mason", "Miller", "Painter", "Potter", "Sawyer", "Tanner", "Weaver",
    ];
    let buyers: Buyers = (0..count)
        .map(|nth| (first + nth as i64, format!("buyer-{}@demo.example", nth + 1)))
        .collect();
    for (part, some) in buyers.chunks(AT_ONCE).enumerate() {
        let names =
            (0..some.len()).map(|nth| TRADES[(part * AT_ONCE + nth) * 5 % TRADES.len()].to_owned());
        let insert = "INSERT INTO store.accounts (id, email, password_hash, first_name, last_name)
            SELECT id, email, '!', name, 'of the demo' FROM unnest($1, $2, $3) AS a (id, email, name)";
        let columns = [
            int8(some.iter().map(|(id, _)| *id)),
            text(some.iter().map(|(_, email)| email.clone())),
            text(names),
        ];
        run(tx, insert, columns).await?;
    }
    Ok(buyers)
}

/// The past: orders, what was bought for them, and what was said.
pub(super) async fn past(
    tx: &Transaction<'_>,
    range: &Range,
    history: &History,
    buyers: &Buyers,
) -> anyhow::Result<()> {
    // The counters are written with the products and the reviews, the sellers' books at the end.
    tx.batch_execute(
        "ALTER TABLE store.order_items DISABLE TRIGGER count_sold;
        ALTER TABLE store.reviews DISABLE TRIGGER reviews_added;
        ALTER TABLE store.review_votes DISABLE TRIGGER votes_added",
    )
    .await?;
    for (part, some) in history.orders.chunks(AT_ONCE).enumerate() {
        orders(tx, range, part * AT_ONCE, some, buyers).await?;
    }
    purchases(tx, history).await?;
    let mut helpful = vec![0; history.reviews.len()];
    for (review, _) in &history.votes {
        helpful[*review] += 1;
    }
    for (part, some) in history.reviews.chunks(AT_ONCE).enumerate() {
        let first = part * AT_ONCE;
        reviews(tx, first, some, &helpful[first..first + some.len()], buyers).await?;
    }
    for some in history.votes.chunks(AT_ONCE) {
        let insert = "INSERT INTO store.review_votes SELECT * FROM unnest($1, $2)";
        let voters = int8(some.iter().map(|(_, voter)| buyers[*voter].0));
        run(tx, insert, [int8(some.iter().map(|(review, _)| id(*review))), voters]).await?;
    }
    tx.batch_execute(
        "ALTER TABLE store.order_items ENABLE TRIGGER count_sold;
        ALTER TABLE store.reviews ENABLE TRIGGER reviews_added;
        ALTER TABLE store.review_votes ENABLE TRIGGER votes_added;
        UPDATE store.sales_counted SET order_last = (SELECT coalesce(max(id), 0) FROM store.orders)",
    )
    .await?;
    Ok(())
}

async fn orders(
    tx: &Transaction<'_>,
    range: &Range,
    first: usize,
    some: &[Order],
    buyers: &Buyers,
) -> anyhow::Result<()> {
    let ids = || (first..first + some.len()).map(id);
    let lines =
        || ids().zip(some).flat_map(|(id, order)| order.lines.iter().map(move |line| (id, *line)));
    let total = |order: &Order| -> i64 {
        let price = |(listing, pieces): &(usize, i32)| {
            range.listings[*listing].price_cents * i64::from(*pieces)
        };
        order.lines.iter().map(price).sum()
    };
    let insert = "INSERT INTO store.orders (id, account_id, email, idempotency_key, body_hash,
            destination_x, destination_y, total_cents, placed_us)
        SELECT id, account, email, 'seed-' || id, decode(repeat('00', 32), 'hex'), x, y, total, placed
        FROM unnest($1, $2, $3, $4, $5, $6, $7) AS o (id, account, email, x, y, total, placed)";
    let columns = [
        int8(ids()),
        int8(some.iter().map(|order| buyers[order.buyer].0)),
        text(some.iter().map(|order| buyers[order.buyer].1.clone())),
        int4(some.iter().map(|order| order.x)),
        int4(some.iter().map(|order| order.y)),
        int8(some.iter().map(total)),
        int8(some.iter().map(|order| order.placed_us)),
    ];
    run(tx, insert, columns).await?;
    let listing = |place: usize| &range.listings[place];
    let items = "WITH lines AS (
            SELECT * FROM unnest($1, $2, $3, $4, $5) AS l (id, listing, product, pieces, price)),
        ordered AS (
            INSERT INTO store.order_items SELECT id, listing, product, pieces, price FROM lines)
        INSERT INTO store.package_items SELECT id, listing, product, pieces FROM lines";
    let columns = [
        int8(lines().map(|(id, _)| id)),
        int8(lines().map(|(_, (place, _))| id(place))),
        int8(lines().map(|(_, (place, _))| id(listing(place).product))),
        int4(lines().map(|(_, (_, pieces))| pieces)),
        int8(lines().map(|(_, (place, _))| listing(place).price_cents)),
    ];
    run(tx, items, columns).await?;
    // One package an order, with the order's number; its way in even steps.
    let packages =
        "INSERT INTO store.packages (id, order_id, warehouse_id, status, granted, truck_here,
            truck_id, created_us, granted_us, packing_us, packed_us, truck_dispatched_us,
            truck_arrived_us, loading_us, loaded_us, delivering_us, delivered_us)
        SELECT id, id, warehouse, 'delivered', true, true, truck, placed, placed, placed + step,
            placed + 2 * step, placed + 3 * step, placed + 4 * step, placed + 5 * step,
            placed + 6 * step, placed + 7 * step, done
        FROM unnest($1, $2, $3, $4, $5) AS p (id, warehouse, truck, placed, done)
        CROSS JOIN LATERAL (SELECT (done - placed) / 9 AS step) s";
    let columns = [
        int8(ids()),
        int4(some.iter().map(|order| order.warehouse)),
        int4(some.iter().map(|order| order.truck)),
        int8(some.iter().map(|order| order.placed_us)),
        int8(some.iter().map(|order| order.delivered_us)),
    ];
    run(tx, packages, columns).await
}

/// What was sent had been bought, to the piece: of it the shelves hold nothing more.
async fn purchases(tx: &Transaction<'_>, history: &History) -> anyhow::Result<()> {
    let mut bought: BTreeMap<(i32, usize), i32> = BTreeMap::new();
    for order in &history.orders {
        for (listing, pieces) in &order.lines {
            *bought.entry((order.warehouse, *listing)).or_default() += *pieces;
        }
    }
    let Some(first_us) = history.orders.first().map(|order| order.placed_us) else { return Ok(()) };
    let mut rows: Vec<(i32, i64, usize, i32)> = Vec::with_capacity(bought.len());
    let mut of_warehouse: BTreeMap<i32, usize> = BTreeMap::new();
    for ((warehouse, listing), pieces) in bought {
        let line = of_warehouse.entry(warehouse).or_default();
        rows.push((warehouse, id(*line / PURCHASE_LINES), listing, pieces));
        *line += 1;
    }
    let insert = "INSERT INTO store.purchases (warehouse_id, id, requested_us, arrived_us)
        SELECT warehouse, nth, ($3)[1] - 7200000000, ($3)[1] - 3600000000
        FROM unnest($1, $2) AS p (warehouse, lines), generate_series(1, lines) AS s (nth)";
    let counts = of_warehouse.values().map(|lines| id((lines - 1) / PURCHASE_LINES));
    let columns = [int4(of_warehouse.keys().copied()), int8(counts), int8([first_us].into_iter())];
    run(tx, insert, columns).await?;
    for some in rows.chunks(AT_ONCE) {
        let insert = "INSERT INTO store.purchase_items SELECT * FROM unnest($1, $2, $3, $4)";
        let columns = [
            int4(some.iter().map(|row| row.0)),
            int8(some.iter().map(|row| row.1)),
            int8(some.iter().map(|row| id(row.2))),
            int4(some.iter().map(|row| row.3)),
        ];
        run(tx, insert, columns).await?;
    }
    Ok(())
}

async fn reviews(
    tx: &Transaction<'_>,
    first: usize,
    some: &[Review],
    helpful: &[i32],
    buyers: &Buyers,
) -> anyhow::Result<()> {
    let insert = "INSERT INTO store.reviews
            (id, account_id, product_id, seller_id, stars, title, text, helpful, created_at)
        SELECT id, account, nullif(product, 0), nullif(seller, 0), stars, title, words, helpful,
            to_timestamp(at_us / 1000000.0)
        FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9) AS r
            (id, account, product, seller, stars, title, words, helpful, at_us)";
    let product = |review: &Review| match review.about {
        About::Product(product) => id(product),
        About::Seller(_) => 0,
    };
    let seller = |review: &Review| match review.about {
        About::Seller(seller) => id(seller),
        About::Product(_) => 0,
    };
    let columns = [
        int8((first..first + some.len()).map(id)),
        int8(some.iter().map(|review| buyers[review.buyer].0)),
        int8(some.iter().map(product)),
        int8(some.iter().map(seller)),
        int4(some.iter().map(|review| i32::try_from(review.stars).unwrap_or(5))),
        text(some.iter().map(|review| review.title.clone())),
        text(some.iter().map(|review| review.text.clone())),
        int4(helpful.iter().copied()),
        int8(some.iter().map(|review| review.at_us)),
    ];
    run(tx, insert, columns).await
}

/// Numbers that are given from now on come after those that were given here.
pub(super) async fn number_on(tx: &Transaction<'_>) -> anyhow::Result<()> {
    for table in ["accounts", "sellers", "products", "listings", "reviews"] {
        let next = format!(
            "SELECT setval(pg_get_serial_sequence('store.{table}', 'id'), max(id)) FROM store.{table}"
        );
        tx.execute(&next, &[]).await?;
    }
    Ok(())
}

/// Whose products are whose: who alone offers a thing made it. And what sellers ask of all
/// orders, which is kept beside them by triggers that see no package's end here.
pub(super) async fn sellers_books(tx: &Transaction<'_>) -> anyhow::Result<()> {
    tx.execute("SELECT store.note_makers()", &[]).await?;
    tx.execute("SELECT store.recount_sales()", &[]).await?;
    Ok(())
}

/// Opening stock, that the store buys of the world when it starts: each listing in two or
/// three of the warehouses, so that an order of several things becomes several packages now
/// and then.
pub(super) async fn opening(
    tx: &Transaction<'_>,
    range: &Range,
    warehouses: &[i32],
    pieces: i32,
    scale: &Scale,
) -> anyhow::Result<()> {
    for warehouse in warehouses {
        let known = "SELECT coalesce(max(id), 0) FROM store.purchases WHERE warehouse_id = $1";
        let mut purchase: i64 = tx.query_one(known, &[warehouse]).await?.get(0);
        let stocked: Vec<i64> = (0..range.listings.len())
            .map(id)
            .filter(|listing| is_stocked(*listing, *warehouse))
            .collect();
        for lines in stocked.chunks(PURCHASE_LINES) {
            purchase += 1;
            let insert = "INSERT INTO store.purchases (warehouse_id, id, requested_us)
                VALUES ($1, $2, $3)";
            tx.execute(insert, &[warehouse, &purchase, &scale.until_us]).await?;
            let items =
                "INSERT INTO store.purchase_items (warehouse_id, purchase_id, listing_id, quantity)
                SELECT $1, $2, id, $4 FROM unnest($3::bigint[]) AS l (id)";
            tx.execute(items, &[warehouse, &purchase, &lines, &pieces]).await?;
        }
    }
    Ok(())
}

fn is_stocked(listing: i64, warehouse: i32) -> bool {
    let turn = (listing + i64::from(warehouse)) % 4;
    turn < 2 || (turn == 2 && listing % 2 == 0)
}
