//! Whether the process can do its work at present, and if not, what is missing.
//!
//! The parts register their checks; here they are only asked. That a process
//! is alive is another question: it is, when it answers.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use futures_util::future::join_all;
use serde::Serialize;

/// Longer than this nobody waits for an answer.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

type Verdict = Result<String, String>;
type Check = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Verdict> + Send>> + Send + Sync>;

/// The list of checks; cheap to clone.
#[derive(Clone, Default)]
pub struct Readiness {
    checks: Arc<RwLock<Vec<(&'static str, Check)>>>,
}

/// What all checks said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    pub ready: bool,
    pub checks: Vec<CheckReport>,
}

/// What one check said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    pub name: &'static str,
    pub ready: bool,
    pub detail: String,
}

impl Readiness {
    /// Adds a check: `Ok` with what is, or `Err` with what is missing.
    pub fn register<F>(&self, name: &'static str, check: impl Fn() -> F + Send + Sync + 'static)
    where
        F: Future<Output = Verdict> + Send + 'static,
    {
        let check: Check = Arc::new(move || Box::pin(check()));
        self.checks.write().unwrap_or_else(PoisonError::into_inner).push((name, check));
    }

    /// Adds a check that needs no waiting.
    pub fn register_now(
        &self,
        name: &'static str,
        check: impl Fn() -> Verdict + Send + Sync + 'static,
    ) {
        self.register(name, move || std::future::ready(check()));
    }

    /// Asks everybody, at the same time. Without any check nothing is ready yet.
    pub async fn report(&self) -> Report {
        let checks = self.checks.read().unwrap_or_else(PoisonError::into_inner).clone();
        let asked = checks.into_iter().map(|(name, check)| ask(name, check, CHECK_TIMEOUT));
        let checks: Vec<_> = join_all(asked).await;
        Report { ready: !checks.is_empty() && checks.iter().all(|check| check.ready), checks }
    }
}

impl Report {
    /// What is missing, in one line.
    pub fn missing(&self) -> String {
        let missing = self.checks.iter().filter(|check| !check.ready);
        let missing: Vec<_> = missing.map(|c| format!("{}: {}", c.name, c.detail)).collect();
        if self.checks.is_empty() { "starting".to_owned() } else { missing.join("; ") }
    }
}

async fn ask(name: &'static str, check: Check, patience: Duration) -> CheckReport {
    let verdict = tokio::time::timeout(patience, check())
        .await
        .unwrap_or_else(|_| Err(format!("no answer within {patience:?}")));
    let ready = verdict.is_ok();
    CheckReport { name, ready, detail: verdict.unwrap_or_else(|missing| missing) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_missing_thing_makes_it_unready_and_is_named() {
        let readiness = Readiness::default();
        assert!(!readiness.report().await.ready, "nothing has been started yet");
        readiness.register_now("database", || Ok("answers".to_owned()));
        assert!(readiness.report().await.ready);
        readiness.register_now("world link", || Err("connection refused".to_owned()));
        let report = readiness.report().await;
        assert!(!report.ready);
        assert_eq!(report.missing(), "world link: connection refused");
    }

    #[tokio::test]
    async fn a_check_that_hangs_is_a_no() {
        let hangs: Check = Arc::new(|| Box::pin(std::future::pending()));
        let report = ask("database", hangs, Duration::from_millis(5)).await;
        assert_eq!((report.ready, report.detail.as_str()), (false, "no answer within 5ms"));
    }
}
