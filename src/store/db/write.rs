//! A batch into the tables: a few statements over arrays, sent without waiting
//! for one another.
//!
//! First what is new, then what changes, because the new may change at once.

use futures_util::future::try_join_all;
use tokio_postgres::{
    Error, Transaction,
    types::{ToSql, Type},
};

use super::batch::Batch;
use crate::{
    basis::{Point, SimTime, WorldId},
    store::model::records::Moment,
};

/// A statement and its arrays.
struct Write {
    sql: &'static str,
    columns: Vec<(Box<dyn ToSql + Sync + Send>, Type)>,
}

pub(super) async fn write(tx: &Transaction<'_>, batch: &Batch<'_>) -> Result<(), Error> {
    run(tx, inserts(batch)).await?;
    run(tx, updates(batch)).await?;
    match batch.world {
        Some(world) => run(tx, choose_world(world)).await,
        None => Ok(()),
    }
}

/// Sends all of them before it waits for the first answer; the server keeps the order.
async fn run(tx: &Transaction<'_>, writes: Vec<Write>) -> Result<(), Error> {
    let execute = |write: Write| async move {
        let columns = write.columns.iter();
        let columns: Vec<(&(dyn ToSql + Sync), Type)> =
            columns.map(|(values, of)| (&**values as &(dyn ToSql + Sync), of.clone())).collect();
        tx.execute_typed(write.sql, &columns).await
    };
    try_join_all(writes.into_iter().map(execute)).await?;
    Ok(())
}

fn inserts(batch: &Batch<'_>) -> Vec<Write> {
    let mut writes = Vec::new();
    if !batch.orders.is_empty() {
        writes.extend([orders(batch), order_items(batch), packages(batch), package_items(batch)]);
    }
    if !batch.purchases.is_empty() {
        writes.extend([purchases(batch), purchase_items(batch)]);
    }
    if !batch.registered.is_empty() {
        let warehouses = &batch.registered;
        writes.push(Write::new(
            "INSERT INTO store.world_warehouses (world_id, warehouse_id, was_there)
             SELECT * FROM unnest($1, $2, $3) ON CONFLICT DO NOTHING",
            [
                int8(warehouses.iter().map(|(world, ..)| world.0)),
                int4(warehouses.iter().map(|(_, warehouse, _)| warehouse.0)),
                boolean(warehouses.iter().map(|(.., was_there)| Some(*was_there))),
            ],
        ));
    }
    writes
}

