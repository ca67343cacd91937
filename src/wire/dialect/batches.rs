//! Whether a peer takes batches, as far as its answers tell.
//!
//! The peer at an address may be replaced by another program at any time, so
//! what it said is not believed for ever. Nothing is posted here.

use std::sync::atomic::{AtomicU32, Ordering};

/// After so many posts message by message a batch is tried again: the price of
/// a stranger is one refused request in so many.
const SINGLE_POSTS_MAX: u32 = 64;

/// What is remembered of one peer.
#[derive(Debug, Default)]
pub struct Batches {
    single_posts_left: AtomicU32,
}

impl Batches {
    /// Whether the next post shall be a batch; each question counts as a post.
    pub fn are_worth_trying(&self) -> bool {
        let one_less = |left: u32| left.checked_sub(1);
        self.single_posts_left.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_less).is_err()
    }

    /// The peer has no entrance for them.
    pub fn refused(&self) {
        self.single_posts_left.store(SINGLE_POSTS_MAX, Ordering::Release);
    }

    /// There was no answer: it may be another peer that answers next.
    pub fn forget(&self) {
        self.single_posts_left.store(0, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_that_refused_is_asked_again_after_a_while_and_after_a_failure() {
        let batches = Batches::default();
        assert!(batches.are_worth_trying());
        assert!(batches.are_worth_trying(), "it takes them");
        batches.refused();
        for _ in 0..SINGLE_POSTS_MAX {
            assert!(!batches.are_worth_trying());
        }
        assert!(batches.are_worth_trying());
        batches.refused();
        batches.forget();
        assert!(batches.are_worth_trying());
    }
}
