//! The carrier as a service: its party, its door, and how to stop both.
//!
//! Options of the command line are not known here, only what they come to.

use std::{net::SocketAddr, sync::Arc};

use anyhow::Context as _;
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use super::{
    db::{note_wish, shipments_by_stage},
    edge::{CarrierEdge, http_client, stages_at_start},
    model::{AssignRefusal, Carrier, StoreStatus, Wanted, WishRefusal, WorldStatus},
    web::{AppState, PublicSettings, people::housekeeping::keep_house, router},
};
use crate::{
    basis::{PackageId, Point, TruckId, WorldId},
    db::{Claim, Db, Schema, migrate},
    runtime::{Clock, OfficeSettings, Service, ServiceFailure},
    web::{ListenerSettings, Listening, listen, people::Proving},
    wire::signature::Keys,
};

/// How a carrier is run.
#[derive(Debug, Clone)]
pub struct CarrierSettings {
    /// Where stores post and people track; port 0: any that is free.
    pub carrier_addr: SocketAddr,
    /// The world's port for carriers: host and port.
    pub world_addr: String,
    /// The world to join; None: the one of last time, or a new one.
    pub world_id: Option<i64>,
    /// Trucks to put into the world.
    pub trucks: u32,
    /// The store's root, without a path.
    pub store_url: String,
    /// Single messages of the store that are being done at once; a further one is told to come
    /// back.
    pub in_flight_max: usize,
    /// What the store and we sign with; none: nothing is signed.
    pub webhook_keys: Keys,
    pub public: PublicSettings,
    pub office: OfficeSettings,
}

impl Default for CarrierSettings {
    fn default() -> Self {
        Self {
            carrier_addr: SocketAddr::from(([127, 0, 0, 1], 8081)),
            world_addr: "127.0.0.1:12345".to_owned(),
            world_id: None,
            trucks: 8,
            store_url: "http://127.0.0.1:8080".to_owned(),
            in_flight_max: 1024,
            webhook_keys: Keys::default(),
            public: PublicSettings::default(),
            office: OfficeSettings::default(),
        }
    }
}

impl CarrierSettings {
    /// On a free port.
    pub fn for_testing(world_addr: SocketAddr, store_url: impl Into<String>) -> Self {
        Self {
            carrier_addr: SocketAddr::from(([127, 0, 0, 1], 0)),
            world_addr: world_addr.to_string(),
            store_url: store_url.into(),
            ..Self::default()
        }
    }
}

/// A running carrier.
pub struct Running {
    service: Service<Carrier>,
    edge: Arc<CarrierEdge>,
    door: Listening,
    _housekeeping: AbortOnDropHandle<()>,
}

/// Waits for the schema, migrates it, takes up what is committed, and opens the door.
pub async fn start(db: Db, settings: CarrierSettings) -> anyhow::Result<Running> {
    start_with(Claim::new(&db, Schema::Carrier.name()), settings).await
}

/// The same with a claim that may have been taken before.
pub async fn start_with(claim: Claim, settings: CarrierSettings) -> anyhow::Result<Running> {
    let store_url = checked_url(&settings.store_url)?;
    claim.take().await?;
    let db = claim.db().clone();
    migrate(&db, Schema::Carrier).await?;
    let world = settings.world_id.map(WorldId);
    note_wish(&db, Wanted { trucks: settings.trucks, world }).await?;
    stages_at_start(&shipments_by_stage(&db).await?);
    let (http, world_addr) = (http_client()?, settings.world_addr.clone());
    let keys = settings.webhook_keys;
    let proving = Proving::new(db.clone(), settings.public.limits)?;
    let make_edge = {
        let keys = keys.clone();
        |service| Arc::new(CarrierEdge::new(service, world_addr, http, store_url, keys))
    };
    let (service, edge) =
        Service::start(db.clone(), claim, Clock::since_epoch(), settings.office, make_edge).await?;
    let (max, people) = (settings.in_flight_max, (proving, settings.public));
    let state = AppState::new(db.clone(), service.clone(), Arc::clone(&edge), max, people);
    let site = router(state, keys);
    let addr = settings.carrier_addr;
    match listen(addr, site, ListenerSettings::default()).await {
        Ok(door) => {
            tracing::info!(addr = %door.address(), "the carrier is open");
            let _housekeeping = AbortOnDropHandle::new(tokio::spawn(keep_house(db)));
            Ok(Running { service, edge, door, _housekeeping })
        }
        Err(error) => {
            service.stop().await;
            edge.close().await;
            Err(error).with_context(|| format!("the carrier can not listen on {addr}"))
        }
    }
}

impl Running {
    /// Where its door is.
    pub fn addr(&self) -> SocketAddr {
        self.door.address()
    }

    /// Sends this truck for this shipment by hand; comes back when that is committed, or refused.
    pub async fn dispatch_by_hand(
        &self,
        shipment: PackageId,
        truck: TruckId,
    ) -> anyhow::Result<Result<(), AssignRefusal>> {
        Ok(self.edge.dispatch_by_hand(shipment, truck).await?)
    }

    /// Wishes for more trucks, which start there; comes back when the wish is committed, or
    /// refused.
    pub async fn add_trucks(
        &self,
        count: u32,
        at: Point,
    ) -> anyhow::Result<Result<Vec<TruckId>, WishRefusal>> {
        Ok(self.edge.add_trucks(count, at).await?)
    }

    /// How it stands with the world; the world's id is in it once it is connected.
    pub fn world_status(&self) -> watch::Receiver<WorldStatus> {
        self.edge.world_status()
    }

    pub fn store_status(&self) -> watch::Receiver<StoreStatus> {
        self.edge.store_status()
    }

    /// Whether it runs and its database takes writes.
    pub fn is_healthy(&self) -> bool {
        self.service.is_healthy()
    }

    /// A handle to the party, for readiness and tests.
    pub fn service(&self) -> &Service<Carrier> {
        &self.service
    }

    /// Returns when it has ended, with the reason where it could not go on.
    pub async fn ended(&self) -> Result<(), ServiceFailure> {
        self.service.ended().await
    }

    /// Closes the door, commits what was done, and hangs up.
    pub async fn stop(self) {
        self.door.close().await;
        self.service.stop().await;
        self.edge.close().await;
    }
}

/// Without a slash at its end; only plain HTTP is spoken.
fn checked_url(given: &str) -> anyhow::Result<&str> {
    let advice =
        || format!("the store's URL is {given:?}, but should look like http://127.0.0.1:8080");
    let parsed = reqwest::Url::parse(given).with_context(advice)?;
    anyhow::ensure!(parsed.scheme() == "http" && parsed.has_host(), advice());
    Ok(given.trim_end_matches('/'))
}

#[cfg(test)]
mod tests;
