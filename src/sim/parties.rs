//! The edges of the three parties in virtual time: what leaves a party becomes
//! something for the network, and what the network brings becomes a letter.
//!
//! The same bytes travel here as on real sockets, so that the codecs are part
//! of every run. Nothing is decided here, and nothing happens here.

use bytes::Bytes;
use serde_json::Value;

use super::{network::SocketId, shoppers::Told};
use crate::{
    carrier::model as carrier,
    runtime::ReplyId,
    store::model as store,
    wire::dialect::{self, Answer, Envelope, FlatKind, ToCarrier, ToStore},
    world::model as world,
};

/// When virtual posts say they were written; nobody relies on it.
const TIMESTAMP: &str = "2026-01-01T00:00:00Z";

/// One of the links between parties, as their models count on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LinkEnd {
    StoreToWorld,
    StoreToCarrier,
    CarrierToWorld,
    CarrierToStore,
}

/// What an output asks of the outside.
#[derive(Debug)]
pub(super) enum Effect {
    Dial {
        connection: u64,
    },
    SendToWorld {
        connection: u64,
        bytes: Bytes,
    },
    HangUp {
        connection: u64,
    },
    Post {
        post: u64,
        body: Bytes,
    },
    Answer {
        reply: ReplyId,
        body: Bytes,
    },
    Tell {
        reply: ReplyId,
        told: Told,
    },
    SendToClient {
        socket: SocketId,
        bytes: Bytes,
    },
    Close {
        socket: SocketId,
    },
    CloseAll,
    /// Messages of this link that are not acked.
    Unacked {
        end: LinkEnd,
        count: usize,
    },
    /// News for those who watch; nobody watches here.
    Nothing,
}

pub(super) fn of_world(output: &world::Output) -> Effect {
    match output {
        world::Output::Send { connection, bytes } => {
            Effect::SendToClient { socket: SocketId(connection.0), bytes: bytes.clone() }
        }
        world::Output::Close { connection } => Effect::Close { socket: SocketId(connection.0) },
        world::Output::CloseAll => Effect::CloseAll,
        world::Output::Taken { .. }
        | world::Output::Observed(_)
        | world::Output::Worlds { .. }
        | world::Output::Looked { .. } => Effect::Nothing,
    }
}

pub(super) fn of_store(output: &store::Output) -> Effect {
    use store::Output as O;
    match output {
        O::Dial { connection } => Effect::Dial { connection: connection.0 },
        O::SendWorld { connection, bytes } => {
            Effect::SendToWorld { connection: connection.0, bytes: bytes.clone() }
        }
        O::HangUp { connection } => Effect::HangUp { connection: connection.0 },
        O::Post { post, envelopes } => {
            let batch = envelopes.iter().map(|it| dialect::to_carrier_value(it, TIMESTAMP));
            Effect::Post { post: post.0, body: json(&batch.collect()) }
        }
        O::AnswerCarrier { reply, answers } => answer(*reply, answers),
        O::Answer { reply, answer } => {
            Effect::Tell { reply: *reply, told: Told::Placed(answer.clone()) }
        }
        O::Cancelled { reply, outcome } => {
            Effect::Tell { reply: *reply, told: Told::Cancelled(*outcome) }
        }
        O::Redirected { reply, outcome } => {
            Effect::Tell { reply: *reply, told: Told::Redirected(outcome.clone()) }
        }
        O::Load(load) => {
            let end = match load.link {
                store::outputs::LinkName::World => LinkEnd::StoreToWorld,
                store::outputs::LinkName::Carrier => LinkEnd::StoreToCarrier,
            };
            Effect::Unacked { end, count: load.unacked }
        }
        O::Replenished { .. }
        | O::Wished { .. }
        | O::Looked { .. }
        | O::Changed(_)
        | O::Stock { .. }
        | O::World(_)
        | O::Carrier(_)
        | O::Noted(_) => Effect::Nothing,
    }
}

pub(super) fn of_carrier(output: &carrier::Output) -> Effect {
    use carrier::Output as O;
    match output {
        O::Dial { connection } => Effect::Dial { connection: connection.0 },
        O::SendWorld { connection, bytes } => {
            Effect::SendToWorld { connection: connection.0, bytes: bytes.clone() }
        }
        O::HangUp { connection } => Effect::HangUp { connection: connection.0 },
        O::Post { post, envelopes } => {
            let body = match envelopes.as_slice() {
                [alone @ Envelope { message: ToStore::SetWorld { .. }, .. }] => {
                    dialect::single_post_to_store(alone, TIMESTAMP).1
                }
                batch => batch.iter().map(|it| dialect::to_store_value(it, TIMESTAMP)).collect(),
            };
            Effect::Post { post: post.0, body: json(&body) }
        }
        O::AnswerStore { reply, answers } => answer(*reply, answers),
        O::LinkLoad { link, unacked, .. } => {
            let end = match link {
                carrier::LinkName::World => LinkEnd::CarrierToWorld,
                carrier::LinkName::Store => LinkEnd::CarrierToStore,
            };
            Effect::Unacked { end, count: *unacked }
        }
        O::Changed(_)
        | O::Ordered { .. }
        | O::Redirected { .. }
        | O::Refused { .. }
        | O::StoreRefused { .. }
        | O::Wished { .. }
        | O::Looked { .. }
        | O::Assigned { .. }
        | O::TrucksWished { .. }
        | O::WorldStatus(_)
        | O::StoreStatus(_) => Effect::Nothing,
    }
}

/// What the store posted, at the carrier.
pub(super) fn at_carrier(reply: ReplyId, body: &[u8]) -> carrier::Letter {
    let batch = dialect::parse_batch_to_carrier(body);
    let envelopes: Vec<Envelope<ToCarrier>> = understood(batch);
    carrier::Letter::Store(carrier::StoreInput::Received { reply, envelopes })
}

/// What the carrier posted, at the store.
pub(super) fn at_store(reply: ReplyId, body: &[u8]) -> store::Letter {
    let envelopes: Vec<Envelope<ToStore>> = if body.starts_with(b"[") {
        understood(dialect::parse_batch_to_store(body))
    } else {
        let alone = dialect::parse_flat(FlatKind::SetWorld, body);
        understood(Ok(vec![alone]))
    };
    store::Letter::Carrier(store::CarrierInput::Received { reply, envelopes })
}

/// The answers to a post of so many messages, or why there are none.
pub(super) fn answers(
    result: Result<Bytes, String>,
    messages: usize,
) -> Result<Vec<Answer>, String> {
    let body = result?;
    dialect::parse_answers(200, &body, messages).map_err(|error| error.to_string())
}

/// How many messages a post holds.
pub(super) fn message_count(body: &[u8]) -> usize {
    match serde_json::from_slice(body) {
        Ok(Value::Array(batch)) => batch.len(),
        _ => 1,
    }
}

fn answer(reply: ReplyId, answers: &[Answer]) -> Effect {
    Effect::Answer { reply, body: json(&dialect::render_answers(answers, TIMESTAMP)) }
}

fn json(value: &Value) -> Bytes {
    Bytes::from(value.to_string())
}

/// Our own parties never write what they can not read.
fn understood<M, R: std::fmt::Debug>(
    batch: Result<Vec<Result<Envelope<M>, R>>, R>,
) -> Vec<Envelope<M>> {
    let read = |message: Result<Envelope<M>, R>| {
        message.unwrap_or_else(|refusal| panic!("a message that nobody understands: {refusal:?}"))
    };
    let batch = batch.unwrap_or_else(|refusal| panic!("a batch nobody understands: {refusal:?}"));
    batch.into_iter().map(read).collect()
}
