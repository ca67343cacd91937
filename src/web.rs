//! What the web sites of store, carrier and world share: problems as JSON or page,
//! extractors that bound what a stranger sends, protective layers, the listener.
//!
//! No route and no page of any site is here, and nothing of what they show.
//!
//! ```text
//! listener ──▶ guard (headers, panics, bounds, deadlines, no foreign forms) ──▶ routes
//!                                                      │ Problem
//! application/problem+json, a page, or a dialect's own ◀┘
//! ```

mod assets;
mod body;
mod browser;
mod caller;
pub mod csv;
mod docs;
mod guard;
mod hosts;
mod intake;
pub mod limits;
mod listener;
mod paging;
pub mod plot;
mod problem;
mod signed;
pub mod text;

pub use assets::assets;
pub use body::{FormBody, JsonBody, Params, PathId, PathIds};
pub use browser::{local_path, wants_html};
pub use caller::{Peer, client_address};
pub use docs::Docs;
pub use guard::{BODY_BYTES_MAX, Guarded, Wording, guard, guard_part};
pub use hosts::{Hosts, PublicUrl};
pub use listener::{Closing, ListenerSettings, Listening, listen, listen_on};
pub use paging::Part;
pub use problem::{FieldError, Kind, Problem, ProblemBody};
pub use signed::{headers_of_post, signed};

/// A template as a page; one that can not be rendered is a problem of ours.
pub fn page(template: &impl askama::Template) -> axum::response::Response {
    use axum::response::{Html, IntoResponse};
    match template.render() {
        Ok(text) => Html(text).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            Problem::new(Kind::Internal, "The page could not be made. Try again later.")
                .into_response()
        }
    }
}
