//! Makes notices of what happens to packages.
//!
//! One task for all: it gathers what happened for a moment and writes it in one statement, so
//! that the order flow does not notice. It may lose what it gathered, in a crash or when it
//! falls behind; then it reads from the packages what it missed, but for changes of address,
//! of which a package keeps no time. Each thing becomes one notice, however often it is told.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::broadcast::{self, error::RecvError},
    time::Instant,
};

use super::bells::Bells;
use crate::{
    basis::{AccountId, PackageId, SimTime},
    db::{Db, DbError},
    store::{
        model::{PackageChange, PackageStatus, outputs::Change},
        shop::Sale,
    },
};

/// Notices of one account that are kept.
const KEPT: i64 = 200;
/// How long it gathers.
const GATHERED_FOR: Duration = Duration::from_millis(250);
/// Things that happened, gathered at most.
const GATHERED_MAX: usize = 8_192;
/// How long it waits for a database that does not answer.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// How often it looks for what it missed, at most.
const CAUGHT_UP_EVERY: Duration = Duration::from_secs(10);
/// Packages that it looks at for that: the newest.
const LOOKED_AT: i64 = 20_000;
/// It may have written later things before earlier ones by so much.
const SLACK_US: i64 = 60_000_000;
/// Where nothing was ever written, what is older than this is no news.
const NEWS_FOR_US: i64 = 3_600_000_000;

/// Something that happened to a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Happening {
    package: PackageId,
    kind: &'static str,
    at_us: i64,
}

type Changes = broadcast::Receiver<Arc<PackageChange>>;
type Sales = broadcast::Receiver<Arc<Sale>>;

/// Must be called within the runtime. The task ends with the last sender of changes.
pub fn start(db: Db, bells: Bells, news: (Changes, Sales)) {
    // What happened before the start may have been missed.
    let task = Task { db, bells, missed: true, gathered: Vec::new() };
    tokio::spawn(task.run(news));
}

struct Task {
    db: Db,
    bells: Bells,
    /// Something was lost on the way; it has to be read.
    missed: bool,
    gathered: Vec<Happening>,
}

impl Task {
    async fn run(mut self, mut news: (Changes, Sales)) {
        let mut caught_up: Option<Instant> = None;
        let mut ends = false;
        while !ends {
            ends = self.gather(&mut news).await;
            let is_time = caught_up.is_none_or(|at| at.elapsed() >= CAUGHT_UP_EVERY);
            if is_time && std::mem::take(&mut self.missed) {
                caught_up = Some(Instant::now());
                self.catch_up().await;
            }
            while !self.gathered.is_empty() {
                match self.write().await {
                    Ok(()) => self.gathered.clear(),
                    // The store has ended: what is missed is read again at the next start.
                    Err(_) if ends || self.db.is_closed() => return,
                    Err(error) => {
                        tracing::warn!(%error, "notices could not be written; trying again");
                        tokio::time::sleep(AGAIN_AFTER).await;
                    }
                }
            }
        }
    }

