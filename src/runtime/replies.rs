//! Answers to those who wait outside: a model names a [`ReplyId`], the party's
//! edge knows who it is.

use std::{
    collections::HashMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::sync::oneshot;

use super::ReplyId;

/// Why no answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    #[error("no answer within {0:?}")]
    TimedOut(Duration),
    #[error("the service stopped before it answered")]
    Stopped,
}

/// Those who wait, each for one answer of type `A`.
#[derive(Debug)]
pub struct Replies<A> {
    next: AtomicU64,
    waiting: Mutex<HashMap<ReplyId, oneshot::Sender<A>>>,
}

impl<A: Send> Replies<A> {
    pub fn new() -> Self {
        Self { next: AtomicU64::new(1), waiting: Mutex::new(HashMap::new()) }
    }

    /// Calls `post` with a fresh id and waits for [`Self::answer`] to it.
    pub async fn ask(&self, within: Duration, post: impl FnOnce(ReplyId)) -> Result<A, AskError> {
        let id = ReplyId(self.next.fetch_add(1, Ordering::Relaxed));
        let (sender, receiver) = oneshot::channel();
        self.lock().insert(id, sender);
        let gone = Forget { replies: self, id };
        post(id);
        let answer = tokio::time::timeout(within, receiver).await;
        drop(gone);
        match answer {
            Ok(answer) => answer.map_err(|_| AskError::Stopped),
            Err(_) => Err(AskError::TimedOut(within)),
        }
    }

    /// Answers; an id that nobody waits for (any more) is ignored.
    pub fn answer(&self, id: ReplyId, answer: A) {
        if let Some(waiting) = self.lock().remove(&id) {
            // Who stopped waiting in this very moment misses it, as if a moment before.
            let _ = waiting.send(answer);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<ReplyId, oneshot::Sender<A>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<A: Send> Default for Replies<A> {
    fn default() -> Self {
        Self::new()
    }
}

/// Forgets who waited, however the wait ended (a client that hangs up drops the future).
struct Forget<'a, A: Send> {
    replies: &'a Replies<A>,
    id: ReplyId,
}

impl<A: Send> Drop for Forget<'_, A> {
    fn drop(&mut self) {
        self.replies.lock().remove(&self.id);
    }
}
