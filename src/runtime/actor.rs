//! The ractor actors that run models: residents, and those who watch over them.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use ractor::{Actor, ActorProcessingErr, ActorRef, Message, MessagingErr, SupervisionEvent};
use tokio::{sync::watch, task::AbortHandle};

use super::{
    Durable, Office, Outbox, Party, Resident, ServiceFailure,
    looking::{Failure, LastFailure},
};
use crate::basis::SimTime;

/// What comes into a resident's mailbox.
pub(super) enum Post<P: Party> {
    Letter(P::Letter),
    Wake,
}

impl<P: Party> Message for Post<P> {}

/// Runs one resident.
pub(super) struct ResidentActor<P: Durable> {
    office: Office<P>,
    address: P::Address,
    kind: &'static str,
    /// Letters in the mailbox.
    queued: Arc<AtomicU32>,
}

/// The resident and what its actor keeps beside it.
pub(super) struct Live<P: Party> {
    resident: P::Resident,
    out: Outbox<P>,
    armed: Option<(SimTime, AbortHandle)>,
    restarts: VecDeque<Instant>,
    /// It has given up its address; what still is in its mailbox is for others.
    has_left: bool,
}

/// How a call of a resident ended.
enum Called {
    Done,
    Gone,
}

/// Whether a resident that failed lives again.
enum Restarted {
    Here,
    Nowhere,
}

impl<P: Durable> ResidentActor<P> {
    pub(super) fn new(
        office: Office<P>,
        address: P::Address,
        kind: &'static str,
        queued: Arc<AtomicU32>,
    ) -> Self {
        Self { office, address, kind, queued }
    }

    /// Calls the resident; where it panics, restores it from the committed state
    /// and calls again, so that the letter is not lost and neither is the mailbox.
    async fn call(&self, post: &Post<P>, live: &mut Live<P>) -> Result<Called, ActorProcessingErr> {
        loop {
            let now = self.office.now();
            let (resident, out) = (&mut live.resident, &mut live.out);
            // A resident that panicked is thrown away, so nobody sees its broken state.
            let called = catch_unwind(AssertUnwindSafe(|| match post {
                Post::Letter(letter) => resident.handle(now, letter, out),
                Post::Wake => resident.wake(now, out),
            }));
            match called {
                Ok(()) => return Ok(Called::Done),
                Err(panic) => match self.restart(post, live, &describe(&*panic)).await? {
                    Restarted::Here => {}
                    Restarted::Nowhere => return Ok(Called::Gone),
                },
            }
        }
    }

    async fn restart(
        &self,
        post: &Post<P>,
        live: &mut Live<P>,
        panic: &str,
    ) -> Result<Restarted, ActorProcessingErr> {
        let settings = &self.office.inner.settings;
        let now = Instant::now();
        live.out.clear();
        live.restarts.push_back(now);
        while live.restarts.front().is_some_and(|then| now - *then > settings.restart_window) {
            live.restarts.pop_front();
        }
        let (party, kind, address) = (P::NAME, self.kind, &self.address);
        if let Some(metrics) = self.office.inner.kinds.get(kind) {
            metrics.restarted(Failure::now(format!("{address:?}"), panic));
        }
        tracing::error!(
            party,
            kind,
            ?address,
            panic,
            "an actor failed; restarting it from what is committed"
        );
        let attempt = live.restarts.len();
        if attempt > settings.restarts_max {
            return Err(format!("{address:?} failed {attempt} times in a row: {panic}").into());
        }
        tokio::time::sleep(settings.restart_backoff * (1 << (attempt - 1).min(10))).await;
        self.restore(post, live).await
    }

