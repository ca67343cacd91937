//! The two doors: whoever comes in gets a socket task, as long as there is room.
//!
//! What is said behind the doors is not known here.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::net::{TcpListener, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    partials::Partials,
    settings::WorldSettings,
    socket::{self, Limits},
    sockets::Sockets,
};
use crate::{
    runtime::{Admission, Service},
    world::model::{ConnectionId, Side, WorldParty},
};

/// After a failed accept, which is mostly a lack of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

#[derive(Clone)]
pub(super) struct Listener {
    service: Service<WorldParty>,
    sockets: Arc<Sockets>,
    closing: CancellationToken,
    tasks: TaskTracker,
    admission: Admission,
    last_id: Arc<AtomicU64>,
    limits: Limits,
    partials: Arc<Partials>,
    /// Somebody was turned away, and nobody let in since.
    is_full: Arc<AtomicBool>,
}

impl Listener {
    pub(super) fn new(
        settings: &WorldSettings,
        service: Service<WorldParty>,
        sockets: Arc<Sockets>,
        closing: &CancellationToken,
        tasks: &TaskTracker,
    ) -> Self {
        Self {
            service,
            sockets,
            closing: closing.clone(),
            tasks: tasks.clone(),
            admission: Admission::new(settings.connections_max),
            last_id: Arc::new(AtomicU64::new(0)),
            is_full: Arc::new(AtomicBool::new(false)),
            limits: Limits {
                unanswered_bytes_max: settings.unanswered_bytes_max,
                unwritten_max: settings.unwritten_max.max(1),
                message_bytes_max: settings.message_bytes_max,
                link: settings.rules().link,
            },
            // A message that may come must find room, with what comes behind it.
            partials: Partials::new(
                settings.partial_bytes_max.max(settings.message_bytes_max.saturating_mul(2)),
            ),
        }
    }

    /// Lets clients in until the service closes.
    pub(super) async fn accept(self, listener: TcpListener, side: Side) {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = self.closing.cancelled() => return,
            };
            match accepted {
                Ok((stream, peer)) => {
                    tracing::debug!(%peer, link = side.link(), "a client connected");
                    self.let_in(stream, side);
                }
                Err(error) => {
                    tracing::warn!(%error, link = side.link(), "no connection could be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn let_in(&self, stream: TcpStream, side: Side) {
        let Some(permit) = self.admission.enter() else {
            // As often as strangers like, so it must not fill the log.
            if !self.is_full.swap(true, Ordering::Relaxed) {
                let link = side.link();
                tracing::warn!(link, "too many connections; whoever comes is turned away");
            }
            return;
        };
        self.is_full.store(false, Ordering::Relaxed);
        let id = ConnectionId(self.last_id.fetch_add(1, Ordering::Relaxed) + 1);
        let (service, sockets, limits) =
            (self.service.clone(), Arc::clone(&self.sockets), self.limits);
        let partials = Arc::clone(&self.partials);
        self.tasks.spawn(async move {
            let connections = metrics::gauge!("waybill_world_connections", "link" => side.link());
            connections.increment(1.0);
            socket::serve(stream, id, side, &service, &sockets, partials, limits).await;
            connections.decrement(1.0);
            drop(permit);
        });
    }
}
