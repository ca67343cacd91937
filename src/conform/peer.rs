//! What a stranger needs who plays the store or the carrier of somebody over HTTP: a mouth,
//! an ear, and words.
//!
//! What is right to hear is for the checks. The mouth is [`caller`], the ear [`desk`].

pub(super) mod caller;
pub(super) mod counting;
pub(super) mod desk;
mod open;
pub(super) mod reply;
pub(super) mod say;
pub(super) mod shapes;
pub(super) mod signing;

use std::sync::atomic::{AtomicI64, Ordering};

pub(super) use caller::Caller;
pub(super) use desk::{Desk, Heard, Manner, Role};
pub use open::PeerSubject;
pub(super) use open::{is_let_in, reach};
pub(super) use reply::Reply;

/// Ids that nobody else has given: they begin at a place of chance, far from any counter's.
#[derive(Debug)]
pub(super) struct FreshIds(AtomicI64);

impl Default for FreshIds {
    fn default() -> Self {
        let begin = i64::from(rand::random::<u32>()) << 16;
        Self(AtomicI64::new((1 << 50) + begin))
    }
}

impl FreshIds {
    pub(super) fn next(&self) -> i64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}
