//! What both sides of the dialect between store and carrier need to be read by programs of
//! others, and to read them.
//!
//! What a message says is known to `wire`.

use axum::{Router, routing::MethodRouter};

/// Six digits of a second and no zone, in UTC: the one form that every program of the dialect
/// that we know of reads. Some take no other number of digits, and no `Z`.
const MOMENT: &str = "%Y-%m-%dT%H:%M:%S%.6f";

/// The time of a message that is sent now.
pub fn timestamp() -> String {
    written(jiff::Timestamp::now())
}

fn written(at: jiff::Timestamp) -> String {
    at.to_zoned(jiff::tz::TimeZone::UTC).strftime(MOMENT).to_string()
}

/// Routes, each also with a slash at its end, as some peers post.
pub fn with_and_without_slash<S: Clone + Send + Sync + 'static>(
    routes: impl IntoIterator<Item = (&'static str, MethodRouter<S>)>,
) -> Router<S> {
    routes.into_iter().fold(Router::new(), |router, (path, handler)| {
        router.route(path, handler.clone()).route(&format!("{path}/"), handler)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_six_digits_and_no_zone_whatever_it_is() {
        let at = |nanos| jiff::Timestamp::from_nanosecond(nanos).unwrap();
        assert_eq!(written(at(0)), "1970-01-01T00:00:00.000000");
        assert_eq!(written(at(1_767_323_045_123_456_789)), "2026-01-02T03:04:05.123456");
        assert_eq!(written(at(1_767_323_045_000_000_001)), "2026-01-02T03:04:05.000000");
        assert_eq!(timestamp().len(), "1970-01-01T00:00:00.000000".len());
    }
}
