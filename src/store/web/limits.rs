//! How often an account may order, beside the limits on logging in and registering that all
//! sites have.
//!
//! How counting works is told in [`web::limits`](crate::web::limits). Counts are this
//! process's own and begin anew with it.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::{
    basis::AccountId,
    web::{
        Problem,
        limits::{Left, Quota, Quotas},
        people::EntrySettings,
    },
};

/// How often each may do what; each at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitSettings {
    pub entry: EntrySettings,
    /// Of an account.
    pub orders_per_second: u32,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self { entry: EntrySettings::default(), orders_per_second: 100 }
    }
}

/// What was used of the orders; cheap to clone.
#[derive(Clone)]
pub struct Limits(Option<Arc<Counts>>);

struct Counts {
    since: Instant,
    orders: Mutex<Quotas<AccountId>>,
}

impl Limits {
    /// None: whatever anybody asks is let through.
    pub fn new(settings: Option<LimitSettings>) -> Self {
        let counts = |LimitSettings { orders_per_second, .. }: LimitSettings| {
            let within = Duration::from_secs(1);
            let orders = Quota { name: "orders", at_most: orders_per_second, within };
            Counts { since: Instant::now(), orders: Mutex::new(Quotas::new(orders)) }
        };
        Self(settings.map(|settings| Arc::new(counts(settings))))
    }

    /// Before an order is placed.
    pub fn order(&self, account: AccountId) -> Result<(), Problem> {
        let Some(counts) = self.0.as_deref() else { return Ok(()) };
        let taken = counts.orders().take(account, counts.since.elapsed());
        let often =
            "Your account places too many orders at once; the same Idempotency-Key is safe.";
        taken.map_err(|exceeded| exceeded.problem(often))
    }

    /// For answers: what may still be asked. None: there are no limits.
    pub fn orders_left(&self, account: AccountId) -> Option<Left> {
        let counts = self.0.as_deref()?;
        Some(counts.orders().left(account, counts.since.elapsed()))
    }
}

impl Counts {
    fn orders(&self) -> MutexGuard<'_, Quotas<AccountId>> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_that_are_lifted_let_everything_through() {
        let (lifted, strict) = (Limits::new(None), LimitSettings::default());
        let strict = Limits::new(Some(LimitSettings { orders_per_second: 1, ..strict }));
        for _ in 0..1_000 {
            assert!(lifted.order(AccountId(1)).is_ok());
        }
        assert!(strict.order(AccountId(1)).is_ok() && strict.order(AccountId(2)).is_ok());
        assert!(strict.order(AccountId(1)).is_err());
    }
}
