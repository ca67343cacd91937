//! The load on a world: one store's connection that packs as fast as the world
//! acks.
//!
//! It makes a world of its own, fills a warehouse, and then keeps a fixed number
//! of commands under way. Every command is a package, so each one changes what
//! the world must not forget, and each has a `ready` of its own to come back.
//!
//! ```text
//! connect ──▶ buy ──▶ pack, pack, pack … ──▶ until each is acked and ready ──▶ report
//! ```
//!
//! What the simulator holds besides, and nobody touches, can be made first: other
//! worlds, other connections, other packages. It should cost nothing but memory.

mod flights;
mod idle;
mod line;
mod report;
mod seen;

use std::{
    ops::Range,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use hdrhistogram::Histogram;
use indicatif::{ProgressBar, ProgressStyle};

use super::report::{Latency, rate};
use crate::{
    basis::{PackageId, Seq, WorldId},
    wire::{
        Commands, Numbered, Responses,
        amazon::{Command, Event},
    },
};
use flights::Flights;
use line::{Line, WAREHOUSE, crates};
pub use report::WorldReport;
use seen::Seen;

/// A world that says nothing for so long has lost the last of what was sent.
const SAY_AGAIN_AFTER: Duration = Duration::from_secs(2);
/// Commands in a message while packages are made that are only to be there.
const IDLE_BATCH: usize = 1_000;

/// What to do to which world.
#[derive(Debug, Clone)]
pub struct WorldLoadSettings {
    /// The simulator's port for stores, HOST:PORT.
    pub amazon_addr: String,
    pub commands: u64,
    /// Commands in one message.
    pub batch: usize,
    /// Commands that wait for their ack, or for their package, at most.
    pub window: usize,
    /// The world may be silent for no longer than this.
    pub patience: Duration,
    /// A world of an earlier run, to go on in; else one is made.
    pub world: Option<WorldId>,
    /// Packages that are in the world before the measured ones. They are made, or
    /// in a world of an earlier run looked for.
    pub idle_packages: u64,
    /// Other worlds that are made first, and left.
    pub idle_worlds: usize,
    /// Other connections that are open meanwhile, each to a world of its own.
    pub idle_connections: usize,
    pub show_progress: bool,
}

impl Default for WorldLoadSettings {
    fn default() -> Self {
        Self {
            amazon_addr: "127.0.0.1:23456".to_owned(),
            commands: 100_000,
            batch: 100,
            window: 10_000,
            patience: Duration::from_secs(30),
            world: None,
            idle_packages: 0,
            idle_worlds: 0,
            idle_connections: 0,
            show_progress: false,
        }
    }
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
    let (addr, patience) = (settings.amazon_addr.as_str(), settings.patience);
    idle::make_worlds(addr, settings.idle_worlds, patience).await?;
    // Open until the end.
    let _others = idle::open_connections(addr, settings.idle_connections, patience).await?;
    let mut line = Line::open(addr, settings.world, patience).await?;
    let packages = 0..settings.idle_packages;
    if settings.world.is_some() {
        look_for(&mut line, packages).await?;
    } else if settings.idle_packages > 0 {
        let making = WorldLoadSettings {
            commands: settings.idle_packages,
            batch: settings.batch.max(IDLE_BATCH),
            window: settings.window.max(10 * IDLE_BATCH),
            ..settings.clone()
        };
        stock(&mut line, 0, making.commands).await?;
        Run::new(&making, 0)?.drive(&mut line).await?;
    }
    stock(&mut line, settings.idle_packages, settings.commands).await?;
    let report = Run::new(settings, settings.idle_packages)?.drive(&mut line).await?;
    line.send(&Commands { disconnect: true, ..Commands::default() }).await?;
    Ok(report)
}

/// Buys one piece for each of the packages from `first` on. The commands of a world
/// have numbers above 1, so purchases have others.
async fn stock(line: &mut Line, first: u64, pieces: u64) -> anyhow::Result<()> {
    let count = i32::try_from(pieces).context("more commands than pieces fit a purchase")?;
    let buy = Command::Buy { warehouse: WAREHOUSE, things: vec![crates(count)] };
    let heard = line.ask(Seq(-3 - 3 * number(first)), buy).await?;
    ensure!(
        matches!(heard, Event::Arrived { .. }),
        "the world answered a purchase with {heard:?}; give the number of packages that it has, --idle-packages"
    );
    Ok(())
}

/// Asks for the first and the last of packages that should be there.
async fn look_for(line: &mut Line, packages: Range<u64>) -> anyhow::Result<()> {
    let ends = [Some(packages.start), packages.end.checked_sub(1)];
    for (index, package) in (1..).zip(ends.into_iter().flatten().filter(|it| packages.contains(it)))
    {
        let query = Command::Query { package: PackageId(number(package)) };
        let heard = line.ask(Seq(-3 - 3 * number(packages.end) + index), query).await?;
        ensure!(
            matches!(&heard, Event::Status { status, .. } if status == "packed"),
            "package {package} should be packed in world {}, which says {heard:?}",
            line.world
        );
    }
    Ok(())
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX / 8)
}

/// How far one run is. Command `n` (from 0) packs package `first + n`, under a number
/// that is larger by 2.
struct Run<'a> {
    settings: &'a WorldLoadSettings,
    first: u64,
    sent: u64,
    acked: Seen,
    ready: Seen,
    flights: Flights,
    /// Commands that were sent again.
    resent: u64,
    heard_at: Instant,
    owed: Vec<Seq>,
    round_trip_us: Histogram<u64>,
}

