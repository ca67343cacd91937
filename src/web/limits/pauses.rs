//! Guessing slowed down: after some failures each further one costs a pause twice as long.
//!
//! A try counts as a failure until it is said to have succeeded, so that many at once are
//! no way around.

use std::{hash::Hash, time::Duration};

use super::Recent;

const FIRST_PAUSE: Duration = Duration::from_secs(60);
/// Nobody is locked out for longer by strangers who guess at his account.
const LONGEST_PAUSE: Duration = Duration::from_secs(15 * 60);
/// After that long without a failure they count no longer.
const FORGIVEN_AFTER: Duration = Duration::from_secs(3_600);

/// Who has failed how often.
#[derive(Debug)]
pub struct Pauses<K> {
    /// Failures in a row that cost nothing but the last of them.
    free: u32,
    tries: Recent<K, Tries>,
}

#[derive(Debug, Default)]
struct Tries {
    failures: u32,
    paused_until: Duration,
    forgiven_at: Duration,
}

impl<K: Hash + Eq> Pauses<K> {
    /// The failure of this number in a row costs the first pause.
    pub fn new(free: u32) -> Self {
        Self { free, tries: Recent::new() }
    }

    /// Begins a try; the error is how long to wait for the next one.
    pub fn begin(&mut self, key: K, now: Duration) -> Result<(), Duration> {
        let free = self.free;
        let tries = self.tries.of(key);
        if tries.paused_until > now {
            return Err(tries.paused_until - now);
        }
        if tries.forgiven_at <= now {
            tries.failures = 0;
        }
        tries.failures = tries.failures.saturating_add(1);
        tries.paused_until = now + pause(tries.failures, free);
        tries.forgiven_at = now + FORGIVEN_AFTER;
        Ok(())
    }

    /// A try of this key has succeeded.
    pub fn succeeded(&mut self, key: &K) {
        self.tries.forget(key);
    }
}

fn pause(failures: u32, free: u32) -> Duration {
    match failures.checked_sub(free) {
        None => Duration::ZERO,
        Some(beyond) => (FIRST_PAUSE * 2_u32.pow(beyond.min(10))).min(LONGEST_PAUSE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn pauses_grow_and_end_with_a_success() {
        let mut pauses = Pauses::new(5);
        let mut now = s(0);
        for _ in 0..5 {
            assert_eq!(pauses.begin("a", now), Ok(()));
        }
        for wait in [60, 120, 240, 480, 900, 900] {
            assert_eq!(pauses.begin("a", now), Err(s(wait)));
            assert_eq!(pauses.begin("b", now), Ok(()), "another has nothing to do with it");
            pauses.succeeded(&"b");
            now += s(wait);
            assert_eq!(pauses.begin("a", now), Ok(()));
        }
        pauses.succeeded(&"a");
        assert_eq!(pauses.begin("a", now), Ok(()));
        assert_eq!(pauses.begin("a", now), Ok(()));
    }

    #[test]
    fn failures_long_ago_are_forgiven() {
        let mut pauses = Pauses::new(2);
        assert_eq!(pauses.begin((), s(0)), Ok(()));
        assert_eq!(pauses.begin((), s(3_600)), Ok(()));
        assert_eq!(pauses.begin((), s(3_601)), Ok(()));
        assert_eq!(pauses.begin((), s(3_602)), Err(s(59)));
    }
}
