//! How log entries and snapshots are written: a version byte, then postcard. Of
//! entries there may be several one after another, a *segment*; behind a snapshot
//! stands the digest of its postcard.
//!
//! It stores nothing. A version that it does not know, or a snapshot that is not
//! what was written, is an error that says what was found, never a guess.

use std::fmt;

use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};

use super::{Entry, Simulation};

const VERSION: u8 = 3;

/// Why bytes are not what was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadLog {
    #[error("it was written in format {found}, and this program reads format {VERSION}")]
    OtherVersion { found: u8 },
    #[error("it is empty")]
    Empty,
    #[error("it is damaged: {0}")]
    Damaged(String),
    #[error(
        "it is damaged: its digest is {found}, and {written} was written with it; restore the database from a backup"
    )]
    OtherDigest { written: Digest, found: Digest },
}

/// What tells one state of a simulation from every other: the SHA-256 of its
/// postcard. The same log gives the same digest.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Digest([u8; DIGEST_BYTES]);

const DIGEST_BYTES: usize = 32;

impl Digest {
    fn of_bytes(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl Simulation {
    pub fn digest(&self) -> Digest {
        Digest::of_bytes(&append(self, Vec::new()))
    }
}

/// Writes an entry behind those of a segment, or begins one where it is empty.
pub fn append_entry(segment: &mut Vec<u8>, entry: &Entry) {
    if segment.is_empty() {
        segment.push(VERSION);
    }
    *segment = append(entry, std::mem::take(segment));
}

/// The entries of a segment, in order.
pub fn decode_entries(segment: &[u8]) -> Result<Vec<Entry>, BadLog> {
    let (mut rest, mut entries) = (body(segment)?, Vec::new());
    while !rest.is_empty() {
        let (entry, behind) = postcard::take_from_bytes(rest).map_err(|error| damaged(&error))?;
        entries.push(entry);
        rest = behind;
    }
    Ok(entries)
}

/// A snapshot as it is written: encoded at once, and hashed as it is taken away.
#[derive(Debug)]
pub struct Writing {
    /// What is left of version and postcard.
    rest: Bytes,
    /// Of the postcard so far.
    hash: Sha256,
    is_begun: bool,
}

impl Writing {
    pub fn of(simulation: &Simulation) -> Self {
        let rest = append(simulation, vec![VERSION]).into();
        Self { rest, hash: Sha256::new(), is_begun: false }
    }

    /// About so many bytes more, and whether they are the last.
    pub fn next(&mut self, bytes: usize) -> (Bytes, bool) {
        let piece = self.rest.split_to(bytes.clamp(1, self.rest.len()));
        let version_bytes = usize::from(!std::mem::replace(&mut self.is_begun, true));
        self.hash.update(&piece[version_bytes.min(piece.len())..]);
        if !self.rest.is_empty() {
            return (piece, false);
        }
        let digest = std::mem::take(&mut self.hash).finalize();
        ([piece.as_ref(), digest.as_slice()].concat().into(), true)
    }
}

pub fn encode_snapshot(simulation: &Simulation) -> Vec<u8> {
    Writing::of(simulation).next(usize::MAX).0.into()
}

pub fn decode_snapshot(bytes: &[u8]) -> Result<Simulation, BadLog> {
    let (postcard, written) = body(bytes)?
        .split_last_chunk::<DIGEST_BYTES>()
        .ok_or_else(|| BadLog::Damaged("it is cut short".to_owned()))?;
    let (written, found) = (Digest(*written), Digest::of_bytes(postcard));
    if written != found {
        return Err(BadLog::OtherDigest { written, found });
    }
    whole(postcard)
}

fn append<T: Serialize>(value: &T, bytes: Vec<u8>) -> Vec<u8> {
    postcard::to_extend(value, bytes)
        .unwrap_or_else(|error| unreachable!("plain values and a buffer that grows: {error}"))
}

/// What is behind the version.
fn body(bytes: &[u8]) -> Result<&[u8], BadLog> {
    match bytes.split_first() {
        None => Err(BadLog::Empty),
        Some((&VERSION, body)) => Ok(body),
        Some((&found, _)) => Err(BadLog::OtherVersion { found }),
    }
}

/// A value that takes all of the bytes: what is left over belongs to another shape of it.
fn whole<T: DeserializeOwned>(postcard: &[u8]) -> Result<T, BadLog> {
    match postcard::take_from_bytes(postcard) {
        Ok((value, [])) => Ok(value),
        Ok((_, rest)) => Err(BadLog::Damaged(format!("{} bytes are left over", rest.len()))),
        Err(error) => Err(damaged(&error)),
    }
}

fn damaged(error: &postcard::Error) -> BadLog {
    BadLog::Damaged(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{basis::SimTime, world::model::Physics};

    #[test]
    fn a_snapshot_of_which_any_bit_is_wrong_is_refused() {
        let simulation = Simulation::new(Physics::default(), SimTime(7));
        let bytes = encode_snapshot(&simulation);
        assert_eq!(decode_snapshot(&bytes), Ok(simulation));
        for at in 0..bytes.len() {
            let mut spoilt = bytes.clone();
            spoilt[at] ^= 1;
            assert!(decode_snapshot(&spoilt).is_err(), "byte {at}");
            assert!(decode_snapshot(&bytes[..at]).is_err(), "cut at {at}");
        }
        let mut longer = bytes;
        longer.push(0);
        let error = decode_snapshot(&longer).unwrap_err();
        assert!(matches!(error, BadLog::OtherDigest { .. }), "{error}");
    }

    #[test]
    fn a_snapshot_is_the_same_in_pieces_of_any_size() {
        let simulation = Simulation::new(Physics::default(), SimTime(7));
        let whole = encode_snapshot(&simulation);
        for bytes in 0..whole.len() + 2 {
            let (mut writing, mut written) = (Writing::of(&simulation), Vec::new());
            loop {
                let (piece, is_last) = writing.next(bytes);
                written.extend_from_slice(&piece);
                if is_last {
                    break;
                }
            }
            assert_eq!(written, whole, "in pieces of {bytes} bytes");
        }
    }

    #[test]
    fn a_digest_tells_states_apart() {
        let digest = |at| Simulation::new(Physics::default(), SimTime(at)).digest();
        assert_eq!(digest(7), digest(7));
        assert_ne!(digest(7), digest(8));
        assert_eq!(digest(7).to_string().len(), 64);
    }
}
