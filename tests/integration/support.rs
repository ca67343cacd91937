//! Databases for tests: the embedded one always, a real PostgreSQL too where
//! `DATABASE_URL` names one. Nothing of either outlives its test.

use std::future::Future;

use tempfile::TempDir;
use tokio_postgres::NoTls;
use waybill::db::{Db, DbTarget};

/// A fresh, empty database.
pub struct TestDb {
    pub db: Db,
    /// How the database of this test is reached by another process or through a proxy.
    pub target: DbTarget,
    scratch: Option<Scratch>,
    _dir: TempDir,
}

/// A database on a real server.
struct Scratch {
    server_url: String,
    name: String,
}

/// Runs a test on a fresh database of each kind there is.
pub async fn on_each_database<F: Future<Output = ()>>(test: impl Fn(Db) -> F) {
    let embedded = TestDb::embedded().await;
    test(embedded.db.clone()).await;
    if let Some(real) = TestDb::real().await {
        test(real.db.clone()).await;
        real.remove().await;
    }
}

impl TestDb {
    pub async fn embedded() -> Self {
        let dir = TempDir::new().unwrap();
        let target = DbTarget::Embedded(dir.path().join("database"));
        let db = Db::open(&target, 1).await.unwrap();
        Self { db, target, scratch: None, _dir: dir }
    }

    /// None where no server is named.
    pub async fn real() -> Option<Self> {
        let server_url = std::env::var("DATABASE_URL").ok().filter(|url| !url.is_empty())?;
        let name = format!("waybill_test_{:016x}", rand::random::<u64>());
        execute(&server_url, &format!("CREATE DATABASE {name}")).await;
        let target = DbTarget::Url(with_database(&server_url, &name));
        let db = Db::open(&target, 4).await.unwrap();
        let scratch = Some(Scratch { server_url, name });
        Some(Self { db, target, scratch, _dir: TempDir::new().unwrap() })
    }

    pub async fn remove(self) {
        self.db.close();
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
