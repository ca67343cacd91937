//! A visitor that makes a simple world at a running simulator, over the protocol,
//! and leaves both of its sides free.
//!
//! It knows no more of the simulator than any store or carrier does, so it works
//! at others that speak the same protocol.
//!
//! ```text
//! store's port ── Connect with warehouses ──▶ a world's id ──▶ disconnect, until finished
//! carrier's port ── Connect with that id and trucks ──────────▶ disconnect, until finished
//! ```

use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use bytes::Bytes;
use futures_util::StreamExt as _;
use tokio::{io::AsyncWriteExt as _, net::TcpStream, time::timeout};
use tokio_util::codec::Framed;

use super::model::Side;
use crate::{
    basis::{Point, TruckId, WarehouseId, WorldId},
    wire::{
        Commands, Connect, Connected, WireError, amazon,
        framing::{Delimited, delimited},
        ups,
    },
};

/// A farewell may be lost where the simulator drops requests.
const SAY_AGAIN: Duration = Duration::from_secs(1);

/// What to make, and where.
#[derive(Debug, Clone)]
pub struct InitSettings {
    /// The simulator's port for stores, HOST:PORT.
    pub amazon_addr: String,
    /// The simulator's port for carriers, HOST:PORT.
    pub ups_addr: String,
    /// None: a new world; else things are added to that one.
    pub world: Option<WorldId>,
    pub warehouses: Vec<(WarehouseId, Point)>,
    pub trucks: Vec<(TruckId, Point)>,
    /// The simulator may be silent for no longer than this.
    pub patience: Duration,
}

/// Makes the world, or adds to it; gives its id. An error says what was refused, and
/// what is there already.
pub async fn init(settings: &InitSettings) -> anyhow::Result<WorldId> {
    let mut world = settings.world;
    if !settings.warehouses.is_empty() {
        let initial = settings.warehouses.clone();
        let connect = amazon::encode_connect(&Connect { world, initial, is_amazon: true });
        let visit = Visit { side: Side::Amazon, addr: &settings.amazon_addr, settings };
        world = Some(visit.pay(delimited(&connect)).await?);
    }
    if !settings.trucks.is_empty() {
        let initial = settings.trucks.clone();
        let connect = ups::encode_connect(&Connect { world, initial, is_amazon: false });
        let visit = Visit { side: Side::Ups, addr: &settings.ups_addr, settings };
        world = Some(visit.pay(delimited(&connect)).await.map_err(|error| half(error, world))?);
    }
    world.context("there is nothing to make; name at least one warehouse or truck")
}

fn half(error: anyhow::Error, world: Option<WorldId>) -> anyhow::Error {
    match world {
        Some(world) => error.context(format!("world {world} is there, but without these trucks")),
        None => error,
    }
}

/// One connection: connect, be let in, leave.
struct Visit<'a> {
    side: Side,
    addr: &'a str,
    settings: &'a InitSettings,
}

type Line = Framed<TcpStream, Delimited>;

impl Visit<'_> {
    async fn pay(&self, connect: Bytes) -> anyhow::Result<WorldId> {
        let Self { addr, settings, .. } = self;
        let stream = timeout(settings.patience, TcpStream::connect(*addr)).await;
        let stream = stream.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()));
        let stream = stream.with_context(|| {
            format!(
                "connecting to the world at {addr}; does it run there? --amazon and --ups say where"
            )
        })?;
        let mut line = Framed::new(stream, Delimited::default());
        line.get_mut().write_all(&connect).await.context("sending a Connect")?;
        let answer = timeout(settings.patience, line.next()).await;
        let answer = answer.with_context(|| format!("{addr} does not answer a Connect"))?;
        let bytes = answer.unwrap_or_else(|| Err(std::io::Error::other("it hung up").into()));
        let bytes = bytes
            .with_context(|| format!("{addr} does not answer a Connect; is it a world's port?"))?;
        let connected = self.decode_connected(&bytes)?;
        if !connected.is_good() {
            bail!("the world at {addr} refused: {}", one_line(&connected.result));
        }
        self.leave(&mut line).await?;
        Ok(connected.world)
    }

    /// Says farewell until it is heard. What the world wants to tell this side is not
    /// acked, so that who comes next hears it.
    async fn leave(&self, line: &mut Line) -> anyhow::Result<()> {
        let farewell = async {
            loop {
                line.get_mut().write_all(&self.farewell()).await?;
                while let Ok(heard) = timeout(SAY_AGAIN, line.next()).await {
                    // Who hangs up has heard it as well.
                    let Some(bytes) = heard else { return Ok(()) };
                    if self.is_last(&bytes?)? {
                        return Ok(());
                    }
                }
            }
        };
        let left = timeout(self.settings.patience, farewell).await;
        let addr = self.addr;
        left.unwrap_or_else(|_| Err(anyhow!("no answer"))).with_context(|| {
            format!("leaving the world at {addr}; its side may be taken for a while")
        })
    }

    fn decode_connected(&self, bytes: &[u8]) -> Result<Connected, WireError> {
        match self.side {
            Side::Amazon => amazon::decode_connected(bytes),
            Side::Ups => ups::decode_connected(bytes),
        }
    }

    fn farewell(&self) -> Bytes {
        match self.side {
            Side::Amazon => {
                let last = Commands { disconnect: true, ..Commands::default() };
                delimited(&amazon::encode_commands(&last))
            }
            Side::Ups => {
                let last = Commands { disconnect: true, ..Commands::default() };
                delimited(&ups::encode_commands(&last))
            }
        }
    }

    fn is_last(&self, bytes: &[u8]) -> Result<bool, WireError> {
        match self.side {
            Side::Amazon => amazon::decode_responses(bytes).map(|it| it.finished),
            Side::Ups => ups::decode_responses(bytes).map(|it| it.finished),
        }
    }
}

/// The protocol's texts have several.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
