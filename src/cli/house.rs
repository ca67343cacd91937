//! What the services of one process share: the database, the listener for
//! metrics, the signals, and the order in which everything ends.
//!
//! Which services live here is chosen by the subcommands.

use std::{io::Write, net::SocketAddr, time::Duration};

use anyhow::Context;
use futures_util::future::select_all;

use super::{
    lock::DataDirLock,
    options::{DatabaseOptions, WatchOptions},
    part::Part,
    signals::Signals,
};
use crate::{
    db::{Claim, Db, DbError, DbTarget, Schema},
    runtime::ServiceFailure,
    telemetry::{self, MetricsListener, Observed, ProcessSampler, Readiness},
};

/// Between two looks at what is not ready yet, at the start only.
const READY_POLL: Duration = Duration::from_millis(20);
/// After this long without being ready the missing parts are named.
const READY_SLOW: Duration = Duration::from_secs(10);
/// A part that takes longer to stop is left behind; what it committed is kept.
const STOP_PATIENCE: Duration = Duration::from_secs(20);

pub(super) struct House {
    pub db: Db,
    pub readiness: Readiness,
    metrics: MetricsListener,
    signals: Signals,
    parts: Vec<Box<dyn Part>>,
    // The last field: given back when the database's files are closed.
    _lock: Option<DataDirLock>,
}

impl House {
    pub async fn open(database: &DatabaseOptions, watch: &WatchOptions) -> anyhow::Result<Self> {
        let target = database.target();
        let lock = match target {
            DbTarget::Embedded(_) => Some(DataDirLock::take(&database.data_dir)?),
            DbTarget::Url(_) => None,
        };
        let db = open_database(&target, database).await?;
        let readiness = Readiness::default();
        let asked = db.clone();
        readiness.register("database", move || answers(asked.clone()));
        let observed = Observed {
            metrics: telemetry::install_recorder()?,
            process: ProcessSampler::new(Some(db.clone())),
            readiness: readiness.clone(),
        };
        let metrics = MetricsListener::start(watch.metrics_addr, observed).await;
        let metrics =
            metrics.map_err(|e| explain_bind(e, &[("--metrics-addr", watch.metrics_addr)]))?;
        let signals = Signals::install()?;
        Ok(Self { db, readiness, metrics, signals, parts: Vec::new(), _lock: lock })
    }

    /// Waits until no other process works in the schemas; given in the order of
    /// [`Schema::ALL`], so that of two who want several neither waits for the other
    /// for ever. None: a signal came first.
    pub async fn claim<const N: usize>(
        &mut self,
        schemas: [Schema; N],
    ) -> anyhow::Result<Option<[Claim; N]>> {
        let claims = schemas.map(|schema| (schema, Claim::new(&self.db, schema.name())));
        for (schema, claim) in &claims {
            let claim = claim.clone();
            self.readiness.register_now(check_name(*schema), move || claim.standing());
        }
        let take_all = async {
            for (_, claim) in &claims {
                claim.take().await?;
            }
            Ok::<(), DbError>(())
        };
        tokio::select! {
            taken = take_all => taken.context("asking for the schema")?,
            signal = self.signals.next() => {
                tracing::info!("{signal}: nothing was started yet");
                return Ok(None);
            }
        }
        Ok(Some(claims.map(|(_, claim)| claim)))
    }

    /// Takes a service in. They stop in the opposite order.
    pub fn add(&mut self, part: impl Part + 'static) {
        self.parts.push(Box::new(part));
    }

    pub fn metrics_addr(&self) -> SocketAddr {
        self.metrics.addr()
    }

    /// Prints the line as soon as everything is ready; runs until a signal or
    /// the end of a part; stops the rest in order.
    pub async fn run(mut self, ready_line: String) -> anyhow::Result<()> {
        let announcement = tokio::spawn(announce(self.readiness.clone(), ready_line));
        let ended = select_all(self.parts.iter().map(|part| part.ended()));
        let outcome = tokio::select! {
            (outcome, index, _) = ended => Err(reason(outcome, self.parts.get(index).map(AsRef::as_ref))),
            signal = self.signals.next() => Ok(signal),
        };
        announcement.abort();
        match &outcome {
            Ok(signal) => tracing::info!("{signal}: stopping in order"),
            Err(error) => tracing::error!(%error, "stopping the rest"),
        }
        self.stop().await;
        outcome.map(drop)
    }