impl<'a> Run<'a> {
    fn new(settings: &'a WorldLoadSettings, first: u64) -> anyhow::Result<Self> {
        Ok(Self {
            settings,
            first,
            sent: 0,
            acked: Seen::of(settings.commands)?,
            ready: Seen::of(settings.commands)?,
            flights: Flights::new(settings.batch, settings.commands),
            resent: 0,
            heard_at: Instant::now(),
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
            // Where nothing more is to be asked: the world says no more than is acked.
            if !self.owed.is_empty() {
                let acks = std::mem::take(&mut self.owed);
                line.feed(&Commands { acks, ..Commands::default() }).await?;
            }
            line.flush().await?;
            match line.hear_within(SAY_AGAIN_AFTER).await? {
                Some(responses) => {
                    self.heard_at = Instant::now();
                    self.take(&responses)?;
                    self.say_again(line).await?;
                }
                None => self.endure(line).await?,
            }
            progress.set_position(self.acked.count);
            if self.acked.count == commands {
                acked_after.get_or_insert_with(|| started.elapsed());
            }
        }
        progress.finish_and_clear();
        let (took, ready_after) = (acked_after.unwrap_or_default(), started.elapsed());
        let acks = std::mem::take(&mut self.owed);
        line.send(&Commands { acks, ..Commands::default() }).await?;
        Ok(WorldReport {
            world: line.world.0,
            idle_packages: self.first,
            idle_worlds: self.settings.idle_worlds,
            idle_connections: self.settings.idle_connections,
            commands,
            resent: self.resent,
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
        // What is acked and not done makes work for later: that is no rate to go on at.
        let under_way = self.sent - self.acked.count.min(self.ready.count);
        if size == 0 || under_way + size > self.settings.window as u64 {
            return None;
        }
        let first = self.first + self.sent;
        let commands = (first..first + size).map(pack).collect();
        self.sent += size;
        self.flights.leave();
        let acks = std::mem::take(&mut self.owed);
        Some(Commands { commands, acks, ..Commands::default() })
    }

    fn take(&mut self, responses: &Responses<Event>) -> anyhow::Result<()> {
        let first = number(self.first);
        for Numbered { seq, body } in &responses.events {
            self.owed.push(*seq);
            match body {
                Event::Ready { package } => {
                    self.ready.see(package.0.saturating_sub(first));
                }
                Event::Failed { text, origin } => bail!("command {origin} failed: {text}"),
                // Told before the run, and told again because the ack was lost.
                Event::Arrived { .. } | Event::Status { .. } => {}
                // Nothing else was asked for.
                other @ Event::Loaded { .. } => bail!("the world said {other:?} unasked"),
            }
        }
        for seq in &responses.acks {
            let took = self.acked.see(seq.0.saturating_sub(first + 2));
            let took = took.and_then(|command| self.flights.acked(command));
            if let Some(took) = took {
                let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
                self.round_trip_us.saturating_record(us.max(1));
            }
        }
        Ok(())
    }

    /// Sends again what was lost.
    async fn say_again(&mut self, line: &mut Line) -> anyhow::Result<()> {
        while let Some(commands) = self.flights.lost(false, |index| self.acked.contains(index)) {
            self.repeat(line, commands).await?;
        }
        Ok(())
    }

    /// Sends everything again that is not acked, unless the world has been silent for too long.
    async fn endure(&mut self, line: &mut Line) -> anyhow::Result<()> {
        ensure!(
            self.heard_at.elapsed() < self.settings.patience,
            "the world has not answered for {} s, though it was asked again",
            self.settings.patience.as_secs_f64()
        );
        for _ in 0..self.flights.under_way() {
            let lost = self.flights.lost(true, |index| self.acked.contains(index));
            let Some(commands) = lost else { break };
            self.repeat(line, commands).await?;
        }
        Ok(())
    }

    async fn repeat(&mut self, line: &mut Line, commands: Range<u64>) -> anyhow::Result<()> {
        self.resent += commands.end - commands.start;
        let commands = commands.map(|index| pack(self.first + index)).collect();
        line.feed(&Commands { commands, ..Commands::default() }).await
    }
}

fn pack(index: u64) -> Numbered<Command> {
    let index = number(index);
    let (things, package) = (vec![crates(1)], PackageId(index));
    Numbered::new(Seq(index + 2), Command::Pack { warehouse: WAREHOUSE, things, package })
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
            ..WorldLoadSettings::default()
        }
    }

    #[test]
    fn no_more_is_under_way_than_the_window_has_room_for() {
        let settings = settings();
        let mut run = Run::new(&settings, 0).expect("run");
        let sent = std::iter::from_fn(|| run.next_message()).map(|it| it.commands.len());
        assert_eq!(sent.collect::<Vec<_>>(), [2, 2]);
        let acks = vec![Seq(2), Seq(3), Seq(2), Seq(1), Seq(-9), Seq(99)];
        run.take(&Responses { acks, ..Responses::default() }).expect("acks");
        assert_eq!((run.acked.count, run.round_trip_us.len()), (2, 1));
        assert!(run.next_message().is_none(), "what is acked is not ready");
        let ready = |n| Numbered::new(Seq(9 + n), Event::Ready { package: PackageId(n) });
        let events = vec![ready(0), ready(1), ready(1)];
        run.take(&Responses { events, ..Responses::default() }).expect("events");
        assert_eq!(run.next_message().map(|it| it.commands.len()), Some(1), "what is left");
    }

    #[test]
    fn a_refusal_ends_the_run_with_its_text() {
        let settings = settings();
        let mut run = Run::new(&settings, 0).expect("run");
        let failed = Event::Failed { text: "too little stock".to_owned(), origin: Seq(3) };
        let events = vec![Numbered::new(Seq(7), failed)];
        let error = run.take(&Responses { events, ..Responses::default() }).expect_err("refused");
        assert!(error.to_string().contains("too little stock"), "{error}");
    }
}
