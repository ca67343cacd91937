//! How log entries and snapshots are written: a version byte, then postcard.
//!
//! It stores nothing. A version that it does not know is an error that says
//! which one was found, never a guess.

use serde::{Serialize, de::DeserializeOwned};

use super::{Entry, Simulation};

const VERSION: u8 = 2;

/// Why bytes are not what was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadLog {
    #[error("it was written in format {found}, and this program reads format {VERSION}")]
    OtherVersion { found: u8 },
    #[error("it is empty")]
    Empty,
    #[error("it is damaged: {0}")]
    Damaged(String),
}

pub fn encode_entry(entry: &Entry) -> Vec<u8> {
    encode(entry)
}

pub fn decode_entry(bytes: &[u8]) -> Result<Entry, BadLog> {
    decode(bytes)
}

pub fn encode_snapshot(simulation: &Simulation) -> Vec<u8> {
    encode(simulation)
}

pub fn decode_snapshot(bytes: &[u8]) -> Result<Simulation, BadLog> {
    decode(bytes)
}

fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    postcard::to_extend(value, vec![VERSION])
        .unwrap_or_else(|error| unreachable!("plain values and a buffer that grows: {error}"))
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, BadLog> {
    match bytes.split_first() {
        None => Err(BadLog::Empty),
        Some((&VERSION, body)) => {
            postcard::from_bytes(body).map_err(|error| BadLog::Damaged(error.to_string()))
        }
        Some((&found, _)) => Err(BadLog::OtherVersion { found }),
    }
}
