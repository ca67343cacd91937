//! The admins' pages and API: who may see them, and what each shows and changes.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use waybill::{
    basis::{ListingId, Point, WarehouseId, WorldId},
    store::model::{
        Letter, Output, PackageStatus, Site as Place, WorldStatus, letters::CatalogChange,
        wishes::Wish,
    },
    wire::tape::{Form, Heard, Way},
};

use super::{
    selling::hang_up,
    site::{Answer, Ask, Site},
};
use crate::support::on_each_database;

/// Somebody who is signed in, by the API and in a browser.
struct Admin {
    token: String,
    cookie: String,
}

const PASSWORD: &str = "correct horse battery";

impl Admin {
    async fn of(site: &Site) -> Self {
        site.token("admin@shop.test").await;
        let sql = "UPDATE store.accounts SET is_admin = true WHERE email = 'admin@shop.test'";
        site.db.client().await.unwrap().execute(sql, &[]).await.unwrap();
        Self::sign_in(site, "admin@shop.test").await
    }

    async fn buyer(site: &Site) -> Self {
        site.token("buyer@shop.test").await;
        Self::sign_in(site, "buyer@shop.test").await
    }

    async fn sign_in(site: &Site, email: &str) -> Self {
        let credentials = json!({"email": email, "password": PASSWORD});
        let token = site.ask(Ask::post("/api/v1/tokens", &credentials)).await.json();
        let form = format!("email={email}&password={}", PASSWORD.replace(' ', "+"));
        let login = site.ask(Ask::form("/login", &form)).await;
        assert_eq!(login.status, 303, "{}", login.text);
        let cookie = login.header("set-cookie").split(';').next().unwrap().to_owned();
        Self { token: token["token"].as_str().unwrap().to_owned(), cookie }
    }

    async fn get(&self, site: &Site, path: &str) -> Answer {
        site.ask(self.signed(Ask::get(path), path)).await
    }

    async fn json(&self, site: &Site, method: Method, path: &str, body: &Value) -> Answer {
        let ask = Ask::new(method, path).header("content-type", "application/json");
        site.ask(ask.token(&self.token).body(body.to_string())).await
    }

    async fn form(&self, site: &Site, path: &str, fields: &str) -> Answer {
        site.ask(self.signed(Ask::form(path, fields), path)).await
    }

    fn signed(&self, ask: Ask, path: &str) -> Ask {
        if path.starts_with("/api/") {
            ask.token(&self.token)
        } else {
            ask.header("cookie", &self.cookie).header("accept", "text/html")
        }
    }
}

const API: [&str; 11] = [
    "/api/v1/admin/overview",
    "/api/v1/admin/warehouses",
    "/api/v1/admin/warehouses/1",
    "/api/v1/admin/warehouses/1/stock",
    "/api/v1/admin/world",
    "/api/v1/admin/world/unacked",
    "/api/v1/admin/carrier",
    "/api/v1/admin/carrier/unacked",
    "/api/v1/admin/messages",
    "/api/v1/admin/messages/export",
    "/api/v1/admin/actors/package",
];

const PAGES: [&str; 9] = [
    "/admin",
    "/admin/warehouses",
    "/admin/warehouses/1",
    "/admin/world",
    "/admin/carrier",
    "/admin/messages",
    "/admin/messages/export",
    "/admin/actors",
    "/admin/actors/package",
];

const STREAMS: [&str; 5] = [
    "/api/v1/admin/messages/events",
    "/api/v1/admin/actor-events",
    "/admin/messages/events",
    "/admin/actor-events",
    "/admin/world/events",
];

