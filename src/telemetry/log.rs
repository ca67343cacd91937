//! Log lines to standard error, for people or for machines.
//!
//! It does not choose what is worth a line; modules do, with `tracing`.

use std::io::IsTerminal;

use anyhow::Context;
use tracing_subscriber::{EnvFilter, fmt, util::SubscriberInitExt};

/// Ours at `info`; of others only what somebody should look at.
const DEFAULT_FILTER: &str = "warn,waybill=info";

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// Lines for people, in colour on a terminal.
    Text,
    /// A JSON object a line.
    Json,
}

/// Starts logging; `filter` is a directive list such as `info,waybill::store=debug`.
pub fn init_logging(format: LogFormat, filter: Option<&str>) -> anyhow::Result<()> {
    let directives = filter.filter(|filter| !filter.trim().is_empty()).unwrap_or(DEFAULT_FILTER);
    let filter = EnvFilter::builder().parse(directives).with_context(|| {
        format!("--log {directives:?} is no filter; write for example info,waybill::store=debug")
    })?;
    let lines = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => {
            lines.with_ansi(std::io::stderr().is_terminal()).finish().try_init()?;
        }
        LogFormat::Json => lines.json().flatten_event(true).finish().try_init()?,
    }
    Ok(())
}
