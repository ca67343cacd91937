//! The world party's tables: logs, snapshots and rules.
//!
//! It decides nothing: what a row means is known to [`model`](super::model).

use std::{collections::BTreeMap, sync::Arc};

use tokio_postgres::{
    Error, Transaction,
    types::{Json, ToSql, Type},
};

use super::model::{
    BadLog, Entry, Physics, Record, Rules, Simulation, WorldDisk, WorldFile, WorldParty,
    decode_entry, decode_snapshot, encode_entry, encode_snapshot,
};
use crate::{
    basis::{SimTime, WorldId},
    db::{Client, Db, DbError},
    runtime::Durable,
};

impl Durable for WorldParty {
    async fn load(db: &Db) -> Result<WorldDisk, DbError> {
        let client = db.client().await?;
        let mut disk =
            WorldDisk { rules: load_rules(&client).await?, worlds: load_worlds(&client).await? };
        load_snapshots(&client, &mut disk).await?;
        load_log(&client, &mut disk).await?;
        Ok(disk)
    }

    async fn persist(tx: &Transaction<'_>, records: &[Record]) -> Result<(), Error> {
        let batch = Batch::of(records);
        if let Some(rules) = batch.rules {
            save_rules(tx, &rules).await?;
        }
        save_worlds(tx, &batch.worlds).await?;
        save_log(tx, &batch.log).await?;
        save_snapshots(tx, &batch.snapshots).await
    }
}

/// The last moment that anybody can have seen an effect of: where the clock goes on.
pub async fn last_time(db: &Db) -> Result<SimTime, DbError> {
    let sql = "SELECT greatest(
            (SELECT max(made_at_us) FROM world.worlds),
            (SELECT max(at_us) FROM world.snapshots),
            (SELECT max(at_us) FROM world.log), 0)";
    let row = db.client().await?.query_one(sql, &[]).await?;
    Ok(moment(row.get(0)))
}

/// A parameter and its type; stated, the statement needs no round trip of its own.
type Column<'a> = (&'a (dyn ToSql + Sync), Type);

/// Records sorted by table; of several for one row, the last.
#[derive(Default)]
struct Batch<'a> {
    rules: Option<Rules>,
    worlds: Vec<(WorldId, SimTime, Physics)>,
    log: Vec<(WorldId, u64, &'a Entry)>,
    snapshots: BTreeMap<WorldId, (u64, &'a Simulation)>,
}

impl<'a> Batch<'a> {
    fn of(records: &'a [Record]) -> Self {
        let mut batch = Self::default();
        for record in records {
            match record {
                Record::Configured(rules) => batch.rules = Some(*rules),
                Record::WorldMade { world, at, physics } => {
                    batch.worlds.push((*world, *at, *physics));
                }
                Record::Logged { world, lsn, entry } => batch.log.push((*world, *lsn, entry)),
                Record::Snapshot { world, lsn, simulation } => {
                    batch.snapshots.insert(*world, (*lsn, simulation));
                }
            }
        }
        // What a snapshot of the same batch makes superfluous need not be written first.
        let Self { log, snapshots, .. } = &mut batch;
        log.retain(|(world, lsn, _)| {
            snapshots.get(world).is_none_or(|(snapshot_lsn, _)| lsn > snapshot_lsn)
        });
        batch
    }
}

async fn save_rules(tx: &Transaction<'_>, rules: &Rules) -> Result<(), Error> {
    let sql = "INSERT INTO world.rules (rules) VALUES ($1)
        ON CONFLICT (only_row) DO UPDATE SET rules = excluded.rules";
    tx.execute_typed(sql, &[(&Json(rules), Type::JSONB)]).await?;
    Ok(())
}

async fn save_worlds(
    tx: &Transaction<'_>,
    worlds: &[(WorldId, SimTime, Physics)],
) -> Result<(), Error> {
    if worlds.is_empty() {
        return Ok(());
    }
    let ids: Vec<i64> = worlds.iter().map(|(world, ..)| world.0).collect();
    let made_at: Vec<i64> = worlds.iter().map(|(_, at, _)| micros(*at)).collect();
    let physics: Vec<_> = worlds.iter().map(|(.., physics)| Json(physics)).collect();
    let sql = "INSERT INTO world.worlds (world, made_at_us, physics)
        SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::jsonb[])";
    let columns: [Column<'_>; 3] =
        [(&ids, Type::INT8_ARRAY), (&made_at, Type::INT8_ARRAY), (&physics, Type::JSONB_ARRAY)];
    tx.execute_typed(sql, &columns).await?;
    Ok(())
}

async fn save_log(tx: &Transaction<'_>, log: &[(WorldId, u64, &Entry)]) -> Result<(), Error> {
    if log.is_empty() {
        return Ok(());
    }
    let ids: Vec<i64> = log.iter().map(|(world, ..)| world.0).collect();
    let lsns: Vec<i64> = log.iter().map(|(_, lsn, _)| *lsn as i64).collect();
    let at: Vec<i64> = log.iter().map(|(.., entry)| micros(entry.at)).collect();
    let entries: Vec<Vec<u8>> = log.iter().map(|(.., entry)| encode_entry(entry)).collect();
    let sql = "INSERT INTO world.log (world, lsn, at_us, entry)
        SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[])";
    let columns: [Column<'_>; 4] = [
        (&ids, Type::INT8_ARRAY),
        (&lsns, Type::INT8_ARRAY),
        (&at, Type::INT8_ARRAY),
        (&entries, Type::BYTEA_ARRAY),
    ];
    tx.execute_typed(sql, &columns).await?;
    Ok(())
}