    async fn restore(
        &self,
        post: &Post<P>,
        live: &mut Live<P>,
    ) -> Result<Restarted, ActorProcessingErr> {
        self.office.ledger().flush().await;
        let disk = P::load_for(&self.office.inner.db, &self.address).await?;
        let mut out = Outbox::new();
        let residents = P::restore(disk, self.office.now(), &mut out);
        let mine = residents.into_iter().find(|(address, _)| *address == self.address);
        let Some(resident) = mine.map(|(_, resident)| resident).or_else(|| self.found(post)) else {
            return Ok(Restarted::Nowhere);
        };
        live.resident = resident;
        // What others would say to it after a restart of everything is said to it now.
        for letter in out.letters {
            if P::address(&letter) == self.address {
                self.office.post(letter);
            }
        }
        Ok(Restarted::Here)
    }

    /// The newcomer that the letter calls for: it failed before anything of it was committed.
    fn found(&self, post: &Post<P>) -> Option<P::Resident> {
        match post {
            Post::Letter(letter) => P::found(letter, self.office.now()),
            Post::Wake => None,
        }
    }

    /// Gives up the address. What is in the mailbox goes to whoever lives there
    /// from now on, or bounces.
    fn move_out(&self, me: &ActorRef<Post<P>>, live: &mut Live<P>) -> Result<(), MessagingErr<()>> {
        live.has_left = true;
        self.office.leave(&self.address);
        me.drain()
    }

    /// A letter that was in the mailbox of one who has left.
    fn forward(&self, post: Post<P>) {
        if let Post::Letter(letter) = post {
            self.office.post(letter);
        }
    }

    /// First the ledger, then the letters: what a letter causes is committed after its cause.
    async fn hand_on(&self, live: &mut Live<P>) {
        self.office.ledger().enter(&mut live.out).await;
        for letter in live.out.letters.drain(..) {
            self.office.post(letter);
        }
    }

    fn arm(&self, me: &ActorRef<Post<P>>, live: &mut Live<P>) {
        let Some(wake) = live.resident.next_wake() else { return };
        if let Some((armed, timer)) = &live.armed {
            if *armed <= wake {
                return;
            }
            timer.abort();
        }
        let timer = me.send_after(self.office.inner.clock.until(wake), || Post::Wake);
        live.armed = Some((wake, timer.abort_handle()));
    }
}

impl<P: Durable> Actor for ResidentActor<P> {
    type Msg = Post<P>;
    type State = Live<P>;
    type Arguments = P::Resident;

    async fn pre_start(
        &self,
        me: ActorRef<Post<P>>,
        resident: P::Resident,
    ) -> Result<Live<P>, ActorProcessingErr> {
        let (out, armed, restarts) = (Outbox::new(), None, VecDeque::new());
        let mut live = Live { resident, out, armed, restarts, has_left: false };
        self.arm(&me, &mut live);
        Ok(live)
    }

    async fn handle(
        &self,
        me: ActorRef<Post<P>>,
        post: Post<P>,
        live: &mut Live<P>,
    ) -> Result<(), ActorProcessingErr> {
        let started = Instant::now();
        match &post {
            Post::Letter(_) => {
                self.queued.fetch_sub(1, Ordering::Relaxed);
                if let Some(metrics) = self.office.inner.kinds.get(self.kind) {
                    metrics.left();
                }
            }
            Post::Wake => live.armed = None,
        }
        if live.has_left {
            self.forward(post);
            return Ok(());
        }
        if let Called::Gone = self.call(&post, live).await? {
            // The committed state does not know it: a connection, or something that has ended.
            self.move_out(&me, live)?;
            if let Post::Letter(letter) = &post {
                self.office.bounce(letter);
            }
            return Ok(());
        }
        self.hand_on(live).await;
        if live.resident.is_finished() {
            self.move_out(&me, live)?;
        } else {
            self.arm(&me, live);
        }
        if let Some(metrics) = self.office.inner.kinds.get(self.kind) {
            metrics.handled(started.elapsed());
        }
        Ok(())
    }

    async fn post_stop(
        &self,
        _: ActorRef<Post<P>>,
        live: &mut Live<P>,
    ) -> Result<(), ActorProcessingErr> {
        if let Some((_, timer)) = &live.armed {
            timer.abort();
        }
        Ok(())
    }
}

