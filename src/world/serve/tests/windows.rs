//! Looking into worlds over real sockets: what happened is seen, as JSON and on pages.

use axum::{body::Body, http::Request};
use futures_util::{StreamExt as _, stream::FuturesUnordered};
use reqwest::StatusCode;
use serde_json::Value;
use tower::ServiceExt as _;

use super::*;
use crate::{
    runtime::{Replies, ReplyId},
    world::model::View,
};

struct Window {
    http: reqwest::Client,
    root: String,
}

impl Window {
    fn of(world: &Running) -> Self {
        let root = format!("http://{}", world.http_addr());
        Self { http: reqwest::Client::new(), root }
    }

    async fn json(&self, path: &str) -> Value {
        let answer = self.get(path, "application/json").await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        serde_json::from_str(&answer.text().await.unwrap()).unwrap()
    }

    async fn problem(&self, path: &str) -> (StatusCode, Value) {
        let answer = self.get(path, "application/json").await;
        let content_type = answer.headers()["content-type"].to_str().unwrap().to_owned();
        assert_eq!(content_type, "application/problem+json", "{path}");
        (answer.status(), serde_json::from_str(&answer.text().await.unwrap()).unwrap())
    }

    /// A page, which is what every page of ours is.
    async fn page(&self, path: &str) -> String {
        let answer = self.get(path, "text/html").await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        let policy = answer.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("script-src 'self'"), "{policy}");
        let text = answer.text().await.unwrap();
        for inline in ["style=", "<style", "onclick", "<script>"] {
            assert!(!text.contains(inline), "{path} has {inline}");
        }
        assert!(text.contains("<main") && text.contains("lang=\"en\""), "{path}");
        text
    }

    async fn get(&self, path: &str, accept: &str) -> reqwest::Response {
        let request = self.http.get(format!("{}{path}", self.root)).header("accept", accept);
        request.send().await.unwrap()
    }
}

