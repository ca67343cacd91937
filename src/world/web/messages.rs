//! The last messages of a link, decoded: as programs get them, and as pages show them.
//!
//! Bytes that are no message are shown as such; what they should have been is
//! not guessed.

use serde::Serialize;
use serde_json::Value as Json;
use utoipa::ToSchema;

use super::lookout::Looker;
use crate::{
    basis::WorldId,
    web::Problem,
    wire::inspect::inspect,
    world::model::{Kept, Said, Side},
};

/// A message on one of the two links.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Message)]
pub(super) struct MessageShape {
    pub(super) at_us: u64,
    /// `client` or `world`.
    #[schema(value_type = String)]
    pub(super) by: &'static str,
    /// The protocol's name, such as `ACommands`; `closed` for the end of a connection.
    #[schema(value_type = String)]
    pub(super) name: &'static str,
    /// Flakiness dropped it.
    pub(super) dropped: bool,
    /// Bytes that it had.
    pub(super) bytes: usize,
    /// It was too long to be kept whole, and only its first fields are here.
    pub(super) cut: bool,
    /// In protobuf's text format.
    pub(super) text: String,
    /// Its fields; null where the bytes are no such message.
    #[schema(value_type = Object)]
    pub(super) message: Json,
}

impl MessageShape {
    pub(super) fn new(side: Side, kept: &Kept) -> Self {
        let (by, name) = match (kept.what, side) {
            (Said::Connect, Side::Amazon) => ("client", "AConnect"),
            (Said::Connect, Side::Ups) => ("client", "UConnect"),
            (Said::Commands | Said::Dropped, Side::Amazon) => ("client", "ACommands"),
            (Said::Commands | Said::Dropped, Side::Ups) => ("client", "UCommands"),
            (Said::Connected, Side::Amazon) => ("world", "AConnected"),
            (Said::Connected, Side::Ups) => ("world", "UConnected"),
            (Said::Responses, Side::Amazon) => ("world", "AResponses"),
            (Said::Responses, Side::Ups) => ("world", "UResponses"),
            (Said::Closed, _) => ("world", "closed"),
        };
        let (text, message) = match (kept.what, inspect(name, &kept.bytes)) {
            (Said::Closed, _) => ("The connection has ended.".to_owned(), Json::Null),
            (_, Ok(shown)) => (shown.text, shown.json),
            (_, Err(reason)) => (format!("These bytes are no {name}: {reason}."), Json::Null),
        };
        let (bytes, cut) = (kept.whole_bytes, kept.bytes.len() < kept.whole_bytes);
        let dropped = kept.what == Said::Dropped;
        Self { at_us: kept.at.micros(), by, name, dropped, bytes, cut, text, message }
    }
}

/// The messages of a side, the last one first.
pub(super) async fn find_messages(
    looker: &Looker,
    world: WorldId,
    side: Side,
) -> Result<Vec<MessageShape>, Problem> {
    let kept = looker.messages(world, side).await?.messages();
    Ok(kept.iter().rev().map(|kept| MessageShape::new(side, kept)).collect())
}
