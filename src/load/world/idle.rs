//! Worlds and connections that are only there.

use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::line::Line;

/// Connects that are answered at a time.
const AT_A_TIME: usize = 64;

/// Makes worlds with a warehouse each, and leaves them.
pub(super) async fn make_worlds(
    addr: &str,
    count: usize,
    patience: Duration,
) -> anyhow::Result<()> {
    let opened = stream::iter(0..count).map(|_| Line::open(addr, None, patience));
    opened.buffer_unordered(AT_A_TIME).try_for_each(|_| async { Ok(()) }).await
}

/// Opens connections to a world each.
pub(super) async fn open_connections(
    addr: &str,
    count: usize,
    patience: Duration,
) -> anyhow::Result<Vec<Line>> {
    let opened = stream::iter(0..count).map(|_| Line::open(addr, None, patience));
    opened.buffer_unordered(AT_A_TIME).try_collect().await
}
