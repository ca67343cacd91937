//! One store's connection to its world.
//!
//! What is asked of the world is not known here, apart from the one good that is packed.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use futures_util::{SinkExt, StreamExt as _};
use tokio::{
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::mpsc,
};
use tokio_util::codec::{FramedRead, FramedWrite};

use crate::{
    basis::{Point, ProductId, Seq, WarehouseId, WorldId},
    wire::{
        Commands, Connect, Numbered, Responses,
        amazon::{self, Command, Event, Thing},
        framing::Delimited,
        proto,
    },
};

pub(super) const WAREHOUSE: WarehouseId = WarehouseId(1);
/// So that packing takes no time worth speaking of.
const SIMSPEED: u32 = 90_000_000;
/// What is asked may be lost on its way.
const ASK_AGAIN_AFTER: Duration = Duration::from_secs(1);
/// Bytes that are written at one go, where there are so many.
const WRITE_BYTES: usize = 64 * 1024;

/// One store's connection to its world.
pub(super) struct Line {
    pub(super) world: WorldId,
    writer: FramedWrite<OwnedWriteHalf, Delimited>,
    heard: mpsc::UnboundedReceiver<anyhow::Result<Responses<Event>>>,
    patience: Duration,
}

impl Line {
    /// Connects; makes a world where none is named.
    pub(super) async fn open(
        addr: &str,
        world: Option<WorldId>,
        patience: Duration,
    ) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(addr)
            .await
            .with_context(|| format!("connecting to the world at {addr}; does it run there?"))?;
        stream.set_nodelay(true)?;
        let (reader, writer) = stream.into_split();
        let mut reader = FramedRead::new(reader, Delimited::default());
        let mut writer = FramedWrite::new(writer, Delimited::default());
        writer.set_backpressure_boundary(WRITE_BYTES);
        let initial = if world.is_none() { vec![(WAREHOUSE, Point::new(0, 0))] } else { vec![] };
        let connect = Connect { world, initial, is_amazon: true };
        writer.send(&amazon::encode_connect(&connect)).await?;
        let answer = tokio::time::timeout(patience, reader.next()).await;
        let answer = answer.context("the world does not answer a Connect")?;
        let bytes = answer.context("the world closed the connection")??;
        let connected = amazon::decode_connected(&bytes)?;
        ensure!(connected.is_good(), "the world refused to connect: {}", connected.result);
        let (tell, heard) = mpsc::unbounded_channel();
        tokio::spawn(hear(reader, tell));
        Ok(Self { world: connected.world, writer, heard, patience })
    }

    pub(super) async fn send(&mut self, commands: &Commands<Command>) -> anyhow::Result<()> {
        self.feed(commands).await?;
        self.flush().await
    }

    /// Writes a message together with what follows it.
    pub(super) async fn feed(&mut self, commands: &Commands<Command>) -> anyhow::Result<()> {
        let fed = self.writer.feed(&amazon::encode_commands(commands)).await;
        fed.context("the world closed the connection")
    }

    pub(super) async fn flush(&mut self) -> anyhow::Result<()> {
        let flushed = SinkExt::<&proto::amazon::ACommands>::flush(&mut self.writer).await;
        flushed.context("the world closed the connection")
    }

    /// The next message; None where none comes within the time.
    pub(super) async fn hear_within(
        &mut self,
        span: Duration,
    ) -> anyhow::Result<Option<Responses<Event>>> {
        match tokio::time::timeout(span, self.heard.recv()).await {
            Ok(heard) => heard.context("the world closed the connection")?.map(Some),
            Err(_) => Ok(None),
        }
    }

    /// Asks for one thing, again where there is no answer, and gives what the world says to it.
    pub(super) async fn ask(&mut self, seq: Seq, command: Command) -> anyhow::Result<Event> {
        let commands = vec![Numbered::new(seq, command)];
        let question = Commands { commands, simspeed: Some(SIMSPEED), ..Commands::default() };
        let deadline = Instant::now() + self.patience;
        self.send(&question).await?;
        loop {
            ensure!(Instant::now() < deadline, "the world has not answered for too long");
            let Some(heard) = self.hear_within(ASK_AGAIN_AFTER.min(self.patience)).await? else {
                self.send(&question).await?;
                continue;
            };
            let events = heard.events;
            let acks = events.iter().map(|event| event.seq).collect();
            self.send(&Commands { acks, ..Commands::default() }).await?;
            // What an earlier run was told may come again.
            let is_answer = |event: &Event| !matches!(event, Event::Ready { .. });
            if let Some(answer) = events.into_iter().map(|it| it.body).find(is_answer) {
                return Ok(answer);
            }
        }
    }
}

async fn hear(
    mut reader: FramedRead<OwnedReadHalf, Delimited>,
    tell: mpsc::UnboundedSender<anyhow::Result<Responses<Event>>>,
) {
    while let Some(frame) = reader.next().await {
        let heard = frame
            .map_err(anyhow::Error::from)
            .and_then(|bytes| Ok(amazon::decode_responses(&bytes)?));
        let is_over = heard.is_err();
        if tell.send(heard).is_err() || is_over {
            return;
        }
    }
}

/// Pieces of the one good.
pub(super) fn crates(count: i32) -> Thing {
    Thing { product: ProductId(1), description: "crate".to_owned(), count }
}
