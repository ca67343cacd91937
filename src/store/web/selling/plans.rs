//! How the database goes about what sellers ask, and about notices, in a shop of some size: along
//! indexes, never through all of a large table.
//!
//! Plans, not times.

use super::{
    export::{self, Span},
    figures,
    listings::{self, Show},
    purchases,
    sold::{self, SoldState},
    stock,
};
use crate::{
    basis::{AccountId, ListingId, ProductId, SellerId},
    db::{Db, DbTarget},
    store::web::{
        AppState,
        catalog::plans::{assert_along_indexes, prepared, shop},
        notices::{list, writer},
    },
    web::statement::plans::SEEN,
};

const SELLER: SellerId = SellerId(3);
/// Nothing, what few products have, what many have, what none has.
const WORDS: [&str; 4] = ["", "creme jour", "by", "qqqq"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_sellers_ask_of_a_large_shop_is_found_along_indexes() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(&DbTarget::Embedded(dir.path().join("db")), 1).await.unwrap();
    let state = shop(&db).await;
    let seen = SEEN.scope(std::cell::RefCell::default(), async {
        ask_about_listings(&state).await;
        ask_about_orders(&state).await;
        ask_about_notices(&state).await;
        SEEN.with(std::cell::RefCell::take)
    });
    let mut plans = seen.await;
    plans.extend(prepared(&db).await);
    for wanted in ["seller_days", "store.sales", "seller_orders", "purchase_items", "notices"] {
        assert!(plans.iter().any(|(sql, _)| sql.contains(wanted)), "{wanted} was not asked");
    }
    assert_along_indexes(&plans);
}

async fn ask_about_listings(state: &AppState) {
    for q in WORDS {
        for show in Show::ALL {
            let wanted = listings::Wanted { show, q: q.to_owned() };
            for before in [None, Some(900)] {
                listings::find(state, SELLER, &wanted, before, 20).await.unwrap();
            }
        }
        listings::candidates(state, SELLER, q, 0, 20).await.unwrap();
    }
    listings::candidate_of(state, SELLER, ProductId(77)).await.unwrap();
    let everything = listings::Wanted::default();
    let (mine, _) = listings::find(state, SELLER, &everything, None, 1).await.unwrap();
    let listing = mine[0].id;
    listings::find_own(state, SELLER, listing).await.unwrap();
    for listing in [listing, ListingId(7)] {
        let (_, next) = purchases::of_listing(state, listing, None, 1).await.unwrap();
        purchases::of_listing(state, listing, next, 15).await.unwrap();
        stock::by_warehouse(state, listing).await.unwrap();
    }
    export::listings(state.clone(), SELLER).await.unwrap();
}

async fn ask_about_orders(state: &AppState) {
    figures::find(state, SELLER, 30).await.unwrap();
    for q in WORDS {
        for so_far in SoldState::ALL.into_iter().map(Some).chain([None]) {
            let wanted = sold::Wanted { state: so_far, q: q.to_owned() };
            sold::find(state, SELLER, &wanted, None, 20).await.unwrap();
        }
    }
    let (mine, _) = sold::find(state, SELLER, &sold::Wanted::default(), None, 1).await.unwrap();
    let order = mine.first().expect("something was sold").order_id;
    sold::find_one(state, SELLER, order).await.unwrap();
    let moments = Span::default().moments().unwrap();
    export::orders(state.clone(), SELLER, moments).await.unwrap();
}

async fn ask_about_notices(state: &AppState) {
    let account = AccountId(40);
    for only_unread in [false, true] {
        let wanted = list::Wanted { before: None, only_unread, limit: 20 };
        list::of_account(state, account, wanted).await.unwrap();
    }
    list::bell(state, account).await.unwrap();
    list::mark_read(state, account, 1).await.unwrap();
    list::mark_all_read(state, account).await.unwrap();
    let client = state.db.client().await.unwrap();
    for statement in writer::STATEMENTS {
        client.prepare_cached(statement).await.unwrap();
    }
}
