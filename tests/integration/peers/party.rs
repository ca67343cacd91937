//! A real store or carrier with a real world, set up to be tried.
//!
//! What is tried is not known here.

use std::{
    net::{SocketAddr, TcpListener},
    time::Duration,
};

use tempfile::TempDir;
use waybill::{
    carrier::{self, CarrierSettings},
    conform::PeerSubject,
    db::{Db, Schema, migrate},
    store::{
        self, StoreSettings,
        demo::{self, Scale},
        web::PublicSettings,
    },
    wire::signature::{Keys, Secret},
    world::{self, WorldSettings},
};

/// An honest party on a busy machine answers within this.
pub const LONG: Duration = Duration::from_secs(40);

pub const SECRET: &str = "a secret of words";

pub fn keys() -> Keys {
    Secret::parse(SECRET).into_iter().collect()
}

/// Where somebody will listen.
pub fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// How it is tried who listens at `url`, and posts to `listen`.
pub fn subject(url: String, listen: Option<SocketAddr>, world: SocketAddr) -> PeerSubject {
    PeerSubject {
        url,
        listen: listen.map(|addr| addr.to_string()),
        keys: keys(),
        world: world.to_string(),
        world_id: None,
        store_token: None,
        warehouse: 9001,
        only: Vec::new(),
        with_ours: true,
        patience: LONG,
        jobs: 16,
        show_progress: false,
    }
}

pub struct StoreUnderTest {
    store: store::Running,
    world: world::Running,
    _dir: TempDir,
    pub url: String,
}

impl StoreUnderTest {
    /// With goods to order, and a carrier at that address.
    pub async fn open(db: &Db, carrier: SocketAddr) -> Self {
        let dir = TempDir::new().unwrap();
        let world = world::start(db.clone(), WorldSettings::for_testing()).await.unwrap();
        migrate(db, Schema::Store).await.unwrap();
        demo::seed_if_empty(db, dir.path(), Scale::demo(0)).await.unwrap();
        let settings = StoreSettings {
            webhook_keys: keys(),
            public: PublicSettings { limits: None, ..PublicSettings::default() },
            ..StoreSettings::for_testing(&world.amazon_addr(), &format!("http://{carrier}/api"))
        };
        let store = store::start(db.clone(), settings).await.unwrap();
        let url = format!("http://{}", store.addr());
        Self { store, world, _dir: dir, url }
    }

    pub fn addr(&self) -> SocketAddr {
        self.store.addr()
    }

    pub fn ups(&self) -> SocketAddr {
        self.world.ups_addr()
    }

    pub async fn stop(self) {
        self.store.stop().await;
        self.world.stop().await;
    }
}

pub struct CarrierUnderTest {
    carrier: carrier::Running,
    world: world::Running,
    pub url: String,
}

impl CarrierUnderTest {
    /// With trucks, and a store at that address.
    pub async fn open(db: &Db, store: SocketAddr) -> Self {
        let world = world::start(db.clone(), WorldSettings::for_testing()).await.unwrap();
        let settings = CarrierSettings {
            webhook_keys: keys(),
            // Where its store is misled some of them wait for ever.
            trucks: 400,
            ..CarrierSettings::for_testing(world.ups_addr(), format!("http://{store}"))
        };
        let carrier = carrier::start(db.clone(), settings).await.unwrap();
        let url = format!("http://{}/api", carrier.addr());
        Self { carrier, world, url }
    }

    pub fn addr(&self) -> SocketAddr {
        self.carrier.addr()
    }

    pub fn amazon(&self) -> SocketAddr {
        self.world.amazon_addr()
    }

    pub async fn stop(self) {
        self.carrier.stop().await;
        self.world.stop().await;
    }
}
