//! Options that several subcommands have, and what follows from them.

use std::{
    convert::Infallible,
    fmt,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use anyhow::Context;
use clap::{Args, builder::RangedU64ValueParser};

use crate::{
    db::DbTarget,
    telemetry::LogFormat,
    web::people::EntrySettings,
    wire::signature::{Keys, Secret},
};

/// Ten years: longer than anybody waits, and far from where clocks overflow.
const SECONDS_MAX: f64 = 315_360_000.0;

const DAY_S: f64 = 86_400.0;

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

/// A span of time that may be none, a day at most.
pub(super) fn seconds_or_none(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.trim().parse().map_err(|_| "not a number of seconds".to_owned())?;
    if !(0.0..=DAY_S).contains(&seconds) {
        return Err(format!("it must be between 0 and {DAY_S} seconds"));
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
#[command(next_help_heading = "Store and carrier")]
pub(super) struct WebhookOptions {
    /// What store and carrier sign their messages with: whsec_ and base64, or a text of at least
    /// 16 characters. Both need the same; give several, the new one first, while it changes.
    /// Better given in the environment (with commas between), where no other user sees it
    #[arg(long = "webhook-secret", env = "WAYBILL_WEBHOOK_SECRET", hide_env_values = true)]
    #[arg(value_name = "SECRET", value_delimiter = ',', value_parser = Unread::new)]
    secrets: Vec<Unread>,
}

/// A secret as it was given. It is read later: what clap has to say about a value that is
/// not acceptable shows the value.
#[derive(Clone)]
struct Unread(String);

impl Unread {
    fn new(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.trim().to_owned()))
    }
}

impl fmt::Debug for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl WebhookOptions {
    /// Empty where none is given; an empty text is none.
    pub fn keys(&self) -> anyhow::Result<Keys> {
        let given = self.secrets.iter().filter(|secret| !secret.0.is_empty());
        let secrets = given.map(|secret| Secret::parse(&secret.0)).collect::<Result<Keys, _>>();
        secrets.context("a --webhook-secret can not be used")
    }
}

/// What every site with accounts needs to know of those who come.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(super) struct FrontOptions {
    /// How many proxies of yours are in front: so many entries at the end of X-Forwarded-For are
    /// believed
    #[arg(long, env = "WAYBILL_TRUSTED_PROXIES", value_name = "N", default_value_t = 0)]
    trusted_proxies: u8,
    /// Whether the limits below hold; a load test can lift them
    #[arg(long, env = "WAYBILL_RATE_LIMITS", value_enum, default_value = "on")]
    rate_limits: Switch,
    /// Tries to log in from one address
    #[arg(long, env = "WAYBILL_LOGINS_PER_MINUTE", value_name = "N", default_value_t = 10)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    logins_per_minute: u32,
    /// Wrong passwords in a row for one account; then each further one costs a pause that grows
    /// from one minute to fifteen
    #[arg(long, env = "WAYBILL_LOGIN_FAILURES_MAX", value_name = "N", default_value_t = 5)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    login_failures_max: u32,
    /// New accounts from one address
    #[arg(long, env = "WAYBILL_REGISTRATIONS_PER_HOUR", value_name = "N", default_value_t = 10)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    registrations_per_hour: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Switch {
    On,
    Off,
}

impl FrontOptions {
    pub fn trusted_proxies(&self) -> usize {
        usize::from(self.trusted_proxies)
    }

    /// None where they are lifted.
    pub fn limits(&self) -> Option<EntrySettings> {
        let Self { logins_per_minute, login_failures_max, registrations_per_hour, .. } = *self;
        let limits =
            EntrySettings { logins_per_minute, login_failures_max, registrations_per_hour };
        (self.rate_limits == Switch::On).then_some(limits)
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
    use clap::Parser as _;

    use super::*;

    #[test]
    fn seconds_are_a_number_that_makes_sense() {
        assert_eq!(seconds("6"), Ok(Duration::from_secs(6)));
        assert_eq!(seconds("0.25"), Ok(Duration::from_millis(250)));
        for nonsense in ["", "0", "-1", "1e99", "inf", "NaN", "6s"] {
            assert!(seconds(nonsense).is_err(), "{nonsense}");
        }
        assert_eq!(seconds_or_none("0"), Ok(Duration::ZERO));
        for nonsense in ["-0.1", "NaN", "86401"] {
            assert!(seconds_or_none(nonsense).is_err(), "{nonsense}");
        }
    }

    #[derive(Debug, clap::Parser)]
    struct Command {
        #[command(flatten)]
        webhooks: WebhookOptions,
    }

    fn with_secrets(secrets: &[&str]) -> Command {
        let secrets = secrets.iter().map(|secret| format!("--webhook-secret={secret}"));
        Command::parse_from(std::iter::once("waybill".to_owned()).chain(secrets))
    }

    #[test]
    fn secrets_are_read_several_at_once_and_shown_to_nobody() {
        let both = with_secrets(&["a secret of words,another one of words"]);
        let twice = with_secrets(&["a secret of words", "another one of words"]);
        assert_eq!(both.webhooks.keys().unwrap(), twice.webhooks.keys().unwrap());
        assert!(with_secrets(&[""]).webhooks.keys().unwrap().is_empty());
        assert!(!format!("{both:?}").contains("words"));
        let refused = with_secrets(&["a short one"]).webhooks.keys().unwrap_err();
        assert!(!format!("{refused:#}").contains("short"), "{refused:#}");
    }
}
