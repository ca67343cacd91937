//! Notices: what has happened to somebody's packages, kept until it is read and shown live.

pub mod api;
pub mod list;
pub mod pages;
pub mod writer;

use axum::response::Response;

use super::AppState;
use crate::{
    basis::AccountId,
    web::{Closing, Kind, Problem},
};

/// An account's notices as a stream of events, each of which says how they stand.
async fn follow(
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
