//! Accounts, sessions and tokens, over the pages and the API.

use axum::http::{Method, StatusCode};
use serde_json::json;
use waybill::store::{
    model::PackageStatus,
    web::people::{admins, housekeeping},
};

use super::site::{Answer, Ask, Site, order};
use crate::support::on_each_database;

const PASSWORD: &str = "correct horse battery";
const OTHER: &str = "seventeen blue kites";

async fn page(site: &Site, path: &str, cookie: &str) -> Answer {
    site.ask(Ask::get(path).cookie(cookie).header("accept", "text/html")).await
}

async fn send(site: &Site, path: &str, cookie: &str, fields: &str) -> Answer {
    site.ask(Ask::form(path, fields).cookie(cookie)).await
}

fn put(path: &str, body: &serde_json::Value) -> Ask {
    Ask::new(Method::PUT, path).header("content-type", "application/json").body(body.to_string())
}

async fn is_signed_in(site: &Site, cookie: &str) -> bool {
    page(site, "/account", cookie).await.status == 200
}

async fn password_opens(site: &Site, email: &str, password: &str) -> bool {
    let credentials = json!({"email": email, "password": password});
    site.ask(Ask::post("/api/v1/tokens", &credentials)).await.status == 201
}

#[tokio::test]
async fn a_profile_is_read_and_changed_on_the_page_and_over_the_api() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = site.token("a@x.example").await;
        let cookie = site.session("a@x.example").await;
        let fields =
            "first_name=Ada&last_name=%3Cb%3E&address=One%0D%0ATwo&x=-3&y=4&carrier_account=ada-7";
        let saved = send(&site, "/account", &cookie, fields).await;
        assert_eq!((saved.status, saved.header("location")), (303, "/account?done=profile"));
        let shown = page(&site, "/account?done=profile", &cookie).await;
        assert!(shown.text.contains("Your profile is saved"), "{}", shown.text);
        assert!(shown.text.contains("value=\"-3\"") && shown.text.contains("One\nTwo"));
        assert!(!shown.text.contains("<b>"), "names are text");
        assert!(shown.text.contains("Log out Ada"), "it is known at once: {}", shown.text);

        let profile = site.ask(Ask::get("/api/v1/account").token(&token)).await.json();
        assert_eq!(profile["email"], "a@x.example");
        assert_eq!(profile["default_place"], json!({"x": -3, "y": 4}));
        assert_eq!(profile["carrier_account"], "ada-7");
        assert_eq!(profile["is_admin"], false);

        let bare = json!({"first_name": "A", "last_name": "B"});
        let changed = site.ask(put("/api/v1/account", &bare).token(&token)).await.json();
        assert!(changed["default_place"].is_null() && changed["address"] == "", "{changed}");
        for (body, field) in [
            (json!({"first_name": "", "last_name": "B"}), "first_name"),
            (json!({"first_name": "A", "last_name": "B\u{202e}"}), "last_name"),
            (json!({"first_name": "A", "last_name": "B", "address": "a\u{0}"}), "address"),
            (json!({"first_name": "A", "last_name": "B", "address": "a".repeat(501)}), "address"),
            (
                json!({"first_name": "A", "last_name": "B", "default_place": {"x": 1}}),
                "default_place",
            ),
        ] {
            let problem = site.ask(put("/api/v1/account", &body).token(&token)).await;
            let problem = problem.assert_problem(StatusCode::UNPROCESSABLE_ENTITY);
            let named = problem["errors"][0]["field"].as_str().unwrap();
            assert!(named.starts_with(field), "{field}: {problem}");
        }
        for spoilt in ["first_name=A&last_name=&x=1&y=1", "first_name=A&last_name=B&x=1&y=far"] {
            let again = send(&site, "/account", &cookie, spoilt).await;
            assert_eq!(again.status, 422);
            assert!(again.text.contains("role=\"alert\"") && again.text.contains("value=\"1\""));
        }
        for path in ["/account", "/account/password", "/account/tokens", "/account/delete"] {
            let visitor = site.ask(Ask::get(path)).await;
            assert_eq!(
                (visitor.status, visitor.header("location")),
                (303, &*format!("/login?next={path}"))
            );
        }
        site.get("/api/v1/account").await.assert_problem(StatusCode::UNAUTHORIZED);
    })
    .await;
}

