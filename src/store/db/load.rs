//! The committed state from the tables, as the models need it to go on.
//!
//! Read on one connection, one query a table; delivered packages and old orders stay where they are.

use std::time::Duration;

use tokio_postgres::Row;

use crate::{
    basis::{
        AccountId, Cents, ListingId, OrderId, PackageId, Point, ProductId, PurchaseId, Seq,
        SimTime, TruckId, WarehouseId, WorldId,
    },
    db::{Client, Db, DbError},
    store::model::{
        Catalog, Line, Listing, PackageStatus, Site, StoreDisk,
        disk::{ARRIVALS_MAX, KEYS_MAX, KeyRow, PackageRow, PurchaseRow},
        letters::Plan,
        records::Moment,
    },
};

pub(super) async fn load(db: &Db) -> Result<StoreDisk, DbError> {
    let client = db.client().await?;
    let mut disk = StoreDisk::default();
    settings(&client, &mut disk).await?;
    catalog(&client, &mut disk).await?;
    warehouses(&client, &mut disk).await?;
    purchases(&client, &mut disk).await?;
    orders(&client, &mut disk).await?;
    packages(&client, &mut disk).await?;
    Ok(disk)
}

async fn settings(client: &Client, disk: &mut StoreDisk) -> Result<(), DbError> {
    let sql = "SELECT sender, world_id, world_held, world_speed, world_seq, carrier_seq,
             pack_after_ms FROM store.settings";
    let row = client.query_one(sql, &[]).await?;
    disk.sender = row.get("sender");
    disk.world = row.get::<_, Option<i64>>("world_id").map(WorldId);
    disk.world_held = row.get("world_held");
    let speed: Option<i64> = row.get("world_speed");
    disk.world_speed = speed.and_then(|speed| u32::try_from(speed).ok());
    disk.world_seq = Seq(row.get("world_seq"));
    disk.carrier_seq = Seq(row.get("carrier_seq"));
    let pack_after_ms = u64::try_from(row.get::<_, i64>("pack_after_ms")).unwrap_or(0);
    disk.pack_after = Duration::from_millis(pack_after_ms);
    let sql = "SELECT world_id, warehouse_id FROM store.world_warehouses";
    let rows = client.query(sql, &[]).await?;
    let pair = |row: &Row| (WorldId(row.get(0)), WarehouseId(row.get(1)));
    disk.registered = rows.iter().map(pair).collect();
    Ok(())
}

/// Where warehouses do not buy by themselves, they buy what they owe.
const LISTINGS: &str = "SELECT l.id, l.product_id, p.name, l.price_cents, l.active,
         CASE WHEN l.reorder THEN l.reorder_level ELSE 0 END AS reorder_level,
         CASE WHEN l.reorder THEN l.reorder_target ELSE 0 END AS reorder_target
     FROM store.listings l JOIN store.products p ON p.id = l.product_id";

/// One listing as it is committed, for models that run.
pub(in crate::store) async fn one_listing(
    db: &Db,
    id: ListingId,
) -> Result<Option<Listing>, DbError> {
    let client = db.client().await?;
    let select = format!("{LISTINGS} WHERE l.id = $1");
    let statement = client.prepare_cached(&select).await.map_err(DbError::from)?;
    let row = client.query_opt(&statement, &[&id.0]).await?;
    row.as_ref().map(listing).transpose()
}

async fn catalog(client: &Client, disk: &mut StoreDisk) -> Result<(), DbError> {
    let rows = client.query(LISTINGS, &[]).await?;
    disk.catalog = rows.iter().map(listing).collect::<Result<Catalog, DbError>>()?;
    Ok(())
}

fn listing(row: &Row) -> Result<Listing, DbError> {
    Ok(Listing {
        id: ListingId(row.get("id")),
        product: ProductId(row.get("product_id")),
        name: row.get("name"),
        price: Cents(row.get("price_cents")),
        active: row.get("active"),
        reorder_level: natural(row.get("reorder_level"), "store.listings")?,
        reorder_target: natural(row.get("reorder_target"), "store.listings")?,
    })
}