#[tokio::test]
async fn only_admins_reach_anything_of_this() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let (admin, buyer) = (Admin::of(&site).await, Admin::buyer(&site).await);
        for path in API {
            site.get(path).await.assert_problem(StatusCode::UNAUTHORIZED);
            buyer.get(&site, path).await.assert_problem(StatusCode::FORBIDDEN);
            assert_eq!(admin.get(&site, path).await.status, 200, "{path}");
        }
        for path in PAGES {
            let stranger = site.ask(Ask::get(path).header("accept", "text/html")).await;
            assert_eq!(stranger.status, 303, "{path}");
            assert!(stranger.header("location").starts_with("/login?next="), "{path}");
            assert_eq!(buyer.get(&site, path).await.status, 403, "{path}");
            assert_eq!(admin.get(&site, path).await.status, 200, "{path}");
        }
        for path in STREAMS {
            assert!([303, 401].contains(&site.get(path).await.status), "{path}");
            assert_eq!(buyer.get(&site, path).await.status, 403, "{path}");
        }
        for (method, path) in [
            (Method::POST, "/api/v1/admin/warehouses"),
            (Method::PATCH, "/api/v1/admin/warehouses/1"),
            (Method::PUT, "/api/v1/admin/world/connection"),
            (Method::DELETE, "/api/v1/admin/world/connection"),
            (Method::PUT, "/api/v1/admin/world/speed"),
        ] {
            let body = json!({});
            let refused = buyer.json(&site, method.clone(), path, &body).await;
            refused.assert_problem(StatusCode::FORBIDDEN);
            let ask = Ask::new(method, path).header("content-type", "application/json");
            let stranger = site.ask(ask.body("{}")).await;
            stranger.assert_problem(StatusCode::UNAUTHORIZED);
        }
        for path in ["/admin/warehouses", "/admin/warehouses/1", "/admin/world"] {
            assert_eq!(buyer.form(&site, path, "do=disconnect&name=x").await.status, 403);
        }
        let told = site.told.lock().unwrap();
        let has_changed = |it: &Letter| matches!(it, Letter::Wish(_) | Letter::Catalog(_));
        assert!(!told.iter().any(has_changed), "{told:?}");
    })
    .await;
}

#[tokio::test]
async fn the_public_listener_has_no_metrics() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let admin = Admin::of(&site).await;
        for path in ["/metrics", "/healthz", "/readyz"] {
            assert_eq!(site.get(path).await.status, 404, "{path}");
            assert_eq!(admin.get(&site, path).await.status, 404, "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_menu_leads_admins_there_and_nobody_else() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let (admin, buyer) = (Admin::of(&site).await, Admin::buyer(&site).await);
        let link = "<a href=\"/admin\">";
        assert!(admin.get(&site, "/").await.text.contains(link));
        assert!(!buyer.get(&site, "/").await.text.contains(link));
    })
    .await;
}

#[tokio::test]
async fn the_overview_says_how_the_shop_stands() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let admin = Admin::of(&site).await;
        site.shop.order_counts().add(PackageStatus::Packing, 1_234);
        let reason = "the world does not answer: <refused>".to_owned();
        let (world, connected, held, failed) = (Some(WorldId(3)), false, false, true);
        let status = WorldStatus { world, connected, held, failed, reason };
        assert!(site.shop.take(Output::World(status)).is_none());
        let seen = admin.get(&site, "/api/v1/admin/overview").await.json();
        assert_eq!(seen["ledger"], true);
        assert_eq!(
            (&seen["world"]["world_id"], &seen["world"]["connected"]),
            (&json!(3), &json!(false))
        );
        assert!(seen["world"]["failed_at"].is_string(), "{seen}");
        let packing = json!({"status": "packing", "orders": 1_234});
        assert!(seen["orders"].as_array().unwrap().contains(&packing), "{seen}");
        let page = admin.get(&site, "/admin").await.text;
        assert!(page.contains("1,234") && page.contains("not connected"), "{page}");
        assert!(page.contains("&#60;refused&#62;"), "{page}");
        assert!(!page.contains("<refused>"));
    })
    .await;
}

