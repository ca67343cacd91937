//! Performs what the models order: dials and writes to the world, posts to the
//! store, answers who waits, and tells who watches.
//!
//! It decides nothing: what fails is reported to the models, which try again.

mod meter;
mod poster;
mod socket;
mod staff;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::{broadcast, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub(super) use self::{meter::stages_at_start, poster::http_client};
use self::{poster::Poster, socket::Socket, staff::Desk};
use super::model::{
    AssignRefusal, Carrier, ConnectionId, DispatcherLetter, Letter, LinkLetter, Output, StoreInput,
    StoreStatus, WishRefusal, WorldInput, WorldStatus,
};
use crate::{
    basis::{PackageId, Point, TruckId},
    runtime::{AskError, Edge, Replies, Service},
    telemetry::{WorldSide, WorldTap},
    wire::{dialect::Answer, signature::Keys},
};

/// For what is asked by hand to be committed.
const STAFF_WAIT: Duration = Duration::from_secs(10);
/// Changes that a watcher may be behind before it has to look for itself.
const CHANGES_KEPT: usize = 4096;

/// The carrier's side of every socket and request.
pub struct CarrierEdge {
    service: Service<Carrier>,
    world_addr: String,
    poster: Arc<Poster>,
    replies: Replies<Vec<Answer>>,
    dispatches: Replies<Result<(), AssignRefusal>>,
    fleet_wishes: Replies<Result<Vec<TruckId>, WishRefusal>>,
    socket: Mutex<Option<Socket>>,
    world: watch::Sender<WorldStatus>,
    store: watch::Sender<StoreStatus>,
    changes: broadcast::Sender<PackageId>,
    /// The post to the store that is under way.
    posting: Mutex<CancellationToken>,
    /// What staff asks and sees.
    desk: Desk,
    closing: CancellationToken,
    tasks: TaskTracker,
}

impl CarrierEdge {
    /// `world_addr`: host and port. `store_url`: without a path. `keys`: shared with the store.
    pub(super) fn new(
        service: Service<Carrier>,
        world_addr: String,
        http: reqwest::Client,
        store_url: &str,
        keys: Keys,
    ) -> Self {
        let desk = Desk::default();
        Self {
            service,
            world_addr,
            poster: Arc::new(Poster::new(http, store_url, keys, desk.tap().clone())),
            replies: Replies::new(),
            dispatches: Replies::new(),
            fleet_wishes: Replies::new(),
            socket: Mutex::new(None),
            world: watch::Sender::new(WorldStatus::Connecting),
            store: watch::Sender::new(StoreStatus::Unknown),
            changes: broadcast::Sender::new(CHANGES_KEPT),
            posting: Mutex::default(),
            desk,
            closing: CancellationToken::new(),
            tasks: TaskTracker::new(),
        }
    }

    /// Who waits for answers to the store's messages.
    pub(super) fn replies(&self) -> &Replies<Vec<Answer>> {
        &self.replies
    }

    /// Sends this truck for this shipment by hand. Comes back when that is committed, or
    /// refused.
    pub(super) async fn dispatch_by_hand(
        &self,
        shipment: PackageId,
        truck: TruckId,
    ) -> Result<Result<(), AssignRefusal>, AskError> {
        let posted = |reply| {
            let assign = DispatcherLetter::Assign { reply, shipment, truck };
            self.service.post(Letter::Dispatcher(assign));
        };
        self.dispatches.ask(STAFF_WAIT, posted).await
    }

    /// Wishes for more trucks, which start there. Comes back when the wish is committed, or
    /// refused; the world has them once it has welcomed us anew.
    pub(super) async fn add_trucks(
        &self,
        count: u32,
        at: Point,
    ) -> Result<Result<Vec<TruckId>, WishRefusal>, AskError> {
        let posted = |reply| {
            self.service.post(Letter::Link(LinkLetter::AddTrucks { reply, count, at }));
        };
        self.fleet_wishes.ask(STAFF_WAIT, posted).await
    }

