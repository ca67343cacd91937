//! The staff's pages and API: who may see them, and what each shows and changes.
//!
//! The carrier runs as a whole, in a real world without warehouses, so that trucks stand where
//! they start; what they have delivered is put into the database.

use std::{net::SocketAddr, time::Duration};

use reqwest::{Client, Method, Response, StatusCode, redirect::Policy};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use waybill::{
    carrier::{self, CarrierSettings, web::people::staff},
    db::Db,
    world::{self, WorldSettings},
};

use crate::support::on_each_database;

const PASSWORD: &str = "correct+horse+battery";
/// For what takes a moment unless something is broken.
const PATIENCE: Duration = Duration::from_secs(60);

struct Site {
    db: Db,
    world: world::Running,
    carrier: carrier::Running,
    http: Client,
}

/// Somebody who is signed in, by the API and in a browser; nobody where both are empty.
#[derive(Default)]
struct Visitor {
    token: String,
    cookie: String,
}

struct Answer {
    status: StatusCode,
    location: String,
    text: String,
}

impl Answer {
    async fn read(response: Response) -> Self {
        let status = response.status();
        let location = response.headers().get("location");
        let location = location.map(|it| it.to_str().unwrap().to_owned()).unwrap_or_default();
        Self { status, location, text: response.text().await.unwrap() }
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|_| panic!("{}: {}", self.status, self.text))
    }
}

impl Site {
    /// With trucks 0 to 2 in world 1.
    async fn open(db: Db) -> Self {
        let world = world::start(db.clone(), WorldSettings::for_testing()).await.unwrap();
        // Nobody listens there.
        let store = "http://127.0.0.1:1";
        let settings = CarrierSettings {
            trucks: 3,
            public: waybill::carrier::web::PublicSettings { limits: None, ..Default::default() },
            ..CarrierSettings::for_testing(world.ups_addr(), store)
        };
        let carrier = carrier::start(db.clone(), settings).await.unwrap();
        let http = Client::builder().redirect(Policy::none()).build().unwrap();
        let site = Self { db, world, carrier, http };
        site.until("SELECT count(*) = 3 FROM carrier.trucks").await;
        site
    }

    async fn close(self) {
        self.carrier.stop().await;
        self.world.stop().await;
    }

    async fn sql(&self, statements: &str) {
        self.db.client().await.unwrap().batch_execute(statements).await.unwrap();
    }

    async fn is_so(&self, question: &str) -> bool {
        self.db.client().await.unwrap().query_one(question, &[]).await.unwrap().get(0)
    }

