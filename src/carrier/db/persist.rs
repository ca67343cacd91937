//! Records -> rows: a statement a table at most, whatever the batch's size.
//!
//! All of them are sent before the first answer is waited for.

use futures_util::future::try_join_all;
use tokio_postgres::{
    Error, Transaction,
    types::{ToSql, Type},
};

use super::changes::{Changes, SettingsChange};
use crate::{
    basis::{Point, Seq, SimTime, WorldId},
    carrier::model::{Record, tracking_number},
};

/// Values of one column of a batch, in the order of its rows.
type Column = (Box<dyn ToSql + Sync + Send>, Type);

pub(super) async fn persist(tx: &Transaction<'_>, records: &[Record]) -> Result<(), Error> {
    let changes = Changes::of(records);
    // In this order: a shipment of this batch is there before it changes.
    let work = [
        (INSERT_SHIPMENTS, (!changes.accepted.is_empty()).then(|| accepted(&changes))),
        (UPDATE_SHIPMENTS, (!changes.shipments.is_empty()).then(|| shipments(&changes))),
        (INSERT_TRUCKS, (!changes.joined.is_empty()).then(|| joined(&changes))),
        (ADD_TRUCKS, (!changes.added.is_empty()).then(|| added(&changes))),
        (FREE_TRUCKS, (!changes.freed.is_empty()).then(|| freed(&changes))),
        (UPDATE_TRUCKS, (!changes.trucks.is_empty()).then(|| trucks(&changes))),
        (UPSERT_WAREHOUSES, (!changes.places.is_empty()).then(|| places(&changes))),
        (UPDATE_SETTINGS, settings(&changes.settings)),
    ];
    let running = work.into_iter().filter_map(|(sql, columns)| Some((sql, columns?)));
    try_join_all(running.map(|(sql, columns)| execute(tx, sql, columns))).await?;
    Ok(())
}

async fn execute(tx: &Transaction<'_>, sql: &str, columns: Vec<Column>) -> Result<u64, Error> {
    let params: Vec<(&(dyn ToSql + Sync), Type)> = columns
        .iter()
        .map(|(column, kind)| (&**column as &(dyn ToSql + Sync), kind.clone()))
        .collect();
    tx.execute_typed(sql, &params).await
}

const INSERT_SHIPMENTS: &str = "
    INSERT INTO carrier.shipments
        (id, tracking_number, stage, warehouse, x, y, user_id, email, ups_account, sender,
         sender_seq, created_at)
    SELECT id, tracking_number, 'created', warehouse, x, y, user_id, email, ups_account, sender,
           sender_seq, created_at
    FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        AS new (id, tracking_number, warehouse, x, y, user_id, email, ups_account, sender,
                sender_seq, created_at)";

fn accepted(changes: &Changes<'_>) -> Vec<Column> {
    let rows = || changes.accepted.iter().map(|(id, (terms, at))| (id, *terms, at));
    vec![
        longs(rows().map(|(id, ..)| id.0)),
        texts(rows().map(|(id, ..)| Some(tracking_number(*id)))),
        ints(rows().map(|(_, terms, _)| terms.warehouse.0)),
        ints(rows().map(|(_, terms, _)| terms.destination.x)),
        ints(rows().map(|(_, terms, _)| terms.destination.y)),
        longs(rows().map(|(_, terms, _)| terms.user)),
        texts(rows().map(|(_, terms, _)| Some(terms.email.clone()))),
        texts(rows().map(|(_, terms, _)| terms.ups_account.clone())),
        texts(rows().map(|(_, terms, _)| terms.sender.clone())),
        longs(rows().map(|(_, terms, _)| number(terms.seq))),
        longs(rows().map(|(_, _, at)| micros(*at))),
    ]
}

