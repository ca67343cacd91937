//! The socket to the world: one task a connection, frames in and out.
//!
//! When to dial, and what is said, is the link's business.

use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
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
    telemetry::Tap,
    wire::{
        amazon::decode_connected,
        framing::{Delimited, put_body},
        tape::{Form, Heard, Way},
    },
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
    greeted: Greeted,
}

/// Whether the world has said yes to a hello: what follows on either side is no greeting.
type Greeted = Arc<AtomicBool>;

/// What is told of a connection, beside what was said on it.
const MADE: &str = "connected";
const ENDED: &str = "closed";

impl WorldSocket {
    pub(super) fn new(addr: String, tell: Tell, tap: Tap) -> Self {
        Self { addr: addr.into(), tell, tap, open: Mutex::new(None) }
    }

    pub(super) fn dial(&self, connection: ConnectionId) {
        let (frames, queue) = mpsc::channel(FRAMES_MAX);
        let greeted = Greeted::default();
        // The one before, if any, ends with its sender.
        *self.lock() = Some(Line { connection, frames, greeted: Arc::clone(&greeted) });
        let (addr, tell, tap) = (Arc::clone(&self.addr), Arc::clone(&self.tell), self.tap.clone());
        tokio::spawn(async move {
            let way = Tapped { tap, greeted };
            run(&addr, connection, queue, &tell, &way).await;
        });
    }

    pub(super) fn send(&self, connection: ConnectionId, bytes: Bytes) {
        let mut open = self.lock();
        let Some(line) = open.as_ref().filter(|line| line.connection == connection) else { return };
        let is_greeting = !line.greeted.load(Ordering::Acquire);
        let name = if is_greeting { "AConnect" } else { "ACommands" };
        self.tap.note(heard(Way::Sent, Form::Proto, name, bytes.clone()));
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

/// What a connection notes for those who read its messages.
struct Tapped {
    tap: Tap,
    greeted: Greeted,
}

impl Tapped {
    fn mark(&self, name: &'static str) {
        self.tap.note(heard(Way::Received, Form::Mark, name, Bytes::new()));
    }

    fn received(&self, bytes: &Bytes) {
        let name = if self.greeted.load(Ordering::Acquire) {
            "AResponses"
        } else {
            let is_good = decode_connected(bytes).is_ok_and(|answer| answer.is_good());
            self.greeted.store(is_good, Ordering::Release);
            "AConnected"
        };
        self.tap.note(heard(Way::Received, Form::Proto, name, bytes.clone()));
    }
}

fn heard(way: Way, form: Form, name: &'static str, bytes: Bytes) -> Heard {
    Heard { link: "world", way, form, name: name.into(), bytes }
}

/// One connection, from the dial to its end.
async fn run(
    addr: &str,
    connection: ConnectionId,
    queue: mpsc::Receiver<Bytes>,
    tell: &Tell,
    tapped: &Tapped,
) {
    let stream = match connect(addr).await {
        Ok(stream) => stream,
        Err(error) => {
            let reason = format!("{addr}: {error}");
            return tell(Letter::World(WorldInput::DialFailed { connection, reason }));
        }
    };
    let (incoming, outgoing) = tokio::io::split(stream);
    tapped.mark(MADE);
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
    tapped.mark(ENDED);
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
