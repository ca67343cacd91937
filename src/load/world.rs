//! The load on a world: one store's connection that packs as fast as the world
//! acks.
//!
//! It makes a world of its own, fills a warehouse, and then keeps a fixed number
//! of commands in flight. Every command is a package, so each one changes what
//! the world must not forget, and each has a `ready` of its own to come back.
//!
//! ```text
//! connect ──▶ buy ──▶ pack, pack, pack … ──▶ until each is acked and ready ──▶ report
//! ```

use std::{
    collections::VecDeque,
    fmt,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use futures_util::{SinkExt, StreamExt as _};
use hdrhistogram::Histogram;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use tokio::{
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::mpsc,
};
use tokio_util::codec::{FramedRead, FramedWrite};

use super::report::{Latency, rate};
use crate::{
    basis::{PackageId, Point, ProductId, Seq, WarehouseId, WorldId},
    wire::{
        Commands, Connect, Numbered, Responses,
        amazon::{self, Command, Event, Thing},
        framing::Delimited,
        proto,
    },
};

const WAREHOUSE: WarehouseId = WarehouseId(1);
/// So that packing takes no time worth speaking of.
const SIMSPEED: u32 = 90_000_000;

/// What to do to which world.
#[derive(Debug, Clone)]
pub struct WorldLoadSettings {
    /// The simulator's port for stores, HOST:PORT.
    pub amazon_addr: String,
    pub commands: u64,
    /// Commands in one message.
    pub batch: usize,
    /// Commands that wait for their ack at most.
    pub window: usize,
    /// The world may be silent for no longer than this.
    pub patience: Duration,
    pub show_progress: bool,
}

/// What was found.
#[derive(Debug, Clone, Serialize)]
pub struct WorldReport {
    pub world: i64,
    pub commands: u64,
    pub batch: usize,
    pub window: usize,
    /// From the first command to the last ack.
    pub seconds: f64,
    pub commands_per_second: f64,
    /// From the sending of a message to the ack of its last command.
    pub round_trip_ms: Latency,
    /// From the first command until the last package was ready as well.
    pub seconds_to_ready: f64,
}

/// Runs the load; an error where a command was refused or not answered.
pub async fn run(settings: &WorldLoadSettings) -> anyhow::Result<WorldReport> {
    ensure!(settings.batch > 0 && settings.commands > 0, "there is nothing to send");
    ensure!(
        settings.window >= settings.batch,
        "a window of {} commands has no room for a message of {}; raise the window",
        settings.window,
        settings.batch
    );
    let mut line = Line::open(&settings.amazon_addr, settings.patience).await?;
    line.stock(settings.commands).await?;
    Run::new(settings)?.drive(&mut line).await
}

/// One store's connection to its world.
struct Line {
    world: WorldId,
    writer: FramedWrite<OwnedWriteHalf, Delimited>,
    heard: mpsc::UnboundedReceiver<anyhow::Result<Responses<Event>>>,
    patience: Duration,
}

impl Line {
    async fn open(addr: &str, patience: Duration) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(addr)
            .await
            .with_context(|| format!("connecting to the world at {addr}; does it run there?"))?;
        stream.set_nodelay(true)?;
        let (reader, writer) = stream.into_split();
        let mut reader = FramedRead::new(reader, Delimited::default());
        let mut writer = FramedWrite::new(writer, Delimited::default());
        let initial = vec![(WAREHOUSE, Point::new(0, 0))];
        let connect = Connect { world: None, initial, is_amazon: true };
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

    async fn send(&mut self, commands: &Commands<Command>) -> anyhow::Result<()> {
        self.feed(commands).await?;
        self.flush().await
    }

    /// Writes a message together with what follows it.
    async fn feed(&mut self, commands: &Commands<Command>) -> anyhow::Result<()> {
        let fed = self.writer.feed(&amazon::encode_commands(commands)).await;
        fed.context("the world closed the connection")
    }

    async fn flush(&mut self) -> anyhow::Result<()> {
        let flushed = SinkExt::<&proto::amazon::ACommands>::flush(&mut self.writer).await;
        flushed.context("the world closed the connection")
    }

    async fn hear(&mut self) -> anyhow::Result<Responses<Event>> {
        let heard = tokio::time::timeout(self.patience, self.heard.recv()).await;
        let heard = heard.context("the world has not answered for too long; some of what was sent may be lost (is it flaky?)")?;
        heard.context("the world closed the connection")?
    }

    /// Fills the warehouse with one piece for each package.
    async fn stock(&mut self, pieces: u64) -> anyhow::Result<()> {
        let count = i32::try_from(pieces).context("more commands than pieces fit a purchase")?;
        let things = vec![thing(count)];
        let buy = Numbered::new(Seq(1), Command::Buy { warehouse: WAREHOUSE, things });
        let commands =
            Commands { commands: vec![buy], simspeed: Some(SIMSPEED), ..Commands::default() };
        self.send(&commands).await?;
        loop {
            if let Some(Numbered { seq, body }) = self.hear().await?.events.pop() {
                ensure!(
                    matches!(body, Event::Arrived { .. }),
                    "the world answered a purchase with {body:?}"
                );
                let acks = vec![seq];
                return self.send(&Commands { acks, ..Commands::default() }).await;
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

/// How far one run is. Command `n` (from 0) packs package `n` under number `n + 2`.
struct Run<'a> {
    settings: &'a WorldLoadSettings,
    sent: u64,
    acked: Seen,
    ready: Seen,
    /// The last command of each message in flight, and when it left.
    in_flight: VecDeque<(u64, Instant)>,
    owed: Vec<Seq>,
    round_trip_us: Histogram<u64>,
}

impl<'a> Run<'a> {
    fn new(settings: &'a WorldLoadSettings) -> anyhow::Result<Self> {
        Ok(Self {
            settings,
            sent: 0,
            acked: Seen::of(settings.commands)?,
            ready: Seen::of(settings.commands)?,
            in_flight: VecDeque::new(),
            owed: Vec::new(),
            round_trip_us: Histogram::new_with_bounds(1, 600_000_000, 3)?,
        })
    }

    async fn drive(mut self, line: &mut Line) -> anyhow::Result<WorldReport> {
        let Self { settings: &WorldLoadSettings { commands, batch, window, .. }, .. } = self;
        let progress = progress(self.settings);
        let started = Instant::now();
        let mut acked_after = None;
        while self.ready.count < commands || self.acked.count < commands {
            while let Some(message) = self.next_message() {
                line.feed(&message).await?;
            }
            line.flush().await?;
            let responses = line.hear().await?;
            self.take(&responses)?;
            progress.set_position(self.acked.count);
            if self.acked.count == commands {
                acked_after.get_or_insert_with(|| started.elapsed());
            }
        }
        progress.finish_and_clear();
        let (took, ready_after) = (acked_after.unwrap_or_default(), started.elapsed());
        let acks = std::mem::take(&mut self.owed);
        line.send(&Commands { acks, disconnect: true, ..Commands::default() }).await?;
        Ok(WorldReport {
            world: line.world.0,
            commands,
            batch,
            window,
            seconds: took.as_secs_f64(),
            commands_per_second: rate(commands, took.as_secs_f64()),
            round_trip_ms: Latency::of(&self.round_trip_us),
            seconds_to_ready: ready_after.as_secs_f64(),
        })
    }

    /// As many commands as fit a message, where the window has room for it.
    fn next_message(&mut self) -> Option<Commands<Command>> {
        let left = self.settings.commands - self.sent;
        let size = left.min(self.settings.batch as u64);
        let in_flight = self.sent - self.acked.count;
        if size == 0 || in_flight + size > self.settings.window as u64 {
            return None;
        }
        let commands = (self.sent..self.sent + size).map(pack).collect();
        self.sent += size;
        self.in_flight.push_back((self.sent - 1, Instant::now()));
        let acks = std::mem::take(&mut self.owed);
        Some(Commands { commands, acks, ..Commands::default() })
    }

    fn take(&mut self, responses: &Responses<Event>) -> anyhow::Result<()> {
        for Numbered { seq, body } in &responses.events {
            self.owed.push(*seq);
            match body {
                Event::Ready { package } => self.ready.see(package.0),
                Event::Failed { text, origin } => bail!("command {origin} failed: {text}"),
                // Nothing else was asked for.
                other => bail!("the world said {other:?} unasked"),
            }
        }
        responses.acks.iter().for_each(|seq| self.acked.see(seq.0 - 2));
        while let Some((last, left_at)) = self.in_flight.front().copied()
            && self.acked.contains(last)
        {
            self.in_flight.pop_front();
            let us = u64::try_from(left_at.elapsed().as_micros()).unwrap_or(u64::MAX);
            self.round_trip_us.saturating_record(us.max(1));
        }
        Ok(())
    }
}

/// Which of the commands something was heard of, however often.
struct Seen {
    is_seen: Vec<bool>,
    count: u64,
}

impl Seen {
    fn of(commands: u64) -> anyhow::Result<Self> {
        let size = usize::try_from(commands).context("more commands than fit in memory")?;
        Ok(Self { is_seen: vec![false; size], count: 0 })
    }

    /// Numbers that are none of the commands are somebody else's: the purchase's, or wrong.
    fn see(&mut self, index: i64) {
        let slot = usize::try_from(index).ok().and_then(|index| self.is_seen.get_mut(index));
        if let Some(slot) = slot.filter(|slot| !**slot) {
            *slot = true;
            self.count += 1;
        }
    }

    fn contains(&self, index: u64) -> bool {
        usize::try_from(index).is_ok_and(|index| self.is_seen.get(index) == Some(&true))
    }
}

fn pack(index: u64) -> Numbered<Command> {
    let index = i64::try_from(index).unwrap_or(i64::MAX);
    let (things, package) = (vec![thing(1)], PackageId(index));
    Numbered::new(Seq(index + 2), Command::Pack { warehouse: WAREHOUSE, things, package })
}

fn thing(count: i32) -> Thing {
    Thing { product: ProductId(1), description: "crate".to_owned(), count }
}

fn progress(settings: &WorldLoadSettings) -> ProgressBar {
    if !settings.show_progress {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(settings.commands);
    match ProgressStyle::with_template("{bar:40} {pos}/{len} commands acked, {per_sec}, {eta} left")
    {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

impl fmt::Display for WorldReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { world, commands, batch, window, seconds, commands_per_second, .. } = self;
        let Self { round_trip_ms: ms, seconds_to_ready, .. } = self;
        writeln!(
            f,
            "acked      {commands} commands by world {world} in {seconds:.2} s: {commands_per_second:.0} commands/s"
        )?;
        writeln!(f, "sent       {batch} in a message, {window} in flight at most")?;
        writeln!(
            f,
            "round trip p50 {:.2} ms, p90 {:.2} ms, p99 {:.2} ms, p99.9 {:.2} ms, max {:.2} ms",
            ms.p50, ms.p90, ms.p99, ms.p999, ms.max
        )?;
        writeln!(f, "ready      all packages after {seconds_to_ready:.2} s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> WorldLoadSettings {
        WorldLoadSettings {
            amazon_addr: String::new(),
            commands: 5,
            batch: 2,
            window: 4,
            patience: Duration::from_secs(1),
            show_progress: false,
        }
    }

    #[test]
    fn no_more_is_in_flight_than_the_window_has_room_for() {
        let settings = settings();
        let mut run = Run::new(&settings).expect("run");
        let sent = std::iter::from_fn(|| run.next_message()).map(|it| it.commands.len());
        assert_eq!(sent.collect::<Vec<_>>(), [2, 2]);
        let acks = vec![Seq(2), Seq(3), Seq(2), Seq(1), Seq(-9), Seq(99)];
        run.take(&Responses { acks, ..Responses::default() }).expect("acks");
        assert_eq!((run.acked.count, run.round_trip_us.len()), (2, 1));
        assert_eq!(run.next_message().map(|it| it.commands.len()), Some(1), "what is left");
    }

    #[test]
    fn a_refusal_ends_the_run_with_its_text() {
        let settings = settings();
        let mut run = Run::new(&settings).expect("run");
        let failed = Event::Failed { text: "too little stock".to_owned(), origin: Seq(3) };
        let events = vec![Numbered::new(Seq(7), failed)];
        let error = run.take(&Responses { events, ..Responses::default() }).expect_err("refused");
        assert!(error.to_string().contains("too little stock"), "{error}");
    }
}
