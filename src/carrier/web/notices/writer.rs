//! Makes notices of what happens to the shipments of those who have an account.
//!
//! One task for all: it hears which shipments changed, for a moment, and reads from their rows
//! what their owners should know. So what it missed in a crash is read at the next start, and each
//! thing becomes one notice however often it is told. The ledger waits for none of it.

use std::{collections::BTreeSet, time::Duration};

use tokio::{
    sync::broadcast::{self, error::RecvError},
    time::Instant,
};

use crate::{
    basis::{AccountId, PackageId},
    db::{Db, DbError},
    web::bells::Bells,
};

/// Notices of one account that are kept.
const KEPT: i64 = 200;
/// How long it gathers.
const GATHERED_FOR: Duration = Duration::from_millis(250);
/// Shipments that changed, gathered at most.
const GATHERED_MAX: usize = 4_096;
/// How long it waits for a database that does not answer.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// Shipments that it looks at where it may have missed something: the newest.
const LOOKED_AT: i64 = 20_000;
/// What is older than this at the start is no news.
const NEWS_FOR_US: i64 = 3_600_000_000;

/// Must be called within the runtime. The task ends with the last sender of changes.
pub fn start(db: Db, bells: Bells, changes: broadcast::Receiver<PackageId>) {
    // What happened before the start may have been missed.
    let task = Task { db, bells, missed: true, changed: BTreeSet::new() };
    tokio::spawn(task.run(changes));
}

struct Task {
    db: Db,
    bells: Bells,
    /// Something was not heard; it has to be looked for.
    missed: bool,
    changed: BTreeSet<PackageId>,
}

impl Task {
    async fn run(mut self, mut changes: broadcast::Receiver<PackageId>) {
        let mut ends = false;
        while !ends {
            ends = self.gather(&mut changes).await;
            while self.missed || !self.changed.is_empty() {
                match self.write().await {
                    Ok(()) => {
                        self.missed = false;
                        self.changed.clear();
                    }
                    // The carrier has ended: what is missed is read again at the next start.
                    Err(_) if ends || self.db.is_closed() => return,
                    Err(error) => {
                        tracing::warn!(%error, "notices could not be written; trying again");
                        tokio::time::sleep(AGAIN_AFTER).await;
                    }
                }
            }
        }
    }

    /// Takes in what changes, for a moment; whether nothing more will.
    async fn gather(&mut self, changes: &mut broadcast::Receiver<PackageId>) -> bool {
        // Until something has to be done there is no hurry.
        let mut until = self.missed.then(|| Instant::now() + GATHERED_FOR);
        while self.changed.len() < GATHERED_MAX {
            let over = async {
                match until {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                change = changes.recv() => match change {
                    Ok(shipment) => drop(self.changed.insert(shipment)),
                    Err(RecvError::Lagged(_)) => self.missed = true,
                    Err(RecvError::Closed) => return true,
                },
                () = over => return false,
            }
            until = until.or_else(|| Some(Instant::now() + GATHERED_FOR));
        }
        false
    }

    async fn write(&self) -> Result<(), DbError> {
        let client = self.db.client().await?;
        let shipments: Vec<i64> = self.changed.iter().map(|shipment| shipment.0).collect();
        let looked_at = if self.missed { LOOKED_AT } else { 0 };
        let since = jiff::Timestamp::now().as_microsecond().saturating_sub(NEWS_FOR_US);
        let statement = client.prepare_cached(WRITE).await?;
        let rows = client.query(&statement, &[&shipments, &looked_at, &since]).await?;
        let accounts: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
        if !accounts.is_empty() {
            let statement = client.prepare_cached(SWEEP).await?;
            client.execute(&statement, &[&accounts, &KEPT]).await?;
        }
        drop(client);
        self.bells.ring(accounts.into_iter().map(AccountId));
        Ok(())
    }
}

/// Of these shipments, and of so many of the newest. A truck that is sent again, and another
/// change of the destination, are told again.
const WRITE: &str = "WITH looked AS (
        SELECT * FROM carrier.shipments WHERE id = ANY($1::bigint[]) AND account_id IS NOT NULL
        UNION
        (SELECT * FROM carrier.shipments WHERE account_id IS NOT NULL
            ORDER BY created_at DESC, id DESC LIMIT $2)),
    written AS (
        INSERT INTO carrier.notices AS n (account_id, kind, shipment_id, at_us)
        SELECT s.account_id, h.kind, s.id, h.at
        FROM looked s JOIN carrier.accounts a ON a.id = s.account_id
        CROSS JOIN LATERAL (VALUES ('dispatched', s.dispatched_at), ('redirected', s.redirected_at),
            ('delivering', s.delivering_at), ('delivered', s.delivered_at)) AS h (kind, at)
        WHERE h.at >= $3 ORDER BY h.at, s.id
        ON CONFLICT (account_id, shipment_id, kind) DO UPDATE
        SET id = DEFAULT, at_us = excluded.at_us, is_read = false
        WHERE n.at_us < excluded.at_us
        RETURNING account_id)
    SELECT DISTINCT account_id FROM written ORDER BY account_id";

const SWEEP: &str = "DELETE FROM carrier.notices n USING unnest($1::bigint[]) AS a (id)
    WHERE n.account_id = a.id AND n.id <= (
        SELECT id FROM carrier.notices WHERE account_id = a.id ORDER BY id DESC OFFSET $2 LIMIT 1)";
