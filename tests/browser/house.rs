//! Everything that `waybill up` runs, and the browsers that people open before it.
//!
//! A flow that fails leaves a picture of what each browser showed last.

use std::{
    net::SocketAddr,
    panic::{AssertUnwindSafe, resume_unwind},
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
};

use futures_util::FutureExt as _;
use tempfile::TempDir;
use thirtyfour::prelude::*;
use tokio::process::Command;
use waybill::db::DbTarget;

use crate::{
    api::PASSWORD,
    chrome::{Chrome, picture},
    person::Person,
    up::{Up, UpOptions, tail},
};

pub const ADMIN: &str = "admin@shop.test";

/// A running system.
pub struct House {
    pub up: Up,
    chrome: Chrome,
    drivers: Mutex<Vec<WebDriver>>,
    dir: TempDir,
}

impl House {
    async fn start(arguments: &[&str]) -> Self {
        let dir = TempDir::new().unwrap();
        make_admin(&dir).await;
        let target = DbTarget::choose(None, dir.path());
        let store_addr = SocketAddr::from(([127, 0, 0, 1], 0));
        let options = UpOptions { data_dir: dir.path(), target: &target, store_addr, arguments };
        let (up, chrome) = tokio::join!(Up::start(&options), Chrome::find());
        Self { up, chrome, drivers: Mutex::default(), dir }
    }

    /// Somebody with a browser of their own, whom the store does not know yet.
    pub async fn person(&self) -> WebDriverResult<Person> {
        let driver = self.chrome.open().await?;
        self.drivers.lock().unwrap_or_else(PoisonError::into_inner).push(driver.clone());
        Ok(Person { driver, store: self.up.store.clone() })
    }

    async fn close_browsers(&self, flow: &str, has_failed: bool) {
        let drivers =
            std::mem::take(&mut *self.drivers.lock().unwrap_or_else(PoisonError::into_inner));
        for (nth, driver) in drivers.into_iter().enumerate() {
            if has_failed {
                let _ = picture(&driver, &format!("failed-{flow}-{nth}")).await;
            }
            let _ = driver.quit().await;
        }
    }
}

/// Has people go their ways through a system that was started for them.
pub async fn open<F>(flow: &str, arguments: &[&str], ways: impl FnOnce(Arc<House>) -> F)
where
    F: Future<Output = WebDriverResult<()>>,
{
    let house = Arc::new(House::start(arguments).await);
    // A panic of theirs still closes the browsers and stops the system.
    let went = AssertUnwindSafe(ways(Arc::clone(&house))).catch_unwind().await;
    let has_failed = !matches!(went, Ok(Ok(())));
    house.close_browsers(flow, has_failed).await;
    if has_failed {
        eprintln!("{}", tail(house.dir.path()));
    }
    Arc::into_inner(house).expect("the flow is over").up.stop().await;
    match went {
        Ok(went) => went.unwrap(),
        Err(panic) => resume_unwind(panic),
    }
}

/// The first admin, whom only who has the database can make.
async fn make_admin(dir: &TempDir) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waybill"));
    command.args(["store", "admin", "create", "--email", ADMIN, "--data-dir"]).arg(dir.path());
    command.env("WAYBILL_ADMIN_PASSWORD", PASSWORD).env_remove("DATABASE_URL");
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let made = command.output().await.unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}
