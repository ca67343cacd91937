//! The store's tables: what is committed, read back; records, written.
//!
//! What the web front keeps (accounts, tokens, descriptions) is its own affair.

mod batch;
mod census;
mod load;
mod lookup;
mod write;

#[cfg(test)]
mod tests;

use tokio_postgres::Transaction;

use self::batch::Batch;
pub(super) use self::{
    census::Census,
    load::one_listing,
    lookup::{details, note_pack_after, packages_of, tracked_of},
};
use super::model::{Record, Store, StoreDisk};
use crate::{
    db::{Db, DbError},
    runtime::Durable,
};

impl Durable for Store {
    async fn load(db: &Db) -> Result<StoreDisk, DbError> {
        load::load(db).await
    }

    async fn persist(
        tx: &Transaction<'_>,
        records: &[Record],
    ) -> Result<(), tokio_postgres::Error> {
        for batch in Batch::fold(records) {
            write::write(tx, &batch).await?;
        }
        Ok(())
    }
}
