//! The store that is played to a carrier, and the stage of one check on it.
//!
//! What a carrier should do is for the checks.

use std::{sync::Arc, time::Duration};

use serde_json::Value;
use tokio::sync::Mutex;

use super::say::{Said, created, loaded};
use crate::{
    basis::WorldId,
    conform::{
        check::{Failure, Verdict},
        peer::{
            Caller, Desk, FreshIds, Heard, PeerSubject, Reply, Role, is_let_in, reach,
            shapes::Party,
        },
        trace::Trace,
        world::escort::Depot,
    },
};

/// A store with goods, as far as the circumstances let it have some.
pub(super) struct Store {
    caller: Caller,
    ids: FreshIds,
    desk: Option<Desk>,
    depot: Option<Mutex<Depot>>,
    was_greeted: bool,
    warehouse: i32,
}

/// The stage of one check.
#[derive(Clone)]
pub(super) struct Stage {
    pub(super) store: Arc<Store>,
    pub(super) trace: Trace,
}

/// A shipment that the carrier has taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parcel {
    pub(super) id: i64,
    pub(super) to: (i64, i64),
}

impl Store {
    pub(super) async fn open(subject: &PeerSubject) -> anyhow::Result<Self> {
        let url = reach(&subject.url, "--carrier", subject.patience).await?;
        let caller = Caller::new(&url, subject.keys.clone(), subject.patience)?;
        let (ids, warehouse) = (FreshIds::default(), subject.warehouse);
        is_let_in(&caller, loaded(ids.next())).await?;
        let mut store =
            Self { caller, ids, desk: None, depot: None, was_greeted: false, warehouse };
        let Some(listen) = &subject.listen else { return Ok(store) };
        let desk = Desk::open(listen, Role::Store, subject.keys.clone()).await?;
        let world = match subject.world_id {
            Some(world) => Some(WorldId(world)),
            None => told_world(&desk, subject.patience).await,
        };
        store.desk = Some(desk);
        store.was_greeted = subject.world_id.is_none() && world.is_some();
        match world {
            Some(world) => store.move_in(&subject.world, world).await,
            None => {
                tracing::warn!("the carrier does not say which world it is in: give --world-id")
            }
        }
        Ok(store)
    }

    async fn move_in(&mut self, addr: &str, world: WorldId) {
        match Depot::join(addr, self.caller.patience, world, self.warehouse).await {
            Ok(depot) => self.depot = Some(Mutex::new(depot)),
            Err(failure) => tracing::warn!(why = failure.received, "no warehouse in world {world}"),
        }
    }

    pub(super) fn lacks_ear(&self) -> Option<&'static str> {
        let words =
            "it takes --listen ADDR, and a carrier that was started with --store-url http://ADDR";
        self.desk.is_none().then_some(words)
    }

    pub(super) fn lacks_world(&self) -> Option<&'static str> {
        let words = "it takes the store's side of the carrier's world: --amazon HOST:PORT, nobody else there, and --world-id N where the carrier does not tell it";
        self.depot.is_none().then_some(words)
    }

    pub(super) fn lacks_greeting(&self) -> Option<&'static str> {
        let words =
            "it takes a carrier that is started, or finds us, while we listen; and no --world-id";
        (!self.was_greeted).then_some(words)
    }

    pub(super) fn lacks_secret(&self) -> Option<&'static str> {
        let is_without = self.caller.keys.is_empty();
        is_without.then_some("it takes --webhook-secret, the one that the carrier has")
    }
}

async fn told_world(desk: &Desk, patience: Duration) -> Option<WorldId> {
    let is_world = |heard: &Heard| heard.path == "/set_worldid" && heard.int("worldid").is_some();
    let heard = desk.wait_for(&Trace::default(), patience, "/set_worldid", 1, is_world).await;
    heard.ok()?.last()?.int("worldid").map(WorldId)
}

