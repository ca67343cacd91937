//! The carrier that is played to a store, and the stage of one check on it.
//!
//! What a store should do is for the checks.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::sync::{Mutex, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::{
    say::{arrived, delivered, dispatched, is_created},
    shop::{Order, Shop},
};
use crate::{
    basis::WorldId,
    conform::{
        check::{Failure, Verdict},
        peer::{
            Caller, Desk, FreshIds, Heard, PeerSubject, Reply, Role, is_let_in, reach,
            shapes::Party,
        },
        trace::Trace,
        world::escort::Fleet,
    },
};

/// A carrier with trucks, as far as the circumstances let it have some.
pub(super) struct Carrier {
    caller: Caller,
    ids: FreshIds,
    desk: Option<Desk>,
    shop: Option<Shop>,
    fleet: Option<Mutex<Fleet>>,
    world: Option<WorldId>,
    /// Who speaks of a whole warehouse must be alone with it.
    warehouses: RwLock<()>,
}

/// The stage of one check.
#[derive(Clone)]
pub(super) struct Stage {
    pub(super) carrier: Arc<Carrier>,
    pub(super) trace: Trace,
}

/// A shipment that the store has told of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parcel {
    pub(super) order: Order,
    pub(super) id: i64,
    pub(super) warehouse: i64,
}

impl Carrier {
    pub(super) async fn open(subject: &PeerSubject) -> anyhow::Result<Self> {
        let url = reach(&subject.url, "--store", subject.patience).await?;
        let caller = Caller::new(&url, subject.keys.clone(), subject.patience)?;
        let ids = FreshIds::default();
        is_let_in(&caller, dispatched(ids.next(), 1)).await?;
        let mut carrier = Self {
            caller,
            ids,
            desk: None,
            shop: None,
            fleet: None,
            world: None,
            warehouses: RwLock::default(),
        };
        let Some(listen) = &subject.listen else { return Ok(carrier) };
        carrier.desk = Some(Desk::open(listen, Role::Carrier, subject.keys.clone()).await?);
        let world = subject.world_id.map(WorldId);
        match Fleet::join(&subject.world, subject.patience, world).await {
            Ok(fleet) => carrier.bring_to_world(fleet).await,
            Err(failure) => tracing::warn!(why = failure.received, "no world to bring trucks to"),
        }
        match Shop::open(&carrier.caller, subject.store_token.as_deref()).await {
            Ok(shop) => carrier.shop = Some(shop),
            Err(error) => tracing::warn!(%error, "nothing can be ordered"),
        }
        Ok(carrier)
    }

    /// A store with packages under way elsewhere stays there.
    async fn bring_to_world(&mut self, fleet: Fleet) {
        let world = fleet.world();
        let message = json!({ "worldid": world.0 });
        match self.caller.post(&Trace::default(), "/set_worldid", &message).await {
            Ok(reply) if reply.is_good() => {
                (self.fleet, self.world) = (Some(Mutex::new(fleet)), Some(world));
            }
            Ok(reply) => tracing::warn!(answer = reply.shown(), "the store refuses world {world}"),
            Err(failure) => tracing::warn!(why = failure.received, "the store is told of no world"),
        }
    }

    pub(super) fn lacks_shipments(&self) -> Option<&'static str> {
        if self.desk.is_none() {
            return Some(
                "it takes --listen ADDR, and a store that was started with --carrier-url http://ADDR/api",
            );
        }
        self.shop.is_none().then_some(
            "it orders through the store's API: there is none, or it takes --store-token",
        )
    }

    pub(super) fn lacks_world(&self) -> Option<&'static str> {
        self.fleet
            .is_none()
            .then_some("it takes a world: --ups HOST:PORT, and a store that goes there")
    }

    pub(super) fn lacks_secret(&self) -> Option<&'static str> {
        let is_without = self.caller.keys.is_empty();
        is_without.then_some("it takes --webhook-secret, the one that the store has")
    }
}

impl Party for Stage {
    const BATCHES: &'static str = "/api/webhooks/messages";
    const SINGLES: &'static [&'static str] = &[
        "/set_worldid",
        "/api/webhooks/truck-dispatched",
        "/api/webhooks/truck-arrived",
        "/api/webhooks/shipment-delivered",
        "/api/webhooks/shipment-detail-request",
        "/api/ups/truck-arrived",
        "/api/ups/package-delivered",
        "/api/ups/tracking",
        "/api/ups/status-update",
        "/api/world/event",
    ];

    fn stray(&self) -> (&'static str, Value) {
        dispatched(self.new_id(), 1)
    }

    fn caller(&self) -> &Caller {
        &self.carrier.caller
    }

    fn trace(&self) -> &Trace {
        &self.trace
    }
}

impl Stage {
    pub(super) fn new_id(&self) -> i64 {
        self.carrier.ids.next()
    }

    pub(super) fn patience(&self) -> Duration {
        self.carrier.caller.patience
    }

    /// How long nothing must come until it counts as not coming.
    pub(super) fn quiet(&self) -> Duration {
        (self.patience() / 10).clamp(Duration::from_millis(1_500), Duration::from_secs(3))
    }

