//! The fleet as a stream of server-sent events: how it is now, then how it is after each
//! change, at most once a second.
//!
//! One task looks for all who follow, so that the database is asked no more by many open
//! pages than by one.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::response::{
    IntoResponse, Response,
    sse::{Event, KeepAlive, Sse},
};
use futures_util::stream;
use tokio::sync::watch;

use super::fleet;
use crate::{
    carrier::web::AppState,
    runtime::{Admission, Permit},
    web::{Closing, Kind, Problem},
};

/// Pages and programs that follow the fleet at once.
const FOLLOWERS_MAX: usize = 128;
const LOOK_EVERY: Duration = Duration::from_secs(1);
const COMMENT_EVERY: Duration = Duration::from_secs(15);
const COME_BACK_AFTER: Duration = Duration::from_secs(3);

type Picture = Arc<str>;
type Pictures = watch::Sender<Option<Picture>>;

/// Those who follow the fleet; cheap to clone.
#[derive(Clone)]
pub struct FleetLive {
    /// None: nobody follows, and nobody looks.
    looking: Arc<Mutex<Option<Pictures>>>,
    admission: Admission,
}

impl Default for FleetLive {
    fn default() -> Self {
        Self { looking: Arc::default(), admission: Admission::new(FOLLOWERS_MAX) }
    }
}

impl FleetLive {
    pub(super) fn follow(&self, state: AppState, closing: Closing) -> Result<Response, Problem> {
        let busy =
            || Problem::new(Kind::Busy, "Too many follow the fleet at once. Try again soon.");
        let permit = self.admission.enter().ok_or_else(busy)?;
        let pictures = self.pictures(state);
        let feed = Feed { pictures, closing: Box::pin(closing.closed()), _permit: permit };
        let events = stream::unfold(feed, |mut feed| async {
            let event = feed.next().await?;
            Some((Ok::<_, Infallible>(event), feed))
        });
        Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(COMMENT_EVERY)).into_response())
    }

    fn pictures(&self, state: AppState) -> watch::Receiver<Option<Picture>> {
        let mut looking = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pictures) = &*looking {
            let mut followed = pictures.subscribe();
            // Who comes later begins with what the others see.
            followed.mark_changed();
            return followed;
        }
        let (pictures, followed) = watch::channel(None);
        *looking = Some(pictures);
        tokio::spawn(self.clone().keep_looking(state));
        followed
    }

    /// Until nobody follows any more.
    async fn keep_looking(self, state: AppState) {
        let mut ticks = tokio::time::interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while self.is_followed() {
            ticks.tick().await;
            // One that can not be seen at present is looked for again.
            let Ok(seen) = fleet::find(&state).await else { continue };
            let Ok(picture) = serde_json::to_string(&seen) else { continue };
            self.show(picture.into());
        }
    }

    fn is_followed(&self) -> bool {
        let mut looking = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        looking.take_if(|pictures| pictures.receiver_count() == 0);
        looking.is_some()
    }

    fn show(&self, picture: Picture) {
        let looking = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(pictures) = &*looking else { return };
        pictures.send_if_modified(|shown| {
            let is_new = shown.as_ref() != Some(&picture);
            *shown = Some(picture);
            is_new
        });
    }
}

/// One follower's stream: each event is the whole fleet, so that nothing has to be added up.
struct Feed {
    pictures: watch::Receiver<Option<Picture>>,
    closing: Pin<Box<dyn Future<Output = ()> + Send>>,
    _permit: Permit,
}

impl Feed {
    /// The next event; None ends the stream, and who wants more comes back.
    async fn next(&mut self) -> Option<Event> {
        loop {
            tokio::select! {
                changed = self.pictures.changed() => changed.ok()?,
                () = &mut self.closing => return None,
            }
            let picture = self.pictures.borrow_and_update().clone();
            if let Some(picture) = picture {
                return Some(Event::default().event("fleet").retry(COME_BACK_AFTER).data(picture));
            }
        }
    }
}