fn updates(batch: &Batch<'_>) -> Vec<Write> {
    let mut writes = Vec::new();
    if !batch.patches.is_empty() {
        writes.push(patches(batch));
    }
    if batch.patches.values().any(|patch| !patch.redirection.is_empty()) {
        writes.push(redirections(batch));
    }
    if !batch.purchase_seqs.is_empty() {
        writes.push(Write::new(
            "UPDATE store.purchases p SET seq = u.seq
             FROM unnest($1, $2, $3) AS u (warehouse_id, id, seq)
             WHERE (p.warehouse_id, p.id) = (u.warehouse_id, u.id)",
            [
                int4(batch.purchase_seqs.keys().map(|(warehouse, _)| warehouse.0)),
                int8(batch.purchase_seqs.keys().map(|(_, purchase)| purchase.0)),
                int8(batch.purchase_seqs.values().map(|seq| seq.0)),
            ],
        ));
    }
    if !batch.arrivals.is_empty() {
        writes.push(arrivals(batch));
    }
    if !batch.stock.is_empty() {
        writes.push(Write::new(
            "INSERT INTO store.stock AS s (warehouse_id, listing_id, on_hand)
             SELECT * FROM unnest($1, $2, $3)
             ON CONFLICT (warehouse_id, listing_id) DO UPDATE SET on_hand = s.on_hand + excluded.on_hand",
            [
                int4(batch.stock.keys().map(|(warehouse, _)| warehouse.0)),
                int8(batch.stock.keys().map(|(_, listing)| listing.0)),
                int8(batch.stock.values().copied()),
            ],
        ));
    }
    if !batch.trucks.is_empty() {
        writes.push(Write::new(
            "UPDATE store.warehouses w SET truck_id = u.truck_id
             FROM unnest($1, $2) AS u (id, truck_id) WHERE w.id = u.id",
            [
                int4(batch.trucks.keys().map(|warehouse| warehouse.0)),
                int4(batch.trucks.values().map(|truck| truck.0)),
            ],
        ));
    }
    if batch.world_seq.is_some() || batch.carrier_seq.is_some() {
        let seq = |seq: Option<crate::basis::Seq>| Some(seq.map(|seq| seq.0));
        writes.push(Write::new(
            "UPDATE store.settings SET
                 world_seq = greatest(world_seq, ($1)[1]), carrier_seq = greatest(carrier_seq, ($2)[1])",
            [int8_null(seq(batch.world_seq)), int8_null(seq(batch.carrier_seq))],
        ));
    }
    if batch.world_held.is_some() || batch.world_speed.is_some() {
        let speed = batch.world_speed.flatten().map(i64::from);
        writes.push(Write::new(
            "UPDATE store.settings SET world_held = coalesce(($1)[1], world_held),
                 world_speed = CASE WHEN ($2)[1] THEN ($3)[1] ELSE world_speed END",
            [
                boolean([batch.world_held]),
                boolean([Some(batch.world_speed.is_some())]),
                int8_null([speed]),
            ],
        ));
    }
    writes
}

fn orders(batch: &Batch<'_>) -> Write {
    let orders = || batch.orders.iter();
    Write::new(
        "INSERT INTO store.orders (id, account_id, email, idempotency_key, body_hash,
             destination_x, destination_y, carrier_account, total_cents, placed_us)
         SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        [
            int8(orders().map(|order| order.order.0)),
            int8(orders().map(|order| order.account.0)),
            text(orders().map(|order| Some(order.email.clone()))),
            text(orders().map(|order| Some(order.idempotency_key.clone()))),
            bytes(orders().map(|order| order.body_hash.to_vec())),
            int4(orders().map(|order| order.destination.x)),
            int4(orders().map(|order| order.destination.y)),
            text(orders().map(|order| order.carrier_account.clone())),
            int8(orders().map(|order| order.total.0)),
            int8(orders().map(|order| micros(order.at))),
        ],
    )
}

fn order_items(batch: &Batch<'_>) -> Write {
    let items = || {
        let orders = batch.orders.iter();
        orders.flat_map(|order| order.items.iter().map(|item| (order.order, item)))
    };
    Write::new(
        "INSERT INTO store.order_items (order_id, listing_id, product_id, quantity, price_cents)
         SELECT * FROM unnest($1, $2, $3, $4, $5)",
        [
            int8(items().map(|(order, _)| order.0)),
            int8(items().map(|(_, item)| item.listing.0)),
            int8(items().map(|(_, item)| item.product.0)),
            int4(items().map(|(_, item)| count(item.quantity))),
            int8(items().map(|(_, item)| item.price.0)),
        ],
    )
}

fn packages(batch: &Batch<'_>) -> Write {
    let packages = || {
        let orders = batch.orders.iter();
        orders.flat_map(|order| order.packages.iter().map(|(id, plan)| (*id, plan, order.at)))
    };
    Write::new(
        "INSERT INTO store.packages
             (id, order_id, warehouse_id, status, granted, created_us, granted_us)
         SELECT id, order_id, warehouse_id, 'created', granted, created_us,
             CASE WHEN granted THEN created_us END
         FROM unnest($1, $2, $3, $4, $5) AS u (id, order_id, warehouse_id, granted, created_us)",
        [
            int8(packages().map(|(id, ..)| id.0)),
            int8(packages().map(|(_, plan, _)| plan.order.0)),
            int4(packages().map(|(_, plan, _)| plan.warehouse.0)),
            boolean(packages().map(|(_, plan, _)| Some(plan.granted))),
            int8(packages().map(|(.., at)| micros(at))),
        ],
    )
}

