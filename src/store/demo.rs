//! A shop to look at: goods, sellers, warehouses, opening stock, two accounts, and a past.
//!
//! It fills an empty database before the service starts and never touches one
//! that holds anything. Stock is not conjured up here: it is bought, by
//! purchases that the store sends to the world when it starts.

mod filling;
pub(super) mod goods;
mod history;
mod opinions;
mod range;
mod scale;
mod words;

use std::{
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use anyhow::Context;
use tokio_postgres::Transaction;

pub use self::scale::Scale;
use self::{history::History, range::Range};
use crate::{db::Db, web::people::passwords};

/// Id, name, x, y.
const WAREHOUSES: [(i32, &str, i32, i32); 4] = [
    (1, "North Quay", -12, 38),
    (2, "Eastfield", 41, 5),
    (3, "South Mill", 8, -35),
    (4, "West Gate", -44, -9),
];

/// Several processes may fill at once: one does.
const LOCK: &str = "SELECT pg_advisory_xact_lock(727001203)";

/// The demo buyer's account at the carrier, where a demo carrier has it.
const CARRIER_ACCOUNT: &str = "demo";

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
        Self { email, password: passwords::invented() }
    }
}

/// Fills a database that has no product and no account; None where there was something.
/// The demo's buyer has a part in its past, where it has one.
///
/// The store's schema must be migrated. Several processes may do this at once: one does.
pub async fn seed_if_empty(
    db: &Db,
    data_dir: &Path,
    scale: Scale,
) -> anyhow::Result<Option<DemoAccounts>> {
    let mut client = db.client().await?;
    let tx = client.transaction().await?;
    tx.simple_query(LOCK).await?;
    let filled = "SELECT EXISTS (SELECT FROM store.products) OR EXISTS (SELECT FROM store.accounts WHERE NOT is_admin)
        OR EXISTS (SELECT FROM store.warehouses)";
    if tx.query_one(filled, &[]).await?.get(0) {
        return Ok(None);
    }
    let accounts = DemoAccounts {
        buyer: DemoAccount::new("buyer@demo.example"),
        seller: DemoAccount::new("seller@demo.example"),
        file: data_dir.join("demo-accounts.txt"),
    };
    let buyer = seed_accounts(&tx, &accounts).await?;
    fill_in(&tx, scale, Some((buyer, accounts.buyer.email.to_owned()))).await?;
    let manage =
        "UPDATE store.sellers SET account_id = (SELECT id FROM store.accounts WHERE email = $1)
        WHERE id = 1";
    tx.execute(manage, &[&accounts.seller.email]).await?;
    write_down(&accounts)
        .with_context(|| format!("the demo's passwords: {}", accounts.file.display()))?;
    tx.commit().await?;
    Ok(Some(accounts))
}

/// Fills a database that has no product and no order, with a shop of any size: for a look at how
/// large ones behave. Nobody can log in to its accounts.
pub async fn fill(db: &Db, scale: Scale) -> anyhow::Result<()> {
    let mut client = db.client().await?;
    let tx = client.transaction().await?;
    tx.simple_query(LOCK).await?;
    let filled = "SELECT EXISTS (SELECT FROM store.products) OR EXISTS (SELECT FROM store.orders)
        OR EXISTS (SELECT FROM store.warehouses) OR EXISTS (SELECT FROM store.sellers)";
    if tx.query_one(filled, &[]).await?.get(0) {
        anyhow::bail!(
            "the database has a shop in it already; give an empty one, or another --data-dir"
        );
    }
    fill_in(&tx, scale, None).await?;
    tx.commit().await?;
    client.batch_execute("ANALYZE").await?;
    Ok(())
}

/// The shop itself. `first` is one of its buyers, beside those that are made up.
async fn fill_in(
    tx: &Transaction<'_>,
    scale: Scale,
    first: Option<(i64, String)>,
) -> anyhow::Result<()> {
    let range = Range::of(&scale);
    let history = History::of(&scale, &range);
    let since_us = history.orders.first().map_or(scale.until_us, |order| order.placed_us);
    filling::range(tx, &range, &history, (REORDER_LEVEL, REORDER_TARGET), since_us).await?;
    for (id, name, x, y) in WAREHOUSES {
        let insert = "INSERT INTO store.warehouses (id, name, x, y) VALUES ($1, $2, $3, $4)";
        tx.execute(insert, &[&id, &name, &x, &y]).await?;
    }
    let next: i64 =
        tx.query_one("SELECT coalesce(max(id), 0) + 1 FROM store.accounts", &[]).await?.get(0);
    let mut buyers = filling::buyers(tx, next, scale.buyers()).await?;
    if let Some((buyer, first)) = buyers.first_mut().zip(first) {
        *buyer = first;
    }
    filling::past(tx, &range, &history, &buyers).await?;
    let warehouses = WAREHOUSES.map(|(id, ..)| id);
    filling::opening(tx, &range, &warehouses, OPENING_STOCK, &scale).await?;
    filling::number_on(tx).await?;
    filling::sellers_books(tx).await
}

/// Returns the buyer's number; the seller's account manages the first of the sellers.
async fn seed_accounts(tx: &Transaction<'_>, accounts: &DemoAccounts) -> anyhow::Result<i64> {
    let DemoAccounts { buyer, seller, .. } = accounts;
    for (account, first, last) in [(buyer, "Demo", "Buyer"), (seller, "Demo", "Seller")] {
        let hash = passwords::hash(&account.password).context("a password could not be hashed")?;
        let insert = "INSERT INTO store.accounts (email, password_hash, first_name, last_name)
            VALUES ($1, $2, $3, $4)";
        tx.execute(insert, &[&account.email, &hash, &first, &last]).await?;
    }
    let name = "UPDATE store.accounts SET carrier_account = $2 WHERE email = $1 RETURNING id";
    Ok(tx.query_one(name, &[&buyer.email, &CARRIER_ACCOUNT]).await?.get(0))
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