#[tokio::test]
async fn names_are_kept_as_they_were_checked() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let (first_name, last_name) = ("  Ada \n Maria", &*format!("L.{}B.", " ".repeat(200)));
        let new = json!({"email": "a@x.example", "password": PASSWORD,
            "first_name": first_name, "last_name": last_name});
        assert_eq!(site.ask(Ask::post("/api/v1/accounts", &new)).await.status, 201);
        let admin = admins::NewAdmin { email: "b@x.example", first_name, last_name };
        admins::create(&site.db, admin, PASSWORD).await.unwrap();
        for email in ["a@x.example", "b@x.example"] {
            let select = "SELECT first_name, last_name FROM store.accounts WHERE email = $1";
            let row = site.db.client().await.unwrap().query_one(select, &[&email]).await.unwrap();
            assert_eq!((row.get(0), row.get(1)), ("Ada Maria", "L. B."), "{email}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_form_sent_after_the_session_ended_leads_back_to_its_page() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let sent = async |from: &str| {
            let form = Ask::form("/orders/1/cancel", "").header("referer", from);
            let answer = site.ask(form).await;
            assert_eq!(answer.status, 303, "{}", answer.text);
            answer.header("location").to_owned()
        };
        assert_eq!(sent("http://shop.test/orders?page=2").await, "/login?next=/orders%3Fpage%3D2");
        assert_eq!(sent("http://elsewhere.example/orders").await, "/login?next=/");
        let bare = site.ask(Ask::form("/orders/1/cancel", "")).await;
        assert_eq!(bare.header("location"), "/login?next=/");
        let read = site.ask(Ask::get("/orders/1").header("referer", "http://shop.test/cart")).await;
        assert_eq!(read.header("location"), "/login?next=/orders/1", "where he wanted to go");
    })
    .await;
}

#[tokio::test]
async fn another_address_takes_the_password_and_has_to_be_free() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = site.token("a@x.example").await;
        site.token("b@x.example").await;
        let cookie = site.session("a@x.example").await;
        let wrong = "email=c@x.example&password=wrong+password";
        let wrong = send(&site, "/account/email", &cookie, wrong).await;
        assert_eq!(wrong.status, 422);
        assert!(wrong.text.contains("value=\"c@x.example\""), "it is kept: {}", wrong.text);
        let change = |email: &str| {
            let body = json!({"email": email, "password": PASSWORD});
            put("/api/v1/account/email", &body).token(&token)
        };
        site.ask(change("B@x.example")).await.assert_problem(StatusCode::CONFLICT);
        site.ask(change("nobody")).await.assert_problem(StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(site.ask(change("c@x.example")).await.status, 204);
        assert!(password_opens(&site, "c@x.example", PASSWORD).await);
        assert!(!password_opens(&site, "a@x.example", PASSWORD).await);
    })
    .await;
}