async fn warehouses(client: &Client, disk: &mut StoreDisk) -> Result<(), DbError> {
    for row in client.query("SELECT id, x, y, truck_id, active FROM store.warehouses", &[]).await? {
        let id = WarehouseId(row.get("id"));
        let at = Point::new(row.get("x"), row.get("y"));
        disk.sites.insert(id, Site { id, at, active: row.get("active") });
        if let Some(truck) = row.get::<_, Option<i32>>("truck_id") {
            disk.trucks.insert(id, TruckId(truck));
        }
    }
    let sql = "SELECT warehouse_id, listing_id, on_hand FROM store.stock";
    for row in client.query(sql, &[]).await? {
        let key = (WarehouseId(row.get(0)), ListingId(row.get(1)));
        disk.stock.insert(key, row.get(2));
    }
    Ok(())
}

async fn purchases(client: &Client, disk: &mut StoreDisk) -> Result<(), DbError> {
    let sql = "SELECT p.warehouse_id, p.id, p.seq,
             array_agg(i.listing_id ORDER BY i.listing_id) AS listings,
             array_agg(i.quantity ORDER BY i.listing_id) AS quantities
         FROM store.purchases p
         JOIN store.purchase_items i ON (i.warehouse_id, i.purchase_id) = (p.warehouse_id, p.id)
         WHERE p.arrived_us IS NULL GROUP BY p.warehouse_id, p.id";
    for row in client.query(sql, &[]).await? {
        let key = (WarehouseId(row.get("warehouse_id")), PurchaseId(row.get("id")));
        let lines = lines(&row, "store.purchase_items")?;
        disk.purchases.insert(key, PurchaseRow { lines, seq: Seq(row.get("seq")) });
    }
    let sql = "SELECT warehouse_id, max(id) FROM store.purchases GROUP BY warehouse_id";
    for row in client.query(sql, &[]).await? {
        disk.purchase_last.insert(WarehouseId(row.get(0)), PurchaseId(row.get(1)));
    }
    let sql = "SELECT arrived_seq FROM store.purchases
         WHERE arrived_seq IS NOT NULL AND arrived_world IS NOT DISTINCT FROM $1
         ORDER BY arrived_seq DESC LIMIT $2";
    let world = disk.world.map(|world| world.0);
    let rows = client.query(sql, &[&world, &limit(ARRIVALS_MAX)]).await?;
    disk.arrivals = rows.iter().map(|row| Seq(row.get(0))).collect();
    Ok(())
}

async fn orders(client: &Client, disk: &mut StoreDisk) -> Result<(), DbError> {
    let sql = "SELECT id, account_id, idempotency_key, body_hash FROM store.orders
         ORDER BY id DESC LIMIT $1";
    for row in client.query(sql, &[&limit(KEYS_MAX)]).await? {
        let body_hash: &[u8] = row.get("body_hash");
        let body_hash = body_hash.try_into().map_err(|_| DbError::BadRow {
            table: "store.orders",
            reason: format!("a body_hash of {} bytes instead of 32", body_hash.len()),
        })?;
        let (account, order) = (AccountId(row.get("account_id")), OrderId(row.get("id")));
        let key = row.get("idempotency_key");
        disk.keys.push_front(KeyRow { account, key, order, body_hash });
    }
    disk.order_last = disk.keys.back().map_or(OrderId(0), |row| row.order);
    let sql = "SELECT coalesce(max(id), 0) FROM store.packages";
    disk.package_last = PackageId(client.query_one(sql, &[]).await?.get(0));
    Ok(())
}