    /// Stops everything in order.
    pub async fn stop(mut self) {
        self.signals.exit_at_next();
        while let Some(part) = self.parts.pop() {
            let name = part.name();
            match tokio::time::timeout(STOP_PATIENCE, part.stop()).await {
                Ok(()) => tracing::info!("{name} has stopped"),
                Err(_) => tracing::warn!("{name} did not stop in time; what it committed is kept"),
            }
        }
        self.metrics.stop().await;
        self.db.close();
    }
}

/// Prints a line for whoever started us; a closed standard output is no failure.
pub(super) fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Adds to a failed start which option chooses another address.
pub(super) fn explain_bind(
    error: anyhow::Error,
    options: &[(&'static str, SocketAddr)],
) -> anyhow::Error {
    let text = format!("{error:#}");
    let is_bind =
        error.chain().filter_map(|cause| cause.downcast_ref::<std::io::Error>()).any(|cause| {
            use std::io::ErrorKind::{AddrInUse, AddrNotAvailable, PermissionDenied};
            matches!(cause.kind(), AddrInUse | AddrNotAvailable | PermissionDenied)
        });
    if !is_bind {
        return error;
    }
    let named: Vec<_> = options.iter().filter(|o| text.contains(&o.1.to_string())).collect();
    let meant = if named.is_empty() { options.iter().collect() } else { named };
    let meant: Vec<_> =
        meant.iter().map(|(option, addr)| format!("{option} (now {addr})")).collect();
    let meant = meant.join(" or ");
    anyhow::anyhow!("{text}; choose another address with {meant}, port 0 takes any free one")
}

async fn open_database(target: &DbTarget, options: &DatabaseOptions) -> anyhow::Result<Db> {
    let opened = Db::open(target, usize::from(options.database_connections)).await;
    match target {
        DbTarget::Url(_) => opened.context(
            "the database can not be used; is the server running, and are the user, the password and the name in --database-url (or DATABASE_URL) right?",
        ),
        DbTarget::Embedded(path) => {
            tracing::info!(path = %path.display(), "the embedded database");
            opened.context("choose another --data-dir, or a PostgreSQL with --database-url")
        }
    }
}

fn check_name(schema: Schema) -> &'static str {
    match schema {
        Schema::World => "world's schema",
        Schema::Store => "store's schema",
        Schema::Carrier => "carrier's schema",
    }
}

async fn answers(db: Db) -> Result<String, String> {
    let client = db.client().await.map_err(|error| error.to_string())?;
    let answer = client.simple_query("SELECT 1").await;
    answer.map(|_| "answers".to_owned()).map_err(|error| error.to_string())
}

async fn announce(readiness: Readiness, line: String) {
    let started = std::time::Instant::now();
    let mut said_slow = false;
    loop {
        let report = readiness.report().await;
        if report.ready {
            return say(&line);
        }
        if !said_slow && started.elapsed() > READY_SLOW {
            said_slow = true;
            tracing::warn!(missing = report.missing(), "not ready yet");
        }
        tokio::time::sleep(READY_POLL).await;
    }
}

fn reason(outcome: Result<(), ServiceFailure>, part: Option<&dyn Part>) -> anyhow::Error {
    let name = part.map_or("a service", |part| part.name());
    match outcome {
        Ok(()) => anyhow::anyhow!("{name} ended by itself"),
        Err(failure) => anyhow::Error::new(failure),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_in_use_names_the_option_that_chooses_another() {
        let in_use = std::io::Error::from(std::io::ErrorKind::AddrInUse);
        let error = anyhow::Error::new(in_use).context("listening on 127.0.0.1:8080");
        let options = [
            ("--store-addr", SocketAddr::from(([127, 0, 0, 1], 8080))),
            ("--carrier-addr", SocketAddr::from(([127, 0, 0, 1], 8081))),
        ];
        let text = format!("{:#}", explain_bind(error, &options));
        assert!(text.contains("--store-addr (now 127.0.0.1:8080)"), "{text}");
        assert!(!text.contains("--carrier-addr"), "{text}");
    }
}
