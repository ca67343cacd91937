//! `waybill store seed`: a made-up shop of any size in an empty database.
//!
//! The store need not run, and is not started.

use std::time::Instant;

use clap::Args;

use crate::{
    cli::{house::say, lock::DataDirLock, options::DatabaseOptions},
    db::{Claim, Db, DbTarget, Schema, migrate},
    store::demo::{self, Scale},
};

/// Fills an empty database with a made-up shop: products, sellers, buyers, delivered orders, reviews.
///
/// The same numbers and seed give the same rows on the same day. Nobody can log in to its accounts.
/// The opening stock is bought of the world when the store starts.
#[derive(Debug, Args)]
pub(super) struct SeedOptions {
    /// Products for sale
    #[arg(long, env = "WAYBILL_PRODUCTS", value_name = "N", default_value_t = 200)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    products: u32,
    /// Orders of the past, all of them delivered
    #[arg(long, env = "WAYBILL_ORDERS", value_name = "M", default_value_t = 600)]
    #[arg(value_parser = clap::value_parser!(u32).range(0..=10_000_000))]
    orders: u32,
    /// What decides everything else
    #[arg(long, env = "WAYBILL_SEED", value_name = "S", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    database: DatabaseOptions,
}

pub(super) async fn run(options: SeedOptions) -> anyhow::Result<()> {
    let target = options.database.target();
    let _lock = match target {
        DbTarget::Embedded(_) => Some(DataDirLock::take(&options.database.data_dir)?),
        DbTarget::Url(_) => None,
    };
    let db = Db::open(&target, 2).await?;
    let claim = Claim::new(&db, Schema::Store.name());
    claim.take().await?;
    migrate(&db, Schema::Store).await?;
    let (products, orders) = (usize::try_from(options.products)?, usize::try_from(options.orders)?);
    let start = Instant::now();
    demo::fill(&db, Scale::new(products, orders, options.seed)).await?;
    let seconds = start.elapsed().as_secs_f64();
    say(&format!("{products} products and {orders} orders are in, after {seconds:.1} s"));
    claim.release().await;
    db.close();
    Ok(())
}
