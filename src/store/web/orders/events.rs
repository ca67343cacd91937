//! An order as a stream of server-sent events: how it is now, then how it is
//! after each change, until nothing more will happen.
//!
//! Every event holds the whole order, so that a client never adds up what it
//! may have missed.

use std::{convert::Infallible, pin::Pin, time::Duration};

use axum::response::{
    IntoResponse, Response,
    sse::{Event, KeepAlive, Sse},
};
use futures_util::stream;

use super::{
    views::{self, OrderView},
    watchers::{Following, News},
};
use crate::{
    basis::{AccountId, OrderId},
    store::{model::outputs::Change, web::AppState},
    web::{Closing, Kind, Problem},
};

const COMMENT_EVERY: Duration = Duration::from_secs(15);
const COME_BACK_AFTER: Duration = Duration::from_secs(3);

/// The events of an account's order.
pub async fn follow(
    state: AppState,
    account: AccountId,
    order: OrderId,
    closing: Closing,
) -> Result<Response, Problem> {
    let busy = || Problem::new(Kind::Busy, "Too many orders are followed at once. Try again soon.");
    // First follow, then read: so nothing falls between.
    let following = state.watchers.follow(order).ok_or_else(busy)?;
    let view = find_own(&state, account, order).await?;
    let feed = Feed { state, view, following, closing: Box::pin(closing.closed()), unsaid: true };
    let events = stream::unfold(feed, |mut feed| async {
        let event = feed.next().await?;
        Some((Ok::<_, Infallible>(event), feed))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(COMMENT_EVERY)).into_response())
}

/// An order of this account; anybody else's does not exist for it.
pub async fn find_own(
    state: &AppState,
    account: AccountId,
    order: OrderId,
) -> Result<OrderView, Problem> {
    let found = views::find_of(state, account, order).await?;
    found.ok_or_else(|| no_order(order))
}

pub fn no_order(order: OrderId) -> Problem {
    let detail = format!("You have no order {order}. The list of your orders has those there are.");
    Problem::new(Kind::NotFound, detail)
}

struct Feed {
    state: AppState,
    view: OrderView,
    following: Following,
    closing: Pin<Box<dyn Future<Output = ()> + Send>>,
    /// The view holds something that was not sent yet.
    unsaid: bool,
}

impl Feed {
    /// The next event; None ends the stream, and who wants more comes back.
    async fn next(&mut self) -> Option<Event> {
        while !self.unsaid {
            if self.view.is_final() {
                return None;
            }
            let news = tokio::select! {
                news = self.following.next() => news?,
                () = &mut self.closing => return None,
            };
            self.unsaid = self.take(&news).await?;
        }
        self.unsaid = false;
        let event = Event::default().event("order").retry(COME_BACK_AFTER);
        event.json_data(&self.view).ok()
    }

    /// Whether that was new; None where the order can not be read at present.
    async fn take(&mut self, news: &News) -> Option<bool> {
        match news {
            // Where it goes now only the database tells.
            News::Changed(change) if is_of_address(change.change) => self.read_again().await,
            News::Changed(change) => Some(self.view.apply(&self.state, change)),
            News::Missed => self.read_again().await,
        }
    }

    async fn read_again(&mut self) -> Option<bool> {
        let read = views::find(&self.state, self.view.id).await.ok()??;
        let is_new = read != self.view;
        self.view = read;
        Some(is_new)
    }
}

fn is_of_address(change: Change) -> bool {
    matches!(change, Change::Destination | Change::DestinationKept)
}
