//! Log lines to standard error, for people or for machines.
//!
//! It does not choose what is worth a line; modules do, with `tracing`.

use std::{
    fmt::{self, Write},
    io::IsTerminal,
};

use anyhow::Context;
use tracing::field::{Field, Visit};
use tracing_subscriber::{
    EnvFilter,
    field::RecordFields,
    fmt::{FormatFields, format::Writer},
    util::SubscriberInitExt,
};

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
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => {
            let lines = lines.fmt_fields(OneLine).with_ansi(std::io::stderr().is_terminal());
            lines.finish().try_init()?;
        }
        LogFormat::Json => lines.json().flatten_event(true).finish().try_init()?,
    }
    Ok(())
}

/// Fields as `name=value`, without the control characters with which a peer's words
/// could end the line, forge another, or recolour a terminal.
#[derive(Debug, Clone, Copy)]
struct OneLine;

impl<'w> FormatFields<'w> for OneLine {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'w>, fields: R) -> fmt::Result {
        let mut line = Line { writer, is_begun: false, outcome: Ok(()) };
        fields.record(&mut line);
        line.outcome
    }
}

struct Line<'w> {
    writer: Writer<'w>,
    is_begun: bool,
    outcome: fmt::Result,
}

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Where a line of the `log` crate's comes from; its target says enough.
        if self.outcome.is_ok() && !field.name().starts_with("log.") {
            self.outcome = self.add(field.name(), value);
        }
    }
}

impl Line<'_> {
    fn add(&mut self, name: &str, value: &dyn fmt::Debug) -> fmt::Result {
        if std::mem::replace(&mut self.is_begun, true) {
            self.writer.write_char(' ')?;
        }
        match name {
            "message" => {}
            name if self.writer.has_ansi_escapes() => {
                write!(self.writer, "\x1b[3m{name}\x1b[0m\x1b[2m=\x1b[0m")?;
            }
            name => write!(self.writer, "{name}=")?,
        }
        write!(Escaped(&mut self.writer), "{value:?}")
    }
}

/// Passes on what is visible, and writes the rest as escapes.
struct Escaped<'a, 'w>(&'a mut Writer<'w>);

impl Write for Escaped<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let is_invisible = |c: char| c.is_control() || matches!(c, '\u{2028}'..='\u{202e}');
        for piece in text.split_inclusive(is_invisible) {
            match piece.char_indices().next_back() {
                Some((at, last)) if is_invisible(last) => {
                    write!(self.0, "{}{}", &piece[..at], last.escape_default())?;
                }
                Some(_) | None => self.0.write_str(piece)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use super::*;

    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn lines_of(log: impl FnOnce()) -> String {
        let paper = Paper::default();
        let pad = paper.clone();
        let lines = tracing_subscriber::fmt().with_ansi(false).fmt_fields(OneLine);
        let lines = lines.with_writer(move || pad.clone()).finish();
        tracing::subscriber::with_default(lines, log);
        let written = paper.0.lock().unwrap().clone();
        String::from_utf8(written).unwrap()
    }

    #[test]
    fn words_from_outside_can_not_forge_a_line() {
        let words = "no\n2026-01-01 ERROR waybill: all is lost\r\x1b[31m\u{9b}1m\u{2028}";
        let text = lines_of(|| {
            tracing::warn!(quoted = words, shown = %words, debugged = ?Some(words), "said {words}");
        });
        assert_eq!(text.matches('\n').count(), 1, "{text}");
        assert!(text.ends_with('\n'));
        let hidden = |c: char| c != '\n' && (c.is_control() || c == '\u{2028}');
        assert!(!text.contains(hidden), "{text:?}");
        assert_eq!(text.matches("all is lost").count(), 4, "{text}");
    }

    #[test]
    fn a_line_names_its_fields() {
        let text = lines_of(|| {
            tracing::info!(
                order = 7,
                truck = None::<i32>,
                name = "Zoë \"Z\"",
                "the package is packed"
            );
        });
        let end = "the package is packed order=7 name=\"Zoë \\\"Z\\\"\"\n";
        assert!(text.ends_with(end), "{text}");
    }
}