    async fn until(&self, question: &str) {
        let waiting = async {
            while !self.is_so(question).await {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting)
            .await
            .unwrap_or_else(|_| panic!("never: {question}"));
    }

    async fn ask(&self, who: &Visitor, method: Method, path: &str, body: Option<String>) -> Answer {
        let addr: SocketAddr = self.carrier.addr();
        let mut request = self.http.request(method, format!("http://{addr}{path}"));
        if path.starts_with("/api/") {
            request = request.header("content-type", "application/json");
            if !who.token.is_empty() {
                request = request.bearer_auth(&who.token);
            }
        } else {
            request = request.header("accept", "text/html");
            request = request.header("content-type", "application/x-www-form-urlencoded");
            if !who.cookie.is_empty() {
                request = request.header("cookie", &who.cookie);
            }
        }
        Answer::read(request.body(body.unwrap_or_default()).send().await.unwrap()).await
    }

    async fn get(&self, who: &Visitor, path: &str) -> Answer {
        self.ask(who, Method::GET, path, None).await
    }

    async fn json(&self, who: &Visitor, method: Method, path: &str, body: &Value) -> Answer {
        self.ask(who, method, path, Some(body.to_string())).await
    }

    async fn form(&self, who: &Visitor, path: &str, fields: &str) -> Answer {
        self.ask(who, Method::POST, path, Some(fields.to_owned())).await
    }

    async fn customer(&self, name: &str) -> Visitor {
        let fields = format!(
            "user_name={name}&email={name}%40x.example&password={PASSWORD}&first_name=A&last_name=B"
        );
        let addr = self.carrier.addr();
        let request = self.http.post(format!("http://{addr}/register"));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let response = request.body(fields).send().await.unwrap();
        assert_eq!(response.status(), 303);
        let cookie = response.headers()["set-cookie"].to_str().unwrap().to_owned();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let token: String = Sha256::digest(name).iter().map(|byte| format!("{byte:02x}")).collect();
        let hash = Sha256::digest(&token).to_vec();
        let insert = "INSERT INTO carrier.tokens (hash, account_id, expires_at)
            SELECT $1, id, now() + interval '1 day' FROM carrier.accounts WHERE name = $2";
        self.db.client().await.unwrap().execute(insert, &[&hash, &name]).await.unwrap();
        Visitor { token, cookie }
    }

    async fn staff(&self) -> Visitor {
        let somebody = self.customer("boss").await;
        staff::promote(&self.db, "boss@x.example").await.unwrap();
        // Who was signed in before is known as he was, for a while.
        let login = format!("email=boss%40x.example&password={PASSWORD}");
        let addr = self.carrier.addr();
        let request = self.http.post(format!("http://{addr}/login"));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let response = request.body(login).send().await.unwrap();
        assert_eq!(response.status(), 303);
        let cookie = response.headers()["set-cookie"].to_str().unwrap().to_owned();
        Visitor { cookie: cookie.split(';').next().unwrap().to_owned(), ..somebody }
    }

    /// The store's order, as a store posts it.
    async fn ship(&self, shipment: i64) {
        let payload = json!({
            "user_id": 1, "email": "<ann>@example.org", "shipment_id": shipment,
            "warehouse_id": 404, "destination_x": 9, "destination_y": -9,
        });
        let body = json!({"message_type": "ShipmentCreated", "timestamp": "2026-01-02T03:04:05", "payload": payload});
        let nobody = Visitor::default();
        let answer = self.json(&nobody, Method::POST, "/api/shipment", &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }

    /// So many trips of truck 1 that are over, the last one with the highest number.
    async fn trips(&self, count: i64) {
        self.sql(&format!(
            "INSERT INTO carrier.warehouses VALUES (1, 4, 10, 10);
            INSERT INTO carrier.shipments (id, tracking_number, stage, is_finished, world, truck,
                warehouse, x, y, user_id, email, created_at, dispatched_at, arrived_at, loaded_at,
                delivering_at, delivered_at)
            SELECT n, 'T' || n, 'delivered', true, 1, 1, 4, 3, 6, 1, 'a@example.org', n, n + 1,
                n + 2, n + 3, n + 4, n + 5 FROM generate_series(1001, 1000 + {count}) n"
        ))
        .await;
    }
}

const API: [&str; 15] = [
    "/api/v1/staff/overview",
    "/api/v1/staff/fleet",
    "/api/v1/staff/trucks",
    "/api/v1/staff/trucks/1",
    "/api/v1/staff/shipments",
    "/api/v1/staff/shipments/1001",
    "/api/v1/staff/queue",
    "/api/v1/staff/world",
    "/api/v1/staff/world/unacked",
    "/api/v1/staff/store",
    "/api/v1/staff/store/unacked",
    "/api/v1/staff/messages",
    "/api/v1/staff/messages/export",
    "/api/v1/staff/actors/truck",
    "/api/v1/staff/audit",
];

const PAGES: [&str; 16] = [
    "/staff",
    "/staff/fleet",
    "/staff/fleet/map",
    "/staff/trucks/1",
    "/staff/shipments",
    "/staff/shipments/1001",
    "/staff/queue",
    "/staff/world",
    "/staff/store",
    "/staff/messages",
    "/staff/messages/export",
    "/staff/actors",
    "/staff/actors/truck",
    "/staff/audit",
    "/staff/audit.csv",
    "/staff/audit.json",
];

const STREAMS: [&str; 6] = [
    "/api/v1/staff/fleet/events",
    "/api/v1/staff/messages/events",
    "/staff/fleet/events",
    "/staff/messages/events",
    "/staff/actor-events",
    "/staff/world/events",
];

fn changes() -> [(Method, &'static str); 5] {
    [
        (Method::POST, "/api/v1/staff/trucks"),
        (Method::POST, "/api/v1/staff/dispatches"),
        (Method::PUT, "/api/v1/staff/world/connection"),
        (Method::DELETE, "/api/v1/staff/world/connection"),
        (Method::PUT, "/api/v1/staff/world/speed"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn only_staff_reaches_anything_of_this() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        site.trips(1).await;
        let (nobody, boss) = (Visitor::default(), site.staff().await);
        let customer = site.customer("ann").await;
        for path in API {
            assert_eq!(site.get(&nobody, path).await.status, 401, "{path}");
            assert_eq!(site.get(&customer, path).await.status, 403, "{path}");
            let seen = site.get(&boss, path).await;
            assert_eq!(seen.status, 200, "{path}: {}", seen.text);
        }
        for path in PAGES {
            let stranger = site.get(&nobody, path).await;
            assert_eq!(stranger.status, 303, "{path}");
            assert!(stranger.location.starts_with("/login?next="), "{path}");
            assert_eq!(site.get(&customer, path).await.status, 403, "{path}");
            let seen = site.get(&boss, path).await;
            assert_eq!(seen.status, 200, "{path}: {}", seen.text);
        }
        for path in STREAMS {
            assert!([303, 401].contains(&site.get(&nobody, path).await.status.as_u16()), "{path}");
            assert_eq!(site.get(&customer, path).await.status, 403, "{path}");
        }
        for (method, path) in changes() {
            let asked = site.json(&nobody, method.clone(), path, &json!({})).await;
            assert_eq!(asked.status, 401, "{path}");
            assert_eq!(site.json(&customer, method, path, &json!({})).await.status, 403, "{path}");
        }
        for path in ["/staff/fleet", "/staff/queue", "/staff/world"] {
            assert_eq!(site.form(&nobody, path, "do=disconnect").await.status, 303, "{path}");
            assert_eq!(site.form(&customer, path, "do=disconnect").await.status, 403, "{path}");
        }
        assert!(site.is_so("SELECT NOT world_held FROM carrier.settings").await);
        site.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_of_staffs_is_described() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let described = site.get(&Visitor::default(), "/openapi.json").await.json();
        let paths = described["paths"].as_object().unwrap();
        for path in API {
            let path = path.replace("/trucks/1", "/trucks/{id}").replace("/1001", "/{id}");
            let path = path.replace("/actors/truck", "/actors/{kind}");
            assert!(paths.contains_key(&path), "{path} is not in {:?}", paths.keys());
        }
        for (method, path) in changes() {
            let method = method.as_str().to_lowercase();
            assert!(paths[path][&method].is_object(), "{method} {path}");
        }
        site.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truck_shows_its_trips_part_by_part_and_none_twice() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        site.trips(5).await;
        let boss = site.staff().await;
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/api/v1/staff/trucks/1?limit=2{cursor}");
            let part = site.get(&boss, &path).await.json();
            for trip in part["trips"].as_array().unwrap() {
                assert_eq!(
                    (&trip["distance"], &trip["from"]),
                    (&json!(11), &json!({"x": 10, "y": 10}))
                );
                seen.push(trip["shipment_id"].as_i64().unwrap());
            }
            let Some(next) = part["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seen, [1005, 1004, 1003, 1002, 1001]);
        let idle = site.get(&boss, "/api/v1/staff/trucks/2").await.json();
        assert_eq!((&idle["truck"]["status"], &idle["trips"]), (&json!("idle"), &json!([])));
        let page = site.get(&boss, "/staff/trucks/1").await.text;
        assert!(page.contains("1005") && page.contains("it waits for a shipment"), "{page}");
        for wrong in ["/staff/trucks/77", "/staff/trucks/99999999999", "/staff/trucks/x"] {
            assert_eq!(site.get(&boss, wrong).await.status, 404, "{wrong}");
        }
        let wrong = site.get(&boss, "/api/v1/staff/trucks/1?cursor=nonsense").await;
        assert_eq!(wrong.status, 400);
        site.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn shipments_are_found_by_state_and_by_either_number() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        site.trips(3).await;
        let boss = site.staff().await;
        site.ship(7).await;
        let ids = async |query: &str| -> Vec<i64> {
            let path = format!("/api/v1/staff/shipments?{query}");
            let part = site.get(&boss, &path).await.json();
            let items = part["items"].as_array().unwrap_or_else(|| panic!("{part}"));
            items.iter().map(|it| it["id"].as_i64().unwrap()).collect()
        };
        assert_eq!(ids("status=delivered").await, [1003, 1002, 1001]);
        assert_eq!(ids("truck=1&limit=2").await, [1003, 1002]);
        assert_eq!(ids("truck=1&limit=2&cursor=1002").await, [1001]);
        assert_eq!(ids("warehouse=404").await, [7]);
        assert_eq!(ids("status=at_warehouse").await, Vec::<i64>::new());
        for wrong in ["status=lost", "truck=x", "warehouse=99999999999", "limit=0", "cursor=x"] {
            let path = format!("/api/v1/staff/shipments?{wrong}");
            assert_eq!(site.get(&boss, &path).await.status, 400, "{wrong}");
        }
        let page = site.get(&boss, "/staff/shipments?status=%3Cscript%3E").await;
        assert_eq!(page.status, 400);
        assert!(page.text.contains("status must be one of") && !page.text.contains("<script>"));
        let found = site.get(&boss, "/staff/shipments?q=7").await;
        assert_eq!((found.status.as_u16(), found.location.as_str()), (303, "/staff/shipments/7"));
        let one = site.get(&boss, "/staff/shipments/7").await.text;
        assert!(one.contains("&#60;ann&#62;@example.org") && !one.contains("<ann>"), "{one}");
        assert_eq!(site.get(&boss, "/staff/shipments/8").await.status, 404);
        site.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_fetched_is_in_the_queue_with_the_reason() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let boss = site.staff().await;
        site.ship(7).await;
        // There is no such warehouse: the world refuses until the truck gives it back.
        site.until("SELECT count(*) = 1 FROM carrier.shipments WHERE stage = 'created' AND dispatched_at IS NOT NULL").await;
        let queue = site.get(&boss, "/api/v1/staff/queue").await.json();
        if let Some(waiting) = queue["items"].as_array().unwrap().first() {
            assert_eq!(waiting["id"], 7);
            assert!(waiting["trouble"].as_str().unwrap().contains("could not fetch it"), "{queue}");
        }
        let said = site.get(&boss, "/api/v1/staff/messages?link=world&kind=pickups").await.json();
        assert!(!said["items"].as_array().unwrap().is_empty(), "{said}");
        let said = site.get(&boss, "/api/v1/staff/messages?shipment=7&link=store").await.json();
        assert!(said["items"][0]["packages"].as_array().unwrap().contains(&json!(7)), "{said}");
        assert_eq!(site.get(&boss, "/api/v1/staff/messages?link=carrier").await.status, 400);
        site.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truck_is_sent_by_hand_or_not_with_the_reason() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let boss = site.staff().await;
        let path = "/api/v1/staff/dispatches";
        for (body, status) in [
            (json!({"shipment_id": 404, "truck_id": 1}), 409),
            (json!({"shipment_id": 404, "truck_id": 99_999_999_999_i64}), 422),
            (json!({"shipment_id": "x", "truck_id": 1}), 422),
            (json!({"truck_id": 1}), 422),
        ] {
            let answer = site.json(&boss, Method::POST, path, &body).await;
            assert!(answer.status == status || answer.status == 400, "{body}: {}", answer.text);
        }
        let refused = site.form(&boss, "/staff/queue", "shipment_id=404&truck_id=1").await;
        assert_eq!(refused.status, 409);
        assert!(
            refused.text.contains("Shipment 404 does not wait for a truck"),
            "{}",
            refused.text
        );
        assert!(refused.text.contains("value=\"404\""), "what was typed stays");
        assert_eq!(site.form(&boss, "/staff/queue", "shipment_id=&truck_id=1").await.status, 422);
        assert!(
            site.is_so(
                "SELECT count(*) = 0 FROM carrier.audit WHERE action = 'shipment.dispatched'"
            )
            .await
        );
        site.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn trucks_are_added_and_it_is_noted_who_did() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let boss = site.staff().await;
        let path = "/api/v1/staff/trucks";
        for count in [0, -1, 1_001, i64::MAX] {
            let body = json!({"count": count, "x": 1, "y": 2});
            assert_eq!(site.json(&boss, Method::POST, path, &body).await.status, 422, "{count}");
        }
        let body = json!({"count": 2, "x": 1, "y": -2});
        let added = site.json(&boss, Method::POST, path, &body).await;
        assert_eq!((added.status.as_u16(), added.json()), (201, json!({"truck_ids": [3, 4]})));
        site.until("SELECT count(*) = 5 FROM carrier.trucks").await;
        let seen = site.get(&boss, "/api/v1/staff/fleet").await.json();
        assert_eq!(seen["counts"], json!([{"status": "idle", "trucks": 5}]));
        assert_eq!(seen["trucks"][4]["at"], json!({"x": 1, "y": -2}));
        let noted = site.get(&boss, "/api/v1/staff/audit?action=trucks.").await.json();
        assert_eq!(noted["items"][0]["who"], "boss@x.example");
        assert_eq!(noted["items"][0]["detail"]["trucks"], json!([3, 4]));
        let page = site.get(&boss, "/staff/fleet").await.text;
        for part in ["data-truck=\"4\"", "data-row=\"4\"", "5 trucks in world 1"] {
            assert!(page.contains(part), "no {part} in {page}");
        }
        site.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_disconnects_goes_to_a_new_world_and_sets_the_speed() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let boss = site.staff().await;
        let path = "/api/v1/staff/world/connection";
        let gone = site.ask(&boss, Method::DELETE, path, None).await;
        assert_eq!(gone.json()["held"], true, "{}", gone.text);
        let page = site.get(&boss, "/staff/world").await.text;
        assert!(page.contains("staff has disconnected the carrier"), "{page}");
        let wrong = json!({"world_id": 3, "new_world": true});
        assert_eq!(site.json(&boss, Method::PUT, path, &wrong).await.status, 422);
        assert_eq!(site.json(&boss, Method::PUT, path, &json!({"world_id": 0})).await.status, 422);
        let new = site.json(&boss, Method::PUT, path, &json!({"new_world": true})).await;
        assert_eq!(
            (new.status.as_u16(), &new.json()["held"]),
            (200, &json!(false)),
            "{}",
            new.text
        );
        site.until("SELECT coalesce(world, 0) > 1 FROM carrier.settings").await;
        site.until("SELECT count(*) = 6 FROM carrier.trucks").await;
        let back = site.form(&boss, "/staff/world", "do=join&world_id=1").await;
        assert_eq!(
            (back.status.as_u16(), back.location.as_str()),
            (303, "/staff/world"),
            "{}",
            back.text
        );
        site.until("SELECT coalesce(world, 0) = 1 FROM carrier.settings").await;
        let speed = "/api/v1/staff/world/speed";
        for wrong in
            [json!({"simspeed": 0}), json!({"simspeed": 100_000_001}), json!({"simspeed": -5})]
        {
            assert_eq!(site.json(&boss, Method::PUT, speed, &wrong).await.status, 422, "{wrong}");
        }
        let set = site.json(&boss, Method::PUT, speed, &json!({"simspeed": 777})).await;
        assert_eq!(set.json()["simspeed"], 777, "{}", set.text);
        let told = async {
            while site.get(&boss, "/api/v1/staff/world").await.json()["simspeed_told"] != true {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, told).await.expect("the world hears it");
        let deeds = site.get(&boss, "/api/v1/staff/audit?action=world.").await.json();
        let deeds: Vec<_> =
            deeds["items"].as_array().unwrap().iter().map(|it| it["action"].clone()).collect();
        let expected =
            ["world.speed_set", "world.connected", "world.connected", "world.disconnected"];
        assert_eq!(deeds, expected);
        assert_eq!(site.form(&boss, "/staff/world", "do=explode").await.status, 400);
        site.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_follows_the_fleet_sees_it_now_and_after_each_change() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let boss = site.staff().await;
        let url = format!("http://{}/api/v1/staff/fleet/events", site.carrier.addr());
        let mut events = site.http.get(url).bearer_auth(&boss.token).send().await.unwrap();
        let mut text = String::new();
        let mut until = async |wanted: &str| {
            let reading = async {
                while !text.contains(wanted) {
                    let chunk = events.chunk().await.unwrap().expect("the stream goes on");
                    text.push_str(std::str::from_utf8(&chunk).unwrap());
                }
            };
            tokio::time::timeout(PATIENCE, reading)
                .await
                .unwrap_or_else(|_| panic!("never {wanted}"));
        };
        until("\"status\":\"idle\",\"trucks\":3").await;
        let body = json!({"count": 1, "x": 1, "y": 2});
        site.json(&boss, Method::POST, "/api/v1/staff/trucks", &body).await;
        until("\"status\":\"idle\",\"trucks\":4").await;
        assert!(text.contains("event: fleet"), "{text}");
        site.close().await;
    })
    .await;
}
