//! Admins: accounts, roles, suspension, the audit log, and the command that makes the first.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::site::{Answer, Ask, Site};
use crate::support::{TestDb, on_each_database};

fn patch(id: i64, body: &Value, token: &str) -> Ask {
    Ask::new(Method::PATCH, &format!("/api/v1/admin/accounts/{id}"))
        .header("content-type", "application/json")
        .body(body.to_string())
        .token(token)
}

async fn id_of(site: &Site, email: &str) -> i64 {
    let select = "SELECT id FROM store.accounts WHERE email = $1";
    site.db.client().await.unwrap().query_one(select, &[&email]).await.unwrap().get(0)
}

async fn page(site: &Site, path: &str, cookie: &str) -> Answer {
    site.ask(Ask::get(path).cookie(cookie).header("accept", "text/html")).await
}

#[tokio::test]
async fn accounts_are_found_part_by_part_and_by_how_they_begin() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = site.admin_token("boss@x.example").await;
        site.execute("INSERT INTO store.accounts (email, password_hash, first_name, last_name)
            SELECT 'many' || n || '@x.example', '', 'Ma%ny', 'O''Neil' FROM generate_series(1, 120) n").await;
        let list = async |query: &str| {
            let path = format!("/api/v1/admin/accounts?{query}");
            let list = site.ask(Ask::get(&path).token(&token)).await;
            assert_eq!(list.status, 200, "{}", list.text);
            list.json()
        };
        let (mut query, mut seen) = ("q=MANY&limit=50".to_owned(), Vec::new());
        loop {
            let part = list(&query).await;
            let ids = part["items"].as_array().unwrap().iter().map(|it| it["id"].as_i64().unwrap());
            seen.extend(ids);
            let Some(next) = part["next"].as_str() else { break };
            query = format!("q=MANY&limit=50&cursor={next}");
        }
        assert_eq!(seen.len(), 120);
        assert!(seen.is_sorted_by(|a, b| a > b), "each once, the newest first");
        for (query, count) in
            [("q=ma%25&limit=100", 100), ("q=o%27ne", 20), ("q=m_ny", 0), ("q=%00", 0), ("standing=admin", 1), ("standing=seller", 1), ("standing=suspended", 0), (&*format!("q={}", seen[0]), 1)]
        {
            assert_eq!(list(query).await["items"].as_array().unwrap().len(), count, "{query}");
        }
        let cookie = site.session("boss@x.example").await;
        let shown = page(&site, "/admin/accounts?q=many", &cookie).await;
        assert!(shown.text.contains("many120@x.example") && shown.text.contains("rel=\"next\""));
        let none = page(&site, "/admin/accounts?q=zzz", &cookie).await;
        assert!(none.text.contains("Nobody here"));
    })
    .await;
}

#[tokio::test]
async fn who_is_suspended_is_out_at_once_until_let_in_again() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let boss = site.admin_token("boss@x.example").await;
        let token = site.token("a@x.example").await;
        let cookie = site.session("a@x.example").await;
        assert_eq!(page(&site, "/account", &cookie).await.status, 200);
        assert_eq!(site.ask(Ask::get("/api/v1/account").token(&token)).await.status, 200);
        let id = id_of(&site, "a@x.example").await;
        let suspended = site.ask(patch(id, &json!({"is_suspended": true}), &boss)).await.json();
        assert!(suspended["suspended_at"].is_string(), "{suspended}");
        assert_eq!(page(&site, "/account", &cookie).await.status, 303);
        let refused = site.ask(Ask::get("/api/v1/account").token(&token)).await;
        refused.assert_problem(StatusCode::UNAUTHORIZED);
        let login = Ask::form("/login", "email=a@x.example&password=correct+horse+battery");
        let login = site.ask(login).await;
        assert!(login.status == 403 && login.text.contains("suspended"), "{}", login.text);
        let wrong = Ask::form("/login", "email=a@x.example&password=wrong+password");
        let wrong = site.ask(wrong).await;
        assert!(!wrong.text.contains("suspended"), "only its owner is told");

        let again = site.ask(patch(id, &json!({"is_suspended": false}), &boss)).await.json();
        assert!(again["suspended_at"].is_null());
        assert_eq!(page(&site, "/account", &cookie).await.status, 303, "its sessions had ended");
        assert_eq!(site.ask(Ask::get("/api/v1/account").token(&token)).await.status, 200);
        site.ask(patch(999_999, &json!({}), &boss)).await.assert_problem(StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn there_is_always_an_admin() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let boss = site.admin_token("boss@x.example").await;
        let boss_id = id_of(&site, "boss@x.example").await;
        for body in [json!({"is_admin": false}), json!({"is_suspended": true})] {
            site.ask(patch(boss_id, &body, &boss)).await.assert_problem(StatusCode::CONFLICT);
        }
        let leave = json!({"password": "correct horse battery"});
        let leave = Ask::post("/api/v1/account/deletion", &leave).token(&boss);
        site.ask(leave).await.assert_problem(StatusCode::CONFLICT);

        let vice = site.token("vice@x.example").await;
        let vice_id = id_of(&site, "vice@x.example").await;
        let list = || site.ask(Ask::get("/api/v1/admin/accounts").token(&vice));
        list().await.assert_problem(StatusCode::FORBIDDEN);
        assert_eq!(site.ask(patch(vice_id, &json!({"is_admin": true}), &boss)).await.status, 200);
        assert_eq!(list().await.status, 200, "from now on, whatever was remembered");
        let (one, other) = tokio::join!(
            site.ask(patch(vice_id, &json!({"is_admin": false}), &boss)),
            site.ask(patch(boss_id, &json!({"is_admin": false}), &vice)),
        );
        let done = [one.status, other.status].iter().filter(|status| **status == 200).count();
        assert_eq!(done, 1, "{} {}", one.status, other.status);
        let admins = "SELECT count(*) FROM store.accounts WHERE is_admin";
        let row = site.db.client().await.unwrap().query_one(admins, &[]).await.unwrap();
        assert_eq!(row.get::<_, i64>(0), 1);
    })
    .await;
}