const UPDATE_SHIPMENTS: &str = "
    UPDATE carrier.shipments AS old
    SET stage = coalesce(new.stage, old.stage),
        is_finished = old.is_finished OR new.is_finished,
        x = coalesce(new.x, old.x),
        y = coalesce(new.y, old.y),
        address_seq = coalesce(new.address_seq, old.address_seq),
        world = coalesce(new.world, old.world),
        truck = coalesce(new.truck, old.truck),
        dispatched_at = coalesce(new.dispatched_at, old.dispatched_at),
        arrived_at = coalesce(new.arrived_at, old.arrived_at),
        loaded_at = coalesce(new.loaded_at, old.loaded_at),
        delivering_at = coalesce(new.delivering_at, old.delivering_at),
        delivered_at = coalesce(new.delivered_at, old.delivered_at)
    FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        AS new (id, stage, is_finished, x, y, address_seq, world, truck, dispatched_at, arrived_at,
                loaded_at, delivering_at, delivered_at)
    WHERE old.id = new.id";

fn shipments(changes: &Changes<'_>) -> Vec<Column> {
    let rows = || changes.shipments.values();
    vec![
        longs(changes.shipments.keys().map(|id| id.0)),
        texts(rows().map(|row| row.stage.map(|stage| stage.name().to_owned()))),
        flags(rows().map(|row| row.is_finished)),
        ints(rows().map(|row| x(row.destination))),
        ints(rows().map(|row| y(row.destination))),
        longs(rows().map(|row| number(row.address_seq))),
        longs(rows().map(|row| row.ride.map(|(world, _)| world.0))),
        ints(rows().map(|row| row.ride.map(|(_, truck)| truck.0))),
        longs(rows().map(|row| row.dispatched_at.map(micros))),
        longs(rows().map(|row| row.arrived_at.map(micros))),
        longs(rows().map(|row| row.loaded_at.map(micros))),
        longs(rows().map(|row| row.delivering_at.map(micros))),
        longs(rows().map(|row| row.delivered_at.map(micros))),
    ]
}

const INSERT_TRUCKS: &str = "
    INSERT INTO carrier.trucks (world, id, x, y)
    SELECT * FROM unnest($1, $2, $3, $4)
    ON CONFLICT DO NOTHING";

fn joined(changes: &Changes<'_>) -> Vec<Column> {
    let rows = || changes.joined.iter();
    vec![
        longs(rows().map(|((world, _), _)| world.0)),
        ints(rows().map(|((_, truck), _)| truck.0)),
        ints(rows().map(|(_, place)| place.x)),
        ints(rows().map(|(_, place)| place.y)),
    ]
}

const ADD_TRUCKS: &str = "
    INSERT INTO carrier.added_trucks AS old (id, x, y)
    SELECT * FROM unnest($1, $2, $3)
    ON CONFLICT (id) DO UPDATE SET x = excluded.x, y = excluded.y";

fn added(changes: &Changes<'_>) -> Vec<Column> {
    let rows = || changes.added.iter();
    vec![
        ints(rows().map(|(truck, _)| truck.0)),
        ints(rows().map(|(_, place)| place.x)),
        ints(rows().map(|(_, place)| place.y)),
    ]
}

/// A shipment is on one truck at a time, also while a statement moves it.
const FREE_TRUCKS: &str = "
    UPDATE carrier.trucks AS old
    SET stage = 'idle', shipment = NULL, command_seq = NULL
    FROM unnest($1, $2) AS freed (world, id)
    WHERE old.world = freed.world AND old.id = freed.id";

fn freed(changes: &Changes<'_>) -> Vec<Column> {
    vec![
        longs(changes.freed.iter().map(|(world, _)| world.0)),
        ints(changes.freed.iter().map(|(_, truck)| truck.0)),
    ]
}

const UPDATE_TRUCKS: &str = "
    UPDATE carrier.trucks AS old
    SET stage = coalesce(new.stage, old.stage),
        shipment = CASE WHEN new.stage IS NULL THEN old.shipment ELSE new.shipment END,
        x = coalesce(new.x, old.x),
        y = coalesce(new.y, old.y),
        command_seq = CASE WHEN new.is_commanded THEN new.command_seq ELSE old.command_seq END,
        arrival_seq = coalesce(new.arrival_seq, old.arrival_seq)
    FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)
        AS new (world, id, stage, shipment, x, y, is_commanded, command_seq, arrival_seq)
    WHERE old.world = new.world AND old.id = new.id";