impl Party for Stage {
    const BATCHES: &'static str = "/messages";
    const SINGLES: &'static [&'static str] = &[
        "/shipment",
        "/shipment_loaded",
        "/shipment_status",
        "/address_change",
        "/amazon/message",
    ];

    fn stray(&self) -> (&'static str, Value) {
        loaded(self.new_id())
    }

    fn caller(&self) -> &Caller {
        &self.store.caller
    }

    fn trace(&self) -> &Trace {
        &self.trace
    }
}

impl Stage {
    pub(super) fn new_id(&self) -> i64 {
        self.store.ids.next()
    }

    pub(super) fn patience(&self) -> Duration {
        self.store.caller.patience
    }

    /// How long nothing must come until it counts as not coming.
    pub(super) fn quiet(&self) -> Duration {
        (self.patience() / 10).clamp(Duration::from_millis(1_500), Duration::from_secs(3))
    }

    pub(super) fn desk(&self) -> Verdict<&Desk> {
        self.store.desk.as_ref().ok_or_else(|| Failure::new("somewhere to listen", "nowhere"))
    }

    fn depot(&self) -> Verdict<&Mutex<Depot>> {
        self.store.depot.as_ref().ok_or_else(|| Failure::new("a warehouse in a world", "none"))
    }

    /// Posts, and fails unless it was done.
    pub(super) async fn tell(&self, (path, message): Said) -> Verdict<Reply> {
        let reply = self.post(path, &message).await?;
        reply.expect_good(&format!("the answer to {path}"))?;
        Ok(reply)
    }

    /// A shipment that nobody has heard of yet.
    pub(super) fn plan(&self) -> Parcel {
        let id = self.new_id();
        Parcel { id, to: (id % 97 - 48, id % 89 - 44) }
    }

    pub(super) fn created(&self, parcel: &Parcel) -> Said {
        created(parcel.id, self.store.warehouse, parcel.to)
    }

    /// A shipment that the carrier has taken.
    pub(super) async fn parcel(&self) -> Verdict<Parcel> {
        let parcel = self.plan();
        self.tell(self.created(&parcel)).await?;
        Ok(parcel)
    }

    /// Waits until this was told of a shipment so often.
    pub(super) async fn hears(
        &self,
        kind: &str,
        parcel: &Parcel,
        times: usize,
    ) -> Verdict<Vec<Heard>> {
        let what = format!("{kind} of shipment {}", parcel.id);
        let (kind, id) = (kind.to_owned(), parcel.id);
        let is_ours = move |heard: &Heard| heard.is_about(&kind, id);
        self.desk()?.wait_for(&self.trace, self.patience(), &what, times, is_ours).await
    }

    /// Waits until a truck is there, and loads; gives the truck.
    pub(super) async fn load(&self, parcel: &Parcel) -> Verdict<i64> {
        self.pack(parcel).await?;
        let heard = self.hears("TruckArrived", parcel, 1).await?.remove(0);
        let truck = heard.int("truck_id");
        let truck = truck.ok_or_else(|| Failure::new("a truck_id", heard.whole.to_string()))?;
        self.depot()?.lock().await.load(parcel.id, truck).await?;
        self.trace.happened("world", &format!("{} is loaded onto truck {truck}", parcel.id));
        Ok(truck)
    }

    pub(super) async fn pack(&self, parcel: &Parcel) -> Verdict {
        self.depot()?.lock().await.pack(parcel.id).await?;
        self.trace.happened("world", &format!("{} is packed", parcel.id));
        Ok(())
    }

    /// The rest of its way, from where nothing was packed for it yet.
    pub(super) async fn end(&self, parcel: &Parcel) -> Verdict {
        self.load(parcel).await?;
        self.leave(parcel).await
    }

    /// The rest of its way, from where it is loaded.
    pub(super) async fn leave(&self, parcel: &Parcel) -> Verdict {
        self.tell(loaded(parcel.id)).await?;
        self.hears("ShipmentDelivered", parcel, 1).await.map(drop)
    }

    /// What the world says of it.
    pub(super) async fn world_says(&self, parcel: &Parcel) -> Verdict<String> {
        self.depot()?.lock().await.status(parcel.id).await
    }
}