#[tokio::test]
async fn a_new_password_ends_what_the_old_one_opened() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = site.token("a@x.example").await;
        let (here, there) = (site.session("a@x.example").await, site.session("a@x.example").await);
        assert!(is_signed_in(&site, &here).await && is_signed_in(&site, &there).await);
        let wrong = "password=wrong+password&new_password=seventeen+blue+kites&revoke_tokens=yes";
        assert_eq!(send(&site, "/account/password", &here, wrong).await.status, 422);
        let weak = "password=correct+horse+battery&new_password=Password123";
        let weak = send(&site, "/account/password", &here, weak).await;
        assert!(weak.status == 422 && weak.text.contains("everybody tries first"), "{}", weak.text);
        assert!(is_signed_in(&site, &there).await, "nothing has changed");

        let good =
            "password=correct+horse+battery&new_password=seventeen+blue+kites&revoke_tokens=yes";
        let changed = send(&site, "/account/password", &here, good).await;
        assert_eq!((changed.status, changed.header("location")), (303, "/account?done=password"));
        let rotated = changed.session().unwrap();
        assert!(is_signed_in(&site, &rotated).await);
        assert!(!is_signed_in(&site, &here).await, "the old secret opens nothing");
        assert!(!is_signed_in(&site, &there).await, "nor does any other session");
        let revoked = site.ask(Ask::get("/api/v1/account").token(&token)).await;
        revoked.assert_problem(StatusCode::UNAUTHORIZED);
        assert!(password_opens(&site, "a@x.example", OTHER).await);
        assert!(!password_opens(&site, "a@x.example", PASSWORD).await);
    })
    .await;
}

#[tokio::test]
async fn of_two_who_change_a_password_at_once_one_does() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = site.token("a@x.example").await;
        let change = |new: &str| {
            let body = json!({"password": PASSWORD, "new_password": new});
            site.ask(put("/api/v1/account/password", &body).token(&token))
        };
        let (one, other) = tokio::join!(change(OTHER), change("eleven green boats"));
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert!(matches!(statuses, [204, 409 | 422]), "{statuses:?}");
        assert_eq!(site.ask(Ask::get("/api/v1/account").token(&token)).await.status, 200, "kept");
    })
    .await;
}

#[tokio::test]
async fn sessions_are_listed_and_ended_by_their_owner_only() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = site.token("a@x.example").await;
        site.token("b@x.example").await;
        let phone = Ask::form("/login", "email=a@x.example&password=correct+horse+battery");
        let phone = site.ask(phone.header("user-agent", "Phone <1>")).await.session().unwrap();
        let here = site.session("a@x.example").await;
        let foreign = site.session("b@x.example").await;
        assert!(is_signed_in(&site, &phone).await);

        let listed = page(&site, "/account/sessions", &here).await;
        assert!(listed.text.contains("Phone &#60;1&#62;"), "{}", listed.text);
        assert_eq!(listed.text.matches("This browser").count(), 1);
        let sessions = site.ask(Ask::get("/api/v1/sessions").token(&token)).await.json();
        let sessions = sessions["items"].as_array().unwrap();
        assert_eq!(sessions.len(), 2);
        let phones = sessions.iter().find(|it| it["user_agent"] == "Phone <1>").unwrap();
        let id = phones["id"].as_i64().unwrap();

        assert_eq!(
            send(&site, "/account/sessions", &foreign, &format!("end={id}")).await.status,
            404
        );
        assert!(is_signed_in(&site, &phone).await);
        assert_eq!(send(&site, "/account/sessions", &here, &format!("end={id}")).await.status, 303);
        assert!(!is_signed_in(&site, &phone).await, "at once, whatever was remembered of it");
        let twice = Ask::new(Method::DELETE, &format!("/api/v1/sessions/{id}")).token(&token);
        site.ask(twice).await.assert_problem(StatusCode::NOT_FOUND);

        let third = site.session("a@x.example").await;
        assert!(is_signed_in(&site, &third).await);
        assert_eq!(send(&site, "/account/sessions", &here, "end=others").await.status, 303);
        assert!(!is_signed_in(&site, &third).await && is_signed_in(&site, &here).await);
        assert_eq!(
            site.ask(Ask::new(Method::DELETE, "/api/v1/sessions").token(&token)).await.status,
            204
        );
        assert!(!is_signed_in(&site, &here).await && is_signed_in(&site, &foreign).await);
    })
    .await;
}

