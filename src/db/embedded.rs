//! The PostgreSQL inside the binary, for machines that have nothing but us.
//!
//! It is real PostgreSQL compiled to WebAssembly. Its limits are ours to
//! respect: one connection at a time, and no fsync, so that a power cut (not a
//! crash of the process) may lose the last writes.

use std::path::Path;

use super::DbError;

#[cfg(feature = "embedded-database")]
pub(super) struct Server(pglite_oxide::PgliteServer);

#[cfg(feature = "embedded-database")]
impl Server {
    pub(super) fn start(path: &Path) -> Result<Self, DbError> {
        let failed = |reason: String| DbError::Embedded(format!("{}: {reason}", path.display()));
        std::fs::create_dir_all(path).map_err(|error| failed(error.to_string()))?;
        let server = pglite_oxide::PgliteServer::builder().path(path).start();
        server.map(Self).map_err(|error| failed(format!("{error:#}")))
    }

    pub(super) fn url(&self) -> String {
        self.0.connection_uri()
    }
}

#[cfg(not(feature = "embedded-database"))]
pub(super) struct Server;

#[cfg(not(feature = "embedded-database"))]
impl Server {
    pub(super) fn start(_: &Path) -> Result<Self, DbError> {
        let advice = "this waybill was built without it; give --database-url or DATABASE_URL";
        Err(DbError::Embedded(advice.to_owned()))
    }

    pub(super) fn url(&self) -> String {
        String::new()
    }
}
