//! What a run on a world found, for people and as JSON.

use std::fmt;

use serde::Serialize;

use crate::load::report::Latency;

/// What was found.
#[derive(Debug, Clone, Serialize)]
pub struct WorldReport {
    pub world: i64,
    /// Of them, how many packages were there before.
    pub idle_packages: u64,
    pub idle_worlds: usize,
    pub idle_connections: usize,
    pub commands: u64,
    /// Commands that were sent again, since the world had dropped them.
    pub resent: u64,
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

impl fmt::Display for WorldReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { world, commands, batch, window, seconds, commands_per_second, .. } = self;
        let Self { round_trip_ms: ms, seconds_to_ready, .. } = self;
        writeln!(
            f,
            "acked      {commands} commands by world {world} in {seconds:.2} s: {commands_per_second:.0} commands/s"
        )?;
        write!(f, "sent       {batch} in a message, {window} under way at most")?;
        match self.resent {
            0 => writeln!(f)?,
            resent => writeln!(f, "; {resent} commands again")?,
        }
        writeln!(
            f,
            "round trip p50 {:.2} ms, p90 {:.2} ms, p99 {:.2} ms, p99.9 {:.2} ms, max {:.2} ms",
            ms.p50, ms.p90, ms.p99, ms.p999, ms.max
        )?;
        writeln!(f, "ready      all packages after {seconds_to_ready:.2} s")
    }
}