#[tokio::test]
async fn a_warehouse_is_added_once_and_the_models_are_told() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let admin = Admin::of(&site).await;
        let path = "/api/v1/admin/warehouses";
        let new = json!({"id": 70, "name": "Harbour", "x": 12, "y": -5});
        let added = admin.json(&site, Method::POST, path, &new).await;
        assert_eq!((added.status, added.header("location")), (201, "/api/v1/admin/warehouses/70"));
        let view = added.json();
        assert_eq!((&view["active"], &view["in_world"]), (&json!(true), &json!("none")));
        let again = admin.json(&site, Method::POST, path, &new).await;
        let problem = again.assert_problem(StatusCode::CONFLICT);
        assert!(problem["detail"].as_str().unwrap().contains("warehouse 70 already"), "{problem}");

        let form = admin.form(&site, "/admin/warehouses", "id=&name=+Hill+&x=1&y=2").await;
        assert_eq!((form.status, form.header("location")), (303, "/admin/warehouses/71"));
        let page = admin.get(&site, "/admin/warehouses").await.text;
        for part in ["Harbour", "Hill", "12, -5", "data-chart", "No world yet"] {
            assert!(page.contains(part), "no {part} in {page}");
        }
        let told = site.told.lock().unwrap().clone();
        let expected = [(70, 12, -5), (71, 1, 2)].map(|(id, x, y)| {
            let place = Place::new(WarehouseId(id), Point::new(x, y));
            Letter::Catalog(CatalogChange::Warehouse(place))
        });
        assert_eq!(told, expected);
        let audit = "SELECT action, subject, detail->>'name' FROM store.audit ORDER BY id";
        let rows = site.db.client().await.unwrap().query(audit, &[]).await.unwrap();
        let deeds: Vec<(String, String, Option<String>)> =
            rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect();
        let added = |subject: &str, name: &str| {
            ("warehouse.added".to_owned(), subject.to_owned(), Some(name.to_owned()))
        };
        let noted: Vec<_> = deeds.into_iter().filter(|deed| deed.0.starts_with("ware")).collect();
        assert_eq!(noted, [added("warehouse 70", "Harbour"), added("warehouse 71", "Hill")]);
    })
    .await;
}

#[tokio::test]
async fn a_warehouse_that_can_not_be_is_refused_with_what_was_typed() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let admin = Admin::of(&site).await;
        let path = "/api/v1/admin/warehouses";
        for (new, field) in [
            (json!({"id": -1, "name": "a", "x": 0, "y": 0}), "id"),
            (json!({"id": 2_147_483_648_i64, "name": "a", "x": 0, "y": 0}), "id"),
            (json!({"name": "", "x": 0, "y": 0}), "name"),
            (json!({"name": "a\u{0}b", "x": 0, "y": 0}), "name"),
            (json!({"name": "a\u{202e}b", "x": 0, "y": 0}), "name"),
            (json!({"name": "a".repeat(81), "x": 0, "y": 0}), "name"),
            (json!({"name": "a", "x": 1_000_001, "y": 0}), "x"),
            (json!({"name": "a", "x": 0, "y": -9_000_000_000_i64}), "y"),
        ] {
            let refused = admin.json(&site, Method::POST, path, &new).await;
            let problem = refused.assert_problem(StatusCode::UNPROCESSABLE_ENTITY);
            assert_eq!(problem["errors"][0]["field"], field, "{problem}");
        }
        let form = admin.form(&site, "/admin/warehouses", "id=1&name=Mine&x=a&y=2").await;
        assert_eq!(form.status, 422);
        for part in ["role=\"alert\"", "value=\"Mine\"", "value=\"a\"", "whole number"] {
            assert!(form.text.contains(part), "no {part} in {}", form.text);
        }
        let taken = admin.form(&site, "/admin/warehouses", "id=1&name=Mine&x=0&y=2").await;
        assert_eq!(taken.status, 409);
        assert!(taken.text.contains("There is a warehouse 1 already"), "{}", taken.text);
        assert!(site.told.lock().unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_highest_number_there_is_leaves_numbers_for_others() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let admin = Admin::of(&site).await;
        let path = "/api/v1/admin/warehouses";
        let add = async |new: Value| {
            let added = admin.json(&site, Method::POST, path, &new).await;
            assert_eq!(added.status, 201, "{}", added.text);
            added.json()["id"].as_i64().unwrap()
        };
        let unnumbered = json!({"name": "a", "x": 0, "y": 0});
        add(json!({"id": 2_147_483_647, "name": "a", "x": 0, "y": 0})).await;
        assert_eq!(add(unnumbered.clone()).await, 5);
        add(json!({"id": 2_147_483_645, "name": "a", "x": 0, "y": 0})).await;
        assert_eq!(add(unnumbered.clone()).await, 2_147_483_646);
        assert_eq!(add(unnumbered).await, 6);
    })
    .await;
}

