//! A shop to look at: goods, sellers, warehouses, opening stock and two accounts.
//!
//! It fills an empty database before the service starts and never touches one
//! that holds anything. Stock is not conjured up here: it is bought, by
//! purchases that the store sends to the world when it starts.

pub(super) mod goods;

use std::{
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::Context;
use rand::RngExt;
use tokio_postgres::Transaction;

use self::goods::{Good, SHELVES};
use super::web::people::passwords;
use crate::db::Db;

const SELLERS: [&str; 3] = ["Blue Kettle Trading", "Hillcrest Wholesale", "Ninth Street Goods"];

/// Id, name, x, y.
const WAREHOUSES: [(i32, &str, i32, i32); 4] = [
    (1, "North Quay", -12, 38),
    (2, "Eastfield", 41, 5),
    (3, "South Mill", 8, -35),
    (4, "West Gate", -44, -9),
];

const OPENING_STOCK: i32 = 400;
const REORDER_LEVEL: i32 = 100;
const REORDER_TARGET: i32 = 500;

/// The demo's accounts, with passwords that exist nowhere else but in [`Self::file`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoAccounts {
    pub buyer: DemoAccount,
    pub seller: DemoAccount,
    /// Where they can be read again.
    pub file: PathBuf,
}

/// How to log in.
#[derive(Clone, PartialEq, Eq)]
pub struct DemoAccount {
    pub email: &'static str,
    pub password: String,
}

impl std::fmt::Debug for DemoAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DemoAccount").field("email", &self.email).finish_non_exhaustive()
    }
}

impl DemoAccount {
    fn new(email: &'static str) -> Self {
        // Without characters that look like others: somebody may type it.
        const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
        let mut rng = rand::rng();
        let letter = |_| char::from(LETTERS[rng.random_range(0..LETTERS.len())]);
        Self { email, password: (0..20).map(letter).collect() }
    }
}

/// Fills a database that has no product and no account; None where there was something.
///
/// The store's schema must be migrated. Several processes may do this at once: one does.
pub async fn seed_if_empty(db: &Db, data_dir: &Path) -> anyhow::Result<Option<DemoAccounts>> {
    let mut client = db.client().await?;
    let tx = client.transaction().await?;
    tx.simple_query("SELECT pg_advisory_xact_lock(727001203)").await?;
    let filled = "SELECT EXISTS (SELECT FROM store.products) OR EXISTS (SELECT FROM store.accounts)
        OR EXISTS (SELECT FROM store.warehouses)";
    if tx.query_one(filled, &[]).await?.get(0) {
        return Ok(None);
    }
    let accounts = DemoAccounts {
        buyer: DemoAccount::new("buyer@demo.example"),
        seller: DemoAccount::new("seller@demo.example"),
        file: data_dir.join("demo-accounts.txt"),
    };
    seed_accounts(&tx, &accounts).await?;
    let listings = seed_catalog(&tx).await?;
    seed_warehouses(&tx, &listings).await?;
    write_down(&accounts)
        .with_context(|| format!("the demo's passwords: {}", accounts.file.display()))?;
    tx.commit().await?;
    Ok(Some(accounts))
}

async fn seed_accounts(tx: &Transaction<'_>, accounts: &DemoAccounts) -> anyhow::Result<()> {
    let DemoAccounts { buyer, seller, .. } = accounts;
    for (account, first, last) in [(buyer, "Demo", "Buyer"), (seller, "Demo", "Seller")] {
        let hash = passwords::hash(&account.password).context("a password could not be hashed")?;
        let insert = "INSERT INTO store.accounts (email, password_hash, first_name, last_name)
            VALUES ($1, $2, $3, $4)";
        tx.execute(insert, &[&account.email, &hash, &first, &last]).await?;
    }
    // An account manages one seller at most; the others are nobody's.
    let sellers = "INSERT INTO store.sellers (name, account_id)
        SELECT name, (SELECT id FROM store.accounts WHERE email = $2 AND nth = 1)
        FROM unnest($1::text[]) WITH ORDINALITY AS s (name, nth) ORDER BY nth";
    tx.execute(sellers, &[&SELLERS.as_slice(), &seller.email]).await?;
    Ok(())
}

/// A row of the listings to be, by the names of what they join.
#[derive(Default)]
struct Offers {
    products: Vec<&'static str>,
    sellers: Vec<&'static str>,
    prices: Vec<i64>,
}

