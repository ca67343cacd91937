//! Which tries count as guesses.
//!
//! That guesses are limited is tried by the integration tests.

use super::*;
use crate::{
    db::{Db, DbTarget, Schema, migrate},
    store::{
        model::Letter,
        shop::{Inside, Shop, ShopSettings},
        web::{PublicSettings, WebSettings, limits::LimitSettings},
    },
};

struct Nobody;

impl Inside for Nobody {
    fn post(&self, _: Letter) {}

    fn is_healthy(&self) -> bool {
        true
    }
}

/// One wrong password costs a pause.
fn strict(db: &Db) -> AppState {
    let limits = LimitSettings { login_failures_max: 1, ..LimitSettings::default() };
    let public = PublicSettings { limits: Some(limits), ..PublicSettings::default() };
    let shop = Shop::new(Box::new(Nobody), ShopSettings::default());
    AppState::new(db.clone(), shop, WebSettings { public, ..WebSettings::default() }).unwrap()
}

async fn guess(state: &AppState, email: &str) -> u16 {
    let caller = Caller { address: None, user_agent: String::new(), is_secure: false };
    let given = Credentials { email: email.to_owned(), password: "a guess".to_owned() };
    log_in(state, &caller, given).await.err().unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_not_compared_is_no_guess() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(&DbTarget::Embedded(dir.path().join("db")), 1).await.unwrap();
    migrate(&db, Schema::Store).await.unwrap();
    let state = strict(&db);
    let places: Vec<_> = std::iter::from_fn(|| state.passwords.enter().ok()).collect();
    for _ in 0..3 {
        assert_eq!(guess(&state, "a@x.example").await, 503, "too busy to compare");
    }
    drop(places);
    assert_eq!(guess(&state, "a@x.example").await, 401);
    assert_eq!(guess(&state, "a@x.example").await, 429, "that one was");

    db.close();
    for _ in 0..3 {
        assert_eq!(guess(&state, "b@x.example").await, 503, "nothing to compare with");
    }
    let caller = Caller { address: None, user_agent: String::new(), is_secure: false };
    assert!(state.limits.begin_login(&caller, "b@x.example").is_ok());
}
