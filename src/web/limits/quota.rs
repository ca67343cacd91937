//! So many in so long, for each key: the generic cell rate algorithm, which spreads the
//! quota evenly after a burst and keeps one number a key.
//!
//! Refused attempts cost nothing.

use std::{convert::Infallible, hash::Hash, time::Duration};

use axum::{
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponseParts, ResponseParts},
};

use super::Recent;
use crate::web::{Kind, Problem};

/// So many within so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// As the header fields call it.
    pub name: &'static str,
    /// At least 1.
    pub at_most: u32,
    pub within: Duration,
}

impl Quota {
    /// Between two of a stream that never exceeds it.
    fn interval(self) -> Duration {
        self.within / self.at_most.max(1)
    }
}

/// What each key has used of a quota.
#[derive(Debug)]
pub struct Quotas<K> {
    quota: Quota,
    /// When each key will have its whole quota again.
    whole_at: Recent<K, Duration>,
}

/// A quota is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exceeded {
    pub quota: Quota,
    pub retry_after: Duration,
}

/// What a key may still do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    pub quota: Quota,
    /// So many at once.
    pub count: u32,
    /// Until it has its whole quota again.
    pub whole_in: Duration,
}

impl<K: Hash + Eq> Quotas<K> {
    pub fn new(quota: Quota) -> Self {
        Self { quota, whole_at: Recent::new() }
    }

    /// Takes one of a key's quota.
    pub fn take(&mut self, key: K, now: Duration) -> Result<(), Exceeded> {
        let quota = self.quota;
        let whole_at = self.whole_at.of(key);
        let then = (*whole_at).max(now) + quota.interval();
        match then.checked_sub(quota.interval() * quota.at_most.max(1)) {
            Some(earliest) if earliest > now => {
                Err(Exceeded { quota, retry_after: earliest - now })
            }
            Some(_) | None => {
                *whole_at = then;
                Ok(())
            }
        }
    }

    /// What of a key's quota is left.
    pub fn left(&mut self, key: K, now: Duration) -> Left {
        let quota = self.quota;
        let whole_in = self.whole_at.of(key).saturating_sub(now);
        let used = whole_in.as_nanos().div_ceil(quota.interval().as_nanos().max(1));
        let count = quota.at_most.saturating_sub(u32::try_from(used).unwrap_or(u32::MAX));
        Left { quota, count, whole_in }
    }
}

impl Quota {
    /// The fields of draft-ietf-httpapi-ratelimit-headers.
    fn fields(self, left: u32, seconds: u64) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
        let Self { name, at_most, within } = self;
        let policy = format!("\"{name}\";q={at_most};w={}", within.as_secs());
        let fields = [
            ("ratelimit-policy", policy),
            ("ratelimit", format!("\"{name}\";r={left};t={seconds}")),
        ];
        // Digits and a name of ours: always a header's value.
        let field = |(name, value): (_, String)| Some((name, HeaderValue::try_from(value).ok()?));
        let named = |(name, value)| (HeaderName::from_static(name), value);
        fields.into_iter().filter_map(field).map(named)
    }
}

impl IntoResponseParts for Left {
    type Error = Infallible;

    fn into_response_parts(self, mut answer: ResponseParts) -> Result<ResponseParts, Infallible> {
        answer.headers_mut().extend(self.quota.fields(self.count, rounded_up(self.whole_in)));
        Ok(answer)
    }
}

impl Exceeded {
    /// The answer, with when to come back.
    pub fn problem(self, detail: &str) -> Problem {
        let seconds = rounded_up(self.retry_after).max(1);
        let detail = format!("{detail} Try again in {}.", words(seconds));
        let problem = Problem::new(Kind::TooManyRequests, detail)
            .with_header(header::RETRY_AFTER, HeaderValue::from(seconds));
        let fields = self.quota.fields(0, seconds);
        fields.fold(problem, |problem, (name, value)| problem.with_header(name, value))
    }
}

/// Rounded up: who comes then is let in.
fn rounded_up(span: Duration) -> u64 {
    span.as_secs() + u64::from(span.subsec_nanos() > 0)
}

fn words(seconds: u64) -> String {
    match seconds {
        1 => "a second".to_owned(),
        0..120 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;
    use proptest::prelude::*;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn logins() -> Quota {
        Quota { name: "logins", at_most: 10, within: MINUTE }
    }

    #[test]
    fn a_burst_uses_the_quota_up_and_it_grows_back_evenly() {
        let (mut quotas, now) = (Quotas::new(logins()), Duration::from_secs(1_000));
        for _ in 0..10 {
            assert_eq!(quotas.take("a", now), Ok(()));
        }
        let refused = quotas.take("a", now).unwrap_err();
        assert_eq!(refused.retry_after, Duration::from_secs(6));
        assert_eq!(quotas.take("b", now), Ok(()), "another key has a quota of its own");
        assert!(quotas.take("a", now + Duration::from_secs(5)).is_err());
        assert_eq!(quotas.take("a", now + Duration::from_secs(6)), Ok(()));
        assert!(quotas.take("a", now + Duration::from_secs(6)).is_err());
    }

    #[test]
    fn the_answer_says_how_much_how_often_and_when_to_come_back() {
        let retry_after = Duration::from_millis(5_001);
        let response = Exceeded { quota: logins(), retry_after }.problem("Slowly.").into_response();
        assert_eq!(response.status(), 429);
        let headers = response.headers();
        assert_eq!(headers["retry-after"], "6");
        assert_eq!(headers["ratelimit-policy"], "\"logins\";q=10;w=60");
        assert_eq!(headers["ratelimit"], "\"logins\";r=0;t=6");
    }

    #[test]
    fn what_is_left_is_told_and_grows_back() {
        let (mut quotas, now) = (Quotas::new(logins()), MINUTE);
        assert_eq!(quotas.left("a", now).count, 10);
        quotas.take("a", now).unwrap();
        quotas.take("a", now).unwrap();
        let mut told = |now| {
            let Left { count, whole_in, .. } = quotas.left("a", now);
            (count, rounded_up(whole_in))
        };
        assert_eq!(told(now), (8, 12));
        assert_eq!(told(now + Duration::from_millis(5_999)), (8, 7));
        assert_eq!(told(now + Duration::from_secs(6)), (9, 6));
        assert_eq!(told(now + MINUTE), (10, 0));
        let headers = (quotas.left("a", now), ()).into_response().headers().clone();
        assert_eq!(headers["ratelimit-policy"], "\"logins\";q=10;w=60");
        assert_eq!(headers["ratelimit"], "\"logins\";r=8;t=12");
    }

    proptest! {
        /// However it is asked, no window of time lets more than twice the quota through (a
        /// whole burst and what grows back meanwhile), and who waits as told is let in.
        #[test]
        fn no_window_lets_more_through(gaps_ms in prop::collection::vec(0_u64..3_000, 1..300)) {
            let (mut quotas, mut now, mut passed) = (Quotas::new(logins()), MINUTE, Vec::new());
            for gap in gaps_ms {
                now += Duration::from_millis(gap);
                match quotas.take((), now) {
                    Ok(()) => passed.push(now),
                    Err(Exceeded { retry_after, .. }) => {
                        now += retry_after;
                        prop_assert_eq!(quotas.take((), now), Ok(()));
                        passed.push(now);
                    }
                }
            }
            for (nth, start) in passed.iter().enumerate() {
                let within = passed[nth..].iter().filter(|at| **at - *start < MINUTE).count();
                prop_assert!(within <= 20);
            }
        }
    }
}
