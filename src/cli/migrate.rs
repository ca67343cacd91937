//! `waybill migrate`: brings the schemas up to date and does nothing else.

use clap::Args;

use super::{house::say, lock::DataDirLock, options::DatabaseOptions};
use crate::db::{self, Db, DbTarget, Schema};

/// Brings the database's schemas up to date, then ends.
///
/// Every service does so for its own schema when it starts; this is for those
/// who want it done before, with another user, or not at the same time.
#[derive(Debug, Args)]
pub(super) struct MigrateOptions {
    #[command(flatten)]
    database: DatabaseOptions,
}

pub(super) async fn run(options: MigrateOptions) -> anyhow::Result<()> {
    let target = options.database.target();
    let _lock = match target {
        DbTarget::Embedded(_) => Some(DataDirLock::take(&options.database.data_dir)?),
        DbTarget::Url(_) => None,
    };
    let db = Db::open(&target, 1).await?;
    for schema in Schema::ALL {
        db::migrate(&db, schema).await?;
        say(&format!("schema {} is up to date", schema.name()));
    }
    db.close();
    Ok(())
}
