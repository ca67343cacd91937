//! Where the store's warehouses are, by name.
//!
//! What is in them is the shop's to tell.

use std::collections::BTreeMap;

use crate::{
    basis::{Point, WarehouseId},
    store::web::AppState,
    web::Problem,
};

/// No map takes more.
const DEPOTS_MAX: i64 = 1_000;

/// A warehouse as people know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Depot {
    pub id: WarehouseId,
    pub name: String,
    pub at: Point,
    /// Takes new orders.
    pub active: bool,
}

/// All of them, by id.
pub async fn all(state: &AppState) -> Result<BTreeMap<WarehouseId, Depot>, Problem> {
    let client = state.db.client().await?;
    let select = "SELECT id, name, x, y, active FROM store.warehouses ORDER BY id LIMIT $1";
    let statement = client.prepare_cached(select).await?;
    let rows = client.query(&statement, &[&DEPOTS_MAX]).await?;
    let depot = |row: &tokio_postgres::Row| {
        let id = WarehouseId(row.get(0));
        (
            id,
            Depot {
                id,
                name: row.get(1),
                at: Point::new(row.get(2), row.get(3)),
                active: row.get(4),
            },
        )
    };
    Ok(rows.iter().map(depot).collect())
}
