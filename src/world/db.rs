//! The world party's tables: logs, snapshots and rules.
//!
//! It decides nothing: what a row means is known to [`model`](super::model).

use std::{collections::BTreeMap, pin::pin, sync::Arc};

use futures_util::TryStreamExt as _;
use tokio_postgres::{
    Error, Transaction,
    types::{Json, ToSql, Type},
};

use super::model::{
    Address, BadLog, Entry, Gap, Physics, Record, Rules, WorldDisk, WorldFile, WorldParty,
    append_entry, decode_entries, decode_snapshot,
};
use crate::{
    basis::{SimTime, WorldId},
    db::{Client, Db, DbError},
    runtime::Durable,
};

/// A segment that has as many bytes gets no longer, so that a row of ordinary entries
/// stays within a page.
const SEGMENT_BYTES: usize = 7_000;

const EVERY_WORLD: (WorldId, WorldId) = (WorldId(i64::MIN), WorldId(i64::MAX));

impl Durable for WorldParty {
    async fn load(db: &Db) -> Result<WorldDisk, DbError> {
        let client = db.client().await?;
        let mut disk = load_directory(&client).await?;
        load_simulations(&client, &mut disk, EVERY_WORLD).await?;
        Ok(disk)
    }

    async fn load_for(db: &Db, address: &Address) -> Result<WorldDisk, DbError> {
        let client = db.client().await?;
        match address {
            Address::Directory => load_directory(&client).await,
            Address::World(world) => {
                let mut disk = load_directory(&client).await?;
                disk.worlds.retain(|it, _| it == world);
                load_simulations(&client, &mut disk, (*world, *world)).await?;
                Ok(disk)
            }
            // It is not remembered.
            Address::Connection(_) => Ok(WorldDisk::default()),
        }
    }