/// A package on a doorstep, and a command that was refused.
async fn deliver_one(amazon: &mut AmazonClient, ups: &mut UpsClient) {
    amazon.ask(1, buy()).await;
    amazon.event().await;
    amazon.ask(2, pack()).await;
    amazon.event().await;
    ups.ask(1, pickup()).await;
    ups.event().await;
    amazon.ask(3, load()).await;
    amazon.event().await;
    ups.ask(2, super::deliver()).await;
    ups.event().await;
    ups.event().await;
    amazon.ask(4, amazon::Command::Query { package: PackageId(99) }).await;
    amazon.event().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happened_in_a_world_is_seen_as_json() {
    let dir = tempfile::tempdir().unwrap();
    let world = start(database(&dir).await, WorldSettings::for_testing()).await.unwrap();
    let window = Window::of(&world);
    let (mut amazon, mut ups, _) = both_sides(&world).await;
    deliver_one(&mut amazon, &mut ups).await;

    let list = window.json("/api/v1/worlds").await;
    assert_eq!((&list["count"], &list["next"]), (&1.into(), &Value::Null));
    let seen = &list["items"][0];
    assert_eq!((&seen["trucks"], &seen["simspeed"]), (&1.into(), &10_000.into()));
    assert_eq!(seen["packages"]["delivered"], 1);
    assert_eq!(&window.json("/api/v1/worlds/1").await["packages"], &seen["packages"]);
    let side = &seen["amazon"];
    assert_eq!((&side["connected"], &side["commands"]), (&true.into(), &4.into()));
    assert_eq!(side["errors"]["unknown_id"], 1);

    let trucks = window.json("/api/v1/worlds/1/trucks").await;
    let truck = &trucks["items"][0];
    assert_eq!(
        (&truck["status"], &truck["x"], &truck["y"]),
        (&"IDLE".into(), &8.into(), &8.into())
    );
    let stock = window.json("/api/v1/worlds/1/warehouses/1").await;
    assert_eq!((&stock["warehouse"]["x"], &stock["items"][0]["pieces"]), (&2.into(), &0.into()));
    assert_eq!(stock["items"][0]["description"], "tea");

    let package = window.json("/api/v1/worlds/1/packages/7").await;
    assert_eq!(package["status"], "delivered");
    let history = package["history"].as_array().unwrap();
    let steps: Vec<_> = history.iter().map(|step| step["status"].as_str().unwrap()).collect();
    assert_eq!(steps, ["packing", "packed", "loading", "loaded", "delivering", "delivered"]);
    assert!(history.is_sorted_by_key(|step| step["at_us"].as_u64()), "{history:?}");
    assert_eq!(package["contents"][0]["count"], 3);
    assert_eq!(package["destination"]["x"], 8);
    let delivered = window.json("/api/v1/worlds/1/packages?status=delivered").await;
    assert_eq!(delivered["items"][0], package);
    assert_eq!(window.json("/api/v1/worlds/1/packages").await["items"], Value::Array(vec![]));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_messages_are_seen_decoded_also_after_a_hangup() {
    let dir = tempfile::tempdir().unwrap();
    let world = start(database(&dir).await, WorldSettings::for_testing()).await.unwrap();
    let window = Window::of(&world);
    let (mut amazon, _ups, _) = both_sides(&world).await;
    amazon.ask(41, buy()).await;
    amazon.event().await;
    amazon.send_raw(&[3, 0xff, 0xff, 0xff]).await;
    assert!(amazon.is_hung_up().await);
    let names = |said: &Value| {
        let messages = said["amazon"].as_array().unwrap();
        messages.iter().rev().map(|it| it["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let said = window.json("/api/v1/worlds/1/messages").await;
    assert_eq!(names(&said)[..3], ["AConnect", "AConnected", "ACommands"]);
    assert_eq!(names(&said).last().unwrap(), "closed");
    let messages = said["amazon"].as_array().unwrap();
    let bad = &messages[1];
    assert!(bad["text"].as_str().unwrap().starts_with("These bytes are no ACommands"), "{bad}");
    let first = messages.iter().rfind(|it| it["name"] == "ACommands").unwrap();
    assert_eq!(first["message"]["buy"][0]["seqnum"], 41);
    assert!(first["text"].as_str().unwrap().contains("description: \"tea\""), "{first}");
    assert!(window.page("/worlds/1/messages").await.contains("description: &#34;tea&#34;"));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_tell_the_same_and_need_no_script() {
    let dir = tempfile::tempdir().unwrap();
    let world = start(database(&dir).await, WorldSettings::for_testing()).await.unwrap();
    let window = Window::of(&world);
    let empty = window.page("/").await;
    assert!(empty.contains("No worlds yet") && empty.contains(&world.ups_addr().to_string()));
    let (mut amazon, mut ups, _) = both_sides(&world).await;
    deliver_one(&mut amazon, &mut ups).await;

    assert!(window.page("/").await.contains("href=\"/worlds/1\""));
    let page = window.page("/worlds/1").await;
    for part in ["<svg", "data-truck=\"0\"", "Refused: unknown id", "Amazon connected", "8, 8"] {
        assert!(page.contains(part), "{part} is missing");
    }
    assert!(window.page("/worlds/1/trucks").await.contains("id=\"truck-0\""));
    assert!(window.page("/worlds/1/warehouses").await.contains("/worlds/1/warehouses/1"));
    // A description may turn its direction, and then keeps to itself.
    let tea = "<bdi>tea</bdi>";
    assert!(window.page("/worlds/1/warehouses/1").await.contains(tea));
    let list = window.page("/worlds/1/packages?status=delivered").await;
    assert!(
        list.contains("/worlds/1/packages/7") && list.contains(&format!("3 × {tea}")),
        "{list}"
    );
    assert!(window.page("/worlds/1/packages").await.contains("None here"));
    let package = window.page("/worlds/1/packages/7").await;
    assert!(package.matches("data-done").count() == 6 && package.contains(tea), "{package}");
    assert!(window.get("/worlds/1/map", "text/html").await.text().await.unwrap().contains("<svg"));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_there_or_not_understood_is_explained() {
    let dir = tempfile::tempdir().unwrap();
    let world = start(database(&dir).await, WorldSettings::for_testing()).await.unwrap();
    let window = Window::of(&world);
    let (_amazon, _ups, _) = both_sides(&world).await;
    for (path, status, words) in [
        ("/api/v1/worlds/99", 404, "There is no world 99."),
        ("/api/v1/worlds/99/packages", 404, "There is no world 99."),
        ("/api/v1/worlds/99/events", 404, "There is no world 99."),
        ("/api/v1/worlds/1/packages/5", 404, "World 1 never had a package 5."),
        ("/api/v1/worlds/1/warehouses/5", 404, "World 1 has no warehouse 5."),
        ("/api/v1/worlds/1/warehouses/99999999999", 404, "No warehouse is called 99999999999."),
        ("/api/v1/worlds/one", 404, "There is nothing under this address."),
        ("/api/v1/worlds?limit=0", 400, "limit must be a number from 1 to 1000."),
        ("/api/v1/worlds?cursor=x", 400, "cursor must be the next of an answer."),
        ("/api/v1/worlds/1/packages?status=lost", 400, "status must be one of packing, packed,"),
    ] {
        let (found, problem) = window.problem(path).await;
        assert_eq!(found.as_u16(), status, "{path}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.starts_with(words), "{path}: {detail}");
    }
    let page = window.get("/worlds/99", "text/html").await;
    assert_eq!(page.status(), StatusCode::NOT_FOUND);
    let page = page.text().await.unwrap();
    assert!(page.contains("There is no world 99.") && page.contains("To the worlds"));
    let posted = window.http.post(format!("{}/api/v1/worlds", window.root)).send().await.unwrap();
    assert_eq!(posted.status(), StatusCode::METHOD_NOT_ALLOWED, "read-only");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follower_sees_changes_and_does_not_hold_up_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let world = start(database(&dir).await, WorldSettings::for_testing()).await.unwrap();
    let window = Window::of(&world);
    let (mut amazon, _ups, _) = both_sides(&world).await;
    let mut events = window.get("/api/v1/worlds/1/events", "text/event-stream").await;
    let mut heard = String::new();
    let mut hear = async |words: &str| {
        while !heard.contains(words) {
            let chunk = events.chunk().await.unwrap().expect("more events");
            heard.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    };
    hear("\"products\":0").await;
    amazon.ask(1, buy()).await;
    hear("\"pieces\":3").await;
    world.stop().await;
    while events.chunk().await.is_ok_and(|chunk| chunk.is_some()) {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_world_at_the_ends_of_the_numbers_is_shown_in_pages() {
    let dir = tempfile::tempdir().unwrap();
    let world = start(database(&dir).await, WorldSettings::for_testing()).await.unwrap();
    let window = Window::of(&world);
    let mut ups = UpsClient::open(world.ups_addr()).await;
    let far = |n: i32| Point::new(if n % 2 == 0 { i32::MIN } else { i32::MAX }, n);
    let trucks = (0..1_200).map(|n| (TruckId(n), far(n))).collect();
    assert!(ups.join(None, trucks).await.is_good());
    let mut amazon = AmazonClient::open(world.amazon_addr()).await;
    let warehouses = (1..=50).map(|n| (WarehouseId(n), far(-n))).collect();
    assert!(amazon.join(Some(WorldId(1)), warehouses).await.is_good());

    let page = window.page("/worlds/1").await;
    assert_eq!(page.matches("data-truck=\"").count(), 1_000);
    assert!(page.contains("200 more warehouses and trucks are not on the map"));
    assert!(!page.contains("NaN") && !page.contains("inf "), "places are numbers");
    let (mut seen, mut path) = (0, "/api/v1/worlds/1/trucks?limit=500".to_owned());
    loop {
        let part = window.json(&path).await;
        seen += part["items"].as_array().unwrap().len();
        let Some(next) = part["next"].as_str() else { break };
        path = format!("/api/v1/worlds/1/trucks?limit=500&cursor={next}");
    }
    assert_eq!(seen, 1_200);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_api_describes_itself() {
    let dir = tempfile::tempdir().unwrap();
    let world = start(database(&dir).await, WorldSettings::for_testing()).await.unwrap();
    let description = Window::of(&world).json("/openapi.json").await;
    let paths: Vec<_> = description["paths"].as_object().unwrap().keys().collect();
    assert_eq!(paths.len(), 10, "{paths:?}");
    for (path, methods) in description["paths"].as_object().unwrap() {
        assert!(path.starts_with("/api/v1/worlds"));
        assert_eq!(methods.as_object().unwrap().keys().collect::<Vec<_>>(), ["get"], "{path}");
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn visitors_past_the_bound_are_told_to_come_again_and_find_room_when_others_leave() {
    const LOOKERS_MAX: u64 = 32;
    let dir = tempfile::tempdir().unwrap();
    let world = start(database(&dir).await, WorldSettings::for_testing()).await.unwrap();
    let doors = Doors { amazon: world.amazon_addr(), ups: world.ups_addr() };
    // The world answers elsewhere, so whoever is let in stays until the test answers.
    let looks = Arc::new(Replies::new());
    let site = router(AppState::new(world.service.clone(), Arc::clone(&looks), doors));
    let request = || Request::get("/api/v1/worlds/7").body(Body::empty()).unwrap();
    let visit = || site.clone().oneshot(request());
    let mut visits: FuturesUnordered<_> = (0..LOOKERS_MAX + 8).map(|_| visit()).collect();
    for _ in 0..8 {
        let refused = visits.next().await.unwrap().unwrap();
        assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(refused.headers().contains_key("retry-after"));
        let body = axum::body::to_bytes(refused.into_body(), usize::MAX).await.unwrap();
        assert!(String::from_utf8_lossy(&body).contains("Too many look into the worlds at once"));
    }
    let leave = |reply| looks.answer(ReplyId(reply), View::NoWorld);
    (1..=LOOKERS_MAX).for_each(leave);
    while let Some(answer) = visits.next().await {
        assert_eq!(answer.unwrap().status(), StatusCode::NOT_FOUND, "its look was answered");
    }
    let leaving = async {
        loop {
            leave(LOOKERS_MAX + 1);
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        answer = visit() => assert_eq!(answer.unwrap().status(), StatusCode::NOT_FOUND),
        () = leaving => {}
    }
    world.stop().await;
}
