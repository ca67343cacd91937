//! Accounts: coming in, staying, leaving, and what is refused.

use reqwest::Method;
use serde_json::json;
use waybill::{carrier::web::PublicSettings, web::people::EntrySettings};

use super::site::{PASSWORD, Site};
use crate::support::on_each_database;

#[tokio::test]
async fn a_customer_registers_logs_out_and_in_again() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let session = site.register("Ada.B").await;
        let account = site.get("/account").session(&session).send().await;
        assert!(
            account.text.contains("ada.b"),
            "the user name, in small letters: {}",
            account.text
        );
        assert_eq!(site.get("/").session(&session).send().await.header("location"), "/packages");
        let home = site.get("/track").session(&session).send().await;
        assert!(home.text.contains("Log out A") && !home.text.contains("/staff"));

        let out = site.form("/logout", "").session(&session).send().await;
        assert_eq!((out.status, out.session()), (303, None));
        let account = site.get("/account").session(&session).send().await;
        assert_eq!((account.status, account.header("location")), (303, "/login?next=/account"));

        let fields =
            format!("email=ADA.B@x.example&password={PASSWORD}&next=/account&remember=yes");
        let back = site.form("/login", &fields).send().await;
        assert_eq!((back.status, back.header("location")), (303, "/account"));
        let cookie = back.header("set-cookie");
        for part in ["HttpOnly", "SameSite=Lax", "Max-Age=2592000", "Path=/"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        for fields in ["email=ada.b@x.example&password=wrong", "email=no@x.example&password=wrong"]
        {
            let refused = site.form("/login", fields).send().await;
            assert_eq!(refused.status, 401);
            assert!(refused.text.contains("do not match"), "{}", refused.text);
        }
        let away = format!("email=ada.b@x.example&password={PASSWORD}&next=//evil.example");
        assert_eq!(site.form("/login", &away).send().await.header("location"), "/");
        site.stop().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_with_an_account_is_said_and_nothing_is_made() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        site.register("ada").await;
        let long = "a".repeat(31);
        let good = [("user_name", "bob"), ("email", "bob@x.example"), ("password", PASSWORD)];
        let bad: [(&str, &str, u16); 9] = [
            ("user_name", "ADA", 409),
            ("user_name", "a b", 422),
            ("user_name", "", 422),
            ("user_name", &long, 422),
            ("user_name", "%00bob", 422),
            ("email", "Ada@X.example", 409),
            ("email", "nobody", 422),
            ("password", "password1", 422),
            ("password", "short", 422),
        ];
        for (field, value, status) in bad {
            let pair = |(name, good): &(&str, &str)| {
                format!("{name}={}", if *name == field { value } else { good })
            };
            let fields: Vec<_> = good.iter().map(pair).collect();
            let fields = format!("{}&first_name=A&last_name=B", fields.join("&"));
            let answer = site.form("/register", &fields).send().await;
            assert_eq!((answer.status, answer.session()), (status, None), "{field}={value}");
            assert!(answer.text.contains("role=\"alert\""), "{}", answer.text);
        }
        assert_eq!(site.number("SELECT count(*) FROM carrier.accounts").await, 1);
        assert_eq!(site.number("SELECT count(*) FROM carrier.names").await, 1);
        site.stop().await;
    })
    .await;
}

#[tokio::test]
async fn another_password_ends_every_other_session_and_token() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let (here, token) = (site.register("ada").await, site.token("ada", None).await);
        let login = format!("email=ada@x.example&password={PASSWORD}");
        let there = site.form("/login", &login).send().await.session().unwrap();
        let change = format!("password={PASSWORD}&new_password=another good one&revoke_tokens=yes");
        let wrong = change.replace(PASSWORD, "guess");
        let refused = site.form("/account/password", &wrong).session(&here).send().await;
        assert_eq!(refused.status, 422);
        let done = site.form("/account/password", &change).session(&here).send().await;
        let fresh = done.session().expect("another secret for this browser");
        let status = async |secret: &str| site.get("/account").session(secret).send().await.status;
        assert_eq!(status(&fresh).await, 200);
        assert_eq!((status(&here).await, status(&there).await), (303, 303));
        assert_eq!(site.get("/api/v1/account").token(&token).send().await.status, 401);
        site.stop().await;
    })
    .await;
}

