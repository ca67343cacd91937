//! The socket to the world: one task that dials, reads and writes.
//!
//! Messages are opaque here.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use tokio::{
    io::AsyncWriteExt as _,
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::mpsc,
};
use tokio_util::{codec::FramedRead, sync::CancellationToken};

use crate::{
    carrier::model::{ConnectionId, WorldInput},
    telemetry::WorldTap,
    wire::framing::{Delimited, put_body},
};

const DIAL_WITHIN: Duration = Duration::from_secs(5);
const WRITE_WITHIN: Duration = Duration::from_secs(30);
/// Messages that wait to be written at most.
const UNWRITTEN_MAX: usize = 4096;
const WRITE_BATCH: usize = 256;

/// A handle to the socket; without it the socket ends once it has written everything.
pub(super) struct Socket {
    connection: ConnectionId,
    frames: mpsc::Sender<Bytes>,
    tapped: WorldTap,
    cut: CancellationToken,
}

impl Socket {
    /// The handle, and the work behind it.
    pub(super) fn open(
        connection: ConnectionId,
        world_addr: String,
        tapped: WorldTap,
        report: impl Fn(WorldInput) + Send + Sync + 'static,
    ) -> (Self, impl Future<Output = ()> + Send) {
        let (frames, queue) = mpsc::channel(UNWRITTEN_MAX);
        let cut = CancellationToken::new();
        let socket = Self { connection, frames, tapped: tapped.clone(), cut: cut.clone() };
        let work = async move {
            let running = run(connection, world_addr, queue, &tapped, &report);
            if cut.run_until_cancelled(running).await.is_none() {
                tapped.ended();
                report(WorldInput::Lost { connection });
            }
        };
        (socket, work)
    }

    pub(super) fn connection(&self) -> ConnectionId {
        self.connection
    }

    /// False where too much is unwritten; the connection is then cut.
    pub(super) fn send(&self, bytes: Bytes) -> bool {
        self.tapped.sent(&bytes);
        match self.frames.try_send(bytes) {
            Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => true,
            Err(mpsc::error::TrySendError::Full(_)) => {
                self.cut.cancel();
                false
            }
        }
    }
}

async fn run(
    connection: ConnectionId,
    world_addr: String,
    queue: mpsc::Receiver<Bytes>,
    tapped: &WorldTap,
    report: &(impl Fn(WorldInput) + Sync),
) {
    let dialled = tokio::time::timeout(DIAL_WITHIN, TcpStream::connect(&world_addr)).await;
    let stream = match dialled {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            let reason = format!("{world_addr}: {error}");
            return report(WorldInput::DialFailed { connection, reason });
        }
        Err(_) => {
            let reason = format!("{world_addr}: no connection within {DIAL_WITHIN:?}");
            return report(WorldInput::DialFailed { connection, reason });
        }
    };
    // Small messages that somebody waits for; where it is refused they are only later.
    let _ = stream.set_nodelay(true);
    let (reader, writer) = stream.into_split();
    tapped.made();
    report(WorldInput::DialSucceeded { connection });
    tokio::select! {
        () = read(connection, reader, tapped, report) => {}
        () = write(writer, queue) => {}
    }
    tapped.ended();
    report(WorldInput::Lost { connection });
}

async fn read(
    connection: ConnectionId,
    reader: OwnedReadHalf,
    tapped: &WorldTap,
    report: &(impl Fn(WorldInput) + Sync),
) {
    let mut frames = FramedRead::new(reader, Delimited::default());
    while let Some(frame) = frames.next().await {
        match frame {
            Ok(bytes) => {
                tapped.received(&bytes);
                report(WorldInput::Received { connection, bytes });
            }
            Err(error) => {
                tracing::warn!(%error, "what the world sends is no message");
                return;
            }
        }
    }
}

/// Writes until the handle is gone, or the world does not take it.
async fn write(mut writer: OwnedWriteHalf, mut queue: mpsc::Receiver<Bytes>) {
    let (mut frames, mut buffer) = (Vec::new(), BytesMut::new());
    while queue.recv_many(&mut frames, WRITE_BATCH).await > 0 {
        for frame in frames.drain(..) {
            put_body(frame, &mut buffer);
        }
        let written = tokio::time::timeout(WRITE_WITHIN, writer.write_all(&buffer)).await;
        if !matches!(written, Ok(Ok(()))) {
            return;
        }
        buffer.clear();
    }
    // The other side hears of it one way or the other.
    let _ = writer.shutdown().await;
}