#[tokio::test]
async fn a_session_ends_when_idle_at_its_date_and_at_the_next_login() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        site.token("a@x.example").await;
        for (what, remember, ended) in [
            ("used_at = now() - interval '23 hours'", "", false),
            ("used_at = now() - interval '25 hours'", "", true),
            ("used_at = now() - interval '13 days'", "&remember=yes", false),
            ("used_at = now() - interval '15 days'", "&remember=yes", true),
            ("expires_at = now() - interval '1 second'", "&remember=yes", true),
        ] {
            let fields = format!("email=a@x.example&password=correct+horse+battery{remember}");
            let login = site.ask(Ask::form("/login", &fields)).await;
            let is_kept = login.header("set-cookie").contains("Max-Age=2592000");
            assert_eq!(is_kept, !remember.is_empty(), "{}", login.header("set-cookie"));
            let cookie = login.session().unwrap();
            site.execute(&format!("UPDATE store.sessions SET {what}")).await;
            assert_eq!(is_signed_in(&site, &cookie).await, !ended, "{what}");
        }
        let old = site.session("a@x.example").await;
        let login = "email=a@x.example&password=correct+horse+battery";
        let new = send(&site, "/login", &old, login).await.session().unwrap();
        assert_ne!(old, new);
        assert!(!is_signed_in(&site, &old).await && is_signed_in(&site, &new).await);
        site.execute("UPDATE store.sessions SET used_at = now() - interval '60 days'").await;
        housekeeping::once(&site.db).await.unwrap();
        assert_eq!(site.rows().await["sessions"], 0);
    })
    .await;
}

#[tokio::test]
async fn a_used_session_is_noted_now_and_then() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        site.token("a@x.example").await;
        let cookie = site.session("a@x.example").await;
        site.execute("UPDATE store.sessions SET used_at = now() - interval '10 hours'").await;
        assert!(is_signed_in(&site, &cookie).await);
        let fresh = "SELECT used_at > now() - interval '1 minute' FROM store.sessions";
        let row = site.db.client().await.unwrap().query_one(fresh, &[]).await.unwrap();
        assert!(row.get::<_, bool>(0), "its idle time begins anew");
    })
    .await;
}

#[tokio::test]
async fn behind_tls_the_cookie_is_for_this_host_alone() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        site.token("a@x.example").await;
        let login = Ask::form("/login", "email=a@x.example&password=correct+horse+battery");
        let login = site.ask(login.header("x-forwarded-proto", "https")).await;
        let cookie = login.header("set-cookie");
        assert!(cookie.starts_with("__Host-waybill_session="), "{cookie}");
        for attribute in ["; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/"] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
        let secret = login.session().unwrap();
        let secure = |name: &str| {
            let ask = Ask::get("/account").header("x-forwarded-proto", "https");
            site.ask(ask.header("cookie", &format!("{name}={secret}")))
        };
        assert_eq!(secure("__Host-waybill_session").await.status, 200);
        assert_eq!(secure("waybill_session").await.status, 303, "anybody may have planted it");
        let put = Ask::form("/cart", "listing_id=1&quantity=1");
        let put = site.ask(put.header("x-forwarded-proto", "https")).await;
        let cart = put.header("set-cookie");
        assert!(cart.starts_with("__Host-waybill_cart=") && cart.contains("; Secure"), "{cart}");
    })
    .await;
}