    /// Takes in what happens, for a moment; whether nothing more will.
    async fn gather(&mut self, (changes, sales): &mut (Changes, Sales)) -> bool {
        // Until something has to be done there is no hurry.
        let mut until = self.missed.then(|| Instant::now() + GATHERED_FOR);
        while self.gathered.len() < GATHERED_MAX {
            let over = async {
                match until {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                change = changes.recv() => match change {
                    Ok(change) => self.gathered.extend(happening(&change)),
                    Err(RecvError::Lagged(_)) => self.missed = true,
                    Err(RecvError::Closed) => return true,
                },
                sale = sales.recv() => match sale {
                    Ok(sale) => self.gathered.extend(sold(&sale)),
                    Err(RecvError::Lagged(_)) => self.missed = true,
                    Err(RecvError::Closed) => return true,
                },
                () = over => return false,
            }
            if until.is_none() && !self.gathered.is_empty() {
                until = Some(Instant::now() + GATHERED_FOR);
            }
        }
        false
    }

    async fn write(&self) -> Result<(), DbError> {
        let packages: Vec<i64> = self.gathered.iter().map(|it| it.package.0).collect();
        let kinds: Vec<&str> = self.gathered.iter().map(|it| it.kind).collect();
        let times: Vec<i64> = self.gathered.iter().map(|it| it.at_us).collect();
        let client = self.db.client().await?;
        let statement = client.prepare_cached(WRITE).await?;
        let rows = client.query(&statement, &[&packages, &kinds, &times, &KEPT]).await?;
        let accounts: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
        let statement = client.prepare_cached(SWEEP).await?;
        client.execute(&statement, &[&accounts, &KEPT]).await?;
        drop(client);
        self.bells.ring(accounts.into_iter().map(AccountId));
        Ok(())
    }

    /// Reads from the packages what may have been missed.
    async fn catch_up(&mut self) {
        match self.read_missed().await {
            Ok(missed) => self.gathered.extend(missed),
            Err(_) if self.db.is_closed() => {}
            Err(error) => {
                tracing::warn!(%error, "what notices missed could not be read; trying again");
                self.missed = true;
            }
        }
    }

    async fn read_missed(&self) -> Result<Vec<Happening>, DbError> {
        let client = self.db.client().await?;
        let last = "SELECT at_us FROM store.notices ORDER BY id DESC LIMIT 1";
        let last = client.query_opt(last, &[]).await?;
        let now = jiff::Timestamp::now().as_microsecond();
        let since = last.map_or(now - NEWS_FOR_US, |row| row.get::<_, i64>(0) - SLACK_US);
        let limit = GATHERED_MAX as i64;
        let rows = client.query(MISSED, &[&since, &LOOKED_AT, &limit]).await?;
        let happening = |row: &tokio_postgres::Row| {
            let word: &str = row.get(1);
            let kind = KINDS.into_iter().find(|kind| *kind == word)?;
            Some(Happening { package: PackageId(row.get(0)), kind, at_us: row.get(2) })
        };
        // Read from the newest, and told in the order in which it happened.
        Ok(rows.iter().rev().filter_map(happening).collect())
    }
}

/// What can be read from a package.
const KINDS: [&str; 5] = ["sold", "packed", "delivering", "delivered", "cancelled"];

/// To the buyer, or to those who sell what is in the package. Of more than an account keeps,
/// the newest. What can happen to a package again is told again; all else happens once.
const WRITE: &str = "WITH happened AS (
        SELECT n.kind, max(n.at_us) AS at_us, max(n.turn) AS turn, p.id AS package_id, p.order_id
        FROM unnest($1::bigint[], $2::text[], $3::bigint[]) WITH ORDINALITY
            AS n (package_id, kind, at_us, turn)
        JOIN store.packages p ON p.id = n.package_id GROUP BY n.kind, p.id),
    told AS (
        SELECT o.account_id, h.* FROM happened h JOIN store.orders o ON o.id = h.order_id
        WHERE h.kind <> 'sold'
        UNION
        SELECT s.account_id, h.* FROM happened h
        JOIN store.package_items i ON i.package_id = h.package_id
        JOIN store.listings l ON l.id = i.listing_id
        JOIN store.sellers s ON s.id = l.seller_id
        WHERE h.kind = 'sold'),
    newest AS (
        SELECT t.*, row_number() OVER (
            PARTITION BY t.account_id ORDER BY t.at_us DESC, t.turn DESC) AS nth
        FROM told t JOIN store.accounts a ON a.id = t.account_id),
    written AS (
        INSERT INTO store.notices AS n (account_id, kind, order_id, package_id, at_us)
        SELECT account_id, kind, order_id, package_id, at_us FROM newest
        WHERE nth <= $4 ORDER BY at_us, turn
        ON CONFLICT (account_id, package_id, kind) DO UPDATE
        SET id = DEFAULT, at_us = excluded.at_us, is_read = false
        WHERE n.kind LIKE 'redirect%' AND n.at_us < excluded.at_us
        RETURNING account_id)
    SELECT DISTINCT account_id FROM written ORDER BY account_id";

const SWEEP: &str = "DELETE FROM store.notices n USING unnest($1::bigint[]) AS a (id)
    WHERE n.account_id = a.id AND n.id <= (
        SELECT id FROM store.notices WHERE account_id = a.id ORDER BY id DESC OFFSET $2 LIMIT 1)";

const MISSED: &str = "SELECT p.id, h.kind, h.at_us
    FROM (SELECT * FROM store.packages ORDER BY id DESC LIMIT $2) p
    CROSS JOIN LATERAL (VALUES ('sold', p.created_us, 1), ('packed', p.packed_us, 2),
        ('delivering', p.delivering_us, 3), ('delivered', p.delivered_us, 4),
        ('cancelled', p.cancelled_us, 5)) AS h (kind, at_us, nth)
    WHERE h.at_us >= $1 ORDER BY h.at_us DESC, p.id DESC, h.nth DESC LIMIT $3";

/// For who looks at how the database goes about them.
#[cfg(test)]
pub const STATEMENTS: [&str; 3] = [WRITE, SWEEP, MISSED];

/// What the sellers of an order want to know.
fn sold(sale: &Sale) -> impl Iterator<Item = Happening> {
    let at_us = micros(sale.at);
    sale.packages.iter().map(move |package| Happening { package: *package, kind: "sold", at_us })
}

/// What a buyer wants to know of a change.
fn happening(change: &PackageChange) -> Option<Happening> {
    let kind = match (change.change, change.status) {
        (Change::Status, PackageStatus::Packed) => "packed",
        (Change::Status, PackageStatus::Delivering) => "delivering",
        (Change::Status, PackageStatus::Delivered) => "delivered",
        (Change::Status, PackageStatus::Cancelled) => "cancelled",
        (Change::Destination, _) => "redirected",
        (Change::DestinationKept, _) => "redirect_refused",
        _ => return None,
    };
    Some(Happening { package: change.package, kind, at_us: micros(change.at) })
}

fn micros(at: SimTime) -> i64 {
    i64::try_from(at.micros()).unwrap_or(i64::MAX)
}