#[tokio::test]
async fn what_admins_do_is_noted_and_read_with_filters() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let boss = site.admin_token("boss@x.example").await;
        site.token("a@x.example").await;
        let id = id_of(&site, "a@x.example").await;
        let cookie = site.session("boss@x.example").await;
        for change in ["suspend", "unsuspend", "grant", "revoke"] {
            let form = Ask::form(&format!("/admin/accounts/{id}"), &format!("change={change}"));
            assert_eq!(site.ask(form.cookie(&cookie)).await.status, 303, "{change}");
        }
        let twice = Ask::form(&format!("/admin/accounts/{id}"), "change=revoke").cookie(&cookie);
        assert_eq!(site.ask(twice).await.status, 303);
        let read = async |query: &str| {
            let path = format!("/api/v1/admin/audit?{query}");
            site.ask(Ask::get(&path).token(&boss)).await.json()["items"].as_array().unwrap().clone()
        };
        let entries = read(&format!("subject=account%20{id}")).await;
        let actions: Vec<_> = entries.iter().map(|it| it["action"].as_str().unwrap()).collect();
        let expected = ["admin_revoked", "admin_granted", "unsuspended", "suspended"];
        assert_eq!(
            actions,
            expected.map(|action| format!("account.{action}")),
            "what changed nothing is not noted"
        );
        assert!(entries.iter().all(|it| it["who"] == "boss@x.example"));
        assert_eq!(read("action=account.susp").await.len(), 1);
        assert_eq!(read("who=nobody").await.len(), 0);
        assert_eq!(read("since=2999-01-01").await.len(), 0);
        assert_eq!(read("until=2999-01-01&who=boss").await.len(), 4);
        let bad = site.ask(Ask::get("/api/v1/admin/audit?since=noon").token(&boss)).await;
        bad.assert_problem(StatusCode::BAD_REQUEST);

        site.execute(
            "INSERT INTO store.audit (who, action, subject, detail)
            VALUES ('=cmd()', 'a.b', '<i>x</i>', '{\"a\": \"say \\\"hi\\\"\"}')",
        )
        .await;
        let csv = page(&site, "/admin/audit.csv?action=a.b", &cookie).await;
        assert!(csv.header("content-type").starts_with("text/csv"));
        assert!(csv.text.contains(",'=cmd(),a.b,<i>x</i>,"), "{}", csv.text);
        let export = page(&site, "/admin/audit.json?action=a.b", &cookie).await.json();
        assert_eq!(export[0]["detail"]["a"], "say \"hi\"");
        let shown = page(&site, "/admin/audit", &cookie).await;
        assert!(shown.text.contains("account.suspended") && !shown.text.contains("<i>"));
    })
    .await;
}

fn command(database: &TestDb, arguments: &[&str], password: &str) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waybill"));
    command.args(["store", "admin"]).args(arguments).env_remove("DATABASE_URL");
    command.args(["--data-dir".as_ref(), database.dir().as_os_str()]);
    if let waybill::db::DbTarget::Url(url) = &database.target {
        command.env("DATABASE_URL", url);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{password}").unwrap();
    let output = child.wait_with_output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

#[tokio::test]
async fn the_first_admin_is_made_by_a_command() {
    for database in TestDb::each().await {
        let create = ["create", "--email", "boss@x.example"];
        let (is_done, text) = command(&database, &create, "password1");
        assert!(!is_done && text.contains("everybody tries first"), "{text}");
        let (is_done, text) = command(&database, &create, "");
        assert!(!is_done && text.contains("WAYBILL_ADMIN_PASSWORD"), "{text}");
        let (is_done, text) = command(&database, &create, "correct horse battery");
        assert!(is_done && text.contains("is a new admin"), "{text}");
        let (is_done, text) = command(&database, &create, "");
        assert!(is_done && text.contains("the password is as it was"), "{text}");
        let (is_done, text) = command(&database, &["revoke", "--email", "BOSS@x.example"], "");
        assert!(is_done && text.contains("no longer an admin"), "{text}");
        let (is_done, text) = command(&database, &["revoke", "--email", "boss@x.example"], "");
        assert!(!is_done && text.contains("no admin has"), "{text}");
        let (is_done, text) = command(&database, &create, "");
        assert!(is_done, "{text}");
        // Opened once, at the end: the embedded one is given back a little later than it ends.
        let db = database.open().await;
        let row = async |select: &str| {
            let row = db.client().await.unwrap().query_one(select, &[]).await.unwrap();
            row.get::<_, i64>(0)
        };
        assert_eq!(row("SELECT count(*) FROM store.accounts WHERE is_admin").await, 1);
        assert_eq!(row("SELECT count(*) FROM store.audit WHERE who = 'command line'").await, 4);
        db.close();
        drop(db);
        database.remove().await;
    }
}