fn package_items(batch: &Batch<'_>) -> Write {
    let items = || {
        batch.orders.iter().flat_map(|order| {
            order.packages.iter().flat_map(|(id, plan)| {
                plan.lines.iter().map(|line| {
                    let item = order.items.iter().find(|item| item.listing == line.listing);
                    (*id, *line, item.map_or(0, |item| item.product.0))
                })
            })
        })
    };
    Write::new(
        "INSERT INTO store.package_items (package_id, listing_id, product_id, quantity)
         SELECT * FROM unnest($1, $2, $3, $4)",
        [
            int8(items().map(|(id, ..)| id.0)),
            int8(items().map(|(_, line, _)| line.listing.0)),
            int8(items().map(|(.., product)| product)),
            int4(items().map(|(_, line, _)| count(line.quantity))),
        ],
    )
}

fn purchases(batch: &Batch<'_>) -> Write {
    let purchases = || batch.purchases.iter();
    Write::new(
        "INSERT INTO store.purchases (warehouse_id, id, requested_us) SELECT * FROM unnest($1, $2, $3)",
        [
            int4(purchases().map(|purchase| purchase.warehouse.0)),
            int8(purchases().map(|purchase| purchase.id.0)),
            int8(purchases().map(|purchase| micros(purchase.at))),
        ],
    )
}

fn purchase_items(batch: &Batch<'_>) -> Write {
    let items = || {
        let purchases = batch.purchases.iter();
        purchases.flat_map(|purchase| purchase.lines.iter().map(move |line| (purchase, line)))
    };
    Write::new(
        "INSERT INTO store.purchase_items (warehouse_id, purchase_id, listing_id, quantity)
         SELECT * FROM unnest($1, $2, $3, $4)",
        [
            int4(items().map(|(purchase, _)| purchase.warehouse.0)),
            int8(items().map(|(purchase, _)| purchase.id.0)),
            int8(items().map(|(_, line)| line.listing.0)),
            int4(items().map(|(_, line)| count(line.quantity))),
        ],
    )
}

fn arrivals(batch: &Batch<'_>) -> Write {
    let arrivals = &batch.arrivals;
    Write::new(
        "UPDATE store.purchases p SET
             arrived_us = u.arrived_us, arrived_world = u.world, arrived_seq = u.seq
         FROM unnest($1, $2, $3, $4, $5) AS u (warehouse_id, id, arrived_us, world, seq)
         WHERE (p.warehouse_id, p.id) = (u.warehouse_id, u.id)",
        [
            int4(arrivals.keys().map(|(warehouse, _)| warehouse.0)),
            int8(arrivals.keys().map(|(_, purchase)| purchase.0)),
            int8(arrivals.values().map(|arrival| micros(arrival.at))),
            int8_null(arrivals.values().map(|arrival| arrival.world.map(|world| world.0))),
            int8(arrivals.values().map(|arrival| arrival.seq.0)),
        ],
    )
}