#[tokio::test]
async fn a_token_may_what_its_scopes_say_and_is_shown_once() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let everything = site.token("a@x.example").await;
        let cookie = site.session("a@x.example").await;
        let made = send(&site, "/account/tokens", &cookie, "name=robot&days=7&read=yes").await;
        assert_eq!((made.status, made.header("cache-control")), (201, "no-store"));
        let token = made.text.split("class=\"secret\">").nth(1).unwrap()[..64].to_owned();
        let listed = page(&site, "/account/tokens", &cookie).await;
        assert!(listed.text.contains("robot") && !listed.text.contains(&token), "{}", listed.text);

        assert_eq!(site.ask(Ask::get("/api/v1/orders").token(&token)).await.status, 200);
        let buy = |token: &str| {
            Ask::post("/api/v1/orders", &order()).token(token).header("idempotency-key", "k")
        };
        let refused = site.ask(buy(&token)).await.assert_problem(StatusCode::FORBIDDEN);
        assert!(refused["detail"].as_str().unwrap().contains("`buy`"), "{refused}");
        let buyer = json!({"email": "a@x.example", "password": PASSWORD, "scopes": ["buy"]});
        let buyer = site.ask(Ask::post("/api/v1/tokens", &buyer)).await.json();
        let buyer = buyer["token"].as_str().unwrap();
        assert_eq!(site.ask(buy(buyer)).await.status, 201);
        site.ask(Ask::get("/api/v1/orders").token(buyer))
            .await
            .assert_problem(StatusCode::FORBIDDEN);

        let tokens = site.ask(Ask::get("/api/v1/tokens").token(&everything)).await.json();
        let robot = tokens["items"].as_array().unwrap().iter().find(|it| it["name"] == "robot");
        let robot = robot.unwrap();
        assert_eq!(robot["scopes"], json!(["read"]));
        assert!(robot["used_at"].is_string(), "{robot}");
        let id = robot["id"].as_i64().unwrap();
        let others = site.token("b@x.example").await;
        let revoke = |token: &str| {
            site.ask(Ask::new(Method::DELETE, &format!("/api/v1/tokens/{id}")).token(token))
        };
        revoke(&others).await.assert_problem(StatusCode::NOT_FOUND);
        assert_eq!(site.ask(Ask::get("/api/v1/orders").token(&token)).await.status, 200);
        assert_eq!(revoke(&everything).await.status, 204);
        let gone = site.ask(Ask::get("/api/v1/orders").token(&token)).await;
        gone.assert_problem(StatusCode::UNAUTHORIZED);

        for spoilt in ["days=7", "days=0&read=yes", "days=366&read=yes", "days=x&read=yes"] {
            let again = send(&site, "/account/tokens", &cookie, spoilt).await;
            assert!(again.status == 422 && again.text.contains("role=\"alert\""), "{spoilt}");
        }
        for (member, value) in [
            ("scopes", json!(["all"])),
            ("scopes", json!([])),
            ("days", json!(0)),
            ("name", json!("a\n\u{0}")),
        ] {
            let mut body = json!({"email": "a@x.example", "password": PASSWORD});
            body[member] = value;
            let problem = site.ask(Ask::post("/api/v1/tokens", &body)).await;
            problem.assert_problem(StatusCode::UNPROCESSABLE_ENTITY);
        }
    })
    .await;
}

#[tokio::test]
async fn a_token_from_before_there_were_scopes_may_everything() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = site.token("a@x.example").await;
        site.execute("UPDATE store.tokens SET name = DEFAULT, scopes = NULL, used_at = NULL").await;
        assert!(site.place(&token, "k").await > 0);
        assert_eq!(site.ask(Ask::get("/api/v1/orders").token(&token)).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn sessions_and_tokens_do_not_open_each_others_doors() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = site.token("a@x.example").await;
        let cookie = site.session("a@x.example").await;
        assert!(is_signed_in(&site, &cookie).await);
        for ask in [
            Ask::get("/api/v1/account").cookie(&cookie),
            Ask::get("/api/v1/account").token(&cookie),
            Ask::post("/api/v1/orders", &order()).cookie(&cookie).header("idempotency-key", "k"),
        ] {
            site.ask(ask).await.assert_problem(StatusCode::UNAUTHORIZED);
        }
        assert_eq!(site.ask(Ask::get("/api/v1/account").token(&token)).await.status, 200);
        assert!(!is_signed_in(&site, &token).await);
    })
    .await;
}

