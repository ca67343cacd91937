//! Options that several subcommands have, and what follows from them.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use clap::{Args, builder::RangedU64ValueParser};

use crate::{db::DbTarget, telemetry::LogFormat};

/// Ten years: longer than anybody waits, and far from where clocks overflow.
const SECONDS_MAX: f64 = 315_360_000.0;

/// An address that only this machine reaches: the default of every listener.
pub(super) const fn loopback(port: u16) -> SocketAddr {
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}

/// For bounds: zero would shut everybody out.
pub(super) fn at_least_one() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..)
}

/// A span of time as it is given on the command line: `6`, `0.5`.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.trim().parse().map_err(|_| "not a number of seconds".to_owned())?;
    if !(0.001..=SECONDS_MAX).contains(&seconds) {
        return Err(format!("it must be between 0.001 and {SECONDS_MAX} seconds"));
    }
    Ok(Duration::from_secs_f64(seconds))
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Logging")]
pub(super) struct LogOptions {
    /// How log lines look; they go to standard error
    #[arg(long = "log-format", env = "WAYBILL_LOG_FORMAT", global = true)]
    #[arg(value_enum, default_value = "text", value_name = "FORMAT")]
    pub format: LogFormat,
    /// What is logged, such as `info,waybill::store=debug` [default: warn,waybill=info]
    #[arg(long = "log", env = "WAYBILL_LOG", global = true, value_name = "FILTER")]
    pub filter: Option<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Database")]
pub(super) struct DatabaseOptions {
    /// A PostgreSQL (14 or newer) such as postgresql://user:password@host:5432/name; also taken
    /// from DATABASE_URL. Without it an embedded one is used, which may lose its last writes in a
    /// power cut, though not in a crash of the process
    #[arg(long, env = "WAYBILL_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub database_url: Option<String>,
    /// Connections to the PostgreSQL at most; the embedded one has always one
    #[arg(long, env = "WAYBILL_DATABASE_CONNECTIONS", value_name = "N", default_value_t = 16)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub database_connections: u16,
    /// Where the embedded database and the demo's passwords are kept
    #[arg(long, env = "WAYBILL_DATA_DIR", value_name = "DIR", default_value = "./waybill-data")]
    pub data_dir: PathBuf,
}

impl DatabaseOptions {
    pub fn target(&self) -> DbTarget {
        let common = std::env::var("DATABASE_URL").ok();
        let url = self.database_url.clone().filter(|url| !url.is_empty()).or(common);
        DbTarget::choose(url.as_deref(), &self.data_dir)
    }
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Watching")]
pub(super) struct WatchOptions {
    /// Where machines that watch find /metrics, /healthz and /readyz
    #[arg(long, env = "WAYBILL_METRICS_ADDR", value_name = "ADDR", default_value_t = loopback(9464))]
    pub metrics_addr: SocketAddr,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_a_number_that_makes_sense() {
        assert_eq!(seconds("6"), Ok(Duration::from_secs(6)));
        assert_eq!(seconds("0.25"), Ok(Duration::from_millis(250)));
        for nonsense in ["", "0", "-1", "1e99", "inf", "NaN", "6s"] {
            assert!(seconds(nonsense).is_err(), "{nonsense}");
        }
    }
}
