//! The PostgreSQL inside the binary, for machines that have nothing but us.
//!
//! It is real PostgreSQL compiled to WebAssembly. Its limits are ours to
//! respect: one connection at a time, and no fsync, so that a power cut (not a
//! crash of the process) may lose the last writes.

use std::path::Path;

use super::DbError;

/// How long the end of the server is waited for.
#[cfg(feature = "embedded-database")]
const FAREWELL: std::time::Duration = std::time::Duration::from_secs(2);

#[cfg(feature = "embedded-database")]
pub(super) struct Server(Option<pglite_oxide::PgliteServer>);

#[cfg(feature = "embedded-database")]
impl Server {
    pub(super) fn start(path: &Path) -> Result<Self, DbError> {
        let failed = |reason: String| DbError::Embedded(format!("{}: {reason}", path.display()));
        std::fs::create_dir_all(path).map_err(|error| failed(error.to_string()))?;
        let server = pglite_oxide::PgliteServer::builder().path(path).start();
        server.map(|server| Self(Some(server))).map_err(|error| failed(format!("{error:#}")))
    }

    pub(super) fn url(&self) -> String {
        self.0.as_ref().map(pglite_oxide::PgliteServer::connection_uri).unwrap_or_default()
    }
}

/// The server ends when its last connection does, and waits for that. Where the
/// task of that connection needs the very thread that drops us (a runtime that
/// shuts down), neither would ever end: so it is left alone after a while.
#[cfg(feature = "embedded-database")]
impl Drop for Server {
    fn drop(&mut self) {
        let (ended, end) = std::sync::mpsc::channel();
        let server = self.0.take();
        std::thread::spawn(move || {
            drop(server);
            // Nobody listens when it took too long.
            let _ = ended.send(());
        });
        if end.recv_timeout(FAREWELL).is_err() {
            tracing::debug!("the embedded database ends later than the one who used it");
        }
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