/// The same as [`PackageRow::apply`](crate::store::model::disk::PackageRow::apply), for many rows.
fn patches(batch: &Batch<'_>) -> Write {
    let patches = || batch.patches.values();
    let moment = |moment: Moment| {
        int8_null(patches().map(move |patch| patch.times[moment as usize].map(micros)))
    };
    Write::new(
        "UPDATE store.packages p SET
             status = CASE WHEN store.package_rank(u.status) > store.package_rank(p.status)
                 THEN u.status ELSE p.status END,
             granted = coalesce(u.granted, p.granted),
             pack_seq = coalesce(u.pack_seq, p.pack_seq),
             load_seq = coalesce(u.load_seq, p.load_seq),
             announce_seq = coalesce(u.announce_seq, p.announce_seq),
             loaded_seq = coalesce(u.loaded_seq, p.loaded_seq),
             announced = coalesce(u.announced, p.announced),
             truck_here = coalesce(u.truck_here, p.truck_here),
             tracking_number = coalesce(u.tracking_number, p.tracking_number),
             truck_id = coalesce(u.truck_id, p.truck_id),
             granted_us = coalesce(p.granted_us, u.granted_us),
             packing_us = coalesce(p.packing_us, u.packing_us),
             packed_us = coalesce(p.packed_us, u.packed_us),
             truck_dispatched_us = coalesce(p.truck_dispatched_us, u.truck_dispatched_us),
             truck_arrived_us = coalesce(p.truck_arrived_us, u.truck_arrived_us),
             loading_us = coalesce(p.loading_us, u.loading_us),
             loaded_us = coalesce(p.loaded_us, u.loaded_us),
             delivering_us = coalesce(p.delivering_us, u.delivering_us),
             delivered_us = coalesce(p.delivered_us, u.delivered_us),
             cancelled_us = coalesce(p.cancelled_us, u.cancelled_us)
         FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
             $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
             AS u (id, status, granted, pack_seq, load_seq, announce_seq, loaded_seq, announced,
                 truck_here, tracking_number, truck_id, granted_us, packing_us, packed_us,
                 truck_dispatched_us, truck_arrived_us, loading_us, loaded_us, delivering_us,
                 delivered_us, cancelled_us)
         WHERE p.id = u.id",
        [
            int8(batch.patches.keys().map(|package| package.0)),
            text(patches().map(|patch| patch.status.map(|status| status.as_str().to_owned()))),
            boolean(patches().map(|patch| patch.granted)),
            int8_null(patches().map(|patch| patch.pack_seq.map(|seq| seq.0))),
            int8_null(patches().map(|patch| patch.load_seq.map(|seq| seq.0))),
            int8_null(patches().map(|patch| patch.announce_seq.map(|seq| seq.0))),
            int8_null(patches().map(|patch| patch.loaded_seq.map(|seq| seq.0))),
            boolean(patches().map(|patch| patch.announced)),
            boolean(patches().map(|patch| patch.truck_here)),
            text(patches().map(|patch| patch.tracking_number.clone())),
            int4_null(patches().map(|patch| patch.truck.map(|truck| truck.0))),
            moment(Moment::Granted),
            moment(Moment::Packing),
            moment(Moment::Packed),
            moment(Moment::TruckDispatched),
            moment(Moment::TruckArrived),
            moment(Moment::Loading),
            moment(Moment::Loaded),
            moment(Moment::Delivering),
            moment(Moment::Delivered),
            moment(Moment::Cancelled),
        ],
    )
}

