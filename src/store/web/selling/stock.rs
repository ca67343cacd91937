//! What lies where of a listing, and what is on its way there.
//!
//! Pieces on the shelves and purchases are in the database; what of them can be promised is
//! each warehouse's to say, and the shop remembers it.

use serde::Serialize;
use tokio_postgres::Row;
use utoipa::ToSchema;

use crate::{
    basis::{ListingId, WarehouseId},
    store::web::AppState,
    web::Problem,
};

/// Warehouses that are shown at most.
const WAREHOUSES_MAX: i64 = 500;

/// Pieces of a listing in one warehouse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Level {
    #[schema(value_type = i32)]
    pub warehouse_id: WarehouseId,
    pub warehouse: String,
    /// False: it is closed, and buys only what is owed.
    pub is_open: bool,
    /// On the shelves.
    pub on_hand: i64,
    /// Of orders that are not packed yet, whether the pieces are there or have to come first.
    pub promised: i64,
    /// What can be promised; less than none where more is owed than is there.
    pub available: i64,
    /// Bought, and not there yet.
    pub on_order: i64,
}

/// The sums over all warehouses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Total {
    pub on_hand: i64,
    pub promised: i64,
    pub available: i64,
    pub on_order: i64,
}

impl Total {
    pub fn of(levels: &[Level]) -> Self {
        levels.iter().fold(Self::default(), |sum, level| Self {
            on_hand: sum.on_hand + level.on_hand,
            promised: sum.promised + level.promised,
            available: sum.available + level.available,
            on_order: sum.on_order + level.on_order,
        })
    }
}

/// A listing's stock, by warehouse.
pub async fn by_warehouse(state: &AppState, listing: ListingId) -> Result<Vec<Level>, Problem> {
    let client = state.db.client().await?;
    let select = "SELECT w.id, w.name, coalesce(s.on_hand, 0), coalesce(o.pieces, 0), w.active
        FROM store.warehouses w
        LEFT JOIN store.stock s ON s.warehouse_id = w.id AND s.listing_id = $1
        LEFT JOIN (SELECT p.warehouse_id, sum(i.quantity) AS pieces
            FROM store.purchase_items i JOIN store.purchases p
                ON p.warehouse_id = i.warehouse_id AND p.id = i.purchase_id
            WHERE i.listing_id = $1 AND p.arrived_us IS NULL GROUP BY p.warehouse_id) o
            ON o.warehouse_id = w.id
        ORDER BY w.id LIMIT $2";
    let statement = client.prepare_cached(select).await?;
    let rows = client.query(&statement, &[&listing.0, &WAREHOUSES_MAX]).await?;
    let known = state.shop.levels(listing);
    let level = |row: &Row| {
        let (warehouse_id, on_hand) = (WarehouseId(row.get(0)), row.get(2));
        // A warehouse that has said nothing has promised nothing.
        let available = known.get(&warehouse_id).copied().unwrap_or(on_hand);
        Level {
            warehouse_id,
            warehouse: row.get(1),
            is_open: row.get(4),
            on_hand,
            promised: (on_hand - available).max(0),
            available,
            on_order: row.get(3),
        }
    };
    Ok(rows.iter().map(level).collect())
}

/// Whether nothing is left, or a warehouse that has had it has less than the level.
pub fn is_low(state: &AppState, listing: ListingId, level: i32) -> bool {
    let levels = state.shop.levels(listing);
    let left: i64 = levels.values().map(|level| (*level).max(0)).sum();
    left == 0 || levels.values().any(|available| *available < i64::from(level))
}