fn trucks(changes: &Changes<'_>) -> Vec<Column> {
    let rows = || changes.trucks.values();
    let shipment = |(_, shipment): (&str, Option<crate::basis::PackageId>)| shipment;
    vec![
        longs(changes.trucks.keys().map(|(world, _)| world.0)),
        ints(changes.trucks.keys().map(|(_, truck)| truck.0)),
        texts(rows().map(|row| row.stage.map(|(name, _)| name.to_owned()))),
        longs(rows().map(|row| row.stage.and_then(shipment).map(|shipment| shipment.0))),
        ints(rows().map(|row| x(row.place))),
        ints(rows().map(|row| y(row.place))),
        flags(rows().map(|row| row.command.is_some())),
        longs(rows().map(|row| number(row.command.flatten()))),
        longs(rows().map(|row| number(row.arrival))),
    ]
}

const UPSERT_WAREHOUSES: &str = "
    INSERT INTO carrier.warehouses AS old (world, id, x, y)
    SELECT * FROM unnest($1, $2, $3, $4)
    ON CONFLICT (world, id) DO UPDATE SET x = excluded.x, y = excluded.y
    WHERE (old.x, old.y) IS DISTINCT FROM (excluded.x, excluded.y)";

fn places(changes: &Changes<'_>) -> Vec<Column> {
    let rows = || changes.places.iter();
    vec![
        longs(rows().map(|((world, _), _)| world.0)),
        ints(rows().map(|((_, warehouse), _)| warehouse.0)),
        ints(rows().map(|(_, place)| place.x)),
        ints(rows().map(|(_, place)| place.y)),
    ]
}

const UPDATE_SETTINGS: &str = "
    UPDATE carrier.settings
    SET world = CASE WHEN $1 THEN $2 ELSE world END,
        wanted_world = CASE WHEN $3 THEN $4 ELSE wanted_world END,
        world_held = coalesce($5, world_held),
        world_speed = CASE WHEN $6 THEN $7 ELSE world_speed END,
        world_seq_used = greatest($8, world_seq_used),
        store_seq_below = greatest($9, store_seq_below)";

fn settings(change: &SettingsChange) -> Option<Vec<Column>> {
    let long = |value: Option<i64>| -> Column { (Box::new(value), Type::INT8) };
    let flag = |value: Option<bool>| -> Column { (Box::new(value), Type::BOOL) };
    let world = |change: Option<Option<WorldId>>| change.flatten().map(|world| world.0);
    (*change != SettingsChange::default()).then(|| {
        vec![
            flag(Some(change.world.is_some())),
            long(world(change.world)),
            flag(Some(change.next_world.is_some())),
            long(world(change.next_world)),
            flag(change.world_held),
            flag(Some(change.world_speed.is_some())),
            long(change.world_speed.flatten().map(i64::from)),
            long(number(change.world_seq_used)),
            long(number(change.store_seq_below)),
        ]
    })
}

fn longs(values: impl Iterator<Item = impl Into<Option<i64>>>) -> Column {
    let values: Vec<Option<i64>> = values.map(Into::into).collect();
    (Box::new(values), Type::INT8_ARRAY)
}

fn ints(values: impl Iterator<Item = impl Into<Option<i32>>>) -> Column {
    let values: Vec<Option<i32>> = values.map(Into::into).collect();
    (Box::new(values), Type::INT4_ARRAY)
}

fn texts(values: impl Iterator<Item = Option<String>>) -> Column {
    (Box::new(values.collect::<Vec<_>>()), Type::TEXT_ARRAY)
}

fn flags(values: impl Iterator<Item = bool>) -> Column {
    (Box::new(values.collect::<Vec<_>>()), Type::BOOL_ARRAY)
}

fn number(seq: Option<Seq>) -> Option<i64> {
    seq.map(|seq| seq.0)
}

fn x(place: Option<Point>) -> Option<i32> {
    place.map(|place| place.x)
}

fn y(place: Option<Point>) -> Option<i32> {
    place.map(|place| place.y)
}

fn micros(at: SimTime) -> i64 {
    i64::try_from(at.micros()).unwrap_or(i64::MAX)
}