/// Watches over the residents of one kind.
pub(super) struct Keeper {
    party: &'static str,
    kind: &'static str,
}

impl Keeper {
    pub(super) fn new(party: &'static str, kind: &'static str) -> Self {
        Self { party, kind }
    }
}

impl Actor for Keeper {
    type Msg = ();
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, _: ActorRef<()>, (): ()) -> Result<(), ActorProcessingErr> {
        Ok(())
    }

    async fn handle_supervisor_evt(
        &self,
        _: ActorRef<()>,
        event: SupervisionEvent,
        (): &mut (),
    ) -> Result<(), ActorProcessingErr> {
        match event {
            // Restarting in place did not help: whoever wrote to it has lost letters,
            // so only the whole service can be made consistent again.
            SupervisionEvent::ActorFailed(_, reason) => {
                tracing::error!(party = self.party, kind = self.kind, %reason, "an actor can not be kept alive");
                Err(reason)
            }
            _ => Ok(()),
        }
    }
}

/// Watches over the keepers, and tells when the service has to be opened anew.
pub(super) struct Steward {
    party: &'static str,
    failure: watch::Sender<Option<ServiceFailure>>,
}

impl Steward {
    pub(super) fn new(party: &'static str, failure: watch::Sender<Option<ServiceFailure>>) -> Self {
        Self { party, failure }
    }
}

impl Actor for Steward {
    type Msg = ();
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, _: ActorRef<()>, (): ()) -> Result<(), ActorProcessingErr> {
        Ok(())
    }

    async fn handle_supervisor_evt(
        &self,
        _: ActorRef<()>,
        event: SupervisionEvent,
        (): &mut (),
    ) -> Result<(), ActorProcessingErr> {
        if let SupervisionEvent::ActorFailed(_, reason) = event {
            let (party, reason) = (self.party, reason.to_string());
            self.failure.send_if_modified(|slot| {
                let first = slot.is_none();
                slot.get_or_insert(ServiceFailure { party, reason, is_final: false });
                first
            });
        }
        Ok(())
    }
}

/// What is counted for each kind of actor.
pub(super) struct KindMetrics {
    depth: metrics::Gauge,
    handling: metrics::Histogram,
    restarts_total: metrics::Counter,
    // The same, to be read here.
    pub(super) queued: AtomicI64,
    pub(super) handled_count: AtomicU64,
    pub(super) restarts: AtomicU64,
    pub(super) failure: LastFailure,
}

impl KindMetrics {
    pub(super) fn new(party: &'static str, kind: &'static str) -> Self {
        let restarts_total =
            metrics::counter!("waybill_actor_restarts_total", "party" => party, "kind" => kind);
        // Registered at once, so that a dashboard sees a zero and not a hole.
        restarts_total.increment(0);
        Self {
            restarts_total,
            queued: AtomicI64::new(0),
            handled_count: AtomicU64::new(0),
            restarts: AtomicU64::new(0),
            failure: LastFailure::default(),
            depth: metrics::gauge!("waybill_actor_mailbox_depth", "party" => party, "kind" => kind),
            handling: metrics::histogram!(
                "waybill_actor_handling_seconds", "party" => party, "kind" => kind
            ),
        }
    }

    pub(super) fn arrived(&self) {
        self.depth.increment(1.0);
        self.queued.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn left(&self) {
        self.depth.decrement(1.0);
        self.queued.fetch_sub(1, Ordering::Relaxed);
    }

    /// Every mailbox is gone with what was in it.
    pub(super) fn emptied(&self) {
        self.depth.set(0.0);
        self.queued.store(0, Ordering::Relaxed);
    }

    fn handled(&self, took: Duration) {
        self.handling.record(took.as_secs_f64());
        self.handled_count.fetch_add(1, Ordering::Relaxed);
    }

    fn restarted(&self, failure: Failure) {
        self.restarts_total.increment(1);
        self.restarts.fetch_add(1, Ordering::Relaxed);
        self.failure.set(failure);
    }
}

fn describe(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".to_owned())
}
