//! Worlds as streams of server-sent events: how one is now, then how it is
//! after each change, at most once a second.
//!
//! One task looks for all who follow the same world, so that a world is
//! disturbed no more by a hundred open pages than by one.

use std::{
    collections::HashMap,
    convert::Infallible,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::response::{
    IntoResponse, Response,
    sse::{Event, KeepAlive, Sse},
};
use futures_util::stream;
use tokio::sync::watch;

use super::{lookout::Lookout, shapes::MapShape};
use crate::{
    basis::{SimTime, WorldId},
    runtime::{Admission, Permit},
    web::{Closing, Kind, Problem},
    world::model::MapView,
};

/// Pages and programs that follow worlds at once.
const FOLLOWERS_MAX: usize = 512;
const LOOK_EVERY: Duration = Duration::from_secs(1);
const COMMENT_EVERY: Duration = Duration::from_secs(15);
const COME_BACK_AFTER: Duration = Duration::from_secs(3);
/// After this a follower comes back for the rest: one that has only forgotten to hang up
/// does not.
const FOLLOW_FOR: Duration = Duration::from_secs(60 * 60);

type Picture = Arc<str>;
type Pictures = watch::Receiver<Option<Picture>>;

/// Those who follow worlds; cheap to clone.
#[derive(Clone)]
pub(super) struct Live {
    lookout: Lookout,
    worlds: Arc<Mutex<HashMap<WorldId, watch::Sender<Option<Picture>>>>>,
    admission: Admission,
}

impl Live {
    pub(super) fn new(lookout: Lookout) -> Self {
        Self { lookout, worlds: Arc::default(), admission: Admission::new(FOLLOWERS_MAX) }
    }

    /// The events of a world that there is.
    pub(super) fn follow(&self, world: WorldId, closing: Closing) -> Result<Response, Problem> {
        let busy = || Problem::new(Kind::Busy, "Too many follow worlds at once. Try again soon.");
        let permit = self.admission.enter().ok_or_else(busy)?;
        let pictures = self.pictures(world);
        let feed = Feed::new(pictures, closing, permit, FOLLOW_FOR);
        let events = stream::unfold(feed, |mut feed| async {
            let event = feed.next().await?;
            Some((Ok::<_, Infallible>(event), feed))
        });
        Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(COMMENT_EVERY)).into_response())
    }

    fn pictures(&self, world: WorldId) -> Pictures {
        let mut worlds = self.lock();
        if let Some(pictures) = worlds.get(&world) {
            let mut followed = pictures.subscribe();
            // Who comes later begins with what the others see.
            followed.mark_changed();
            return followed;
        }
        let (pictures, followed) = watch::channel(None);
        worlds.insert(world, pictures);
        tokio::spawn(self.clone().keep_looking(world));
        followed
    }

    /// Until nobody follows any more.
    async fn keep_looking(self, world: WorldId) {
        let (mut ticks, mut before) = (tokio::time::interval(LOOK_EVERY), None);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while self.is_followed(world) {
            ticks.tick().await;
            // One that can not be seen at present is looked for again.
            let Ok(map) = self.lookout.map(world).await else { continue };
            let now = Some(without_time(map.clone()));
            // Who watches something move gets the time again and again.
            if now != before || map.trucks.items.iter().any(|truck| truck.way.is_some()) {
                before = now;
                self.show(world, &MapShape::new(world, &map));
            }
        }
    }

    fn is_followed(&self, world: WorldId) -> bool {
        let mut worlds = self.lock();
        let is_followed = worlds.get(&world).is_some_and(|it| it.receiver_count() > 0);
        if !is_followed {
            worlds.remove(&world);
        }
        is_followed
    }

    fn show(&self, world: WorldId, map: &MapShape) {
        let Ok(picture) = serde_json::to_string(map) else { return };
        if let Some(pictures) = self.lock().get(&world) {
            pictures.send_replace(Some(picture.into()));
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<WorldId, watch::Sender<Option<Picture>>>> {
        self.worlds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn without_time(mut map: MapView) -> MapView {
    map.summary.now = SimTime::ZERO;
    map
}

/// One follower's stream: each event is the whole map, so that nothing has to be added up.
struct Feed {
    pictures: Pictures,
    end: Pin<Box<dyn Future<Output = ()> + Send>>,
    _permit: Permit,
}

impl Feed {
    fn new(pictures: Pictures, closing: Closing, permit: Permit, at_most: Duration) -> Self {
        let end = Box::pin(async move {
            // Whichever comes first.
            let _ = tokio::time::timeout(at_most, closing.closed()).await;
        });
        Self { pictures, end, _permit: permit }
    }

    /// The next event; None ends the stream, and who wants more comes back.
    async fn next(&mut self) -> Option<Event> {
        loop {
            tokio::select! {
                changed = self.pictures.changed() => changed.ok()?,
                () = &mut self.end => return None,
            }
            let picture = self.pictures.borrow_and_update().clone();
            if let Some(picture) = picture {
                return Some(Event::default().event("world").retry(COME_BACK_AFTER).data(picture));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::extract::FromRequestParts as _;

    use super::*;

    #[tokio::test]
    async fn a_follower_keeps_its_place_for_a_while_only() {
        let (mut parts, ()) = http::Request::new(()).into_parts();
        let Ok(never) = Closing::from_request_parts(&mut parts, &()).await;
        let (admission, (shown, pictures)) = (Admission::new(1), watch::channel(None));
        shown.send_replace(Some("a map".into()));
        let at_most = Duration::from_millis(100);
        let mut feed = Feed::new(pictures, never, admission.enter().unwrap(), at_most);
        assert!(admission.enter().is_none());
        while feed.next().await.is_some() {}
        drop(feed);
        assert!(admission.enter().is_some());
    }
}
