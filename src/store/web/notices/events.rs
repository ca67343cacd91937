//! An account's notices as a stream of server-sent events: how many are unread and which is
//! the newest, now and whenever that changes.

use axum::response::Response;

use super::list;
use crate::{
    basis::AccountId,
    store::web::AppState,
    web::{Closing, Kind, Problem},
};

/// The events of an account.
pub async fn follow(
    state: AppState,
    account: AccountId,
    closing: Closing,
) -> Result<Response, Problem> {
    let busy =
        || Problem::new(Kind::Busy, "Too many follow their notices at once. Try again soon.");
    // First follow, then read: so nothing falls between.
    let following = state.bells.follow(account).ok_or_else(busy)?;
    let first = list::bell(&state, account).await?;
    Ok(following.events(closing, first, move || {
        let state = state.clone();
        async move { list::bell(&state, account).await.ok() }
    }))
}
