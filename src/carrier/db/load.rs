//! Rows -> the committed state.

use tokio_postgres::Row;

use crate::{
    basis::{PackageId, Point, Seq, SimTime, TruckId, WarehouseId, WorldId},
    carrier::model::{
        CarrierDisk, Finished, ShipmentRow, ShipmentStage, Terms, TruckRow, TruckStage, Wanted,
    },
    db::{Client, Db, DbError},
};

pub(super) async fn load(db: &Db) -> Result<CarrierDisk, DbError> {
    let client = db.client().await?;
    // One moment for all tables: nobody writes but our own ledger, but readers may be many.
    let mut disk = settings(&client).await?;
    for row in client.query("SELECT * FROM carrier.trucks", &[]).await? {
        let id = (WorldId(row.get("world")), TruckId(row.get("id")));
        disk.trucks.insert(id, truck(&row)?);
    }
    for row in client.query("SELECT * FROM carrier.added_trucks", &[]).await? {
        disk.added.insert(TruckId(row.get("id")), place(&row));
    }
    for row in client.query("SELECT * FROM carrier.warehouses", &[]).await? {
        let id = (WorldId(row.get("world")), WarehouseId(row.get("id")));
        disk.warehouses.insert(id, place(&row));
    }
    let open = "SELECT * FROM carrier.shipments WHERE NOT is_finished";
    for row in client.query(open, &[]).await? {
        disk.shipments.insert(PackageId(row.get("id")), shipment(&row)?);
    }
    disk.finished = finished(&client).await?;
    Ok(disk)
}

async fn settings(client: &Client) -> Result<CarrierDisk, DbError> {
    let row = client.query_one("SELECT * FROM carrier.settings", &[]).await?;
    let trucks = u32::try_from(row.get::<_, i32>("wanted_trucks")).unwrap_or(0);
    let world = row.get::<_, Option<i64>>("wanted_world").map(WorldId);
    let mut disk = CarrierDisk::new(row.get::<_, String>("sender"), Wanted { trucks, world });
    disk.world = row.get::<_, Option<i64>>("world").map(WorldId);
    disk.world_held = row.get("world_held");
    let speed = row.get::<_, Option<i64>>("world_speed");
    disk.world_speed = speed.and_then(|speed| u32::try_from(speed).ok());
    disk.world_seq_used = Seq(row.get("world_seq_used"));
    disk.store_seq_below = Seq(row.get("store_seq_below"));
    Ok(disk)
}

fn truck(row: &Row) -> Result<TruckRow, DbError> {
    let shipment = row.get::<_, Option<i64>>("shipment").map(PackageId);
    let stage = match (row.get::<_, &str>("stage"), shipment) {
        ("idle", None) => TruckStage::Idle,
        ("to_warehouse", Some(shipment)) => TruckStage::ToWarehouse { shipment },
        ("at_warehouse", Some(shipment)) => TruckStage::AtWarehouse { shipment },
        ("delivering", Some(shipment)) => TruckStage::Delivering { shipment },
        (other, shipment) => {
            let reason = format!("stage {other} with shipment {shipment:?}");
            return Err(DbError::BadRow { table: "carrier.trucks", reason });
        }
    };
    let command = row.get::<_, Option<i64>>("command_seq").map(Seq);
    Ok(TruckRow { place: place(row), stage, command, arrival: Seq(row.get("arrival_seq")) })
}

fn shipment(row: &Row) -> Result<ShipmentRow, DbError> {
    let name: &str = row.get("stage");
    let stage = ShipmentStage::named(name).ok_or_else(|| DbError::BadRow {
        table: "carrier.shipments",
        reason: format!("stage {name} is not known"),
    })?;
    let world = row.get::<_, Option<i64>>("world").map(WorldId);
    let truck = row.get::<_, Option<i32>>("truck").map(TruckId);
    let created_at = moment(row, "created_at").unwrap_or_default();
    let since = match stage {
        ShipmentStage::Created => Some(created_at),
        ShipmentStage::Dispatched => moment(row, "dispatched_at"),
        ShipmentStage::AtWarehouse => moment(row, "arrived_at"),
        ShipmentStage::Delivering => moment(row, "delivering_at"),
        ShipmentStage::Delivered => moment(row, "delivered_at"),
    };
    Ok(ShipmentRow {
        terms: terms(row),
        stage,
        ride: world.zip(truck),
        created_at,
        since: since.unwrap_or(created_at),
        is_loaded: moment(row, "loaded_at").is_some(),
        address_seq: row.get::<_, Option<i64>>("address_seq").map(Seq),
    })
}

fn terms(row: &Row) -> Terms {
    Terms {
        warehouse: WarehouseId(row.get("warehouse")),
        destination: place(row),
        user: row.get("user_id"),
        email: row.get("email"),
        ups_account: row.get("ups_account"),
        sender: row.get("sender"),
        seq: row.get::<_, Option<i64>>("sender_seq").map(Seq),
    }
}

fn place(row: &Row) -> Point {
    Point::new(row.get("x"), row.get("y"))
}

pub(super) fn moment(row: &Row, column: &str) -> Option<SimTime> {
    let micros = row.get::<_, Option<i64>>(column)?;
    Some(SimTime::from_micros(u64::try_from(micros).unwrap_or(0)))
}

/// Ids that follow each other as one range: a few rows however many are finished.
async fn finished(client: &Client) -> Result<Finished, DbError> {
    // A store may use any id: as bigints the lowest ones would fall off the end.
    let sql = "SELECT min(id), max(id)
        FROM (SELECT id, id::numeric - row_number() OVER (ORDER BY id) AS island
              FROM carrier.shipments WHERE is_finished) AS numbered
        GROUP BY island";
    let rows = client.query(sql, &[]).await?;
    let ranges = rows.iter().map(|row| (PackageId(row.get(0)), PackageId(row.get(1))));
    Ok(Finished::of_ranges(ranges))
}