#[tokio::test]
async fn a_deleted_account_leaves_orders_without_its_address() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = site.token("a@x.example").await;
        let cookie = site.session("a@x.example").await;
        let (done, open) = (site.place(&token, "one").await, site.place(&token, "two").await);
        site.execute(&format!(
            "UPDATE store.packages SET status = 'delivered' WHERE order_id = {done}"
        ))
        .await;
        let wrong = send(&site, "/account/delete", &cookie, "password=wrong+password").await;
        assert!(wrong.status == 422 && is_signed_in(&site, &cookie).await);
        let gone = send(&site, "/account/delete", &cookie, "password=correct+horse+battery").await;
        assert_eq!((gone.status, gone.header("location")), (303, "/"));
        assert!(gone.header("set-cookie").contains("Max-Age=0"));
        assert!(!is_signed_in(&site, &cookie).await);
        let revoked = site.ask(Ask::get("/api/v1/orders").token(&token)).await;
        revoked.assert_problem(StatusCode::UNAUTHORIZED);
        assert!(!password_opens(&site, "a@x.example", PASSWORD).await);

        let emails = async || {
            let select = "SELECT id, email FROM store.orders ORDER BY id";
            let rows = site.db.client().await.unwrap().query(select, &[]).await.unwrap();
            rows.iter()
                .map(|row| (row.get::<_, i64>(0), row.get(1)))
                .collect::<Vec<(i64, String)>>()
        };
        let kept = [(done, String::new()), (open, "a@x.example".to_owned())];
        assert_eq!(emails().await, kept, "the carrier has to know still whose parcel it is");
        site.change(open, PackageStatus::Delivered, 9);
        site.execute(&format!(
            "UPDATE store.packages SET status = 'delivered' WHERE order_id = {open}"
        ))
        .await;
        housekeeping::once(&site.db).await.unwrap();
        assert_eq!(emails().await, [(done, String::new()), (open, String::new())]);
        let kept = "SELECT count(*) FROM store.audit WHERE who LIKE '%@%' OR address IS NOT NULL";
        let row = site.db.client().await.unwrap().query_one(kept, &[]).await.unwrap();
        assert_eq!(row.get::<_, i64>(0), 0);

        let newcomer = site.token("a@x.example").await;
        let orders = site.ask(Ask::get("/api/v1/orders").token(&newcomer)).await.json();
        assert_eq!(orders["items"], json!([]), "the same address is another person");
    })
    .await;
}

#[tokio::test]
async fn who_sells_ends_his_offers_before_he_goes() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = site.token("a@x.example").await;
        site.execute(
            "UPDATE store.sellers SET account_id = (SELECT id FROM store.accounts
            WHERE email = 'a@x.example') WHERE id = 2",
        )
        .await;
        let leave = || {
            let body = json!({"password": PASSWORD});
            site.ask(Ask::post("/api/v1/account/deletion", &body).token(&token))
        };
        leave().await.assert_problem(StatusCode::CONFLICT);
        site.execute("UPDATE store.listings SET active = false WHERE seller_id = 2").await;
        assert_eq!(leave().await.status, 204);
    })
    .await;
}

#[tokio::test]
async fn passwords_that_everybody_tries_first_are_refused() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        for (password, why) in [
            ("Password123!", "everybody tries first"),
            ("abcabcabcabc", "pattern"),
            ("rosamund9", "your name"),
            ("someone.special", "your name"),
        ] {
            let body = json!({"email": "someone.special@x.example", "password": password,
                "first_name": "Rosamund", "last_name": "B"});
            let problem = site.ask(Ask::post("/api/v1/accounts", &body)).await;
            let problem = problem.assert_problem(StatusCode::UNPROCESSABLE_ENTITY);
            assert_eq!(problem["errors"][0]["field"], "password");
            assert!(problem["detail"].as_str().unwrap().contains(why), "{problem}");
        }
    })
    .await;
}