#[tokio::test]
async fn of_two_who_add_the_same_warehouse_at_once_one_does() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let admin = Admin::of(&site).await;
        let new = json!({"id": 70, "name": "Harbour", "x": 12, "y": -5});
        let add = || admin.json(&site, Method::POST, "/api/v1/admin/warehouses", &new);
        let (one, other) = tokio::join!(add(), add());
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses[0], 201);
        assert!([409, 503].contains(&statuses[1]), "{statuses:?}");
        assert_eq!(site.told.lock().unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn the_models_hear_of_a_change_whenever_the_admin_hung_up() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let admin = Admin::of(&site).await;
        let (mut waits, mut outlived) = (0, 0);
        loop {
            let id = 1_000 + waits as i32;
            let new = json!({"id": id, "name": "Harbour", "x": 12, "y": -5});
            let ask = Ask::post("/api/v1/admin/warehouses", &new).token(&admin.token);
            let was_answered = hang_up(&site, ask, waits).await;
            let path = format!("/api/v1/admin/warehouses/{id}");
            let close = || {
                let ask = Ask::new(Method::PATCH, &path).header("content-type", "application/json");
                ask.token(&admin.token).body(json!({"active": false}).to_string())
            };
            // Changes are made one at a time: this one waits for what was begun.
            let settle = || until(async || site.ask(close()).await.status != 503);
            settle().await;
            let view = admin.get(&site, &path).await;
            let place = Place::new(WarehouseId(id), Point::new(12, -5));
            if view.status == 200 {
                let told = site.told.lock().unwrap();
                let told = |active| {
                    told.contains(&Letter::Catalog(CatalogChange::Warehouse(Place {
                        active,
                        ..place
                    })))
                };
                assert!(told(true) && told(false), "{waits}");
            }
            if was_answered {
                assert_eq!(view.status, 200);
                break;
            }
            outlived += usize::from(view.status == 200);
            waits += 1;
        }
        assert!(outlived > 0, "none was begun when it was hung up");
    })
    .await;
}

/// Asks until it is so.
async fn until(is_so: impl AsyncFn() -> bool) {
    let tries = async { while !is_so().await {} };
    tokio::time::timeout(std::time::Duration::from_secs(60), tries).await.expect("it never was");
}

#[tokio::test]
async fn a_warehouse_is_renamed_closed_and_opened() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let admin = Admin::of(&site).await;
        let path = "/api/v1/admin/warehouses/1";
        let before = admin.get(&site, path).await.json();
        let changed = json!({"name": "Old mill", "active": false});
        let changed = admin.json(&site, Method::PATCH, path, &changed).await.json();
        assert_eq!((&changed["name"], &changed["active"]), (&json!("Old mill"), &json!(false)));
        let page = admin.get(&site, "/admin/warehouses/1").await.text;
        assert!(page.contains("Old mill") && page.contains("Open it"), "{page}");
        let opened = admin.form(&site, "/admin/warehouses/1", "active=true").await;
        assert_eq!(opened.status, 303);
        let now = admin.get(&site, path).await.json();
        assert_eq!((&now["name"], &now["active"]), (&json!("Old mill"), &json!(true)));
        let at = |key: &str| i32::try_from(before[key].as_i64().unwrap()).unwrap();
        let place = Place::new(WarehouseId(1), Point::new(at("x"), at("y")));
        let told = |active| Letter::Catalog(CatalogChange::Warehouse(Place { active, ..place }));
        assert_eq!(*site.told.lock().unwrap(), [told(false), told(true)]);

        let bad = admin.form(&site, "/admin/warehouses/1", "name=++").await;
        assert_eq!(bad.status, 422);
        assert!(bad.text.contains("1 to 80 characters"), "{}", bad.text);
        for unknown in ["999", "99999999999", "-1", "x"] {
            let path = format!("/api/v1/admin/warehouses/{unknown}");
            let changed = admin.json(&site, Method::PATCH, &path, &json!({"name": "a"})).await;
            changed.assert_problem(StatusCode::NOT_FOUND);
            let path = format!("/admin/warehouses/{unknown}");
            assert_eq!(admin.get(&site, &path).await.status, 404);
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_in_a_warehouse_is_listed_in_parts() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let admin = Admin::of(&site).await;
        let sql = "INSERT INTO store.stock SELECT 1, id, 7 FROM store.listings
            ON CONFLICT (warehouse_id, listing_id) DO UPDATE SET on_hand = 7";
        site.db.client().await.unwrap().execute(sql, &[]).await.unwrap();
        let (warehouse, levels) = (WarehouseId(1), vec![(ListingId(1), -2), (ListingId(2), 5)]);
        assert!(site.shop.take(Output::Stock { warehouse, levels }).is_none());
        let path = "/api/v1/admin/warehouses/1/stock?limit=2";
        let first = admin.get(&site, path).await.json();
        let line = &first["items"][0];
        assert_eq!((&line["listing_id"], &line["on_hand"]), (&json!(1), &json!(7)));
        assert_eq!(line["available"], -2, "what is promised already");
        let next = first["next"].as_str().unwrap();
        let second = admin.get(&site, &format!("{path}&cursor={next}")).await.json();
        assert_eq!(second["items"][0]["listing_id"], 3);
        let view = admin.get(&site, "/api/v1/admin/warehouses/1").await.json();
        assert_eq!((&view["listings_in_stock"], &view["pieces_available"]), (&json!(1), &json!(5)));
        let page = admin.get(&site, "/admin/warehouses/1").await.text;
        assert!(page.contains("Enamel stock pot"), "{page}");
        let bad = admin.get(&site, "/api/v1/admin/warehouses/1/stock?cursor=x").await;
        bad.assert_problem(StatusCode::BAD_REQUEST);
        let empty = admin.get(&site, "/admin/warehouses/1?after=9999999").await.text;
        assert!(empty.contains("There is no more."), "{empty}");
    })
    .await;
}

