//! The store as its web front sees it: place an order, look at the stock, watch
//! packages, ask how things stand. Cheap to clone.
//!
//! It decides nothing: it carries letters to the models and keeps what they
//! told the outside.

mod amending;
mod watching;

pub use amending::{AmendError, CancelAnswer, RedirectAnswer};

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock, PoisonError, RwLock},
    time::Duration,
};

use tokio::sync::{broadcast, watch};

mod running;

use running::Pasts;
pub use running::{OrderCounts, ResidentView};

use super::{
    model::{
        CancelOutcome, CarrierStatus, Letter, Line, Listing, PackageChange, Place, PlaceAnswer,
        PlacedOrder, RedirectOutcome, Site, WorldStatus,
        letters::{CarrierInput, CatalogChange, Replenish},
        outputs::{Output, ReplenishRefusal},
        wishes::{LinkView, WishRefusal},
    },
    trucks::Trucks,
};
use crate::{
    basis::{AccountId, Cents, ListingId, PackageId, Point, PurchaseId, SimTime, WarehouseId},
    runtime::{Admission, AskError, PartyView, Replies},
    telemetry::Tap,
    wire::dialect::{Answer, Envelope, ToStore},
};

/// Changes that a watcher may fall behind before it misses some.
const CHANGES_MAX: usize = 16_384;

/// What is behind the counter: the running party.
pub trait Inside: Send + Sync + 'static {
    fn post(&self, letter: Letter);
    /// Whether it runs and its database takes writes.
    fn is_healthy(&self) -> bool;
    /// Its actors at this moment; None while it is closed.
    fn look(&self) -> Option<PartyView> {
        None
    }
    /// The residents of a kind with the fullest mailboxes, in words.
    fn busiest(&self, _kind: &str, _max: usize) -> Vec<ResidentView> {
        Vec::new()
    }
}

/// An order as the web front has read it.
#[derive(Debug, Clone)]
pub struct PlaceOrder {
    pub account: AccountId,
    pub email: String,
    pub idempotency_key: String,
    /// SHA-256 of what was asked.
    pub body_hash: [u8; 32],
    pub items: Vec<(ListingId, u32)>,
    pub destination: Point,
    pub carrier_account: Option<String>,
    /// What the buyer was told that it costs: at another price nothing is ordered.
    pub expected_total: Option<Cents>,
    /// Nothing is ordered unless all of it can be sent at once.
    pub only_in_stock: bool,
}

/// Why the store can not take a request at this moment; trying again may help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    #[error("{in_flight} requests are under way already")]
    Full { in_flight: usize },
    #[error("the database does not take writes at present")]
    Stalled,
    /// Whether it was saved is not known; the same idempotency key tells.
    #[error(transparent)]
    Unanswered(#[from] AskError),
}

/// How ready the store is, for `/readyz` and the pages' banners.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readiness {
    pub ledger: bool,
    pub world: WorldStatus,
    pub carrier: CarrierStatus,
}

/// Bounds of the counter.
#[derive(Debug, Clone, Copy)]
pub struct ShopSettings {
    /// Orders that wait for their commit at most.
    pub orders_max: usize,
    /// How long a request waits for its answer.
    pub answer_within: Duration,
}

impl Default for ShopSettings {
    fn default() -> Self {
        Self { orders_max: 4096, answer_within: Duration::from_secs(10) }
    }
}

/// A handle to the store.
#[derive(Clone)]
pub struct Shop {
    shared: Arc<Shared>,
}

struct Shared {
    inside: Box<dyn Inside>,
    settings: ShopSettings,
    orders: Replies<PlaceAnswer>,
    purchases: Replies<Result<PurchaseId, ReplenishRefusal>>,
    cancels: Replies<CancelOutcome>,
    redirects: Replies<RedirectOutcome>,
    carrier_posts: Replies<Vec<Answer>>,
    wishes: Replies<Result<(), WishRefusal>>,
    looks: Replies<LinkView>,
    pasts: Pasts,
    order_counts: OrderCounts,
    tap: Tap,
    order_door: Admission,
    changes: broadcast::Sender<Arc<PackageChange>>,
    sales: broadcast::Sender<Arc<Sale>>,
    world: watch::Sender<WorldStatus>,
    carrier: watch::Sender<CarrierStatus>,
    stock: RwLock<Stock>,
    /// None: nobody looks where trucks are.
    trucks: OnceLock<Trucks>,
}

/// An order that was placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sale {
    pub packages: Vec<PackageId>,
    pub at: SimTime,
}