#[tokio::test]
async fn sessions_are_listed_and_ended_one_by_one_by_their_owner_alone() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let (here, other) = (site.register("ada").await, site.register("bob").await);
        let token = site.token("ada", None).await;
        let login = format!("email=ada@x.example&password={PASSWORD}");
        let there = site.form("/login", &login).header("user-agent", "curl/8").send().await;
        let there = there.session().unwrap();
        let list = site.get("/api/v1/sessions").token(&token).send().await.json();
        let id = list["items"].as_array().unwrap().iter().find(|it| it["user_agent"] == "curl/8");
        let id = id.expect("the second browser")["id"].clone();
        assert!(site.get("/account/sessions").session(&here).send().await.text.contains("curl/8"));
        let end = format!("end={id}");
        let foreign = site.form("/account/sessions", &end).session(&other).send().await;
        assert_eq!(foreign.status, 404);
        let status = async |secret: &str| site.get("/account").session(secret).send().await.status;
        assert_eq!(status(&there).await, 200);
        let ended = site.form("/account/sessions", &end).session(&here).send().await;
        assert_eq!(ended.status, 303);
        assert_eq!((status(&there).await, status(&here).await), (303, 200));
        site.stop().await;
    })
    .await;
}

#[tokio::test]
async fn an_account_goes_for_ever_and_its_name_with_it() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let session = site.register("ada").await;
        site.ship(7, Some("ada")).await;
        site.sql("UPDATE carrier.shipments SET is_finished = true").await;
        let wrong = site.form("/account/delete", "password=guess").session(&session).send().await;
        assert_eq!(wrong.status, 422);
        let fields = format!("password={PASSWORD}");
        let gone = site.form("/account/delete", &fields).session(&session).send().await;
        assert_eq!((gone.status, gone.session()), (303, None));
        assert_eq!(site.get("/account").session(&session).send().await.status, 303);
        let named = "SELECT count(*) FROM carrier.shipments
            WHERE email <> '' OR ups_account IS NOT NULL OR account_id IS NOT NULL";
        assert_eq!(site.number(named).await, 0, "what was delivered names nobody");
        let again = json!({
            "user_name": "ada", "email": "eve@x.example", "password": PASSWORD,
            "first_name": "E", "last_name": "F",
        });
        let taken = site.send(Method::POST, "/api/v1/accounts", &again).send().await;
        assert_eq!(taken.status, 409, "{}", taken.text);
        site.stop().await;
    })
    .await;
}

#[tokio::test]
async fn forms_of_other_sites_and_other_names_of_this_one_are_refused() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let session = site.register("ada").await;
        let forged = site.form("/account", "first_name=E&last_name=F").session(&session);
        assert_eq!(forged.header("origin", "https://evil.example").send().await.status, 403);
        let forged = site.form("/account", "first_name=E&last_name=F").session(&session);
        assert_eq!(forged.header("sec-fetch-site", "cross-site").send().await.status, 403);
        let renamed = site.get("/account").session(&session).header("host", "evil.example");
        assert_eq!(renamed.send().await.status, 421);
        let by_a_store = site.get("/api/v1/track/WB1").header("host", "carrier:8081");
        assert_eq!(by_a_store.send().await.status, 404, "whatever it calls us");
        let page = site.get("/login").send().await;
        assert!(page.header("content-security-policy").contains("default-src 'none'"));
        let as_cookie =
            site.get("/account").header("cookie", &format!("waybill_session={session}"));
        assert_eq!(as_cookie.send().await.status, 303, "the store's cookie is another one");
        site.stop().await;
    })
    .await;
}

#[tokio::test]
async fn who_guesses_or_registers_too_often_has_to_wait() {
    on_each_database(async |db| {
        let limits = EntrySettings {
            logins_per_minute: 100,
            login_failures_max: 2,
            registrations_per_hour: 2,
        };
        let public = PublicSettings { limits: Some(limits), ..PublicSettings::default() };
        let site = Site::open_to(db, public).await;
        site.register("ada").await;
        site.register("bob").await;
        let third = "user_name=eve&email=eve@x.example&password=correct horse battery&first_name=E&last_name=F";
        let refused = site.form("/register", third).send().await;
        assert_eq!(refused.status, 429);
        assert!(!refused.header("retry-after").is_empty());
        let guess = async |email: &str| {
            let credentials = json!({ "email": email, "password": "guess" });
            site.send(Method::POST, "/api/v1/tokens", &credentials).send().await.status
        };
        let mut seen = Vec::new();
        for _ in 0..3 {
            seen.push(guess("ada@x.example").await);
        }
        assert_eq!((seen[0], seen[2]), (401, 429), "{seen:?}");
        assert_eq!(guess("bob@x.example").await, 401, "another account is another matter");
        site.stop().await;
    })
    .await;
}