fn wishes(site: &Site) -> Vec<Wish> {
    let told = site.told.lock().unwrap();
    let wish = |letter: &Letter| match letter {
        Letter::Wish(wish) => Some(wish.wish),
        _ => None,
    };
    told.iter().filter_map(wish).collect()
}

fn in_world(site: &Site, id: i64) {
    let (world, connected, reason) = (Some(WorldId(id)), true, String::new());
    let status = WorldStatus { world, connected, held: false, failed: false, reason };
    assert!(site.shop.take(Output::World(status)).is_none());
}

#[tokio::test]
async fn the_connection_is_steered_by_forms_and_by_the_api() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let admin = Admin::of(&site).await;
        in_world(&site, 1);
        let path = "/api/v1/admin/world/connection";
        let put = async |body: Value| admin.json(&site, Method::PUT, path, &body).await;
        assert_eq!(put(json!({"world_id": 1})).await.status, 200);
        let unconfirmed = put(json!({"world_id": 2})).await;
        let problem = unconfirmed.assert_problem(StatusCode::CONFLICT);
        assert!(problem["detail"].as_str().unwrap().contains("leave_present"), "{problem}");
        assert_eq!(put(json!({"world_id": 2, "leave_present": true})).await.status, 200);
        let refused = put(json!({"world_id": 13, "leave_present": true})).await;
        let problem = refused.assert_problem(StatusCode::CONFLICT);
        assert!(problem["detail"].as_str().unwrap().starts_with("3 packages are under way"));
        for bad in [json!({"world_id": 0}), json!({"world_id": 3, "new_world": true})] {
            put(bad).await.assert_problem(StatusCode::UNPROCESSABLE_ENTITY);
        }
        assert_eq!(admin.json(&site, Method::DELETE, path, &json!({})).await.status, 200);

        for (fields, status) in [
            ("do=connect", 303),
            ("do=new", 409),
            ("do=new&confirmed=yes", 303),
            ("do=join&world_id=x", 422),
            ("do=disconnect", 303),
            ("do=nothing", 400),
        ] {
            assert_eq!(admin.form(&site, "/admin/world", fields).await.status, status, "{fields}");
        }
        let to = |id| Wish::Connect(Some(WorldId(id)));
        let expected = [
            to(1),
            to(2),
            to(13),
            Wish::Disconnect,
            Wish::Connect(None),
            Wish::ConnectToNew,
            Wish::Disconnect,
        ];
        assert_eq!(wishes(&site), expected);
        let sql = "SELECT count(*) FROM store.audit WHERE action LIKE 'world.%'";
        let noted: i64 = site.db.client().await.unwrap().query_one(sql, &[]).await.unwrap().get(0);
        assert_eq!(noted, 6, "each but the one that was refused");
    })
    .await;
}

