//! An account's notices as a stream of server-sent events: how many are unread and which is
//! the newest, now and whenever that changes.
//!
//! Every event says how things stand, so that a client never adds up what it may have missed.

use std::{convert::Infallible, pin::Pin, time::Duration};

use axum::response::{
    IntoResponse, Response,
    sse::{Event, KeepAlive, Sse},
};
use futures_util::stream;

use super::{
    bells::Following,
    list::{self, Bell},
};
use crate::{
    basis::AccountId,
    store::web::AppState,
    web::{Closing, Kind, Problem},
};

const COMMENT_EVERY: Duration = Duration::from_secs(15);
const COME_BACK_AFTER: Duration = Duration::from_secs(3);

/// The events of an account.
pub async fn follow(
    state: AppState,
    account: AccountId,
    closing: Closing,
) -> Result<Response, Problem> {
    let busy =
        || Problem::new(Kind::Busy, "Too many follow their notices at once. Try again soon.");
    // First follow, then read: so nothing falls between.
    let following = state.bells.follow(account).ok_or_else(busy)?;
    let first = Some(list::bell(&state, account).await?);
    let feed =
        Feed { state, account, following, closing: Box::pin(closing.closed()), unsaid: first };
    let events = stream::unfold(feed, |mut feed| async {
        let event = feed.next().await?;
        Some((Ok::<_, Infallible>(event), feed))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(COMMENT_EVERY)).into_response())
}

struct Feed {
    state: AppState,
    account: AccountId,
    following: Following,
    closing: Pin<Box<dyn Future<Output = ()> + Send>>,
    unsaid: Option<Bell>,
}

impl Feed {
    /// The next event; None ends the stream, and who wants more comes back.
    async fn next(&mut self) -> Option<Event> {
        let bell = match self.unsaid.take() {
            Some(bell) => bell,
            None => {
                tokio::select! {
                    () = self.following.next() => {}
                    () = &mut self.closing => return None,
                }
                list::bell(&self.state, self.account).await.ok()?
            }
        };
        Event::default().event("notices").retry(COME_BACK_AFTER).json_data(bell).ok()
    }
}
