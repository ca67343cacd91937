//! What was proved of an account that has changed since.
//!
//! Over the pages and the API sessions are tried by the integration tests.

use super::*;
use crate::{
    db::{Db, DbTarget, Schema, migrate},
    web::people::{Caller, Person as _},
};

async fn proved(db: &Db) -> Proved {
    let select = format!("SELECT {}, a.password_hash FROM store.accounts a", Person::COLUMNS);
    let row = db.client().await.unwrap().query_one(&select, &[]).await.unwrap();
    Proved { person: Person::read(&row), password_hash: row.get(5) }
}

/// Whether it gets a session, a token, and a token as one who is signed in.
async fn opens(sessions: &Sessions, proved: &Proved) -> [bool; 3] {
    let caller = Caller { address: None, user_agent: String::new(), is_secure: false };
    let wish = TokenWish { name: String::new(), scopes: Scopes::default(), days: 1 };
    let statuses = [
        sessions.open(proved, Stay::Browser, &caller).await.err(),
        sessions.issue(proved, &wish).await.err(),
        sessions.issue_signed(&proved.person, &wish).await.err(),
    ];
    statuses.map(|problem| {
        problem.is_none_or(|problem| {
            assert_eq!(problem.status(), 401, "{problem:?}");
            false
        })
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_proved_before_a_change_opens_nothing_after_it() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(&DbTarget::Embedded(dir.path().join("db")), 1).await.unwrap();
    migrate(&db, Schema::Store).await.unwrap();
    let change = async |sql: &str| db.client().await.unwrap().batch_execute(sql).await.unwrap();
    change(
        "INSERT INTO store.accounts (email, password_hash, first_name, last_name)
        VALUES ('a@x.example', 'one', 'A', 'B')",
    )
    .await;
    let sessions = Sessions::new(db.clone());
    let first = proved(&db).await;
    assert_eq!(opens(&sessions, &first).await, [true, true, true]);
    change("UPDATE store.accounts SET password_hash = 'two'").await;
    assert_eq!(opens(&sessions, &first).await, [false, false, true]);
    let second = proved(&db).await;
    assert_eq!(opens(&sessions, &second).await, [true, true, true]);
    change("UPDATE store.accounts SET suspended_at = now()").await;
    assert_eq!(opens(&sessions, &second).await, [false, false, false]);
    change("DELETE FROM store.accounts").await;
    assert_eq!(opens(&sessions, &second).await, [false, false, false]);
    db.close();
}
