//! The store as a service: the party, its sockets, and its door.
//!
//! It starts and stops in order; what is served is in `web` and `webhooks`.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context;
use axum::Router;
use tokio_util::task::AbortOnDropHandle;

use super::{
    db::{Census, note_pack_after},
    edge::{Peers, StoreEdge, client},
    model::{Letter, Store, letters::LinkLetter},
    shop::{Readiness, Shop, ShopSettings},
    trucks::Trucks,
    web::{self, AppState, PublicSettings, WebSettings, people::housekeeping::keep_house},
    webhooks,
};
use crate::{
    basis::WorldId,
    db::{Claim, Db, Schema, migrate},
    runtime::{Clock, OfficeSettings, Service, ServiceFailure},
    web::{Guarded, ListenerSettings, Listening, listen},
    wire::signature::Keys,
};

/// How a store is set up.
#[derive(Debug, Clone)]
pub struct StoreSettings {
    pub store_addr: SocketAddr,
    /// Host and port of the world's side for stores.
    pub world_addr: String,
    /// None: the carrier says it by `/set_worldid`, or it was said before.
    pub world_id: Option<i64>,
    /// The carrier's base URL, which its paths are appended to.
    pub carrier_url: String,
    /// The carrier's tracking pages as people reach them; None: beside `carrier_url`.
    pub tracking_url: Option<String>,
    /// How long after its placing an order can be cancelled where its pieces are there.
    pub pack_after: Duration,
    pub public: PublicSettings,
    /// What the carrier and we sign with; none: nothing is signed.
    pub webhook_keys: Keys,
    pub shop: ShopSettings,
    pub office: OfficeSettings,
}

impl Default for StoreSettings {
    fn default() -> Self {
        Self {
            store_addr: SocketAddr::from(([127, 0, 0, 1], 8080)),
            world_addr: "127.0.0.1:23456".to_owned(),
            world_id: None,
            carrier_url: "http://127.0.0.1:8081/api".to_owned(),
            tracking_url: None,
            pack_after: Duration::ZERO,
            public: PublicSettings::default(),
            webhook_keys: Keys::default(),
            shop: ShopSettings::default(),
            office: OfficeSettings::default(),
        }
    }
}

impl StoreSettings {
    fn tracking_pages(&self) -> String {
        let base = self.carrier_url.trim_end_matches('/');
        let beside = || format!("{}/track", base.strip_suffix("/api").unwrap_or(base));
        self.tracking_url.clone().unwrap_or_else(beside)
    }

    /// Any free port.
    pub fn for_testing(world_addr: &impl ToString, carrier_url: &impl ToString) -> Self {
        Self {
            store_addr: SocketAddr::from(([127, 0, 0, 1], 0)),
            world_addr: world_addr.to_string(),
            carrier_url: carrier_url.to_string(),
            ..Self::default()
        }
    }
}

/// A store that runs.
pub struct Running {
    service: Service<Store>,
    edge: Arc<StoreEdge>,
    door: Listening,
    _housekeeping: AbortOnDropHandle<()>,
}

/// Opens the store: waits for its schema, migrates its schema, takes up what is under way, then opens the door.
pub async fn start(db: Db, settings: StoreSettings) -> anyhow::Result<Running> {
    start_with(Claim::new(&db, Schema::Store.name()), settings).await
}

/// The same with a claim that may have been taken before.
pub async fn start_with(claim: Claim, settings: StoreSettings) -> anyhow::Result<Running> {
    claim.take().await?;
    let db = claim.db().clone();
    migrate(&db, Schema::Store).await?;
    note_pack_after(&db, settings.pack_after).await?;
    let peers = Peers {
        world_addr: settings.world_addr.clone(),
        carrier_url: settings.carrier_url.clone(),
        webhook_keys: settings.webhook_keys.clone(),
    };
    let (service, edge) = open(claim, peers, &settings).await?;
    if let Some(world) = settings.world_id.map(WorldId) {
        service.post(Letter::Link(LinkLetter::SetWorld { world, errand: None }));
    }
    edge.shop.see_trucks(Trucks::new(client()?, &settings.carrier_url));
    let address = settings.store_addr;
    let web = WebSettings {
        tracking_url: settings.tracking_pages(),
        world_addr: settings.world_addr.clone(),
        carrier_url: settings.carrier_url.clone(),
        public: settings.public.clone(),
        ..WebSettings::default()
    };
    let site = site(&edge.shop, &db, settings.webhook_keys, web)?;
    match listen(address, site, ListenerSettings::default()).await {
        Ok(door) => {
            tracing::info!(addr = %door.address(), "the store is open");
            let housekeeping = tokio::spawn(keep_house(db));
            let _housekeeping = AbortOnDropHandle::new(housekeeping);
            Ok(Running { service, edge, door, _housekeeping })
        }
        Err(error) => {
            service.stop().await;
            edge.close();
            Err(error).with_context(|| format!("the store can not listen on {address}"))
        }
    }
}

impl Running {
    pub fn addr(&self) -> SocketAddr {
        self.door.address()
    }

    /// A handle to the store's counter.
    pub fn shop(&self) -> &Shop {
        &self.edge.shop
    }

    pub fn readiness(&self) -> Readiness {
        self.edge.shop.readiness()
    }

    /// Returns when it has ended, with the reason where it could not go on.
    pub async fn ended(&self) -> Result<(), ServiceFailure> {
        self.service.ended().await
    }

    /// Closes the door, lets requests finish, commits what was done.
    pub async fn stop(self) {
        self.door.close().await;
        self.service.stop().await;
        self.edge.close();
    }
}

async fn open(
    claim: Claim,
    peers: Peers,
    settings: &StoreSettings,
) -> anyhow::Result<(Service<Store>, Arc<StoreEdge>)> {
    let (client, db) = (client()?, claim.db().clone());
    let census = Census::take(&db).await?;
    let make_edge =
        |service| Arc::new(StoreEdge::new(service, peers, client, settings.shop, census));
    Service::start(db, claim, Clock::since_epoch(), settings.office, make_edge).await
}

fn site(shop: &Shop, db: &Db, keys: Keys, settings: WebSettings) -> anyhow::Result<Router> {
    let state = AppState::new(db.clone(), shop.clone(), settings)?;
    let webhooks = webhooks::router(shop.clone(), db.clone(), keys, Guarded::default());
    Ok(web::router(state).merge(webhooks))
}
