//! A service as the command line sees it: it may end, and it can be stopped.

use std::{future::Future, pin::Pin};

use crate::runtime::ServiceFailure;

pub(super) type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

pub(super) trait Part: Send + Sync {
    fn name(&self) -> &'static str;
    /// Returns when it has ended by itself, with the reason.
    fn ended(&self) -> Boxed<'_, Result<(), ServiceFailure>>;
    /// Closes its doors, then ends it with everything committed.
    fn stop(self: Box<Self>) -> Boxed<'static, ()>;
}