#[tokio::test]
async fn the_speed_is_set_by_number_and_by_slider() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let admin = Admin::of(&site).await;
        let path = "/api/v1/admin/world/speed";
        let set = async |body: Value| admin.json(&site, Method::PUT, path, &body).await;
        let set_to = set(json!({"simspeed": 5_000})).await;
        assert_eq!(set_to.json()["simspeed"], 250, "as the link says that it is");
        assert_eq!(set(json!({"simspeed": null})).await.status, 200);
        for bad in [0, -1, 100_000_001, i64::MAX] {
            let refused = set(json!({"simspeed": bad})).await;
            refused.assert_problem(StatusCode::UNPROCESSABLE_ENTITY);
        }
        for (fields, status) in [
            ("do=speed&simspeed=700", 303),
            ("do=speed&simspeed=", 422),
            ("do=slide&slider=30", 303),
            ("do=slide&slider=99", 422),
            ("do=leave_speed", 303),
        ] {
            assert_eq!(admin.form(&site, "/admin/world", fields).await.status, status, "{fields}");
        }
        let speeds = [Some(5_000), None, Some(700), Some(1_000), None];
        assert_eq!(wishes(&site), speeds.map(Wish::Speed));
    })
    .await;
}

#[tokio::test]
async fn what_is_not_acked_is_listed() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let admin = Admin::of(&site).await;
        let path = "/api/v1/admin/world/unacked";
        let one = admin.get(&site, path).await.json();
        let command = &one["items"][0];
        assert_eq!((&command["seq"], &command["kind"]), (&json!(5), &json!("pack")));
        assert_eq!((&command["package_id"], &command["sends"]), (&json!(70), &json!(4)));
        assert!(command["age_s"].as_i64().unwrap() > 1_000);
        let rest = admin.get(&site, &format!("{path}?cursor=5")).await.json();
        assert_eq!(rest, json!({"items": [], "next": null}));
        let page = admin.get(&site, "/admin/world").await.text;
        assert!(page.contains("/admin/messages?package=70") && page.contains("4 ×"), "{page}");
        assert!(page.contains("and the world has not confirmed"), "{page}");
        site.stall();
        admin.get(&site, path).await.assert_problem(StatusCode::SERVICE_UNAVAILABLE);
    })
    .await;
}

fn say(site: &Site, link: &'static str, way: Way, name: &'static str, body: &Value) {
    let bytes = body.to_string().into_bytes().into();
    site.shop.tap().note(Heard { link, way, form: Form::Json, name: name.into(), bytes });
}

fn shipment(id: i64, seq: i64) -> Value {
    let payload = json!({"shipment_id": id, "email": "<b>@x"});
    json!({"message_type": "ShipmentCreated", "sequence_number": seq, "payload": payload})
}

