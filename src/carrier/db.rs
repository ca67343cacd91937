//! The carrier's committed state in PostgreSQL.
//!
//! Reading it back gives what [`CarrierDisk`] became
//! record by record; a test holds the two together. What people look up is in
//! `lookup`.

mod changes;
pub mod fleet;
mod legs;
pub mod listing;
mod load;
mod lookup;
mod persist;
#[cfg(test)]
mod tests;

pub use legs::{depot, leg};
pub use lookup::{TrackedShipment, shipments_by_stage, track, track_all};

use tokio_postgres::Transaction;

use super::model::{Carrier, CarrierDisk, Record, Wanted};
use crate::{
    basis::WorldId,
    db::{Db, DbError},
    runtime::Durable,
};

impl Durable for Carrier {
    async fn load(db: &Db) -> Result<CarrierDisk, DbError> {
        load::load(db).await
    }

    async fn persist(
        tx: &Transaction<'_>,
        records: &[Record],
    ) -> Result<(), tokio_postgres::Error> {
        persist::persist(tx, records).await
    }
}

/// Why the operator's wish can not be fulfilled.
#[derive(Debug, thiserror::Error)]
pub enum WishError {
    #[error(
        "this carrier has shipments under way in world {remembered}, so it can not move to world {wanted}; start it with --world-id {remembered} until they are delivered"
    )]
    StillBusy { remembered: WorldId, wanted: WorldId },
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Notes what the operator asks for at this start, before the carrier is opened.
pub async fn note_wish(db: &Db, wanted: Wanted) -> Result<(), WishError> {
    let client = db.client().await?;
    let sql = "SELECT world, EXISTS (SELECT FROM carrier.shipments WHERE NOT is_finished)
               FROM carrier.settings";
    let row = client.query_one(sql, &[]).await.map_err(DbError::from)?;
    let (remembered, is_busy): (Option<i64>, bool) = (row.get(0), row.get(1));
    if let (Some(remembered), Some(wanted)) = (remembered.map(WorldId), wanted.world)
        && remembered != wanted
    {
        if is_busy {
            return Err(WishError::StillBusy { remembered, wanted });
        }
        let forget = "UPDATE carrier.settings SET world = NULL, world_seq_used = 0";
        client.execute(forget, &[]).await.map_err(DbError::from)?;
    }
    let trucks = i32::try_from(wanted.trucks).unwrap_or(i32::MAX);
    // Without a word of the operator's staff's last one counts.
    let note = "UPDATE carrier.settings
        SET wanted_trucks = $1, wanted_world = coalesce($2, wanted_world)";
    let world = wanted.world.map(|world| world.0);
    client.execute(note, &[&trucks, &world]).await.map_err(DbError::from)?;
    Ok(())
}