impl Sale {
    fn of(order: &PlacedOrder) -> Self {
        Self { packages: order.packages.iter().map(|it| it.id).collect(), at: order.placed_at }
    }
}

/// What can be promised, by listing and warehouse, and what that comes to.
#[derive(Default)]
struct Stock {
    levels: BTreeMap<ListingId, BTreeMap<WarehouseId, i64>>,
    /// Listings of which there is some, and pieces.
    totals: BTreeMap<WarehouseId, (i64, i64)>,
}

impl Stock {
    fn set(&mut self, warehouse: WarehouseId, listing: ListingId, level: i64) {
        let before = self.levels.entry(listing).or_default().insert(warehouse, level);
        let (before, now) = (before.unwrap_or(0).max(0), level.max(0));
        let (listings, pieces) = self.totals.entry(warehouse).or_default();
        *listings += i64::from(now > 0) - i64::from(before > 0);
        *pieces += now - before;
    }
}

impl Shop {
    pub fn new(inside: Box<dyn Inside>, settings: ShopSettings) -> Self {
        let reason = || "starting".to_owned();
        let (world, connected, held, failed) = (None, false, false, false);
        let world = WorldStatus { world, connected, held, failed, reason: reason() };
        let carrier = CarrierStatus { reachable: None, reason: reason() };
        let shared = Shared {
            inside,
            settings,
            orders: Replies::new(),
            purchases: Replies::new(),
            cancels: Replies::new(),
            redirects: Replies::new(),
            carrier_posts: Replies::new(),
            wishes: Replies::new(),
            looks: Replies::new(),
            pasts: Pasts::default(),
            order_counts: OrderCounts::default(),
            tap: Tap::default(),
            order_door: Admission::new(settings.orders_max),
            changes: broadcast::Sender::new(CHANGES_MAX),
            sales: broadcast::Sender::new(CHANGES_MAX),
            world: watch::Sender::new(world),
            carrier: watch::Sender::new(carrier),
            stock: RwLock::default(),
            trucks: OnceLock::new(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Places an order; answers when it is durable.
    pub async fn place(&self, order: PlaceOrder) -> Result<PlaceAnswer, PlaceError> {
        let shared = &*self.shared;
        let _permit = self.enter(&shared.order_door)?;
        let answer = shared.orders.ask(shared.settings.answer_within, |reply| {
            let PlaceOrder { account, email, idempotency_key, body_hash, .. } = order;
            let PlaceOrder { items, destination, carrier_account, .. } = order;
            let PlaceOrder { expected_total, only_in_stock, .. } = order;
            shared.inside.post(Letter::Place(Place {
                reply,
                account,
                email,
                idempotency_key,
                body_hash,
                items,
                destination,
                carrier_account,
                expected_total,
                only_in_stock,
            }));
        });
        Ok(answer.await?)
    }

    /// Lets a warehouse buy more; answers when the purchase is durable. It may be of a piece
    /// more than asked for, to be told from another that is under way.
    pub async fn replenish(
        &self,
        warehouse: WarehouseId,
        lines: Vec<Line>,
    ) -> Result<Result<PurchaseId, ReplenishRefusal>, PlaceError> {
        let shared = &*self.shared;
        let _permit = self.enter(&shared.order_door)?;
        let answer = shared.purchases.ask(shared.settings.answer_within, |reply| {
            shared.inside.post(Letter::Replenish(Replenish { reply, warehouse, lines }));
        });
        Ok(answer.await?)
    }

    /// Gives the models a listing that was written to the database.
    pub fn listing_changed(&self, listing: Listing) {
        self.shared.inside.post(Letter::Catalog(CatalogChange::Listing(listing)));
    }

    /// Gives the models a warehouse as it was written to the database.
    pub fn warehouse_changed(&self, site: Site) {
        self.shared.inside.post(Letter::Catalog(CatalogChange::Warehouse(site)));
    }

    /// Hands over a post of the carrier's; answers when its effects are durable. How many are
    /// under way at once is bounded by the entrances.
    pub async fn hear_carrier(
        &self,
        envelopes: Vec<Envelope<ToStore>>,
    ) -> Result<Vec<Answer>, PlaceError> {
        let shared = &*self.shared;
        if !shared.inside.is_healthy() {
            return Err(PlaceError::Stalled);
        }
        let answers = shared.carrier_posts.ask(shared.settings.answer_within, |reply| {
            shared.inside.post(Letter::Carrier(CarrierInput::Received { reply, envelopes }));
        });
        Ok(answers.await?)
    }

    /// Every order that is placed from now on, whether its buyer still waits for the answer or
    /// not; who lags misses some and is told so.
    pub fn sales(&self) -> broadcast::Receiver<Arc<Sale>> {
        self.shared.sales.subscribe()
    }

    /// Every change of every package from now on; who lags misses some and is told so.
    pub fn changes(&self) -> broadcast::Receiver<Arc<PackageChange>> {
        self.shared.changes.subscribe()
    }

    /// Pieces that can be promised at present, over all warehouses.
    pub fn stock(&self, listing: ListingId) -> i64 {
        let stock = self.shared.stock.read().unwrap_or_else(PoisonError::into_inner);
        stock
            .levels
            .get(&listing)
            .map_or(0, |levels| levels.values().map(|level| (*level).max(0)).sum())
    }

    /// The same at one warehouse; less than none where others wait for it.
    pub fn stock_at(&self, warehouse: WarehouseId, listing: ListingId) -> i64 {
        let stock = self.shared.stock.read().unwrap_or_else(PoisonError::into_inner);
        stock.levels.get(&listing).and_then(|levels| levels.get(&warehouse)).copied().unwrap_or(0)
    }

    /// Pieces that can be promised at present, by warehouse; less than none where more is owed
    /// than is there. A warehouse that never had it has no entry.
    pub fn levels(&self, listing: ListingId) -> BTreeMap<WarehouseId, i64> {
        let stock = self.shared.stock.read().unwrap_or_else(PoisonError::into_inner);
        stock.levels.get(&listing).cloned().unwrap_or_default()
    }

    /// The same, by warehouse; only those that have some.
    pub fn stock_by_warehouse(&self, listing: ListingId) -> Vec<(WarehouseId, i64)> {
        self.levels(listing).into_iter().filter(|(_, level)| *level > 0).collect()
    }

    pub fn readiness(&self) -> Readiness {
        Readiness {
            ledger: self.shared.inside.is_healthy(),
            world: self.world_status(),
            carrier: self.carrier_status(),
        }
    }

    pub fn world_status(&self) -> WorldStatus {
        self.shared.world.borrow().clone()
    }

    pub fn carrier_status(&self) -> CarrierStatus {
        self.shared.carrier.borrow().clone()
    }

    /// To wait for the world: its status now and whenever it changes.
    pub fn watch_world(&self) -> watch::Receiver<WorldStatus> {
        self.shared.world.subscribe()
    }

    /// Takes what the models said to the people; gives back what is for others.
    pub fn take(&self, output: Output) -> Option<Output> {
        let shared = &*self.shared;
        match output {
            Output::Answer { reply, answer } => {
                if let PlaceAnswer::Placed(order) = &answer {
                    // Nobody may be watching.
                    let _ = shared.sales.send(Arc::new(Sale::of(order)));
                }
                shared.orders.answer(reply, answer);
            }
            Output::Replenished { reply, outcome } => shared.purchases.answer(reply, outcome),
            Output::Cancelled { reply, outcome } => shared.cancels.answer(reply, outcome),
            Output::Redirected { reply, outcome } => shared.redirects.answer(reply, outcome),
            Output::AnswerCarrier { reply, answers } => shared.carrier_posts.answer(reply, answers),
            Output::Changed(change) => {
                // Nobody may be watching.
                let _ = shared.changes.send(Arc::new(change));
            }
            Output::Stock { warehouse, levels } => self.take_stock(warehouse, levels),
            Output::Wished { reply, outcome } => shared.wishes.answer(reply, outcome),
            Output::Looked { reply, view } => shared.looks.answer(reply, view),
            Output::World(status) => {
                shared.pasts.note_world(&status);
                shared.world.send_replace(status);
            }
            Output::Carrier(status) => {
                shared.pasts.note_carrier(&status);
                shared.carrier.send_replace(status);
            }
            other => return Some(other),
        }
        None
    }

    fn take_stock(&self, warehouse: WarehouseId, levels: Vec<(ListingId, i64)>) {
        let mut stock = self.shared.stock.write().unwrap_or_else(PoisonError::into_inner);
        for (listing, level) in levels {
            stock.set(warehouse, listing, level);
        }
    }

    fn enter(&self, door: &Admission) -> Result<crate::runtime::Permit, PlaceError> {
        if !self.shared.inside.is_healthy() {
            return Err(PlaceError::Stalled);
        }
        door.enter().ok_or(PlaceError::Full { in_flight: door.in_flight() })
    }
}
