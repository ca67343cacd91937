//! People, in the browser: coming in, one's own account, what admins see of all accounts.

mod access;
mod account;
mod admin;
mod entering;

use axum::Router;

use crate::store::web::AppState;

pub fn routes() -> Router<AppState> {
    entering::routes().merge(account::routes()).merge(access::routes()).merge(admin::routes())
}
