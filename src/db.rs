//! PostgreSQL: one pool a process, the server inside the binary, migrations,
//! and who may work in a schema.
//!
//! What tables mean is not known here; each party's own `db` knows its schema.

mod claim;
mod embedded;
mod lock;
mod migrate;

use std::{path::Path, str::FromStr, sync::Arc, time::Duration};

use deadpool_postgres::{
    Hook, HookError, Manager, ManagerConfig, Pool, PoolError, RecyclingMethod, Runtime, Timeouts,
};
use tokio_postgres::{Config, NoTls};

pub use claim::Claim;
pub use migrate::{Schema, is_up_to_date, migrate};

/// What went wrong between us and PostgreSQL.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    #[error("no connection to the database: {0}")]
    NoConnection(#[from] PoolError),
    #[error("the database refused a statement: {}", reason(.0))]
    Refused(#[from] tokio_postgres::Error),
    #[error(
        "the database URL is not one: {0}; it should look like postgresql://user:password@host:5432/name"
    )]
    BadUrl(String),
    #[error("schema {schema} could not be migrated: {reason}")]
    Migration { schema: &'static str, reason: String },
    #[error("the embedded database did not start: {0}")]
    Embedded(String),
    #[error("row of {table} can not be read: {reason}")]
    BadRow { table: &'static str, reason: String },
}

/// The server's own words, which `tokio_postgres::Error` leaves to its source.
fn reason(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), |db| db.message().to_owned())
}

/// Which database to use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DbTarget {
    /// A PostgreSQL server's URL.
    Url(String),
    /// The one inside the binary, with its files below this directory.
    Embedded(std::path::PathBuf),
}

impl DbTarget {
    /// The URL where there is one, else the embedded database below `data_dir`.
    pub fn choose(url: Option<&str>, data_dir: &Path) -> Self {
        match url.filter(|url| !url.is_empty()) {
            Some(url) => Self::Url(url.to_owned()),
            None => Self::Embedded(data_dir.join("database")),
        }
    }
}

/// A pool of connections to one database; cheap to clone.
#[derive(Clone)]
pub struct Db {
    pool: Pool,
    registry: claim::Registry,
    /// Keeps the embedded server running as long as anybody can ask it.
    _server: Option<Arc<embedded::Server>>,
}

/// A connection from the pool.
pub type Client = deadpool_postgres::Client;

/// A transaction on one; it is undone where it is not committed.
pub type Transaction<'a> = deadpool_postgres::Transaction<'a>;

impl Db {
    /// Opens a pool; fails where the database does not answer.
    pub async fn open(target: &DbTarget, connections_max: usize) -> Result<Self, DbError> {
        let db = match target {
            DbTarget::Url(url) => {
                let config = config(url)?;
                let pool = pool(config.clone(), connections_max, Some(VANISHING))?;
                let registry = claim::Registry::Server(Box::new(config));
                Self { pool, registry, _server: None }
            }
            DbTarget::Embedded(path) => {
                let path = path.clone();
                let start = tokio::task::spawn_blocking(move || embedded::Server::start(&path));
                let server = start.await.map_err(|e| DbError::Embedded(e.to_string()))??;
                // It serves one connection at a time, and lets a second one wait for ever.
                let pool = pool(config(&server.url())?, 1, None)?;
                let registry = claim::Registry::Inside(Arc::default());
                Self { pool, registry, _server: Some(Arc::new(server)) }
            }
        };
        db.client().await?.simple_query("SELECT 1").await?;
        Ok(db)
    }

    /// A connection; waits for one to be free, a few seconds at most.
    pub async fn client(&self) -> Result<Client, DbError> {
        Ok(self.pool.get().await?)
    }

    /// Connections in use, idle, and waited for.
    pub fn load(&self) -> (usize, usize, usize) {
        let status = self.pool.status();
        (status.size - status.available.min(status.size), status.available, status.waiting)
    }

    pub fn is_closed(&self) -> bool {
        self.pool.is_closed()
    }

    /// Closes every connection, and the embedded server with the last handle.
    pub fn close(&self) {
        self.pool.close();
    }
}

/// Has the server notice within seconds that we have vanished without a word:
/// until then it keeps our locks and our open transactions.
const VANISHING: &str = "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; \
     SET tcp_keepalives_count = 3; SET tcp_user_timeout = 20000";

fn config(url: &str) -> Result<Config, DbError> {
    let mut config = Config::from_str(url).map_err(|error| DbError::BadUrl(error.to_string()))?;
    config.application_name("waybill").connect_timeout(Duration::from_secs(5));
    // A server that vanishes without a word is noticed in seconds, not in hours.
    config.keepalives_idle(Duration::from_secs(10)).keepalives_interval(Duration::from_secs(5));
    config.keepalives_retries(3).tcp_user_timeout(Duration::from_secs(20));
    Ok(config)
}

/// `greeting` is said on each new connection.
fn pool(
    config: Config,
    connections_max: usize,
    greeting: Option<&'static str>,
) -> Result<Pool, DbError> {
    let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let wait = Some(Duration::from_secs(10));
    let mut builder = Pool::builder(Manager::from_config(config, NoTls, recycling))
        .max_size(connections_max.max(1))
        .runtime(Runtime::Tokio1)
        .timeouts(Timeouts { wait, create: wait, recycle: wait });
    if let Some(greeting) = greeting {
        builder = builder.post_create(Hook::async_fn(move |client, _| {
            Box::pin(
                async move { client.batch_execute(greeting).await.map_err(HookError::Backend) },
            )
        }));
    }
    builder.build().map_err(|error| DbError::Embedded(error.to_string()))
}
