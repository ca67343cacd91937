//! The wall clock as models see it.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::basis::SimTime;

/// Real microseconds since an origin; never goes back, whatever the system's clock does.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    started: Instant,
    base: SimTime,
}

impl Clock {
    /// Counts from the Unix epoch, for parties whose times people read.
    pub fn since_epoch() -> Self {
        let epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Self::resuming_at(SimTime::ZERO + epoch)
    }

    /// Goes on from `base`, for a party whose time stands still while it is down.
    pub fn resuming_at(base: SimTime) -> Self {
        Self { started: Instant::now(), base }
    }

    pub fn now(&self) -> SimTime {
        self.base + self.started.elapsed()
    }

    /// The time from now until `moment`; zero where it has passed.
    pub fn until(&self, moment: SimTime) -> Duration {
        moment.since(self.now())
    }
}
