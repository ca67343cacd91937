//! Streams of server-sent events for those who run a site: new messages, and parts of pages as
//! they change.
//!
//! What is sent is rendered as in the page, so a page is complete without them.

use std::{convert::Infallible, pin::Pin, time::Duration};

use axum::response::{
    IntoResponse, Response,
    sse::{Event, KeepAlive, Sse},
};
use futures_util::stream;
use tokio::sync::watch;

use super::messages::MessageView;
use crate::{
    runtime::{Admission, Permit},
    telemetry::Tap,
    web::{Closing, Kind, Problem},
    wire::tape::TapeFilter,
};

/// Pages and programs that follow something at once.
pub const FOLLOWERS_MAX: usize = 32;
const COMMENT_EVERY: Duration = Duration::from_secs(15);
const COME_BACK_AFTER: Duration = Duration::from_secs(3);
/// Between two looks, for what moves all the time.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Between two lots of messages: many come at once.
const LOT_EVERY: Duration = Duration::from_millis(500);
/// Messages in a lot; of more, the first are left out, and that is said.
const LOT_MAX: usize = 50;
pub const AGAIN_AFTER: Duration = Duration::from_millis(50);

type Closed = Pin<Box<dyn Future<Output = ()> + Send>>;

fn enter(followers: &Admission) -> Result<Permit, Problem> {
    let busy = || Problem::new(Kind::Busy, "Too many follow at once. Try again soon.");
    followers.enter().ok_or_else(busy)
}

fn respond<S>(events: S) -> Response
where
    S: stream::Stream<Item = Event> + Send + 'static,
{
    let events = futures_util::StreamExt::map(events, Ok::<_, Infallible>);
    Sse::new(events).keep_alive(KeepAlive::new().interval(COMMENT_EVERY)).into_response()
}

/// A part of a page, now and whenever it is another. Events are named `part`.
pub fn part<S, F, R>(
    followers: &Admission,
    state: S,
    closing: Closing,
    render: F,
) -> Result<Response, Problem>
where
    S: Clone + Send + Sync + 'static,
    F: Fn(S) -> R + Send + Sync + 'static,
    R: Future<Output = Option<String>> + Send + 'static,
{
    let permit = enter(followers)?;
    let ticks = tokio::time::interval(LOOK_EVERY);
    let closed: Closed = Box::pin(closing.closed());
    let begin = (ticks, closed, String::new(), state, render, permit);
    Ok(respond(stream::unfold(begin, |mut feed| async move {
        let (ticks, closed, said, state, render, _) = &mut feed;
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = closed.as_mut() => return None,
            }
            // What can not be seen at present is looked for again.
            let Some(now) = render(state.clone()).await else { continue };
            if now != *said {
                said.clone_from(&now);
                return Some((event("part", &now), feed));
            }
        }
    })))
}

/// New messages that are wanted. Events are named `message`, or `left_out` with their
/// number where there are too many.
pub fn messages(
    followers: &Admission,
    tap: &Tap,
    filter: TapeFilter,
    closing: Closing,
    render: fn(&MessageView) -> String,
) -> Result<Response, Problem> {
    let permit = enter(followers)?;
    let tap = tap.clone();
    let (after, newest) = (tap.id_last(), tap.newest());
    let closed = Box::pin(closing.closed());
    let feed =
        Feed { tap, filter, after, newest, closed, unsaid: Vec::new(), render, _permit: permit };
    Ok(respond(stream::unfold(feed, |mut feed| async {
        let event = feed.next().await?;
        Some((event, feed))
    })))
}

struct Feed {
    tap: Tap,
    filter: TapeFilter,
    after: u64,
    newest: watch::Receiver<u64>,
    closed: Closed,
    /// The next one last.
    unsaid: Vec<Event>,
    render: fn(&MessageView) -> String,
    _permit: Permit,
}

impl Feed {
    /// None ends the stream, and who wants more comes back.
    async fn next(&mut self) -> Option<Event> {
        while self.unsaid.is_empty() {
            let after = self.after;
            let wait = async {
                self.newest.wait_for(|newest| *newest > after).await.ok().map(|_| ())?;
                tokio::time::sleep(LOT_EVERY).await;
                Some(())
            };
            tokio::select! {
                waited = wait => waited?,
                () = &mut self.closed => return None,
            }
            self.take_lot().await;
        }
        self.unsaid.pop()
    }

    async fn take_lot(&mut self) {
        let upto = self.tap.id_last();
        // Read from the newest, so that who falls behind sees what is, not what was.
        let Ok(reading) = self.tap.newest_after(self.filter.clone(), self.after, LOT_MAX).await
        else {
            return;
        };
        let were_more = reading.next.is_some();
        let upto = reading.messages.first().map_or(upto, |newest| newest.message.id.max(upto));
        let new = reading.messages.into_iter().map(MessageView::from);
        self.unsaid = new.map(|view| event("message", &(self.render)(&view))).collect();
        if were_more {
            self.unsaid.push(event("left_out", &format!("more than {LOT_MAX}")));
        }
        self.after = upto;
    }
}

fn event(name: &str, data: &str) -> Event {
    // A carriage return can not be told in an event; the text is as good without.
    Event::default().event(name).retry(COME_BACK_AFTER).data(data.replace('\r', ""))
}