/// Returns the new listings with their categories, by id.
async fn seed_catalog(tx: &Transaction<'_>) -> anyhow::Result<Vec<(i64, String)>> {
    let rows =
        SHELVES.iter().flat_map(|shelf| shelf.goods.iter().map(|good| (shelf.category, good)));
    let (categories, goods): (Vec<&str>, Vec<&Good>) = rows.unzip();
    let names: Vec<_> = goods.iter().map(|good| good.name).collect();
    let descriptions: Vec<_> = goods.iter().map(|good| good.description).collect();
    let seeds: Vec<i64> = (1..).take(goods.len()).collect();
    let products = "INSERT INTO store.products (category, name, description, picture_seed)
        SELECT category, name, description, seed
        FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) AS p (category, name, description, seed)
        ORDER BY seed";
    tx.execute(products, &[&categories, &names, &descriptions, &seeds]).await?;
    let Offers { products, sellers, prices } = offers(&goods);
    let listings = "WITH new AS (
            INSERT INTO store.listings (product_id, seller_id, price_cents, reorder_level, reorder_target)
            SELECT p.id, s.id, o.price, $4, $5
            FROM unnest($1::text[], $2::text[], $3::bigint[]) WITH ORDINALITY AS o (product, seller, price, nth)
            JOIN store.products p ON p.name = o.product
            JOIN store.sellers s ON s.name = o.seller
            ORDER BY o.nth
            RETURNING id, product_id)
        SELECT new.id, p.category FROM new JOIN store.products p ON p.id = new.product_id ORDER BY new.id";
    let params: [&(dyn tokio_postgres::types::ToSql + Sync); 5] =
        [&products, &sellers, &prices, &REORDER_LEVEL, &REORDER_TARGET];
    let rows = tx.query(listings, &params).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// Each good at one to three sellers, at prices that differ.
fn offers(goods: &[&Good]) -> Offers {
    let mut offers = Offers::default();
    for (nth, good) in goods.iter().enumerate() {
        for rank in 0..=(nth * 7 + nth / 8) % 3 {
            offers.products.push(good.name);
            offers.sellers.push(SELLERS[(nth + rank) % SELLERS.len()]);
            let dearer = good.price_cents * (rank as i64 * 6 + nth as i64 % 3) / 100;
            offers.prices.push(good.price_cents + dearer / 10 * 10);
        }
    }
    offers
}

/// Each listing lies in two or three of the four warehouses, so that orders of several things
/// become several packages now and then.
async fn seed_warehouses(tx: &Transaction<'_>, listings: &[(i64, String)]) -> anyhow::Result<()> {
    for (id, name, x, y) in WAREHOUSES {
        let insert = "INSERT INTO store.warehouses (id, name, x, y) VALUES ($1, $2, $3, $4)";
        tx.execute(insert, &[&id, &name, &x, &y]).await?;
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now_us = i64::try_from(now.as_micros()).unwrap_or(i64::MAX);
    for (warehouse, ..) in WAREHOUSES {
        for (purchase, shelf) in (1_i64..).zip(SHELVES) {
            let of_shelf = listings.iter().filter(|(_, category)| category == shelf.category);
            let ids: Vec<i64> =
                of_shelf.map(|(id, _)| *id).filter(|id| is_stocked(*id, warehouse)).collect();
            let insert = "INSERT INTO store.purchases (warehouse_id, id, requested_us)
                VALUES ($1, $2, $3)";
            tx.execute(insert, &[&warehouse, &purchase, &now_us]).await?;
            let items =
                "INSERT INTO store.purchase_items (warehouse_id, purchase_id, listing_id, quantity)
                SELECT $1, $2, id, $4 FROM unnest($3::bigint[]) AS l (id)";
            tx.execute(items, &[&warehouse, &purchase, &ids, &OPENING_STOCK]).await?;
        }
    }
    Ok(())
}

fn is_stocked(listing: i64, warehouse: i32) -> bool {
    let turn = (listing + i64::from(warehouse)) % 4;
    turn < 2 || (turn == 2 && listing % 2 == 0)
}

/// Keeps the passwords where only their owner reads.
fn write_down(accounts: &DemoAccounts) -> std::io::Result<()> {
    let DemoAccounts { buyer, seller, file } = accounts;
    if let Some(dir) = file.parent() {
        std::fs::create_dir_all(dir)?;
    }
    // One from an earlier database may have other permissions: never write into it.
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut out =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    writeln!(out, "Accounts of the demo store. Log in with e-mail and password.")?;
    for account in [buyer, seller] {
        writeln!(out, "{} {}", account.email, account.password)?;
    }
    out.sync_all()
}
