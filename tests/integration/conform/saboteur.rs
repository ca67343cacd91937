//! A saboteur: stands between clients and a real world, over real sockets, and
//! breaks one rule of the protocol on purpose.
//!
//! Which rule, and how, is told to it; what it does not break it passes on
//! byte by byte.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::Mutex as AsyncMutex,
};
use tokio_util::{codec::Decoder as _, sync::CancellationToken};
use waybill::{
    wire::framing::{Delimited, put_body},
    world::{Running, Side},
};

use super::message::Message;

/// Between a length and its body: whoever waits for them has read the one before the other comes,
/// on a busy machine as well.
const APART: Duration = Duration::from_millis(500);

/// What becomes of a message, which may have been changed.
pub enum Reaction {
    Pass,
    Swallow,
    /// Other messages in its place.
    Instead(Vec<Message>),
    /// It goes no further; the client hears this.
    Answer(Message),
    /// It is passed on, and then the connection is closed.
    PassAndHangUp,
    HangUp,
    /// Everybody's connection breaks, and nobody gets a new one.
    FallOver,
}

/// Where a message is met.
#[derive(Debug, Clone, Copy)]
pub struct At {
    pub connection: u64,
    pub side: Side,
    /// The world that the connection has joined, or asks for.
    pub world: i64,
    /// The message's length.
    pub bytes: usize,
}

pub type Mischief = Box<dyn FnMut(&mut Message, At) -> Reaction + Send>;

/// How it treats bytes and sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    Good,
    /// What comes in parts is not understood.
    WholeMessagesOnly,
    /// What comes after the first message of a segment is not seen.
    OneMessageASegment,
    /// A length that is longer than it needs to be is not understood.
    ShortLengthsOnly,
    /// A length is sent by itself.
    LengthApart,
    /// The world's end of a connection is not passed on.
    NeverCloses,
    /// Who sends no more is not heard out.
    ClosesWithTheClient,
    /// More connections are not accepted.
    AtMost(usize),
}

pub struct Saboteur {
    pub amazon: SocketAddr,
    pub ups: SocketAddr,
    end: CancellationToken,
}

struct Gang {
    manner: Manner,
    mischief: Mutex<Mischief>,
    end: CancellationToken,
    last_connection: AtomicU64,
    open: AtomicUsize,
}

impl Drop for Saboteur {
    fn drop(&mut self) {
        self.end.cancel();
    }
}

impl Saboteur {
    pub async fn before(world: &Running, manner: Manner, mischief: Mischief) -> Self {
        let end = CancellationToken::new();
        let gang = Arc::new(Gang {
            manner,
            mischief: Mutex::new(mischief),
            end: end.clone(),
            last_connection: AtomicU64::new(0),
            open: AtomicUsize::new(0),
        });
        let amazon = Arc::clone(&gang).listen(Side::Amazon, world.amazon_addr()).await;
        let ups = gang.listen(Side::Ups, world.ups_addr()).await;
        Self { amazon, ups, end }
    }
}

impl Gang {
    async fn listen(self: Arc<Self>, side: Side, world: SocketAddr) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        tokio::spawn(async move {
            loop {
                let accepted = tokio::select! {
                    accepted = listener.accept() => accepted,
                    () = self.end.cancelled() => return,
                };
                let Ok((client, _)) = accepted else { continue };
                let open = self.open.fetch_add(1, Ordering::Relaxed);
                if matches!(self.manner, Manner::AtMost(max) if open >= max) {
                    self.open.fetch_sub(1, Ordering::Relaxed);
                    continue;
                }
                let gang = Arc::clone(&self);
                tokio::spawn(async move {
                    tokio::select! {
                        () = Box::pin(gang.stand_between(client, side, world)) => {}
                        () = gang.end.cancelled() => {}
                    }
                    gang.open.fetch_sub(1, Ordering::Relaxed);
                });
            }
        });
        addr
    }

    async fn stand_between(&self, client: TcpStream, side: Side, world: SocketAddr) {
        let Ok(world) = TcpStream::connect(world).await else { return };
        let _ = (client.set_nodelay(true), world.set_nodelay(true));
        let (from_client, to_client) = client.into_split();
        let (from_world, to_world) = world.into_split();
        let id = self.last_connection.fetch_add(1, Ordering::Relaxed) + 1;
        let line = Line {
            gang: self,
            id,
            side,
            greeting: Mutex::new(Greeting::default()),
            to_client: AsyncMutex::new(to_client),
            to_world: AsyncMutex::new(to_world),
            hang_up: CancellationToken::new(),
        };
        let both = async {
            tokio::join!(
                Box::pin(line.listen_to_client(from_client)),
                line.listen_to_world(from_world)
            )
        };
        tokio::select! {
            _ = both => {}
            () = line.hang_up.cancelled() => {}
        }
    }
}

/// How far the greeting has come.
#[derive(Debug, Default, Clone, Copy)]
struct Greeting {
    world: i64,
    is_asked: bool,
    is_joined: bool,
}

/// One client's connection.
struct Line<'a> {
    gang: &'a Gang,
    id: u64,
    side: Side,
    greeting: Mutex<Greeting>,
    to_client: AsyncMutex<OwnedWriteHalf>,
    to_world: AsyncMutex<OwnedWriteHalf>,
    hang_up: CancellationToken,
}

