//! The socket to the world: one task a connection, frames in and out.
//!
//! When to dial, and what is said, is the link's business.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use tokio::{
    io::{AsyncWriteExt, WriteHalf},
    net::TcpStream,
    sync::mpsc,
};
use tokio_util::codec::FramedRead;

use super::Tell;
use crate::{
    store::model::{ConnectionId, Letter, WorldInput},
    telemetry::{Tap, WorldSide, WorldTap},
    wire::framing::{Delimited, put_body},
};

/// Frames that wait for the socket at most; one more ends the connection.
const FRAMES_MAX: usize = 1024;

const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// A world that takes nothing for this long is gone.
const WRITE_WITHIN: Duration = Duration::from_secs(30);

/// The present connection to the world, if any.
pub(super) struct WorldSocket {
    addr: Arc<str>,
    tell: Tell,
    tap: Tap,
    open: Mutex<Option<Line>>,
}

struct Line {
    connection: ConnectionId,
    frames: mpsc::Sender<Bytes>,
    tapped: WorldTap,
}

impl WorldSocket {
    pub(super) fn new(addr: String, tell: Tell, tap: Tap) -> Self {
        Self { addr: addr.into(), tell, tap, open: Mutex::new(None) }
    }

    pub(super) fn dial(&self, connection: ConnectionId) {
        let (frames, queue) = mpsc::channel(FRAMES_MAX);
        let tapped = WorldTap::new(self.tap.clone(), WorldSide::Amazon);
        // The one before, if any, ends with its sender.
        *self.lock() = Some(Line { connection, frames, tapped: tapped.clone() });
        let (addr, tell) = (Arc::clone(&self.addr), Arc::clone(&self.tell));
        tokio::spawn(async move {
            run(&addr, connection, queue, &tell, &tapped).await;
        });
    }

    pub(super) fn send(&self, connection: ConnectionId, bytes: Bytes) {
        let mut open = self.lock();
        let Some(line) = open.as_ref().filter(|line| line.connection == connection) else { return };
        line.tapped.sent(&bytes);
        if line.frames.try_send(bytes).is_err() {
            *open = None;
            drop(open);
            tracing::warn!("the world does not take frames fast enough; connecting again");
            (self.tell)(Letter::World(WorldInput::Lost { connection }));
        }
    }

    pub(super) fn hang_up(&self, connection: ConnectionId) {
        self.lock().take_if(|line| line.connection == connection);
    }

    pub(super) fn close(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Line>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One connection, from the dial to its end.
async fn run(
    addr: &str,
    connection: ConnectionId,
    queue: mpsc::Receiver<Bytes>,
    tell: &Tell,
    tapped: &WorldTap,
) {
    let stream = match connect(addr).await {
        Ok(stream) => stream,
        Err(error) => {
            let reason = format!("{addr}: {error}");
            return tell(Letter::World(WorldInput::DialFailed { connection, reason }));
        }
    };
    let (incoming, outgoing) = tokio::io::split(stream);
    tapped.made();
    tell(Letter::World(WorldInput::DialSucceeded { connection }));
    let mut frames = FramedRead::new(incoming, Delimited::default());
    let mut writing = std::pin::pin!(write(outgoing, queue));
    loop {
        tokio::select! {
            frame = frames.next() => match frame {
                Some(Ok(bytes)) => {
                    tapped.received(&bytes);
                    tell(Letter::World(WorldInput::Received { connection, bytes }));
                }
                Some(Err(error)) => {
                    tracing::debug!(%error, "the connection to the world broke");
                    break;
                }
                None => break,
            },
            // Hung up, or broken.
            _ = &mut writing => break,
        }
    }
    tapped.ended();
    tell(Letter::World(WorldInput::Lost { connection }));
}

async fn connect(addr: &str) -> io::Result<TcpStream> {
    let stream = tokio::time::timeout(CONNECT_WITHIN, TcpStream::connect(addr)).await??;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Writes what has gathered in one go, each frame's length right before it.
async fn write(mut out: WriteHalf<TcpStream>, mut queue: mpsc::Receiver<Bytes>) -> io::Result<()> {
    let mut gathered = Vec::new();
    let mut buffer = BytesMut::new();
    while queue.recv_many(&mut gathered, FRAMES_MAX).await > 0 {
        for frame in gathered.drain(..) {
            put_body(frame, &mut buffer);
        }
        tokio::time::timeout(WRITE_WITHIN, out.write_all(&buffer)).await??;
        buffer.clear();
    }
    out.shutdown().await
}
