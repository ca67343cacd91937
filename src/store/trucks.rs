//! Where the trucks of an order are, asked of the carrier's tracking, for those who watch.
//!
//! Nothing rests on it: a carrier without such a thing, or one that is slow, shows nothing.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde::Deserialize;
use tokio::time::Instant;

use crate::{basis::Point, runtime::Admission};

const ANSWER_WITHIN: Duration = Duration::from_secs(2);
/// What was heard is as good as new for so long, whoever asks.
const FRESH_FOR: Duration = Duration::from_secs(1);
/// Questions under way at once; a further one gets nothing.
const AT_ONCE_MAX: usize = 16;
/// Numbers that are remembered at most.
const REMEMBERED_MAX: usize = 1024;
const ANSWER_BYTES_MAX: usize = 64 * 1024;
const NUMBER_CHARS_MAX: usize = 64;

/// A truck that drives, first along x and then along y, or stands where `to` is none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TruckLeg {
    pub from: Point,
    pub to: Option<Point>,
    /// Since when.
    pub since: jiff::Timestamp,
    /// As far as the carrier can tell.
    pub units_per_s: Option<f64>,
}

/// A client of the carrier's tracking; cheap to clone.
#[derive(Clone)]
pub struct Trucks {
    client: reqwest::Client,
    base: Arc<str>,
    heard: Arc<Mutex<BTreeMap<String, Heard>>>,
    asking: Admission,
}

/// What the carrier said about a number, and when.
type Heard = (Instant, Option<TruckLeg>);

/// What we read of the carrier's answer.
#[derive(Deserialize)]
struct Tracked {
    truck: Option<TrackedTruck>,
}

#[derive(Deserialize)]
struct TrackedTruck {
    from: Place,
    to: Option<Place>,
    since: jiff::Timestamp,
    units_per_second: Option<f64>,
}

#[derive(Deserialize)]
struct Place {
    x: i32,
    y: i32,
}

impl From<Place> for Point {
    fn from(Place { x, y }: Place) -> Self {
        Self::new(x, y)
    }
}

impl Trucks {
    /// `carrier_url`: where the carrier takes messages; its tracking is beside that.
    pub fn new(client: reqwest::Client, carrier_url: &str) -> Self {
        let root = carrier_url.trim_end_matches('/');
        let root = root.strip_suffix("/api").unwrap_or(root);
        Self {
            client,
            base: format!("{root}/api/v1/track/").into(),
            heard: Arc::default(),
            asking: Admission::new(AT_ONCE_MAX),
        }
    }

    /// The truck of the shipment with this number, where the carrier says so in time.
    pub async fn find(&self, number: &str) -> Option<TruckLeg> {
        let is_plain = number.chars().all(|c| c.is_ascii_alphanumeric());
        if !is_plain || !(1..=NUMBER_CHARS_MAX).contains(&number.len()) {
            return None;
        }
        if let Some(known) = self.remembered(number) {
            return known;
        }
        let _permit = self.asking.enter()?;
        let leg = tokio::time::timeout(ANSWER_WITHIN, self.ask(number)).await.ok().flatten();
        self.remember(number, leg);
        leg
    }

    async fn ask(&self, number: &str) -> Option<TruckLeg> {
        let answer = self.client.get(format!("{}{number}", self.base)).send().await.ok()?;
        let mut answer = answer.error_for_status().ok()?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.ok()? {
            body.extend_from_slice(&chunk);
            if body.len() > ANSWER_BYTES_MAX {
                return None;
            }
        }
        let truck = serde_json::from_slice::<Tracked>(&body).ok()?.truck?;
        let units_per_s = truck.units_per_second.filter(|speed| speed.is_finite() && *speed > 0.0);
        let (from, to) = (truck.from.into(), truck.to.map(Point::from));
        Some(TruckLeg { from, to, since: truck.since, units_per_s })
    }

    fn remembered(&self, number: &str) -> Option<Option<TruckLeg>> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, leg) = heard.get(number)?;
        (at.elapsed() < FRESH_FOR).then_some(*leg)
    }

    fn remember(&self, number: &str, leg: Option<TruckLeg>) {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        if heard.len() >= REMEMBERED_MAX {
            heard.retain(|_, (at, _)| at.elapsed() < FRESH_FOR);
        }
        if heard.len() < REMEMBERED_MAX {
            heard.insert(number.to_owned(), (Instant::now(), leg));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use axum::{
        Json, Router,
        extract::{Path, State},
        http::StatusCode,
        response::{IntoResponse, Response},
        routing::get,
    };
    use serde_json::json;

    use super::*;

    async fn track(State(asked): State<Arc<AtomicU32>>, Path(number): Path<String>) -> Response {
        asked.fetch_add(1, Ordering::Relaxed);
        let truck = json!({
            "from": { "x": 1, "y": -2 }, "to": { "x": 3, "y": 4 },
            "since": "2026-01-02T03:04:05Z", "units_per_second": 50.0,
        });
        match number.as_str() {
            "WB1" => Json(json!({ "truck": truck, "more": [1] })).into_response(),
            "WB2" => Json(json!({ "truck": null })).into_response(),
            "WB3" => "what?".into_response(),
            "WB4" => "x".repeat(2 * ANSWER_BYTES_MAX).into_response(),
            _ => StatusCode::NOT_FOUND.into_response(),
        }
    }

    #[tokio::test]
    async fn a_truck_is_asked_for_once_a_second_and_nonsense_is_no_truck() {
        let asked = Arc::<AtomicU32>::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}/api/", listener.local_addr().unwrap());
        let site = Router::new().route("/api/v1/track/{number}", get(track));
        let site = site.with_state(Arc::clone(&asked));
        let serving = tokio::spawn(async { axum::serve(listener, site).await });
        let trucks = Trucks::new(reqwest::Client::new(), &base);
        let leg = trucks.find("WB1").await.expect("a truck");
        assert_eq!((leg.from, leg.to), (Point::new(1, -2), Some(Point::new(3, 4))));
        assert_eq!(leg.units_per_s, Some(50.0));
        assert!(trucks.heard.lock().unwrap().contains_key("WB1"), "the next ask needs no question");
        for number in ["WB2", "WB3", "WB4", "WB5"] {
            assert_eq!(trucks.find(number).await, None, "{number}");
        }
        for odd in ["", "../x", "WB1?", "ä", &"1".repeat(65)] {
            assert_eq!(trucks.find(odd).await, None, "{odd}");
        }
        assert_eq!(asked.load(Ordering::Relaxed), 5, "odd numbers are not asked for");
        trucks.remember("WB9", Some(leg));
        assert_eq!(trucks.find("WB9").await, Some(leg), "as was heard just now");
        serving.abort();
        let _ = serving.await;
        assert_eq!(trucks.find("WB8").await, None, "nobody answers");
    }
}