    pub(super) fn world(&self) -> Verdict<WorldId> {
        self.carrier.world.ok_or_else(|| Failure::new("a world", "none"))
    }

    pub(super) fn desk(&self) -> Verdict<&Desk> {
        self.carrier.desk.as_ref().ok_or_else(|| Failure::new("somewhere to listen", "nowhere"))
    }

    pub(super) fn shop(&self) -> Verdict<&Shop> {
        self.carrier.shop.as_ref().ok_or_else(|| Failure::new("a way to order", "none"))
    }

    fn fleet(&self) -> Verdict<&Mutex<Fleet>> {
        self.carrier.fleet.as_ref().ok_or_else(|| Failure::new("trucks in a world", "none"))
    }

    /// Posts, and fails unless it was done.
    pub(super) async fn tell(&self, (path, message): (&str, Value)) -> Verdict<Reply> {
        let reply = self.post(path, &message).await?;
        reply.expect_good(&format!("the answer to {path}"))?;
        Ok(reply)
    }

    /// Orders, without waiting.
    pub(super) async fn order(&self) -> Verdict<Order> {
        let shop = self.shop()?;
        shop.order_to(&self.trace, shop.next_place()).await
    }

    /// Waits until the store has told of the order's shipment so often.
    pub(super) async fn announced(&self, order: Order, times: usize) -> Verdict<Vec<Heard>> {
        let what = "the ShipmentCreated of an order";
        let is_ours = move |heard: &Heard| is_created(heard, order.to);
        self.desk()?.wait_for(&self.trace, self.patience(), what, times, is_ours).await
    }

    /// Orders, and waits for the shipment.
    pub(super) async fn parcel(&self) -> Verdict<Parcel> {
        let order = self.order().await?;
        self.parcel_of(order).await
    }

    pub(super) async fn parcel_of(&self, order: Order) -> Verdict<Parcel> {
        let heard = self.announced(order, 1).await?;
        let numbers = (heard[0].int("shipment_id"), heard[0].int("warehouse_id"));
        match numbers {
            (Some(id), Some(warehouse)) => Ok(Parcel { order, id, warehouse }),
            _ => Err(Failure::new("shipment_id and warehouse_id", heard[0].whole.to_string())),
        }
    }

    /// No other check speaks of whole warehouses meanwhile.
    pub(super) async fn among_others(&self) -> RwLockReadGuard<'_, ()> {
        self.carrier.warehouses.read().await
    }

    /// No other check has a truck coming meanwhile.
    pub(super) async fn alone(&self) -> RwLockWriteGuard<'_, ()> {
        self.carrier.warehouses.write().await
    }

    /// A truck goes to the parcel's warehouse, and nobody is told.
    pub(super) async fn fetch(&self, parcel: &Parcel) -> Verdict<i32> {
        let mut fleet = self.fleet()?.lock().await;
        let truck = fleet.truck();
        fleet.fetch(truck, parcel.warehouse).await?;
        self.trace.happened("world", &format!("truck {truck} is at {}", parcel.warehouse));
        Ok(truck)
    }

    /// A truck goes to the parcel's warehouse, and the store is told.
    pub(super) async fn truck_arrives(&self, parcel: &Parcel) -> Verdict<i32> {
        let truck = self.fetch(parcel).await?;
        self.tell(arrived(parcel.id, truck, parcel.warehouse)).await?;
        Ok(truck)
    }

    /// Waits until the store has said so often that the parcel is loaded.
    pub(super) async fn loaded(&self, parcel: &Parcel, times: usize) -> Verdict<Vec<Heard>> {
        let (what, id) = ("the ShipmentLoaded of a shipment whose truck is there", parcel.id);
        let is_ours = move |heard: &Heard| heard.is_about("ShipmentLoaded", id);
        self.desk()?.wait_for(&self.trace, self.patience(), what, times, is_ours).await
    }

    /// The truck brings it, and the store is told.
    pub(super) async fn bring(&self, parcel: &Parcel, truck: i32) -> Verdict {
        self.fleet()?.lock().await.bring(truck, parcel.id, parcel.order.to).await?;
        self.tell(delivered(parcel.id)).await.map(drop)
    }

    /// So that nothing is left under way by the check.
    pub(super) async fn end(&self, parcel: &Parcel) -> Verdict {
        self.tell(delivered(parcel.id)).await.map(drop)
    }

    /// What the store's buyer reads of the parcel, once it is so.
    pub(super) async fn becomes(&self, order: Order, field: &str, value: &Value) -> Verdict {
        let deadline = tokio::time::Instant::now() + self.patience();
        loop {
            let package = self.shop()?.package(&self.trace, order).await?;
            if package[field] == *value {
                return Ok(());
            }
            if tokio::time::Instant::now() >= deadline {
                let expected = format!("the store's API says that {field} is {value}");
                return Err(Failure::new(expected, package[field].to_string()));
            }
            tokio::time::sleep(self.patience() / 100).await;
        }
    }
}