/// The same for where packages go, of the few whose way has changed.
fn redirections(batch: &Batch<'_>) -> Write {
    let changed = || batch.patches.iter().filter(|(_, patch)| !patch.redirection.is_empty());
    let patches = || changed().map(|(_, patch)| &patch.redirection);
    let x = |point: Option<Point>| point.map(|point| point.x);
    let y = |point: Option<Point>| point.map(|point| point.y);
    Write::new(
        "UPDATE store.packages p SET
             destination_x = coalesce(u.x, p.destination_x),
             destination_y = coalesce(u.y, p.destination_y),
             redirect_x = CASE WHEN u.has_asked THEN u.asked_x ELSE p.redirect_x END,
             redirect_y = CASE WHEN u.has_asked THEN u.asked_y ELSE p.redirect_y END,
             redirect_seq = coalesce(u.seq, p.redirect_seq),
             redirect_next_x = CASE WHEN u.has_next THEN u.next_x ELSE p.redirect_next_x END,
             redirect_next_y = CASE WHEN u.has_next THEN u.next_y ELSE p.redirect_next_y END,
             redirect_refusal = CASE WHEN u.has_refusal THEN u.refusal ELSE p.redirect_refusal END
         FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
             AS u (id, x, y, has_asked, asked_x, asked_y, seq, has_next, next_x, next_y,
                 has_refusal, refusal)
         WHERE p.id = u.id",
        [
            int8(changed().map(|(package, _)| package.0)),
            int4_null(patches().map(|patch| x(patch.destination))),
            int4_null(patches().map(|patch| y(patch.destination))),
            boolean(patches().map(|patch| Some(patch.asked.is_some()))),
            int4_null(patches().map(|patch| x(patch.asked.flatten()))),
            int4_null(patches().map(|patch| y(patch.asked.flatten()))),
            int8_null(patches().map(|patch| patch.seq.map(|seq| seq.0))),
            boolean(patches().map(|patch| Some(patch.queued.is_some()))),
            int4_null(patches().map(|patch| x(patch.queued.flatten()))),
            int4_null(patches().map(|patch| y(patch.queued.flatten()))),
            boolean(patches().map(|patch| Some(patch.refusal.is_some()))),
            text(patches().map(|patch| patch.refusal.clone().flatten())),
        ],
    )
}

/// In another world than before, or in none, the shelves are empty and nothing is bought yet.
fn choose_world(world: Option<WorldId>) -> Vec<Write> {
    let statements = [
        "UPDATE store.stock SET on_hand = 0 FROM store.settings
         WHERE world_id IS NOT NULL AND world_id IS DISTINCT FROM ($1)[1]",
        "UPDATE store.purchases SET seq = 0 FROM store.settings
         WHERE arrived_us IS NULL AND world_id IS NOT NULL AND world_id IS DISTINCT FROM ($1)[1]",
        "UPDATE store.warehouses SET truck_id = NULL FROM store.settings
         WHERE world_id IS NOT NULL AND world_id IS DISTINCT FROM ($1)[1]",
        "UPDATE store.settings SET world_id = ($1)[1]",
    ];
    statements.map(|sql| Write::new(sql, [int8_null([world.map(|world| world.0)])])).into()
}

type Column = (Box<dyn ToSql + Sync + Send>, Type);

impl Write {
    fn new<const N: usize>(sql: &'static str, columns: [Column; N]) -> Self {
        Self { sql, columns: columns.into() }
    }
}

fn int8(values: impl IntoIterator<Item = i64>) -> Column {
    (Box::new(Vec::from_iter(values)), Type::INT8_ARRAY)
}

fn int8_null(values: impl IntoIterator<Item = Option<i64>>) -> Column {
    (Box::new(Vec::from_iter(values)), Type::INT8_ARRAY)
}

fn int4(values: impl IntoIterator<Item = i32>) -> Column {
    (Box::new(Vec::from_iter(values)), Type::INT4_ARRAY)
}

fn int4_null(values: impl IntoIterator<Item = Option<i32>>) -> Column {
    (Box::new(Vec::from_iter(values)), Type::INT4_ARRAY)
}

fn text(values: impl IntoIterator<Item = Option<String>>) -> Column {
    (Box::new(Vec::from_iter(values)), Type::TEXT_ARRAY)
}

fn boolean(values: impl IntoIterator<Item = Option<bool>>) -> Column {
    (Box::new(Vec::from_iter(values)), Type::BOOL_ARRAY)
}

fn bytes(values: impl IntoIterator<Item = Vec<u8>>) -> Column {
    (Box::new(Vec::from_iter(values)), Type::BYTEA_ARRAY)
}

/// No quantity is beyond 31 bits: the desk and the warehouses see to that.
fn count(quantity: u32) -> i32 {
    i32::try_from(quantity).unwrap_or(i32::MAX)
}

fn micros(at: SimTime) -> i64 {
    i64::try_from(at.micros()).unwrap_or(i64::MAX)
}
