//! Shipments of somebody with an account, on their way with real trucks of a small world.

use super::*;
use crate::web::people::passwords;

impl TestApp {
    /// A customer of this user name, and a token of his.
    async fn customer(&self, name: &str) -> String {
        let (email, password) = (format!("{name}@x.example"), passwords::invented());
        let account = json!({
            "user_name": name, "email": email, "password": password,
            "first_name": "A", "last_name": "B",
        });
        assert_eq!(self.post("/api/v1/accounts", &account).await.0, 201);
        let credentials = json!({ "email": email, "password": password });
        let (_, answer) = self.post("/api/v1/tokens", &credentials).await;
        answer["token"].as_str().unwrap().to_owned()
    }

    async fn ask(&self, path: &str, token: &str, body: Option<&Value>) -> (u16, Value) {
        let url = self.url(path);
        let asked = match body {
            Some(body) => self.http.post(url).json(body),
            None => self.http.get(url),
        };
        let answer = asked.bearer_auth(token).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_redirects_until_it_leaves_and_is_told_of_each_step() {
    let app = TestApp::start(true).await;
    let token = app.customer("ada").await;
    let mut asked = order(5, Some(1));
    asked["payload"]["ups_account"] = json!("Ada");
    assert_eq!(app.post("/api/shipment", &asked).await.0, 200);
    app.until_arrived(5).await;
    let path = format!("/api/v1/packages/{}", tracking_number(PackageId(5)));
    let redirect = format!("{path}/redirect");
    let there = json!({ "x": 4, "y": 3 });
    assert_eq!(app.ask(&redirect, &token, Some(&there)).await, (200, there.clone()));
    assert_eq!(app.post("/api/shipment_loaded", &loaded(5)).await.0, 200);
    let (status, refusal) = app.ask(&redirect, &token, Some(&json!({ "x": 0, "y": 0 }))).await;
    assert_eq!(status, 409, "{refusal}");
    let detail = refusal["detail"].as_str().unwrap();
    assert!(detail.contains("to 4, 3"), "it says where it goes: {detail}");
    app.until_delivered(5).await;
    let (_, package) = app.ask(&path, &token, None).await;
    assert_eq!((&package["status"], &package["destination"]), (&json!("delivered"), &there));

    let kinds = async || {
        let (_, list) = app.ask("/api/v1/notices", &token, None).await;
        let items = list["items"].as_array().unwrap().clone();
        let mut kinds: Vec<_> =
            items.iter().map(|it| it["kind"].as_str().unwrap().to_owned()).collect();
        kinds.sort();
        kinds
    };
    let told = async {
        while kinds().await != ["delivered", "delivering", "dispatched", "redirected"] {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, told).await.expect("told of all of it in time");
    app.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_that_was_answered_survives_a_restart() {
    let app = TestApp::start(true).await;
    let token = app.customer("ada").await;
    let mut asked = order(5, Some(1));
    asked["payload"]["ups_account"] = json!("ada");
    app.post("/api/shipment", &asked).await;
    app.until_arrived(5).await;
    let path = format!("/api/v1/packages/{}", tracking_number(PackageId(5)));
    let there = json!({ "x": 4, "y": 3 });
    let done = app.ask(&format!("{path}/redirect"), &token, Some(&there)).await;
    assert_eq!(done.0, 200, "{}", done.1);
    let app = app.restart().await;
    assert_eq!(app.post("/api/shipment_loaded", &loaded(5)).await.0, 200);
    app.until_delivered(5).await;
    let (_, package) = app.ask(&path, &token, None).await;
    assert_eq!(package["destination"], there);
    app.running.stop().await;
}