#[tokio::test]
async fn messages_are_found_shown_and_taken_away() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let admin = Admin::of(&site).await;
        let empty = admin.get(&site, "/admin/messages").await.text;
        assert!(empty.contains("Nothing was said yet."), "{empty}");
        for id in 1..=3 {
            say(&site, "carrier", Way::Sent, "POST /api/shipment", &shipment(id, 10 + id));
            say(&site, "carrier", Way::Received, "200 /api/shipment", &json!({"acks": [10 + id]}));
        }
        let ids = async |query: &str| {
            let path = format!("/api/v1/admin/messages?{query}");
            let found = admin.get(&site, &path).await.json();
            let items = found["items"].as_array().unwrap().clone();
            items.iter().map(|it| it["id"].as_i64().unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(ids("").await, [6, 5, 4, 3, 2, 1]);
        assert_eq!(ids("limit=2&cursor=5").await, [4, 3]);
        assert_eq!(ids("direction=sent&package=2").await, [3]);
        assert_eq!(ids("seqnum=12").await, [4, 3]);
        assert_eq!(ids("kind=shipmentcreated&link=carrier").await, [5, 3, 1]);
        assert!(ids("link=world").await.is_empty());
        assert!(ids("until=2001-01-01T00:00").await.is_empty());
        for bad in ["link=moon", "direction=up", "package=x", "seqnum=1.5", "since=now", "limit=0"]
        {
            let path = format!("/api/v1/admin/messages?{bad}");
            admin.get(&site, &path).await.assert_problem(StatusCode::BAD_REQUEST);
        }

        let page = admin.get(&site, "/admin/messages?package=2").await.text;
        assert!(page.contains("POST /api/shipment"), "{page}");
        assert!(page.contains("&#60;b&#62;@x") && !page.contains("<b>@x"), "{page}");
        assert!(page.contains("/admin/messages/export?format=csv&#38;package=2"), "{page}");
        let wrong = admin.get(&site, "/admin/messages?package=x").await;
        assert_eq!(wrong.status, 400);
        assert!(wrong.text.contains("package must be a whole number"), "{}", wrong.text);
        assert!(wrong.text.contains("value=\"x\""), "what was typed stays");

        let csv = admin.get(&site, "/admin/messages/export?format=csv&direction=sent").await;
        assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
        let lines: Vec<&str> = csv.text.lines().collect();
        assert_eq!(lines.len(), 4, "{}", csv.text);
        assert!(lines[0].starts_with("id,at,link,direction,name"));
        assert!(lines[1].contains(",carrier,sent,POST /api/shipment,ShipmentCreated,1,11,"));
        let lines = admin.get(&site, "/api/v1/admin/messages/export").await;
        assert_eq!(lines.header("content-type"), "application/x-ndjson");
        let last: Value = serde_json::from_str(lines.text.lines().last().unwrap()).unwrap();
        assert_eq!((&last["id"], &last["message"]), (&json!(6), &json!({"acks": [13]})));
        // As every browser asks for it, and with nothing in it.
        for path in ["/api/v1/admin/messages/export", "/api/v1/admin/messages/export?package=77"] {
            let plain = admin.get(&site, path).await;
            let packed = admin.signed(Ask::get(path), path).header("accept-encoding", "gzip");
            let packed = site.ask(packed).await;
            assert_eq!(packed.header("content-encoding"), "gzip");
            assert_eq!(packed.text, plain.text, "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_the_carrier_posts_is_among_the_messages_without_its_headers() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let admin = Admin::of(&site).await;
        let ask = Ask::post("/api/webhooks/shipment-delivered", &json!({"payload": 7}));
        let answer = site.ask(ask.header("webhook-signature", "v1,s3cret")).await;
        let found = admin.get(&site, "/api/v1/admin/messages").await;
        assert!(!found.text.contains("s3cret"), "{}", found.text);
        let items = found.json()["items"].clone();
        assert_eq!(items[1]["name"], "POST /api/webhooks/shipment-delivered");
        assert_eq!(items[1]["message"], json!({"payload": 7}));
        let name = format!("{} /api/webhooks/shipment-delivered", answer.status);
        assert_eq!((&items[0]["name"], &items[0]["direction"]), (&json!(name), &json!("sent")));
        assert_eq!(items[0]["message"], answer.json(), "and passed on as it was");
    })
    .await;
}

#[tokio::test]
async fn new_messages_are_followed_as_they_are_wanted() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let admin = Admin::of(&site).await;
        let path = "/admin/messages/events?package=2";
        let response = site.send(admin.signed(Ask::get(path), path).build()).await;
        assert_eq!(response.status(), 200);
        say(&site, "carrier", Way::Sent, "POST /api/shipment", &shipment(1, 1));
        say(&site, "carrier", Way::Sent, "POST /api/shipment", &shipment(2, 2));
        let mut body = response.into_body().into_data_stream();
        let mut heard = String::new();
        while !heard.ends_with("\n\n") {
            let chunk = futures_util::StreamExt::next(&mut body).await.unwrap().unwrap();
            heard.push_str(std::str::from_utf8(&chunk).unwrap());
        }
        assert!(heard.contains("event: message") && heard.contains("ShipmentCreated"), "{heard}");
        assert!(heard.contains("aria-label=\"Message 2\""), "{heard}");
        assert!(!heard.contains("aria-label=\"Message 1\""), "{heard}");
    })
    .await;
}

#[tokio::test]
async fn the_actors_are_shown_with_how_they_failed() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let admin = Admin::of(&site).await;
        let tree = admin.get(&site, "/api/v1/admin/actors").await.json();
        let package = &tree["keepers"][1];
        assert_eq!((&package["kind"], &package["queued_max"]), (&json!("package"), &json!(4)));
        assert_eq!(package["failure"]["whose"], "Package(PackageId(7))");
        let page = admin.get(&site, "/admin/actors").await.text;
        assert!(page.contains("1,234") && page.contains("&#60;no&#62;"), "{page}");
        let kind = admin.get(&site, "/api/v1/admin/actors/package").await.json();
        let busiest = json!({"resident": "package 0", "queued": 9});
        assert_eq!(kind["busiest"][0], busiest);
        let page = admin.get(&site, "/admin/actors/package").await.text;
        assert!(page.contains("package 1"), "{page}");
        let nothing = admin.get(&site, "/api/v1/admin/actors/ghost").await;
        let problem = nothing.assert_problem(StatusCode::NOT_FOUND);
        assert!(problem["detail"].as_str().unwrap().contains("desk, package"), "{problem}");
    })
    .await;
}