    pub(super) fn world_status(&self) -> watch::Receiver<WorldStatus> {
        self.world.subscribe()
    }

    pub(super) fn store_status(&self) -> watch::Receiver<StoreStatus> {
        self.store.subscribe()
    }

    /// Shipments that change, from now on.
    pub(super) fn changes(&self) -> broadcast::Receiver<PackageId> {
        self.changes.subscribe()
    }

    /// Ends every socket and post.
    pub(super) async fn close(&self) {
        self.closing.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    fn carry_out(&self, output: Output) {
        match output {
            Output::Dial { connection } => self.dial(connection),
            Output::SendWorld { connection, bytes } => {
                let socket = self.lock();
                let mine = socket.as_ref().filter(|socket| socket.connection() == connection);
                // A socket that does not keep up is cut; the link then starts anew.
                if mine.is_some_and(|socket| !socket.send(bytes)) {
                    tracing::warn!("the world does not take what it is sent; reconnecting");
                }
            }
            Output::HangUp { connection } => {
                self.lock().take_if(|socket| socket.connection() == connection);
            }
            Output::Post { post, envelopes } => {
                envelopes.iter().for_each(meter::telling_store);
                let (poster, service) = (Arc::clone(&self.poster), self.service.clone());
                let superseded = self.supersede_post();
                self.spawn(async move {
                    let posting = superseded.run_until_cancelled(poster.post(&envelopes));
                    let Some(result) = posting.await else { return };
                    service.post(Letter::Store(StoreInput::Posted { post, result }));
                });
            }
            Output::AnswerStore { reply, answers } => self.replies.answer(reply, answers),
            Output::Changed(change) => {
                meter::changed(&change);
                // Nobody watches: then nobody misses it.
                let _ = self.changes.send(change.shipment);
            }
            Output::Ordered { seq, order } => meter::ordered(seq, order),
            Output::Redirected { shipment } => {
                tracing::info!(package = shipment.0, "the destination has changed");
                let _ = self.changes.send(shipment);
            }
            Output::Refused { seq, order, text } => meter::refused_by_world(seq, order, &text),
            Output::StoreRefused { message, refusal } => {
                meter::refused_by_store(&message, &refusal);
            }
            Output::Wished { reply, outcome } => self.desk.wished(reply, outcome),
            Output::Looked { reply, view } => self.desk.looked(reply, view),
            Output::Assigned { reply, outcome } => self.dispatches.answer(reply, outcome),
            Output::TrucksWished { reply, outcome } => self.fleet_wishes.answer(reply, outcome),
            Output::WorldStatus(status) => {
                self.desk.note_world(&status);
                meter::world_status(&status);
                self.world.send_replace(status);
            }
            Output::StoreStatus(status) => {
                self.desk.note_store(&status);
                meter::store_status(&status);
                self.store.send_replace(status);
            }
            Output::LinkLoad { link, unacked, resent } => meter::load(link, unacked, resent),
        }
    }

    /// The socket before this one ends with its handle.
    fn dial(&self, connection: ConnectionId) {
        let tapped = WorldTap::new(self.desk.tap().clone(), WorldSide::Ups);
        let (socket, task) = Socket::open(connection, self.world_addr.clone(), tapped, {
            let service = self.service.clone();
            move |input: WorldInput| service.post(Letter::World(input))
        });
        *self.lock() = Some(socket);
        self.spawn(task);
    }

    /// Ends the post before this one: the peer makes one at a time, so it has given that up.
    fn supersede_post(&self) -> CancellationToken {
        let next = CancellationToken::new();
        let mut posting = self.posting.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *posting, next.clone()).cancel();
        next
    }

    fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let closing = self.closing.clone();
        self.tasks.spawn(async move {
            closing.run_until_cancelled(work).await;
        });
    }

    fn lock(&self) -> MutexGuard<'_, Option<Socket>> {
        self.socket.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Edge<Carrier> for CarrierEdge {
    fn perform(&self, outputs: Vec<Output>) {
        for output in outputs {
            self.carry_out(output);
        }
    }
}
