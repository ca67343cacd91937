//! People, in the browser: coming in, and one's own account.

mod access;
mod account;
mod entering;

use axum::Router;

use crate::carrier::web::AppState;

pub fn routes() -> Router<AppState> {
    entering::routes().merge(account::routes()).merge(access::routes())
}