    async fn persist(tx: &Transaction<'_>, records: &[Record]) -> Result<(), Error> {
        let batch = Batch::of(records);
        if let Some(rules) = batch.rules {
            save_rules(tx, &rules).await?;
        }
        save_worlds(tx, &batch.worlds).await?;
        save_log(tx, &batch.log).await?;
        save_snapshots(tx, &batch.pieces).await
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

/// Records sorted by table.
#[derive(Default)]
struct Batch<'a> {
    rules: Option<Rules>,
    worlds: Vec<(WorldId, SimTime, Physics)>,
    /// Of each world, in order; only the last may get longer.
    log: BTreeMap<WorldId, Vec<Segment>>,
    pieces: Vec<Piece<'a>>,
}

/// Entries of a world, as they go into one row.
struct Segment {
    last_lsn: u64,
    last_at: SimTime,
    entries: Vec<u8>,
}

/// Of a snapshot.
struct Piece<'a> {
    world: WorldId,
    lsn: u64,
    at: SimTime,
    piece: u32,
    is_last: bool,
    bytes: &'a [u8],
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
                Record::Logged { world, lsn, entry } => batch.log(*world, *lsn, entry),
                Record::Snapshot { world, lsn, at, piece, is_last, bytes } => {
                    let (world, lsn, at) = (*world, *lsn, *at);
                    let (piece, is_last) = (*piece, *is_last);
                    batch.pieces.push(Piece { world, lsn, at, piece, is_last, bytes });
                }
            }
        }
        batch
    }

    fn log(&mut self, world: WorldId, lsn: u64, entry: &Entry) {
        let segments = self.log.entry(world).or_default();
        let has_room = |it: &&mut Segment| it.entries.len() < SEGMENT_BYTES;
        match segments.last_mut().filter(has_room) {
            Some(last) => {
                append_entry(&mut last.entries, entry);
                (last.last_lsn, last.last_at) = (lsn, entry.at);
            }
            None => {
                let mut entries = Vec::new();
                append_entry(&mut entries, entry);
                segments.push(Segment { last_lsn: lsn, last_at: entry.at, entries });
            }
        }
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

async fn save_log(
    tx: &Transaction<'_>,
    log: &BTreeMap<WorldId, Vec<Segment>>,
) -> Result<(), Error> {
    if log.is_empty() {
        return Ok(());
    }
    let segments = || log.iter().flat_map(|(world, all)| all.iter().map(move |it| (world.0, it)));
    let ids: Vec<i64> = segments().map(|(world, _)| world).collect();
    let lsns: Vec<i64> = segments().map(|(_, it)| it.last_lsn as i64).collect();
    let at: Vec<i64> = segments().map(|(_, it)| micros(it.last_at)).collect();
    let entries: Vec<&[u8]> = segments().map(|(_, it)| it.entries.as_slice()).collect();
    let sql = "INSERT INTO world.log (world, lsn, at_us, entries)
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

async fn save_snapshots(tx: &Transaction<'_>, pieces: &[Piece<'_>]) -> Result<(), Error> {
    for Piece { world, lsn, at, piece, is_last, bytes } in pieces {
        let (world, lsn) = (world.0, *lsn as i64);
        let columns: [Column<'_>; 4] = [
            (&world, Type::INT8),
            (&lsn, Type::INT8),
            (&i32::try_from(*piece).unwrap_or(i32::MAX), Type::INT4),
            (bytes, Type::BYTEA),
        ];
        let sql = "INSERT INTO world.snapshot_pieces (world, lsn, piece, bytes)
            VALUES ($1, $2, $3, $4)";
        tx.execute_typed(sql, &columns).await?;
        if *is_last {
            finish_snapshot(tx, world, lsn, *at).await?;
        }
    }
    Ok(())
}

/// The snapshot counts from now on; what it stands for, and others of it, may go.
async fn finish_snapshot(
    tx: &Transaction<'_>,
    world: i64,
    lsn: i64,
    at: SimTime,
) -> Result<(), Error> {
    let which: [Column<'_>; 2] = [(&world, Type::INT8), (&lsn, Type::INT8)];
    let sql = "INSERT INTO world.snapshots (world, lsn, at_us) VALUES ($1, $2, $3)
        ON CONFLICT (world) DO UPDATE SET lsn = excluded.lsn, at_us = excluded.at_us";
    tx.execute_typed(sql, &[which[0].clone(), which[1].clone(), (&micros(at), Type::INT8)]).await?;
    let sql = "DELETE FROM world.snapshot_pieces WHERE world = $1 AND lsn <> $2";
    tx.execute_typed(sql, &which).await?;
    let sql = "DELETE FROM world.log WHERE world = $1 AND lsn <= $2";
    tx.execute_typed(sql, &which).await?;
    Ok(())
}

/// The rules, and which worlds there are; without what has happened in them.
async fn load_directory(client: &Client) -> Result<WorldDisk, DbError> {
    Ok(WorldDisk { rules: load_rules(client).await?, worlds: load_worlds(client).await? })
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

/// Brings the worlds from one to another to where their logs end, one after the
/// other: neither the logs nor the written snapshots are in memory as a whole.
async fn load_simulations(
    client: &Client,
    disk: &mut WorldDisk,
    range: (WorldId, WorldId),
) -> Result<(), DbError> {
    load_snapshots(client, disk, range).await?;
    replay_logs(client, disk, range).await
}

async fn load_snapshots(
    client: &Client,
    disk: &mut WorldDisk,
    (first, last): (WorldId, WorldId),
) -> Result<(), DbError> {
    let sql = "SELECT world, lsn, bytes FROM world.snapshots JOIN world.snapshot_pieces
        USING (world, lsn) WHERE world BETWEEN $1 AND $2 ORDER BY world, piece";
    let mut rows = pin!(client.query_raw(sql, [first.0, last.0]).await?);
    let mut pieces = Vec::<u8>::new();
    let mut of = None;
    loop {
        let row = rows.try_next().await?;
        let next = row.as_ref().map(|row| (WorldId(row.get(0)), row.get::<_, i64>(1) as u64));
        if let Some((world, lsn)) = of.filter(|of| Some(*of) != next) {
            let simulation = decode_snapshot(&pieces).map_err(damaged("world.snapshots"))?;
            pieces.clear();
            if let Some(file) = disk.worlds.get_mut(&world) {
                file.snapshot = Some((lsn, Arc::new(simulation)));
            }
        }
        let Some(row) = row else { return Ok(()) };
        pieces.extend_from_slice(row.get(2));
        of = next;
    }
}

async fn replay_logs(
    client: &Client,
    disk: &mut WorldDisk,
    (first, last): (WorldId, WorldId),
) -> Result<(), DbError> {
    let sql = "SELECT world, lsn, entries FROM world.log
        WHERE world BETWEEN $1 AND $2 ORDER BY world, lsn";
    let mut rows = pin!(client.query_raw(sql, [first.0, last.0]).await?);
    while let Some(row) = rows.try_next().await? {
        let (world, last_lsn) = (WorldId(row.get(0)), row.get::<_, i64>(1) as u64);
        let entries = decode_entries(row.get(2)).map_err(damaged("world.log"))?;
        let Some(file) = disk.worlds.get_mut(&world) else { continue };
        let first_lsn = (last_lsn + 1).saturating_sub(entries.len() as u64);
        for (lsn, entry) in (first_lsn..).zip(&entries) {
            file.take_in(lsn, entry).map_err(|gap| damaged_log(world, gap))?;
        }
    }
    Ok(())
}

fn damaged_log(world: WorldId, gap: Gap) -> DbError {
    DbError::BadRow { table: "world.log", reason: format!("of world {world} {gap}") }
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
