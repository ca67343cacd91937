//! How log entries and snapshots are written: a version byte, then postcard. Of
//! entries there may be several one after another, a *segment*; in a snapshot the
//! packages come last, and then the digest of the postcard.
//!
//! It stores nothing. A version that it does not know, or a snapshot that is not
//! what was written, is an error that says what was found, never a guess.

use std::fmt;

use bytes::{Bytes, BytesMut};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};

use super::{
    Entry, Simulation,
    simulation::{Pages, Parcel},
};
use crate::basis::PackageId;

const VERSION: u8 = 4;

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
        let snapshot = encode_snapshot(self);
        Digest::of_bytes(&snapshot[1..snapshot.len() - DIGEST_BYTES])
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
        let (entry, behind) = first(rest)?;
        entries.push(entry);
        rest = behind;
    }
    Ok(entries)
}

/// A snapshot as it is written: of the moment at which it was begun, though packages, of
/// which there are most, are encoded when their turn comes, and all is hashed as it goes.
#[derive(Debug)]
pub struct Writing {
    /// What is encoded.
    ready: BytesMut,
    packages: Pages<PackageId, Parcel>,
    /// Of the postcard so far.
    hash: Sha256,
    is_begun: bool,
}

impl Writing {
    pub fn of(simulation: &Simulation) -> Self {
        let packages = simulation.packages();
        let head = append(simulation, vec![VERSION]);
        let ready = append(&simulation.packages_under_way(), head).as_slice().into();
        Self { ready, packages, hash: Sha256::new(), is_begun: false }
    }

    /// So many bytes more, and whether they are the last; the last are a few more.
    pub fn next(&mut self, bytes: usize) -> (Bytes, bool) {
        let bytes = bytes.max(1);
        while self.ready.len() < bytes
            && let Some(page) = self.packages.take_page()
        {
            let encoded = page.iter().fold(Vec::new(), |bytes, package| append(package, bytes));
            self.ready.extend_from_slice(&encoded);
        }
        let piece = self.ready.split_to(bytes.min(self.ready.len())).freeze();
        let version_bytes = usize::from(!std::mem::replace(&mut self.is_begun, true));
        self.hash.update(&piece[version_bytes..]);
        if !self.ready.is_empty() || self.packages.len() > 0 {
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
    let (mut simulation, packages) = first::<Simulation>(postcard)?;
    simulation.set_packages(whole(packages)?);
    Ok(simulation)
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

/// A value, and the bytes behind it.
fn first<T: DeserializeOwned>(postcard: &[u8]) -> Result<(T, &[u8]), BadLog> {
    postcard::take_from_bytes(postcard).map_err(|error| BadLog::Damaged(error.to_string()))
}

/// A value that takes all of the bytes: what is left over belongs to another shape of it.
fn whole<T: DeserializeOwned>(postcard: &[u8]) -> Result<T, BadLog> {
    match first(postcard)? {
        (value, []) => Ok(value),
        (_, rest) => Err(BadLog::Damaged(format!("{} bytes are left over", rest.len()))),
    }
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
