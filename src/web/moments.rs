//! Moments as a site keeps them, as moments of the calendar.
//!
//! How a page writes them is the page's affair.

use jiff::Timestamp;

use crate::basis::SimTime;

/// Microseconds since 1970-01-01 UTC, as columns have them; the last moment there is where that
/// is later.
pub fn moment(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
}

/// A moment of a party's clock, which counts from the same.
pub fn timestamp(at: SimTime) -> Timestamp {
    moment(i64::try_from(at.micros()).unwrap_or(i64::MAX))
}
