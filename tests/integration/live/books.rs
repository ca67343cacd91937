//! What store, carrier and world wrote down, and whether it adds up.

use std::collections::BTreeMap;

use waybill::{
    basis::{ProductId, SimTime, WarehouseId},
    db::Db,
    runtime::{Durable as _, Outbox, Party as _},
    world::model::{Residents, Simulation, WorldParty},
};

/// Read when nobody writes any more.
pub struct Books {
    orders: i64,
    keys: i64,
    undelivered: i64,
    /// Orders whose packages do not hold exactly what was ordered.
    misfilled: i64,
    /// Shelves on which something other lies than what arrived less what was packed.
    miscounted: Vec<String>,
    /// Packages that the carrier does not know as delivered, and shipments of no package.
    unmatched: i64,
    packages: i64,
    shelves: BTreeMap<(WarehouseId, ProductId), i64>,
    /// Bought, and not known to have arrived.
    under_way: BTreeMap<(WarehouseId, ProductId), i64>,
    world: BTreeMap<(WarehouseId, ProductId), i64>,
}

impl Books {
    pub async fn read(db: &Db) -> Self {
        let shelves = by_product(db, SHELVES).await;
        let under_way = by_product(db, UNDER_WAY).await;
        let world = world_stock(db, &shelves).await;
        Self {
            orders: number(db, "SELECT count(*) FROM store.orders").await,
            keys: number(db, "SELECT count(DISTINCT idempotency_key) FROM store.orders").await,
            undelivered: number(
                db,
                "SELECT count(*) FROM store.packages WHERE status <> 'delivered'",
            )
            .await,
            misfilled: number(db, MISFILLED).await,
            miscounted: texts(db, MISCOUNTED).await,
            unmatched: number(db, UNMATCHED).await,
            packages: number(db, "SELECT count(*) FROM store.packages").await,
            shelves,
            under_way,
            world,
        }
    }

    /// What the world showed of its packages at the end.
    pub fn agree_with(&self, seen: &BTreeMap<String, u64>) {
        let delivered = seen.get("delivered").copied().unwrap_or_default();
        assert_eq!(i64::try_from(delivered).unwrap(), self.packages, "packages in the world");
        assert_eq!(seen.values().sum::<u64>(), delivered, "packages still under way: {seen:?}");
    }

    pub fn balance(&self, orders: usize) {
        let orders = i64::try_from(orders).unwrap();
        assert_eq!((self.orders, self.keys), (orders, orders), "orders and their keys");
        assert!(self.packages >= orders, "{} packages of {orders} orders", self.packages);
        assert_eq!(self.undelivered, 0, "packages that were not delivered");
        assert_eq!(self.misfilled, 0, "orders that got something else");
        assert_eq!(self.unmatched, 0, "packages without their one delivered shipment");
        assert_eq!(self.miscounted, Vec::<String>::new());
        for (place, on_hand) in &self.shelves {
            let in_world = self.world.get(place).copied().unwrap_or_default();
            let coming = self.under_way.get(place).copied().unwrap_or_default();
            let arrived_unseen = in_world - on_hand;
            assert!(
                (0..=coming).contains(&arrived_unseen),
                "{place:?}: {on_hand} on the store's shelf, {in_world} in the world, {coming} coming"
            );
        }
        assert!(self.world.values().sum::<i64>() > 0, "the world has no stock at all");
    }
}

const SHELVES: &str = "
    SELECT s.warehouse_id, l.product_id, sum(s.on_hand)::bigint
    FROM store.stock s JOIN store.listings l ON l.id = s.listing_id GROUP BY 1, 2";

const UNDER_WAY: &str = "
    SELECT i.warehouse_id, l.product_id, sum(i.quantity)::bigint
    FROM store.purchases p
    JOIN store.purchase_items i ON i.warehouse_id = p.warehouse_id AND i.purchase_id = p.id
    JOIN store.listings l ON l.id = i.listing_id
    WHERE p.arrived_us IS NULL GROUP BY 1, 2";

const MISFILLED: &str = "
    WITH ordered AS (SELECT order_id, listing_id, quantity::bigint FROM store.order_items),
    packed AS (
        SELECT p.order_id, i.listing_id, sum(i.quantity)::bigint AS quantity
        FROM store.packages p JOIN store.package_items i ON i.package_id = p.id GROUP BY 1, 2)
    SELECT count(*) FROM (
        (TABLE ordered EXCEPT TABLE packed) UNION ALL (TABLE packed EXCEPT TABLE ordered)) d";

const MISCOUNTED: &str = "
    WITH moves AS (
        SELECT i.warehouse_id, i.listing_id, i.quantity::bigint AS quantity
        FROM store.purchases p
        JOIN store.purchase_items i ON i.warehouse_id = p.warehouse_id AND i.purchase_id = p.id
        WHERE p.arrived_us IS NOT NULL
        UNION ALL
        SELECT p.warehouse_id, i.listing_id, -i.quantity::bigint
        FROM store.packages p JOIN store.package_items i ON i.package_id = p.id
        WHERE p.packed_us IS NOT NULL
        UNION ALL
        SELECT warehouse_id, listing_id, -on_hand FROM store.stock)
    SELECT format('warehouse %s, listing %s: %s too many', warehouse_id, listing_id, sum(quantity))
    FROM moves GROUP BY warehouse_id, listing_id HAVING sum(quantity) <> 0";

const UNMATCHED: &str = "
    SELECT count(*) FROM store.packages p
    FULL JOIN carrier.shipments s ON s.id = p.id
    WHERE p.id IS NULL OR s.id IS NULL OR s.stage <> 'delivered'";

async fn number(db: &Db, sql: &str) -> i64 {
    db.client().await.unwrap().query_one(sql, &[]).await.unwrap().get(0)
}

async fn texts(db: &Db, sql: &str) -> Vec<String> {
    let rows = db.client().await.unwrap().query(sql, &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

async fn by_product(db: &Db, sql: &str) -> BTreeMap<(WarehouseId, ProductId), i64> {
    let rows = db.client().await.unwrap().query(sql, &[]).await.unwrap();
    let place = |row: &tokio_postgres::Row| (WarehouseId(row.get(0)), ProductId(row.get(1)));
    rows.iter().map(|row| (place(row), row.get(2))).collect()
}

/// The stock of the one world there is, by replaying its log.
async fn world_stock(
    db: &Db,
    places: &BTreeMap<(WarehouseId, ProductId), i64>,
) -> BTreeMap<(WarehouseId, ProductId), i64> {
    let disk = WorldParty::load(db).await.unwrap();
    let last = SimTime::ZERO + disk.last_time().since(SimTime::ZERO);
    let residents = WorldParty::restore(disk, last, &mut Outbox::new());
    let worlds: Vec<&Simulation> = residents
        .iter()
        .filter_map(|(_, resident)| match resident {
            Residents::World(world) => Some(world.simulation()),
            Residents::Directory(_) | Residents::Connection(_) => None,
        })
        .collect();
    assert_eq!(worlds.len(), 1, "worlds");
    let stock = |place: &(WarehouseId, ProductId)| worlds[0].stock(place.0, place.1).unwrap_or(0);
    places.keys().map(|place| (*place, stock(place))).collect()
}