async fn packages(client: &Client, disk: &mut StoreDisk) -> Result<(), DbError> {
    let sql = "SELECT p.*, o.account_id, o.email, o.carrier_account,
             coalesce(p.destination_x, o.destination_x) AS x,
             coalesce(p.destination_y, o.destination_y) AS y,
             i.listings, i.quantities
         FROM store.packages p
         JOIN store.orders o ON o.id = p.order_id
         CROSS JOIN LATERAL (
             SELECT array_agg(listing_id ORDER BY listing_id) AS listings,
                 array_agg(quantity ORDER BY listing_id) AS quantities
             FROM store.package_items WHERE package_id = p.id) i
         WHERE p.status NOT IN ('delivered', 'cancelled')";
    for row in client.query(sql, &[]).await? {
        let package = package(&row, disk)?;
        disk.packages.insert(PackageId(row.get("id")), package);
    }
    Ok(())
}

fn package(row: &Row, disk: &StoreDisk) -> Result<PackageRow, DbError> {
    let lines = lines(row, "store.package_items")?;
    let plan = Plan {
        order: OrderId(row.get("order_id")),
        account: AccountId(row.get("account_id")),
        email: row.get("email"),
        carrier_account: row.get("carrier_account"),
        destination: Point::new(row.get("x"), row.get("y")),
        warehouse: WarehouseId(row.get("warehouse_id")),
        things: disk.catalog.things(&lines),
        lines,
        granted: row.get("granted"),
        pack_after: disk.pack_after,
    };
    let word: &str = row.get("status");
    let status = PackageStatus::parse(word).ok_or_else(|| DbError::BadRow {
        table: "store.packages",
        reason: format!("{word} is no status"),
    })?;
    Ok(PackageRow {
        plan,
        status,
        pack_seq: Seq(row.get("pack_seq")),
        load_seq: Seq(row.get("load_seq")),
        announce_seq: Seq(row.get("announce_seq")),
        loaded_seq: Seq(row.get("loaded_seq")),
        announced: row.get("announced"),
        truck_here: row.get("truck_here"),
        tracking_number: row.get("tracking_number"),
        truck: row.get::<_, Option<i32>>("truck_id").map(TruckId),
        redirect: point(row, "redirect_x", "redirect_y"),
        redirect_seq: Seq(row.get("redirect_seq")),
        redirect_next: point(row, "redirect_next_x", "redirect_next_y"),
        created_at: time(row.get("created_us")),
        times: times(row),
    })
}

fn point(row: &Row, x: &str, y: &str) -> Option<Point> {
    let (x, y): (Option<i32>, Option<i32>) = (row.get(x), row.get(y));
    Some(Point::new(x?, y?))
}

fn times(row: &Row) -> [Option<SimTime>; Moment::COUNT] {
    // In the order of `Moment`.
    const COLUMNS: [&str; Moment::COUNT] = [
        "granted_us",
        "packing_us",
        "packed_us",
        "truck_dispatched_us",
        "truck_arrived_us",
        "loading_us",
        "loaded_us",
        "delivering_us",
        "delivered_us",
        "cancelled_us",
    ];
    COLUMNS.map(|column| row.get::<_, Option<i64>>(column).map(time))
}

fn lines(row: &Row, table: &'static str) -> Result<Vec<Line>, DbError> {
    let listings: Option<Vec<i64>> = row.get("listings");
    let quantities: Option<Vec<i32>> = row.get("quantities");
    let pairs = listings.unwrap_or_default().into_iter().zip(quantities.unwrap_or_default());
    pairs
        .map(|(listing, quantity)| Ok(Line::new(ListingId(listing), natural(quantity, table)?)))
        .collect()
}

fn natural(value: i32, table: &'static str) -> Result<u32, DbError> {
    let reason = format!("{value} is negative");
    u32::try_from(value).map_err(|_| DbError::BadRow { table, reason })
}

fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

fn time(micros: i64) -> SimTime {
    SimTime::from_micros(u64::try_from(micros).unwrap_or(0))
}
