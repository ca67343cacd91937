//! The world as a service: two listeners for clients, a task for each of their
//! sockets, the party behind them, and a listener for those who only look.
//!
//! What is said on the sockets is decided by the models; here bytes only move,
//! and only so many at a time.
//!
//! ```text
//! socket ─▶ reader ── Received ──▶ party ──▶ ledger ──▶ Sockets::perform ─▶ writer ─▶ socket
//!             ▲ places for messages                            │
//!             └──────────────────── Taken ◀────────────────────┘
//! ```

mod listen;
mod partials;
mod places;
mod settings;
mod socket;
mod sockets;
mod watch;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context;
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    db::last_time,
    model::{Letter, Side, WorldParty},
    web::{AppState, Doors, router},
};
use crate::{
    db::{Claim, Db, Schema, migrate},
    runtime::{Clock, OfficeSettings, Service, ServiceFailure},
    web::{ListenerSettings, Listening, listen_on},
};
use listen::Listener;
pub use settings::WorldSettings;
use sockets::Sockets;

/// Clients that do not take their last messages are left behind.
const STOP_PATIENCE: Duration = Duration::from_secs(3);

/// A running simulator.
pub struct Running {
    service: Service<WorldParty>,
    sockets: Arc<Sockets>,
    amazon_addr: SocketAddr,
    ups_addr: SocketAddr,
    windows: Listening,
    closing: CancellationToken,
    tasks: TaskTracker,
}

/// Waits for the schema, migrates it, takes up what is committed, and listens on its ports.
pub async fn start(db: Db, settings: WorldSettings) -> anyhow::Result<Running> {
    start_with(Claim::new(&db, Schema::World.name()), settings).await
}

/// The same with a claim that may have been taken before.
pub async fn start_with(claim: Claim, settings: WorldSettings) -> anyhow::Result<Running> {
    let bind = async |addr: SocketAddr| {
        let bound = TcpListener::bind(addr).await;
        bound.with_context(|| format!("the world can not listen on {addr}"))
    };
    // First the ports: who can not have them should not touch the state.
    let (amazon, ups) = (bind(settings.amazon_addr).await?, bind(settings.ups_addr).await?);
    let http = bind(settings.http_addr).await?;
    let (amazon_addr, ups_addr) = (amazon.local_addr()?, ups.local_addr()?);
    claim.take().await?;
    let db = claim.db().clone();
    migrate(&db, Schema::World).await?;
    // The world stood still while it was down.
    let clock = Clock::resuming_at(last_time(&db).await?);
    let (service, sockets) =
        Service::start(db, claim, clock, OfficeSettings::default(), |_| Arc::new(Sockets::new()))
            .await?;
    service.post(Letter::Configured(settings.rules()));
    // The party begins by closing every socket it does not know: let that be over.
    if let Some(office) = service.office() {
        office.ledger().flush().await;
    }
    let (closing, tasks) = (CancellationToken::new(), TaskTracker::new());
    let listener =
        Listener::new(&settings, service.clone(), Arc::clone(&sockets), &closing, &tasks);
    tasks.spawn(listener.clone().accept(amazon, Side::Amazon));
    tasks.spawn(listener.accept(ups, Side::Ups));
    let doors = Doors { amazon: amazon_addr, ups: ups_addr };
    let site = router(AppState::new(service.clone(), sockets.looks(), doors));
    let windows = listen_on(http, site, ListenerSettings::default())?;
    tracing::info!(%amazon_addr, %ups_addr, http_addr = %windows.address(), "the world is open");
    Ok(Running { service, sockets, amazon_addr, ups_addr, windows, closing, tasks })
}

impl Running {
    pub fn amazon_addr(&self) -> SocketAddr {
        self.amazon_addr
    }

    pub fn ups_addr(&self) -> SocketAddr {
        self.ups_addr
    }

    /// Where one looks into the worlds.
    pub fn http_addr(&self) -> SocketAddr {
        self.windows.address()
    }

    /// Whether it runs and its database takes writes.
    pub fn is_healthy(&self) -> bool {
        self.service.is_healthy()
    }

    /// A handle to the party, for readiness and tests.
    pub fn service(&self) -> &Service<WorldParty> {
        &self.service
    }

    /// Returns when it has ended, with the reason where it could not go on.
    pub async fn ended(&self) -> Result<(), ServiceFailure> {
        self.service.ended().await
    }

    /// Lets nobody in any more, commits what was done, says it, and hangs up.
    pub async fn stop(self) {
        self.closing.cancel();
        self.windows.close().await;
        self.service.stop().await;
        self.sockets.close_all();
        self.tasks.close();
        if tokio::time::timeout(STOP_PATIENCE, self.tasks.wait()).await.is_err() {
            self.sockets.cut_all();
            self.tasks.wait().await;
        }
    }
}

#[cfg(test)]
mod tests;