async fn save_snapshots(
    tx: &Transaction<'_>,
    snapshots: &BTreeMap<WorldId, (u64, &Simulation)>,
) -> Result<(), Error> {
    for (world, (lsn, simulation)) in snapshots {
        let (world, lsn, at) = (world.0, *lsn as i64, micros(simulation.now()));
        let bytes = encode_snapshot(simulation);
        let sql = "INSERT INTO world.snapshots (world, lsn, at_us, simulation)
            VALUES ($1, $2, $3, $4)
            ON CONFLICT (world) DO UPDATE SET
                lsn = excluded.lsn, at_us = excluded.at_us, simulation = excluded.simulation";
        tx.execute(sql, &[&world, &lsn, &at, &bytes]).await?;
        let sql = "DELETE FROM world.log WHERE world = $1 AND lsn <= $2";
        tx.execute(sql, &[&world, &lsn]).await?;
    }
    Ok(())
}

async fn load_rules(client: &Client) -> Result<Rules, DbError> {
    let row = client.query_opt("SELECT rules FROM world.rules", &[]).await?;
    let Some(row) = row else { return Ok(Rules::default()) };
    let Json(rules) = row.try_get(0).map_err(|error| bad("world.rules", &error))?;
    Ok(rules)
}

async fn load_worlds(client: &Client) -> Result<BTreeMap<WorldId, WorldFile>, DbError> {
    let sql = "SELECT world, made_at_us, physics FROM world.worlds";
    let mut worlds = BTreeMap::new();
    for row in client.query(sql, &[]).await? {
        let Json(physics) = row.try_get(2).map_err(|error| bad("world.worlds", &error))?;
        worlds.insert(WorldId(row.get(0)), WorldFile::new(moment(row.get(1)), physics));
    }
    Ok(worlds)
}

async fn load_snapshots(client: &Client, disk: &mut WorldDisk) -> Result<(), DbError> {
    let sql = "SELECT world, lsn, simulation FROM world.snapshots";
    for row in client.query(sql, &[]).await? {
        let simulation = decode_snapshot(row.get(2)).map_err(damaged("world.snapshots"))?;
        if let Some(file) = disk.worlds.get_mut(&WorldId(row.get(0))) {
            file.snapshot = Some((row.get::<_, i64>(1) as u64, Arc::new(simulation)));
        }
    }
    Ok(())
}

async fn load_log(client: &Client, disk: &mut WorldDisk) -> Result<(), DbError> {
    let sql = "SELECT world, lsn, entry FROM world.log";
    for row in client.query(sql, &[]).await? {
        let entry = decode_entry(row.get(2)).map_err(damaged("world.log"))?;
        if let Some(file) = disk.worlds.get_mut(&WorldId(row.get(0))) {
            file.log.insert(row.get::<_, i64>(1) as u64, entry);
        }
    }
    Ok(())
}

fn bad(table: &'static str, error: &Error) -> DbError {
    DbError::BadRow { table, reason: error.to_string() }
}

fn damaged(table: &'static str) -> impl Fn(BadLog) -> DbError {
    move |error| DbError::BadRow { table, reason: error.to_string() }
}

fn micros(at: SimTime) -> i64 {
    i64::try_from(at.micros()).unwrap_or(i64::MAX)
}

fn moment(at_us: i64) -> SimTime {
    SimTime::from_micros(u64::try_from(at_us).unwrap_or(0))
}

#[cfg(test)]
mod tests;
