//! An advisory lock of a server, and the connection that holds it.
//!
//! Who waits how long, and what a loss means, is the claim's affair.

use std::{sync::Arc, time::Duration};

use sha2::{Digest, Sha256};
use tokio::task::{AbortHandle, JoinHandle};
use tokio_postgres::{Client, Config, Error, NoTls, SimpleQueryMessage};

use super::{DbError, VANISHING};

/// Between two looks whether the lock is there still.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// A server that is silent for longer is not asked on that connection again.
const PATIENCE: Duration = Duration::from_secs(30);
/// An unlock that takes longer is left to the end of the connection.
const FAREWELL: Duration = Duration::from_secs(2);

/// The lock's number in its database: the same for everybody who names the schema so.
pub(super) fn key_of(schema: &str) -> i64 {
    let digest = Sha256::digest(format!("waybill schema {schema}"));
    digest.iter().take(8).fold(0, |key, byte| (key << 8) | i64::from(*byte))
}

/// A connection that would have the lock.
pub(super) struct Candidate {
    client: Client,
    connection: JoinHandle<Result<(), Error>>,
    key: i64,
}

/// A connection that has it.
pub(super) struct Locked(Candidate);

/// One that is looked after; the lock is given back when this is dropped.
pub(super) struct Session {
    client: Arc<Client>,
    key: i64,
    watcher: AbortHandle,
}

impl Candidate {
    pub async fn connect(config: &Config, schema: &str, key: i64) -> Result<Self, DbError> {
        let mut config = config.clone();
        // What another process, which waits, tells its people.
        config.application_name(format!("waybill {schema}, process {}", std::process::id()));
        let (client, connection) = config.connect(NoTls).await?;
        let connection = tokio::spawn(connection);
        // An idle connection is what this one is meant to be.
        client.batch_execute(&format!("{VANISHING}; SET idle_session_timeout = 0")).await?;
        Ok(Self { client, connection, key })
    }

    pub async fn try_lock(self) -> Result<Result<Locked, Self>, DbError> {
        let sql = format!("SELECT pg_try_advisory_lock({})", self.key);
        let is_locked = first_value(&self.client, &sql).await?.as_deref() == Some("t");
        Ok(if is_locked { Ok(Locked(self)) } else { Err(self) })
    }

    /// Who has it, as far as the server tells.
    pub async fn holder(&self) -> Result<String, DbError> {
        let sql = format!(
            "SELECT concat_ws(', ', nullif(a.application_name, ''),
                 'from ' || coalesce(host(a.client_addr), 'the database''s machine'),
                 'since ' || to_char(a.backend_start, 'YYYY-MM-DD HH24:MI:SS TZ'))
             FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE {}",
            granted(self.key)
        );
        let holder = first_value(&self.client, &sql).await?.filter(|holder| !holder.is_empty());
        Ok(holder.unwrap_or_else(|| "the database does not tell which".to_owned()))
    }
}

impl Locked {
    /// Looks after it from now on; `lost` is told, at most once, why it is gone.
    pub fn watch(self, lost: impl FnOnce(String) + Send + 'static) -> Session {
        let Self(Candidate { client, mut connection, key }) = self;
        let client = Arc::new(client);
        let asked = Arc::clone(&client);
        let watcher = tokio::spawn(async move {
            let reason = loop {
                tokio::select! {
                    end = &mut connection => break how_it_ended(end),
                    () = tokio::time::sleep(HEARTBEAT) => {
                        if let Err(reason) = look(&asked, key).await {
                            break reason;
                        }
                    }
                }
            };
            lost(reason);
        });
        Session { client, key, watcher: watcher.abort_handle() }
    }
}

impl Session {
    /// Whether the lock is there still; fails with what is known of its loss.
    pub fn look(&self) -> impl Future<Output = Result<(), String>> + use<> {
        let (client, key) = (Arc::clone(&self.client), self.key);
        async move { look(&client, key).await }
    }

    /// Gives the lock back now.
    pub async fn end(self) {
        self.watcher.abort();
        let sql = format!("SELECT pg_advisory_unlock({})", self.key);
        if !matches!(
            tokio::time::timeout(FAREWELL, self.client.simple_query(&sql)).await,
            Ok(Ok(_))
        ) {
            tracing::debug!("a lock is left to the end of its connection");
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // Its task has the other handle to the connection, which ends with the last one.
        self.watcher.abort();
    }
}

async fn look(client: &Client, key: i64) -> Result<(), String> {
    let sql =
        format!("SELECT 1 FROM pg_locks l WHERE l.pid = pg_backend_pid() AND {}", granted(key));
    match tokio::time::timeout(PATIENCE, first_value(client, &sql)).await {
        Ok(Ok(Some(_))) => Ok(()),
        Ok(Ok(None)) => Err("the server has given the lock away".to_owned()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer within {PATIENCE:?}")),
    }
}

/// The row of `pg_locks l` that tells of a lock with one number of 64 bits.
fn granted(key: i64) -> String {
    let (high, low) = ((key as u64) >> 32, (key as u64) & 0xffff_ffff);
    format!(
        "l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
         AND l.classid = '{high}'::oid AND l.objid = '{low}'::oid
         AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
}

async fn first_value(client: &Client, sql: &str) -> Result<Option<String>, DbError> {
    let messages = client.simple_query(sql).await?;
    let value = messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    });
    Ok(value)
}

fn how_it_ended(end: Result<Result<(), Error>, tokio::task::JoinError>) -> String {
    match end {
        Ok(Ok(())) => "its connection to the database was closed".to_owned(),
        Ok(Err(error)) => {
            format!("its connection to the database broke: {}", super::reason(&error))
        }
        Err(error) => format!("its connection's task failed: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_s_number_stays_the_same_over_versions() {
        assert_eq!(key_of("store"), -1_904_977_849_226_750_308);
        assert_ne!(key_of("store"), key_of("world"));
    }
}
