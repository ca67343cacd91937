//! Databases for tests: the embedded one always, a real PostgreSQL too where
//! `DATABASE_URL` names one. Nothing of either outlives its test.

pub mod simulator;
pub mod up;

use std::{future::Future, path::Path};

use tempfile::TempDir;
use tokio_postgres::NoTls;
use waybill::db::{Db, DbTarget};

/// A fresh, empty database, not opened yet.
pub struct TestDb {
    /// How it is reached, by another process or through a proxy too.
    pub target: DbTarget,
    scratch: Option<Scratch>,
    dir: TempDir,
}

/// A database on a real server.
struct Scratch {
    server_url: String,
    name: String,
}

/// Runs a test on a fresh database of each kind there is.
pub async fn on_each_database<F: Future<Output = ()>>(test: impl Fn(Db) -> F) {
    for fresh in TestDb::each().await {
        test(fresh.open().await).await;
        fresh.remove().await;
    }
}

impl TestDb {
    pub async fn each() -> Vec<Self> {
        let mut each = vec![Self::embedded()];
        each.extend(Self::real().await);
        each
    }

    pub fn embedded() -> Self {
        let dir = TempDir::new().unwrap();
        let target = DbTarget::choose(None, dir.path());
        Self { target, scratch: None, dir }
    }

    /// None where no server is named.
    pub async fn real() -> Option<Self> {
        let server_url = std::env::var("DATABASE_URL").ok().filter(|url| !url.is_empty())?;
        let name = format!("waybill_test_{:016x}", rand::random::<u64>());
        execute(&server_url, &format!("CREATE DATABASE {name}")).await;
        let target = DbTarget::Url(with_database(&server_url, &name));
        let scratch = Some(Scratch { server_url, name });
        Some(Self { target, scratch, dir: TempDir::new().unwrap() })
    }

    /// The embedded one can be opened once at a time, by one process.
    pub async fn open(&self) -> Db {
        Db::open(&self.target, 4).await.unwrap()
    }

    /// A folder that lives as long as this; the embedded database's files are below.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub async fn remove(self) {
        if let Some(Scratch { server_url, name }) = self.scratch {
            execute(&server_url, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
    }
}

async fn execute(url: &str, statement: &str) {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    client.simple_query(statement).await.unwrap();
    drop(client);
    let _ = connection.await;
}

/// The same server's URL with another database in its path.
fn with_database(url: &str, name: &str) -> String {
    let (base, query) =
        url.split_once('?').map_or((url, None), |(base, query)| (base, Some(query)));
    let after_scheme = base.find("://").map_or(0, |at| at + 3);
    let end = base[after_scheme..].find('/').map_or(base.len(), |at| after_scheme + at);
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("{}/{name}{query}", &base[..end])
}
