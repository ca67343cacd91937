//! All open sockets, and what the party wants done with them.
//!
//! It never waits: a client that does not read is disconnected, and gets what
//! it missed when it comes back.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{
    places::Places,
    watch::{self, Watch},
};
use crate::{
    runtime::{Edge, Replies},
    world::model::{ConnectionId, Output, View, WorldParty},
};

/// The edge of the world party.
pub(super) struct Sockets {
    open: Mutex<HashMap<ConnectionId, Socket>>,
    watch: Watch,
    /// Those who look into worlds.
    looks: Arc<Replies<View>>,
}

/// The near ends of one socket's tasks.
pub(super) struct Socket {
    /// To the writer; dropped, it writes what it has and closes.
    pub(super) frames: mpsc::Sender<Bytes>,
    /// Room for messages that may be read.
    pub(super) places: Arc<Places>,
    /// Ends it at once.
    pub(super) cut: CancellationToken,
}

impl Sockets {
    pub(super) fn new() -> Self {
        Self { open: Mutex::default(), watch: Watch::default(), looks: Arc::default() }
    }

    pub(super) fn insert(&self, id: ConnectionId, socket: Socket) {
        self.lock().insert(id, socket);
    }

    /// Closes it once what was sent to it is written.
    pub(super) fn remove(&self, id: ConnectionId) {
        self.lock().remove(&id);
    }

    /// Closes all of them likewise.
    pub(super) fn close_all(&self) {
        self.lock().clear();
    }

    /// Closes all of them at once.
    pub(super) fn cut_all(&self) {
        self.lock().drain().for_each(|(_, socket)| socket.cut.cancel());
    }

    pub(super) fn looks(&self) -> Arc<Replies<View>> {
        Arc::clone(&self.looks)
    }

    /// Those that are open.
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.lock().len()
    }

    fn send(&self, id: ConnectionId, bytes: Bytes) {
        let mut open = self.lock();
        let Some(socket) = open.get(&id) else { return };
        if socket.frames.try_send(bytes).is_err() {
            tracing::warn!(connection = id.0, "a client does not read; its connection is closed");
            socket.cut.cancel();
            open.remove(&id);
        }
    }

    fn taken(&self, id: ConnectionId, messages: usize) {
        if let Some(socket) = self.lock().get(&id) {
            socket.places.leave(messages);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ConnectionId, Socket>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Edge<WorldParty> for Sockets {
    fn perform(&self, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Send { connection, bytes } => self.send(connection, bytes),
                Output::Close { connection } => self.remove(connection),
                Output::CloseAll => self.close_all(),
                Output::Taken { connection, messages } => self.taken(connection, messages),
                Output::Observed(observed) => self.watch.note(&observed),
                Output::Worlds { count } => watch::note_worlds(count),
                Output::Looked { reply, view } => self.looks.answer(reply, *view),
            }
        }
    }
}
