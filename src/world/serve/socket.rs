//! One client's socket: a reader that waits for room before each message, and
//! hands on together what has come together, and a writer that does the like.
//!
//! Messages are opaque here.

use std::{sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::mpsc,
};
use tokio_util::{codec::FramedRead, sync::CancellationToken};

use super::{
    partials::{Gathering, Partials, Share},
    places::Places,
    sockets::{Socket, Sockets},
};
use crate::{
    runtime::Service,
    wire::framing::{FramingError, put_body},
    world::model::{ConnectionId, Letter, LinkRules, Side, WorldParty},
};

/// A client that takes nothing for this long is gone.
const WRITE_PATIENCE: Duration = Duration::from_secs(30);
/// After our last word, for the client to hang up: a socket that is closed with
/// unread bytes resets the connection, and the last word may be lost.
const LINGER: Duration = Duration::from_secs(1);
/// Messages read at one go at most.
const READ_BATCH: usize = 512;
/// Messages written at one go at most.
const WRITE_BATCH: usize = 256;

#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub(super) unanswered_bytes_max: usize,
    pub(super) unwritten_max: usize,
    pub(super) message_bytes_max: usize,
    pub(super) link: LinkRules,
}

type Frames = FramedRead<OwnedReadHalf, Gathering>;

/// Runs a socket until it is closed, by whomever.
pub(super) async fn serve(
    stream: TcpStream,
    id: ConnectionId,
    side: Side,
    service: &Service<WorldParty>,
    sockets: &Sockets,
    partials: Arc<Partials>,
    limits: Limits,
) {
    // Small messages that somebody waits for; where it is refused they are only later.
    let _ = stream.set_nodelay(true);
    let (reader, writer) = stream.into_split();
    let (frames, queue) = mpsc::channel(limits.unwritten_max);
    let places = Arc::new(Places::new(limits.unanswered_bytes_max));
    let cut = CancellationToken::new();
    sockets.insert(id, Socket { frames, places: Arc::clone(&places), cut: cut.clone() });
    service.post(Letter::Opened { connection: id, side, link: limits.link });
    let gathering = Gathering::new(limits.message_bytes_max, Share::new(partials, cut.clone()));
    let mut reader = FramedRead::new(reader, gathering);
    let room = Room { places: &places, idle: Duration::from_millis(limits.link.idle_ms) };
    let reading = async {
        match read(&mut reader, &room, id, service).await {
            // Many close only their sending side, and listen: the party closes the other.
            Ok(()) => service.post(Letter::HungUp { connection: id }),
            Err(error) => {
                tracing::debug!(connection = id.0, %error, "a connection failed");
                // What was sent to it before is still written.
                sockets.remove(id);
                service.post(Letter::Closed { connection: id });
            }
        }
        std::future::pending::<()>().await;
    };
    let sent = metrics::counter!("waybill_world_messages_sent_total", "link" => side.link());
    let was_cut = tokio::select! {
        () = cut.cancelled() => true,
        () = write(writer, queue, sent) => false,
        () = reading => false,
    };
    sockets.remove(id);
    // Said twice where the client hung up, and then not heard.
    service.post(Letter::Closed { connection: id });
    if !was_cut {
        linger(reader).await;
    }
}

/// Reads until the client hangs up, or fails on what is no message.
async fn read(
    frames: &mut Frames,
    room: &Room<'_>,
    id: ConnectionId,
    service: &Service<WorldParty>,
) -> Result<(), FramingError> {
    let mut next = frames.next().await;
    while let Some(first) = next.transpose()? {
        room.enter(first.len(), || service.post(Letter::Heard { connection: id })).await;
        frames.decoder_mut().is_passed_on();
        let mut messages = vec![first];
        let apart = gather(frames, room.places, &mut messages);
        service.post(Letter::Received { connection: id, messages });
        next = match apart {
            Some(apart) => apart,
            None => frames.next().await,
        };
    }
    Ok(())
}

/// Where messages wait until they may be worked on.
struct Room<'a> {
    places: &'a Places,
    /// Who is not heard of for so long is taken for gone.
    idle: Duration,
}

impl Room<'_> {
    /// Waits until there is room for a message, and lets it be known now and then that
    /// there is one: whom we do not read is not silent.
    async fn enter(&self, bytes: usize, is_heard: impl Fn()) {
        let mut entering = std::pin::pin!(self.places.enter(bytes));
        let pause = (self.idle / 3).max(Duration::from_millis(1));
        while tokio::time::timeout(pause, &mut entering).await.is_err() {
            is_heard();
        }
    }
}

/// Takes along what has come as well and finds room; gives back what comes next
/// where that is something else.
fn gather(
    frames: &mut Frames,
    places: &Places,
    messages: &mut Vec<Bytes>,
) -> Option<Option<Result<Bytes, FramingError>>> {
    while messages.len() < READ_BATCH {
        match frames.next().now_or_never()? {
            Some(Ok(bytes)) if places.try_enter(bytes.len()) => {
                frames.decoder_mut().is_passed_on();
                messages.push(bytes);
            }
            apart => return Some(apart),
        }
    }
    None
}

/// Writes until nobody has anything to send any more, or the client does not take it.
async fn write(
    mut writer: OwnedWriteHalf,
    mut queue: mpsc::Receiver<Bytes>,
    sent: metrics::Counter,
) {
    let (mut frames, mut buffer) = (Vec::new(), BytesMut::new());
    while queue.recv_many(&mut frames, WRITE_BATCH).await > 0 {
        let count = frames.len() as u64;
        for frame in frames.drain(..) {
            put_body(frame, &mut buffer);
        }
        let written = tokio::time::timeout(WRITE_PATIENCE, writer.write_all(&buffer)).await;
        if !matches!(written, Ok(Ok(()))) {
            return;
        }
        sent.increment(count);
        buffer.clear();
    }
    let _ = writer.shutdown().await;
}

async fn linger(reader: Frames) {
    let (mut reader, mut waste) = (reader.into_inner(), [0; 4096]);
    let drain = async { while matches!(reader.read(&mut waste).await, Ok(1..)) {} };
    let _ = tokio::time::timeout(LINGER, drain).await;
}
