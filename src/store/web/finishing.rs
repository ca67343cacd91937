//! Work that goes on where whoever asked for it has gone, or waits no longer.
//!
//! It outlives a request and not the process: what must outlive that is committed on the way.

use std::future::Future;

use crate::web::{Kind, Problem};

/// Does all of the work, once it is begun, and tells whoever still waits what became of it.
pub async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, Problem>> + Send + 'static,
) -> Result<T, Problem> {
    tokio::spawn(work).await.unwrap_or_else(|error| {
        tracing::error!(%error, "what was begun for a request failed half-way");
        Err(Problem::new(Kind::Internal, "Something failed on our side. Look whether it was done."))
    })
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn work_is_done_though_nobody_waits_for_it() {
        let (go, gone) = oneshot::channel::<()>();
        let (done, is_done) = oneshot::channel();
        let mut work = Box::pin(to_the_end(async move {
            let _ = gone.await;
            let _ = done.send(7);
            Ok(())
        }));
        assert!(work.as_mut().now_or_never().is_none());
        drop(work);
        go.send(()).unwrap();
        assert_eq!(is_done.await, Ok(7));
    }

    #[tokio::test]
    async fn a_panic_is_a_problem_of_ours() {
        let failed = to_the_end::<()>(async { panic!("on purpose") }).await;
        assert_eq!(failed.unwrap_err().status(), 500);
    }
}
