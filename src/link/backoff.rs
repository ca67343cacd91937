//! How long to wait before trying again.

use std::time::Duration;

/// A pause that doubles with each attempt, up to a cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    first: Duration,
    cap: Duration,
    attempts: u32,
}

impl Backoff {
    pub const fn new(first: Duration, cap: Duration) -> Self {
        Self { first, cap, attempts: 0 }
    }

    /// The pause after one more failure.
    pub fn pause(&mut self) -> Duration {
        let pause = self.first.saturating_mul(1 << self.attempts.min(16)).min(self.cap);
        self.attempts += 1;
        pause
    }

    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// It has worked.
    pub fn reset(&mut self) {
        self.attempts = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_cap_and_start_over() {
        let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(1));
        let pauses = [0; 4].map(|_| backoff.pause().as_millis());
        assert_eq!(pauses, [200, 400, 800, 1000]);
        backoff.reset();
        assert_eq!(backoff.pause().as_millis(), 200);
    }
}
