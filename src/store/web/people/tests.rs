//! Which tries to log in count as guesses.
//!
//! That guesses are limited is tried by the integration tests.

use super::sessions::Person;
use crate::{
    db::{Db, DbTarget, Schema, migrate},
    web::people::{Caller, Credentials, EntrySettings, Proving},
};

/// One wrong password costs a pause.
fn strict(db: &Db) -> Proving {
    let limits = EntrySettings { login_failures_max: 1, ..EntrySettings::default() };
    Proving::new(db.clone(), Some(limits)).unwrap()
}

fn caller() -> Caller {
    Caller { address: None, user_agent: String::new(), is_secure: false }
}

async fn guess(proving: &Proving, email: &str) -> u16 {
    let given = Credentials { email: email.to_owned(), password: "a guess".to_owned() };
    proving.log_in::<Person>(&caller(), given).await.err().unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_not_compared_is_no_guess() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(&DbTarget::Embedded(dir.path().join("db")), 1).await.unwrap();
    migrate(&db, Schema::Store).await.unwrap();
    let proving = strict(&db);
    let places: Vec<_> = std::iter::from_fn(|| proving.passwords.enter().ok()).collect();
    for _ in 0..3 {
        assert_eq!(guess(&proving, "a@x.example").await, 503, "too busy to compare");
    }
    drop(places);
    assert_eq!(guess(&proving, "a@x.example").await, 401);
    assert_eq!(guess(&proving, "a@x.example").await, 429, "that one was");

    db.close();
    for _ in 0..3 {
        assert_eq!(guess(&proving, "b@x.example").await, 503, "nothing to compare with");
    }
    assert!(proving.limits.begin_login(&caller(), "b@x.example").is_ok());
}