impl Line<'_> {
    async fn listen_to_client(&self, mut client: OwnedReadHalf) {
        let (mut buffer, mut codec) = (BytesMut::new(), Delimited::default());
        while matches!(client.read_buf(&mut buffer).await, Ok(1..)) {
            if self.gang.manner == Manner::ShortLengthsOnly && is_long(&buffer) {
                return self.hang_up.cancel();
            }
            let mut taken = 0;
            loop {
                match codec.decode(&mut buffer) {
                    Ok(Some(bytes)) => self.heard_client(&bytes).await,
                    Ok(None) => break,
                    Err(_) => {
                        let rest = buffer.split().freeze();
                        self.nonsense(rest).await;
                        break;
                    }
                }
                taken += 1;
                if taken == 1 && self.gang.manner == Manner::OneMessageASegment {
                    buffer.clear();
                }
            }
            if self.gang.manner == Manner::WholeMessagesOnly && !buffer.is_empty() {
                return self.hang_up.cancel();
            }
        }
        if !buffer.is_empty() {
            self.nonsense(buffer.freeze()).await;
        }
        if self.gang.manner == Manner::ClosesWithTheClient {
            return self.hang_up.cancel();
        }
        let _ = self.to_world.lock().await.shutdown().await;
    }

    /// Bytes that are not even a message go on as they are.
    async fn nonsense(&self, bytes: Bytes) {
        let mut message = Message::Nonsense(bytes.clone());
        if matches!(self.ask(&mut message, bytes.len()), Reaction::Pass) {
            let _ = self.to_world.lock().await.write_all(&bytes).await;
        }
    }

    async fn heard_client(&self, bytes: &Bytes) {
        let is_connect = {
            let mut greeting = self.greeting.lock().unwrap();
            let is_connect = !greeting.is_joined && !greeting.is_asked && !bytes.is_empty();
            greeting.is_asked |= is_connect;
            is_connect
        };
        let mut message = Message::from_client(self.side, is_connect, bytes);
        if let Some(Some(world)) = message.asked_world() {
            self.greeting.lock().unwrap().world = *world;
        }
        let before = message.clone();
        match self.ask(&mut message, bytes.len()) {
            Reaction::Answer(answer) => {
                self.greeting.lock().unwrap().is_asked = false;
                self.tell(&[answer.encode()]).await;
            }
            Reaction::Swallow => {}
            Reaction::Instead(messages) => {
                for message in messages {
                    self.pass(message.encode()).await;
                }
            }
            Reaction::Pass if message == before => self.pass(bytes.clone()).await,
            Reaction::Pass => self.pass(message.encode()).await,
            Reaction::PassAndHangUp | Reaction::HangUp | Reaction::FallOver => {}
        }
    }

    async fn pass(&self, body: Bytes) {
        let mut framed = BytesMut::new();
        put_body(body, &mut framed);
        let _ = self.to_world.lock().await.write_all(&framed).await;
    }

    async fn listen_to_world(&self, mut world: OwnedReadHalf) {
        let (mut buffer, mut codec) = (BytesMut::new(), Delimited::default());
        while matches!(world.read_buf(&mut buffer).await, Ok(1..)) {
            while let Ok(Some(bytes)) = codec.decode(&mut buffer) {
                self.heard_world(&bytes).await;
            }
        }
        if self.gang.manner == Manner::NeverCloses {
            std::future::pending::<()>().await;
        }
        let _ = self.to_client.lock().await.shutdown().await;
    }

    async fn heard_world(&self, bytes: &Bytes) {
        let mut message = {
            let mut greeting = self.greeting.lock().unwrap();
            let mut message = Message::from_world(self.side, !greeting.is_joined, bytes);
            if let Some((world, result)) = message.result() {
                greeting.is_asked = false;
                greeting.is_joined = result == "connected!";
                greeting.world = *world;
            }
            message
        };
        let before = message.clone();
        match self.ask(&mut message, bytes.len()) {
            Reaction::Swallow | Reaction::HangUp | Reaction::FallOver => {}
            Reaction::Instead(messages) => {
                let bodies: Vec<Bytes> = messages.iter().map(Message::encode).collect();
                self.tell(&bodies).await;
            }
            Reaction::Answer(message) => self.tell(&[message.encode()]).await,
            Reaction::Pass if message == before => self.tell(std::slice::from_ref(bytes)).await,
            Reaction::Pass => self.tell(&[message.encode()]).await,
            Reaction::PassAndHangUp => {
                self.tell(&[message.encode()]).await;
                self.hang_up.cancel();
            }
        }
    }

    async fn tell(&self, bodies: &[Bytes]) {
        let mut client = self.to_client.lock().await;
        for body in bodies {
            let mut framed = BytesMut::new();
            put_body(body.clone(), &mut framed);
            if self.gang.manner == Manner::LengthApart {
                let length = framed.split_to(framed.len() - body.len());
                let _ = client.write_all(&length).await;
                tokio::time::sleep(APART).await;
            }
            let _ = client.write_all(&framed).await;
        }
    }

    fn ask(&self, message: &mut Message, bytes: usize) -> Reaction {
        let world = self.greeting.lock().unwrap().world;
        let at = At { connection: self.id, side: self.side, world, bytes };
        let reaction = (self.gang.mischief.lock().unwrap())(message, at);
        match reaction {
            Reaction::HangUp => self.hang_up.cancel(),
            Reaction::FallOver => self.gang.end.cancel(),
            _ => {}
        }
        reaction
    }
}

/// Whether the length takes more bytes than it needs: the last of several is zero.
fn is_long(buffer: &[u8]) -> bool {
    buffer.iter().position(|byte| byte & 0x80 == 0).is_some_and(|at| at > 0 && buffer[at] == 0)
}
