//! Logging in and registering, counted: by address and by account.
//!
//! How counting works is told in [`web::limits`](crate::web::limits). Counts are this
//! process's own and begin anew with it. What else a site counts it counts itself.

use std::{
    hash::{BuildHasher, RandomState},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::Caller;
use crate::web::{
    Problem,
    limits::{Exceeded, Left, Pauses, Quota, Quotas},
};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

/// How often each may do what; each at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntrySettings {
    /// Of an address.
    pub logins_per_minute: u32,
    /// Wrong passwords for an account before each further one costs a pause.
    pub login_failures_max: u32,
    /// Of an address.
    pub registrations_per_hour: u32,
}

impl Default for EntrySettings {
    fn default() -> Self {
        Self { logins_per_minute: 10, login_failures_max: 5, registrations_per_hour: 10 }
    }
}

/// What was used of them; cheap to clone.
#[derive(Clone)]
pub struct EntryLimits(Option<Arc<Counts>>);

struct Counts {
    since: Instant,
    /// E-mail addresses are remembered by a hash that nobody outside can compute.
    hasher: RandomState,
    logins: Mutex<Quotas<IpAddr>>,
    failures: Mutex<Pauses<u64>>,
    registrations: Mutex<Quotas<IpAddr>>,
}

/// A try to log in, which counts as a failure until it is said to have succeeded.
#[must_use]
pub struct Attempt<'a>(Option<(&'a Counts, u64)>);

impl EntryLimits {
    /// None: whatever anybody asks is let through.
    pub fn new(settings: Option<EntrySettings>) -> Self {
        Self(settings.map(|settings| Arc::new(Counts::new(settings))))
    }

    /// Before a password is compared. Whether there is such an account makes no difference.
    pub fn begin_login(&self, caller: &Caller, email: &str) -> Result<Attempt<'_>, Problem> {
        let Some(counts) = self.0.as_deref() else { return Ok(Attempt(None)) };
        let now = counts.since.elapsed();
        let taken = held(&counts.logins).take(network(caller), now);
        let often = "There were too many tries to log in from your address.";
        taken.map_err(|exceeded| exceeded.problem(often))?;
        let account = counts.hasher.hash_one(email.trim().to_lowercase());
        let begun = held(&counts.failures).begin(account, now);
        begun.map_err(|retry_after| {
            let quota = Quota { name: "login-failures", at_most: 1, within: retry_after };
            Exceeded { quota, retry_after }
                .problem("There were too many wrong passwords for this account.")
        })?;
        Ok(Attempt(Some((counts, account))))
    }

    /// Before an account is made.
    pub fn register(&self, caller: &Caller) -> Result<(), Problem> {
        let Some(counts) = self.0.as_deref() else { return Ok(()) };
        let taken = held(&counts.registrations).take(network(caller), counts.since.elapsed());
        let often = "Too many accounts were made from your address.";
        taken.map_err(|exceeded| exceeded.problem(often))
    }

    /// For answers, as below: what may still be asked. None: there are no limits.
    pub fn logins_left(&self, caller: &Caller) -> Option<Left> {
        let counts = self.0.as_deref()?;
        Some(held(&counts.logins).left(network(caller), counts.since.elapsed()))
    }

    pub fn registrations_left(&self, caller: &Caller) -> Option<Left> {
        let counts = self.0.as_deref()?;
        Some(held(&counts.registrations).left(network(caller), counts.since.elapsed()))
    }
}

impl Counts {
    fn new(settings: EntrySettings) -> Self {
        let quota = |name, at_most, within| Quota { name, at_most, within };
        let EntrySettings { logins_per_minute, registrations_per_hour, .. } = settings;
        let logins = quota("logins", logins_per_minute, MINUTE);
        let registrations = quota("registrations", registrations_per_hour, HOUR);
        Self {
            since: Instant::now(),
            hasher: RandomState::new(),
            logins: Mutex::new(Quotas::new(logins)),
            failures: Mutex::new(Pauses::new(settings.login_failures_max)),
            registrations: Mutex::new(Quotas::new(registrations)),
        }
    }
}

impl Attempt<'_> {
    pub fn succeeded(self) {
        if let Some((counts, account)) = self.0 {
            held(&counts.failures).succeeded(&account);
        }
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whoever has one IPv6 address has as many as he likes with the same first half.
pub fn network(caller: &Caller) -> IpAddr {
    match caller.address {
        Some(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        Some(address) => address,
        None => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(address: &str) -> Caller {
        let address = Some(address.parse().unwrap());
        Caller { address, user_agent: String::new(), is_secure: false }
    }

    #[test]
    fn a_network_counts_as_one() {
        let limits = EntryLimits::new(Some(EntrySettings {
            registrations_per_hour: 2,
            ..EntrySettings::default()
        }));
        assert!(limits.register(&caller("2001:db8::1")).is_ok());
        assert!(limits.register(&caller("2001:db8::2")).is_ok());
        assert!(limits.register(&caller("2001:db8::3")).is_err());
        assert!(limits.register(&caller("2001:db8:0:1::3")).is_ok());
    }

    #[test]
    fn wrong_passwords_are_counted_by_account_from_wherever_they_come() {
        let limits = EntryLimits::new(Some(EntrySettings::default()));
        for nth in 0..5 {
            let from = caller(&format!("192.0.2.{nth}"));
            assert!(limits.begin_login(&from, "A@x.example").is_ok());
        }
        let refused = limits.begin_login(&caller("192.0.2.9"), " a@X.example").err().unwrap();
        assert_eq!(refused.status(), 429);
        limits.begin_login(&caller("192.0.2.9"), "b@x.example").unwrap().succeeded();
    }

    #[test]
    fn right_passwords_cost_the_account_nothing() {
        let limits = EntryLimits::new(Some(EntrySettings::default()));
        for nth in 0..50 {
            let from = caller(&format!("192.0.2.{nth}"));
            limits.begin_login(&from, "a@x.example").unwrap().succeeded();
        }
    }

    #[test]
    fn limits_that_are_lifted_let_everything_through() {
        let limits = EntryLimits::new(None);
        for _ in 0..1_000 {
            assert!(limits.register(&caller("192.0.2.1")).is_ok());
            assert!(limits.begin_login(&caller("192.0.2.1"), "a@x.example").is_ok());
        }
    }
}
